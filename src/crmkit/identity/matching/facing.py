"""What records show of their buyer once it is known who speaks; equal records of one account are one face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.matching.codes import combined, distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.features import Features
    from crmkit.identity.matching.speaking import Speaking

    Codes = NDArray[np.int32]

__all__ = ["MAX_OWNERS", "Faces", "faces_of"]

MAX_OWNERS: Mapping[str, int] = {"phone": 5, "email": 3, "card": 5, "payer": 5, "home": 8}
"""A value with more distinct full names than this speaks for nobody."""
_QUARTER = 90 * 86_400 * 10**9


@attrs.define(slots=True)
class Faces:
    """Is the distinct faces, and the records that bear them.

    Attributes:
        face: Place of each record's face.
        count: Number of records by face.
        first: Place of the first record by face.
        columns: Codes by face: holder and its scope, email, email_user, phone, mask, name, full, surname, given, unit,
            street, district, city, postcode, area, home (flat and city), card, payer, birthday.
        hubs: By kind of value, how many had too many owners.
        numbers: By code of a phone, its place in the table of numbers: a recycled number has two codes.
        rarity: By comparison, the bits that the rarity of the face's value adds.
    """

    face: NDArray[np.int64]
    count: NDArray[np.int64]
    first: NDArray[np.int64]
    columns: dict[str, Codes]
    hubs: dict[str, int]
    numbers: NDArray[np.int64]
    rarity: dict[str, NDArray[np.float64]] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.first)


def faces_of(
    features: Features, speaking: Speaking, *, max_owners: Mapping[str, int] = MAX_OWNERS,
    source: NDArray[np.int64] | None = None, crowds: Mapping[str, NDArray[np.bool_]] | None = None,
    apart: NDArray[np.int64] | None = None,
) -> Faces:  # fmt: skip
    """Returns the faces of the records: receivers who do not speak leave no name, phone or address.

    Args:
        features: The records.
        speaking: Who speaks for whom.
        max_owners: By kind of value, the most distinct full names that may bear one.
        source: Code of each record's source; records of two sources are two faces.
        crowds: By blocking rule, the records whose key too many share: such a value speaks for nobody.
        apart: Labels of records that are never one face, though all they show be equal; -1 where it does not matter.
    """
    import numpy as np

    columns = _shown(features, speaking)
    numbers = _split_recycled(columns, features)
    hubs = _without_crowds(columns, crowds or {})
    for kind, limit in max_owners.items():
        before = columns[kind]
        columns[kind], more = _without_hubs(before, columns["full"], limit)
        hubs[kind] = hubs.get(kind, 0) + more
        if kind == "phone" and more:
            columns["mask"] = np.where((before >= 0) & (columns[kind] < 0), -1, columns["mask"])
        if kind == "home" and more:
            columns["unit"] = np.where((before >= 0) & (columns[kind] < 0), -1, columns["unit"])
    for name, label in (("source", source), ("apart", apart)):
        if label is not None:
            columns[name] = label.astype(np.int32)
    key = combined(*columns.values(), optional=range(len(columns)))
    # A guest without an account stays alone: equality of two guests is for the model to weigh.
    alone = columns["holder"] < 0
    key = np.where(alone, int(key.max(initial=-1)) + 1 + np.arange(len(key)), key)
    _, first, face, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    first = first[order]
    shown = {name: column[first].astype(np.int32) for name, column in columns.items()}
    return Faces(place[face], count[order], first, shown, {k: n for k, n in hubs.items() if n}, numbers)


def _shown(features: Features, speaking: Speaking) -> dict[str, Codes]:
    import numpy as np

    def told(codes: Codes) -> Codes:
        return np.where(speaking.speaks, codes, -1).astype(np.int32)

    def first_of(own: Codes, other: Codes) -> Codes:
        return np.where(own >= 0, own, told(other)).astype(np.int32)

    name = first_of(features.own_name, features.name)
    account, customer, nick = features.accounts
    known = (account >= 0) | (customer >= 0) | (nick >= 0)
    width = int(features.platform.max(initial=0)) + 2
    scope = np.where((account >= 0) | (nick >= 0), features.platform + 1, width + features.shop + 1)
    return {
        "holder": np.where(known, speaking.holder, -1).astype(np.int32),
        "scope": np.where(known, scope, -1).astype(np.int32),
        "email": features.email,
        "email_user": features.email_user,
        "phone": first_of(features.own_phone, np.where(features.own_mask >= 0, -1, features.phone)),
        "mask": first_of(features.own_mask, features.mask),
        "name": name,
        "full": features.names.column("full", name),
        "surname": features.names.column("surname", name),
        "given": features.names.column("given", name),
        "unit": told(features.unit),
        "street": told(features.street),
        "district": told(features.district),
        "city": told(features.city),
        "postcode": told(features.postcode),
        "area": told(features.area),
        "home": told(combined(features.unit, features.city)),
        "card": features.card,
        "payer": features.payer,
        "birthday": features.birthday,
    }


def _without_crowds(columns: dict[str, Codes], crowds: Mapping[str, NDArray[np.bool_]]) -> dict[str, int]:
    """Takes the values out that too many share, and returns by kind how many they were."""
    import numpy as np

    said = {"phone": ("phone", "mask"), "email": ("email",), "card": ("card",), "payer": ("payer",),
            "unit": ("home", "unit")}  # fmt: skip
    found: dict[str, int] = {}
    for rule, names in said.items():
        if rule not in crowds:
            continue
        values = columns[names[0]][crowds[rule]]
        found[names[0]] = len(np.unique(values[values >= 0]))
        for name in names:
            columns[name] = np.where(crowds[rule], -1, columns[name]).astype(np.int32)
    return found


def _without_hubs(codes: Codes, names: Codes, limit: int) -> tuple[Codes, int]:
    """The codes without those that more distinct full names than the limit bear."""
    import numpy as np

    owners = np.bincount(distinct(codes, names)[0], minlength=int(codes.max(initial=-1)) + 1)
    hub = owners > limit
    if not hub.any():
        return codes, 0
    return np.where(np.append(hub, False)[codes], -1, codes).astype(np.int32), int(hub.sum())


def _split_recycled(columns: dict[str, Codes], features: Features) -> NDArray[np.int64]:
    """Gives the later owner of a phone a code of its own: other full names, after more than ninety days of silence."""
    import numpy as np

    phone, full = columns["phone"].copy(), columns["full"]
    numbers = list(range(int(phone.max(initial=-1)) + 1))
    owner, _ = distinct(phone, full)
    several = np.bincount(owner, minlength=len(numbers)) > 1
    rows = np.flatnonzero((phone >= 0) & np.append(several, False)[phone])
    rows = rows[np.lexsort((features.seen[rows], phone[rows]))]
    moments, names = features.seen[rows], full[rows]
    starts = np.flatnonzero(np.append(True, np.diff(phone[rows]) != 0)) if len(rows) else rows
    silent = np.flatnonzero((np.diff(phone[rows]) == 0) & (np.diff(moments) > _QUARTER)) + 1
    group = np.searchsorted(starts, silent, side="right") - 1
    ends = np.append(starts[1:], len(rows))
    begin = starts.copy()
    for gap, at in zip(silent.tolist(), group.tolist(), strict=True):
        if _change_hands(features, names[begin[at] : gap], names[gap : ends[at]]):
            numbers.append(numbers[phone[rows[gap]]])
            phone[rows[gap : ends[at]]] = len(numbers) - 1
            begin[at] = gap
    columns["phone"] = phone
    return np.array([*numbers, -1], np.int64)


def _change_hands(features: Features, before: Codes, after: Codes) -> bool:
    from crmkit.identity.matching.comparing import are_unlike

    old, new, keys = set(before.tolist()) - {-1}, set(after.tolist()) - {-1}, features.names.keys
    return bool(old and new and not old & new) and all(are_unlike(keys[a], keys[b]) for a in old for b in new)
