"""Western addresses: one flat in many ways, and the places of many."""

from __future__ import annotations

import pytest

from crmkit.identity.normalise import address


@pytest.mark.parametrize(
    "raw", ["12 Main Street Apt. 5", "12 Main St #5", "12 MAIN ST, UNIT 5", "Apt 5, 12 Main Street"]
)
def test_western_addresses(raw: str) -> None:
    reading = address(raw, city="Springfield", postcode="62704")
    assert (reading.district_key, reading.street_key, reading.unit_key) == (
        "springfield|62704",
        "12 main st",
        "12 main st 5",
    )


@pytest.mark.parametrize(
    ("raw", "district", "street"),
    [
        ("12 Main St, Apt 5, Springfield, IL 62704-1234", "springfield|62704", "12 main st"),
        ("12 Main St., Springfield, IL 62704, USA", "springfield|62704", "12 main st"),
        ("Hauptstraße 12, 10115 Berlin", "berlin|10115", "12 hauptstr"),
        ("Hauptstr. 12, 10115 Berlin, Germany", "berlin|10115", "12 hauptstr"),
        ("Flat 5, 12 North Street, London SW1A 1AA", "london|sw1a1aa", "12 n st"),
    ],
)
def test_whole_western_addresses(raw: str, district: str, street: str) -> None:
    assert (address(raw).district_key, address(raw).street_key) == (district, street)


@pytest.mark.parametrize(
    ("raw", "street", "unit"),
    [
        ("Room 1501, Unit 2, Building 3, No. 12 Keji Road, Nanshan District", "12 keji rd", "12 keji rd 1501"),
        ("123 Main St Apt 4B", "123 main st", "123 main st 4b"),
        ("4th Floor, 12 Main Street, Suite 7", "12 main st", "12 main st 7"),
        ("Rue de l'Église 5", "5 rue de l'eglise", ""),
        ("12-14 Main St", "12-14 main st", ""),
    ],
)
def test_parts_of_western_lines_in_any_order(raw: str, street: str, unit: str) -> None:
    assert (address(raw).street_key, address(raw).unit_key) == (street, unit)


@pytest.mark.parametrize(("raw", "form"), [("Packstation 123", "locker"), ("PO Box 12", "pickup")])
def test_western_places_of_many(raw: str, form: str) -> None:
    assert (address(raw).form, address(raw).unit_key) == (form, "")
