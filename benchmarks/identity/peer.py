"""Links one population with a peer, in an interpreter of its own; prints seconds and peak memory as JSON.

python peer.py splink|ecm|febrl columns.parquet persons.parquet
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
THRESHOLDS = (0.95, 0.5, 0.8, 0.99, 0.999)
"""The first is the one that is timed."""
BLOCKS = [
    ("account",), ("phone",), ("email",), ("card",), ("payer",), ("mask", "district"), ("full", "city"), ("unit",),
    ("street", "surname"),
]  # fmt: skip


def splink(rows: pd.DataFrame, pairs_for_u: float = 1e6) -> Iterator[tuple[float, pd.Series]]:
    """Splink with the comparisons, levels and blocks of our own default model."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.internals.exceptions import EMTrainingException

    def comparison(name: str, null: str, *tests: tuple[str, str]) -> cl.CustomComparison:
        levels: list[object] = [{"sql_condition": null, "label_for_charts": "null", "is_null_level": True}]
        levels += [{"sql_condition": test, "label_for_charts": label} for label, test in tests]
        return cl.CustomComparison([*levels, cll.ElseLevel()], output_column_name=name)

    name = comparison(
        "name", "(full_l IS NULL AND surname_l IS NULL) OR (full_r IS NULL AND surname_r IS NULL)",
        ("same", "written_l = written_r"), ("reading", "full_l = full_r"),
        ("near", "100 * levenshtein(full_l, full_r) <= 20 * greatest(length(full_l), length(full_r))"),
        ("masked last", "surname_l = surname_r AND length_l = length_r AND last_l = last_r"),
        ("masked length", "surname_l = surname_r AND length_l = length_r AND (full_l IS NULL OR full_r IS NULL)"),
        ("surname", "surname_l = surname_r AND (full_l IS NULL OR full_r IS NULL)"),
    )  # fmt: skip
    phone = comparison(
        "phone", "mask_l IS NULL OR mask_r IS NULL", ("same", "phone_l = phone_r"),
        ("mask", "mask_l = mask_r AND (phone_l IS NULL OR phone_r IS NULL)"),
        ("one digit", "levenshtein(phone_l, phone_r) = 1"),
    )  # fmt: skip
    email = comparison(
        "email", "email_l IS NULL OR email_r IS NULL OR (email_l <> email_r AND (user_l IS NULL OR user_r IS NULL))",
        ("same", "email_l = email_r"), ("user", "user_l = user_r"),
        ("near", "100 * levenshtein(email_l, email_r) <= 15 * greatest(length(email_l), length(email_r))"),
    )  # fmt: skip
    account = comparison(
        "account", "account_l IS NULL OR account_r IS NULL OR (account_l <> account_r AND scope_l <> scope_r)",
        ("same", "account_l = account_r"),
    )  # fmt: skip
    address = comparison(
        "address", "city_l IS NULL OR city_r IS NULL", ("unit", "unit_l = unit_r"), ("street", "street_l = street_r"),
        ("district", "district_l = district_r"), ("city", "city_l = city_r"),
    )  # fmt: skip
    single = [
        comparison(c, f"{c}_l IS NULL OR {c}_r IS NULL", ("same", f"{c}_l = {c}_r"))
        for c in ("card", "payer", "birthday")
    ]
    comparisons = [name, phone, email, account, address, *single]
    rules = [block_on(*rule) for rule in BLOCKS]
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="record_id", comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules, retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )  # fmt: skip
    linker = Linker(DuckDBAPI().register(rows), settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs_for_u, seed=7)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("account"), block_on("phone"), block_on("email")], recall=0.7
    )
    for rule in BLOCKS:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
        except EMTrainingException as error:  # a session without pairs ends the training of its rule alone
            print(rule, str(error)[:80], file=sys.stderr)
    predictions = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    for threshold in THRESHOLDS:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_probability=threshold
        )
        frame = clusters.as_pandas_dataframe()
        yield threshold, frame.set_index("record_id")["cluster_id"].loc[rows["record_id"]]


def ecm(rows: pd.DataFrame) -> Iterator[tuple[float, pd.Series]]:
    """recordlinkage's ECM on yes-or-no comparisons of the same columns."""
    import recordlinkage

    frame = rows.set_index("record_id")
    pairs = None
    for rule in BLOCKS:
        known = frame.dropna(subset=list(rule))
        made = recordlinkage.index.Block(list(rule)).index(known)
        pairs = made if pairs is None else pairs.union(made)
    compare = recordlinkage.Compare()
    for column in (
        "full",
        "surname",
        "phone",
        "mask",
        "email",
        "account",
        "unit",
        "street",
        "district",
        "card",
        "payer",
    ):
        compare.exact(column, column, label=column)
    matches = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(compare.compute(pairs, frame))
    yield 0.5, _connected(frame.index, matches)


def _connected(ids: pd.Index, links: pd.MultiIndex) -> pd.Series:
    import scipy.sparse
    from scipy.sparse.csgraph import connected_components

    place = pd.Series(np.arange(len(ids)), ids)
    a, b = (place.loc[links.get_level_values(side)].to_numpy() for side in (0, 1))
    graph = scipy.sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=(len(ids), len(ids)))
    return pd.Series(connected_components(graph, directed=False)[1], ids)


def main(kind: str, source: str, target: str) -> None:
    rows = pd.read_parquet(source)
    found: dict[float, pd.Series] = {}
    seconds, start = 0.0, time.perf_counter()
    for threshold, labels in {"splink": splink, "ecm": ecm}[kind](rows):
        seconds = seconds or time.perf_counter() - start
        found[threshold] = labels
    pd.DataFrame({str(t): pd.factorize(labels.to_numpy())[0] for t, labels in found.items()}).to_parquet(target)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
