"""The crmkit template: one row a line, English and Chinese headers alike, everything an order holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.identifiers import Identifier
from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.form import TableFormat
from crmkit.importers.texts import was_a_number
from crmkit.orders import OrderStatus

__all__ = ["CHINESE", "ENGLISH", "FIELDS", "TEMPLATE", "identifiers_text", "template"]

FIELDS: dict[str, tuple[str, str, str, str]] = {
    "number": ("order_number", "订单号", "number", "Number of the order, as printed"),
    "platform": ("platform", "平台", "text", "Platform; crmkit if empty"),
    "shop": ("shop", "店铺", "text", "Shop on the platform; default if empty"),
    "status": ("status", "状态", "status", "One of the seven states; from times and amounts if empty"),
    "currency": ("currency", "币种", "text", "ISO 4217 code"),
    "total": ("total", "订单总额", "money", "What the buyer was to pay; the lines and shipping if empty"),
    "paid": ("paid", "已付金额", "money", "Paid before refunds; the total if empty and paid_at is not"),
    "refunded": ("refunded", "已退金额", "money", "Given back so far; unknown if empty"),
    "refund_unknown": ("refund_unknown", "退款未知", "flag", "yes: money went back, nobody says how much"),
    "shipping": ("shipping", "运费", "money", "Part of the total"),
    "discount": ("discount", "优惠", "money", "Already taken off the lines"),
    "tax": ("tax", "税费", "money", "Tax of the order"),
    "placed_at": ("placed_at", "下单时间", "moment", "ISO 8601; UTC without an offset"),
    "paid_at": ("paid_at", "付款时间", "moment", "Likewise"),
    "shipped_at": ("shipped_at", "发货时间", "moment", "Likewise"),
    "received_at": ("received_at", "签收时间", "moment", "Likewise"),
    "completed_at": ("completed_at", "完成时间", "moment", "Likewise"),
    "cancelled_at": ("cancelled_at", "取消时间", "moment", "Likewise"),
    "reported_at": ("reported_at", "报告时间", "moment", "When this report of the order was written"),
    "customer_id": ("customer_id", "客户编号", "text", "The platform's customer id"),
    "account": ("account", "会员名", "text", "User name on the platform"),
    "email": ("email", "邮箱", "text", "E-mail address of the buyer"),
    "phone": ("phone", "买家电话", "text", "Phone number of the buyer, not of the recipient"),
    "identifiers": ("identifiers", "识别信息", "identifiers", "As crmkit writes them; wins over the four before"),
    "buyer_name": ("buyer_name", "买家姓名", "text", "For people only"),
    "accepts_marketing": ("accepts_marketing", "同意营销", "flag", "yes or no"),
    "recipient_name": ("recipient_name", "收货人", "text", "Who gets the parcel"),
    "recipient_phone": ("recipient_phone", "收货电话", "text", "Phone number of the recipient"),
    "address": ("address", "收货地址", "text", "The whole address as printed"),
    "country": ("country", "国家", "text", "ISO 3166 code"),
    "province": ("province", "省", "text", "Part of the address"),
    "city": ("city", "市", "text", "Part of the address"),
    "district": ("district", "区", "text", "Part of the address"),
    "street": ("street", "街道", "text", "Part of the address"),
    "postcode": ("postcode", "邮编", "text", "Part of the address"),
    "remark": ("remark", "备注", "text", "The shop's own remark"),
    "buyer_note": ("buyer_note", "买家留言", "text", "What the buyer wrote"),
    "tags": ("tags", "标签", "tags", "Parted by commas"),
    "close_reason": ("close_reason", "关闭原因", "text", "Why it was closed"),
}
"""Field of an order → English column, Chinese column, kind of cell, what it holds."""

LINE_FIELDS: dict[str, tuple[str, str, str, str]] = {
    "id": ("line_id", "行号", "text", "The platform's id of the line"),
    "product_id": ("product_id", "商品编号", "text", "The platform's id of the product"),
    "title": ("title", "商品名称", "text", "Title of the product"),
    "variant": ("variant", "规格", "text", "Colour, size …"),
    "quantity": ("quantity", "数量", "whole", "Units, above zero"),
    "price": ("unit_price", "单价", "money", "List price of one unit"),
    "line_total": ("line_total", "行金额", "money", "The line after all discounts; price × quantity if empty"),
    "line_refunded": ("line_refunded", "行退款", "money", "Given back for this line"),
    "line_status": ("line_status", "行状态", "status", "The line's own state"),
    "sku": ("sku", "货号", "text", "The shop's article number"),
}
"""Field of a line likewise; the last column is text, so that a cut file cannot end in half a number."""

ENGLISH = {**{f: row[0] for f, row in FIELDS.items()}, **{f: row[0] for f, row in LINE_FIELDS.items()}}
CHINESE = {**{f: row[1] for f, row in FIELDS.items()}, **{f: row[1] for f, row in LINE_FIELDS.items()}}

_STATES = {state.value: state for state in OrderStatus}
_CHINESE_STATES = {
    "待付款": OrderStatus.PENDING_PAYMENT,
    "已付款": OrderStatus.PAID,
    "已发货": OrderStatus.SHIPPED,
    "已签收": OrderStatus.RECEIVED,
    "已完成": OrderStatus.COMPLETED,
    "已取消": OrderStatus.CANCELLED,
    "已退款": OrderStatus.REFUNDED,
}
_WORDS = {
    **_STATES,
    **_CHINESE_STATES,
    "pending": OrderStatus.PENDING_PAYMENT,
    "unpaid": OrderStatus.PENDING_PAYMENT,
    "canceled": OrderStatus.CANCELLED,
    "closed": "closed",
}


def _identifiers(value: str) -> tuple[Identifier, ...]:
    try:
        return tuple(_identifier(*fields) for fields in json.loads(value))
    except (ValueError, TypeError) as error:
        raise cells.CellFlaw("bad_choice", "is not a list of identifiers as crmkit writes it") from error


def _identifier(kind: str, value: str, scope: str, form: str, verified: bool, valid_until: str | None) -> Identifier:
    until = datetime.fromisoformat(valid_until) if valid_until else None
    return Identifier(kind, value, scope=scope, form=form, verified=bool(verified), valid_until=until)  # type: ignore[arg-type]  # a form as it was written


def identifiers_text(identifiers: tuple[Identifier, ...]) -> str:
    """Returns identifiers as the template holds them: a JSON list.

    Example:
        >>> identifiers_text((Identifier("email", "mei@example.com"),))
        '[["email","mei@example.com","world","plain",false,null]]'
    """
    rows = [
        [i.kind, i.value, i.scope, i.form, i.verified, i.valid_until.isoformat() if i.valid_until else None]
        for i in identifiers
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def _refuse_spoilt(value: str) -> None:
    if was_a_number(value):
        raise cells.CellFlaw(
            "damaged_identifier",
            "was turned into a number by a spreadsheet; format the column as text, or begin with '",
        )


def _tags(value: str) -> tuple[str, ...]:
    if value.startswith("["):
        try:
            return tuple(str(tag) for tag in json.loads(value))
        except ValueError:
            pass
    return tuple(tag.strip() for tag in value.replace("，", ",").split(",") if tag.strip())


def _cell(
    kind: str, names: tuple[str, ...], currency: str, moments: tuple[str, ...], zone: str, decimal: str, *, exact: bool
) -> cells.Cell:
    if kind == "number" and exact:
        return attrs.evolve(cells.exact(*names), bare=_refuse_spoilt, repeats=False)
    if kind in ("text", "number"):
        return cells.exact(*names, personal=True) if exact else cells.text(*names)
    if kind == "money":
        return cells.money(names[0], currency, also=names[1:], decimal=decimal)
    if kind == "moment":
        return cells.moment(names[0], *moments, zone=zone, also=names[1:])
    if kind == "whole":
        return cells.whole(*names)
    if kind == "flag":
        return cells.flag(*names)
    if kind == "status":
        return cells.choice(names[0], _WORDS, also=names[1:], code="unknown_status")
    return cells.parsed(names[0], _identifiers if kind == "identifiers" else _tags, *names[1:], blank=())


def _columns(
    names: Mapping[str, tuple[str, ...]], moments: tuple[str, ...], zone: str, decimal: str, *, exact: bool
) -> tuple[OrderColumns, LineColumns | None]:
    order = {
        field: _cell(row[2], names[field], "", moments, zone, decimal, exact=exact)
        for field, row in FIELDS.items()
        if field in names
    }
    line = {
        field.removeprefix("line_"): _cell(row[2], names[field], "", moments, zone, decimal, exact=exact)
        for field, row in LINE_FIELDS.items()
        if field in names
    }
    fields: Any = order
    lines: Any = line
    return OrderColumns(**fields), LineColumns(**lines) if line else None


def template(
    *,
    columns: Mapping[str, str],
    name: str = "custom",
    currency: str = "",
    zone: str = "UTC",
    moments: str | tuple[str, ...] = (),
    decimal: str = ".",
    platform: str = "",
    encodings: tuple[str, ...] = (),
    region: str | None = None,
) -> TableFormat:
    """Returns a format for any other table: each of its columns is given the field of the crmkit template that it is.

    A table with neither states nor times of payment is taken as a table of paid orders.

    Args:
        columns: Column of the table → field ("number", "email", "total", "sku", "line_total" …).
        name: Name of the format.
        currency: Currency where no column tells it.
        zone: IANA zone of times without an offset.
        moments: `strptime` forms of its times; ISO 8601 is always understood.
        decimal: Decimal mark, "." or ",".
        platform: Platform of its orders; the format's name if empty.
        encodings: Encodings tried after UTF-8, such as "cp1252".
        region: Country of national phone numbers.

    Raises:
        InputError: A field does not exist, is given twice, or no column holds the number.

    Example:
        >>> table = template(columns={"Bestellnr": "number", "Betrag": "total"}, currency="EUR", decimal=",")
        >>> table.one_order_per
        ('Bestellnr',)
    """
    names: dict[str, tuple[str, ...]] = {}
    for column, field in columns.items():
        if field not in FIELDS and field not in LINE_FIELDS:
            raise InputError(f"{field!r} is not a field of the template; known are {', '.join(ENGLISH)}.")
        if field in names:
            raise InputError(f"{column!r} and {names[field][0]!r} are both {field!r}; a field has one column.")
        names[field] = (column,)
    if "number" not in names:
        raise InputError("One column must be the order's number: columns={'…': 'number', …}.")
    forms = (moments,) if isinstance(moments, str) else tuple(moments)
    order, line = _columns(names, forms, zone, decimal, exact=False)
    return TableFormat(
        name=name,
        title="A table mapped by its columns",
        header=set(columns),
        one_order_per=names["number"],
        order=order,
        line=line,
        currency=currency,
        platform=platform or name.partition(".")[0],
        encodings=encodings,
        region=region,
    )


def _own() -> TableFormat:
    names = {field: (ENGLISH[field], CHINESE[field]) for field in ENGLISH}
    order, line = _columns(names, (), "UTC", ".", exact=True)
    known = ("number", "currency", "price", "quantity")
    return TableFormat(
        name="crmkit",
        title="The crmkit template, one row a line",
        header=[{ENGLISH[field] for field in known}, {CHINESE[field] for field in known}],
        one_order_per=names["number"],
        order=order,
        line=line,
        encodings=("gb18030",),
        is_exact=True,
    )


TEMPLATE = _own()
"""The format of files that `write` and `write_template` make."""
