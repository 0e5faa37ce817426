"""The programme: one frozen value that says how points are earned, with a version that every entry names."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import attrs

from crmkit.errors import InputError, PolicyError
from crmkit.loyalty.rules import EarnRule
from crmkit.loyalty.storable import digest_of, require_text
from crmkit.money import decimals_of

__all__ = ["Programme"]


def _rules(rules: Iterable[EarnRule]) -> tuple[EarnRule, ...]:
    given = tuple(rules)
    for rule in given:
        if not callable(getattr(rule, "award", None)) or not hasattr(rule, "name") or not hasattr(rule, "currency"):
            raise PolicyError(f"{rule!r} is no earn rule: it needs `name`, `currency` and `award(purchase, member)`.")
    return given


@attrs.frozen(kw_only=True, slots=True)
class Programme:
    """Holds the rules of a points programme.

    Args:
        unit: What the points are called.
        currency: ISO 4217; without it that of the rules.
        zone: The shop's time zone (IANA name): local dates are dates there.
        earn: The rules; the points of all that apply add up.

    Raises:
        PolicyError: No currency or several, an unknown currency or zone, something that is no rule.

    Example:
        >>> from crmkit.loyalty import PerSpend
        >>> programme = Programme(earn=[PerSpend(1, per="1 CNY")])
        >>> programme.currency, programme.unit, programme.zone
        ('CNY', 'points', 'UTC')
        >>> programme.version == Programme(earn=[PerSpend(1, per="1 CNY")]).version
        True
    """

    unit: str = "points"
    currency: str = ""
    zone: str = "UTC"
    earn: tuple[EarnRule, ...] = attrs.field(default=(), converter=_rules)
    version: str = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        require_text(self.unit, "unit", longest=64)
        object.__setattr__(self, "currency", self._currency())
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, TypeError, OSError):
            raise PolicyError(f"{self.zone!r} is no time zone; give an IANA name such as 'Asia/Shanghai'.") from None
        content = (self.unit, self.currency, self.zone, *map(repr, self.earn))
        object.__setattr__(self, "version", digest_of(*content))

    def _currency(self) -> str:
        found = {currency for rule in self.earn if (currency := rule.currency) is not None}
        found |= {self.currency} - {""}
        if len(found) != 1:
            told = ", ".join(sorted(found)) or "none"
            raise PolicyError(f"A programme counts in one currency; this one and its rules name: {told}.")
        currency = found.pop()
        try:
            decimals_of(currency)
        except InputError as error:
            raise PolicyError(error.reason) from None
        return currency
