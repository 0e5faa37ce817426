"""Shopee: the order export of the seller centre in Indonesian, English, Thai, Vietnamese, Chinese and Portuguese."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache, partial
from itertools import product
from unicodedata import normalize

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.drafts import Draft
from crmkit.importers.form import TableFormat
from crmkit.importers.layouts import Values
from crmkit.importers.platforms.countries import COUNTRIES, Country, country_of, moved_to, told_by_caller
from crmkit.importers.platforms.marks import doubt, grouped, share_unit
from crmkit.importers.platforms.shopee_columns import ENGLISH, INDONESIAN, Language
from crmkit.importers.platforms.shopee_regions import BRAZILIAN, TAIWANESE, THAI, VIETNAMESE
from crmkit.importers.platforms.shopee_words import APPROVED, NOT_APPROVED, number, state
from crmkit.importers.sharing import allotted
from crmkit.importers.texts import normalised
from crmkit.orders import OrderStatus

__all__ = ["FORMATS"]

_NIL = Decimal(0)
_RESAVED = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S")
_LEFT_THE_HOUSE = (OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.COMPLETED)
_VOUCHERS = ("seller_voucher", "shopee_voucher", "coins", "card", "trade_in", "pix")
_BUNDLES = ("shopee_bundle", "seller_bundle")
_STATES_OF_MALAYSIA = (
    *("johor", "kedah", "kelantan", "melaka", "malacca", "negeri sembilan", "pahang", "perak", "perlis", "penang"),
    *("pulau pinang", "sabah", "sarawak", "selangor", "terengganu", "kuala lumpur", "labuan", "putrajaya"),
    *("wilayah persekutuan", "w.p. kuala lumpur"),
)
_NAMED_IN_HEADER = re.compile(r"\((PHP|MYR|RM|SGD|THB|TWD)\)")
_ORDER_MONEY = (*_VOUCHERS, *_BUNDLES, "goods", "goods_told", "shipping", "total")
_KNOWN_BY = ("number", "status", "account")
_INSTANTS = ("placed_at", "paid_at", "arranged_at", "delivered_at", "completed_at", "cancelled_at")
_ORDER_TEXT = ("country", "province", "city", "district", "town", "postcode", "close_reason", "return_status")
_ORDER_PERSONAL = ("account", "recipient_name", "recipient_phone", "address", "buyer_note", "remark")
_LINE_TEXT = ("sku", "title", "variant", "product_id", "parent")
_LINE_MONEY = ("price", "subtotal", "paid_for_line", "paid_for_order")
_LANGUAGES = (INDONESIAN, ENGLISH, THAI, VIETNAMESE, TAIWANESE, BRAZILIAN)
_EXPECTED = {
    one.code: (
        {field: one.columns(field)[0] for field in ("status", "return_status", "paid_at", "shipping")},
        {field: one.columns(field)[0] for field in ("price", "quantity")},
    )
    for one in _LANGUAGES
}


def _settle(language: Language, draft: Draft) -> None:
    values = draft.values
    _place(draft, language)
    draft.miss(*_EXPECTED[language.code])
    total = _total(draft)
    if total is None:
        draft.say("bad_money", "tells no total", error=True)
        return
    values["total"] = total
    values["paid"] = total if _was_paid(values) else _NIL
    if values.get("status") is OrderStatus.PENDING_PAYMENT and values["paid"]:
        values["status"] = OrderStatus.PAID
    if values.get("status") is OrderStatus.COMPLETED and total and not values["paid"]:
        draft.say("no_payment_time", "is completed and has no payment time; nothing counts as paid")
    _fields(draft)
    if language.groups:
        _doubt(draft, total, language)
    _refund(draft, language)
    _share(draft, values.get("shipping") or _NIL)


def _doubt(draft: Draft, total: Decimal, language: Language) -> None:
    least = min(filter(None, (total, *(line.get("price") or _NIL for line in draft.lines))), default=None)
    beside = [draft.values.get(field) for field in _ORDER_MONEY]
    beside += [line.get(field) for line in draft.lines for field in _LINE_MONEY]
    adds_up = _fitting_cut(draft, total) is not None
    doubt(draft, least, draft.format.currency, language.columns("price")[0], beside, adds_up=adds_up)


def _fields(draft: Draft) -> None:
    """What needs no reckoning; the pick-up that was arranged is a dispatch only once the state says so."""
    values = draft.values
    if values.get("status") in _LEFT_THE_HOUSE:
        values["shipped_at"] = values.get("arranged_at")
    values["received_at"] = values.get("delivered_at")
    values["buyer_name"] = values.get("account") or ""
    values["account"] = values["buyer_name"].casefold()
    values["district"] = ", ".join(filter(None, (values.get("town"), values.get("district"))))
    for line in draft.lines:
        line["sku"] = line.get("sku") or line.get("parent")


def _place(draft: Draft, language: Language) -> None:
    """Currency and zone: those of the language's country, else those that the file or the caller names."""
    values = draft.values
    country = COUNTRIES.get(language.country) or _country(draft)
    if country is None:
        reason = "tells no currency: neither a column's name nor Country nor State; say where the shop is with zone="
        draft.say("no_currency", reason, column="Country", value=values.get("country") or "", error=True)
    elif not language.country and country.code in ("ID", "VN"):
        reason = f"is of {country.code}, where points part thousands; fetch the file in the country's own language"
        draft.say("bad_money", reason, column="Country", value=values.get("country") or "", error=True)
    else:
        values["currency"] = country.currency
        if not language.country:
            moved_to(country.zone, values)


