"""What the models refuse: each contradiction of a summary, too little to fit, and a likelihood without an optimum."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.invented import beta_geometric_shop, in_days

from crmkit.errors import InputError
from crmkit.segmentation import BgNbd, FrameError, GammaGamma, MbgNbd, NotConverged, ParetoNbd, TooFewRows, clv

MODELS = [BgNbd, MbgNbd, ParetoNbd]
KINDS: list[Callable[[pd.DataFrame], Any]] = [
    lambda frame: frame,
    lambda frame: pl.from_pandas(frame),
    lambda frame: pl.from_pandas(frame).lazy(),
    lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
]


def shop() -> pd.DataFrame:
    return in_days(beta_geometric_shop(300, 1, r=0.8, alpha=40.0, a=0.9, b=2.2, longest=400))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("row", "column", "found"),
    [
        ((1, 50, 40), "t_x", "1 rows with t_x > T"),
        ((-1, 0, 40), "x", "negative"),
        ((1, -3, 40), "t_x", "negative"),
        ((0, 0, -1), "T", "negative"),
        ((2, 0, 40), "t_x", "t_x = 0 though x > 0"),
        ((0, 7, 40), "t_x", "t_x > 0 though x = 0"),
    ],
)
def test_contradictions(model: Any, kind: Any, row: tuple[int, int, int], column: str, found: str) -> None:
    frame = pd.concat([shop(), pd.DataFrame([row], columns=["x", "t_x", "T"])], ignore_index=True)
    with pytest.raises(FrameError) as refused:
        model.fit(kind(frame))
    assert refused.value.column == column
    assert found in refused.value.found
    by_hand = BgNbd(r=1.0, alpha=1.0, a=1.0, b=1.0)
    with pytest.raises(FrameError):
        by_hand.expected(30, kind(frame))


@pytest.mark.parametrize("kind", KINDS)
def test_columns_and_nulls(kind: Any) -> None:
    with pytest.raises(FrameError, match="no such column"):
        BgNbd.fit(kind(shop().drop(columns="T")))
    with pytest.raises(FrameError, match="no such column"):
        GammaGamma.fit(kind(shop()))
    with pytest.raises(FrameError, match="numbers"):
        BgNbd.fit(kind(shop().assign(t_x="soon")))
    with pytest.raises(FrameError, match=r"null|NaN|not finite"):
        BgNbd.fit(kind(shop().assign(T=shop()["T"].where(shop()["T"] > 50))))


def test_parts_of_days_are_weeks() -> None:
    weeks = shop().assign(t_x=lambda s: s["t_x"] / 7, T=lambda s: s["T"] / 7)
    with pytest.raises(FrameError, match="unit='W'"):
        BgNbd.fit(weeks)
    assert BgNbd.fit(weeks, unit="W").unit == "W"
    with pytest.raises(FrameError, match="parts of a day"):
        BgNbd(r=1.0, alpha=1.0, a=1.0, b=1.0).alive(weeks)


@pytest.mark.parametrize("model", MODELS)
def test_nobody_was_watched(model: Any) -> None:
    with pytest.raises(FrameError, match="0 in every row"):
        model.fit(pd.DataFrame({"x": [0] * 50, "t_x": [0] * 50, "T": [0] * 50}))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", KINDS)
def test_too_few_rows(model: Any, kind: Any) -> None:
    nobody_back = pd.DataFrame({"x": [0] * 50, "t_x": [0] * 50, "T": range(1, 51)})
    for frame in (shop().head(0), shop().head(1), shop().head(9), nobody_back):
        with pytest.raises(TooFewRows) as refused:
            model.fit(kind(frame))
        assert refused.value.needed_for == model.__name__
        assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    with pytest.raises(TooFewRows):
        GammaGamma.fit(kind(pd.DataFrame({"x": [1, 0], "m": [3.0, None]})))


@pytest.mark.parametrize("model", [BgNbd, ParetoNbd])
def test_no_optimum_is_an_error_with_the_facts(model: Any) -> None:
    alike = pd.DataFrame({"x": [5] * 200, "t_x": [95] * 200, "T": [100] * 200})
    with pytest.raises(NotConverged) as refused:
        model.fit(alike)
    error = refused.value
    assert (error.model, error.n) == (model.__name__, 200)
    assert set(error.parameters) == set(model.NAMES)
    assert np.isfinite([error.log_likelihood, error.gradient_norm]).all()
    assert error.why in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_all_amounts_equal_is_no_spread_to_fit() -> None:
    with pytest.raises(NotConverged):
        GammaGamma.fit(pd.DataFrame({"x": [1, 2, 3] * 20, "m": [10.0] * 60}))


def test_amounts_of_zero_and_nan_are_left_out() -> None:
    rng = np.random.default_rng(1)
    level = rng.gamma(4, 1 / 16, 300)
    frame = pd.DataFrame({"x": 2, "m": rng.gamma(12, 1 / (2 * level))})
    bad = pd.DataFrame({"x": [3, 3, 3, 0], "m": [0.0, -5.0, np.nan, 9.0]})
    both = pd.concat([frame, bad], ignore_index=True)
    assert GammaGamma.fit(both).n == 300
    assert GammaGamma.fit(pl.from_pandas(both, nan_to_null=False)).parameters == GammaGamma.fit(frame).parameters
    with pytest.raises(FrameError, match="infinite"):
        GammaGamma.fit(pd.concat([frame, pd.DataFrame({"x": [2], "m": [np.inf]})]))


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), "1", None, True])
def test_parameters_are_positive_numbers(value: Any) -> None:
    with pytest.raises(InputError, match="above 0"):
        BgNbd(r=value, alpha=1.0, a=1.0, b=1.0)


@pytest.mark.parametrize("t", [-1, float("nan"), float("inf"), "9", None, True])
def test_horizons_are_finite(t: Any) -> None:
    model = BgNbd(r=1.0, alpha=1.0, a=1.0, b=1.0)
    for ask in (model.expected, model.buys):
        with pytest.raises(InputError, match="horizon"):
            ask(t, shop())


def test_penalty_unit_and_level() -> None:
    with pytest.raises(InputError, match="penalty"):
        BgNbd.fit(shop(), penalty=-1.0)
    with pytest.raises(InputError, match="unit"):
        BgNbd.fit(shop(), unit="M")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="level"):
        BgNbd.fit(shop()).intervals(95)


@pytest.mark.parametrize(
    "wrong", [{"horizon": -1}, {"step": 0}, {"step": float("nan")}, {"rate": -1.0}, {"margin": float("inf")},
              {"horizon": 100_000, "step": 1}]
)  # fmt: skip
def test_arguments_of_value(wrong: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"horizon": 365, "step": 30, "rate": 0.1, "margin": 0.3} | wrong
    buying, spending = BgNbd(r=1.0, alpha=1.0, a=1.0, b=1.0), GammaGamma(p=6.0, q=4.0, gamma=15.0)
    with pytest.raises(InputError):
        clv(shop().assign(m=3.0), buying=buying, spending=spending, **asked)


def test_an_infinite_mean_values_nobody() -> None:
    buying, spending = BgNbd(r=1.0, alpha=1.0, a=1.0, b=1.0), GammaGamma(p=6.0, q=0.9, gamma=15.0)
    assert spending.mean == float("inf")
    with pytest.raises(InputError, match="infinite"):
        clv(shop().assign(m=3.0), buying=buying, spending=spending, horizon=365)
