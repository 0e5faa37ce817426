"""Questions, snapshots and changes as values: what they refuse, and what makes two of them the same."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.segmentation import GRID, GROWTH_LADDER, Cuts, Eight, Rule, Thresholds
from crmkit.segments import NOBODY, Snapshot, question_of
from crmkit.segments.comparing import changed

AS_OF = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Shanghai"))
RULE = Rule.load({"v": 1, "field": "monetary", "op": ">=", "value": "500.00", "currency": "CNY"})
STAGED = Rule.load({"v": 1, "field": "stage", "op": "==", "value": "at_risk"})
SCORED = Rule.load({"v": 1, "field": "r", "op": ">=", "value": 4})


def taken(members, *, day=0, **facts):
    at = AS_OF + timedelta(days=day)
    values = {"name": "weekly", "as_of": at, "made_at": at, "digest": "4f", "question": {}, "engine": "pandas", **facts}
    return Snapshot.of(members.items(), **values)


DIFFERENT = [
    {},
    {"by": "eight"},
    {"by": "stages"},
    {"by": Eight("median")},
    {"by": Eight((30, 2, Decimal("99.5")))},
    {"by": GRID.with_names({(5, 5): "platinum"})},
    {"by": GROWTH_LADDER},
    {"by": RULE},
    {"by": STAGED},
    {"by": STAGED, "thresholds": Thresholds(7, 14, 28)},
    {"by": SCORED},
    {"by": SCORED, "cuts": Cuts(recency=(7, 30, 90, 180))},
    {"cuts": Cuts(frequency=(2, 3, 5, 10))},
    {"cuts": Cuts(monetary=(2, 3, 5, 10))},
    {"by": "stages", "thresholds": Thresholds(7, 14, 28)},
    {"currency": "CNY"},
    {"zone": "Europe/Berlin"},
    {"since": AS_OF - timedelta(days=90)},
]


def test_whatever_can_change_the_answer_changes_the_digest():
    digests = {question_of(**{"by": "rfm", "as_of": AS_OF, **asked}).digest for asked in DIFFERENT}
    assert len(digests) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"by": GRID}),
        ({}, {"zone": "Asia/Shanghai"}),
        ({}, {"as_of": AS_OF - timedelta(days=7)}),
        ({"by": "eight"}, {"by": Eight("mean")}),
        ({"by": "stages"}, {"by": "stages", "thresholds": Thresholds()}),
        ({"cuts": Cuts(monetary=(1, 2, 3, Decimal("4.50")))}, {"cuts": Cuts(monetary=(1, 2, 3, Decimal("4.5")))}),
        ({"since": AS_OF - timedelta(days=9)}, {"since": (AS_OF - timedelta(days=9)).astimezone(UTC)}),
        ({"by": RULE}, {"by": Rule.load(RULE.dump().replace("500.00", "500"))}),
    ],
)
def test_what_cannot_change_it_does_not(one, other):
    digests = {question_of(**{"by": "rfm", "as_of": AS_OF, **asked}).digest for asked in (one, other)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "nine"}, "by is 'rfm'"),
        ({"by": None}, "by is 'rfm'"),
        ({"by": "stages", "cuts": Cuts(recency=(1, 2, 3, 4))}, "cuts are for scores"),
        ({"by": "rfm", "thresholds": Thresholds()}, "thresholds are for stages"),
        ({"by": RULE, "thresholds": Thresholds()}, "thresholds are for stages"),
        ({"zone": "Moon/Crater"}, "Moon/Crater"),
        ({"as_of": AS_OF.replace(tzinfo=None)}, "as_of must be an aware"),
        ({"since": AS_OF.replace(tzinfo=None)}, "since must be an aware"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(asked, said):
    with pytest.raises(InputError, match=said):
        question_of(**{"as_of": AS_OF, **asked})


def test_a_snapshot_is_one_value_whatever_the_order_and_zone_it_was_made_in():
    one, other = taken({"bo": "new", "ann": "lost"}), taken({"ann": "lost", "bo": "new"}, as_of=AS_OF.astimezone(UTC))
    assert one == other
    assert one.id == other.id != taken({}, as_of=AS_OF.astimezone(timezone(timedelta(hours=8))), digest="4e").id
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.members == (("ann", "lost"), ("bo", "new"))
    assert [one.segment_of(who) for who in ("ann", "bo", "cy", "")] == ["lost", "new", None, None]
    assert one.frame().to_dict("list") == {"customer": ["ann", "bo"], "segment": ["lost", "new"]}
    assert taken({}).frame().columns.tolist() == ["customer", "segment"]


@pytest.mark.parametrize(
    ("members", "facts", "said"),
    [
        ([("ann", "new"), ("ann", "lost")], {}, "'ann' is in a snapshot twice"),
        ([("", "new")], {}, "no empty text as the id"),
        ([(7, "new")], {}, "takes text as the id of a customer, got 7"),
        ([("ann", "s" * 65)], {}, "at most 64 signs as the code"),
        ([("ann", "a\0b")], {}, "NUL"),
        ([("ann", NOBODY)], {}, "in no segment"),
        ([], {"name": "n" * 129}, "at most 128 signs"),
        ([], {"name": "\ud800"}, "surrogate"),
        ([], {"as_of": datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None)}, "aware"),
    ],
)
def test_what_no_store_could_keep_is_refused(members, facts, said):
    values = {"name": "w", "as_of": AS_OF, "made_at": AS_OF, "digest": "", "question": {}, "engine": "", **facts}
    with pytest.raises(InputError, match=said):
        Snapshot.of(members, **values)


def test_only_an_earlier_snapshot_of_the_same_question_is_compared():
    with pytest.raises(InputError, match="different questions"):
        changed(taken({}), taken({}, day=7, digest="5e"), {})
    with pytest.raises(InputError, match="The earlier snapshot is of"):
        changed(taken({}), taken({}), {})


def test_a_merge_moves_nobody_and_who_is_there_no_more_has_left():
    before = taken({"ann": "champions", "bo": "lost", "cy": "new", "dee": "new"})
    after = taken({"ann": "champions", "dee": "loyal"}, day=7)
    found = changed(before, after, {"bo": "ann"})
    assert [(move.customer, move.source, move.target) for move in found.moves] == [
        ("cy", "new", NOBODY),
        ("dee", "new", "loyal"),
    ]
    assert (found.stayed, found.merged, found.left("new"), found.entered("loyal")) == (1, 1, ("cy", "dee"), ("dee",))


@pytest.mark.parametrize("now", ["champions", "lost"])
@pytest.mark.parametrize("person", ["ann", "bo", "zoe"])
def test_a_person_of_two_has_not_moved_who_is_where_one_of_them_was(person, now):
    before, after = taken({"ann": "champions", "bo": "lost"}), taken({person: now}, day=7)
    found = changed(before, after, {"ann": person, "bo": person})
    assert (found.moves, found.stayed, found.merged) == ((), 1, 1)


@pytest.mark.parametrize(("person", "source"), [("ann", "champions"), ("bo", "lost"), ("zoe", "champions")])
def test_a_person_of_two_who_is_elsewhere_comes_from_where_their_own_id_was(person, source):
    before, after = taken({"ann": "champions", "bo": "lost"}), taken({person: "new"}, day=7)
    (move,) = changed(before, after, {"ann": person, "bo": person}).moves
    assert (move.customer, move.source, move.target) == (person, source, "new")


WHO = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["new", "loyal", "lost"]))


@given(before=WHO, after=WHO)
def test_moves_lead_from_one_snapshot_to_the_other_and_nobody_is_counted_twice(before, after):
    found = changed(taken(before), taken(after, day=1), {})
    led = dict(before)
    for move in found.moves:
        assert led.pop(move.customer, NOBODY) == move.source
        if move.target != NOBODY:
            led[move.customer] = move.target
    assert led == after
    assert found.stayed + len(found.moves) == len({*before, *after})
    assert found.frame()["customer"].tolist() == [move.customer for move in found.moves]
