from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import lives
from segmentation.frames import ENGINES, scans_in, shuffled
from segmentation.test_rfm import AS_OF, SHANGHAI, columns_of, shop

from crmkit.errors import InputError
from crmkit.segmentation import (
    GROWTH_LADDER,
    LIFE_CYCLE,
    Cuts,
    FrameError,
    Report,
    Thresholds,
    movement_events,
    movements,
    rfm,
    rfm_transitions,
    stage_history,
    stages,
    transition_table,
    transitions,
)

BEFORE = AS_OF - timedelta(days=60)
HISTORY = [AS_OF - timedelta(days=30 * number, hours=7 * number) for number in range(12, -1, -1)]


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def stages_at(
    rows: dict[str, list[Any]], as_of: datetime, limits: tuple[int, int, int], **options: Any
) -> dict[Any, str]:
    days = lives.purchase_days(lives.lines_of(rows), as_of, **options)
    today = as_of.astimezone(options.get("zone") or UTC).date()
    return {who: LIFE_CYCLE.steps[lives.standing(found, today, limits)[0]] for who, found in days.items()}


def pairs(rows: dict[str, list[Any]], limits: tuple[int, int, int], **options: Any) -> list[tuple[Any, ...]]:
    before, after = (stages_at(rows, as_of, limits, **options) for as_of in (BEFORE, AS_OF))
    counts = Counter((before.get(who, "prospect"), after.get(who, "prospect")) for who in {*before, *after})
    rows_of = Counter[str]()
    for (start, _), number in counts.items():
        rows_of[start] += number
    return [(*pair, counts[pair], counts[pair] / rows_of[pair[0]]) for pair in sorted(counts)]


