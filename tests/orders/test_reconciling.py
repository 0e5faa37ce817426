"""Orders against bills: what matches, what does not, and that nothing is guessed or lost."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.money import Money
from crmkit.orders import BillEntry, BillKind, BillMatch, Order, Reconciliation, reconcile
from crmkit.testing import an_order

AT = datetime(2026, 11, 8, 12, tzinfo=UTC)


def an_entry(amount: str, kind: str = "payment", *, id: str = "", order: str = "1001", **more: Any) -> BillEntry:  # noqa: A002
    currency = more.pop("currency", "CNY")
    more.setdefault("orders", (order,) if order else ())
    more.setdefault("platform", "alipay")
    money = Money(amount, currency)
    return BillEntry(id=id or f"{kind}{amount}{order}", kind=BillKind(kind), amount=money, at=AT, **more)


def the_line(order: Order, *entries: BillEntry, **more: Any) -> tuple[str, str]:
    (line,) = reconcile([order], entries, **more).lines
    return str(line.match), str(line.difference)


@pytest.mark.parametrize(
    ("amount", "match", "off"),
    [("30.00", "matched", "0.00"), ("29.99", "short", "-0.01"), ("30.01", "over", "0.01")],
)
def test_an_order_and_its_payment(amount: str, match: str, off: str) -> None:
    assert the_line(an_order(), an_entry(amount)) == (match, f"{off} CNY")


def test_an_order_that_was_paid_and_is_in_no_bill_is_unbilled() -> None:
    assert the_line(an_order()) == ("unbilled", "-30.00 CNY")
    assert the_line(an_order(), an_entry("-0.60", "fee")) == ("unbilled", "-30.00 CNY")


def test_an_order_that_was_not_paid_is_listed_only_where_a_bill_names_it() -> None:
    pending = an_order(status="pending_payment")
    assert reconcile([pending], []).lines == ()
    assert the_line(pending, an_entry("30.00")) == ("over", "30.00 CNY")


def test_an_entry_that_names_an_order_that_is_not_there_is_unknown() -> None:
    found = reconcile([an_order()], [an_entry("30.00"), an_entry("8.00", order="9")])
    (line,) = found.by("unknown")
    assert (line.number, line.order, str(line.billed)) == ("9", None, "8.00 CNY")
    assert not found.is_clean


def test_a_refund_in_the_bill_is_held_against_the_orders() -> None:
    order = an_order(status="completed", refunded="10.00")
    assert the_line(order, an_entry("30.00"), an_entry("-10.00", "refund")) == ("matched", "0.00 CNY")
    assert the_line(order, an_entry("30.00"), an_entry("-8.00", "refund")) == ("over", "2.00 CNY")
    assert the_line(order, an_entry("30.00"), an_entry("-12.00", "refund")) == ("short", "-2.00 CNY")


def test_money_that_went_back_before_it_reached_the_account_matches() -> None:
    order = an_order(status="completed", refunded="10.00")
    assert the_line(order, an_entry("20.00")) == ("matched", "0.00 CNY")
    assert the_line(an_order(status="refunded")) == ("matched", "0.00 CNY")


def test_a_refund_that_the_order_does_not_know_is_filled_from_the_bill() -> None:
    order = an_order(status="completed", refund_unknown=True)
    found = reconcile([order], [an_entry("30.00"), an_entry("-10.00", "refund")])
    (filled,) = found.filled
    assert (str(filled.refunded), filled.refund_unknown, str(filled.status)) == ("10.00 CNY", False, "completed")
    assert filled.key == order.key
    assert order.refund_unknown
    assert found.lines[0].match is BillMatch.MATCHED
    assert str(found.lines[0].refunded) == "10.00 CNY"


def test_a_filled_order_that_was_wholly_given_back_is_refunded() -> None:
    order = an_order(status="completed", refund_unknown=True)
    (filled,) = reconcile([order], [an_entry("30.00"), an_entry("-30.00", "refund")]).filled
    assert (str(filled.status), str(filled.refunded)) == ("refunded", "30.00 CNY")


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [an_entry("30.00")],
        [an_entry("20.00")],
        [an_entry("30.00"), an_entry("-5.00", "compensation"), an_entry("-1.00", "fee")],
        [an_entry("30.00"), an_entry("-31.00", "refund")],
        [an_entry("30.00"), an_entry("-5.00", "refund", order="")],
    ],
    ids=["none", "paid", "short", "others", "too much", "nameless"],
)
def test_an_unknown_refund_is_never_guessed(entries: list[BillEntry]) -> None:
    assert reconcile([an_order(refund_unknown=True)], entries).filled == ()


def test_an_order_that_knows_its_refund_is_never_filled() -> None:
    order = an_order(status="completed", refunded="10.00")
    assert reconcile([order], [an_entry("30.00"), an_entry("-20.00", "refund")]).filled == ()


def test_fees_and_compensations_are_apart() -> None:
    entries = [an_entry("30.00"), an_entry("-0.60", "fee"), an_entry("0.20", "fee_refund")]
    entries += [an_entry("-5.00", "compensation"), an_entry("-3.00", "split")]
    (line,) = reconcile([an_order()], entries).lines
    assert (line.match, str(line.fees), str(line.others)) == (BillMatch.MATCHED, "-0.40 CNY", "-8.00 CNY")
    assert len(line.entries) == 5


def test_what_was_placed_is_held_against_what_was_paid() -> None:
    order = an_order(total="30.00", paid="20.00")
    found = reconcile([order], [an_entry("20.00"), an_entry("-0.60", "fee"), an_entry("5.00", order="9")])
    assert (str(found.lines[0].placed), str(found.lines[0].outstanding)) == ("30.00 CNY", "10.00 CNY")
    assert found.lines[0].match is BillMatch.MATCHED
    amounts = {of: str(found.total(of, "CNY").amount) for of in ("placed", "paid", "billed", "fees", "difference")}
    assert amounts == {"placed": "30.00", "paid": "20.00", "billed": "25.00", "fees": "-0.60", "difference": "5.00"}
    assert str(found.total("billed", "EUR")) == "0.00 EUR"


def test_a_tolerance_counts_in_its_currency_only() -> None:
    short = an_entry("29.98")
    assert the_line(an_order(), short, tolerance=Money("0.02", "CNY")) == ("matched", "-0.02 CNY")
    assert the_line(an_order(), short, tolerance=Money("0.01", "CNY"))[0] == "short"
    assert the_line(an_order(), short, tolerance=Money("9.00", "EUR"))[0] == "short"
    with pytest.raises(InputError, match="below zero"):
        reconcile([], [], tolerance=Money("-0.01", "CNY"))


def test_currencies_are_never_mixed() -> None:
    foreign = an_entry("30.00", currency="EUR")
    found = reconcile([an_order()], [foreign])
    assert (found.foreign, found.lines[0].match) == ((foreign,), BillMatch.UNBILLED)
    strangers = reconcile([], [an_entry("1.00", order="9"), an_entry("2.00", order="9", currency="EUR")])
    assert [(line.number, str(line.billed)) for line in strangers.lines] == [("9", "1.00 CNY"), ("9", "2.00 EUR")]


def test_a_number_that_two_orders_bear_is_ambiguous_unless_the_shop_tells() -> None:
    here, there = an_order(shop="here"), an_order(shop="there")
    anyones = an_entry("30.00")
    assert reconcile([here, there], [anyones]).ambiguous == (anyones,)
    found = reconcile([here, there], [an_entry("30.00", shop="there")])
    assert [str(line.match) for line in found.lines] == ["unbilled", "matched"]


def test_an_entry_of_another_shop_is_no_orders() -> None:
    found = reconcile([an_order(shop="here")], [an_entry("30.00", shop="there")])
    assert [str(line.match) for line in found.lines] == ["unbilled", "unknown"]


def test_an_entry_that_names_several_orders_is_not_shared_out() -> None:
    entry = an_entry("30.00", orders=("1001", "1002"))
    found = reconcile([an_order(), an_order(number="1002")], [entry])
    assert found.ambiguous == (entry,)
    assert {line.match for line in found.lines} == {BillMatch.UNBILLED}


def test_entries_without_an_order_are_listed() -> None:
    deposit, payment = an_entry("-100.00", "deposit", order=""), an_entry("5.00", order="")
    assert reconcile([], [deposit]).nameless == (deposit,)
    assert reconcile([], [deposit]).is_clean
    assert not reconcile([], [payment]).is_clean


def test_an_entry_without_an_order_follows_its_trade() -> None:
    paid, fee = an_entry("30.00", trade="T1"), an_entry("-0.60", "fee", order="", trade="T1")
    found = reconcile([an_order()], [fee, paid])
    assert (str(found.lines[0].fees), found.nameless) == ("-0.60 CNY", ())
    another = an_entry("9.00", order="1002", trade="T1")
    assert reconcile([an_order()], [fee, paid, another]).nameless == (fee,)


def test_a_payment_that_two_books_tell_counts_once() -> None:
    more: dict[str, Any] = {"platform": "wechat_pay", "trade": "T1"}
    trade = an_entry("30.00", book="trades", settled=Money("25.00", "CNY"), **more)
    funds = an_entry("25.00", book="funds", order="", id="F1", **more)
    found = reconcile([an_order()], [funds, trade])
    assert (found.lines[0].match, found.echoes) == (BillMatch.MATCHED, (funds,))


def test_a_refund_that_only_one_book_tells_counts_as_well() -> None:
    more: dict[str, Any] = {"trade": "T1"}
    trades = [an_entry("30.00", book="trades", **more)]
    funds = [an_entry("30.00", id="F1", **more), an_entry("-3.00", "refund", id="F2", **more)]
    funds.append(an_entry("-3.00", "refund", id="F3", **more))
    found = reconcile([an_order(status="completed", refunded="6.00")], [*trades, *funds])
    assert (found.lines[0].match, found.echoes) == (BillMatch.MATCHED, (funds[0],))


def test_two_refunds_of_one_amount_in_one_book_are_two() -> None:
    twice = [an_entry("-3.00", "refund", id=name, trade="T1") for name in ("R1", "R2")]
    (line,) = reconcile([an_order()], [an_entry("30.00", trade="T1"), *twice]).lines
    assert str(line.billed_back) == "6.00 CNY"


def test_an_entry_that_is_given_twice_counts_once() -> None:
    entry = an_entry("30.00")
    assert reconcile([an_order()], [entry, entry]) == reconcile([an_order()], [entry])


def test_an_order_that_is_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="given twice"):
        reconcile([an_order(), an_order()], [])


def test_one_line_says_what_came_out() -> None:
    orders = [an_order(), an_order(number="1002", refund_unknown=True), an_order(number="1003")]
    entries = [an_entry("30.00"), an_entry("30.00", order="1002"), an_entry("-4.00", "refund", order="1002")]
    entries += [an_entry("1.00", order="8"), an_entry("-100.00", "deposit", order="")]
    found = reconcile(orders, entries)
    assert str(found) == "2 matched · 1 unknown · 1 unbilled · 1 filled · 1 nameless"
    assert str(Reconciliation()) == "nothing to reconcile"


def test_a_notebook_shows_what_does_not_match() -> None:
    orders = [an_order(number=f"<b>{number}") for number in range(22)]
    shown = reconcile([*orders, an_order(number="7")], [an_entry("30.00", order="7")])._repr_html_()
    assert "1 matched · 22 unbilled" in shown
    assert "<td>&lt;b&gt;19</td><td>unbilled</td><td>30.00 CNY</td><td>0.00 CNY</td><td>-30.00 CNY</td>" in shown
    assert "&gt;20</td>" not in shown
    assert "and 2 more" in shown
    assert "table" not in Reconciliation()._repr_html_()


def test_an_entry_refuses_what_cannot_be_one() -> None:
    with pytest.raises(InputError, match="id"):
        BillEntry(platform="alipay", id="", kind=BillKind.FEE, amount=Money("1.00", "CNY"), at=AT)
    with pytest.raises(InputError):
        BillEntry(platform="alipay", id="1", kind=BillKind.FEE, amount=Money("1.00", "CNY"), at=AT.replace(tzinfo=None))
    with pytest.raises(InputError, match="tuple"):
        an_entry("1.00", orders="1001")


NUMBERS = st.sampled_from(["1001", "1002", "1003", ""])
ENTRIES = st.lists(
    st.builds(
        lambda minor, kind, order, currency, trade, book, id: BillEntry(  # noqa: A006
            platform="alipay",
            id=str(id),
            kind=kind,
            amount=Money.of_minor(minor, currency),
            at=AT,
            orders=(order,) if order else (),
            trade=trade,
            book=book,
        ),
        st.integers(-5000, 5000),
        st.sampled_from(BillKind),
        NUMBERS,
        st.sampled_from(["CNY", "EUR"]),
        st.sampled_from(["", "T1", "T2"]),
        st.sampled_from(["funds", "trades"]),
        st.integers(1, 10**6),
    ),
    max_size=12,
    unique_by=lambda entry: entry.key,
)


@settings(max_examples=150)
@given(ENTRIES, st.randoms(use_true_random=False))
def test_every_entry_is_in_one_place_and_their_order_does_not_matter(entries: list[BillEntry], random: Any) -> None:
    orders = [an_order(), an_order(number="1002", refund_unknown=True)]
    found = reconcile(orders, entries)
    placed = [entry.key for line in found.lines for entry in line.entries]
    placed += [e.key for e in (*found.nameless, *found.ambiguous, *found.foreign, *found.echoes)]
    assert Counter(placed) == Counter(entry.key for entry in entries)
    shuffled = random.sample(entries, len(entries))
    again = reconcile(orders, shuffled)
    assert {(line.number, line.billed, line.match) for line in again.lines} == {
        (line.number, line.billed, line.match) for line in found.lines
    }
