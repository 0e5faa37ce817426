"""Published values of the models, and what must hold of any answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmkit.segmentation import BgNbd, GammaGamma, MbgNbd, ParetoNbd, clv

BG = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
PARETO = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="W")
MBG = MbgNbd(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="W")
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44, unit="W")
ANN = pd.DataFrame({"customer": ["ann"], "x": [2], "t_x": [30.43], "T": [38.86], "m": [22.35]})


def test_the_published_customer_of_bg_nbd() -> None:
    told = BG.buys(39, BG.alive(BG.expected(39, ANN))).iloc[0]
    assert round(told["expected"], 3) == 1.226
    assert round(told["alive"], 4) == 0.7266
    assert round(told["buys"], 4) == 0.5546


def test_the_published_spend_and_value() -> None:
    assert round(SPEND.expected(ANN)["spend"].iloc[0], 2) == 24.66
    assert round(SPEND.mean, 1) == 35.2
    valued = clv(ANN, buying=BG, spending=SPEND, horizon=52, step=13, rate=0.1, margin=0.3)
    assert round(valued["clv"].iloc[0], 2) == 10.90


def test_value_is_the_sum_over_its_steps() -> None:
    valued = clv(ANN, buying=BG, spending=SPEND, horizon=45, step=13, rate=0.1, margin=0.3)
    ends = [13, 26, 39, 45]  # the last step is shorter
    until = [BG.expected(end, ANN)["expected"].iloc[0] for end in ends]
    steps = [later - earlier for earlier, later in zip([0.0, *until], until, strict=False)]
    by_hand = 0.3 * valued["spend"].iloc[0] * sum(n * 1.1 ** (-end / 52) for n, end in zip(steps, ends, strict=True))
    assert valued["clv"].iloc[0] == pytest.approx(by_hand, rel=1e-12)
    assert valued["expected"].iloc[0] == pytest.approx(until[-1], rel=1e-12)
    assert clv(ANN, buying=BG, spending=SPEND, horizon=45)["clv"].iloc[0] == pytest.approx(
        until[-1] * valued["spend"].iloc[0], rel=1e-12
    )


def customers() -> pd.DataFrame:
    rows = [(0, 0.0, 0.0), (0, 0.0, 38.86), (1, 0.5, 30.0), (7, 20.0, 21.0), (40, 100.0, 104.0), (5000, 300.0, 310.0)]
    return pd.DataFrame(rows, columns=["x", "t_x", "T"])


@pytest.mark.parametrize("model", [BG, MBG, PARETO])
def test_probabilities_and_expectations_fit_together(model: BgNbd | MbgNbd | ParetoNbd) -> None:
    shop = customers()
    alive = model.alive(shop)["alive"]
    assert alive.between(0, 1).all()
    expected, buys = [], []
    for t in (0, 0.01, 1, 52, 1043):  # up to twenty years
        expected.append(model.expected(t, shop)["expected"].to_numpy())
        buys.append(model.buys(t, shop)["buys"].to_numpy())
        assert np.isfinite(expected[-1]).all()
        assert (buys[-1] <= alive + 1e-15).all()
        assert (buys[-1] <= expected[-1] + 1e-12).all()  # at least one purchase is at most the number of purchases
    assert not expected[0].any()
    assert np.abs(buys[0]).max() < 1e-14
    assert (np.diff(expected, axis=0) > 0).all()
    assert (np.diff(buys, axis=0) >= 0).all()
    # within a moment, there is at most one purchase
    assert expected[1][:3] == pytest.approx(buys[1][:3], rel=5e-3)


def test_who_bought_once_is_alive_in_bg_nbd_only() -> None:
    once = pd.DataFrame({"x": [0, 0], "t_x": [0.0, 0.0], "T": [1.0, 500.0]})
    assert BG.alive(once)["alive"].tolist() == [1.0, 1.0]
    for model in (MBG, PARETO):
        soon, late = model.alive(once)["alive"]
        assert 0 < late < soon < 1


@pytest.mark.parametrize("t", [1.0, 39.0, 520.0])
def test_a_new_customer_of_bg_nbd_by_the_textbook(t: float) -> None:
    import mpmath

    r, alpha, a, b = map(mpmath.mpf, (BG.r, BG.alpha, BG.a, BG.b))
    z = t / (alpha + t)
    textbook = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * mpmath.hyp2f1(r, b, a + b - 1, z))
    assert BG.expected(t) == pytest.approx(float(textbook), rel=1e-12)


@pytest.mark.parametrize(("t", "s"), [(39.0, 0.606), (39.0, 1.0), (39.0, 1.0 + 1e-9), (500.0, 2.5)])
def test_a_new_customer_of_pareto_nbd_by_the_integral(t: float, s: float) -> None:
    import mpmath

    model = ParetoNbd(r=0.553, alpha=10.578, s=s, beta=11.669, unit="W")
    lasting = mpmath.quad(lambda y: (model.beta / (model.beta + y)) ** s, [0, t])
    assert model.expected(t) == pytest.approx(float(model.r / model.alpha * lasting), rel=1e-12)


def test_the_value_is_smooth_through_a_of_one() -> None:
    shop = customers()
    told = [
        BgNbd(r=0.243, alpha=4.414, a=a, b=2.426, unit="W").expected(39, shop)["expected"].to_numpy()
        for a in (1 - 1e-7, 1.0, 1 + 1e-7)
    ]
    assert told[1] == pytest.approx((told[0] + told[2]) / 2, rel=1e-10)


def test_spend_lies_between_own_and_mean() -> None:
    shop = pd.DataFrame({"x": [0, 1, 5, 100], "m": [np.nan, 80.0, 80.0, 80.0]})
    spend = SPEND.expected(shop)["spend"]
    assert spend[0] == pytest.approx(SPEND.mean)
    assert spend.is_monotonic_increasing
    assert SPEND.mean < spend[1] < spend[3] < 80


def test_pymc_names_are_understood() -> None:
    names = {"customer": "customer_id", "x": "frequency", "t_x": "recency", "m": "monetary_value"}
    theirs = ANN.rename(columns=names)
    assert BG.expected(39, theirs)["expected"].iloc[0] == BG.expected(39, ANN)["expected"].iloc[0]
    assert SPEND.expected(theirs)["spend"].iloc[0] == SPEND.expected(ANN)["spend"].iloc[0]
