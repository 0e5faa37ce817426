"""The model document: weights, digest, save and reload, what is refused, thresholds by cost."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from crmkit.errors import PolicyError
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.model_document import Level, LinkModel, threshold_for


def _levels(name: str, *shares: tuple[float, float]) -> tuple[Level, ...]:
    return tuple(Level(name=kind, m=m, u=u) for kind, (m, u) in zip(LEVELS[name], shares, strict=True))


MODEL = LinkModel(
    comparisons={"phone": _levels("phone", (0.62, 4e-6), (0.20, 2e-4), (0.005, 2e-7), (0.175, 0.9997958))},
    prior=1 / 40_000,
)


def test_worked_bits() -> None:
    assert [level.bits for level in MODEL.comparisons["phone"]] == pytest.approx(
        [17.2419, 9.9658, 14.6096, -2.5143], abs=1e-4
    )
    assert MODEL.prior_bits == pytest.approx(-15.2877, abs=1e-4)
    assert MODEL.prior_bits + MODEL.comparisons["phone"][0].bits == pytest.approx(1.9542, abs=1e-4)


def test_no_weight_is_infinite() -> None:
    assert Level(name="same", m=0.9, u=0.0).bits < 31
    assert Level(name="else", m=0.0, u=1.0).bits > -31
    assert LinkModel(prior=0.0).prior_bits > -31


def test_saved_and_reloaded_it_is_the_same(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "model.json")
    again = LinkModel.load(tmp_path / "model.json")
    assert again == MODEL
    assert again.digest == MODEL.digest


def test_any_change_changes_the_digest() -> None:
    others = [attrs.evolve(MODEL, accept=9.0), attrs.evolve(MODEL, prior=1e-4), attrs.evolve(MODEL, max_owners={})]
    assert len({MODEL.digest, *(model.digest for model in others)}) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"comparisons": {"shoe size": []}},
        {"comparisons": {"card": [{"name": "equal", "m": 0.9, "u": 0.1}]}},
        {"comparisons": {"card": 7}},
        {"mystery": 1},
    ],
)
def test_a_document_of_another_kind_is_refused(change: dict[str, object]) -> None:
    document = json.loads(MODEL.to_json()) | change
    with pytest.raises(PolicyError):
        LinkModel.from_json(json.dumps(document))


def test_text_that_is_no_document_is_refused() -> None:
    with pytest.raises(PolicyError):
        LinkModel.from_json("[]")


def test_the_threshold_follows_the_costs() -> None:
    assert threshold_for(19, 1) == pytest.approx(4.248, abs=1e-3)
    assert threshold_for(1, 1) == 0
    with pytest.raises(PolicyError):
        threshold_for(0, 1)


def test_untrained_levels_are_named() -> None:
    model = LinkModel(comparisons={"card": (Level(name="same", m=1, u=1, trained=False), Level(name="else", m=1, u=1))})
    assert model.untrained == ("card: same",)
