"""What each level and each blocking rule of the linking model is in SQL, over the columns that `records` prepares.

Every condition is equality, nothing at all, or an edit distance of ASCII texts against whole numbers: that much means
the same on every engine that Splink runs on.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

__all__ = ["BLOCKS", "COMPARISONS", "FREQUENCIES", "Conditions", "block_column", "conditions_of"]


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _missing(column: str) -> str:
    return f"({column}_l IS NULL OR {column}_r IS NULL)"


def _no_clash(column: str) -> str:
    return f"({column}_l IS NULL OR {column}_r IS NULL OR {column}_l = {column}_r)"


def _near(column: str, percent: int) -> str:
    distance = f"100 * levenshtein({column}_l, {column}_r) <= {percent} * length"
    return f"({distance}({column}_l) OR {distance}({column}_r))"  # of the longer; not every engine knows greatest()


@attrs.frozen(slots=True, kw_only=True)
class Conditions:
    """Is one comparison in SQL.

    Attributes:
        nothing: When there is nothing to compare.
        levels: The condition of each level but the last, strongest first.
        any_text: By place, what a fuzzy level is if it may look at text that is not ASCII.
        null_last: The condition of nothing to compare holds only where no level does.
    """

    nothing: str
    levels: tuple[str, ...]
    any_text: Mapping[int, str] = attrs.field(factory=dict)
    null_last: bool = False


def _equal_only(column: str) -> Conditions:
    return Conditions(nothing=_missing(column), levels=(_same(column),))


_MASKED = "(name_masked_l = '1' OR name_masked_r = '1') AND name_script_l = name_script_r"
_PARTIAL = f"{_missing('name_full')} AND {_no_clash('name_initial')}"
_UNMASKED = f"NOT ({_MASKED})"
_PATTERN_FITS = f"({_UNMASKED} OR ({_no_clash('name_length')} AND {_no_clash('name_last')}))"
_SHORT = " OR ".join(f"name_short_{a}_l = name_short_{b}_r" for a in (1, 2) for b in (1, 2))
_SHORT_FORMS = (
    "name_full_l IS NOT NULL AND name_full_r IS NOT NULL AND name_given_l <> name_given_r AND "
    f"{_same('name_surname')} AND ({_SHORT})"
)
_INITIALS = f"{_missing('name_full')} AND {_same('name_surname')} AND {_same('name_initial')} AND {_UNMASKED}"
_SURNAME_FITS = f"({_same('name_surname')} OR {_missing('name_surname')})"
_HIDDEN = f"{_PARTIAL} AND {_MASKED} AND {_same('name_length')} AND {_no_clash('name_last')}"


def _near_name(column: str) -> str:
    return f"{_near(column, 20)} OR ({_SHORT_FORMS}) OR ({_INITIALS})"


_NAME = Conditions(
    nothing=_missing("name_script"),
    levels=(
        f"{_same('name_full')} AND {_same('name_written')}",
        _same("name_reading"),
        _near_name("name_ascii"),
        f"{_HIDDEN} AND {_SURNAME_FITS} AND {_same('name_last')}",
        f"{_HIDDEN} AND {_same('name_surname')}",
        f"{_PARTIAL} AND {_same('name_surname')} AND {_PATTERN_FITS}",
    ),
    any_text={2: _near_name("name_full")},
)
_ONE_LONGER = " OR ".join(
    f"substr(phone_number_{a}, 1, length(phone_number_{b})) = phone_number_{b}" for a, b in ("lr", "rl")
)
_PHONE = Conditions(
    nothing=f"({_missing('phone')} AND {_missing('phone_mask')}) OR "
    "(phone_l <> phone_r AND phone_number_l = phone_number_r)",
    levels=(
        _same("phone"),
        f"{_missing('phone')} AND {_same('phone_mask')}",
        "levenshtein(phone_number_l, phone_number_r) = 1 AND "
        f"(length(phone_number_l) = length(phone_number_r) OR {_ONE_LONGER})",
    ),
)
_EMAIL = Conditions(
    nothing=f"{_missing('email_user')} AND (email_l IS NULL OR email_r IS NULL OR email_l <> email_r)",
    levels=(_same("email"), _same("email_user"), _near("email_ascii", 15)),
    any_text={2: _near("email_text", 15)},
)
_ACCOUNT = Conditions(
    nothing=f"{_missing('account')} OR (account_l <> account_r AND account_scope_l <> account_scope_r)",
    levels=(_same("account"),),
)
_SAME_TOWN = f"({_same('address_city')} OR {_same('address_postcode')})"
_NEAR_STREET = f"{_same('address_house')} AND {_near('address_text', 20)}"
_ADDRESS = Conditions(
    nothing=_missing("address_city"),
    levels=(
        f"{_SAME_TOWN} AND {_same('address_unit')}",
        f"{_same('address_area')} AND ({_same('address_street')} OR ({_NEAR_STREET}))",
        _same("address_district"),
        _SAME_TOWN,
    ),
    null_last=True,
)
COMPARISONS: Mapping[str, Conditions] = {
    "name": _NAME,
    "phone": _PHONE,
    "email": _EMAIL,
    "account": _ACCOUNT,
    "card": _equal_only("card"),
    "payer": _equal_only("payer"),
    "birthday": _equal_only("birthday"),
    "address": _ADDRESS,
}
"""By comparison, its conditions."""

FREQUENCIES: Mapping[str, Mapping[int, str]] = {
    "name": {0: "name_full", 1: "name_reading"},
    "phone": {0: "phone"},
    "email": {0: "email"},
    "card": {0: "card"},
    "address": {0: "address_home"},
}
"""By comparison and level, the column whose rare values weigh more."""

BLOCKS = (
    "account", "phone", "email", "card", "payer", "user", "mask, district", "mask, surname", "name, city", "unit",
    "street, surname", "street, given name", "birthday, surname", "birthday, given name", "birthday, district",
)  # fmt: skip
"""The default blocking rules, in order."""


def block_column(rule: str) -> str:
    """Returns the column that holds a blocking rule's key.

    Example:
        >>> block_column("mask, district")
        'block_mask_district'
    """
    return "block_" + rule.replace(", ", "_").replace(" ", "_")


def conditions_of(comparison: str, *, any_text: bool) -> tuple[str, ...]:
    """Returns the conditions of a comparison's levels, strongest first, without the last one, which is everything else.

    Example:
        >>> conditions_of("card", any_text=False)
        ('card_l = card_r',)
    """
    found = COMPARISONS[comparison]
    return tuple(found.any_text.get(at, sql) if any_text else sql for at, sql in enumerate(found.levels))
