"""RFM by mean spend, compared as exact fractions, and by k-means on ranks, solved exactly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import oracle
from segmentation.frames import ENGINES, pandas_object, polars_lazy, rows_of, shuffled
from segmentation.test_rfm import AS_OF, columns_of, shop

from crmkit.errors import InputError
from crmkit.segmentation import Cuts, Eight, Report, rfm
from crmkit.segmentation.amounts import Unit
from crmkit.segmentation.clusters import _starts, cluster_cuts
from crmkit.segmentation.means import _digits, bound_of, mean_ranks, parts


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def found(frame: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows_of(frame)]


MEANS: list[dict[str, Any]] = [
    {},
    {"segments": "eight", "by": "day"},
    {"segments": Eight("median"), "order": "order"},
    {"segments": Eight((60, 5, Decimal("68.333")))},
    {"method": Cuts(monetary=(10, Decimal("50.005"), Decimal("70.123456789"), 90))},
    {"method": "kmeans"},
]


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize("options", MEANS, ids=["plain", "eight", "median", "fixed", "cuts", "kmeans"])
def test_means_are_scored_alike_on_every_engine(money: str, options: dict[str, Any]) -> None:
    rows = shop(money=money)
    answers = {
        name: found(rfm(make(shuffled(rows, 1)), as_of=AS_OF, monetary="mean", **options))
        for name, make in ENGINES.items()
    }
    expected = answers["pandas_object"]
    assert [name for name, answer in answers.items() if answer != expected] == []


def test_a_mean_is_total_by_frequency_and_scored_as_a_fraction(engine: Any) -> None:
    rows = shop(3)
    totals = {row["customer"]: row for row in rows_of(rfm(engine(rows), as_of=AS_OF))}
    means = {who: Fraction(oracle.minor(row["monetary"]), int(row["frequency"])) for who, row in totals.items()}
    answer = rows_of(rfm(engine(rows), as_of=AS_OF, monetary="mean", segments="eight"))
    everybody = Fraction(sum(means.values()), len(means))
    for row in answer:
        mean = means[row["customer"]]
        assert row["monetary"] == float(mean / 100)
        assert row["m"] == 1 + 5 * sum(other < mean for other in means.values()) // len(means)
        assert row["segment"].startswith("key") == (mean > everybody)


def test_equal_means_share_a_score_and_a_segment(engine: Any) -> None:
    orders = [("a", 1.0), ("a", 1.0), ("a", 2.0), ("b", 4.0), ("b", 0.0), ("b", 0.0), ("c", 1.0), ("c", 5.0 / 3)]
    orders += [(f"x{number}", 1.0 + number) for number in range(4)]
    rows = columns_of(*((who, AS_OF - timedelta(days=1), amount) for who, amount in orders))
    answer = {row["customer"]: row for row in rows_of(rfm(engine(rows), as_of=AS_OF, monetary="mean", count_free=True))}
    assert answer["a"]["m"] == answer["b"]["m"]
    assert answer["c"]["m"] > answer["a"]["m"]  # 1.335 a purchase, which is more than 4/3 by a hair
    same = columns_of(*[("a", AS_OF - timedelta(1), 2.0)] * 3, ("b", AS_OF - timedelta(1), 2.0))
    report = Report()
    both = rows_of(rfm(engine(same), as_of=AS_OF, monetary="mean", segments="eight", report=report))
    assert {row["segment"] for row in both} == {"general_keep", "general_retain"}  # equal to the mean is not above it
    assert "monetary" in report.facts.flat


_NUMBERS = st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(1, 2**31 - 1)), min_size=1, max_size=30)


@given(_NUMBERS, st.integers(-(2**40), 2**40), st.integers(1, 10**9))
def test_fractions_are_compared_exactly(numbers: Any, above: int, below: int) -> None:
    numbers = [*numbers, *((total // 2, frequency) for total, frequency in numbers), (above, 1)]
    total, frequency = (np.array(part, np.int64) for part in zip(*numbers, strict=True))
    exact = [Fraction(*pair) for pair in numbers]
    ranks = mean_ranks(total, frequency).tolist()
    assert sorted(range(len(exact)), key=lambda i: (ranks[i], i)) == sorted(
        range(len(exact)), key=lambda i: (exact[i], i)
    )
    assert len(set(ranks)) == len(set(exact))
    whole, rest = parts(total, frequency)
    assert (whole * frequency + rest == total).all()
    assert _digits(rest, frequency).min() >= 0
    bound = bound_of(Decimal(above).scaleb(-3), Unit("float", 2))
    limit = Fraction(above, 10)
    assert bound.reached(whole, rest, frequency).tolist() == [mean >= limit for mean in exact]
    assert bound.exceeded(whole, rest, frequency).tolist() == [mean > limit for mean in exact]


def test_bounds_of_a_mean_have_an_end() -> None:
    with pytest.raises(InputError, match="nine decimals"):
        bound_of(Decimal("0.123456789012"), Unit("float", 2))
    with pytest.raises(InputError, match="'total' or 'mean'"):
        rfm(pandas_object(shop()), as_of=AS_OF, monetary="median")  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=9), st.integers(1, 4))
def test_no_partition_is_better_than_the_one_found(counts: list[int], groups: int) -> None:
    groups = min(groups, len(counts))
    sizes = np.array(counts)
    starts = _starts(sizes, groups).tolist()
    tried = [[0, *rest] for rest in combinations(range(1, len(counts)), groups - 1)]
    assert starts in tried
    best = min(_squares(counts, some) for some in tried)
    assert _squares(counts, starts) == best


def _squares(counts: list[int], starts: list[int]) -> Fraction:
    """Returns the sum of squares within runs of ranks, equal values sharing the middle of their ranks."""
    middle, below = [], 0
    for count in counts:
        middle.append(Fraction(2 * below + count - 1, 2))
        below += count
    total = Fraction(0)
    for start, end in zip(starts, [*starts[1:], len(counts)], strict=True):
        ranks = [rank for rank, count in zip(middle[start:end], counts[start:end], strict=True) for _ in range(count)]
        mean = Fraction(sum(ranks), len(ranks))
        total += sum(((rank - mean) ** 2 for rank in ranks), Fraction(0))
    return total


def test_ranks_without_ties_make_equal_groups() -> None:
    values = np.random.default_rng(3).permutation(50_000)
    assert cluster_cuts(values, 5, falling=False) == (10_000, 20_000, 30_000, 40_000)
    assert cluster_cuts(values, 5, falling=True) == (9_999, 19_999, 29_999, 39_999)


def test_one_value_has_the_middle_score_and_few_values_the_ends(engine: Any) -> None:
    when = AS_OF - timedelta(days=1)
    rows = columns_of(*[("a", when, 1.0)] * 2, ("b", when, 2.0), ("c", when, 2.0), ("d", when, 3.0))
    answer = rows_of(rfm(engine(rows), as_of=AS_OF, method="kmeans"))
    assert [(row["r"], row["f"], row["m"]) for row in answer] == [(3, 5, 1), (3, 1, 1), (3, 1, 1), (3, 1, 5)]
    nothing = {"customer": [], "moment": [], "amount": []}
    assert rows_of(rfm(engine(nothing), as_of=AS_OF.replace(tzinfo=None), method="kmeans")) == []


@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_clusters_are_alike_on_every_engine_and_rise_with_the_value(k: int) -> None:
    rows = shop(6)
    answers = {
        name: found(rfm(make(rows), as_of=AS_OF, k=k, method="kmeans", segments=None)) for name, make in ENGINES.items()
    }
    expected = answers["pandas_object"]
    assert [name for name, answer in answers.items() if answer != expected] == []
    for value, score, sign in ((1, 4, -1), (2, 5, 1), (3, 6, 1)):
        pairs = sorted((sign * row[value], row[score]) for row in expected)
        assert [row[1] for row in pairs] == sorted(row[1] for row in pairs)
        assert {row[1] for row in pairs} <= set(range(1, k + 1))
    assert max(row[4] for row in expected) == k
    lazy = rfm(polars_lazy(rows), as_of=AS_OF, k=k, method="kmeans", segments=None)
    assert found(lazy) == expected
