"""Transitions and history with a list of everybody: who had not bought is a prospect, as `stages` says."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.frames import ENGINES, rows_of
from segmentation.test_rfm import AS_OF, shop

from crmkit.segmentation import GROWTH_LADDER, LIFE_CYCLE, FrameError, Ladder, stage_history, stages, transitions

BEFORE = AS_OF - timedelta(days=300)
LISTED = ["c003", "c001", "z1", "z2", "z2", None, "z3"]
SHARED = Ladder(steps={**LIFE_CYCLE.steps, "prospect": "cold", "lost": "cold"})


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def table(frame: Any) -> list[tuple[Any, ...]]:
    if isinstance(frame, pd.DataFrame):
        return list(frame.itertuples(index=False, name=None))
    if isinstance(frame, pa.Table):
        return [tuple(row.values()) for row in frame.to_pylist()]
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return sorted(frame.fetchall())
    return sorted(frame.lazy().collect().rows())


def stages_by_customer(rows: Any, as_of: Any, ladder: Ladder, customers: Any) -> dict[Any, str]:
    frame = stages(ENGINES["pandas_object"](rows), as_of=as_of, ladder=ladder, customers=customers)
    return {row["customer"]: row["stage"] for row in rows_of(frame)}


@pytest.mark.parametrize("ladder", [LIFE_CYCLE, GROWTH_LADDER, SHARED], ids=["life", "growth", "shared"])
def test_the_margins_are_the_stages_of_everybody(engine: Any, ladder: Ladder) -> None:
    rows = shop(7)
    found = table(transitions(engine(rows), before=BEFORE, after=AS_OF, ladder=ladder, customers=LISTED))
    before, after = (stages_by_customer(rows, as_of, ladder, LISTED) for as_of in (BEFORE, AS_OF))
    cold = ladder.steps["prospect"]
    expected = Counter((before.get(who, cold), after.get(who, cold)) for who in {*before, *after})
    assert {(start, end): number for start, end, number, _ in found} == expected
    assert [row[:2] for row in found] == sorted(expected)
    assert expected[cold, cold] >= 3
    plain = table(transitions(engine(rows), before=BEFORE, after=AS_OF, ladder=ladder))
    assert sum(row[2] for row in found) == sum(row[2] for row in plain) + 3


@pytest.mark.parametrize("ladder", [LIFE_CYCLE, SHARED], ids=["life", "shared"])
def test_history_says_of_every_moment_what_stages_say(engine: Any, ladder: Ladder) -> None:
    rows, moments = shop(7, customers=300), [AS_OF - timedelta(days=days) for days in (390, 200, 0)]
    found = table(stage_history(engine(rows), moments=moments, ladder=ladder, customers=LISTED))
    expected: list[Any] = []
    for as_of in moments:
        counts = Counter(stages_by_customer(rows, as_of, ladder, LISTED).values())
        names = sorted(set(ladder.steps.values()))
        expected += [(as_of.date(), name, counts[name], counts[name] / counts.total()) for name in names]
    assert [(getattr(row[0], "date", lambda row=row: row[0])(), *row[1:]) for row in found] == expected


def test_a_frame_of_the_same_kind_may_list_them(engine: Any) -> None:
    rows = shop(7)
    listed = engine({"customer": [*filter(None, LISTED)]})
    expected = transitions(engine(rows), before=BEFORE, after=AS_OF, customers=LISTED)
    assert table(transitions(engine(rows), before=BEFORE, after=AS_OF, customers=listed)) == table(expected)
    many = stage_history(engine(rows), moments=[BEFORE], customers=listed)
    assert table(many) == table(stage_history(engine(rows), moments=[BEFORE], customers=LISTED))


def test_customers_of_another_kind_are_refused(engine: Any) -> None:
    for ask in (
        lambda: transitions(engine(shop(7)), before=BEFORE, after=AS_OF, customers=[1, 2]),
        lambda: stage_history(engine(shop(7)), moments=[AS_OF], customers=[1, 2]),
    ):
        with pytest.raises(FrameError):
            table(ask())


def test_a_list_of_nobody_changes_nothing_but_the_prospects() -> None:
    rows = shop(7)
    for make in (ENGINES["pandas_object"], ENGINES["polars_lazy"]):
        found = table(stage_history(make(rows), moments=[BEFORE], customers=[]))
        assert [row for row in found if row[1] != "prospect"] == table(stage_history(make(rows), moments=[BEFORE]))
        assert [row[2] for row in found if row[1] == "prospect"] == [0]
        kept = table(transitions(make(rows), before=BEFORE, after=AS_OF, customers=[]))
        assert kept == table(transitions(make(rows), before=BEFORE, after=AS_OF))
    assert isinstance(stage_history(pl.DataFrame({"customer": ["a"], "moment": [AS_OF - timedelta(1)], "amount": [1]}),
                                    moments=[AS_OF], customers=["b"]), pl.DataFrame)  # fmt: skip
