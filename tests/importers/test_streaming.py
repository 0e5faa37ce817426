"""JSON lists and HTML tables are scanned piece by piece, and say what `read` says."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from crmkit import importers
from crmkit.importers import JsonFormat
from crmkit.importers.documents import streaming
from crmkit.importers.documents.scanning import comes_in_runs
from crmkit.importers.documents.streaming import JsonList
from crmkit.importers.documents.text import Flaw
from crmkit.importers.files import markup
from crmkit.importers.registry import known_formats
from crmkit.orders import Order

FORMATS = [known for known in known_formats().values() if isinstance(known, JsonFormat)]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every value lie across the border of what was read."""
    monkeypatch.setattr(streaming, "_CHUNK", 50)
    monkeypatch.setattr(markup, "_CHUNK", 7)


def an_order(number: int, **changes: Any) -> dict[str, Any]:
    line = {
        "id": number,
        "sku": "MUG",
        "title": "Mug “blue”",
        "quantity": 2,
        "price": "12.00",
        "discount_allocations": [],
    }
    order = {"id": number, "name": f"#{number}", "currency": "EUR", "financial_status": "paid", "total_price": "24.00"}
    order |= {"total_outstanding": "0.00", "refunds": [], "shipping_lines": [], "cancelled_at": None, "test": False}
    order |= dict.fromkeys(("created_at", "updated_at"), "2026-11-02T21:14:07+01:00")
    return order | {"fulfillment_status": None, "line_items": [line]} | changes


def orders(count: int) -> list[Any]:
    return [an_order(number) for number in range(count)]


def is_streamed(data: bytes) -> bool:
    return comes_in_runs(io.BytesIO(data), FORMATS)


STREAMED = [
    orders(5),
    {"orders": orders(5)},
    {"count": 5.25, "orders": orders(5), "next": None},
    [{"orders": orders(2)}, {"orders": [an_order(7)]}],
    [*orders(3), 5, None, [], {"a": 1}, an_order(8, total_price="x")],
    {"orders": [*orders(2), {"a": 1}, an_order(8, total_price="x")]},
]
HELD = [orders(1)[0], [*orders(3), an_order(1)], [], {"orders": []}, {"data": {"orders": {"nodes": orders(2)}}}]


@pytest.mark.parametrize("value", [*STREAMED, *HELD])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("indent", [None, 2])
def test_scan_says_what_read_says(value: Any, encoding: str, indent: int | None) -> None:
    data = json.dumps(value, ensure_ascii=False, indent=indent).encode(encoding)
    assert is_streamed(data) is (value in STREAMED)
    report, found = importers.read(data, name="o.json"), list(importers.scan(data, name="o.json"))
    assert [item for item in found if isinstance(item, Order)] == list(report.orders)
    assert sorted(str(item) for item in found if not isinstance(item, Order)) == sorted(map(str, report.problems))


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-1], lambda text: text + "]", lambda text: text.replace("5", "NaN")]
)
def test_what_is_no_json_is_refused_as_by_read(spoil: Any) -> None:
    data = spoil(json.dumps({"orders": orders(3), "n": 5})).encode()
    assert not is_streamed(data)
    for taken in (importers.read, lambda *given, **how: list(importers.scan(*given, **how))):
        with pytest.raises(importers.DamagedFileError):
            taken(data, name="o.json")


def test_a_number_across_a_border_is_whole() -> None:
    numbers = [1.5, 10**60, -3, 1e-7, 12]
    for border in range(1, 40):
        text = b" " * border + json.dumps(numbers).encode()
        assert [float(number) for number in JsonList(io.BytesIO(text))] == [float(number) for number in numbers]


@pytest.mark.parametrize("text", [b'{"a": 1, "a": [2]}', b"{1: []}", b"[1 2]", b"[1,]", b"5", b"", b"\xff[]", b"[1] 2"])
def test_a_list_that_is_none_has_a_flaw(text: bytes) -> None:
    with pytest.raises(Flaw):
        list(JsonList(io.BytesIO(text)))


def test_no_more_than_an_item_is_held() -> None:
    class Watched(io.BytesIO):
        passed = 0

        def read(self, size: int | None = -1, /) -> bytes:
            found = super().read(size)
            Watched.passed += len(found)
            return found

    items = iter(JsonList(Watched(json.dumps(orders(500)).encode())))
    next(items)
    assert Watched.passed < 4 * len(json.dumps(an_order(0)))


def test_tables_of_pages_come_in_pieces() -> None:
    rows = "".join(f"<tr><td>A-{n}<td>EUR<td>5.00<td>1</tr>\n" for n in range(30))
    page = f"<html><table><tr><th>order_number<th>currency<th>unit_price<th>quantity</tr>{rows}</table></html>".encode()
    report = importers.read(page, name="o.xls")
    assert (len(report.orders), report.problems) == (30, ())
    assert list(importers.scan(page, name="o.xls")) == list(report.orders)


def test_tags_that_do_not_close_are_counted_across_pieces() -> None:
    for open_tag in ("<!--", "<?", "<!["):
        page = "<table><tr><td>x</td></tr></table>" + f"{open_tag} " * 101
        for size in (1, 2, 3, 5, 64):
            pieces = [page[at : at + size] for at in range(0, len(page), size)]
            with pytest.raises(importers.DamagedFileError, match="do not close"):
                markup.refuse_unclosed(pieces)
            markup.refuse_unclosed([*pieces, "-->", "]>"])
