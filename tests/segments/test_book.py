"""The segment book on every store: asked, kept once, compared, told, undone by no crash."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from crmkit import Crm, Identifier
from crmkit.errors import CurrencyMismatch, InputError, NotFoundError
from crmkit.orders import Buyer
from crmkit.segmentation import Cuts, Rule, RuleError, Thresholds, rfm, stages
from crmkit.segments import SegmentBook
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import FixedClock, an_order

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 16, tzinfo=SHANGHAI)
NEXT = datetime(2026, 11, 23, tzinfo=SHANGHAI)


def order(number, who, moment, total="50.00", **more):
    buyer = Buyer(identifiers=(Identifier("account", who, scope="taobao"),), name=who)
    return an_order(number=str(number), buyer=buyer, total=total, placed_at=moment, paid_at=moment, **more)


def shop(store, *orders):
    crm = Crm(store, clock=FixedClock(datetime(2026, 11, 24, 8, tzinfo=UTC)))
    crm.take(orders or HISTORY)
    return crm


HISTORY = [
    order(1, "ann", MONDAY - timedelta(days=3), "400.00"),
    order(2, "ann", MONDAY - timedelta(days=60), "80.00"),
    order(3, "bo", MONDAY - timedelta(days=28), "30.00"),
    order(4, "cy", MONDAY - timedelta(days=200), "20.00"),
    order(5, "dee", MONDAY - timedelta(days=2), "10.00", refunded="10.00", status="refunded"),
    order(6, "eve", MONDAY + timedelta(days=2), "60.00"),
]


def names(crm, customers):
    """Who these persons are, for people."""
    with crm.store.unit(read_only=True) as unit:
        return sorted(one.key.rpartition(":")[2] for one in unit.identities.find(ids=list(customers)))


def told(crm):
    return [entry for entry in crm.events(limit=10_000) if entry.name.startswith(("Segment", "Snapshot"))]


def test_two_snapshots_and_an_order_between_them_tell_who_entered_and_left(store):
    crm = shop(store)
    heard = []
    crm.subscribe(heard.append)
    before = crm.segment("weekly", by="stages", as_of=MONDAY)
    assert {segment: names(crm, before.customers(segment)) for segment in before.counts} == {
        "active": ["ann"],
        "lost": ["cy"],
        "new": ["bo"],
    }
    assert [event.name for event in heard] == ["SnapshotTaken"]
    crm.take([order(7, "cy", MONDAY + timedelta(days=1))])
    del heard[:]
    after = crm.segment("weekly", by="stages", as_of=NEXT)
    changes = crm.segments.changes(after)
    assert {segment: names(crm, changes.entered(segment)) for segment in ("new", "reactivated", "at_risk")} == {
        "new": ["eve"],
        "reactivated": ["cy"],
        "at_risk": ["bo"],
    }
    assert [names(crm, changes.left(segment)) for segment in ("lost", "new", "active")] == [["cy"], ["bo"], []]
    assert (changes.stayed, changes.before, changes.after) == (1, before.info, after.info)
    assert [(event.name, event.segment) for event in heard if hasattr(event, "segment")] == [
        (entry.name, entry.data["segment"]) for entry in told(crm)[2:]
    ]
    assert Counter(entry.name for entry in told(crm)) == {"SnapshotTaken": 2, "SegmentEntered": 3, "SegmentLeft": 2}
    last = told(crm)[1]
    assert (last.data["series"], last.data["previous"], last.data["moved"]) == ("weekly", before.id, 3)
    entered = next(entry for entry in told(crm) if entry.data.get("segment") == "reactivated")
    assert entered.data == {
        "customer": changes.entered("reactivated")[0],
        "segment": "reactivated",
        "previous": "lost",
        "series": "weekly",
    }
    assert len({entry.key for entry in told(crm)}) == len(told(crm))


def test_the_same_call_twice_is_one_snapshot_whatever_came_in_since(store):
    crm = shop(store)
    one = crm.segment("weekly", as_of=MONDAY)
    crm.take([order(8, "flo", MONDAY - timedelta(days=1))])
    again = crm.segment("weekly", as_of=MONDAY.astimezone(UTC), zone=SHANGHAI, currency="CNY")
    assert again == one == crm.segments.get(one.id) == crm.segments.latest("weekly")
    assert crm.segments.history("weekly") == (one.info,)
    assert len(told(crm)) == 1
    assert crm.segment(as_of=MONDAY).info.count == one.info.count + 1  # without a name it is asked anew, and not kept
    crm.segments.remove(one.id)
    anew = crm.segment("weekly", as_of=MONDAY)
    assert (anew.id, anew.info.count) == (one.id, one.info.count + 1)


def test_another_question_under_the_same_name_begins_anew(store):
    crm = shop(store)
    one = crm.segment("weekly", as_of=MONDAY)
    other = crm.segment("weekly", as_of=NEXT, by="eight")
    assert one.info.digest != other.info.digest
    assert [entry.name for entry in told(crm)] == ["SnapshotTaken", "SnapshotTaken"]
    with pytest.raises(NotFoundError):
        crm.segments.changes(other)
    with pytest.raises(InputError, match="different questions"):
        crm.segments.changes(other, one)
    assert [info.id for info in crm.segments.history()] == [other.id, one.id]
    assert [info.id for info in crm.segments.history(before=NEXT, limit=1)] == [one.id]


def test_a_snapshot_of_the_past_tells_of_no_customer(store):
    crm = shop(store)
    late = crm.segment("weekly", as_of=NEXT, by="stages")
    early = crm.segment("weekly", as_of=MONDAY, by="stages")
    assert Counter(entry.name for entry in told(crm)) == {"SnapshotTaken": 2}
    assert crm.segments.changes(late, early).entered("new") == late.customers("new")


def test_a_merge_between_two_snapshots_moves_nobody(store):
    crm = shop(store)
    before = crm.segment("weekly", as_of=MONDAY, by="stages")
    (ann,), (cy,) = before.customers("active"), before.customers("lost")
    crm.identity.merge(cy, ann, by="lin", reason="told us", key="call-1")
    after = crm.segment("weekly", as_of=NEXT, by="stages")
    changes = crm.segments.changes(after)
    assert changes.merged == 1
    assert "lost" not in {move.source for move in changes.moves}
    assert all(entry.data["segment"] != "lost" for entry in told(crm) if "segment" in entry.data)
    assert crm.identity.person_of(cy) == crm.identity.person_of(ann)  # both ids of the kept snapshot are still good


RULES = [
    {"all": []},
    {"any": []},
    {"field": "frequency", "op": ">=", "value": 2},
    {"field": "monetary", "op": ">=", "value": "30.00", "currency": "CNY"},
    {"not": {"field": "monetary", "op": ">", "value": 0, "currency": "USD"}},
    {"field": "last_purchase", "op": "within_days", "value": 30},
    {"field": "first_purchase", "op": "<", "value": "2026-10-01T00:00:00+08:00"},
    {"field": "last_purchase", "op": "between", "value": ["2026-10-19", "2026-11-13"]},
]


@pytest.mark.parametrize("node", RULES, ids=str)
def test_a_rule_has_the_members_that_a_frame_of_the_orders_has(store, node):
    crm, rule = shop(store), Rule.load({"v": 1, **node})
    kept = crm.segment("rule", as_of=NEXT, by=rule, currency="CNY", since=MONDAY - timedelta(days=199))
    frame = SegmentBook(crm.store).take(as_of=NEXT, by=rule, currency="CNY", since=MONDAY - timedelta(days=199))
    assert (kept.members, kept.info.customers) == (frame.members, frame.info.customers) == (frame.members, 3)
    assert frame.info.engine == "pandas"
    assert kept.info.engine == (store.engine.dialect.name if isinstance(store, SqlAlchemyStore) else "pandas")
    assert kept.info.question["rule_digest"] == Rule.load(kept.info.question["rule"]).digest == rule.digest


def test_a_rule_may_ask_for_scores_and_stages(store):
    crm = shop(store)
    rule = Rule.load({"v": 1, "any": [{"field": "stage", "op": "==", "value": "lost"},
                                      {"field": "f", "op": ">=", "value": 3}]})  # fmt: skip
    kept = crm.segment(
        "rule", as_of=NEXT, by=rule, thresholds=Thresholds(7, 14, 100), cuts=Cuts(frequency=(2, 3, 4, 5))
    )
    assert (names(crm, kept.customers("member")), kept.counts, kept.info.customers) == (["cy"], {"member": 1}, 4)
    with pytest.raises(RuleError, match="'city' is no column"):
        crm.segment(as_of=NEXT, by=Rule.load({"v": 1, "field": "city", "op": "is_null"}))


@pytest.mark.parametrize("by", ["rfm", "eight", "stages"])
def test_it_says_what_segmentation_says_of_the_frame(sqlite_store, by):
    crm = shop(sqlite_store)
    frame, asked = crm.order_frame(), {"as_of": NEXT, "zone": "Europe/Berlin"}
    column = "stage" if by == "stages" else "segment"
    found = stages(frame, **asked) if by == "stages" else rfm(frame, segments="grid" if by == "rfm" else by, **asked)
    assert dict(crm.segment(by=by, **asked).members) == dict(zip(found["customer"], found[column], strict=True))


def test_several_currencies_need_one_to_be_named(store):
    crm = shop(store, *HISTORY, order(9, "gus", MONDAY, "7.00", currency="USD"))
    with pytest.raises(CurrencyMismatch, match=r"CNY \(6 orders\), USD \(1 orders\)") as refused:
        crm.segment("weekly", as_of=NEXT)
    assert refused.value.currencies == ("CNY", "USD")
    assert names(crm, dict(crm.segment("weekly", as_of=NEXT, currency="USD").members)) == ["gus"]
    cny = crm.segment("weekly", as_of=NEXT, currency="CNY")
    assert cny.info.count == 4
    assert len(crm.segments.history("weekly")) == 2
    assert crm.segment("before", as_of=MONDAY - timedelta(days=1)).info.question["currency"] == "CNY"


def test_a_shop_without_orders_has_an_empty_snapshot(store):
    crm = Crm(store, clock=FixedClock())
    for by in ("rfm", "eight", "stages", Rule.load({"v": 1, "all": []})):
        kept = crm.segment("weekly", as_of=MONDAY, by=by)
        assert (kept.members, kept.counts, kept.info.customers) == ((), {}, 0)
    assert len(crm.segments.history("weekly")) == 4


def test_what_cannot_be_asked_is_refused_and_nothing_is_kept(sqlite_store):
    crm = shop(sqlite_store)
    for asked, said in [
        ({"as_of": NEXT + timedelta(days=7)}, "kept once that moment has come"),
        ({"as_of": MONDAY.replace(tzinfo=None)}, "as_of must be an aware"),
        ({"as_of": NEXT, "by": "nine"}, "by is 'rfm'"),
        ({"as_of": NEXT, "since": NEXT}, "since"),
    ]:
        with pytest.raises(InputError, match=said):
            crm.segment("weekly", **asked)
    with pytest.raises(InputError, match="at most 128"):
        crm.segment("n" * 129, as_of=NEXT)
    assert crm.segment(as_of=NEXT + timedelta(days=7)).info.count == 4  # not kept, it may be asked
    for act in (crm.segments.get, crm.segments.latest, crm.segments.remove):
        with pytest.raises(NotFoundError):
            act("weekly")
    assert crm.segments.history() == ()


def test_nanoseconds_of_pandas_do_not_make_a_second_snapshot(sqlite_store):
    crm = shop(sqlite_store)
    moment = pd.Timestamp(MONDAY) + pd.Timedelta(1, "ns")
    assert crm.segment("weekly", as_of=moment).id == crm.segment("weekly", as_of=MONDAY).id


def test_a_crash_half_way_keeps_nothing_and_the_same_call_finishes(store, monkeypatch):
    crm = shop(store)
    crm.segment("weekly", as_of=MONDAY)
    before = told(crm)

    class Killed(BaseException):
        pass

    with monkeypatch.context() as patch:
        kind = type(crm.store.unit())
        patch.setattr(kind, "emit", lambda unit, events: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            crm.segment("weekly", as_of=NEXT)
    assert (len(crm.segments.history()), told(crm)) == (1, before)
    crm.segment("weekly", as_of=NEXT)
    crm.segment("weekly", as_of=NEXT)
    assert Counter(entry.name for entry in told(crm))["SnapshotTaken"] == 2


def test_writers_at_once_make_one_snapshot_and_tell_it_once(store):
    crm = shop(store)
    crm.segment("weekly", as_of=MONDAY, by="stages")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: crm.segment("weekly", as_of=NEXT, by="stages").id, range(4)))
    assert len(set(made)) == 1
    assert Counter(entry.name for entry in told(crm)) == {"SnapshotTaken": 2, "SegmentEntered": 2, "SegmentLeft": 1}


def test_inside_the_hosts_transaction_it_stands_or_falls_with_it(sqlite_store):
    shop(sqlite_store)
    heard = []
    for keeps in (False, True):
        with Session(sqlite_store.engine) as session:
            store = SqlAlchemyStore.joining(session)
            store.subscribe(heard.append)
            joined = Crm(store, clock=FixedClock(datetime(2026, 11, 24, 8, tzinfo=UTC)))
            kept = joined.segment("weekly", as_of=MONDAY, by=Rule.load({"v": 1, "all": []}), currency="CNY")
            assert (kept.info.engine, kept.info.count, heard) == ("pandas", 3, [])
            if keeps:
                session.commit()
    assert [event.name for event in heard] == ["SnapshotTaken"]
    assert SegmentBook(sqlite_store).latest("weekly") == kept
