"""JSON as such: what is strictly refused, what comes through, and where problems say that it stands."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmkit import importers
from crmkit.errors import InputError
from crmkit.importers import (
    AmbiguousFormatError,
    DamagedFileError,
    JsonBody,
    JsonFormat,
    LineColumns,
    Node,
    OrderColumns,
    UnknownFormatError,
    branch,
    cells,
    registry,
)
from crmkit.importers.documents.values import SourceTree, leaves
from crmkit.money import Money
from crmkit.orders import Order
from crmkit.problems import Problem

ACME = JsonFormat(
    name="acme.json",
    known_by={"acme_no", "rows"},
    number="acme_no",
    lines_in="rows",
    wrappers={"hits": {"took"}},
    bodies=(JsonBody(known_by={"acme_customer"}, reason="customers"),),
    order=OrderColumns(
        currency=cells.text("cur"),
        total=cells.money("sum"),
        paid=cells.money("paid"),
        refunded=cells.money("back"),
        email=cells.text("who.mail", personal=True),
        reported_at=cells.moment("at", zone="UTC"),
    ),
    line=LineColumns(
        id=cells.identifier("id"), sku=cells.text("sku"), quantity=cells.whole("n"), price=cells.money("each")
    ),
)


def place(value: Any, path: str) -> tuple[Any, Any]:
    """The object or list that holds what stands at a path, and its key there."""
    steps = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps[:-1]:
        value = value[step]
    return value, steps[-1]


def _places(value: Any, path: str = "") -> Iterator[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield f"{path}{key}"
        yield from _places(item, f"{path}{key}/")


def rich_order(name: str) -> dict[str, Any]:
    """One order of a format's sample that has much in it."""
    folder = Path(__file__).parent / "samples"
    path, steps = {
        "rest": ("shopify_json/orders.json", "orders/3"),
        "graphql": ("shopify_json/graphql.json", "data/orders/edges/1/node"),
        "woocommerce": ("woocommerce/orders.json", "5"),
        "magento": ("magento/orders.json", "items/1"),
    }[name]
    holder, key = place(json.loads((folder / path).read_text(encoding="utf-8")), steps)
    return dict(holder[key])


@pytest.fixture(autouse=True)
def acme() -> Iterator[None]:
    importers.register(ACME, replace=True)
    yield
    registry._registered.pop("acme.json")


def an_order(number: Any = "A-1", **changes: Any) -> dict[str, Any]:
    rows = [{"id": 7, "sku": "S", "n": 2, "each": "5.00"}]
    order = {"acme_no": number, "cur": "EUR", "sum": "10.00", "paid": "10.00", "back": "0", "rows": rows}
    return order | changes


def text(*orders: Any) -> bytes:
    return json.dumps(list(orders)).encode()


def lines(*orders: Any) -> bytes:
    return "".join(json.dumps(order) + "\n" for order in orders).encode()


def codes(report: importers.ImportReport) -> list[str]:
    return [problem.code for problem in report.problems]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'[{"acme_no": "A-1", "rows": [', "looks cut"),
        (b'[{"acme_no": "A-1", "ro', "looks cut"),
        (b'{"acme_no": "A-1", "rows": []} trailing', "is no JSON"),
        (b'[{"acme_no": NaN, "rows": []}]', "NaN"),
        (b'[{"acme_no": -Infinity, "rows": []}]', "Infinity"),
        (b'[{"acme_no": ' + b"9" * 5000 + b', "rows": []}]', "number"),
        (b'[{"acme_no": 1e99999999999999999999, "rows": []}]', "number"),
        (b"[" * 200_000, "deeper|looks cut"),
        (b'[{"a":' * 100_000 + b"1" + b"}]" * 100_000, "deeper"),
        (b'[{"acme_no": "\xff", "rows": []}]', "byte 14"),
        (b'[{"acme_no": "A-1" "rows": []}]', "line 1, column"),
        ('[{"acme_no": "A-1", "rows": []}]'.encode("utf-16")[:-3], "utf-16|cut"),
    ],
)
def test_a_document_that_is_no_json_is_refused_with_its_place(data: bytes, why: str) -> None:
    for reading in (importers.read, importers.sniff, lambda *a, **k: list(importers.scan(*a, **k))):
        with pytest.raises(DamagedFileError, match=why) as caught:
            reading(data, name="orders.json")
        assert caught.value.source == "orders.json"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(encoding: str) -> None:
    data = json.dumps([an_order("Ä-1")], ensure_ascii=False).encode(encoding)
    assert importers.read(data).orders[0].number == "Ä-1"
    assert importers.sniff(data)[0].format == "acme.json"


