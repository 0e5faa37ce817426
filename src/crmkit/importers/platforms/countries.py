"""Where a shop is: country, currency and zone, for platforms whose files tell the one and not the others."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crmkit.importers.drafts import Draft

__all__ = ["COUNTRIES", "Country", "country_of", "moved_to", "told_by_caller"]


@attrs.frozen(slots=True)
class Country:
    """Is a country as marketplaces have it: one currency, one zone.

    Attributes:
        code: ISO 3166.
        currency: ISO 4217.
        zone: IANA zone of the country's site.
        names: Its names in files, case-folded.
    """

    code: str
    currency: str
    zone: str
    names: tuple[str, ...] = ()


COUNTRIES = {
    country.code: country
    for country in (
        Country("ID", "IDR", "Asia/Jakarta", ("indonesia",)),
        Country("MY", "MYR", "Asia/Kuala_Lumpur", ("malaysia",)),
        Country("PH", "PHP", "Asia/Manila", ("philippines", "the philippines", "pilipinas")),
        Country("SG", "SGD", "Asia/Singapore", ("singapore", "singapura")),
        Country("TH", "THB", "Asia/Bangkok", ("thailand", "ไทย", "ประเทศไทย")),
        Country("VN", "VND", "Asia/Ho_Chi_Minh", ("vietnam", "viet nam", "việt nam")),
        Country("TW", "TWD", "Asia/Taipei", ("taiwan", "台灣", "臺灣")),
        Country("BR", "BRL", "America/Sao_Paulo", ("brazil", "brasil")),
        Country("MX", "MXN", "America/Mexico_City", ("mexico", "méxico")),
        Country("US", "USD", "America/Los_Angeles", ("united states", "united states of america", "usa")),
        Country("GB", "GBP", "Europe/London", ("united kingdom", "great britain", "uk")),
        Country("DE", "EUR", "Europe/Berlin", ("germany", "deutschland")),
        Country("FR", "EUR", "Europe/Paris", ("france",)),
        Country("IT", "EUR", "Europe/Rome", ("italy", "italia")),
        Country("ES", "EUR", "Europe/Madrid", ("spain", "españa")),
        Country("IE", "EUR", "Europe/Dublin", ("ireland",)),
        Country("JP", "JPY", "Asia/Tokyo", ("japan", "日本")),
    )
}
"""The countries of the marketplaces, by code; the zone of the United States is the one in which reports count."""

_NAMED = {name: country for country in COUNTRIES.values() for name in (country.code.casefold(), *country.names)}


def country_of(told: str | None) -> Country | None:
    """Returns the country of a code or a name, or None where it is none of these.

    Example:
        >>> country_of(" Malaysia ").currency, country_of("ph").zone, country_of("Atlantis")
        ('MYR', 'Asia/Manila', None)
    """
    return _NAMED.get(" ".join((told or "").split()).casefold())


def told_by_caller(draft: Draft) -> Country | None:
    """Returns the country that the caller's format (its currency) or `zone=` names, where one of them names one."""
    currency = draft.format.currency
    zone = draft.zone.key if draft.zone else ""
    fitting = [country for country in COUNTRIES.values() if currency in ("", country.currency)]
    return next((country for country in fitting if country.zone == zone), fitting[0] if currency else None)


def moved_to(zone: str, values: MutableMapping[str, Any]) -> None:
    """Reads the wall-clock times among the values as times of this zone."""
    local = ZoneInfo(zone)
    for field, value in values.items():
        if value.__class__ is datetime:
            values[field] = value.replace(tzinfo=local)
