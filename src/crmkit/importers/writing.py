"""Orders are written as the crmkit template; reading what was written gives equal orders."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from crmkit.errors import InputError
from crmkit.identifiers import Identifier
from crmkit.importers.files.sheets import write_sheet
from crmkit.importers.standard import CHINESE, ENGLISH, FIELDS, LINE_FIELDS, identifiers_text
from crmkit.importers.texts import NULL_WORDS, was_a_number
from crmkit.money import Money
from crmkit.orders import Address, Buyer, Order, OrderKey, OrderLine, OrderStatus, Recipient

__all__ = ["write", "write_template"]

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
_SIMPLE = {"customer_id": "customer_id", "account": "account", "email": "email", "phone": "phone"}


def guarded(text: str) -> str:
    """Returns a cell's text as a spreadsheet takes it for text: what it would run, or change, gets an apostrophe.

    Example:
        >>> guarded("=1+1"), guarded("mug"), guarded(" x ")
        ("'=1+1", 'mug', "' x ")
    """
    if text and (text.startswith(_RISKY) or text != text.strip() or text.strip() in NULL_WORDS or was_a_number(text)):
        return f"'{text}"
    return text


def write(orders: Iterable[Order], path: str | os.PathLike[str], *, language: str = "en") -> int:
    r"""Writes orders as the crmkit template and returns how many; `read` gives equal orders back.

    Args:
        orders: The orders.
        path: A file ending in .csv (UTF-8 with a byte-order mark, which spreadsheets understand) or .xlsx.
        language: "en" or "zh" for the header.

    Raises:
        InputError: Another ending, or text that the file cannot hold.

    Example:
        >>> import tempfile, pathlib
        >>> from crmkit import importers
        >>> orders = importers.read(b"order_number,currency,unit_price,quantity\n1,EUR,5,2\n").orders
        >>> path = pathlib.Path(tempfile.mkdtemp(), "out.csv")
        >>> write(orders, path), importers.read(path).orders == orders
        (1, True)
    """
    count = 0

    def rows() -> Iterator[list[str]]:
        nonlocal count
        for order in orders:
            count += 1
            yield from _rows(order)

    _write(path, rows(), language)
    return count


def write_template(path: str | os.PathLike[str], *, language: str = "en") -> None:
    """Writes the crmkit template with an example row, to be filled in by hand.

    Args:
        path: A file ending in .csv or .xlsx.
        language: "en" or "zh" for the header.

    Example:
        >>> import tempfile, pathlib
        >>> from crmkit import importers
        >>> path = pathlib.Path(tempfile.mkdtemp(), "template.csv")
        >>> write_template(path, language="zh")
        >>> print(importers.read(path))
        1 order · 0 problems
    """
    _write(path, _rows(_EXAMPLE), language)


def _write(path: str | os.PathLike[str], rows: Iterable[list[str]], language: str) -> None:
    if language not in ("en", "zh"):
        raise InputError(f"language is 'en' or 'zh', got {language!r}.")
    names = ENGLISH if language == "en" else CHINESE
    header = [names[field] for field in (*FIELDS, *LINE_FIELDS)]
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".xlsx":
        with target.open("wb") as book:
            write_sheet(book, _with(header, rows))
    elif suffix == ".csv":
        try:
            with target.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(_with(header, rows))
        except UnicodeEncodeError as error:
            raise InputError(f"{target.name} cannot hold {error.object[error.start : error.end]!r}.") from error
    else:
        raise InputError(f"Orders are written as .csv or .xlsx, not as {target.name!r}.")


def _with(header: list[str], rows: Iterable[list[str]]) -> Iterator[list[str]]:
    yield header
    yield from ([guarded(cell) for cell in row] for row in rows)


def _rows(order: Order) -> Iterator[list[str]]:
    head = _head(order)
    for line in order.lines or (None,):
        yield head + _line(line)


def _line(line: OrderLine | None) -> list[str]:
    if line is None:
        return [""] * len(LINE_FIELDS)
    status = line.status.value if line.status else ""
    return [
        line.id or "",
        line.product_id,
        line.title,
        line.variant,
        str(line.quantity),
        str(line.unit_price.amount),
        str(line.total.amount),
        _amount(line.refunded),
        status,
        line.sku,
    ]


def _amount(money: Money | None) -> str:
    return "" if money is None else str(money.amount)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()


def _flag(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _head(order: Order) -> list[str]:
    recipient = order.recipient or Recipient()
    address = recipient.address
    plain = {i.kind: i.value for i in reversed(order.buyer.identifiers) if i.form == "plain"}
    instants = (order.placed_at, order.paid_at, order.shipped_at, order.received_at, order.completed_at)
    return [
        order.number,
        order.platform,
        order.shop,
        order.status.value,
        order.currency,
        *map(_amount, (order.total, order.paid, order.refunded)),
        _flag(order.refund_unknown),
        *map(_amount, (order.shipping, order.discount, order.tax)),
        *map(_moment, (*instants, order.cancelled_at, order.reported_at)),
        *(plain.get(kind, "") for kind in _SIMPLE),
        identifiers_text(order.buyer.identifiers),
        order.buyer.name,
        _flag(order.buyer.accepts_marketing),
        recipient.name,
        recipient.phone,
        address.text,
        *(address.country, address.province, address.city, address.district, address.street, address.postcode),
        order.remark,
        order.buyer_note,
        _tags(order.tags),
        order.close_reason,
    ]


def _tags(tags: tuple[str, ...]) -> str:
    import json

    if all(tag == tag.strip() and tag not in NULL_WORDS and not set(tag) & set(",，[") for tag in tags):
        return ", ".join(tags)
    return json.dumps(tags, ensure_ascii=False)


_EXAMPLE = Order(
    key=OrderKey("shop", "paper-lantern", "A-1001"),
    status=OrderStatus.SHIPPED,
    currency="EUR",
    total=Money("44.80", "EUR"),
    paid=Money("44.80", "EUR"),
    shipping=Money("4.90", "EUR"),
    placed_at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
    paid_at=datetime(2026, 11, 1, 9, 5, tzinfo=UTC),
    shipped_at=datetime(2026, 11, 2, 15, 0, tzinfo=UTC),
    buyer=Buyer(identifiers=(Identifier("email", "mei.li@example.com"),), name="Mei Li", accepts_marketing=True),
    recipient=Recipient(
        name="Mei Li", phone="+49 30 5550 1142", address=Address(text="Lindenweg 14, 04177 Musterhagen")
    ),
    lines=(
        OrderLine(
            quantity=2,
            unit_price=Money("19.95", "EUR"),
            total=Money("39.90", "EUR"),
            sku="APR-SND-M",
            title="Linen apron",
            variant="sand / M",
        ),
    ),
    tags=("example",),
)
