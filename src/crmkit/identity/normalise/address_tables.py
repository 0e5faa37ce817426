"""What is known about addresses: divisions, pick-up points, and the words of Western streets."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from crmkit.identity.normalise.divisions import POSTCODES, PREFERRED

__all__ = ["ADDRESSES", "AddressPolicy"]


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=lambda word: (-len(word), word)))


def _pairs(values: dict[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((left, right) for left, right in (values.items() if isinstance(values, dict) else values)))


_STREETS = {
    "street": "st",
    "str": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "boulevard": "blvd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "square": "sq",
    "terrace": "ter",
    "highway": "hwy",
    "parkway": "pkwy",
    "circle": "cir",
    "trail": "trl",
    "crescent": "cres",
    "close": "cl",
    "mount": "mt",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
    "saint": "st",
    "sankt": "st",
    "strasse": "str",
    "platz": "pl",
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
}


@attrs.frozen(kw_only=True, slots=True, cache_hash=True)
class AddressPolicy:
    """Says how addresses are taken apart.

    Attributes:
        divisions: Lines "省|市|区县 区县 …" in place of the package's table of China; none to use that.
        more_divisions: Lines in addition.
        preferred: Pairs of a county's name and the key that is meant by it, where several bear the name.
        postcodes: Pairs of a postcode's first two digits and the province.
        lockers: Words by which a parcel locker is known.
        pickups: Words by which a pick-up point is known.
        forwarders: Words by which a forwarding warehouse is known.
        streets: Pairs of a word in Western streets, lower case, and its short form.
        flats: Words before the number of a flat, lower case.

    Example:
        >>> import attrs
        >>> from crmkit.identity.normalise.addresses import address
        >>> ours = attrs.evolve(ADDRESSES, forwarders=(*ADDRESSES.forwarders, "海淘中心"))
        >>> address("深圳市南山区科技路12号海淘中心A1234", policy=ours).account
        'A1234'
    """

    divisions: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    more_divisions: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    preferred: tuple[tuple[str, str], ...] = attrs.field(default=PREFERRED, converter=_pairs)
    postcodes: tuple[tuple[str, str], ...] = attrs.field(default=POSTCODES, converter=_pairs)
    lockers: tuple[str, ...] = attrs.field(
        default=(
            "丰巢",
            "蜂巢",
            "快递柜",
            "智能柜",
            "云柜",
            "速递易",
            "自提柜",
            "储物柜",
            "packstation",
            "parcel locker",
        ),
        converter=_words,
    )
    pickups: tuple[str, ...] = attrs.field(
        default=(
            *("菜鸟", "驿站", "代收", "自提", "兔喜", "快递超市", "快递点", "快递服务站", "收发室", "便利店代收"),
            *("po box", "p.o. box", "p o box", "postfach", "paketshop", "pickup point", "general delivery"),
        ),
        converter=_words,
    )
    forwarders: tuple[str, ...] = attrs.field(
        default=("转运", "集运", "中转仓", "转仓", "保税仓", "海外仓", "集货仓", "仓库", "freight forwarder"),
        converter=_words,
    )
    streets: tuple[tuple[str, str], ...] = attrs.field(default=_STREETS, converter=_pairs)
    flats: tuple[str, ...] = attrs.field(
        default=(
            *(
                "apartment",
                "apt",
                "unit",
                "suite",
                "ste",
                "flat",
                "room",
                "rm",
                "number",
                "no",
                "appartement",
                "wohnung",
            ),
            *("whg", "apto", "piso", "interno"),
        ),
        converter=_words,
    )


ADDRESSES = AddressPolicy()
"""The tables that addresses are read with unless a host brings its own."""
