"""The contract of JSON formats finds what is wrong with a format, and lets a right one pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmkit.importers import Draft, JsonFormat, LineColumns, OrderColumns, cells, read
from crmkit.testing import JsonImporterContract
from crmkit.testing.importer_contract import golden_of

ORDER = OrderColumns(
    currency=cells.text("cur"), total=cells.money("sum"), paid=cells.money("paid"), refunded=cells.money("back")
)
LINE = LineColumns(sku=cells.text("sku"), quantity=cells.whole("n"), price=cells.money("each"))
PLACES = {"number": "no", "lines_in": "rows", "order": ORDER, "line": LINE, "known_by": {"no", "rows"}}


def _named(draft: Draft) -> None:
    names = {"currency": "cur", "total": "sum", "paid": "paid", "refunded": "back"}
    draft.miss(names, {"price": "each", "quantity": "n"})


GOOD = JsonFormat(name="good", settle=_named, **PLACES)  # type: ignore[arg-type]
SILENT = JsonFormat(name="silent", **PLACES)  # type: ignore[arg-type]


def an_order(number: str) -> dict[str, Any]:
    rows = [{"sku": "A", "n": 2, "each": "5.00"}, {"sku": "B", "n": 1, "each": "2.00"}]
    return {"no": number, "cur": "EUR", "sum": "12.00", "paid": "12.00", "back": "2.00", "rows": rows}


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([an_order("1"), an_order("2"), an_order("3")]), encoding="utf-8")
    report = read(path, format=GOOD)
    golden = [order | {"order": order["order"].replace("good", "NAME")} for order in golden_of(report.orders)]
    (tmp_path / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    return path


def contract(sample: Path, known: JsonFormat) -> JsonImporterContract:
    golden = sample.with_name(f"{known.name}.json")
    told = (sample.parent / "golden.json").read_text(encoding="utf-8")
    golden.write_text(told.replace("NAME", known.name), encoding="utf-8")

    class Held(JsonImporterContract):
        samples = (sample,)
        format = known

    Held.golden = golden
    return Held()


def test_a_right_format_keeps_every_law_of_its_own_sample(sample: Path, tmp_path: Path) -> None:
    held = contract(sample, GOOD)
    report = held._read(held._files())
    held.test_J1_the_sample_gives_the_golden_orders(report)
    held.test_J2_reading_twice_is_reading_once(report, tmp_path)
    held.test_J3_the_order_of_the_records_does_not_matter(report)
    held.test_J4_every_record_is_in_an_order_a_problem_or_skipped(report)
    held.test_J5_a_file_cut_anywhere_loses_nothing_silently(report)
    held.test_J6_a_flipped_byte_changes_no_amount_silently(report)
    held.test_J7_the_order_of_the_keys_does_not_matter(report)
    held.test_J8_a_key_that_is_missing_is_named_or_not_needed(report)
    held.test_J9_scanning_gives_the_same_orders(report, tmp_path)


def test_a_format_that_is_silent_about_a_missing_key_is_found(sample: Path) -> None:
    held = contract(sample, SILENT)
    report = held._read(held._files())
    held.test_J1_the_sample_gives_the_golden_orders(report)
    with pytest.raises(AssertionError, match=r"is missing and nothing says so"):
        held.test_J8_a_key_that_is_missing_is_named_or_not_needed(report)


def test_another_golden_file_is_found(sample: Path) -> None:
    held = contract(sample, GOOD)
    held.golden.write_text(held.golden.read_text(encoding="utf-8").replace("2.00", "3.00"), encoding="utf-8")
    with pytest.raises(AssertionError):
        held.test_J1_the_sample_gives_the_golden_orders(held._read(held._files()))


def test_records_that_are_not_counted_are_found(sample: Path) -> None:
    held = contract(sample, GOOD)
    report = held._read(held._files())
    sample.write_text(json.dumps([an_order("1")]), encoding="utf-8")
    with pytest.raises(AssertionError):
        held.test_J4_every_record_is_in_an_order_a_problem_or_skipped(report)
