"""What can be said without the truth, and what a labelled sample estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.identity import Estimate, cluster, dedupe, describe, estimate, evaluate

RECORDS = pd.DataFrame({"id": list("abcdefg"), "to": ["Mei Invented"] * 4 + ["Bo Other"] + ["Al Third"] * 2})
PAIRS = pd.DataFrame({
    "left": ["a", "b", "c", "d", "f"], "right": ["b", "c", "d", "e", "g"], "weight": [20.0, 5.0, 2.0, 9.0, 7.0]
})  # fmt: skip


def test_sizes_weak_links_vetoes_and_review() -> None:
    told = describe(cluster(PAIRS, RECORDS, columns={"record_id": "id", "receiver_name": "to"}))
    assert (told.records, told.persons, dict(told.sizes), told.largest) == (7, 4, {1: 2, 2: 1, 3: 1}, 3)
    assert told.weak == 1
    assert [person for person, _ in told.weakest] == ["a", "f"]
    assert [weight for _, weight in told.weakest] == pytest.approx([5, 7], abs=1e-5)
    assert told.vetoed == 2  # d and e: unlike names beside a link
    assert (told.review, told.in_review) == (2, 3)  # c-d in the band besides
    assert (told.weak_rate, told.veto_rate, told.review_rate) == (0.25, 0.5, 0.75)
    table = dict(told.to_frame().to_numpy().tolist())
    assert table["persons of 3"] == 1
    assert table["review_rate"] == 0.75


def test_nobody_at_all_and_other_frames() -> None:
    empty = describe(dedupe(RECORDS[:0], columns={"record_id": "id", "receiver_name": "to"}))
    assert (empty.persons, empty.largest, empty.review_rate) == (0, 0, 0.0)
    polars = describe(dedupe(pl.from_pandas(RECORDS), columns={"record_id": "id", "receiver_name": "to"}))
    assert isinstance(polars.to_frame(), pl.DataFrame)


maps = st.integers(2, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 9), min_size=n, max_size=n), st.lists(st.integers(0, 9), min_size=n, max_size=n)
    )
)


@settings(max_examples=60, deadline=None)
@given(maps)
def test_a_sample_of_everybody_says_what_evaluate_says(both: tuple[list[int], list[int]]) -> None:
    predicted, truth = (dict(enumerate(labels)) for labels in both)
    if len(set(truth.values())) < 2:
        return
    told = estimate(truth, predicted, drawn="people")
    right = evaluate(predicted, truth)
    assert told.precision.value == pytest.approx(right.pairwise.precision)
    assert told.recall.value == pytest.approx(right.pairwise.recall)
    assert told.b_cubed_precision.value == pytest.approx(right.b_cubed.precision)
    assert told.b_cubed_recall.value == pytest.approx(right.b_cubed.recall)
    assert told.whole.value == pytest.approx(right.cluster.recall)
    for each in (told.precision, told.recall, told.f1, told.b_cubed_precision, told.b_cubed_recall, told.whole):
        if each.value is not None:
            assert each.low is not None
            assert each.high is not None
            assert 0 <= each.low <= each.value <= each.high <= 1


def population_of(people: int) -> tuple[Mapping[int, int], Mapping[int, int], np.random.Generator]:
    """People of one to nine records, of whom some are split and some share a person."""
    random = np.random.default_rng(5)
    truth = np.repeat(np.arange(people), random.geometric(0.4, people).clip(1, 9))
    predicted = truth.copy()
    split = random.random(len(truth)) < 0.06
    predicted[split] = people + np.arange(int(split.sum()))
    merged = random.choice(people, people // 30, replace=False)
    for person in merged.tolist():
        predicted[predicted == person] = (person + 1) % people
    return dict(enumerate(truth.tolist())), dict(enumerate(predicted.tolist())), random


def test_drawn_by_records_the_estimates_are_right_and_the_intervals_hold() -> None:
    truth, predicted, random = population_of(900)
    right = evaluate(predicted, truth).pairwise
    records: dict[int, list[int]] = {}
    for record, person in truth.items():
        records.setdefault(person, []).append(record)
    held = {"precision": 0, "recall": 0}
    values: dict[str, list[float]] = {"precision": [], "recall": []}
    for _ in range(60):
        drawn = {truth[int(record)] for record in random.integers(0, len(truth), 150)}
        told = estimate({r: person for person in drawn for r in records[person]}, predicted)
        for name in held:
            found: Estimate = getattr(told, name)
            assert found.value is not None
            assert found.low is not None
            assert found.high is not None
            held[name] += found.low <= getattr(right, name) <= found.high
            values[name].append(found.value)
    for name, hits in held.items():
        assert hits >= 51, name  # of 60; 57 are promised
        assert np.mean(values[name]) == pytest.approx(getattr(right, name), abs=0.02)


def test_all_right_is_not_quite_sure() -> None:
    sample = {at: at // 2 for at in range(100)}
    told = estimate(sample, sample)
    assert told.precision.value == 1
    assert told.precision.low is not None
    assert 0.9 < told.precision.low < 0.95
    assert str(told.precision).startswith("100.0% (92.")


def test_nothing_to_tell_from_is_unknown() -> None:
    told = estimate({"a": 1, "b": 2}, {"a": 1, "b": 2})
    assert (told.precision, str(told.recall)) == (Estimate(None, None, None), "unknown")
    assert told.whole.value == 1
    frame = estimate(
        pd.DataFrame({"record_id": ["a", "b"], "who": [1, 2]}), pl.DataFrame({"r": ["a", "b"], "p": [1, 2]})
    )
    assert isinstance(frame.to_frame(), pl.DataFrame)


@pytest.mark.parametrize(
    ("sample", "options", "reason"),
    [
        ({"a": 1}, {}, "1 human beings"),
        ({"a": 1, "z": 2}, {}, "1 records that predicted lacks: z"),
        ({"a": 1, "b": 2}, {"drawn": "pairs"}, "drawn"),
        ({"a": 1, "b": 2}, {"level": 95}, "level"),
    ],
)
def test_a_sample_that_tells_nothing_is_refused(sample: Any, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        estimate(sample, {"a": 1, "b": 1}, **options)
