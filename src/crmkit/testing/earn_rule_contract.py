"""What every earn rule must keep, ours and yours."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmkit.loyalty import Programme, evaluate
from crmkit.money import Money
from crmkit.orders import Order
from crmkit.testing.builders import a_line, an_order

__all__ = ["EarnRuleContract"]

_RUNS = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
_TOTALS = st.lists(st.integers(0, 10**7), min_size=1, max_size=4)


class EarnRuleContract:
    """Holds the laws L19, L20 and L21 of earn rules; subclass it and give the fixture `make_rule`.

    Attributes:
        is_monotone: Whether more spending never earns less; set it to False for a rule that says otherwise.
        currency: The currency of the orders that the rule is tried with.
    """

    is_monotone = True
    currency = "CNY"

    @pytest.fixture
    def make_rule(self) -> Any:
        """Gives a function that returns a fresh rule, each time an equal one."""
        raise NotImplementedError("Give a fixture `make_rule` that returns a function making the rule.")

    @_RUNS
    @given(totals=_TOTALS)
    def test_L19_every_point_of_an_award_is_explained(self, make_rule: Any, totals: list[int]) -> None:
        rule = make_rule()
        award = evaluate(self._programme(rule), self._order(totals))
        assert award.points == sum(part.points for part in award.parts)
        assert all(type(part.points) is int and part.rule == rule.name for part in award.parts)

    @_RUNS
    @given(totals=_TOTALS)
    def test_L20_a_purchase_earns_the_same_in_any_order_of_lines(self, make_rule: Any, totals: list[int]) -> None:
        programme = self._programme(make_rule())
        first = evaluate(programme, self._order(totals))
        assert evaluate(programme, self._order(totals)) == first
        assert evaluate(self._programme(make_rule()), self._order(totals[::-1])).points == first.points

    @_RUNS
    @given(totals=_TOTALS, more=st.integers(0, 10**5))
    def test_L21_more_spending_never_earns_less(self, make_rule: Any, totals: list[int], more: int) -> None:
        if not self.is_monotone:
            pytest.skip("the rule says that it is not monotone")
        programme = self._programme(make_rule())
        raised = [totals[0] + more, *totals[1:]]
        assert evaluate(programme, self._order(raised)).points >= evaluate(programme, self._order(totals)).points

    def test_L20_equal_rules_make_equal_versions_and_look_alike(self, make_rule: Any) -> None:
        first, second = make_rule(), make_rule()
        assert first == second
        assert repr(first) == repr(second)
        assert " at 0x" not in repr(first)
        assert self._programme(first).version == self._programme(second).version

    def test_L20_a_rule_cannot_be_changed(self, make_rule: Any) -> None:
        rule = make_rule()
        with pytest.raises((AttributeError, TypeError, attrs.exceptions.FrozenInstanceError)):
            rule.name = "another"

    def _programme(self, rule: Any) -> Programme:
        return Programme(earn=[rule], currency=self.currency)

    def _order(self, totals: list[int]) -> Order:
        lines = tuple(
            a_line(currency=self.currency, unit_price=Money.of_minor(total, self.currency).amount) for total in totals
        )
        return an_order(currency=self.currency, lines=lines, total=Money.of_minor(sum(totals), self.currency))
