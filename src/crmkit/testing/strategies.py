"""Hypothesis strategies: money, buyers and orders of every shape that a store must give back unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st

from crmkit.identifiers import KINDS, Form, Identifier
from crmkit.money import Money
from crmkit.orders import Address, Buyer, Order, OrderKey, OrderLine, OrderStatus, Recipient

__all__ = ["buyers", "identifiers", "instants", "lines", "money", "order_keys", "orders", "texts"]

_CURRENCIES = ("CNY", "EUR", "USD", "JPY", "KWD")
_ZONES = [UTC, *(timezone(timedelta(minutes=minutes)) for minutes in (480, 330, -300, 765))]
_ANYTHING = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_SHARES = st.integers(0, 4)
_MOMENTS = ("placed_at", "paid_at", "shipped_at", "received_at", "completed_at", "cancelled_at", "reported_at")
_START = datetime(1990, 1, 1, tzinfo=UTC)
_FORMS: tuple[Form, ...] = ("plain", "masked", "virtual", "relay", "shared", "placeholder")


@cache
def texts(*, min_size: int = 0, max_size: int = 20) -> st.SearchStrategy[str]:
    """Gives text of any language, emoji included, without the NUL character and halves of surrogate pairs."""
    return st.text(_ANYTHING, min_size=min_size, max_size=max_size)


@cache
def instants() -> st.SearchStrategy[datetime]:
    """Gives aware instants with microseconds, in several zones."""
    micros = st.integers(0, 110 * 366 * 86_400 * 10**6)
    return st.builds(
        lambda after, zone: (_START + timedelta(microseconds=after)).astimezone(zone), micros, st.sampled_from(_ZONES)
    )


@cache
def money(
    currency: str | None = None, *, min_minor: int = -(10**12), max_minor: int = 10**12
) -> st.SearchStrategy[Money]:
    """Gives money in `currency`, or in one of five with no, two and three decimals."""
    currencies = st.sampled_from(_CURRENCIES) if currency is None else st.just(currency)
    return st.builds(Money.of_minor, st.integers(min_minor, max_minor), currencies)


@cache
def identifiers() -> st.SearchStrategy[Identifier]:
    """Gives identifiers of every kind and form."""
    return st.builds(
        Identifier,
        st.sampled_from(sorted(KINDS)),
        texts(min_size=1),
        scope=st.sampled_from(["world", "taobao", "shopify/paper-lantern"]),
        form=st.sampled_from(_FORMS),
        verified=st.booleans(),
        valid_until=st.none() | instants(),
    )


@cache
def buyers() -> st.SearchStrategy[Buyer]:
    """Gives buyers with up to three identifiers."""
    return st.builds(
        Buyer,
        identifiers=st.lists(identifiers(), max_size=3).map(tuple),
        name=texts(),
        accepts_marketing=st.none() | st.booleans(),
    )


@cache
def order_keys() -> st.SearchStrategy[OrderKey]:
    """Gives keys of orders, slashes and blanks in them included."""
    return st.builds(
        OrderKey, st.sampled_from(["taobao", "shopify", "a/b"]), texts(min_size=1), texts(min_size=1, max_size=40)
    )


@cache
def lines(currency: str = "CNY") -> st.SearchStrategy[OrderLine]:
    """Gives lines in one currency."""
    amounts = money(currency, min_minor=0)
    return st.builds(
        OrderLine,
        quantity=st.integers(1, 10**6),
        unit_price=amounts,
        total=amounts,
        id=st.none() | texts(),
        sku=texts(),
        product_id=texts(),
        title=texts(),
        variant=texts(),
        refunded=st.none() | amounts,
        status=st.none() | st.sampled_from(OrderStatus),
    )


@cache
def _recipients() -> st.SearchStrategy[Recipient]:
    addresses = st.builds(Address, text=texts(), country=texts(max_size=2), city=texts(), postcode=texts(max_size=8))
    return st.builds(Recipient, name=texts(), phone=texts(), address=addresses)


@cache
def _shapes(currency: str) -> dict[str, st.SearchStrategy[Any]]:
    amounts, moments = st.none() | money(currency, min_minor=0), st.none() | instants()
    return {
        "key": order_keys(),
        "status": st.sampled_from(OrderStatus),
        "total": money(currency, min_minor=0),
        "refund_unknown": st.booleans(),
        "lines": st.lists(lines(currency), max_size=3).map(tuple),
        "buyer": buyers(),
        "recipient": st.none() | _recipients(),
        **dict.fromkeys(("shipping", "discount", "tax"), amounts),
        **dict.fromkeys(("remark", "buyer_note", "close_reason"), texts()),
        "tags": st.lists(texts(), max_size=3).map(tuple),
        "raw": st.dictionaries(texts(max_size=5), texts(), max_size=3),
        **dict.fromkeys(_MOMENTS, moments),
    }


@st.composite
def orders(draw: st.DrawFn, /, **fixed: Any) -> Order:
    """Gives orders of every shape; what `fixed` says stays (values, not strategies)."""
    currency = fixed.get("currency") or draw(st.sampled_from(_CURRENCIES))
    paid = fixed.get("paid") or draw(money(currency, min_minor=0))
    refunded = Money.of_minor(paid.minor * draw(_SHARES) // 4, currency)
    drawn = {name: draw(shape) for name, shape in _shapes(currency).items() if name not in fixed}
    return Order(**{"currency": currency, "paid": paid, "refunded": refunded, **drawn, **fixed})
