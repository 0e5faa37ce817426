"""Blind indexes: what records can be compared by as keyed hashes, so that linking needs no name and no number.

Each value is HMAC-SHA256 (RFC 2104) under the host's key, over its kind, its scope and the value, cut to 128 bits.
Equal values of one kind are equal hashes for whoever has the key; without it, nobody can try out the few numbers that
there are.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.identity.contacts import Contact, contact_of, fields_by
from crmkit.identity.matching.codes import text_of
from crmkit.identity.matching.encoding import features_of_records, reading_of
from crmkit.identity.matching.features import features_of
from crmkit.identity.matching.parts import HASHED, NameParts
from crmkit.identity.matching.tables import new_frame, opened
from crmkit.identity.records import Reading, Record

if TYPE_CHECKING:
    from crmkit.identity.matching.features import Features

__all__ = ["BLIND_COLUMNS", "CLEAR", "blind", "blind_features"]

_SHORTEST, _DIGITS = 16, 32
CLEAR = ("platform", "shop", "district", "city")
"""What a blind frame tells besides patterns."""
_HASHED: Mapping[str, str] = {
    "account": "account", "customer": "customer", "nick": "nick", "email": "email", "user": "user",
    "phone": "phone", "mask": "mask", "own_phone": "phone", "own_mask": "mask", "unit": "unit", "street": "street",
    "postcode": "postcode", "area": "area", "card": "card", "payer": "payer", "birthday": "birthday",
}  # fmt: skip
"""By field of a reading, the kind under which it is hashed."""
_HASHED_PARTS = ("written", "reading", "surname", "given", "initials")
_PATTERN = ("length", "last", "initial", "masked", "script")
_ROLES = {"name": "receiver", "own_name": "buyer"}
_PARTS = tuple(f"{role}_{part}" for role in _ROLES.values() for part in (*_HASHED_PARTS, *_PATTERN))
BLIND_COLUMNS = ("record_id", "seen_at", *CLEAR, *_HASHED, *_PARTS)
"""The columns of a blind frame."""
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def blind(frame: Any, *, columns: Mapping[str, str], key: bytes, keep: Sequence[str] = ()) -> Any:
    """Returns a frame in which every identifier is a keyed hash, for `dedupe(..., blind=True)` and `link`.

    In clear stay the record's id, when it was seen, platform, shop, district and city, and of a name its pattern: how
    many characters, the last one or the initials, whether it is masked. The key is used and forgotten: keep it where
    keys are kept, apart from the frame. Two parties that use one key can link their frames; levels between "same" and
    "else" that look at letters are never seen there.

    Args:
        frame: One row per record, of any kind that Narwhals reads; never changed.
        columns: Our field names to the frame's columns, as for `dedupe`.
        key: 16 bytes or more, such as `secrets.token_bytes(32)`.
        keep: Columns that go along as they are, such as the one that names the source. Record ids must not be telling.

    Raises:
        InputError: A short key, an unknown field, a missing column, or a record id that comes twice.

    Example:
        >>> import pandas as pd
        >>> orders = pd.DataFrame({"no": ["o1", "o2"], "to": ["王小明", "王*明"], "mail": ["Mei@x.example.com", None]})
        >>> blinded = blind(orders, columns={"record_id": "no", "name": "to", "email": "mail"}, key=bytes(32))
        >>> blinded["email"].tolist(), blinded["buyer_last"].tolist()
        (['368bff4001e528601d5d0901c5b6ac18', ''], ['明', '明'])
    """
    hashed = _Blinder(_checked(key))
    opened_frame = opened(frame)
    if missing := sorted({*columns.values(), *keep} - {*opened_frame.columns}):
        raise InputError(f"The frame has no column {', '.join(missing)}.")
    if taken := sorted({*keep} & {*BLIND_COLUMNS}):
        raise InputError(f"{', '.join(taken)} cannot be kept: a column of the blind frame bears that name.")
    timed = {field: name for field, name in columns.items() if field in ("record_id", "seen_at")}
    base = features_of(frame, timed)  # refuses an id that comes twice
    fields = fields_by(columns)
    rows = zip(*(opened_frame[name].to_list() for name in fields.values()), strict=True) if fields else ()
    contacts = [contact_of(dict(zip(fields.values(), row, strict=True)), fields) for row in rows]
    contacts = contacts or [Contact()] * len(base)
    said = [hashed.row(contact) for contact in contacts]
    ids = opened_frame[columns["record_id"]].to_list() if "record_id" in columns else list(range(len(base)))
    seen = opened_frame[columns["seen_at"]].to_list() if "seen_at" in columns else [""] * len(base)
    table = {"record_id": ids, "seen_at": seen}
    table |= {name: [row.get(name, "") for row in said] for name in BLIND_COLUMNS[2:]}
    return new_frame(table | {name: opened_frame[name].to_list() for name in keep}, frame)


def _checked(key: object) -> bytes:
    if isinstance(key, bytes) and len(key) >= _SHORTEST:
        return key
    raise InputError(f"The key has {_SHORTEST} bytes or more; give secrets.token_bytes(32), kept by the host.")


class _Blinder:
    """Hashes readings under a key."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.row = cache(self._row)
        self.hashed = cache(self._hashed)

    def _hashed(self, kind: str, value: str) -> str:
        told = f"{kind}\x1f{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, told, "sha256").hex()[:_DIGITS]

    def _row(self, contact: Contact) -> dict[str, str]:
        said = reading_of(contact)
        found = {name: getattr(said, name) for name in CLEAR}
        found |= {n: self.hashed(kind, getattr(said, n)) for n, kind in _HASHED.items() if getattr(said, n)}
        for field, role in _ROLES.items():
            parts: NameParts | None = getattr(said, field)
            if parts is None:
                continue
            full = parts.key if parts.written else ""
            told = {"written": parts.written, "reading": full, "surname": parts.surname, "given": parts.given}
            told["initials"] = "".join(word[:1] for word in full.split(" "))
            found |= {f"{role}_{part}": self.hashed(part, value) for part, value in told.items() if value}
            found |= {f"{role}_{part}": _plain(getattr(parts, part)) for part in _PATTERN}
        return {name: value for name, value in found.items() if value}


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, int) else str(value)