@pytest.mark.parametrize("options", [{}, {"order": True}, {"order": True, "count_free": True}, {"count_free": True}])
def test_every_engine_counts_the_pairs_of_the_definition(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(21, customers=60)
    arguments = {**options, **({"order": "order"} if "order" in options else {})}
    found = transitions(
        engine(shuffled(rows, 5)), before=BEFORE, after=AS_OF, stages=Thresholds(14, 40, 90), zone=SHANGHAI, **arguments
    )
    assert lives.by_key(found, "from", "to") == pairs(rows, (14, 40, 90), zone=SHANGHAI, **options)


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", [{"ladder": GROWTH_LADDER, "drop_repeats": True}, {"order": "order"}])
def test_every_engine_gives_the_same_table(money: str, options: dict[str, Any]) -> None:
    tables = (
        transitions(make(shuffled(shop(money=money), 2)), before=BEFORE, after=AS_OF, **options)
        for make in ENGINES.values()
    )
    digests = {lives.digest(lives.by_key(table, "from", "to")) for table in tables}
    assert len(digests) == 1


def test_rows_add_up_to_the_stages_before_and_columns_to_those_after(engine: Any) -> None:
    rows = shop(22, customers=80)
    table = lives.table(transitions(engine(rows), before=BEFORE, after=AS_OF, order="order"))
    for end, as_of in (("from", BEFORE), ("to", AS_OF)):
        sums = Counter[str]()
        for row in table:
            sums[row[end]] += row["customers"]
        counted = Counter(row["stage"] for row in lives.table(stages(engine(rows), as_of=as_of, order="order")))
        del sums["prospect"]
        assert sums == counted


def test_a_purchase_that_was_paid_back_leads_to_prospect(engine: Any) -> None:
    rows = columns_of(
        ("a", BEFORE - timedelta(days=3), 20.0, "1"), ("a", BEFORE + timedelta(days=3), -20.0, "1"),
        ("b", BEFORE + timedelta(days=3), 20.0, "2"), ("c", BEFORE + timedelta(days=3), -5.0, "3"),
        names="customer moment amount order",
    )  # fmt: skip
    found = transitions(engine(rows), before=BEFORE, after=AS_OF, order="order")
    assert lives.by_key(found, "from", "to") == [("new", "prospect", 1, 1.0), ("prospect", "at_risk", 1, 1.0)]


def test_the_kind_comes_back_ordered_by_its_key(engine: Any) -> None:
    frame = engine(shop(23))
    for found, key in (
        (transitions(frame, before=BEFORE, after=AS_OF), ("from", "to")),
        (rfm_transitions(frame, before=BEFORE, after=AS_OF), ("from", "to")),
        (stage_history(frame, moments=HISTORY), ("as_of", "stage")),
    ):
        assert type(found) is type(frame)
        if isinstance(found, pd.DataFrame | pl.DataFrame | pa.Table):
            rows = [tuple(row[name] for name in key) for row in lives.table(found)]
            assert rows == sorted(rows)


def test_segments_of_rfm_move_as_their_two_results_say(engine: Any) -> None:
    rows, cuts = shop(24), Cuts(recency=(7, 30, 90, 180), frequency=(2, 3, 5, 10))
    frame = engine(rows)
    report = Report()
    found = rfm_transitions(frame, before=BEFORE, after=AS_OF, method=cuts, order="order", report=report)
    before, after = (
        {row["customer"]: row["segment"] for row in lives.table(rfm(frame, as_of=as_of, method=cuts, order="order"))}
        for as_of in (BEFORE, AS_OF)
    )
    counts = Counter((before.get(who, "prospect"), after.get(who, "prospect")) for who in {*before, *after})
    assert {row[:2]: row[2] for row in lives.by_key(found, "from", "to")} == dict(counts)
    assert report.rows == 300


@pytest.mark.parametrize("options", [{}, {"order": True}, {"order": True, "count_free": True}])
def test_history_says_of_every_moment_what_was_true_then(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(25)
    arguments = {**options, **({"order": "order"} if "order" in options else {})}
    found = stage_history(engine(rows), moments=HISTORY, zone=SHANGHAI, thresholds=Thresholds(14, 40, 90), **arguments)
    expected = []
    for as_of in HISTORY:
        counts = Counter(stages_at(rows, as_of, (14, 40, 90), zone=SHANGHAI, **options).values())
        for stage in sorted(set(LIFE_CYCLE.stages) - {"prospect"}):
            share = counts[stage] / counts.total() if counts else None
            expected.append((as_of.astimezone(SHANGHAI).date(), stage, counts[stage], share))
    assert lives.by_key(found, "as_of", "stage") == expected


def test_later_rows_do_not_change_what_history_says(engine: Any) -> None:
    rows = shop(26)
    whole = lives.by_key(stage_history(engine(rows), moments=HISTORY, order="order"), "as_of", "stage")
    cut = lives.by_key(stage_history(engine(rows), moments=HISTORY[:5], order="order"), "as_of", "stage")
    assert whole[: len(cut)] == cut


def test_history_of_nothing_is_zeros_without_a_share(engine: Any) -> None:
    found = stage_history(engine(columns_of(("a", AS_OF, 5.0))), moments=[BEFORE, AS_OF])
    rows = lives.table(found)
    assert len(rows) == 12
    assert {(row["customers"], row["share"]) for row in rows} == {(0, None)}
    assert {row["as_of"] for row in rows} == {date(2026, 9, 25), date(2026, 11, 24)}
    assert lives.table(transitions(engine(columns_of(("a", AS_OF, 5.0))), before=BEFORE, after=AS_OF)) == []


def test_history_reads_the_rows_of_an_engine_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = stage_history(ENGINES["polars_lazy"](shop(27)), moments=HISTORY, order="order", currency=None)
    plan = found.explain()
    assert plan.count("DF [") == 2  # the orders, and the lines of the result
    found = stage_history(ENGINES["duckdb_relation"](shop(27)), moments=HISTORY, order="order", currency=None)
    assert scans_in(found) == 1


def test_moments_that_do_not_rise_are_refused() -> None:
    frame = ENGINES["pandas_object"](shop(2))
    for before, after in ((AS_OF, BEFORE), (AS_OF, AS_OF), (BEFORE.replace(tzinfo=None), AS_OF)):
        with pytest.raises(InputError):
            transitions(frame, before=before, after=after)
        with pytest.raises(InputError):
            rfm_transitions(frame, before=before, after=after)
        with pytest.raises(InputError):
            stage_history(frame, moments=[before, after])
    with pytest.raises(InputError, match="no moment"):
        stage_history(frame, moments=[])
    with pytest.raises(InputError, match="one line a day"):
        stage_history(frame, moments=[AS_OF, AS_OF + timedelta(hours=1)])


def test_movements_are_those_who_are_elsewhere(engine: Any) -> None:
    results = [
        {"customer": ["b", "a", "d"], "stage": ["at_risk", "active", "new"]},
        {"customer": ["c", "b", "a"], "stage": ["new", "dormant", "active"]},
    ]
    if engine is ENGINES["duckdb_relation"]:  # two in-memory databases cannot be joined
        connection = duckdb.connect()
        monday, sunday = (connection.from_arrow(pa.table(result)) for result in results)
    else:
        monday, sunday = map(engine, results)
    moved = movements(monday, sunday)
    assert type(moved) is type(monday)
    rows = lives.by_key(moved, "customer")
    assert rows == [("b", "at_risk", "dormant"), ("c", "prospect", "new"), ("d", "new", "prospect")]
    counted = lives.by_key(transition_table(monday, sunday), "from", "to")
    assert counted == [
        ("active", "active", 1, 1.0), ("at_risk", "dormant", 1, 1.0), ("new", "prospect", 1, 1.0),
        ("prospect", "new", 1, 1.0),
    ]  # fmt: skip
    events = list(movement_events(moved, at=AS_OF, kind="life"))
    assert [(event.name, event.customer, event.segment) for event in events[:2]] == [
        ("SegmentLeft", "b", "at_risk"), ("SegmentEntered", "b", "dormant"),
    ]  # fmt: skip
    assert len({event.key for event in events}) == 6
    assert {event.key for event in movement_events(moved, at=AS_OF, kind="life")} == {event.key for event in events}


def test_movements_of_one_frame_agree_with_its_transitions(engine: Any) -> None:
    frame = engine(shop(28))
    before, after = (stages(frame, as_of=as_of) for as_of in (BEFORE, AS_OF))
    counted = lives.by_key(transition_table(before, after), "from", "to")
    assert counted == lives.by_key(transitions(frame, before=BEFORE, after=AS_OF), "from", "to")
    moved = lives.table(movements(before, after))
    assert len(moved) == sum(row[2] for row in counted if row[0] != row[1]) > 0


def test_results_with_a_customer_twice_or_without_the_column_are_refused() -> None:
    once = pd.DataFrame({"customer": ["a"], "stage": ["new"]})
    with pytest.raises(InputError, match="twice"):
        movements(once, pd.concat([once, once]))
    with pytest.raises(FrameError):
        movements(once, once, column="segment")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-130, 3), st.sampled_from([-5.0, 0.0, 5.0, 9.0]),
                  st.sampled_from("12345")),
        min_size=1, max_size=30,
    ),
    st.booleans(),
)  # fmt: skip
def test_random_rows_move_as_the_slow_definition_says(lines: Any, order: bool) -> None:
    rows = columns_of(
        *((who, AS_OF + timedelta(days=day, hours=day % 24), amount, number) for who, day, amount, number in lines),
        names="customer moment amount order",
    )
    for name in ("pandas_object", "polars_lazy"):
        found = transitions(
            ENGINES[name](rows), before=BEFORE, after=AS_OF, order="order" if order else None,
            stages=Thresholds(14, 40, 90), zone=SHANGHAI,
        )  # fmt: skip
        assert lives.by_key(found, "from", "to") == pairs(rows, (14, 40, 90), order=order, zone=SHANGHAI)