def test_a_key_that_comes_twice_costs_the_order_and_no_other() -> None:
    doubled = json.dumps(an_order("A-2"))[:-1] + ', "paid": "99.00"}'
    nested = json.dumps(an_order("A-3")).replace('"n": 2', '"n": 2, "n": 3')
    report = importers.read(f"[{json.dumps(an_order())}, {doubled}, {nested}]".encode())
    assert [order.number for order in report.orders] == ["A-1"]
    assert [(problem.code, problem.line) for problem in report.problems] == [("damaged_row", 2), ("damaged_row", 3)]
    assert (report.rows.read, report.rows.taken, report.rows.refused) == (3, 1, 2)


def test_json_lines_lose_their_bad_lines_only() -> None:
    data = lines(an_order("A-1")) + b'{"acme_no": NaN}\n\n' + lines(an_order("A-2")) + b'{"a": "\xff"}\n' + b'{"acme'
    report = importers.read(data, name="orders.jsonl")
    assert [order.number for order in report.orders] == ["A-1", "A-2"]
    assert [(p.code, p.line) for p in report.problems] == [("damaged_row", 2), ("damaged_row", 5), ("cut_file", 6)]
    assert report.looks_cut
    assert report.rows.read == report.rows.taken + report.rows.refused == 5


def test_the_first_line_may_be_the_bad_one() -> None:
    report = importers.read(b'{"acme_no" "A-0"}\n' + lines(an_order("A-1"), an_order("A-2")))
    assert [order.number for order in report.orders] == ["A-1", "A-2"]
    assert [(p.code, p.line) for p in report.problems] == [("damaged_row", 1)]


def test_where_a_problem_stands() -> None:
    bad = an_order("A-2", sum="1.2.3")
    row = an_order("A-3", rows=[*an_order()["rows"], {"id": 8, "n": "two", "each": "5"}])
    for data, places in ((text(an_order(), bad, row), [2, 3]), (b"\n" + lines(an_order(), bad, row), [3, 4])):
        problems = importers.read(data, name="x").problems
        assert [p.line for p in problems] == places
        assert [p.column for p in problems] == ["sum", "rows[1].n"]
        assert [(p.order, p.value) for p in problems] == [("A-2", "1.2.3"), ("A-3", "two")]


def test_values_of_another_kind_are_told() -> None:
    cases = [an_order("A-1", sum={"amount": 1}), an_order("A-2", rows={"a": 1}), an_order("A-3", rows=["x"])]
    cases += [an_order("A-4", who="ada"), an_order("A-5", cur="\ud800"), an_order("A-6", rows=[{}])]
    report = importers.read(cases)
    assert report.orders == ()
    assert codes(report) == ["bad_shape"] * 6
    assert [p.column for p in report.problems] == ["rows", "rows[0]", "rows[0]", "sum", "who.mail", "cur"]


def test_half_a_character_is_told_and_a_zero_byte_left_out() -> None:
    report = importers.read([an_order("A-1", rows=[{"id": 1, "sku": "S\x00T", "n": 2, "each": 5}])])
    assert report.orders[0].lines[0].sku == "ST"


