"""What a stored summary of customers rests on, so that it is merged and asked only where the answer is exact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timezone, tzinfo
from typing import Any

import attrs

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.segmentation.amounts import Kind, Unit
from crmkit.segmentation.days import Window, zone_of

__all__ = ["SummaryBasis"]


@attrs.frozen(slots=True, kw_only=True)
class SummaryBasis:
    """Holds which orders a summary of customers saw, and how they were read.

    Attributes:
        until: The moment up to which orders were seen, excluded.
        since: The moment from which on, included, or None for all before `until`.
        zone: Name of the zone of its days ("Asia/Shanghai", "+08:00"), None where moments are naive.
        currency: The currency of its money, None where it is not known.
        kind: "float", "int" or "decimal", the kind of the amounts.
        digits: Decimals of the smallest unit that money was added up in.
        by_order: Whether rows were netted by order number.
        count_free: Whether orders of zero are purchases.

    Example:
        >>> basis = SummaryBasis(until=datetime(2026, 11, 24, tzinfo=UTC), zone="UTC")
        >>> SummaryBasis.of(basis.stored()) == basis
        True
    """

    until: datetime
    since: datetime | None = None
    zone: str | None = None
    currency: str | None = None
    kind: Kind = "float"
    digits: int = 2
    by_order: bool = False
    count_free: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> SummaryBasis:
        """Returns the basis that was stored.

        Raises:
            InputError: It is not what `stored` gave.

        Example:
            >>> SummaryBasis.of({"until": "2026-11-24T00:00:00+08:00", "zone": "Asia/Shanghai"}).until.isoformat()
            '2026-11-24T00:00:00+08:00'
        """
        names = {field.name for field in attrs.fields(cls)}
        if "until" not in stored or not set(stored) <= names:
            raise InputError(f"A stored basis has 'until' and names among {', '.join(sorted(names))}; got {stored!r}.")
        moments = {
            name: datetime.fromisoformat(stored[name]) for name in ("until", "since") if stored.get(name) is not None
        }
        return cls(**{**stored, **moments})

    def stored(self) -> dict[str, Any]:
        """Returns the basis as JSON can hold it, to be stored beside the frame.

        Example:
            >>> SummaryBasis(until=datetime(2026, 11, 24)).stored()["until"]
            '2026-11-24T00:00:00'
        """
        found = attrs.asdict(self)
        return {**found, "until": self.until.isoformat(), "since": self.since and self.since.isoformat()}

    @property
    def unit(self) -> Unit:
        """Unit in which money is added up."""
        return Unit(self.kind, self.digits)

    @property
    def today(self) -> int:
        """The date of `until`, as days since 1970-01-01."""
        return Window(as_of=self.until, since=None, zone=zone_named(self.zone)).today

    def refuse_question(self, window: Window, *, count_free: bool, digits: int | None) -> None:
        """Refuses a question that these orders cannot answer exactly.

        Raises:
            InputError: Another moment, another start, another zone or another reading is asked for.
        """
        if window.as_of != self.until:
            raise InputError(
                f"This summary saw orders until {self.until.isoformat()}, and as_of is {window.as_of.isoformat()}. Ask "
                "as of that moment, or merge the summary of the orders in between first."
            )
        if window.since is not None and window.since != self.since:
            raise InputError(f"This summary saw orders since {self.since}, and since is {window.since}; leave it out.")
        if window.zone is not window.as_of.tzinfo and zone_text(window.zone) != self.zone:
            raise InputError(f"This summary counts days in {self.zone}, and zone is {window.zone}; leave it out.")
        if (count_free and not self.count_free) or (digits is not None and digits != self.digits):
            raise InputError("This summary was made with another count_free or digits; leave them out.")

    def merged(self, newer: SummaryBasis) -> SummaryBasis:
        """Returns the basis of both together.

        Raises:
            InputError: The newer one does not begin where this one ends, or was read in another way.
            CurrencyMismatch: Their money is in different currencies.
        """
        if newer.since != self.until:
            begins = "the beginning" if newer.since is None else newer.since.isoformat()
            raise InputError(
                f"The older summary ends at {self.until.isoformat()} and the newer one begins at {begins}: orders "
                "would be missing or counted twice. Make the newer one with since= the older one's until."
            )
        self._refuse_other_reading(newer)
        return attrs.evolve(
            newer,
            since=self.since,
            currency=self.currency or newer.currency,
            digits=max(self.digits, newer.digits),
        )

    def replaced(self, anew: SummaryBasis) -> SummaryBasis:
        """Returns the basis with some customers read anew.

        Raises:
            InputError: They were not seen in the same window, or read in another way.
            CurrencyMismatch: Their money is in another currency.
        """
        if (anew.since, anew.until) != (self.since, self.until):
            raise InputError("Customers are replaced by a summary of the same since and until.")
        self._refuse_other_reading(anew)
        return attrs.evolve(self, currency=self.currency or anew.currency, digits=max(self.digits, anew.digits))

    def _refuse_other_reading(self, other: SummaryBasis) -> None:
        if None not in (self.currency, other.currency) and self.currency != other.currency:
            currencies = tuple(sorted((str(self.currency), str(other.currency))))
            raise CurrencyMismatch(
                f"The summaries are in {' and '.join(currencies)}, which cannot be added up.", currencies=currencies
            )
        names = ["zone", "kind", "by_order", "count_free", *([] if self.kind == "decimal" else ["digits"])]
        for name in names:
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                raise InputError(
                    f"The summaries were read in two ways, {name} {ours!r} and {theirs!r}, and cannot be put together; "
                    "make the newer one as the older one was made."
                )


def zone_text(zone: tzinfo | None) -> str | None:
    """Returns a zone as text, None for none."""
    if zone is None:
        return None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if name:
        return str(name)
    if zone is UTC:
        return "UTC"
    if not isinstance(zone, timezone):
        raise InputError(f"{zone!r} has no name that can be stored; give zoneinfo.ZoneInfo('Area/City').")
    return datetime(2000, 1, 1, tzinfo=zone).isoformat()[19:]


def zone_named(text: str | None) -> tzinfo | None:
    """Returns the zone of such a text."""
    if text is not None and text[0] in "+-":
        return datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo
    return zone_of(text)
