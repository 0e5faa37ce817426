"""Amazon: the "All Orders" flat file of North America, Europe and Japan."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import attrs

from crmkit.errors import InputError
from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.importers.platforms.amazon_words import CAME_BACK, COUNTRIES, ITEM_WORDS, LEFT_ALONE, SITES, WORDS
from crmkit.importers.texts import CellFlaw, amount_with_comma, amount_with_point, iso_moment
from crmkit.money import Money, decimals_of
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS"]

_NIL = Decimal(0)
_TAX_ON_TOP = ("USD", "CAD")
"""Where prices come without tax; elsewhere the tax stands inside them and is told for information."""
_NUMBER = re.compile(r"[A-Za-z0-9\-]{3,40}", re.ASCII)
_WITH_COMMA = re.compile(r"-?\d{1,15},\d{1,2}", re.ASCII)
_CANCELLED = OrderStatus.CANCELLED
_EXPECTED = {"reported_at": "last-updated-date", "channel": "sales-channel"}
_EXPECTED_IN_LINES = {
    "quantity": "quantity",
    "currency:currency": "currency",
    "tax": "item-tax",
    "shipping": "shipping-price",
    "shipping_tax": "shipping-tax",
    "wrap": "gift-wrap-price",
    "wrap_tax": "gift-wrap-tax",
    "off": "item-promotion-discount",
    "shipping_off": "ship-promotion-discount",
}


def _instant(value: str) -> datetime:
    """An instant with its offset; without one, nobody knows whether it is that of Japan or of elsewhere."""
    found = iso_moment(value)
    if found is None or found.tzinfo is None:
        raise CellFlaw("bad_moment", "is not a time with its offset (YYYY-MM-DDTHH:MM:SS+00:00)")
    return found


def _encoding_of(head: bytes) -> str | None:
    """UTF-8 where the bytes are; else that of Japan, or of all the others, by what stands in columns of plain ASCII."""
    if head.isascii():
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp932" if _is_japanese(head) else "cp1252"
    return "utf-8"


def _is_japanese(head: bytes) -> bool:
    """No byte of cp932 that ends a letter is a tab or a line feed, so the bytes can be split before they are read."""
    header = head.split(b"\n", 1)[0]
    parted = max((b"\t", b";", b","), key=header.count)
    names, *rows = [line.rstrip(b"\r").split(parted) for line in head.split(b"\n")]
    names = [name.strip(b'" ') for name in names]
    for name, word in ((b"sales-channel", b"amazon.co.jp"), (b"ship-country", b"jp")):
        if name in names:
            at = names.index(name)
            found = Counter(row[at].strip(b'" ').lower() for row in rows if len(row) > at)
            known = sum(count for cell, count in found.items() if cell.isascii() and cell)
            if known:
                return found[word] * 2 > known
    return b"Amazon.co.jp" in head


def _settle(draft: Draft) -> str | None:
    """Each row is a line with all its amounts; the order's are their sums, and the states tell what was paid."""
    values = draft.values
    draft.miss(_EXPECTED, _EXPECTED_IN_LINES)
    if not _NUMBER.fullmatch(draft.key[2]):
        draft.say("damaged_identifier", "is no order number of Amazon's", column="amazon-order-id", error=True)
        return None
    draft.lines = _newest(draft)
    currency = _currency(draft)
    if not currency:
        draft.say("no_currency", "has neither a currency nor a sales channel that tells one", error=True)
        return None
    word = (values.get("word") or "").casefold()
    states = [line.get("status") for line in draft.lines]
    if states and all(state is _CANCELLED for state in states):
        values["status"] = _CANCELLED
    is_on_top = currency in _TAX_ON_TOP
    amounts = [_settled(line, currency, is_on_top=is_on_top) for line in draft.lines]
    live = [amount for amount, state in zip(amounts, states, strict=True) if state is not _CANCELLED]
    is_unpaid = word.startswith("pending") or values.get("status") is _CANCELLED
    values["currency"] = currency
    values["total"], values["paid"] = sum(amounts, _NIL), _NIL if is_unpaid else sum(live, _NIL)
    _sum_up(draft)
    _tag(draft, word)
    _doubt(draft)
    return None


def _newest(draft: Draft) -> list[Values]:
    """The lines, each as the newest report tells it: of equal articles the first of a report is the first of all."""
    found: dict[tuple[str, str, int], Values] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for line in draft.lines:
        article = line.get("sku") or line.get("title") or "", line.get("product_id") or ""
        report = (*article, line.get("updated"))
        seen[report] += 1
        key = (*article, seen[report])
        if key not in found or (line.get("updated") or _OLD) > (found[key].get("updated") or _OLD):
            found[key] = line
    if len(found) < len(draft.lines) and len(draft.parts) == 1:
        draft.say("contradiction", "has rows of one article with different times of update; the newest count")
    return list(found.values())


_OLD = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def _currency(draft: Draft) -> str:
    """As a row tells it, else that of the site; rows of pending, cancelled and foreign orders leave it blank."""
    told = next((code for line in draft.lines if (code := line.get("currency:currency"))), "")
    channel = (draft.values.get("channel") or "").casefold()
    site = channel.removeprefix("amazon.") if channel.startswith("amazon.") else ""
    country = channel.removeprefix("non-amazon").strip().upper() or draft.values.get("country") or ""
    found = str(told).upper() or SITES.get(site) or ("" if site else COUNTRIES.get(country, ""))
    try:
        decimals_of(found)
    except InputError:
        return ""
    return found


