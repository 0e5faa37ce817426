"""The laws on the pages are the laws in the tests: same numbers, never given to two contracts."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from crmkit import testing

FOLDER = Path(__file__).parents[2] / "docs" / "contracts"
CONTRACTS = [name for name in testing.__all__ if name.endswith("Contract")]
PAGES = {page.stem: page for page in FOLDER.glob("*.md") if page.stem != "index"}


def laws_with_tests(contract: str) -> set[str]:
    """Gives the number of each law that the contract class tests."""
    methods = [name for name in vars(getattr(testing, contract)) if name.startswith("test_")]
    numbers = [re.match(r"test_([A-Z]+\d+)_\w", name) for name in methods]
    assert None not in numbers, f"A law has a letter and a number: {methods}"
    return {number[1] for number in numbers if number}


def laws_on_page(page: str) -> list[str]:
    """Gives the number of each law that the page lists."""
    return re.findall(r"^- \*\*([A-Z]+\d+)\*\* \S", PAGES[page].read_text(encoding="utf-8"), flags=re.MULTILINE)


def contracts_on_page(page: str) -> list[str]:
    return re.findall(r"crmkit\.testing\.(\w+Contract)\b", PAGES[page].read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_page_tells_the_laws_that_are_tested(page: str) -> None:
    tested = {number for contract in contracts_on_page(page) for number in laws_with_tests(contract)}
    assert sorted(laws_on_page(page)) == sorted(tested)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_contract_has_its_page(contract: str) -> None:
    assert len([page for page in PAGES if contract in contracts_on_page(page)]) == 1
    assert laws_with_tests(contract)


def test_a_number_is_given_once() -> None:
    counts = Counter(number for contract in CONTRACTS for number in laws_with_tests(contract))
    assert [number for number, count in counts.items() if count > 1] == []