@pytest.mark.parametrize("number", [4.5e17, 113000000000000.5, True, "4.50E+17"])
def test_a_number_that_lost_its_digits_is_refused_or_kept_as_text(number: Any) -> None:
    report = importers.read([an_order(number)])
    if isinstance(number, str):
        assert report.orders[0].number == "4.50E+17"
    else:
        assert codes(report) == ["damaged_identifier"]
        assert report.rows.refused == 1


def test_whole_numbers_are_text_as_they_stand() -> None:
    assert importers.read(text(an_order(9007199254740993))).orders[0].number == "9007199254740993"


@pytest.mark.parametrize("number", [None, "", "  "])
def test_an_order_without_a_number_is_told(number: Any) -> None:
    report = importers.read([an_order(number), an_order("A-2")])
    assert [(p.code, p.line, p.column) for p in report.problems] == [("missing_number", 1, "acme_no")]
    assert len(report.orders) == 1


def test_amounts_of_json_numbers_are_exact() -> None:
    data = b'{"acme_no": "A-1", "cur": "EUR", "sum": 0.30, "paid": 3e-1, "back": 1E-1, "rows": []}'
    order = importers.read(data).orders[0]
    assert (order.total, order.paid, order.refunded) == (
        Money("0.30", "EUR"),
        Money("0.30", "EUR"),
        Money("0.10", "EUR"),
    )
    host = json.loads(data)
    assert importers.read(host).orders == (order,)


def test_numbers_that_are_none_from_a_hosts_own_parser() -> None:
    report = importers.read([an_order("A-1", sum=float("nan")), an_order("A-2", paid=float("inf"))])
    assert codes(report) == ["bad_money", "bad_money"]
    assert importers.read([an_order("A-3", sum=10**400)]).problems[0].code == "bad_money"
    assert importers.read([an_order("A-3", sum=Decimal("1e400"))]).problems[0].code == "bad_money"


def test_a_million_keys_and_deep_data_do_not_hang() -> None:
    wide = an_order("A-1") | {f"key {n}": n for n in range(200_000)}
    deep: Any = 1
    for _ in range(200_000):
        deep = [deep]
    started = time.monotonic()
    report = importers.read([wide, an_order("A-2", more=deep)])
    assert len(report.orders) == 2
    assert len(report.orders[1].raw) == 10
    importers.read(text(wide, an_order("A-2")))
    assert time.monotonic() - started < 20


def test_wrappers_need_what_stands_beside_them() -> None:
    assert len(importers.read({"hits": [an_order()], "took": 3}).orders) == 1
    with pytest.raises(UnknownFormatError, match="'hits'"):
        importers.read({"hits": [an_order()]})


@pytest.mark.parametrize("empty", [[], b"[]", b"[\n]", {"orders": []}, b'{"hits": [], "took": 1}'])
def test_no_orders_is_an_answer(empty: Any) -> None:
    report = importers.read(empty)
    assert (report.orders, codes(report), report.errors) == ((), ["no_rows"], ())


@pytest.mark.parametrize("data", [{}, [1, 2], [[1]], {"errors": [{"message": "throttled"}]}, b'{"rows": []}', b"[{}]"])
def test_json_of_no_known_format_is_refused(data: Any) -> None:
    with pytest.raises(UnknownFormatError):
        importers.read(data)


def test_the_refusal_names_what_is_missing() -> None:
    with pytest.raises(UnknownFormatError, match=r"acme\.json lacks acme_no") as caught:
        importers.read({"rows": [], "colour": 1}, name="hook")
    assert caught.value.source == "hook"
    assert caught.value.header == ("rows", "colour")
    assert ("acme.json", ("acme_no",)) in caught.value.nearest


def test_a_stranger_among_orders_is_told() -> None:
    report = importers.read([an_order(), {"colour": 1}, "x", None, {"acme_customer": 1}])
    assert [(p.code, p.line) for p in report.problems] == [("unknown_record", n) for n in (2, 3, 4)]
    assert (report.rows.read, report.rows.taken, report.rows.refused, report.rows.skipped) == (5, 1, 3, 1)