def _settled(line: Values, currency: str, *, is_on_top: bool) -> Decimal:
    """Fills in price and amount of a line and returns all that the buyer was to pay for its row."""
    goods: Decimal = line.get("goods") or _NIL
    quantity = line.get("quantity") or 1
    line["price"] = Money.round(goods / quantity, currency).amount
    line["total"] = total = goods + _sum(line, "wrap") - _off(line, "off")
    return total + _shipping(line) + (_tax(line) if is_on_top else _NIL)


def _sum(line: Values, *fields: str) -> Decimal:
    return sum((line.get(field) or _NIL for field in fields), _NIL)


def _off(line: Values, *fields: str) -> Decimal:
    """Discounts; some files write them below zero."""
    return sum((abs(line.get(field) or _NIL) for field in fields), _NIL)


def _shipping(line: Values) -> Decimal:
    return _sum(line, "shipping") - _off(line, "shipping_off")


def _tax(line: Values) -> Decimal:
    return _sum(line, "tax", "shipping_tax", "wrap_tax")


def _sum_up(draft: Draft) -> None:
    values, lines = draft.values, draft.lines
    values["shipping"] = sum(map(_shipping, lines), _NIL)
    values["tax"] = sum(map(_tax, lines), _NIL)
    values["discount"] = sum((_off(line, "off", "shipping_off") for line in lines), _NIL)


def _tag(draft: Draft, word: str) -> None:
    """What a shop may want to tell apart: goods sent for other shops' orders, replacements, parcels that came back."""
    get = draft.values.get
    after = word.removeprefix("shipped - ")
    told = {
        "multi-channel": _is_foreign(draft),
        "replacement": get("is_replacement"),
        "exchange": get("is_exchange"),
        "business": get("is_business"),
        after: after in CAME_BACK,
    }
    draft.values["tags"] = tuple(tag for tag, holds in told.items() if holds)


def _is_foreign(draft: Draft) -> bool:
    return bool((draft.values.get("channel") or "").casefold().startswith("non-amazon"))


def _doubt(draft: Draft) -> None:
    """What came through and should be looked at."""
    is_cancelled = draft.values.get("status") is _CANCELLED
    live = [] if is_cancelled else [line for line in draft.lines if line.get("status") is not _CANCELLED]
    if any(line.get("quantity") == 0 for line in live):
        draft.say("bad_whole", "has a quantity of 0 and is not cancelled; it counts as 1", column="quantity")
    if not _is_foreign(draft) and any(line.get("goods") is None for line in live):
        reason = "has no amounts yet, as pending orders do; it counts as nothing until a later report tells them"
        draft.say("not_priced_yet", reason, column="item-price")
    mangled = next(filter(_is_mangled, [draft.values.get("city"), *(line.get("title") for line in draft.lines)]), None)
    if mangled:
        reason = "holds letters that were read in a wrong encoding before; fetch the file again from Amazon"
        draft.say("damaged_text", reason, value=mangled[:60])


def _is_mangled(text: str | None) -> bool:
    """Whether a text is UTF-8 that somebody read as the letters of another encoding, and saved so."""
    if not text or text.isascii():
        return False
    for encoding in ORDERS.encodings:
        with suppress(UnicodeError):
            return bool(text.encode(encoding).decode("utf-8"))
    return "\N{REPLACEMENT CHARACTER}" in text


def _told(value: str) -> Decimal:
    """An amount; a comma before one or two digits, which parts no thousands, is that of a European spreadsheet."""
    return amount_with_comma(value) if _WITH_COMMA.fullmatch(value) else amount_with_point(value)


def _amount(field: str) -> cells.Cell:
    return attrs.evolve(cells.money(field, "currency"), read=_told)


ORDERS = TableFormat(
    name="amazon.orders",
    title='Amazon "All Orders" report, one row a line (flat file)',
    header={"amazon-order-id", "order-status", "item-status", "item-price"},
    one_order_per="amazon-order-id",
    platform="amazon",
    numbers_hold_in="platform",
    encodings=("cp1252", "cp932"),
    encoding_of=_encoding_of,
    is_quoted=False,
    tells_refunds=False,
    settle=_settle,
    ignored=LEFT_ALONE,
    order=OrderColumns(
        number=cells.identifier("amazon-order-id"),
        status=cells.choice("order-status", WORDS, code="unknown_status"),
        placed_at=cells.parsed("purchase-date", _instant),
        reported_at=cells.parsed("last-updated-date", _instant),
        buyer_name=cells.text("buyer-company-name", personal=True),
        country=cells.text("ship-country"),
        province=cells.text("ship-state"),
        city=cells.text("ship-city"),
        postcode=cells.text("ship-postal-code"),
        extra={
            "word": cells.text("order-status"),
            "channel": cells.text("sales-channel"),
            "is_business": cells.flag("is-business-order"),
            "is_replacement": cells.flag("is-replacement-order"),
            "is_exchange": cells.flag("is-exchange-order"),
        },
    ),
    line=LineColumns(
        title=cells.text("product-name"),
        sku=cells.text("sku"),
        product_id=cells.text("asin"),
        quantity=cells.whole("quantity", least=0),
        status=cells.choice("item-status", ITEM_WORDS, code="unknown_status"),
        extra={
            "updated": cells.parsed("last-updated-date", _instant),
            "goods": _amount("item-price"),
            "tax": _amount("item-tax"),
            "shipping": _amount("shipping-price"),
            "shipping_tax": _amount("shipping-tax"),
            "wrap": _amount("gift-wrap-price"),
            "wrap_tax": _amount("gift-wrap-tax"),
            "off": _amount("item-promotion-discount"),
            "shipping_off": _amount("ship-promotion-discount"),
        },
    ),
)
"""One row an item, with amounts of its own; it knows neither the buyer nor refunds."""

FORMATS = (ORDERS,)
