"""Crowds: keys that too many share, counted on what records say as written, so that a crowd only ever grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from crmkit.identity.matching.codes import combined, distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.features import Features

    Codes = NDArray[np.int32]

__all__ = ["RULES", "Crowds", "crowds_of"]

RULES: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone",),
    "email": ("email",),
    "card": ("card",),
    "payer": ("payer",),
    "user": ("email_user",),
    "mask, district": ("mask", "district"),
    "mask, surname": ("mask", "surname"),
    "name, city": ("full", "city"),
    "unit": ("unit", "city"),
    "street, surname": ("street", "area", "surname"),
    "street, given name": ("street", "area", "given"),
    "birthday, surname": ("birthday", "surname"),
    "birthday, given name": ("birthday", "given"),
    "birthday, district": ("birthday", "district"),
}
"""The blocking rules besides the account: records that agree on all of these columns are compared."""


@attrs.frozen(slots=True)
class Crowds:
    """Says which records bear a key that too many share.

    Attributes:
        inside: By rule, whether each record's key is a crowd's; rules without a crowd are left out.
        too_big: By rule, how many keys, and how many pairs of records that costs.
    """

    inside: Mapping[str, NDArray[np.bool_]]
    too_big: Mapping[str, tuple[int, int]]


def crowds_of(features: Features, *, max_key: int) -> Crowds:
    """Returns the keys that more than `max_key` owners share, whoever speaks: no later record makes them fewer."""
    import numpy as np

    columns, owner = _as_written(features), _owners(features)
    frequent = {name: _borne_by_more(codes, max_key) for name, codes in columns.items()}
    inside: dict[str, NDArray[np.bool_]] = {}
    too_big: dict[str, tuple[int, int]] = {}
    for rule, parts in RULES.items():
        rows = np.flatnonzero(np.logical_and.reduce([frequent[part] for part in parts]))
        if len(rows) <= max_key:
            continue
        keys = combined(*(columns[part][rows] for part in parts))
        size = int(keys.max(initial=-1)) + 1
        owners = np.bincount(distinct(keys, owner[rows])[0], minlength=size)
        crowd = owners > max_key
        if crowd.any():
            records = np.bincount(keys, minlength=size)[crowd].astype(np.int64)
            too_big[rule] = (int(crowd.sum()), int((records * (records - 1) // 2).sum()))
            inside[rule] = np.zeros(len(features), bool)
            inside[rule][rows[crowd[keys]]] = True
    return Crowds(inside, too_big)


def _borne_by_more(codes: Codes, most: int) -> NDArray[np.bool_]:
    import numpy as np

    counts = np.bincount(codes[codes >= 0], minlength=1)
    return np.asarray(np.append(counts > most, False)[codes])


def _as_written(features: Features) -> dict[str, Codes]:
    """What each record says of its buyer if its parcel speaks for the buyer."""
    import numpy as np

    def first_of(own: Codes, other: Codes) -> Codes:
        return np.where(own >= 0, own, other).astype(np.int32)

    name = first_of(features.own_name, features.name)
    columns = {key: features.names.column(key, name) for key in ("full", "surname", "given")}
    columns["phone"] = first_of(features.own_phone, np.where(features.own_mask >= 0, -1, features.phone))
    columns["mask"] = first_of(features.own_mask, features.mask)
    same = ("email", "email_user", "card", "payer", "unit", "city", "district", "street", "area", "birthday")
    return columns | {key: getattr(features, key) for key in same}


def _owners(features: Features) -> NDArray[np.int64]:
    """A label of whom each record names first as its owner: an account, a mailbox, a payer, or else itself alone."""
    import numpy as np

    account, customer, nick = features.accounts
    owner = np.full(len(features), -1, np.int64)
    start = 0
    for codes in (customer, account, nick, features.email, features.payer, np.arange(len(features))):
        owner = np.where((owner < 0) & (codes >= 0), codes + start, owner)
        start += int(codes.max(initial=-1)) + 1
    return owner
