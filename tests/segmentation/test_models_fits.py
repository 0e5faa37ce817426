"""Fits: the truth of invented shops is found again, in any unit, and kept as JSON to the last bit."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from segmentation.invented import beta_geometric_shop, in_days, pareto_shop, with_spend

from crmkit.errors import InputError
from crmkit.segmentation import BgNbd, GammaGamma, MbgNbd, ParetoNbd
from crmkit.segmentation.models import fitting

BG = {"r": 0.7, "alpha": 8.0, "a": 0.9, "b": 2.2}
PARETO = {"r": 0.7, "alpha": 8.0, "s": 0.7, "beta": 12.0}
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def shop_of(model: Any, size: int, seed: int) -> pd.DataFrame:
    if model is ParetoNbd:
        return pareto_shop(size, seed, **PARETO, longest=104)
    shop = beta_geometric_shop(size, seed, **BG, longest=104, first_may_end=model is MbgNbd)
    return with_spend(shop, seed + 1, **SPEND) if model is GammaGamma else shop


TRUTH: dict[Any, dict[str, float]] = {BgNbd: BG, MbgNbd: BG, ParetoNbd: PARETO, GammaGamma: SPEND}


@pytest.mark.parametrize(("model", "shops", "least"), [(BgNbd, 40, 32), (MbgNbd, 40, 32), (GammaGamma, 40, 32),
                                                       (ParetoNbd, 12, 9)])  # fmt: skip
def test_intervals_cover_the_truth(model: Any, shops: int, least: int) -> None:
    hits = dict.fromkeys(TRUTH[model], 0)
    for seed in range(shops):
        fitted = model.fit(shop_of(model, 2_000, seed), unit="W")
        assert fitted.converged
        assert fitted.gradient_norm <= 1e-7
        for name, (low, high) in fitted.intervals().items():
            hits[name] += low <= TRUTH[model][name] <= high
    assert all(least <= hit <= shops for hit in hits.values()), hits
    assert sum(hits.values()) < len(hits) * shops  # 95 % is not always


@pytest.mark.parametrize("model", [BgNbd, MbgNbd, ParetoNbd])
def test_the_unit_changes_times_only(model: Any) -> None:
    days = in_days(shop_of(model, 3_000, 1).assign(t_x=lambda s: s["t_x"] * 7, T=lambda s: s["T"] * 7))
    weeks = days.assign(t_x=days["t_x"] / 7, T=days["T"] / 7)
    by_day, by_week = model.fit(days), model.fit(weeks, unit="W")
    for name, value in by_day.parameters.items():
        factor = 7 if name in ("alpha", "beta") else 1
        assert value == pytest.approx(factor * by_week.parameters[name], rel=1e-6)
    lower = by_week.log_likelihood - by_day.log_likelihood
    assert lower == pytest.approx(days["x"].sum() * math.log(7), rel=1e-10)
    told = by_day.expected(90, days)["expected"].to_numpy()
    assert told == pytest.approx(by_week.expected(90 / 7, weeks)["expected"].to_numpy(), rel=1e-6)


def test_the_unit_of_money_changes_gamma_only() -> None:
    shop = shop_of(GammaGamma, 3_000, 1)
    cents, euros = GammaGamma.fit(shop.assign(m=shop["m"] * 100)), GammaGamma.fit(shop)
    assert (cents.p, cents.q) == pytest.approx((euros.p, euros.q), rel=1e-6)
    assert cents.gamma == pytest.approx(100 * euros.gamma, rel=1e-6)


@pytest.mark.parametrize("model", [BgNbd, MbgNbd, ParetoNbd, GammaGamma])
def test_the_row_order_and_the_sample_change_nothing(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shop_of(model, 4_000, 2)
    mixed = shop.sample(frac=1, random_state=1)
    whole = model.fit(shop, unit="W")
    monkeypatch.setattr(fitting, "_LARGE", 100)  # so that a sample chooses the start
    for every, frame in ((50, mixed), (3, mixed), (3, shop)):
        monkeypatch.setattr(fitting, "EVERY", every)
        fitted = model.fit(frame, unit="W")
        assert list(fitted.parameters.values()) == pytest.approx(list(whole.parameters.values()), rel=1e-6)
        assert fitted.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
        assert np.array(fitted.covariance) == pytest.approx(np.array(whole.covariance), rel=1e-3)


@pytest.mark.parametrize("model", [BgNbd, MbgNbd, ParetoNbd])
def test_the_optimum_is_one(model: Any) -> None:
    """Shifts each parameter a little, by the model's own function: no neighbour is likelier."""
    shop = shop_of(model, 1_500, 3)
    fitted = model.fit(shop, unit="W")
    from crmkit.segmentation.models.beta_geometric import shop_of as beta
    from crmkit.segmentation.models.observations import behaviour_of
    from crmkit.segmentation.models.pareto import pareto_shop_of as pareto

    rows = behaviour_of(shop, "W")
    sorted_ = pareto(rows) if model is ParetoNbd else beta(rows, model.SHIFT)
    point = np.log(list(fitted.parameters.values()))
    top = sorted_.slope(point).value
    assert top == pytest.approx(fitted.log_likelihood, rel=1e-12)
    for i in range(4):
        for step in (-0.02, 0.02):
            assert sorted_.slope(point + step * np.eye(4)[i]).value < top


def test_a_penalty_pulls_towards_one() -> None:
    shop = shop_of(BgNbd, 500, 4)
    free, held = BgNbd.fit(shop, unit="W"), BgNbd.fit(shop, unit="W", penalty=1.0)
    assert held.facts.penalty == 1.0
    assert held.log_likelihood < free.log_likelihood
    assert abs(math.log(held.b)) < abs(math.log(free.b))


@pytest.mark.parametrize("model", [BgNbd, MbgNbd, ParetoNbd, GammaGamma])
def test_json_keeps_every_bit(model: Any) -> None:
    fitted = model.fit(shop_of(model, 800, 6), unit="W")
    back = model.from_json(fitted.to_json())
    assert back == fitted
    assert back.to_json() == fitted.to_json()
    assert pickle.loads(pickle.dumps(fitted)) == fitted
    assert (fitted.unit, fitted.converged) == ("W", True)
    assert len(fitted.covariance) == len(fitted.parameters)
    other = GammaGamma if model is not GammaGamma else BgNbd
    with pytest.raises(InputError, match="reads its own"):
        other.from_json(fitted.to_json())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "BgNbd", "version": 1, "unit": "D", "fitted": null}',
                                  '{"model": "BgNbd", "version": 2}'])  # fmt: skip
def test_other_texts_are_no_model(text: str) -> None:
    with pytest.raises(InputError):
        BgNbd.from_json(text)


def test_a_model_by_hand_has_no_facts() -> None:
    model = BgNbd(**BG)
    assert model.parameters == BG
    assert BgNbd.from_json(model.to_json()) == model
    with pytest.raises(LookupError, match="by hand"):
        _ = model.log_likelihood
