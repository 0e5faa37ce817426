"""Taobao, Shopify, the template and other tables: layouts, money, states, buyers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.layouts import (
    D1,
    ITEM_LAYOUTS,
    NUMBER,
    ORDER_LAYOUTS,
    S79,
    SHOPIFY_LAYOUTS,
    Y2012,
    Y2019,
    Y2022,
    Y2024,
    item_rows,
    order_row,
    plain,
    table,
)

from crmkit import importers
from crmkit.errors import InputError
from crmkit.identifiers import Identifier
from crmkit.importers import cells
from crmkit.money import Money
from crmkit.orders import Order, OrderStatus
from crmkit.testing import an_order

SAMPLES = Path(__file__).parent / "samples"


def only(data: bytes, **options: object) -> Order:
    (order,) = importers.read(data, name="o.csv", **options).orders  # type: ignore[arg-type]  # options of read
    return order


# Taobao


@pytest.mark.parametrize("items", ITEM_LAYOUTS)
@pytest.mark.parametrize("layout", ORDER_LAYOUTS)
def test_every_layout_of_the_pair(layout: int, items: str, tmp_path: Path) -> None:
    head, lines = tmp_path / "head.csv", tmp_path / "lines.csv"
    head.write_bytes(table(ORDER_LAYOUTS[layout], [order_row()]))
    lines.write_bytes(table(ITEM_LAYOUTS[items], item_rows(), extra="," if items == "D1" else ""))
    report = importers.read(head, lines)
    (order,) = report.orders
    assert [p for p in report.problems if p.code != "missing_column"] == []
    assert (str(order.total), str(order.paid), str(order.refunded)) == ("87.00 CNY", "87.00 CNY", "0.00 CNY")
    assert (order.status.value, order.shop, order.refund_unknown) == ("completed", "示例布衣小店", False)
    assert sum((line.total.amount for line in order.lines), Decimal(0)) == Decimal("79.00")
    assert [line.quantity for line in order.lines] == [1, 2]


def test_lines_without_own_amounts_get_their_share() -> None:
    streams = [SAMPLES / "ExportOrderList202611302130.csv", SAMPLES / "ExportOrderDetailList202611302130.csv"]
    orders = {order.number[-2]: order for order in importers.read(*streams).orders}
    assert [str(line.total.amount) for line in orders["2"].lines] == ["82.18", "23.09", "34.73"] or (
        sum(line.total.amount for line in orders["2"].lines) == Decimal("140.00")
    )


@pytest.mark.parametrize(
    ("word", "paid_at", "net", "back", "expected"),
    [
        ("等待买家付款", "", "0.00", "0.00", ("pending_payment", "0.00", "0.00")),
        ("买家已付款，等待卖家发货", "x", "87.00", "0.00", ("paid", "87.00", "0.00")),
        ("买家已付款", "x", "87.00", "0.00", ("paid", "87.00", "0.00")),
        ("卖家已发货，等待买家确认", "x", "87.00", "0.00", ("shipped", "87.00", "0.00")),
        ("交易成功", "x", "62.00", "25.00", ("completed", "87.00", "25.00")),
        ("交易成功", "x", "0.00", "87.00", ("refunded", "87.00", "87.00")),
        ("交易关闭", "x", "0.00", "87.00", ("refunded", "87.00", "87.00")),
        ("交易关闭", "", "0.00", "0.00", ("cancelled", "0.00", "0.00")),
        ("交易关闭", "null", "0.00", "0.00", ("cancelled", "0.00", "0.00")),
    ],
)
def test_money_and_state(word: str, paid_at: str, net: str, back: str, expected: tuple[str, str, str]) -> None:
    row = order_row(订单状态=word, 买家实际支付金额=net, 退款金额=back, 确认收货时间="")
    row["订单付款时间"] = row["订单付款时间"] if paid_at == "x" else paid_at
    order = only(table(Y2019, [row]))
    assert (order.status.value, str(order.paid.amount), str(order.refunded.amount)) == expected


def test_layouts_without_a_refund_column() -> None:
    closed = only(table(Y2012, [order_row(订单状态="交易关闭", 买家实际支付金额="0.00")]))
    assert (closed.status.value, str(closed.refunded.amount), closed.refund_unknown) == ("refunded", "87.00", False)
    part = only(table(Y2012, [order_row(买家实际支付金额="60.00")]))
    assert (str(part.paid.amount), str(part.refunded.amount), part.refund_unknown) == ("60.00", "0.00", True)


def test_buyers_of_taobao() -> None:
    found = only(table(Y2019, [order_row()])).buyer.identifiers
    assert [(i.kind, i.value, i.scope, i.form) for i in found] == [
        ("account", "测试甲", "taobao", "plain"),
        ("payer_id", "mei@example.com", "alipay", "plain"),
        ("email", "mei@example.com", "world", "plain"),
    ]
    phone = only(table(Y2019, [order_row(买家支付宝账号="13800000077")])).buyer.identifiers
    assert ("phone", "+8613800000077") in [(i.kind, i.value) for i in phone]
    masked = only(table(Y2019, [order_row(买家会员名="测**", 买家支付宝账号="138****0077")])).buyer
    assert [(i.kind, i.form) for i in masked.identifiers] == [("account", "masked")]
    assert masked.strongest is None
    assert only(table(Y2024, [order_row()])).buyer.identifiers == ()
    assert only(table(Y2022, [order_row(买家会员名="", 买家会员昵称="阿明")])).buyer.identifiers[0].value == "阿明"


def test_the_recipient_is_apart_and_the_address_is_split() -> None:
    recipient = only(table(Y2019, [order_row()])).recipient
    assert recipient is not None
    assert (recipient.name, recipient.phone) == ("收件人01", "13800000011")
    address = recipient.address
    assert (address.province, address.city, address.district, address.street, address.postcode) == (
        "虚构省",
        "示例市",
        "测试区",
        "样板路1号",
        "",
    )
    new = only(
        table([*Y2024, "收货地址"], [order_row(收货地址="收件人02，86-13800000012，虚构省 示例市 测试区 样板路2号，")])
    )
    assert new.recipient is not None
    assert (new.recipient.name, new.recipient.phone, new.recipient.address.city) == (
        "收件人02",
        "13800000012",
        "示例市",
    )
    moved = only(table(Y2019, [order_row(修改后的收货地址="虚构省 示例市 新区 新路9号(100000)")]))
    assert moved.recipient is not None
    assert (moved.recipient.address.street, moved.recipient.address.postcode) == ("新路9号", "100000")


def test_files_saved_by_a_spreadsheet() -> None:
    row = order_row(订单创建时间="2026/11/1 9:12", 订单编号=f"'{NUMBER}")
    order = only(table(Y2019, [row], encoding="utf-8-sig"))
    assert order.placed_at is not None
    assert order.placed_at.isoformat() == "2026-11-01T09:12:00+08:00"


@pytest.mark.parametrize("layout", ["D2", "D3"])
def test_a_new_item_report_alone_knows_the_money(layout: str) -> None:
    order = only(table(ITEM_LAYOUTS[layout], item_rows()))
    assert (str(order.total), str(order.paid), order.status.value) == ("79.00 CNY", "79.00 CNY", "completed")
    assert (order.shop, order.buyer.identifiers) == ("default", ())


def test_an_old_item_report_alone_says_that_amounts_are_unknown() -> None:
    report = importers.read(table(D1, item_rows(), extra=","), name="o.csv")
    assert [p.code for p in report.problems] == ["amounts_unknown"]
    (order,) = report.orders
    assert (order.paid.is_zero, order.refund_unknown, str(order.total)) == (True, True, "168.80 CNY")


# Shopify


def shopify(*rows: dict[str, str], layout: int = 79) -> bytes:
    base = {
        "Name": "#1",
        "Email": "Mei@Example.com",
        "Financial Status": "paid",
        "Fulfillment Status": "fulfilled",
        "Paid at": "2026-11-01 10:00:00 +0100",
        "Created at": "2026-11-01 09:59:00 +0100",
        "Currency": "EUR",
        "Subtotal": "24.00",
        "Shipping": "4.90",
        "Taxes": "4.61",
        "Total": "28.90",
        "Discount Amount": "0.00",
        "Refunded Amount": "0.00",
        "Outstanding Balance": "0.00",
        "Accepts Marketing": "yes",
        "Lineitem quantity": "2",
        "Lineitem name": "Mug",
        "Lineitem price": "12.00",
        "Lineitem discount": "0.00",
        "Lineitem fulfillment status": "fulfilled",
        "Phone": "'+493055501142",
    }
    return plain(SHOPIFY_LAYOUTS[layout], [base | row for row in rows or ({},)])


@pytest.mark.parametrize("layout", SHOPIFY_LAYOUTS)
def test_every_layout_of_shopify(layout: int) -> None:
    report = importers.read(shopify(layout=layout), name="s.csv", shop="kornblume")
    (order,) = report.orders
    assert report.problems == ()
    assert (str(order.key), str(order.paid), order.status.value) == ("shopify/kornblume/#1", "28.90 EUR", "shipped")
    assert [str(i) for i in order.buyer.identifiers] == ["email:mei@example.com", "phone:+493055501142"]
    assert order.buyer.accepts_marketing is True


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Fulfillment Status": "unfulfilled"}, ("paid", "28.90", "0.00")),
        ({"Fulfillment Status": "partial"}, ("paid", "28.90", "0.00")),
        ({"Financial Status": "partially_refunded", "Refunded Amount": "5.00"}, ("shipped", "28.90", "5.00")),
        ({"Financial Status": "refunded", "Refunded Amount": "28.90"}, ("refunded", "28.90", "28.90")),
        ({"Financial Status": "partially_paid", "Outstanding Balance": "8.90", "Fulfillment Status": ""},
         ("pending_payment", "20.00", "0.00")),
        ({"Financial Status": "pending"}, ("shipped", "0.00", "0.00")),
        ({"Financial Status": "authorized", "Fulfillment Status": ""}, ("pending_payment", "0.00", "0.00")),
        ({"Financial Status": "voided"}, ("cancelled", "0.00", "0.00")),
        ({"Financial Status": "expired"}, ("cancelled", "0.00", "0.00")),
        ({"Cancelled at": "2026-11-02 10:00:00 +0100"}, ("cancelled", "28.90", "0.00")),
        ({"Cancelled at": "2026-11-02 10:00:00 +0100", "Refunded Amount": "28.90"}, ("refunded", "28.90", "28.90")),
    ],
)  # fmt: skip
def test_states_of_shopify(change: dict[str, str], expected: tuple[str, str, str]) -> None:
    order = only(shopify(change))
    assert (order.status.value, str(order.paid.amount), str(order.refunded.amount)) == expected


def test_tax_on_top_adds_up_and_order_discounts_are_spread() -> None:
    report = importers.read(
        shopify({"Total": "28.51", "Discount Amount": "5.00", "Subtotal": "19.00", "Shipping": "4.90"}), name="s.csv"
    )
    assert report.problems == ()
    assert str(report.orders[0].lines[0].total.amount) == "19.00"


def test_test_orders_are_skipped_and_counted() -> None:
    report = importers.read(shopify({"Payment Method": "bogus"}), name="s.csv")
    assert (report.orders, report.skipped) == ((), {"test orders": 1})
    assert report.rows.skipped == 1


def test_rows_whose_first_row_is_missing_are_a_problem() -> None:
    rest = dict.fromkeys(S79, "") | {"Name": "#2", "Lineitem quantity": "1", "Lineitem name": "Mug"}
    report = importers.read(shopify({}, rest), name="s.csv")
    assert ([o.number for o in report.orders], [p.code for p in report.problems]) == (["#1"], ["no_first_row"])


def test_continuation_rows_may_come_first() -> None:
    rest = dict.fromkeys(S79, "") | {
        "Name": "#1", "Lineitem quantity": "1", "Lineitem name": "Sticker", "Lineitem price": "0.00"
    }  # fmt: skip
    order = only(shopify(rest, {"Name": "#3"}, {}), keep_raw=False) if False else None
    report = importers.read(shopify(rest, {"Name": "#3"}, {}), name="s.csv")
    assert {o.number: len(o.lines) for o in report.orders} == {"#1": 2, "#3": 1}
    assert order is None


# the template and other tables


def test_any_table_can_be_mapped() -> None:
    german = importers.template(
        columns={"Bestellnr": "number", "Datum": "placed_at", "Kunde": "email", "Betrag": "total"},
        name="alt",
        currency="EUR",
        decimal=",",
        zone="Europe/Berlin",
        moments="%d.%m.%Y",
        encodings=("cp1252",),
    )
    data = "Bestellnr;Datum;Kunde;Betrag\n17;01.11.2026;mei@example.com;1.234,50 €\n".encode("cp1252")
    order = only(data, format=german)
    assert (str(order.total), str(order.paid), order.status.value) == ("1234.50 EUR", "1234.50 EUR", "paid")
    assert str(order.buyer.strongest) == "email:mei@example.com"
    assert order.refund_unknown


@pytest.mark.parametrize("columns", [{"a": "number", "b": "nonsense"}, {"a": "number", "b": "number"}, {"a": "total"}])
def test_a_wrong_mapping_is_refused(columns: dict[str, str]) -> None:
    with pytest.raises(InputError):
        importers.template(columns=columns)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(title=TEXT, note=TEXT, tag=TEXT, account=TEXT, number=TEXT.filter(lambda t: t.strip(" \t\r\n\u3000\xa0")))
def test_what_is_written_is_read_as_equal_orders(
    title: str, note: str, tag: str, account: str, number: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import attrs

    order = an_order()
    buyer = attrs.evolve(
        order.buyer,
        name=note,
        identifiers=(Identifier("account", account or "x", scope="taobao"), Identifier("email", "m@example.com")),
    )
    lines = tuple(attrs.evolve(line, title=title, sku=note) for line in order.lines)
    order = attrs.evolve(
        order,
        key=attrs.evolve(order.key, number=number),
        buyer=buyer,
        lines=lines,
        remark=note,
        tags=(tag,) if tag else (),
        refunded=Money.zero(order.currency),
    )
    path = tmp_path_factory.mktemp("w") / "o.csv"
    importers.write([order], path)
    report = importers.read(path)
    assert report.orders == (order,)


def test_workbooks_are_written_and_read_as_equal_orders(tmp_path: Path) -> None:
    orders = importers.read(SAMPLES / "ExportOrderList202611302130.csv").orders
    for language in ("en", "zh"):
        assert importers.write(orders, tmp_path / "o.xlsx", language=language) == len(orders)
        assert importers.read(tmp_path / "o.xlsx").orders == orders


def test_cells_that_a_spreadsheet_would_run_are_guarded(tmp_path: Path) -> None:
    order = only(table(Y2019, [order_row(买家留言="=cmd|' /C calc'!A0", 订单备注="@SUM(1)", 收货人姓名="+1-2")]))
    importers.write([order], tmp_path / "o.csv")
    written = (tmp_path / "o.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd" in written
    assert ",=cmd" not in written
    assert ",@SUM" not in written
    assert ",+1-2" not in written
    assert importers.read(tmp_path / "o.csv").orders == (order,)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.xlsx"):
        importers.write([], tmp_path / "o.pdf")


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_template_reads_as_its_example(name: str, language: str, tmp_path: Path) -> None:
    importers.write_template(tmp_path / name, language=language)
    report = importers.read(tmp_path / name)
    assert (len(report.orders), report.problems) == (1, ())


# cells and frames


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("¥1,234.50", "1234.50"),
        ("￥12", "12"),
        ("12.5元", "12.5"),
        ("1，234.50", "1234.50"),
        ("(8.25)", "-8.25"),
        ("−8.25", "-8.25"),
        ("499.00（系统计算中，该值仅供参考）", "499.00"),
        ("US$5", "5"),
        ("12.50 EUR", "12.50"),
    ],
)
def test_amounts(text: str, amount: str) -> None:
    assert cells.money("x").read(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["1.2.3", "#REF!", "1,23", "3.480.000", "abc", "1e5", "12 34"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(cells.CellFlaw):
        cells.money("x").read(text)


@given(st.text(max_size=20))
def test_cells_fail_only_by_a_flaw(text: str) -> None:
    for cell in (cells.money("x"), cells.money("x", decimal=","), cells.whole("x"), cells.moment("x", zone="UTC")):
        for read in (cell.read, cell.quick):
            try:
                if read is not None and cells.clean(text):
                    read(cells.clean(text))
            except cells.CellFlaw:
                pass


def test_frames() -> None:
    files = [SAMPLES / "ExportOrderList202611302130.csv", SAMPLES / "ExportOrderDetailList202611302130.csv"]
    orders = importers.read(*files).orders
    frame = importers.order_frame(orders)
    assert frame.columns.tolist()[:5] == ["customer", "moment", "amount", "order", "currency"]
    assert frame["amount"].sum() == sum((order.net.amount for order in orders), Decimal(0))
    assert str(frame["moment"].dtype).endswith("UTC]")
    assert frame["customer"].iloc[0] == "account:taobao:测试甲"
    assert frame["customer"].iloc[-1].startswith("record:taobao/")
    lines = importers.line_frame(orders)
    assert len(lines) == sum(len(order.lines) for order in orders)
    assert importers.order_frame([]).columns.tolist() == frame.columns.tolist()


def test_formats_are_listed_with_what_they_need() -> None:
    names = {info.name: info for info in importers.formats()}
    assert {"taobao.orders", "taobao.items", "shopify.orders", "crmkit"} <= set(names)
    assert names["taobao.orders"].tells_refunds
    assert "gb18030" in names["taobao.orders"].encodings
    with pytest.raises(InputError, match="already"):
        importers.register(importers.TableFormat(name="crmkit", header={"a", "b"}, one_order_per="a"))
    assert OrderStatus.PAID.value == "paid"


@pytest.mark.parametrize("spoilt", ["4.02611010000000E+18", "4.0261101E+018", "4,5E+17", "402610100000000000"])
def test_a_number_that_a_spreadsheet_spoilt_is_refused_in_the_template_too(spoilt: str) -> None:
    data = f'order_number,currency,unit_price,quantity\n"{spoilt}",EUR,5,2\n1002,EUR,5,2\n'
    report = importers.read(data.encode(), name="filled-in.csv")
    assert [order.number for order in report.orders] == ["1002"]
    assert [(problem.code, problem.line) for problem in report.problems] == [("damaged_identifier", 2)]
    guarded = importers.read(data.replace(f'"{spoilt}"', f'"\'{spoilt}"').encode(), name="filled-in.csv")
    assert guarded.orders[0].number == spoilt
