"""Bills of any format: how they are found, read and told, beside orders and in scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from crmkit import importers
from crmkit.errors import InputError
from crmkit.importers import BillFormat, BillHead, BillRow, BillTotal, UnknownFormatError, cells, registry
from crmkit.orders import BillEntry, BillKind, BillMatch, Order
from crmkit.problems import Problem

ORDERS = b"order_number,currency,unit_price,quantity,status\nA-1,EUR,25,1,paid\nA-2,EUR,8,1,paid\n"


def entries_of(row: BillRow) -> Sequence[BillEntry] | str:
    if row.text("order") == "none":
        row.warn("unknown_entry", "names no order")
    amount = row.amount("amount")
    kind = BillKind.PAYMENT if amount > 0 else BillKind.REFUND
    return [row.entry(kind, amount, orders=(row.text("order"),))] if amount else "rows of no amount"


def stated(asides: Sequence[Sequence[str]]) -> Mapping[str, Decimal] | None:
    for cell in (cell for row in asides for cell in row if cell.startswith("#total ")):
        return {"total": Decimal(cell.removeprefix("#total "))}
    return None


ACME = BillFormat(
    name="acme_pay.bill",
    title="Acme Pay, bill",
    header={"Entry", "Booked", "Order", "Amount"},
    currency="EUR",
    fields={
        "id": cells.identifier("Entry"),
        "at": cells.moment("Booked", zone="Europe/Berlin"),
        "order": cells.identifier("Order"),
        "amount": cells.money("Amount"),
        "counterparty": cells.text("Payer", personal=True),
    },
    entries=entries_of,
    head_of=lambda asides: BillHead(account="acme-7" if asides else ""),
    stated=stated,
    totals={"total": BillTotal(adds=lambda values: values["amount"] or Decimal(0))},
)


def bill(*rows: str, total: str = "", top: str = "", header: str = "Entry,Booked,Order,Amount") -> bytes:
    lines = [*([top] if top else []), header, *rows, *([f"#total {total}"] if total else [])]
    return "\n".join([*lines, ""]).encode()


PAID = "E1,2026-11-01 09:00,A-1,25.00"
BACK = "E2,2026-11-02 09:00,A-1,-5.00"


def codes(report: importers.ImportReport) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in report.problems]


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    importers.register(ACME)


@pytest.mark.usefixtures("_known")
def test_a_registered_bill_is_found_sniffed_and_listed() -> None:
    data = bill(PAID, BACK, total="20.00", top="#account acme-7")
    report = importers.read(data, name="bill.csv")
    assert report.formats == {"bill.csv": "acme_pay.bill"}
    assert [(entry.account, str(entry.amount)) for entry in report.entries] == [
        ("acme-7", "25.00 EUR"),
        ("acme-7", "-5.00 EUR"),
    ]
    assert not report.problems
    assert importers.sniff(data)[0].format == "acme_pay.bill"
    (info,) = [info for info in importers.formats() if info.name == "acme_pay.bill"]
    assert (info.title, info.tells_refunds) == ("Acme Pay, bill", True)


@pytest.mark.usefixtures("_known")
def test_orders_and_bills_are_read_in_one_call_and_reconciled() -> None:
    report = importers.read(ORDERS, bill(PAID, BACK, total="20.00"))
    assert (len(report.orders), len(report.entries)) == (2, 2)
    assert str(report) == "2 orders · 2 bill entries · 0 problems"
    assert (report.rows.read, report.rows.taken) == (4, 4)
    found = report.reconcile()
    matches = [(line.number, line.match) for line in found.lines]
    assert matches == [("A-1", BillMatch.MATCHED), ("A-2", BillMatch.UNBILLED)]
    assert [(order.number, str(order.refunded)) for order in found.filled] == [("A-1", "5.00 EUR")]


@pytest.mark.usefixtures("_known")
def test_scanning_gives_orders_entries_and_problems() -> None:
    kinds = [type(item) for item in importers.scan(ORDERS, bill(PAID, "E2,x,A-1,-5.00", total="20.00"))]
    assert sorted(kind.__name__ for kind in kinds) == ["BillEntry", "Order", "Order", "Problem", "Problem"]
    assert {BillEntry, Order, Problem} == set(kinds)


def test_scanning_tells_an_entry_once_as_reading_does() -> None:
    twice = bill(PAID, BACK, PAID, total="45.00")
    told = importers.read(twice, name="b.csv", format=ACME)
    assert list(importers.scan(twice, name="b.csv", format=ACME)) == [*told.entries, *told.problems]
    assert [entry.id for entry in told.entries] == ["E1", "E2"]
    assert told.skipped == {"entries told before": 1}


def test_a_bad_row_is_one_problem_and_the_others_go_through() -> None:
    report = importers.read(bill("E1,2026-11-01 09:00,A-1,2x", BACK, total="-5.00"), name="b.csv", format=ACME)
    assert [entry.id for entry in report.entries] == ["E2"]
    (problem,) = report.problems
    assert (problem.code, problem.line, problem.column, problem.value) == ("bad_money", 2, "Amount", "2x")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("E1,2026-11-01 09:00,A-1", "damaged_row"),
        ("E1,2026-11-01 09:00,A-1,0.00,more", "damaged_row"),
        (",2026-11-01 09:00,A-1,0.00", "missing_number"),
        ("E1,,A-1,0.00", "bad_moment"),
        ("E1,yesterday,A-1,0.00", "bad_moment"),
        ("E1,2026-11-01 09:00,A-1,0.001", "bad_money"),
        ("1.20E+17,2026-11-01 09:00,A-1,0.00", "damaged_identifier"),
    ],
)
def test_what_a_row_can_lack(row: str, code: str) -> None:
    stated = "0.001" if "0.001" in row else "0.00"
    report = importers.read(bill(row, total=stated), name="b.csv", format=ACME)
    assert codes(report) == [(code, "error")]
    assert (report.rows.read, report.rows.refused, report.entries) == (1, 1, ())


def test_rows_of_no_amount_are_skipped_and_counted() -> None:
    report = importers.read(bill("E1,2026-11-01 09:00,A-1,0", total="0"), name="b.csv", format=ACME)
    assert (report.skipped, report.rows.skipped, codes(report)) == ({"rows of no amount": 1}, 1, [])


def test_a_format_may_remark_on_a_row() -> None:
    report = importers.read(bill("E1,2026-11-01 09:00,none,1.00", total="1"), name="b.csv", format=ACME)
    assert codes(report) == [("unknown_entry", "warning")]
    assert (report.problems[0].line, len(report.entries)) == (2, 1)


def test_columns_in_another_order_more_of_them_and_other_delimiters_do_not_matter() -> None:
    for sign in ",\t;|":
        header, row = (
            sign.join(["amount", "Memo", "ORDER", " Booked ", "Entry"]),
            ["25.00", "x", "A-1", "2026-11-01", "E1"],
        )
        report = importers.read(bill(sign.join(row), header=header, total="25.00"), name="b.csv", format=ACME)
        assert [(e.id, str(e.amount), e.order) for e in report.entries] == [("E1", "25.00 EUR", "A-1")]
        assert not report.problems


def test_quotes_that_do_not_close_are_signs_like_others() -> None:
    header = "Entry,Booked,Order,Amount,Payer"
    rows = ['E1,2026-11-01,A-1,1.00,"Ada" Ltd', 'E2,2026-11-01,A-1,1.00,"Ada, Ben"', 'E3,2026-11-01,A-1,1.00,5" disc']
    report = importers.read(bill(*rows, header=header, total="3.00"), name="b.csv", format=ACME)
    assert [entry.counterparty for entry in report.entries] == ['"Ada" Ltd', "Ada, Ben", '5" disc']


def test_a_table_that_is_no_bill_names_what_it_lacks() -> None:
    with pytest.raises(UnknownFormatError) as caught:
        importers.read(b"Entry,Booked,Order\nE1,2026-11-01,A-1\n", name="b.csv", format=ACME)
    assert caught.value.nearest == (("acme_pay.bill", ("Amount",)),)


def test_a_format_of_bills_needs_an_id_and_a_time() -> None:
    with pytest.raises(InputError, match="id and the time"):
        BillFormat(name="x", header={"A"}, fields={"id": cells.text("A")}, entries=lambda _: "nothing")


def test_a_bill_of_no_rows_without_a_trailer_looks_cut() -> None:
    report = importers.read(bill(), name="b.csv", format=ACME)
    assert (codes(report), report.looks_cut) == ([("cut_file", "error")], True)
