from __future__ import annotations

import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import PolicyError
from crmkit.orders import DEFAULT_FLOW, OrderFlow, OrderStatus

STATUS = st.sampled_from(OrderStatus)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pending_payment", "cancelled"),
        ("pending_payment", "completed"),
        ("paid", "refunded"),
        ("paid", "received"),
        ("shipped", "cancelled"),
        ("completed", "refunded"),
        ("cancelled", "refunded"),
    ],
)
def test_forwards_and_out_is_allowed(before, after):
    assert DEFAULT_FLOW.allows(before, after)
    assert not DEFAULT_FLOW.allows(after, before)


@given(STATUS)
def test_staying_is_always_allowed(status):
    assert DEFAULT_FLOW.allows(status, status)


@given(st.lists(STATUS, min_size=2, max_size=6))
def test_no_walk_comes_back_to_a_state_it_left(walk):
    allowed = all(DEFAULT_FLOW.allows(*move) for move in pairwise(walk))
    came_back = walk[0] == walk[-1] and len(set(walk)) > 1
    assert not (allowed and came_back)


@given(STATUS, STATUS, STATUS)
def test_a_jump_over_states_is_allowed_where_the_steps_are(a, b, c):
    if DEFAULT_FLOW.allows(a, b) and DEFAULT_FLOW.allows(b, c):
        assert DEFAULT_FLOW.allows(a, c)


def test_a_host_may_add_and_take_away_moves():
    reopened = DEFAULT_FLOW.with_move("cancelled", "paid")
    assert reopened.allows("cancelled", "paid")
    assert reopened.without_move("cancelled", "paid") == DEFAULT_FLOW
    assert not DEFAULT_FLOW.allows("cancelled", "paid")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"pending_payment": ["payed"]}, "'payed' is not a state"),
        ({"waiting": ["paid"]}, "'waiting' is not a state"),
        ({"paid": ["paid"]}, "paid → paid is not a move"),
        ({"pending_payment": ["paid"], "shipped": ["received"]}, "No move leads from pending_payment to shipped"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_when_built(table, message):
    with pytest.raises(PolicyError, match=message):
        OrderFlow(table)


def test_a_flow_is_a_value():
    assert pickle.loads(pickle.dumps(DEFAULT_FLOW)) == DEFAULT_FLOW
    assert hash(OrderFlow(DEFAULT_FLOW.moves)) == hash(DEFAULT_FLOW)
