"""The analyst's calls: which records of a frame, or of several sources, are one person."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.identity.matching.answers import Linked, linked
from crmkit.identity.matching.blinding import BLIND_COLUMNS, CLEAR, blind_features
from crmkit.identity.matching.features import Features, features_of
from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.matching.solving import Progress, solve
from crmkit.identity.matching.tables import opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["dedupe", "features_by", "link", "sources_of"]


def dedupe(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    model: LinkModel | None = None,
    source: str | None = None,
    distinct: Collection[Any] = (),
    blind: bool = False,
    progress: Progress | None = None,
) -> Linked:
    """Returns which records of a frame are one person.

    Peak memory is about 2 kB a record with all columns given (200 MB at 100,000 records), besides the frame.

    Args:
        frame: One row per record, of any kind that Narwhals reads; never changed.
        columns: Our field names (`crmkit.identity.matching.features.FIELDS`) to the frame's columns, any subset.
        model: The model to decide by; None trains one on these records, without labels.
        source: Column that names each record's source, where records come from several.
        distinct: Sources of which a person has one record at most, such as a clean customer list.
        blind: The frame is one that `blind` made; it needs no `columns`.
        progress: Is told the step, how many steps are done, and how many there are.

    Raises:
        InputError: An unknown field, a missing column, or a record id that comes twice.
        PolicyError: The model is of another version, or its levels are not known here.

    Example:
        >>> import pandas as pd
        >>> orders = pd.DataFrame({
        ...     "no": ["o1", "o2", "o3"],
        ...     "mail": ["mei.example@example.com", "Mei.Example@example.com", "bo.example@example.com"],
        ... })
        >>> found = dedupe(orders, columns={"record_id": "no", "email": "mail"})
        >>> found.persons.to_dict("list")
        {'record_id': ['o1', 'o2', 'o3'], 'person_id': ['o1', 'o1', 'o3']}
    """
    started = time.perf_counter()
    features, columns = features_by(frame, columns, blind=blind)
    sources, names = sources_of(frame, source, features)
    return _answer(features, frame, columns, model, sources, names, distinct, started, across=False, progress=progress)


def link(
    frame: Any,
    *others: Any,
    columns: Mapping[str, str] | None = None,
    source: str | None = None,
    model: LinkModel | None = None,
    one_to_one: bool = False,
    distinct: Collection[Any] = (),
    blind: bool = False,
    progress: Progress | None = None,
) -> Linked:
    """Returns which records of two or more sources are one person; links within one source are not made.

    Args:
        frame: The first source; or all of them in one frame, told apart by `source`.
        others: The other sources, with the same columns. Record ids are unique over all sources.
        columns: Our field names to the frames' columns.
        source: Column that names each record's source, where one frame holds them all.
        model: The model to decide by; None trains one on these records.
        one_to_one: Each source holds a person once: the strongest links win, ties by id, and the rest stay alone.
        distinct: Sources that hold a person once, by name, or by place where frames are given.
        blind: The frames are ones that `blind` made under one key; they need no `columns`.
        progress: Is told the step, how many steps are done, and how many there are.

    Example:
        >>> import pandas as pd
        >>> shop = pd.DataFrame({"id": ["s1"], "mail": ["mei.example@example.com"]})
        >>> till = pd.DataFrame({"id": ["t1", "t2"], "mail": ["bo.example@example.com", "mei.example@example.com"]})
        >>> link(shop, till, columns={"record_id": "id", "email": "mail"}).persons["person_id"].tolist()
        ['s1', 't1', 's1']
    """
    import narwhals.stable.v2 as nw

    started = time.perf_counter()
    if bool(others) == (source is not None):
        raise InputError("Give two frames or more, or one frame and the column that names the source (source=...).")
    if others:
        parts = [opened(part) for part in (frame, *others)]
        wanted = list(BLIND_COLUMNS) if blind else list(dict.fromkeys((columns or {}).values()))
        parts = [part.select(wanted).with_columns(nw.lit(at).alias("__source")) for at, part in enumerate(parts)]
        frame, source = nw.concat(parts, how="vertical").to_native(), "__source"
    features, columns = features_by(frame, columns, blind=blind)
    sources, names = sources_of(frame, source, features)
    single = names if one_to_one else distinct
    return _answer(features, frame, columns, model, sources, names, single, started, across=True, progress=progress)


def features_by(frame: Any, columns: Mapping[str, str] | None, *, blind: bool) -> tuple[Features, Mapping[str, str]]:
    """Returns the features of a frame, in clear or blind, and the columns that can be told of."""
    if (columns is None) != blind:
        raise InputError("Give the columns of a frame, or blind=True and no columns for one that blind(...) made.")
    if columns is None:
        return blind_features(frame), {name: name for name in ("record_id", *CLEAR)}
    return features_of(frame, columns), columns


def sources_of(frame: Any, source: str | None, features: Features) -> tuple[NDArray[np.int64] | None, list[Any]]:
    """Returns the code of each record's source and the sources by code, or nothing where no column tells them."""
    import numpy as np

    if source is None:
        return None, []
    opened_frame = opened(frame)
    if source not in opened_frame.columns:
        raise InputError(f"The frame has no column {source}.")
    values = opened_frame[source].to_list()
    names = sorted(set(values), key=str)
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[value] for value in values], np.int64)[features.row], names


def _answer(
    features: Features, frame: Any, columns: Mapping[str, str], model: LinkModel | None, sources: Any, names: list[Any],
    distinct: Collection[Any], started: float, *, across: bool, progress: Progress | None,
) -> Linked:  # fmt: skip
    if unknown := sorted(str(name) for name in distinct if name not in names):
        raise InputError(
            f"distinct names {', '.join(unknown)}; the sources are {', '.join(map(str, names)) or 'not told'}."
        )
    read = time.perf_counter() - started
    single = frozenset(names.index(name) for name in distinct)
    solved = solve(features, model=model, source=sources, across=across, distinct=single, progress=progress)
    return linked(features, solved, frame, seconds={"read": read, **solved.seconds}, columns=columns)
