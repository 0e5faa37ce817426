"""Short forms of given names: a level of comparison of its own, never a rewrite of a key."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["NICKNAMES", "are_short_forms"]

NICKNAMES = tuple(
    tuple(line.split())
    for line in (
        "robert bob bobby rob robbie bert",
        "william will bill billy willy liam",
        "richard rick ricky dick rich",
        "james jim jimmy jamie",
        "john jack johnny jon",
        "jonathan jon johnny nathan",
        "joseph joe joey",
        "thomas tom tommy",
        "michael mike mick mickey micha",
        "david dave davy",
        "daniel dan danny",
        "edward ed eddie ted ned",
        "charles charlie chuck",
        "christopher chris kit",
        "christina chris tina chrissy",
        "anthony tony",
        "andrew andy drew",
        "alexander alex sasha sandy lex",
        "alexandra alex sasha sandra",
        "benjamin ben benny",
        "samuel sam sammy",
        "samantha sam",
        "matthew matt",
        "nicholas nick nicky",
        "patrick pat paddy",
        "patricia pat patty tricia",
        "peter pete",
        "stephen steven steve",
        "timothy tim",
        "kenneth ken kenny",
        "gregory greg",
        "lawrence larry",
        "leonard leo len",
        "francis frank",
        "frederick fred freddy fritz",
        "elizabeth liz beth lizzie betty eliza lisa elisabeth",
        "katherine catherine kathryn kate katie kathy cathy",
        "margaret maggie meg peggy greta",
        "jennifer jen jenny",
        "jessica jess jessie",
        "susan sue susie",
        "deborah debbie deb",
        "barbara barb babs",
        "rebecca becky",
        "victoria vicky tori",
        "jacqueline jackie",
        "abigail abby",
        "johannes hans hannes johann",
        "maximilian max",
        "sebastian basti seb",
        "wolfgang wolf",
        "josephine josie",
        "francisco paco pancho",
        "jose pepe",
        "guadalupe lupe",
        "giuseppe beppe",
    )
)
"""Groups of names of which the first is the full form; a short form may stand in several groups."""


@lru_cache(maxsize=8)
def _groups(table: tuple[tuple[str, ...], ...]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, names in enumerate(table):
        for each in names:
            found.setdefault(each, set()).add(number)
    return {each: frozenset(numbers) for each, numbers in found.items()}


def are_short_forms(left: str, right: str, table: tuple[tuple[str, ...], ...] = NICKNAMES) -> bool:
    """Whether two given names, in lower case, can be forms of one.

    Example:
        >>> are_short_forms("bob", "robert"), are_short_forms("bob", "bill"), are_short_forms("mei", "mei")
        (True, False, False)
    """
    if left == right:
        return False
    groups = _groups(table)
    return bool(groups.get(left, frozenset()) & groups.get(right, frozenset()))