def _country(draft: Draft) -> Country | None:
    values = draft.values
    told = _currency_named(draft.parts[0].layout.header)
    if told is not None:
        return next(country for country in COUNTRIES.values() if country.currency == told)
    province = (values.get("province") or "").casefold()
    if province in _STATES_OF_MALAYSIA:
        province = "malaysia"
    found = country_of(values.get("country")) or country_of(province.replace("metro manila", "philippines"))
    return found or told_by_caller(draft)


@lru_cache(maxsize=64)
def _currency_named(header: tuple[str, ...]) -> str | None:
    found = {match[1] for name in header if (match := _NAMED_IN_HEADER.search(normalised(name)))}
    return found.pop().replace("RM", "MYR") if len(found) == 1 else None


def _was_paid(values: Values) -> bool:
    """The payment time tells it; only a file without that column lets the state tell it."""
    if "paid_at" in values:
        return values["paid_at"] is not None
    return values.get("status") not in (None, OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED)


def _total(draft: Draft) -> Decimal | None:
    """What the buyer was to pay. The Vietnamese columns of order and line differ in one capital letter only."""
    values = draft.values
    total: Decimal | None = values.get("total")
    if "paid_for_order" in (draft.lines[0] if draft.lines else {}):
        total = _of_twins(draft)
    if total is None and values.get("goods") is not None:
        total = values["goods"] + (values.get("shipping") or _NIL)
    return total


def _of_twins(draft: Draft) -> Decimal | None:
    lines = draft.lines
    whole, own = ([line.get(field) for line in lines] for field in ("paid_for_order", "paid_for_line"))
    by_lines = sum((amount or _NIL for amount in own), _NIL)
    if len(set(whole)) > 1 and len(set(own)) == 1:
        whole, own = own, whole
    if len(set(whole)) > 1:
        if whole != own:
            draft.say("contradiction", f"has several totals on its rows: {', '.join(map(str, whole))}", error=True)
        return by_lines + (draft.values.get("shipping") or _NIL)
    if whole == own and len(lines) > 1 and not _fitting_cut(draft, whole[0] or _NIL):
        per_line = by_lines + (draft.values.get("shipping") or _NIL)
        return per_line if _fitting_cut(draft, per_line) else whole[0]
    return whole[0]


def _goods(line: Values) -> Decimal:
    """What a line costs before vouchers."""
    told: Decimal | None = line.get("subtotal")
    if told is not None:
        return told
    return Decimal((line.get("price") or _NIL) * (line.get("quantity") or 1))


def _sum(values: Values, fields: Iterable[str]) -> Decimal:
    return sum((abs(values.get(field) or _NIL) for field in fields), _NIL)


def _fitting_cut(draft: Draft, total: Decimal) -> tuple[Decimal] | None:
    """The discount of the order that makes its lines and postage its total; files differ in what lines hold already."""
    values = draft.values
    goods = sum(map(_goods, draft.lines), _NIL) + (values.get("shipping") or _NIL)
    vouchers, bundles = _sum(values, _VOUCHERS), _sum(values, _BUNDLES)
    for cut in (vouchers, vouchers + bundles, bundles, _NIL):
        if goods - cut == total:
            return (cut,)
    return None


def _share(draft: Draft, shipping: Decimal) -> None:
    """Each line gets its share of the order's vouchers, by what it costs."""
    values, lines, total = draft.values, draft.lines, draft.values["total"]
    if not total and values.get("status") is OrderStatus.CANCELLED:
        values["shipping"] = _NIL
        for line in lines:
            line["total"] = _NIL
        return
    cut = _fitting_cut(draft, total)
    values["discount"] = cut[0] if cut else _sum(values, _VOUCHERS)
    goods = [_goods(line) for line in lines]
    target = total - shipping if cut else sum(goods, _NIL) - values["discount"]
    weights = [{**line, "price": own, "quantity": 1} for line, own in zip(lines, goods, strict=True)]
    unit = share_unit(values.get("currency") or "USD", target)
    for line, share in zip(lines, allotted(target, weights, unit), strict=True):
        line["total"] = share


