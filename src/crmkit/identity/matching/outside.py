"""Links from outside: another engine's pairs brought into our shape, and persons made of them under our guards."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from math import isfinite, log2
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.identity.matching.answers import Linked, linked
from crmkit.identity.matching.blocking import Candidates
from crmkit.identity.matching.clustering import Bonds, Sources
from crmkit.identity.matching.clustering import cluster as clustered_of
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.crowds import crowds_of
from crmkit.identity.matching.facing import Faces, faces_of
from crmkit.identity.matching.linking import features_by, sources_of
from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.matching.scoring import Scored, probability
from crmkit.identity.matching.solving import Solved
from crmkit.identity.matching.speaking import speaking_of
from crmkit.identity.matching.tables import new_frame, opened

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["cluster", "import_links"]

_SIDES = (("left", "right"), ("record_id_l", "record_id_r"), ("unique_id_l", "unique_id_r"))
_WEIGHTS = ("weight", "match_weight")
_CHANCES = ("probability", "match_probability")
_SURE = 1 - 2.0**-53
_ALMOST = 9
"""Decimals of a weight: engines add the same bits in another order, and equal weights must stay equal."""


def import_links(pairs: Any) -> Any:
    """Returns another engine's pairs as `left, right, weight, probability, by`, the strongest first.

    Splink's predictions are known by their columns: `..._l, ..._r, match_weight`. Where it kept its intermediate
    columns, the bits of our comparisons go along as `bits_...`, and `cluster` weighs persons by them as `dedupe` does.

    Args:
        pairs: A frame of any kind that Narwhals reads: two ids and a weight in bits, or a probability. A probability
            of 1 counts as 53 bits. The strongest of equal pairs counts, whichever side is which.

    Raises:
        InputError: Columns are missing, or a row has no id, no weight, or one record on both sides.

    Example:
        >>> import pandas as pd
        >>> predictions = pd.DataFrame({
        ...     "unique_id_l": ["o1", "o3"], "unique_id_r": ["o2", "o1"], "match_weight": [2.0, 7.5],
        ... })
        >>> import_links(predictions)[["left", "right", "weight", "by"]].values.tolist()
        [['o1', 'o3', 7.5, 'model'], ['o1', 'o2', 2.0, 'model']]
    """
    frame = opened(pairs, "pairs")
    table = _table(frame)
    return new_frame({name: table[name].tolist() for name in table.columns}, frame.to_native())


def _table(frame: Any) -> pd.DataFrame:
    """The pairs in our shape, checked, each once."""
    import numpy as np
    import pandas as pd

    names = list(frame.columns)
    sides = next((found for found in _SIDES if set(found) <= set(names)), None)
    if sides is None:
        raise InputError(
            f"pairs has no two columns of ids; give left and right, or Splink's. It has {', '.join(names)}."
        )
    weights = _weights(frame)
    left, right = frame[sides[0]].to_list(), frame[sides[1]].to_list()
    _refuse(left, right, weights)
    swapped = [str(a) > str(b) for a, b in zip(left, right, strict=True)]
    table = pd.DataFrame({
        "left": pd.Series([b if s else a for a, b, s in zip(left, right, swapped, strict=True)], dtype=object),
        "right": pd.Series([a if s else b for a, b, s in zip(left, right, swapped, strict=True)], dtype=object),
        "weight": np.round(np.array(weights, float), _ALMOST),
    })  # fmt: skip
    table["probability"] = probability(table["weight"].to_numpy())
    table["by"] = "model"
    for name, bits in _bits(frame).items():
        table[f"bits_{name}"] = bits
    order = np.lexsort((table["right"].map(str), table["left"].map(str), -table["weight"]))
    return table.iloc[order].drop_duplicates(["left", "right"], ignore_index=True)


def _weights(frame: Any) -> list[float | None]:
    if name := next((name for name in _WEIGHTS if name in frame.columns), None):
        return [None if value is None else float(value) for value in frame[name].to_list()]
    if name := next((name for name in _CHANCES if name in frame.columns), None):
        return [_bits_of_chance(value) for value in frame[name].to_list()]
    raise InputError("pairs has no weight; give weight in bits, or probability, or Splink's match_weight.")


def _bits_of_chance(chance: Any) -> float | None:
    if chance is None or not 0 <= chance <= 1:
        return None
    kept = min(max(float(chance), 1 - _SURE), _SURE)
    return log2(kept / (1 - kept))


def _refuse(left: list[Any], right: list[Any], weights: list[float | None]) -> None:
    rows = enumerate(zip(left, right, weights, strict=True))
    wrong = [
        at for at, (a, b, weight) in rows
        if a is None or b is None or a != a or b != b or a == b or weight is None or not isfinite(weight)
    ]  # fmt: skip
    if wrong:
        raise InputError(
            f"{len(wrong)} pairs lack an id or a finite weight, or pair a record with itself: rows "
            f"{', '.join(map(str, wrong[:5]))}; leave them out."
        )


def _bits(frame: Any) -> dict[str, list[float]]:
    """By comparison the bits that another engine or `import_links` itself kept."""
    import numpy as np

    found: dict[str, list[float]] = {}
    for name in LEVELS:
        parts = [f"mw_{name}", f"mw_tf_adj_{name}"] if f"mw_{name}" in frame.columns else [f"bits_{name}"]
        told = [np.nan_to_num(np.array(frame[part].to_list(), float)) for part in parts if part in frame.columns]
        if told:
            found[name] = np.sum(told, axis=0).tolist()
    return found


def cluster(
    pairs: Any,
    records: Any,
    *,
    columns: Mapping[str, str] | None = None,
    model: LinkModel | None = None,
    source: str | None = None,
    across: bool = False,
    distinct: Collection[Any] = (),
    vetoes: Iterable[tuple[Any, Any]] = (),
    blind: bool = False,
) -> Linked:
    """Returns the persons of any engine's pairs, by our rules, guards, vetoes and review band.

    Accounts, mailboxes and payers join by rule; then the pairs join, the strongest first, then persons as a whole. A
    person depends only on the records, pairs and vetoes of its own component.

    Args:
        pairs: What `import_links` takes or returns.
        records: One row per record, of any kind that Narwhals reads; records without a pair are persons too.
        columns: Our field names to the columns of `records`, as for `dedupe`.
        model: Its thresholds and limits count, and its prior; None stands for the default ones.
        source: Column that names each record's source, where records come from several.
        across: Only links between two sources are made.
        distinct: Sources of which a person has one record at most.
        vetoes: Pairs of record ids that are not one person, whatever speaks for it.
        blind: The records are a frame that `blind` made; it needs no `columns`.

    Raises:
        InputError: Pairs or vetoes name records that are not there, or what `import_links` and `dedupe` refuse.

    Example:
        >>> import pandas as pd
        >>> orders = pd.DataFrame({"no": ["o1", "o2", "o3"], "to": ["Mei Invented", "Mei Invented", "Bo Other"]})
        >>> pairs = pd.DataFrame({"left": ["o1", "o2"], "right": ["o2", "o3"], "weight": [9.0, 8.0]})
        >>> found = cluster(pairs, orders, columns={"record_id": "no", "receiver_name": "to"})
        >>> found.persons["person_id"].tolist(), found.review["reason"].tolist()
        (['o1', 'o1', 'o3'], ['name'])
    """
    started = time.perf_counter()
    model = LinkModel() if model is None else model
    features, _ = features_by(records, columns, blind=blind)
    coded, names = sources_of(records, source, features)
    if unknown := sorted(str(name) for name in distinct if name not in names):
        raise InputError(f"distinct names {', '.join(unknown)}; the sources are {', '.join(map(str, names))}.")
    if across and coded is None:
        raise InputError("Links across sources need the column that names the source (source=...).")
    place = {record: at for at, record in enumerate(features.ids)}
    bonds = _bonds(vetoes, place)
    speaking = speaking_of(features, agent_surnames=model.agent_surnames)
    faces = faces_of(
        features, speaking, max_owners=model.max_owners, source=coded,
        crowds=crowds_of(features, max_key=model.max_key).inside, apart=None if bonds is None else bonds.apart,
    )  # fmt: skip
    sources = None
    if coded is not None:
        sources = Sources(coded[faces.first], across, frozenset(names.index(name) for name in distinct))
    candidates, scored = _candidates(_table(opened(pairs, "pairs")), place, faces, model, sources)
    read = time.perf_counter() - started
    clustered = clustered_of(features, faces, candidates, scored, model, bonds=bonds, sources=sources)
    seconds = {"read": read, "cluster": time.perf_counter() - started - read}
    solved = Solved(speaking, faces, candidates, scored, clustered, model, seconds)
    return linked(features, solved, records, seconds=seconds)


def _bonds(vetoes: Iterable[tuple[Any, Any]], place: Mapping[Any, int]) -> Bonds | None:
    import numpy as np

    told = [tuple(pair) for pair in vetoes]
    _refuse_unknown([record for pair in told for record in pair], place, "vetoes")
    if wrong := [str(pair[0]) for pair in told if len(set(pair)) != 2]:
        raise InputError(f"A veto stands between two records; {', '.join(wrong[:5])} has one or three.")
    parted = tuple((place[a], place[b]) for a, b in told)
    return Bonds(np.arange(len(place)), vetoes=parted) if parted else None


def _refuse_unknown(records: Iterable[Any], place: Mapping[Any, int], what: str) -> None:
    if unknown := list(dict.fromkeys(str(record) for record in records if record not in place)):
        raise InputError(f"{what} names {len(unknown)} records that are not there: {', '.join(unknown[:5])}.")


def _candidates(
    table: pd.DataFrame, place: Mapping[Any, int], faces: Faces, model: LinkModel, sources: Sources | None
) -> tuple[Candidates, Scored]:
    """The pairs between faces, the strongest of equals; what of a weight no comparison tells is one more of them."""
    import numpy as np

    ids = [*table["left"], *table["right"]]
    _refuse_unknown(ids, place, "pairs")
    ends = faces.face[np.array([place[record] for record in ids], np.int64)].reshape(2, -1)
    low, high = ends.min(axis=0), ends.max(axis=0)
    apart = low != high
    if sources is not None and sources.across:
        apart &= sources.of[low] != sources.of[high]
    _, first = np.unique(low * (len(faces) + 1) + high, return_index=True)  # the strongest come first
    kept = np.intersect1d(first, np.flatnonzero(apart))
    weight = table["weight"].to_numpy(float)[kept]
    told = {name: table[f"bits_{name}"].to_numpy(float)[kept] for name in LEVELS if f"bits_{name}" in table}
    rest = weight - model.prior_bits - np.sum([*told.values(), np.zeros(len(kept))], axis=0)
    bits: dict[str, NDArray[np.float32]] = {name: column.astype(np.float32) for name, column in told.items()}
    bits["other"] = np.round(rest, _ALMOST - 1).astype(np.float32)
    known = {name: np.ones(len(kept), bool) for name in bits}
    left, right = low[kept].astype(np.int32), high[kept].astype(np.int32)
    found = Candidates(left, right, np.zeros(len(kept), np.int8), ("outside",), {})
    return found, Scored(weight, bits, known)