def test_two_formats_that_fit_are_ambiguous() -> None:
    twin = JsonFormat(name="twin.json", known_by={"acme_no", "sum"}, number="acme_no", order=ACME.order)
    importers.register(twin)
    try:
        with pytest.raises(AmbiguousFormatError, match=r"acme\.json and twin\.json") as caught:
            importers.read([an_order()])
        assert caught.value.formats == ("acme.json", "twin.json")
        assert importers.read([an_order()], format="twin.json").formats == {"<json>": "twin.json"}
        assert importers.read([an_order()], format=ACME).orders[0].lines
    finally:
        registry._registered.pop("twin.json")


def test_a_format_by_name_reads_its_own_container_only() -> None:
    with pytest.raises(UnknownFormatError):
        importers.read(b"order_number,currency\n1,EUR\n", format="acme.json")
    with pytest.raises(UnknownFormatError, match="JSON"):
        importers.read([an_order()], format="crmkit")


def test_registering() -> None:
    assert importers.register(ACME) is ACME
    info = next(info for info in importers.formats() if info.name == "acme.json")
    assert info.required == (("acme_no", "rows"),)
    assert {"sum", "acme_no", "rows[].each"} <= set(info.columns)
    with pytest.raises(InputError, match="already"):
        importers.register(JsonFormat(name="acme.json", known_by={"a"}, number="a"))
    for keys in ((), [frozenset[str]()]):
        with pytest.raises(InputError, match="known by"):
            JsonFormat(name="x", known_by=keys, number="a")
    with pytest.raises(InputError, match="number"):
        JsonFormat(name="x", known_by={"a"}, number=())


def test_mixed_with_tables_and_archives(tmp_path: Path) -> None:
    table = b"order_number,currency,unit_price,quantity\n1001,EUR,19.90,2\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", text(an_order("A-1")))
        archive.writestr("b.csv", table)
    path = tmp_path / "c.txt"
    path.write_bytes(lines(an_order("A-2"), an_order("A-3")))
    report = importers.read(packed.getvalue(), path, an_order("A-4"))
    assert sorted(order.number for order in report.orders) == ["1001", "A-1", "A-2", "A-3", "A-4"]
    assert sorted(set(report.formats.values())) == ["acme.json", "crmkit"]
    assert report.formats["<json>"] == "acme.json"


def test_scanning_data_and_files() -> None:
    source = [an_order("A-1"), an_order("A-2", sum="x")]
    for given in (source, text(*source), lines(*source)):
        assert [type(item) for item in importers.scan(given)] == [Order, Problem]


def many(path: Path, number: int) -> Path:
    with path.open("wb") as file:
        for turn in range(number):
            file.write(lines(an_order(f"A-{turn}", note="x" * 200)))
    return path


def test_scanning_json_lines_holds_one_order_at_a_time(tmp_path: Path) -> None:
    path = many(tmp_path / "many.jsonl", 5000)
    tracemalloc.start()
    assert sum(1 for _ in importers.scan(path)) == 5000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2


@pytest.mark.parametrize(
    "data",
    [
        lines(an_order("A-1"), an_order("A-2"), an_order("A-1", back="1.00")),
        lines(an_order("A-1"), {"colour": 1}, an_order("A-2", sum="x"), {"acme_customer": 1}) + b'{"acme_no',
        lines(an_order("A-1"), an_order(None), an_order(4.5e17)) + b'{"a": NaN}\n' + lines(an_order("A-2")),
        lines({"acme_customer": 1}, {"acme_customer": 2}),
    ],
)
def test_scanning_json_lines_gives_what_reading_gives(data: bytes) -> None:
    report, found = importers.read(data, name="x"), list(importers.scan(data, name="x"))
    assert tuple(item for item in found if isinstance(item, Order)) == report.orders
    assert sorted(str(item) for item in found if isinstance(item, Problem)) == sorted(map(str, report.problems))


def test_scanning_lines_of_no_known_format_is_refused() -> None:
    with pytest.raises(UnknownFormatError):
        list(importers.scan(lines({"colour": 1}, {"colour": 2})))