def _refund(draft: Draft, language: Language) -> None:
    """No column tells the amount: the state of the return and the units that came back do."""
    values, paid = draft.values, draft.values["paid"]
    word = normalize("NFC", values.get("return_status") or "").casefold()
    values["refunded"], values["refund_unknown"] = _NIL, False
    if values.get("status") is OrderStatus.CANCELLED:
        values["refunded"] = paid
        values["refund_unknown"] = not paid and values.get("paid_at") is not None and any(map(_goods, draft.lines))
    elif "return_status" not in values:
        values["refund_unknown"] = bool(paid)
    elif word in APPROVED:
        _approved(draft, paid)
    elif word and word not in NOT_APPROVED:
        values["refund_unknown"] = bool(paid)
        reason = "is a state of returns that is not known; whether money went back is unknown"
        draft.say("unknown_status", reason, column=language.columns("return_status")[0], value=word)


def _approved(draft: Draft, paid: Decimal) -> None:
    values, lines = draft.values, draft.lines
    back = [line.get("returned") or 0 for line in lines]
    if lines and all(units >= (line.get("quantity") or 1) for units, line in zip(back, lines, strict=True)):
        values["refunded"] = paid
        return
    values["refund_unknown"] = bool(paid)
    told = sum(((line.get("price") or _NIL) * units for units, line in zip(back, lines, strict=True)), _NIL)
    values["refunded"] = min(told, paid)
    if values["refunded"]:
        reason = f"tells what came back and not the money; {values['refunded']} is an estimate from prices"
        draft.say("refund_estimated", reason)


def _texts(language: Language, fields: Iterable[str], *, personal: bool = False) -> dict[str, cells.Cell]:
    named = {field: language.columns(field) for field in fields}
    return {field: cells.text(*names, personal=personal) for field, names in named.items() if names}


def _moneys(language: Language, fields: Iterable[str]) -> dict[str, cells.Cell]:
    named = {field: names for field in fields if (names := language.columns(field))}
    if language.groups:
        return {field: cells.parsed(names[0], grouped, *names[1:]) for field, names in named.items()}
    return {field: cells.money(names[0], also=names[1:]) for field, names in named.items()}


def _order(language: Language) -> OrderColumns:
    columns = language.columns
    zone = COUNTRIES[language.country].zone if language.country else "Asia/Singapore"
    named = {field: names for field in _INSTANTS if (names := columns(field))}
    found = {field: cells.moment(names[0], *_RESAVED, zone=zone, also=names[1:]) for field, names in named.items()}
    found |= _texts(language, _ORDER_TEXT) | _texts(language, _ORDER_PERSONAL, personal=True)
    found |= _moneys(language, _ORDER_MONEY)
    found["number"] = cells.parsed(columns("number")[0], number, *columns("number")[1:], blank="")
    found["status"] = cells.parsed(columns("status")[0], state, *columns("status")[1:])
    own = {field: cell for field, cell in found.items() if field in OrderColumns.__slots__}
    return OrderColumns(**own, extra={field: cell for field, cell in found.items() if field not in own})


def _line(language: Language) -> LineColumns:
    found = _texts(language, _LINE_TEXT) | _moneys(language, _LINE_MONEY)
    found["quantity"] = cells.whole(*language.columns("quantity"))
    found["returned"] = cells.whole(*language.columns("returned"), least=0)
    own = {field: cell for field, cell in found.items() if field in LineColumns.__slots__}
    return LineColumns(**own, extra={field: cell for field, cell in found.items() if field not in own})


def _header(language: Language) -> list[set[str]]:
    """The columns by which a language is known; each of them may have a suffix in the old files of Taiwan."""
    ends = language.suffixes if language.are_all_suffixed else ("",)
    bare = [language.names[field][0] for field in _KNOWN_BY]
    return [{name + end for name, end in zip(bare, each, strict=True)} for each in product(ends, repeat=len(bare))]


def _table(language: Language) -> TableFormat:
    return TableFormat(
        name=f"shopee.orders.{language.code}",
        title=f"Shopee orders, one row a line, header of {language.code} (Order.all.….xlsx)",
        header=_header(language),
        without=frozenset({"Order Substatus"}),
        one_order_per=language.columns("number"),
        family="shopee",
        numbers_hold_in="platform",
        currency=COUNTRIES[language.country].currency if language.country else "",
        region=language.country or None,
        tells_refunds=True,
        ignored=frozenset(name + end for name in language.ignored for end in language.suffixes),
        settle=partial(_settle, language),
        order=_order(language),
        line=_line(language),
    )


FORMATS = tuple(map(_table, _LANGUAGES))
"""One format a language of the seller centre; the English one is of the country that the file names."""
