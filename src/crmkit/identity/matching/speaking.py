"""Which records speak for their buyer: a parcel's receiver may be somebody else, and with an agent it mostly is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmkit.identity.matching.codes import distinct, joined_labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.features import Features

    Codes = NDArray[np.int32]

__all__ = ["Speaking", "alone_at_the_top", "dominant", "speaking_of"]

AGENT_SURNAMES = 4
"""An account with so many surnames is an agent's."""


@attrs.frozen(slots=True)
class Speaking:
    """Says who speaks.

    Attributes:
        holder: Label of the account, by record: all that one account, customer number or nick ties together.
        speaks: Whether the parcel's receiver may speak for the buyer, by record.
        agent: Whether the holder is an agent, by record.
        surname: Code of the holder's dominant surname by record, or -1.
    """

    holder: NDArray[np.int64]
    speaks: NDArray[np.bool_]
    agent: NDArray[np.bool_]
    surname: Codes


def speaking_of(features: Features, *, agent_surnames: int = AGENT_SURNAMES) -> Speaking:
    """Returns who speaks for whom.

    An account whose parcels all bear one surname speaks. With several, the dominant one speaks if it stands on three
    records or more and on over half; else nobody does. Within one surname, full names unlike the usual one and masked
    names of another length are silent too. With `agent_surnames` the account is an agent's, and only the
    receiver that is most frequent and alone at the top, by phone or by street, speaks: agents order for themselves too.
    """
    import numpy as np

    accounts = joined_labels(len(features), features.accounts)
    known = np.zeros(len(features), bool)
    for column in features.accounts:
        known |= column >= 0
    # A guest's mailbox is all the account there is.
    holder = joined_labels(len(features), [np.where(known, accounts, -1), np.where(known, -1, features.email)])
    surname = _surnames(features)
    kinds = np.bincount(distinct(holder, surname)[0], minlength=len(features))
    best, count, _, total = dominant(holder, surname)
    many = (kinds > 1)[holder]
    led = ((total >= 3) & (2 * count > total))[holder]
    speaks = ~many | (led & ((surname == best[holder]) | (surname < 0)))
    speaks &= ~_relatives(features, holder, speaks) & ~_other_patterns(features, holder, speaks)
    agent = (kinds >= agent_surnames)[holder]
    speaks &= ~agent
    for key in (features.mask, features.street):
        speaks |= agent & alone_at_the_top(np.where(agent, holder, -1), key)
    own = features.names.column("surname", features.own_name)
    parcel = features.names.column("surname", features.name)
    # Where the buyer is named beside the receiver, the two names decide.
    both = (own >= 0) & (parcel >= 0)
    speaks = np.where(both, own == parcel, speaks)
    return Speaking(holder, speaks, agent, np.where(many & ~led, -1, best[holder]).astype(np.int32))


def _relatives(features: Features, holder: NDArray[np.int64], speaks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Records of an account whose full name is unlike the usual one there, though the surname may be the same."""
    import numpy as np

    from crmkit.identity.matching.comparing import are_unlike

    own, name = features.own_name, features.name
    full = features.names.column("full", np.where(own >= 0, own, name))
    full = np.where(speaks, full, -1).astype(np.int32)
    several = np.bincount(distinct(holder, full)[0], minlength=len(features)) > 1
    rows = np.flatnonzero(several[holder] & (full >= 0))
    best, count, alone, total = dominant(holder[rows], full[rows])
    usual = best[holder[rows]]
    led = (alone & (2 * count > total))[holder[rows]]
    other = np.flatnonzero((full[rows] != usual) | ~led)
    keys = features.names.keys
    apart = np.zeros(len(features), bool)
    for row, a, b in zip(rows[other].tolist(), full[rows[other]].tolist(), usual[other].tolist(), strict=True):
        apart[row] = a != b and are_unlike(keys[a], keys[b])
    # Without a usual name, whoever is not like the first of the equals makes all of them silent.
    torn = np.zeros(len(features), bool)
    torn[holder[rows[~led]][apart[rows[~led]]]] = True
    return apart | (torn[holder] & (full >= 0))


def _other_patterns(features: Features, holder: NDArray[np.int64], speaks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Records with a masked Chinese name of another length, or another last character, than is usual in the account."""
    import numpy as np

    chinese = speaks & (features.names.column("script", features.name) == 1)
    masked = chinese & (features.names.column("masked", features.name) == 1)
    found = np.zeros(len(features), bool)
    for column in ("length", "last"):
        value = features.names.column(column, features.name)
        value = np.where(chinese & (value > 0 if column == "length" else value >= 0), value, -1).astype(np.int32)
        best, count, _, total = dominant(holder, value)
        led = (2 * count > total)[holder]
        found |= masked & (value >= 0) & ((value != best[holder]) | ~led)
    return found


def _surnames(features: Features) -> Codes:
    import numpy as np

    parcel = features.names.column("surname", features.name)
    own = features.names.column("surname", features.own_name)
    return np.where(own >= 0, own, parcel)


def dominant(
    groups: NDArray[Any], values: Codes
) -> tuple[Codes, NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Returns by group the most frequent value (the smaller of equals), its count, whether it is alone, and the total.

    Example:
        >>> import numpy as np
        >>> best, count, alone, total = dominant(np.array([0, 0, 0, 1]), np.array([5, 3, 5, -1]))
        >>> best.tolist(), count.tolist(), alone.tolist(), total.tolist()
        ([5, -1], [2, 0], [True, False], [3, 0])
    """
    import numpy as np

    size = int(groups.max(initial=-1)) + 1
    known = (groups >= 0) & (values >= 0)
    width = int(values.max(initial=0)) + 1
    keys, counts = np.unique(groups[known].astype(np.int64) * width + values[known], return_counts=True)
    group, value = keys // width, keys % width
    order = np.lexsort((value, -counts, group))
    group, value, counts = group[order], value[order], counts[order]
    first = np.ones(len(group), bool)
    first[1:] = group[1:] != group[:-1]
    best, count, alone = np.full(size, -1, np.int32), np.zeros(size, np.int64), np.zeros(size, bool)
    best[group[first]], count[group[first]] = value[first], counts[first]
    second = np.append(np.flatnonzero(first) + 1, 0)[:-1]
    tied = np.zeros(len(second), bool)
    inside = second < len(group)
    tied[inside] = (group[second[inside]] == group[first][inside]) & (counts[second[inside]] == counts[first][inside])
    alone[group[first]] = ~tied
    return best, count, alone, np.bincount(group, counts, minlength=size).astype(np.int64)


def alone_at_the_top(holder: NDArray[Any], key: Codes) -> NDArray[np.bool_]:
    """Returns the records that bear their holder's most frequent key, seen twice or more and by no other equalled."""
    import numpy as np

    if not (holder >= 0).any():
        return np.zeros(len(holder), bool)
    best, count, alone, _ = dominant(holder, key)
    chosen = alone & (count >= 2)
    return np.asarray((holder >= 0) & (key >= 0) & chosen[holder] & (key == best[holder]))
