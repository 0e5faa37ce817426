"""What to show of each person of a linked frame: one name, phone, e-mail and address, chosen by rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.identity.matching.codes import text_of
from crmkit.identity.matching.tables import new_frame, opened
from crmkit.identity.survivorship import SURVIVORSHIP, Telling, consents, survivor

if TYPE_CHECKING:
    from crmkit.identity.matching.trace import Trace

__all__ = ["best_values"]

_OWN: Mapping[str, tuple[str, ...]] = {"name": ("name",), "phone": ("phone",), "email": ("email",), "address": ()}
_PARCELS: Mapping[str, tuple[str, ...]] = {
    "name": ("receiver_name",), "phone": ("receiver_phone",), "email": (),
    "address": ("province", "city", "district", "address", "postcode"),
}  # fmt: skip
_LATE = 2**62


def best_values(
    linked: Any, *, as_of: datetime, rules: Mapping[str, Sequence[str]] = SURVIVORSHIP,
    verified: Mapping[str, str] | None = None, consent: str | None = None,
) -> Any:  # fmt: skip
    """Returns a row for each person: what to show of it. Nothing is lost; the records keep what they said.

    What stands on a parcel counts for the buyer only where the record speaks for it.

    Args:
        linked: What `dedupe` or `link` returned.
        as_of: The moment for which it is asked, aware.
        rules: By field the rules; see `survivor`.
        verified: By field ("phone", "email" …) the frame's column of truth values that says the shop has proved it.
        consent: The frame's column that says whether the buyer may be written to; any "no" of a person wins.

    Returns:
        A frame of the caller's kind: `person_id, records, name, phone, email, address`, and `consent` where asked for;
        "" where nothing usable was told.

    Raises:
        InputError: A column or rule that is not known, or links that were made elsewhere.

    Example:
        >>> import pandas as pd
        >>> from datetime import UTC, datetime
        >>> from crmkit.identity import dedupe
        >>> orders = pd.DataFrame({"no": ["1", "2"], "mail": ["a@example.com"] * 2, "to": ["王**", "王小明"]})
        >>> found = dedupe(orders, columns={"record_id": "no", "email": "mail", "name": "to"})
        >>> best_values(found, as_of=datetime(2026, 11, 24, tzinfo=UTC)).to_dict("records")[0]["name"]
        '王小明'
    """
    trace: Trace | None = linked.trace
    if trace is None:
        raise InputError("These links were made elsewhere, so the records behind them are not known.")
    frame, persons = opened(trace.frame), opened(linked.persons)
    for column in (*(verified or {}).values(), *([consent] if consent else ())):
        if column not in frame.columns:
            raise InputError(f"The frame has no column {column}.")
    members: dict[Any, list[int]] = {}
    for at, person in enumerate(persons["person_id"].to_list()):
        members.setdefault(person, []).append(at)
    told = {field: list(_tellings(field, trace, frame, verified or {})) for field in _OWN}
    shown: dict[str, list[Any]] = {"person_id": list(members), "records": [len(rows) for rows in members.values()]}
    for field, tellings in told.items():
        found = [
            survivor(field, chain.from_iterable(tellings[row] for row in rows), as_of=as_of, rules=rules)
            for rows in members.values()
        ]
        shown[field] = ["" if one is None else one.value for one in found]
    if consent is not None:
        said = frame[consent].to_list()
        shown["consent"] = [consents(_answer(said[row]) for row in rows) for rows in members.values()]
    return new_frame(shown, trace.frame)


def _answer(value: Any) -> bool | None:
    return None if value is None or value != value or text_of(value) is None else bool(value)


def _tellings(field: str, trace: Trace, frame: Any, verified: Mapping[str, str]) -> Iterator[tuple[Telling, ...]]:
    """By row of the frame what it tells of a field: the buyer's own, and what stands on the parcel."""
    speaks, seen = _by_row(trace, trace.solved.speaking.speaks.tolist()), _moments(trace)
    proved = frame[verified[field]].to_list() if field in verified else [False] * len(frame)
    ids = _by_row(trace, [str(record) for record in trace.features.ids])
    columns = [_texts(trace, frame, group[field]) for group in (_OWN, _PARCELS)]
    # The one name and phone beside an address are the parcel's; without an address they are the buyer's own.
    if field in ("name", "phone") and "address" in trace.columns and f"receiver_{field}" not in trace.columns:
        columns.reverse()
    for at in range(len(frame)):
        own, parcel = columns[0][at], columns[1][at]
        is_proved = _answer(proved[at]) is True
        found = [(own, True)] if own else []
        found += [(parcel, speaks[at])] if parcel else []
        yield tuple(
            Telling(value=value, record=ids[at], seen_at=seen[at], verified=is_proved, speaks=speaking)
            for value, speaking in found
        )


def _texts(trace: Trace, frame: Any, fields: Sequence[str]) -> list[str]:
    known = [trace.columns[field] for field in fields if field in trace.columns]
    if not known:
        return [""] * len(frame)
    rows = frame.select(known).iter_rows()
    return [" ".join(text for value in row if (text := text_of(value))) for row in rows]


def _by_row(trace: Trace, values: Sequence[Any]) -> list[Any]:
    found: list[Any] = [None] * len(values)
    for at, row in enumerate(trace.features.row.tolist()):
        found[row] = values[at]
    return found


def _moments(trace: Trace) -> list[datetime | None]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    ticks = trace.features.seen.tolist()
    return _by_row(trace, [None if t >= _LATE else epoch + timedelta(microseconds=t // 1000) for t in ticks])
