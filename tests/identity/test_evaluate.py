"""Metrics: the worked numbers, empty and wrong sides, frames of several kinds."""

from __future__ import annotations

import math

import pandas as pd
import polars as pl
import pytest

from crmkit.errors import InputError
from crmkit.identity.evaluating import Costs, evaluate


def _map(labels: str) -> dict[str, str]:
    return {f"r{place}": label for place, label in enumerate(labels)}


def test_worked_numbers_of_six_records() -> None:
    found = evaluate(_map("001112"), _map("000112"))
    assert (found.pairwise.precision, found.pairwise.recall, found.pairwise.f1) == (0.5, 0.5, 0.5)
    assert found.b_cubed.precision == pytest.approx(0.777778, abs=1e-6)
    assert found.b_cubed.recall == pytest.approx(0.777778, abs=1e-6)
    assert found.cluster.precision == found.cluster.recall == pytest.approx(1 / 3)


def test_all_in_one_person() -> None:
    found = evaluate(_map("00000000"), _map("00001111"))
    assert found.pairwise.precision == pytest.approx(0.428571, abs=1e-6)
    assert (found.pairwise.recall, found.b_cubed.precision, found.b_cubed.recall) == (1, 0.5, 1)
    assert found.harm.people_in_wrong_person == 1
    assert found.adjusted_rand == 0
    assert found.variation_of_information == pytest.approx(math.log(2))


def test_all_alone_has_no_precision() -> None:
    found = evaluate(_map("01234567"), _map("00001111"))
    assert (found.pairwise.precision, found.pairwise.f1) == (None, 0)
    assert (found.b_cubed.precision, found.b_cubed.recall) == (1, 0.25)
    assert found.harm.people_in_wrong_person == 0


def test_equal_maps_are_perfect_whatever_the_labels() -> None:
    found = evaluate(_map("aabbc"), _map("11332"))
    assert (found.pairwise.f1, found.b_cubed.f1, found.cluster.f1, found.adjusted_rand) == (1, 1, 1, 1)
    assert (found.variation_of_information, found.harm.cost) == (0, 0)


def test_nothing_at_all_is_no_mistake() -> None:
    found = evaluate({}, {})
    assert (found.pairwise.f1, found.harm.cost, found.adjusted_rand) == (1, 0, 1)


def test_costs_tell_households_from_strangers() -> None:
    truth, predicted = _map("001122"), _map("000011")  # persons 0 and 1 live together
    home = _map("hhhhkk")
    found = evaluate(predicted, truth, household=home, costs=Costs(false_merge=10, inside_household=3, missed=1))
    assert (found.harm.false_pairs, found.harm.inside_household, found.harm.missed_pairs) == (4, 4, 0)
    assert found.harm.cost == 12
    strangers = evaluate(predicted, truth, costs=Costs(false_merge=10))
    assert (strangers.harm.inside_household, strangers.harm.cost) == (0, 40)
    assert found.harm.people_in_wrong_person == pytest.approx(2 / 3)


def test_split_by_a_label() -> None:
    truth, predicted = _map("00112"), _map("00123")
    found = evaluate(predicted, truth, by=_map("ooggo"))
    assert found.by["o"].pairwise.f1 == 1
    assert (found.by["g"].pairwise.recall, found.by["g"].b_cubed.recall) == (0, 0.5)
    assert found.by["g"].cluster.precision == 0
    rows = found.to_frame()
    assert set(rows["label"]) == {"", "o", "g"}


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_in_frame_out(library: object) -> None:
    frame = library.DataFrame  # type: ignore[attr-defined]
    predicted = frame({"person_id": list("001112"), "record_id": list("abcdef")})
    truth = frame({"record": list("fedcba"), "person": list("211000")})
    found = evaluate(predicted, truth)
    assert found.pairwise.f1 == 0.5
    rows = found.to_frame()
    assert isinstance(rows, frame)
    values = dict(zip(rows["measure"], rows["value"], strict=True))
    assert values["b_cubed_f1"] == pytest.approx(0.777778, abs=1e-6)


@pytest.mark.parametrize(
    ("predicted", "truth", "word"),
    [
        ({"a": 1}, {"a": 1, "b": 1}, "b are not in it"),
        ({"a": 1, "c": 1}, {"a": 1}, "c are not in truth"),
        ({"a": 1, "b": None}, {"a": 1, "b": 1}, "no label for b"),
        (pd.DataFrame({"r": ["a", "a"], "p": [1, 2]}), {"a": 1}, "more than once: a"),
        (pd.DataFrame({"r": ["a"], "p": [1], "q": [2]}), {"a": 1}, "3 columns"),
        (7, {"a": 1}, "int"),
    ],
)
def test_sides_that_do_not_fit_are_refused(predicted: object, truth: object, word: str) -> None:
    with pytest.raises(InputError, match=word):
        evaluate(predicted, truth)
