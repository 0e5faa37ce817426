"""Rules on our own store: SQL on the stored orders has the members that the frame of the same orders has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmkit import Crm, demo, importers
from crmkit.errors import InputError
from crmkit.segmentation import Rule, rfm
from crmkit.storage.sqlalchemy.customer_facts import customer_facts
from crmkit.storage.sqlalchemy.rule_sql import members_of, snapshot_of

RULES = [
    {"all": []},
    {"field": "frequency", "op": ">=", "value": 2},
    {"field": "monetary", "op": ">", "value": "200.00", "currency": "CNY"},
    {"not": {"field": "monetary", "op": "between", "value": ["50", "300"], "currency": "CNY"}},
    {"field": "monetary", "op": ">", "value": 0, "currency": "USD"},
]


@pytest.fixture(params=["sqlite_store", "postgres", "mariadb"], scope="module")
def shop(request, tmp_path_factory):
    """A store that holds the demo's orders of Taobao and Shopify."""
    from conftest import emptied

    from crmkit.storage.sqlalchemy import SqlAlchemyStore

    if request.param == "sqlite_store":
        store = SqlAlchemyStore(f"sqlite:///{tmp_path_factory.mktemp('facts') / 'shop.db'}")
        store.create_schema()
    else:
        store = emptied(request.getfixturevalue(request.param))
    crm = Crm(store)
    crm.take(importers.read(*demo.files()))
    yield crm
    if request.param == "sqlite_store":
        store.close()
    else:
        emptied(store)


@pytest.mark.parametrize("back", [0, 40, 200])
@pytest.mark.parametrize("currency", ["CNY", "USD"])
def test_sql_on_the_store_says_what_the_frame_of_its_orders_says(shop, back, currency):
    as_of = demo.AS_OF - timedelta(days=back)
    orders = shop.order_frame()
    frame = rfm(orders[orders["currency"] == currency], as_of=as_of, order="order", segments=None)
    frame = frame.assign(currency=currency)
    facts = customer_facts(as_of=as_of, currency=currency)
    for node in RULES:
        rule = Rule.load({"v": 1, **node})
        expected = rule.members(frame, as_of=as_of)["customer"].tolist()
        found = members_of(rule, facts, on=shop.store, as_of=as_of, minor={"monetary": 2})
        assert found == tuple(expected), node
        assert currency == "USD" or back or expected or "USD" in str(node)
    for days in (0, 10, 45):
        lately = Rule.load({"v": 1, "field": "last_purchase", "op": "within_days", "value": days})
        recent = Rule.load({"v": 1, "field": "recency", "op": "<=", "value": days})
        assert members_of(lately, facts, on=shop.store, as_of=as_of) == tuple(
            recent.members(frame, as_of=as_of)["customer"]
        )


def test_a_snapshot_names_the_database(shop):
    facts = customer_facts(as_of=demo.AS_OF, currency="CNY", since=demo.AS_OF - timedelta(days=90))
    kept = snapshot_of(Rule.load({"v": 1, "all": []}), facts, on=shop.store, as_of=demo.AS_OF)
    assert kept.engine == shop.store.engine.dialect.name
    assert kept.rows == kept.count > 5


def test_naive_moments_are_refused():
    with pytest.raises(InputError, match="as_of is aware"):
        customer_facts(as_of=datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None), currency="CNY")
