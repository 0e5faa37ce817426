"""The models on every kind of frame: the same fit and the same answers, lazy where the frame is lazy."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from segmentation.invented import beta_geometric_shop, in_days, with_spend

from crmkit.segmentation import BgNbd, GammaGamma, MbgNbd, ParetoNbd, clv

SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def shop() -> pd.DataFrame:
    found = with_spend(in_days(beta_geometric_shop(400, 5, r=0.8, alpha=40.0, a=0.9, b=2.2, longest=400)), 6, **SPEND)
    return found.assign(customer=np.arange(len(found)))


def arrow() -> pa.Table:
    return pa.Table.from_pandas(shop(), preserve_index=False)


KINDS: dict[str, Any] = {
    "pandas": lambda: shop().set_index(pd.RangeIndex(7, 407)),
    "pandas_arrow": lambda: arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "pandas_nullable": lambda: shop().convert_dtypes(),
    "polars": lambda: pl.from_arrow(arrow()),
    "polars_lazy": lambda: pl.from_arrow(arrow()).lazy(),
    "pyarrow": arrow,
    "duckdb": lambda: duckdb.connect().from_arrow(arrow()),
}


def plain(frame: Any) -> pd.DataFrame:
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    table = frame if isinstance(frame, pd.DataFrame) else (
        frame.to_pandas() if isinstance(frame, pa.Table | pl.DataFrame) else frame.df()
    )  # fmt: skip
    return table.sort_values("customer").reset_index(drop=True).astype(float)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", [BgNbd, MbgNbd, ParetoNbd])
def test_fit_and_answers(kind: str, model: Any) -> None:
    frame, expected = KINDS[kind](), model.fit(shop())
    fitted = model.fit(frame)
    assert list(fitted.parameters.values()) == pytest.approx(list(expected.parameters.values()), rel=1e-7)
    answered = expected.buys(90, expected.alive(expected.expected(90, frame)))
    assert type(answered) is type(frame)
    by_us = plain(answered)
    truth = expected.buys(90, expected.alive(expected.expected(90, shop())))
    assert list(by_us.columns) == ["x", "t_x", "T", "m", "customer", "expected", "alive", "buys"]
    for name in ("expected", "alive", "buys"):
        assert by_us[name].to_numpy() == pytest.approx(truth[name].to_numpy(), rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_spend_and_value(kind: str) -> None:
    frame = KINDS[kind]()
    spending, buying = GammaGamma.fit(frame), BgNbd(r=0.8, alpha=40.0, a=0.9, b=2.2)
    expected = GammaGamma.fit(shop())
    assert spending.n == (shop()["x"] > 0).sum()
    assert list(spending.parameters.values()) == pytest.approx(list(expected.parameters.values()), rel=1e-7)
    valued = clv(frame, buying=buying, spending=expected, horizon=364, step=28, rate=0.1, margin=0.4)
    assert type(valued) is type(frame)
    truth = clv(shop(), buying=buying, spending=expected, horizon=364, step=28, rate=0.1, margin=0.4)
    assert plain(valued)["clv"].to_numpy() == pytest.approx(truth["clv"].to_numpy(), rel=1e-12)
    assert (truth["clv"] > 0).all()


def test_answers_of_one_name_are_replaced() -> None:
    frame, model = KINDS["polars_lazy"](), BgNbd(r=0.8, alpha=40.0, a=0.9, b=2.2)
    twice = plain(model.expected(200, model.expected(90, frame)))
    assert list(twice.columns).count("expected") == 1
    assert twice["expected"].to_numpy() == pytest.approx(model.expected(200, shop())["expected"].to_numpy())


def test_the_summary_is_not_changed() -> None:
    frame = shop()
    BgNbd.fit(frame).expected(90, frame)
    pd.testing.assert_frame_equal(frame, shop())
