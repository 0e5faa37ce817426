"""What a new user does with a table of their own: open windows, blank ids, texts for dates, and the way out of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from segmentation.frames import ENGINES, rows_of

from crmkit.errors import InputError
from crmkit.segmentation import (
    BgNbd,
    FrameError,
    GammaGamma,
    Report,
    SurvivalCurve,
    Thresholds,
    backtest,
    clv,
    next_purchase,
    recalibrate,
    repeat_curve,
    rfm,
    stages,
    transitions,
)

START = datetime(2026, 1, 1)  # noqa: DTZ001, naive moments are shop-local
TODAY = START + timedelta(days=40)
MODEL = BgNbd(r=0.24, alpha=30.9, a=0.79, b=2.43)


def visits(until: int = 180) -> pd.DataFrame:
    """Returns orders of 60 customers, none on or after a day."""
    days = [(c, d) for c in range(60) for d in range(c % 9, 40 + 5 * (c % 29), 7 + c) if d < until]
    return pd.DataFrame(
        {"customer": [c for c, _ in days], "moment": [START + timedelta(days=d) for _, d in days]}
    ).assign(amount=10.0)


def table(**columns: list[Any]) -> dict[str, list[Any]]:
    base = {
        "customer": ["ann", "ann", "bo"],
        "moment": [START, START + timedelta(days=9), START + timedelta(days=20)],
        "amount": [20.0, 30.0, 25.0],
    }
    return base | columns


def test_a_window_that_is_not_over_is_told() -> None:
    report = Report()
    open_window = backtest(visits(100), cutoff=START + timedelta(days=90), horizon=60, model=MODEL, report=report)
    assert open_window.is_open
    assert open_window.silent_days > 40
    assert "as_of=" in str(open_window)
    assert [problem.code for problem in report.problems if "window" in problem.code] == ["open_window"]
    with pytest.raises(InputError, match="as_of="):
        recalibrate(open_window)


def test_a_window_that_is_over_or_said_to_be_is_not() -> None:
    cutoff = START + timedelta(days=90)
    report = Report()
    whole = backtest(visits(), cutoff=cutoff, horizon=60, model=MODEL, report=report)
    assert not whole.is_open
    assert "as_of=" not in str(whole)
    assert not report.problems
    said = backtest(visits(100), cutoff=cutoff, horizon=60, model=MODEL, as_of=cutoff + timedelta(days=60))
    assert not said.is_open
    assert recalibrate(said).until == said.until


def test_a_curve_knows_only_what_was_watched() -> None:
    empty = repeat_curve(visits().head(0), as_of=TODAY)
    assert empty.ended_within(30) is None
    curve = SurvivalCurve.of([10, 20, 30], [True, True, False])
    assert curve.ended_within(30) == pytest.approx(2 / 3)
    assert curve.ended_within(31) is None
    assert SurvivalCurve.of([10, 20], [True, True]).ended_within(1000) == 1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_blank_ids_are_no_customers(engine: str) -> None:
    rows = table(customer=["ann", "", " \t"])
    report = Report()
    found = rows_of(rfm(ENGINES[engine](rows), as_of=TODAY, report=report))
    assert [row["customer"] for row in found] == ["ann"]
    assert [(p.code, p.value) for p in report.problems if p.severity == "error"] == [("null_customer", "2")]


@pytest.mark.parametrize("engine", ENGINES)
def test_ids_that_look_like_missing_values_are_remarked(engine: str) -> None:
    rows = table(customer=["nan", "None", "<NA>"])
    report = Report()
    assert len(rows_of(rfm(ENGINES[engine](rows), as_of=TODAY, report=report))) == 3
    assert [p.value for p in report.problems if p.code == "ids_like_missing"] == ["3"]


@pytest.mark.parametrize("argument", [{"rate": 10}, {"margin": 30}])
def test_shares_are_fractions(argument: dict[str, float]) -> None:
    customers = pd.DataFrame({"customer": ["ann"], "x": [2], "t_x": [30.43], "T": [38.86], "m": [22.35]})
    with pytest.raises(InputError, match="fraction"):
        clv(customers, buying=MODEL, spending=GammaGamma(p=6.25, q=3.74, gamma=15.44), horizon=52, **argument)


@pytest.mark.parametrize("engine", ENGINES)
def test_texts_and_missing_columns_have_a_way_out(engine: str) -> None:
    made = ENGINES[engine]
    with pytest.raises(FrameError, match=r"to_datetime"):
        rfm(made(table(moment=["2026-01-01", "2026-01-02", "2026-01-03"])), as_of=TODAY)
    with pytest.raises(FrameError, match=r"numbers first"):
        rfm(made(table(amount=["¥1", "2", "3"])), as_of=TODAY)
    with pytest.raises(FrameError, match=r"'moment'.*customer="):
        rfm(
            made({"buyer": ["ann"], **{name: values[:1] for name, values in table().items() if name != "customer"}}),
            as_of=TODAY,
        )


def test_mixed_offsets_have_a_way_out() -> None:
    texts = ["2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+02:00", "2026-01-03T00:00:00+01:00"]
    mixed = pd.DataFrame(table()).assign(moment=pd.Series(list(map(datetime.fromisoformat, texts)), dtype=object))
    with pytest.raises(FrameError, match=r"pd.to_datetime\(column, utc=True\)"):
        rfm(mixed, as_of=TODAY.replace(tzinfo=UTC))


def test_an_answer_needs_a_moment_and_thresholds() -> None:
    frame = pd.DataFrame(table())
    with pytest.raises(InputError, match=r"datetime\(2026, 11, 24"):
        rfm(frame, as_of="2026-02-01")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"Thresholds\.of"):
        stages(frame, as_of=TODAY, thresholds={"at_risk": 30})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"Thresholds\.of"):
        transitions(frame, before=START + timedelta(days=9), after=TODAY, stages={"at_risk": 30})  # type: ignore[arg-type]
    assert len(stages(frame, as_of=TODAY, thresholds=Thresholds())) == 2


def test_segments_of_other_ids_are_refused() -> None:
    segments = pd.DataFrame({"customer": [1, 2], "segment": ["a", "b"]})
    with pytest.raises(FrameError, match="customer"):
        next_purchase(pd.DataFrame(table()), as_of=TODAY, segments=segments)


@pytest.mark.parametrize("given", [Path("orders.csv"), "orders.csv", [1, 2], None])
def test_what_is_no_frame_is_refused(given: Any) -> None:
    with pytest.raises(FrameError, match="a frame"):
        rfm(given, as_of=TODAY)


def test_a_refused_call_is_told_by_its_report() -> None:
    report = Report()
    with pytest.raises(LookupError, match="refused"):
        _ = report.rows


def test_strict_names_column_and_reason() -> None:
    with pytest.raises(InputError, match=r"row 1 \[customer\] has no customer"):
        rfm(pd.DataFrame(table(customer=["ann", None, "bo"])), as_of=TODAY, strict=True)


def test_repeats_say_that_they_were_counted() -> None:
    twice = pd.concat([pd.DataFrame(table())] * 2)
    counted, dropped = Report(), Report()
    rfm(twice, as_of=TODAY, report=counted)
    rfm(twice, as_of=TODAY, report=dropped, drop_repeats=True)
    assert "3 repeats, counted like other rows (drop_repeats=True counts them once)" in str(counted)
    assert "3 repeats, counted once" in str(dropped)
