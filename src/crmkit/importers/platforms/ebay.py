"""eBay: the orders report of Seller Hub, in American, British and Australian, and German words."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values, positions
from crmkit.importers.platforms.ebay_words import LEFT_ALONE, LEFT_ALONE_GERMAN, WORDS
from crmkit.importers.texts import CellFlaw, clean, iso_moment
from crmkit.orders import OrderStatus

__all__ = ["FORMATS", "ORDERS", "ORDERS_DE"]

_NIL = Decimal(0)
_NUMBER = re.compile(r"[A-Za-z0-9\-!]{1,60}", re.ASCII)
_SIGNS = {"AU$": "AUD", "US$": "USD", "CA$": "CAD", "NZ$": "NZD", "SG$": "SGD", "HK$": "HKD", "NT$": "TWD"} | {
    "C$": "CAD", "S$": "SGD", "£": "GBP", "€": "EUR", "zł": "PLN", "₱": "PHP", "RM": "MYR", "$": "$",
}  # fmt: skip
_CODE = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")
_MONTH_WORDS = "jan,feb,mar mär mrz,apr,may mai,jun,jul,aug,sep,oct okt,nov,dec dez"
_MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS.split(","), start=1) for word in words.split()}
_CLOCK = r"(?: (?P<clock>\d\d?:\d\d(?::\d\d)?))?"
_FORMS = (
    re.compile(rf"(?P<month>[^\W\d]{{3,9}})\.?-(?P<day>\d\d?)-(?P<year>\d\d|\d{{4}}){_CLOCK}"),
    re.compile(rf"(?P<day>\d\d?)-(?P<month>[^\W\d]{{3,9}})\.?-(?P<year>\d\d|\d{{4}}){_CLOCK}"),
)
_ENGLISH, _GERMAN = ({field: words[at].partition("|")[0] for field, words in WORDS.items()} for at in (0, 1))
_DIGITS = re.compile(r"[\d,]+", re.ASCII)
_IN_LINES = ("quantity", "paid_on", "shipped_on")
_FOOTER = re.compile(r"record\(s\) downloaded|Datens\w+ heruntergeladen|^Seller ID\s*:", re.IGNORECASE)
_ZONES = {
    ("american", "USD"): "America/Los_Angeles",
    ("british", "GBP"): "Europe/London",
    ("british", "AUD"): "Australia/Sydney",
    ("german", "EUR"): "Europe/Berlin",
}


def _when(value: str) -> datetime:
    """A day, in few files with a time, as if of UTC until the site's zone is known; its month is a word."""
    found = iso_moment(value)
    if found is not None:
        return found.replace(tzinfo=UTC)
    parts = next((match for form in _FORMS if (match := form.fullmatch(value))), None)
    try:
        if parts is None:
            raise ValueError
        year, month = int(parts["year"]), _MONTHS.get(parts["month"].casefold()[:3], 0)
        hour, minute, second = (*map(int, (parts["clock"] or "0:0").split(":")), 0)[:3]
        return datetime(year + 2000 if year < 100 else year, month, int(parts["day"]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise CellFlaw("bad_moment", "is not a day whose month is a word (Apr-17-25 or 17-Apr-25)") from None


def _sign(value: str) -> str:
    """The currency that an amount names, "$" where it is the site's own dollar, or "" where there is none."""
    code = _CODE.search(value)
    bare = "".join(value.split())
    return code[0] if code else next((found for sign, found in _SIGNS.items() if sign in bare), "")


def _footer(cell: Callable[[str], str]) -> str:
    """What a row under the orders says in its first two columns, or ""; those of orders tell a quantity."""
    if cell("Quantity") or cell("Anzahl"):
        return ""
    names = (name for field in ("record", "number") for name in WORDS[field])
    texts = (cell(name) or cell(name.capitalize()) for name in names)
    return next((text for text in texts if _FOOTER.search(text)), "")


def _skips(cell: Callable[[str], str]) -> str | None:
    return "footer rows" if _footer(cell) else None


def _counts(cell: Callable[[str], str]) -> int | None:
    """The number beside "record(s) downloaded": of orders, whatever their rows."""
    if "downloaded" not in _footer(cell):
        return None
    record = WORDS["record"][0]
    digits = _DIGITS.match(cell(record) or cell(record.capitalize()))
    return int(digits[0].replace(",", "")) if digits else None


def _site(draft: Draft) -> str:
    """The words of the header tell the site's language; Americans begin each word with a capital letter."""
    if draft.format.name == "ebay.orders_de":
        return "german"
    return "american" if _is_american(draft.parts[0].layout.header) else "british"


@lru_cache(maxsize=64)
def _is_american(header: tuple[str, ...]) -> bool:
    return WORDS["price"][0] in positions(header)


def _settle(draft: Draft) -> str | None:
    """A summary row and a row an item, or one row that is both; refunds and cancellations are not told."""
    values, site = draft.values, _site(draft)
    names = _GERMAN if site == "german" else _ENGLISH
    draft.miss(_named(names, "shipping", "seller_tax", "kept_tax", "charges"), _named(names, *_IN_LINES))
    if values.get("total") is None:
        draft.say("bad_money", "tells no total", column=names["total"], error=True)
        return None
    if not _NUMBER.fullmatch(draft.key[2]):
        draft.say("damaged_identifier", "is no order number of eBay's", column=names["number"], error=True)
        return None
    currency = _currency(draft, site)
    if not currency:
        return None
    rows, draft.lines = draft.lines, [line for line in draft.lines if line.get("product_id") or line.get("title")]
    if not draft.lines:
        draft.say("does_not_add_up", "has the row with its amounts and none with its items")
    _progress(draft, rows)
    _tax(draft)
    _name(draft, rows)
    _place_in(draft.zone or (ZoneInfo(_ZONES[site, currency]) if (site, currency) in _ZONES else None), draft)
    return None


def _named(names: Mapping[str, str], *fields: str) -> dict[str, str]:
    return {field: names[field] for field in fields if names[field]}


def _currency(draft: Draft, site: str) -> str:
    """The currency that all amounts name, or "" and a problem; "$" alone is the dollar of the American site."""
    found = {draft.values.get("sign") or ""} | {line["sign"] or "" for line in draft.lines if line.get("price")}
    told = {"USD" if sign == "$" and site == "american" else sign for sign in found}
    currency = told.pop()
    if told:
        names = " and ".join(sorted({currency, *told}))
        draft.say("mixed_currencies", f"has amounts in {names}", error=True)
        return ""
    if currency in ("", "$"):
        draft.say("no_currency", "has amounts that do not say in which currency they are", error=True)
        return ""
    draft.values["currency"] = currency
    return currency


def _progress(draft: Draft, rows: list[Values]) -> None:
    """Days may stand on the rows of the items only; what was sent in part is not sent yet."""
    values = draft.values
    paid = [day for row in rows if (day := row.get("paid_on"))]
    sent = [day for row in rows if (day := row.get("shipped_on"))]
    is_sent = len([line for line in draft.lines if line.get("shipped_on")]) == len(draft.lines) > 0
    is_sent = bool(sent) and (is_sent or values.get("shipped_on") is not None)
    values["placed_at"], values["paid_at"] = values.get("sold_on"), min(paid, default=None)
    values["shipped_at"] = max(sent) if is_sent else None
    values["paid"] = values["total"] if paid else _NIL
    values["status"] = OrderStatus.PAID if paid else OrderStatus.PENDING_PAYMENT
    if is_sent:
        values["status"] = OrderStatus.SHIPPED


def _tax(draft: Draft) -> None:
    """The seller's tax, and what eBay collects and keeps where the total holds it, as the amounts show."""
    get = draft.values.get
    goods = sum(((line.get("price") or _NIL) * (line.get("quantity") or 1) for line in draft.lines), _NIL)
    rest = draft.values["total"] - goods - (get("shipping") or _NIL)
    tax, kept, charges = (get(field) or _NIL for field in ("seller_tax", "kept_tax", "charges"))
    held = (whole for whole in (tax, tax + kept, tax + kept + charges, tax + charges) if whole == rest)
    draft.values["tax"] = next(held, tax)


def _name(draft: Draft, rows: list[Values]) -> None:
    values = draft.values
    values["account"] = (values.get("account") or "").casefold()
    values["account_is_whole"] = "**" not in values["account"]
    values["street"] = ", ".join(filter(None, (values.get("street"), values.get("street_2"))))
    values["remark"] = "\n".join(dict.fromkeys(note for row in rows if (note := row.get("note"))))
    values["tags"] = (f"record {values['record']}",) if values.get("record") else ()
    own, (_, row) = draft.parts[0], draft.parts[0].rows[0]
    if not clean(row[own.layout.number_at]):
        reason = "has no order number before it is paid; it will come as another order, with the same tag"
        draft.say("provisional_number", reason, value=draft.key[2])


def _place_in(zone: ZoneInfo | None, draft: Draft) -> None:
    """The days begin in the zone of the site, or in that of the shop as the caller names it."""
    values, fields = draft.values, ("placed_at", "paid_at", "shipped_at")
    if zone is None and any(values.get(field) for field in fields):
        draft.say("days_only", "tells days and no zone, so its instants are unknown; zone= names the shop's")
    for field in fields:
        moment = values.get(field)
        values[field] = moment.replace(tzinfo=zone) if moment and zone else None


class _Words:
    """Makes cells of columns by what they are called in one language; None where nobody knows the word."""

    def __init__(self, language: int) -> None:
        self._names = {field: tuple(filter(None, words[language].split("|"))) for field, words in WORDS.items()}
        self._decimal = "," if language else "."

    def __getitem__(self, field: str) -> tuple[str, ...]:
        return self._names[field]

    def text(self, field: str, *, personal: bool = False) -> cells.Cell | None:
        return cells.text(*self[field], personal=personal) if self[field] else None

    def amount(self, field: str) -> cells.Cell | None:
        return cells.money(self[field][0], also=self[field][1:], decimal=self._decimal) if self[field] else None

    def parsed(self, field: str, read: Callable[[str], Any], blank: Any = None) -> cells.Cell:
        return cells.parsed(self[field][0], read, *self[field][1:], blank=blank)


def _told(told: Mapping[str, cells.Cell | None]) -> dict[str, cells.Cell]:
    return {field: cell for field, cell in told.items() if cell is not None}


def _order_columns(words: _Words) -> OrderColumns:
    personal = ("buyer_name", "account", "email", "buyer_note", "recipient_name", "recipient_phone", "street")
    own = {field: words.text(field, personal=True) for field in personal}
    own |= {field: words.text(field) for field in ("city", "province", "postcode", "country")}
    own |= {field: words.amount(field) for field in ("total", "shipping")}
    extra = {field: words.amount(field) for field in ("seller_tax", "kept_tax", "charges")}
    extra |= {"street_2": words.text("street_2", personal=True), "record": words.text("record")}
    extra |= {field: words.parsed(field, _when) for field in ("sold_on", "shipped_on")}
    return OrderColumns(**_told(own), extra=_told(extra) | {"sign": words.parsed("total", _sign, "")})


def _line_columns(words: _Words) -> LineColumns:
    return LineColumns(
        id=cells.identifier(*words["transaction"]),
        product_id=cells.identifier(*words["item"]),
        title=words.parsed("title", html.unescape, ""),
        sku=words.text("sku"),
        variant=words.text("variant"),
        quantity=cells.whole(*words["quantity"]),
        price=words.amount("price"),
        extra={field: words.parsed(field, _when) for field in ("paid_on", "shipped_on")}
        | _told({"note": words.text("note", personal=True), "sign": words.parsed("price", _sign, "")}),
    )


def _orders(name: str, title: str, language: int, ignored: frozenset[str]) -> TableFormat:
    words = _Words(language)
    return TableFormat(
        name=name,
        title=title,
        header={words[field][0] for field in ("record", "number", "item", "price")},
        one_order_per=words["number"],
        or_numbered_by=words["record"][0],
        order_on=words["total"][0],
        family="ebay",
        numbers_hold_in="platform",
        tells_refunds=False,
        skips=_skips,
        counts=None if language else _counts,
        settle=_settle,
        ignored=ignored,
        order=_order_columns(words),
        line=_line_columns(words),
    )


ORDERS = _orders("ebay.orders", "eBay orders report, American or British words (Seller Hub)", 0, LEFT_ALONE)
"""A summary row and a row an item, or one row that is both; it knows neither refunds nor cancellations."""

ORDERS_DE = _orders("ebay.orders_de", "eBay orders report, German words (Verkäufer-Cockpit Pro)", 1, LEFT_ALONE_GERMAN)
"""The same with a decimal comma."""

FORMATS = (ORDERS, ORDERS_DE)
