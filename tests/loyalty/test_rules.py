from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

from crmkit.errors import CurrencyMismatch, InputError, PolicyError
from crmkit.loyalty import Part, PerSpend, Programme, evaluate, paid_goods
from crmkit.money import Money
from crmkit.testing import EarnRuleContract, a_line, an_order


class TestPerSpend(EarnRuleContract):
    @pytest.fixture
    def make_rule(self):
        return lambda: PerSpend(3, per="2.50 CNY")


class TestPerSpendInProportion(EarnRuleContract):
    currency = "JPY"

    @pytest.fixture
    def make_rule(self):
        return lambda: PerSpend("0.7", per=Money(100, "JPY"), blocks=False, rounding="half_even")


@attrs.frozen
class Spoilt:
    """A rule of a host's own that gives whatever it is told to."""

    gives: object
    name: str = "spoilt"
    currency: str | None = None

    def award(self, purchase, member):
        return [Part(rule=self.name, points=points) for points in self.gives]


def per_spend(*args, **facts):
    return Programme(earn=[PerSpend(*args, **facts)])


def test_blocks_and_proportion():
    order = an_order(total="134.90")
    assert evaluate(per_spend(1, per="1 CNY"), order).points == 134
    assert evaluate(per_spend(10, per="50 CNY"), order).points == 20
    found = [
        evaluate(per_spend("2.5", per="134.90 CNY", blocks=False, rounding=how), order).points
        for how in ("floor", "ceil", "half_up", "half_even")
    ]
    assert found == [2, 3, 3, 2]
    assert evaluate(per_spend(Decimal("0.5"), per="1 CNY"), order).points == 67
    assert evaluate(per_spend(Fraction(1, 3), per="1 CNY"), order).points == 44


def test_several_rules_add_up_and_explain_themselves():
    programme = Programme(earn=[PerSpend(1, per="1 CNY"), PerSpend(5, per="100 CNY")])
    award = evaluate(programme, an_order(total="250.50"))
    assert (award.points, [part.points for part in award.parts]) == (260, [250, 10])
    assert award.explain() == "1 per 1.00 CNY +250; 5 per 100.00 CNY +10"
    assert award.basis == Money("250.50", "CNY")
    assert award.programme == programme.version


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"lines": (a_line(unit_price="89.90"), a_line(unit_price="45"))}, "134.90"),
        ({"lines": (a_line(unit_price="99.90"), a_line(unit_price="1", total="-5"))}, "99.90"),
        ({"lines": (), "total": "140", "shipping": "10", "tax": "5"}, "125.00"),
        ({"lines": (), "total": "5", "shipping": "10"}, "0.00"),
        ({"lines": (a_line(unit_price="200"),), "total": "200", "paid": "150"}, "150.00"),
        ({"status": "pending_payment", "total": "30"}, "30.00"),
        ({"status": "paid", "total": "0", "lines": ()}, "0.00"),
    ],
)
def test_the_basis_is_what_was_paid_for_goods(facts, expected):
    facts = {"total": "1000", **facts}
    order = an_order(**facts)
    assert paid_goods(order) == Money(expected, "CNY")
    assert evaluate(per_spend(1, per="0.01 CNY"), order).points == Money(expected, "CNY").minor


@pytest.mark.parametrize(
    "make",
    [
        lambda: PerSpend(1.5, per="1 CNY"),
        lambda: PerSpend(True, per="1 CNY"),
        lambda: PerSpend("many", per="1 CNY"),
        lambda: PerSpend(Decimal("NaN"), per="1 CNY"),
        lambda: PerSpend(-1, per="1 CNY"),
        lambda: PerSpend(1, per="0 CNY"),
        lambda: PerSpend(1, per="1"),
        lambda: PerSpend(1, per="1 CNX"),
        lambda: PerSpend(1, per=1),
        lambda: PerSpend(1, per="1 CNY", rounding="up"),
        lambda: Programme(earn=[PerSpend(1, per="1 CNY"), PerSpend(1, per="1 USD")]),
        lambda: Programme(earn=[PerSpend(1, per="1 CNY")], currency="USD"),
        lambda: Programme(earn=[]),
        lambda: Programme(currency="XXY"),
        lambda: Programme(currency="CNY", zone="Asia/Nowhere"),
        lambda: Programme(currency="CNY", earn=["one point per yuan"]),
    ],
)
def test_what_contradicts_itself_is_refused_when_it_is_built(make):
    with pytest.raises(PolicyError):
        make()


def test_a_programme_is_complete_with_one_rule():
    programme = Programme(earn=[PerSpend(1, per="1 CNY")])
    assert (programme.currency, programme.zone, programme.unit) == ("CNY", "UTC", "points")
    assert programme == Programme(earn=(PerSpend(1, per="1.00 CNY"),), currency="CNY")
    assert programme.version != Programme(earn=[PerSpend(2, per="1 CNY")]).version
    assert len({programme, Programme(earn=[PerSpend(1, per="1 CNY")])}) == 1


def test_an_order_in_another_currency_is_refused():
    with pytest.raises(CurrencyMismatch) as refused:
        evaluate(per_spend(1, per="1 CNY"), an_order(currency="USD"))
    assert refused.value.currencies == ("CNY", "USD")


@pytest.mark.parametrize("gives", [(1.5,), (10**15 + 1,), (True,), (5, -6)])
def test_what_a_rule_may_not_give(gives):
    with pytest.raises(InputError, match=r"spoilt|below zero"):
        evaluate(Programme(earn=[Spoilt(gives)], currency="CNY"), an_order())


def test_a_huge_rate_names_the_rule():
    with pytest.raises(InputError, match="per_spend"):
        evaluate(per_spend(10**14, per="0.01 CNY"), an_order(total="1000"))
