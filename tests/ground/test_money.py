from __future__ import annotations

import pickle
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmkit.errors import CurrencyMismatch, InputError
from crmkit.money import Money, decimals_of
from crmkit.testing.strategies import money

CNY = money("CNY")
WEIGHTS = st.lists(
    st.integers(0, 10**6) | st.decimals(0, 10**4, places=3, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=8,
)


@given(money(), WEIGHTS)
def test_allotting_loses_nothing_and_is_fair(amount, weights):
    assume(any(weights))
    parts = amount.allot(weights)
    assert len(parts) == len(weights)
    assert Money.sum(parts, currency=amount.currency) == amount
    total = sum(Decimal(weight) for weight in weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - amount.minor * Decimal(weight) / total) < 1
        assert weight or part.is_zero


@given(money(), st.integers(1, 20))
def test_equal_weights_give_parts_that_differ_by_one_at_most(amount, count):
    minors = [part.minor for part in amount.allot([1] * count)]
    assert max(minors) - min(minors) <= 1


@given(CNY, CNY, CNY)
def test_sums_are_exact_and_forget_the_order(a, b, c):
    assert (a + b) + c == a + (b + c) == Money.sum([c, a, b], currency="CNY")
    assert a + b - b == a
    assert a + (-a) == Money.zero("CNY")


@given(CNY, st.integers(-100, 100))
def test_times_is_repeated_adding(amount, times):
    assert (amount * times).minor == (times * amount).minor == amount.minor * times


@given(CNY, CNY)
def test_amounts_compare_as_numbers(a, b):
    assert (a < b, a <= b, a > b, a >= b) == (
        a.minor < b.minor,
        a.minor <= b.minor,
        a.minor > b.minor,
        a.minor >= b.minor,
    )


@given(money())
def test_money_comes_back_from_text_minor_units_and_pickle(amount):
    assert Money(str(amount.amount), amount.currency) == amount
    assert Money.of_minor(amount.minor, amount.currency) == amount
    assert pickle.loads(pickle.dumps(amount)) == amount
    assert eval(repr(amount), {"Money": Money}) == amount
    assert hash(Money(str(amount.amount), amount.currency)) == hash(amount)
    assert str(amount) == str(Money.of_minor(amount.minor, amount.currency))


@settings(max_examples=60)
@given(st.decimals(-(10**6), 10**6, places=5, allow_nan=False, allow_infinity=False))
def test_rounding_is_that_of_the_named_mode(number):
    cent = Decimal("0.01")
    assert Money.round(number, "CNY").amount == number.quantize(cent, ROUND_HALF_UP)
    assert Money.round(number, "CNY", mode="half_even").amount == number.quantize(cent, ROUND_HALF_EVEN)
    assert Money.round(number, "CNY", mode="floor") <= Money.round(number, "CNY", mode="ceiling")


@pytest.mark.parametrize(
    ("mode", "up", "down"),
    [
        ("half_up", "0.13", "-0.13"),
        ("half_even", "0.12", "-0.12"),
        ("floor", "0.12", "-0.13"),
        ("ceiling", "0.13", "-0.12"),
        ("down", "0.12", "-0.12"),
        ("up", "0.13", "-0.13"),
    ],
)
def test_the_modes_at_the_half(mode, up, down):
    assert str(Money.round("0.125", "CNY", mode=mode).amount) == up
    assert str(Money.round("-0.125", "CNY", mode=mode).amount) == down


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        (1.5, "CNY", "floats are not exact"),
        (True, "CNY", "never a bool"),
        ("1,50", "CNY", "not an amount"),
        ("", "CNY", "not an amount"),
        ("NaN", "CNY", "not finite"),
        ("Infinity", "CNY", "not finite"),
        ("1.001", "CNY", "more than 2 decimals"),
        ("1.5", "JPY", "more than 0 decimals"),
        ("1", "XXX", "not a currency code"),
        ("1", "cny", "not a currency code"),
        ("1", None, "not a currency code"),
        ("1E+30", "CNY", "larger than any store"),
        (2**63, "JPY", "larger than any store"),
    ],
)
def test_what_is_not_money_is_refused(amount, currency, reason):
    with pytest.raises(InputError, match=reason):
        Money(amount, currency)


def test_the_largest_amount_is_that_of_64_bits():
    assert Money(2**63 - 1, "JPY").minor == 2**63 - 1
    assert Money.of_minor(2**63 - 1, "CNY").minor == 2**63 - 1


def test_zero_has_no_sign():
    assert str(Money("-0.00", "CNY")) == "0.00 CNY"
    assert str(-Money.zero("CNY")) == "0.00 CNY"
    assert Money("0E-7", "CNY").is_zero


def test_currencies_never_mix():
    one, other = Money(1, "CNY"), Money(1, "EUR")
    for mixing in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one >= other):
        with pytest.raises(CurrencyMismatch) as caught:
            mixing()
        assert caught.value.currencies == ("CNY", "EUR")
    with pytest.raises(CurrencyMismatch):
        Money.sum([one, other], currency="CNY")
    assert one != other


def test_other_things_are_no_money():
    with pytest.raises(TypeError):
        Money(1, "CNY") + 1
    with pytest.raises(InputError, match="whole numbers"):
        Money(1, "CNY") * Decimal("0.5")
    with pytest.raises(InputError, match="mode is one of"):
        Money.round("1", "CNY", mode="nearest")


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [0.5]])
def test_weights_are_numbers_not_below_zero_and_not_all_zero(weights):
    with pytest.raises(InputError):
        Money(1, "CNY").allot(weights)


def test_decimals_are_those_of_iso_4217():
    assert [decimals_of(code) for code in ("CNY", "JPY", "KWD", "CLP", "HUF", "TND")] == [2, 0, 3, 0, 2, 3]