def blind_features(frame: Any) -> Features:
    """Returns the features of a frame that `blind` made.

    Raises:
        InputError: The frame lacks a column of a blind frame.
    """
    opened_frame = opened(frame)
    if missing := [name for name in BLIND_COLUMNS if name not in opened_frame.columns]:
        raise InputError(f"This is no frame that blind(...) made: it has no column {', '.join(missing)}.")
    base = features_of(frame, {"record_id": "record_id", "seen_at": "seen_at"})
    texts = {name: [text_of(value) or "" for value in opened_frame[name].to_list()] for name in BLIND_COLUMNS[2:]}
    rows = base.row.tolist()
    records = [
        Record(key=f"{place:012d}", identity="", at=_ANY_TIME, reading=_reading(texts, at))
        for place, at in enumerate(rows)
    ]
    return attrs.evolve(features_of_records(records), ids=base.ids, row=base.row, seen=base.seen)


def _reading(texts: Mapping[str, list[str]], at: int) -> Reading:
    said: dict[str, Any] = {name: texts[name][at] for name in (*CLEAR, *_HASHED)}
    parcel, own = (
        _name({part: texts[f"{role}_{part}"][at] for part in (*_HASHED_PARTS, *_PATTERN)}) for role in _ROLES.values()
    )
    # Hashes have no letters in common: the mailbox is there so that nobody takes it for an empty one.
    return Reading(name=parcel, own_name=own, mailbox=said["email"], **said)


def _name(said: Mapping[str, str]) -> NameParts | None:
    if not said["script"]:
        return None
    whole = HASHED.join((said["given"], said["initials"], said["reading"])) if said["reading"] else ""
    return NameParts(
        written=said["written"], reading=whole, surname=said["surname"], given=said["given"], last=said["last"],
        initial=said["initial"], length=int(said["length"] or 0), script=int(said["script"]),
        masked=said["masked"] == "1",
    )  # fmt: skip
