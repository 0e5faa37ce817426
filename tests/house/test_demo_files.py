"""The invented files that ship with crmkit: made by the generator, and what they are meant to show."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from crmkit import demo, importers
from crmkit.importers import ImportReport
from crmkit.orders import OrderStatus

GENERATOR = Path(__file__).parents[2] / "benchmarks" / "shops.py"


def generate(*words: str) -> None:
    subprocess.run([sys.executable, str(GENERATOR), *words], check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def report() -> ImportReport:
    return importers.read(*demo.files())


def test_the_generator_makes_the_shipped_files_again(tmp_path: Path) -> None:
    generate("demo", str(tmp_path))
    assert {path.name: path.read_bytes() for path in demo.files()} == {
        path.name: path.read_bytes() for path in tmp_path.iterdir()
    }


def test_a_big_pair_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    generate("taobao", str(tmp_path), "--orders", "500", "--lines", "800", "--seed", "3")
    taken = importers.read(*sorted(tmp_path.iterdir()))
    assert (len(taken.orders), sum(len(order.lines) for order in taken.orders)) == (500, 800)
    assert taken.problems == ()


def test_the_copies_are_the_files(tmp_path: Path) -> None:
    copies = demo.copy_to(tmp_path / "new folder")
    assert [copy.read_bytes() for copy in copies] == [path.read_bytes() for path in demo.files()]


def test_five_rows_cannot_be_used_each_for_one_reason(report: ImportReport) -> None:
    assert sorted(problem.code for problem in report.problems) == [
        "bad_moment",
        "bad_money",
        "damaged_identifier",
        "no_first_row",
        "unknown_status",
    ]


def test_there_are_about_two_hundred_orders_of_ninety_people_on_two_platforms(report: ImportReport) -> None:
    platforms = Counter(order.platform for order in report.orders)
    assert platforms["taobao"] >= 147
    assert platforms["shopify"] >= 76
    assert {order.currency for order in report.orders} == {"CNY"}


def test_every_state_is_shown(report: ImportReport) -> None:
    states = Counter(order.status for order in report.orders)
    assert set(states) == set(OrderStatus) - {OrderStatus.RECEIVED}
    assert any(0 < order.refunded.amount < order.paid.amount for order in report.orders)


def test_orders_lie_in_the_year_before_the_midnight_of_as_of(report: ImportReport) -> None:
    moments = [order.placed_at for order in report.orders if order.placed_at]
    assert demo.AS_OF - timedelta(days=365) <= min(moments)
    assert demo.AS_OF - timedelta(days=7) < max(moments) < demo.AS_OF


def test_twelve_people_buy_at_both_shops_under_one_address(report: ImportReport) -> None:
    addresses: dict[str, set[str]] = {}
    for order in report.orders:
        for identifier in order.buyer.identifiers:
            if identifier.kind == "email" and identifier.form == "plain":
                addresses.setdefault(identifier.value, set()).add(order.platform)
    assert sum(1 for platforms in addresses.values() if len(platforms) == 2) == 12


def test_everybody_is_invented(report: ImportReport) -> None:
    values = {identifier.value for order in report.orders for identifier in order.buyer.identifiers}
    assert {value.split("@")[1] for value in values if "@" in value} == {"example.com"}
