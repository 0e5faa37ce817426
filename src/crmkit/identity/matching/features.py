"""The features of records: a frame's named columns, read once into whole numbers in an order that is the set's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.identity.matching.codes import text_codes
from crmkit.identity.matching.parts import NameParts
from crmkit.identity.matching.tables import opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]

__all__ = ["FIELDS", "Features", "Names", "features_of"]

FIELDS = (
    "record_id", "seen_at", "platform", "shop", "account", "customer_no", "email", "phone", "name", "receiver_name",
    "receiver_phone", "province", "city", "district", "address", "postcode", "country", "birthday", "card", "payer_id",
    "nick",
)  # fmt: skip
"""The fields that `columns` may name."""
_LATE = 2**62


@attrs.define(slots=True)
class Names:
    """Is the table of the distinct names, by name code.

    Attributes:
        parts: What each name gives.
        full: Code of the full name's reading, -1 where it is not known in full; `written` of its characters.
        surname, given: Codes of the two keys; `last` of the last character; `initial` of the given name's first letter.
        length: Number of characters, 0 where unknown.
        masked: Whether parts are hidden.
        script: 1 Chinese, 2 Latin, 3 another.
        keys: The full readings by code; `givens` the given names' keys by code.
    """

    parts: list[NameParts]
    full: Codes
    written: Codes
    surname: Codes
    given: Codes
    last: Codes
    initial: Codes
    length: Codes
    masked: NDArray[np.bool_]
    script: Codes
    keys: list[str]
    givens: list[str]

    @classmethod
    def of(cls, parts: list[NameParts]) -> Names:
        """Returns the table of these names."""
        import numpy as np

        def coded(values: Sequence[str]) -> tuple[Codes, list[str]]:
            # By text and not by appearance: ties fall to the smaller code, whichever records are looked at.
            known = sorted({value for value in values if value})
            place = {value: at for at, value in enumerate(known)}
            return np.array([place.get(value, -1) for value in values], np.int32), known

        full, keys = coded([p.key if p.written else "" for p in parts])
        given, givens = coded([p.given for p in parts])
        columns = {
            name: coded([getattr(p, name) for p in parts])[0] for name in ("written", "surname", "last", "initial")
        }
        return cls(
            parts=parts,
            full=full,
            given=given,
            keys=keys,
            givens=givens,
            length=np.array([p.length for p in parts], np.int32),
            script=np.array([p.script for p in parts], np.int32),
            masked=np.array([p.masked for p in parts], bool),
            **columns,
        )

    def column(self, name: str, codes: NDArray[Any]) -> Codes:
        """One column of the table by record, -1 where the record has no name."""
        import numpy as np

        return np.asarray(np.append(getattr(self, name), np.int32(-1))[codes])


@attrs.define(slots=True)
class Features:
    """Is what records can be compared by, one array entry per record; records are sorted by their id.

    Attributes:
        ids: The records' ids; `row` the place of each in the caller's frame; `seen` when it was seen, in nanoseconds.
        platform, shop: Codes of the platform and of the shop.
        accounts: Codes of what names an account: the account, the shop's customer number, a plain nick.
        email, email_user: Codes of the address, and of the part before the @ (none for relays).
        phone, mask: Codes of the full number, and of its visible digits.
        name, own_name: Codes into `names` of the name on the parcel, and of the buyer's where both are given.
        unit, street, district, city, postcode: Codes of the address, finest first; a flat or street of one name may
            stand in several cities.
        area: Code of the area in which a street is looked for.
        card, payer, birthday: Codes.
        tables: Texts by code, where comparisons need them.
        counts: How many values of each kind could not be used, by reason.
    """

    ids: list[Any]
    row: NDArray[np.int64]
    seen: NDArray[np.int64]
    platform: Codes
    shop: Codes
    accounts: tuple[Codes, ...]
    email: Codes
    email_user: Codes
    phone: Codes
    mask: Codes
    own_phone: Codes
    own_mask: Codes
    name: Codes
    own_name: Codes
    unit: Codes
    street: Codes
    district: Codes
    city: Codes
    postcode: Codes
    area: Codes
    card: Codes
    payer: Codes
    birthday: Codes
    names: Names
    tables: dict[str, list[str]]
    counts: dict[str, int] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


class _Columns:
    """Is the caller's frame, by our names, in the order of the record ids."""

    def __init__(self, frame: Any, columns: Mapping[str, str], *, sources: Sequence[Any] | None = None) -> None:
        import numpy as np

        self.frame = opened(frame)
        self.columns = columns
        if wrong := sorted(set(columns) - set(FIELDS)):
            raise InputError(f"columns names {', '.join(wrong)}; known fields are {', '.join(FIELDS)}.")
        if missing := sorted(name for name in columns.values() if name not in self.frame.columns):
            raise InputError(f"The frame has no column {', '.join(missing)}.")
        n = len(self.frame)
        self.ids = self.frame[columns["record_id"]].to_list() if "record_id" in columns else list(range(n))
        texts = [str(value) for value in self.ids]
        if "record_id" not in columns:
            texts = [f"{value:012d}" for value in self.ids]
        order = sorted(range(n), key=texts.__getitem__)
        _refuse_twice([texts[at] for at in order])
        self.row = np.array(order, np.int64)

    def raw(self, field: str) -> tuple[Codes, list[str]]:
        import numpy as np

        if field not in self.columns:
            return np.full(len(self.row), -1, np.int32), []
        values = np.empty(len(self.row), object)
        values[:] = self.frame[self.columns[field]].to_list()
        return text_codes(values[self.row].tolist())

    def code(self, field: str) -> Codes:
        return self.raw(field)[0]

    def moments(self) -> NDArray[np.int64]:
        import numpy as np
        import pandas as pd

        if "seen_at" not in self.columns:
            return np.full(len(self.row), _LATE)
        values = pd.Series(self.frame[self.columns["seen_at"]].to_list(), dtype=object)
        moments = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601" if _texts(values) else None)
        ticks = moments.dt.as_unit("ns").to_numpy("datetime64[ns]").view(np.int64)
        return np.where(moments.isna(), _LATE, ticks)[self.row]