def test_sniffing_leaves_the_file_where_it_was() -> None:
    stream = io.BytesIO(text(an_order()))
    assert [guess.format for guess in importers.sniff(stream) if guess.confidence >= 0.5] == ["acme.json"]
    assert stream.tell() == 0
    assert importers.sniff([an_order()])[0].format == "acme.json"
    assert importers.sniff({"rows": []})[0].missing == ("acme_no",)


def test_masked_personal_values() -> None:
    report = importers.read([an_order(who={"mail": ["ada@example.com"]}), an_order("A-2", who={"mail": "ada"})])
    assert "ada" not in "".join(map(str, report.problems))


def test_of_equal_reports_the_fuller_one_counts_and_differences_are_told() -> None:
    one, two = an_order(at="2026-11-01T10:00:00Z"), an_order(at="2026-11-01T10:00:00Z", back="2.00", more=1)
    for given in ([one, two], [two, one]):
        report = importers.read(*given)
        assert report.orders[0].refunded == Money("2.00", "EUR")
        assert codes(report) == ["contradiction"]
    assert codes(importers.read(one, one)) == []


def test_what_a_host_changes_later_changes_no_report() -> None:
    data = an_order(who={"mail": "ada@example.com"})
    order = importers.read(data).orders[0]
    data["who"]["mail"] = "eve@example.com"
    data["rows"].clear()
    assert (order.raw["who.mail"], order.raw["rows[0].sku"]) == ("ada@example.com", "S")


def test_without_a_time_an_order_has_none() -> None:
    assert importers.read(an_order()).orders[0].reported_at is None
    written = datetime(2026, 11, 5, tzinfo=UTC)
    assert importers.read(an_order(), reported_at=written).orders[0].reported_at == written
    told = importers.read(an_order(at="2026-11-01T10:00:00Z"), reported_at=written).orders[0].reported_at
    assert told == datetime(2026, 11, 1, 10, tzinfo=UTC)


WEIRD: list[Any] = [None, "", "x", "-1", -1, 0.1, 1e300, True, [], {}, [[]], [{}], {"a": []}, "\ud800", "\x00", 10**30]


@pytest.mark.parametrize("name", ["rest", "graphql", "woocommerce", "magento"])
def test_no_odd_value_anywhere_is_more_than_a_problem(name: str) -> None:
    whole = json.dumps(rich_order(name))
    for turn, path in enumerate(_places(json.loads(whole))):
        for weird in [WEIRD[(turn * 5 + step) % len(WEIRD)] for step in range(5)]:
            order = json.loads(whole)
            holder, key = place(order, path)
            holder[key] = weird
            assert _is_accounted_for(order), (path, weird)


def _is_accounted_for(order: dict[str, Any]) -> bool:
    try:
        report = importers.read([order], shop="paper-lantern")
    except UnknownFormatError:
        return True
    rows = report.rows
    is_whole = rows.read == rows.taken + rows.refused + rows.skipped and bool(rows.refused) == bool(report.errors)
    return is_whole and all(dict(found.raw) for found in report.orders)


def test_nodes() -> None:
    node = Node({"a": {"b": [1, {"c": "2"}]}, "n": None})
    assert [each.path for each in node.each("a.b")] == ["a.b[0]", "a.b[1]"]
    assert (node.text("n.deep"), node.text("none"), node.has("a"), node.has("n")) == ("", "", True, False)
    assert list(node.each("n")) == []
    assert repr(node.at("a.b")) == "Node('a.b')"
    cell = branch("a", lambda found: found.path)
    assert cell.read(node.at("a")) == "a"


def test_the_source_as_a_mapping() -> None:
    import pickle

    source = SourceTree({"a": [1, {"b": True}], "c": None, "d": {}, "e": "\ud800"})
    assert dict(source) == {"a[0]": "1", "a[1].b": "true", "c": "", "d": "", "e": "\\ud800"}
    assert pickle.loads(pickle.dumps(source)) == source
    assert leaves(5) == {"": "5"}
