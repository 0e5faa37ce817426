"""A frame of records as sightings: the same columns that `dedupe` reads, for the identity map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from crmkit.errors import InputError
from crmkit.identifiers import KINDS
from crmkit.identity.contacts import Contact, contact_of, fields_by, identifiers_of
from crmkit.identity.model import Sighting

__all__ = ["chunks_of", "sighting_of", "sightings_of"]

_ACCOUNTS = frozenset(name for name, kind in KINDS.items() if kind.rank <= KINDS["account"].rank)


def sighting_of(record: str, at: datetime, contact: Contact) -> Sighting:
    """Returns the sighting of a record that is known by its contact alone.

    It counts to the account or the shop's customer number that it names. A guest is the record itself: whether a
    mailbox or a payer makes two guests one person is for identifiers and the model to say.

    Example:
        >>> guest = sighting_of("o-1", datetime(2026, 11, 1, tzinfo=UTC), Contact(email="mei@example.com"))
        >>> guest.key, [str(each) for each in guest.identifiers]
        ('record:world:o-1', ['email:mei@example.com'])
    """
    identifiers = identifiers_of(contact)
    is_guest = not any(identifier.kind in _ACCOUNTS for identifier in identifiers)
    return Sighting(identifiers, at, record=record, under_record=is_guest, contact=contact)


def sightings_of(frame: Any, columns: Mapping[str, str]) -> list[Sighting]:
    """Returns the sightings of a frame's rows, in their order.

    Args:
        frame: One row per record, of any kind that Narwhals reads.
        columns: The fields of `dedupe` to the frame's columns; `record_id` and `seen_at` are needed. Instants without
            a zone are taken for UTC.

    Raises:
        InputError: A missing column, an unknown field, a row without id or instant, or an id that comes twice.
    """
    from crmkit.identity.matching.codes import text_of
    from crmkit.identity.matching.tables import opened

    if missing := sorted({"record_id", "seen_at"} - set(columns)):
        raise InputError(f"columns must name {' and '.join(missing)} as well: a record is kept under its id.")
    fields = fields_by(columns)
    table = opened(frame)
    if absent := sorted(name for name in columns.values() if name not in table.columns):
        raise InputError(f"The frame has no column {', '.join(absent)}.")
    keys = [text_of(value) or "" for value in table[columns["record_id"]].to_list()]
    moments = _moments(table[columns["seen_at"]].to_list())
    _check(keys, moments)
    values = {column: table[column].to_list() for column in set(fields.values())}
    rows = ({column: cells[at] for column, cells in values.items()} for at in range(len(keys)))
    return [
        sighting_of(key, at, contact_of(row, fields))
        for key, at, row in zip(keys, moments, rows, strict=True)
        if at is not None
    ]


def _moments(values: Sequence[Any]) -> list[datetime | None]:
    import pandas as pd

    texts = any(isinstance(value, str) for value in values)
    moments = pd.to_datetime(
        pd.Series(list(values), dtype=object), utc=True, errors="coerce", format="ISO8601" if texts else None
    )
    known = moments.notna().to_list()
    return [
        moment.to_pydatetime(warn=False).astimezone(UTC) if told else None
        for moment, told in zip(moments, known, strict=True)
    ]


def _check(keys: Sequence[str], moments: Sequence[datetime | None]) -> None:
    nameless = [str(at) for at, key in enumerate(keys) if not key][:5]
    if nameless:
        raise InputError(f"Rows have no id: {', '.join(nameless)} (counted from 0).")
    timeless = [key for key, at in zip(keys, moments, strict=True) if at is None][:5]
    if timeless:
        raise InputError(f"Records have no instant at which they were seen: {', '.join(timeless)}.")
    twice = sorted(key for key, count in Counter(keys).items() if count > 1)[:5]
    if twice:
        raise InputError(f"Records bear the same id: {', '.join(twice)}; each id may come once.")


def chunks_of(sightings: Sequence[Sighting], size: int) -> Iterator[Sequence[Sighting]]:
    """Cuts sightings into parts of one unit each.

    Example:
        >>> [len(part) for part in chunks_of([], 5)]
        []
    """
    for start in range(0, len(sightings), size):
        yield sightings[start : start + size]