def _texts(values: Any) -> bool:
    return any(isinstance(value, str) for value in values[:1000])


def _refuse_twice(ordered: list[str]) -> None:
    twice = sorted({a for a, b in pairwise(ordered) if a == b})[:5]
    if twice:
        raise InputError(f"Records bear the same id: {', '.join(twice)}; each id may come once.")


def features_of(frame: Any, columns: Mapping[str, str]) -> Features:
    """Returns the features of a frame's records.

    Args:
        frame: One row per record, of any kind that Narwhals reads; never changed.
        columns: Our field names to the frame's columns, any subset of `FIELDS`.

    Raises:
        InputError: An unknown field, a missing column, or a record id that comes twice.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"no": ["b", "a"], "mail": ["A@x.example.com", "a@x.example.com"]})
        >>> found = features_of(frame, {"record_id": "no", "email": "mail"})
        >>> found.ids, found.email.tolist()
        (['a', 'b'], [0, 0])
    """
    from crmkit.identity.matching import reading

    source = _Columns(frame, columns)
    platform, shop = source.code("platform"), source.code("shop")
    country, countries = source.raw("country")
    counts: dict[str, int] = {}
    email, email_user, mails = reading.emails(*source.raw("email"), shop, counts)
    own_full, own_digits, own_numbers = reading.phones(*source.raw("phone"), country, countries, counts)
    full, digits, parcel_numbers = reading.phones(*source.raw("receiver_phone"), country, countries, counts)
    phone, own_phone, numbers = reading.one_table(full, parcel_numbers, own_full, own_numbers)
    mask, own_mask, _ = reading.one_table(*digits, *own_digits)
    name, own_name, names = reading.names(source.raw("receiver_name"), source.raw("name"), counts)
    # The one name and phone beside an address are the parcel's; without an address they are the buyer's own.
    if "receiver_name" not in columns and "address" in columns:
        name, own_name = own_name, name
    if "receiver_phone" not in columns and "address" in columns:
        phone, own_phone, mask, own_mask = own_phone, phone, own_mask, mask
    address = {f: source.raw(f) for f in ("province", "city", "district", "address", "postcode")}
    place, texts = reading.addresses(address)
    card, cards = source.raw("card")
    return Features(
        ids=[source.ids[at] for at in source.row.tolist()],
        row=source.row,
        seen=source.moments(),
        platform=platform,
        shop=shop,
        accounts=reading.accounts(source.raw("account"), source.raw("nick"), source.raw("customer_no"), platform, shop),
        email=email,
        email_user=email_user,
        phone=phone,
        mask=mask,
        own_phone=own_phone,
        own_mask=own_mask,
        name=name,
        own_name=own_name,
        **place,
        card=card,
        payer=source.code("payer_id"),
        birthday=reading.birthdays(*source.raw("birthday")),
        names=names,
        tables={"email": mails, "phone": numbers, "card": cards, **texts},
        counts=counts,
    )
