from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation import lives
from segmentation.frames import ENGINES, shuffled
from segmentation.test_rfm import AS_OF, SHANGHAI, columns_of, shop

from crmkit.errors import CurrencyMismatch, InputError, PolicyError
from crmkit.segmentation import FrameError, Report, TooFewRows
from crmkit.segmentation.ladders import GROWTH_LADDER, LIFE_CYCLE, RELATIONSHIP_LADDER, STANDINGS, Ladder
from crmkit.segmentation.stages import stages
from crmkit.segmentation.thresholds import SLOW_GOODS, Thresholds

NAMES = ["customer", "stage", "days_since", "purchase_days", "last_gap", "recent_days", "earlier_days"]
EVERY_STANDING = Ladder(steps={name: name for name in STANDINGS})


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Any:
    return ENGINES[request.param]


def days_ago(*days: int, customer: str = "a") -> dict[str, list[Any]]:
    """Orders of one customer so many days before the day of `AS_OF`."""
    return columns_of(*((customer, AS_OF - timedelta(days=day), 10.0) for day in days))


def by_hand(rows: dict[str, list[Any]], limits: tuple[int, int, int], **options: Any) -> list[tuple[Any, ...]]:
    days = lives.purchase_days(lives.lines_of(rows), AS_OF, **options)
    today = AS_OF.astimezone(options.get("zone") or UTC).date()
    return [(customer, *lives.standing(days[customer], today, limits)) for customer in sorted(days)]


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ((181,), "lost"), ((180,), "dormant"), ((91, 92), "dormant"), ((90,), "at_risk"), ((31, 200), "at_risk"),
        ((30,), "new"), ((5, 5), "new"), ((30, 121), "reactivated"), ((30, 120), "active"),
        ((1, 2), "growing"), ((1, 91), "active"), ((1, 90, 91, 180), "active"), ((1, 90, 91, 181), "growing"),
    ],
)  # fmt: skip
def test_the_first_true_line_of_the_rule_wins(engine: Any, days: tuple[int, ...], stage: str) -> None:
    found = stages(engine(days_ago(*days)), as_of=AS_OF, ladder=EVERY_STANDING)
    assert [row["stage"] for row in lives.table(found)] == [stage]


@pytest.mark.parametrize("options", [{}, {"order": True}, {"order": True, "count_free": True}, {"count_free": True}])
def test_every_engine_agrees_with_the_definition(engine: Any, options: dict[str, Any]) -> None:
    rows = shop(7)
    arguments = {**options, **({"order": "order"} if "order" in options else {})}
    found = stages(engine(shuffled(rows, 4)), as_of=AS_OF, zone=SHANGHAI, ladder=EVERY_STANDING, **arguments)
    assert lives.by_key(found, "customer") == by_hand(rows, (30, 90, 180), zone=SHANGHAI, **options)


@pytest.mark.parametrize("money", ["float", "decimal", "int"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"thresholds": SLOW_GOODS, "since": AS_OF - timedelta(days=250)},
        {"thresholds": Thresholds(5, 9, 20), "drop_repeats": True, "ladder": GROWTH_LADDER},
        {"order": "order", "zone": "America/St_Johns", "customers": ["c001", "new", "new", None]},
    ],
)
def test_every_engine_gives_the_same_integers_whatever_the_row_order(money: str, options: dict[str, Any]) -> None:
    found = {
        lives.digest(lives.by_key(stages(make(shuffled(shop(money=money), seed)), as_of=AS_OF, **options), "customer"))
        for make in ENGINES.values()
        for seed in (1, 2)
    }
    assert len(found) == 1


_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer": st.sampled_from("abcd"),
            "moment": st.integers(-60, 3).map(lambda days: AS_OF + timedelta(days=days, hours=days % 24)),
            "amount": st.integers(-5, 20).map(float),
            "order": st.sampled_from("123456"),
        }
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_LINES, st.booleans(), st.booleans())
def test_arrays_and_expressions_agree_with_the_slow_definition(lines: Any, order: bool, free: bool) -> None:
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    expected = by_hand(columns, (4, 9, 20), zone=SHANGHAI, order=order, count_free=free)
    for name in ("pandas_object", "polars_lazy"):
        found = stages(
            ENGINES[name](columns), as_of=AS_OF, zone=SHANGHAI, order="order" if order else None, count_free=free,
            thresholds=Thresholds(4, 9, 20), ladder=EVERY_STANDING,
        )  # fmt: skip
        assert lives.by_key(found, "customer") == expected


def test_the_frame_comes_back_in_kind_with_its_columns_and_ordered(engine: Any) -> None:
    frame = engine(shop(2))
    found = stages(frame, as_of=AS_OF, customers=["aa", "zz"])
    assert type(found) is type(frame)
    rows = lives.table(found)
    assert list(rows[0]) == NAMES
    if isinstance(found, pd.DataFrame | pl.DataFrame | pa.Table):
        ids = [row["customer"] for row in rows]
        assert ids == sorted(ids)
        assert ids[0] == "aa"


def test_the_listed_who_did_not_buy_are_prospects(engine: Any) -> None:
    rows = columns_of(("a", AS_OF - timedelta(days=1), 5.0), ("b", AS_OF - timedelta(days=1), -5.0))
    frame = engine(rows)
    for customers in (["a", "b", "c", "b", None], engine({"customer": ["c", "b", "c", "a"]})):
        found = lives.by_key(stages(frame, as_of=AS_OF, customers=customers), "customer")
        nothing = ("prospect", None, 0, None, 0, 0)
        assert found == [("a", "new", 1, 1, None, 1, 0), ("b", *nothing), ("c", *nothing)]
    assert len(lives.table(stages(frame, as_of=AS_OF))) == 1
    assert len(lives.table(stages(frame, as_of=AS_OF, customers=[]))) == 1


def test_whole_numbers_are_listed_as_well(engine: Any) -> None:
    rows = columns_of((7, AS_OF - timedelta(days=1), 5.0), (9, AS_OF - timedelta(days=1), 5.0))
    found = lives.by_key(stages(engine(rows), as_of=AS_OF, customers=[5, 9]), "customer")
    assert [(int(row[0]), row[1]) for row in found] == [(5, "prospect"), (7, "new"), (9, "new")]


def test_listed_ids_of_another_kind_are_refused(engine: Any) -> None:
    frame = engine(columns_of(("7", AS_OF - timedelta(days=1), 5.0)))
    with pytest.raises(FrameError) as error:
        stages(frame, as_of=AS_OF, customers=[7])
    assert error.value.column == "customer"
    with pytest.raises(FrameError):
        stages(frame, as_of=AS_OF, customers=engine({"who": ["7"]}))


def test_a_list_for_an_empty_frame_is_all_prospects(engine: Any) -> None:
    frame = engine(columns_of(("a", AS_OF, 5.0)))
    report = Report()
    found = lives.by_key(stages(frame, as_of=AS_OF, customers=["z", "y"], report=report), "customer")
    assert [row[:2] for row in found] == [("y", "prospect"), ("z", "prospect")]
    assert [problem.code for problem in report.problems] == ["nothing_seen"]


def test_an_empty_frame_gives_an_empty_result_with_the_same_types(engine: Any) -> None:
    full = engine(columns_of(("a", AS_OF - timedelta(days=1), 1.0), ("a", AS_OF - timedelta(days=3), 1.0)))
    empty = full.limit(0) if hasattr(full, "limit") else full.head(0) if hasattr(full, "head") else full.slice(0, 0)
    some, none = (stages(frame, as_of=AS_OF) for frame in (full, empty))
    assert lives.table(none) == []
    assert _types(none) == _types(some)


def _types(frame: Any) -> list[tuple[str, str]]:
    if isinstance(frame, pd.DataFrame):
        return [(name, str(kind)) for name, kind in frame.dtypes.items()]
    if isinstance(frame, pa.Table):
        return [(field.name, str(field.type)) for field in frame.schema]
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return list(zip(frame.columns, map(str, frame.types), strict=True))
    return [(name, str(kind)) for name, kind in frame.lazy().collect_schema().items()]


def test_later_rows_change_nothing(engine: Any) -> None:
    rows = shop(9)
    later = columns_of(
        *((f"c{i:03}", AS_OF + timedelta(days=i), -500.0, f"o{i}", "USD") for i in range(40)), names=" ".join(rows)
    )
    both = {name: [*later[name], *values] for name, values in rows.items()}
    arguments = {"as_of": AS_OF, "order": "order"}
    assert lives.by_key(stages(engine(both), **arguments), "customer") == lives.by_key(
        stages(engine(rows), **arguments), "customer"
    )


def test_bad_input_is_refused_or_reported(engine: Any) -> None:
    day = AS_OF - timedelta(days=1)
    frame = engine(columns_of(("a", day, 5.0), (None, day, 5.0), ("a", None, 5.0), ("a", day, float("inf"))))
    report = Report()
    assert len(lives.table(stages(frame, as_of=AS_OF, report=report))) == 1
    assert {problem.code for problem in report.problems} >= {"null_customer", "null_moment", "not_finite"}
    with pytest.raises(InputError, match="strict"):
        stages(frame, as_of=AS_OF, strict=True)
    with pytest.raises(FrameError):
        stages(frame, as_of=AS_OF.replace(tzinfo=None))
    with pytest.raises(FrameError):
        stages(frame, as_of=AS_OF, amount="no_such")
    mixed = columns_of(("a", day, 5.0, "CNY"), ("b", day, 5.0, "USD"), names="customer moment amount currency")
    with pytest.raises(CurrencyMismatch):
        stages(engine(mixed), as_of=AS_OF)


def test_the_input_is_not_changed() -> None:
    frame = ENGINES["pandas_object"](shop(4))
    before = frame.copy(deep=True)
    stages(frame, as_of=AS_OF, order="order", customers=["x"])
    pd.testing.assert_frame_equal(frame, before)


def test_categories_without_rows_are_no_customers() -> None:
    rows = columns_of(("a", AS_OF - timedelta(days=1), 5.0), ("b", AS_OF - timedelta(days=1), 5.0))
    frame = ENGINES["pandas_object"](rows)
    frame["customer"] = pd.Categorical(frame["customer"], categories=["z", "b", "a"])
    assert sorted(stages(frame, as_of=AS_OF)["customer"]) == ["a", "b"]
    assert sorted(stages(frame, as_of=AS_OF, customers=["a", "q"])["customer"]) == ["a", "b", "q"]


@pytest.mark.parametrize("given_days", [(0, 9, 20), (9, 9, 20), (1, 9, 9), (20, 9, 1), (1.5, 9, 20), (True, 9, 20)])
def test_thresholds_rise(given_days: Any) -> None:
    with pytest.raises(PolicyError):
        Thresholds(*given_days)


def gaps(*lengths: int) -> dict[str, list[Any]]:
    """Orders of one customer with these gaps between purchase days, two on every day, the last 400 days ago."""
    days = [400 + sum(lengths[place:]) for place in range(len(lengths) + 1)]
    return days_ago(*days, *days)


def test_thresholds_come_from_nearest_ranks_of_the_gaps(engine: Any) -> None:
    frame = engine(gaps(*range(1, 41)))
    found = Thresholds.from_gaps(frame, AS_OF)
    assert found == Thresholds(20, 32, 38)
    assert found.basis is not None
    assert (found.basis.gaps, found.basis.censored, found.basis.censored_share) == (40, 1, 1 / 41)
    # 0.07 * 100 is 7.000000000000001 as doubles; the seventh is meant
    hundred = engine(gaps(*range(1, 101)))
    assert Thresholds.from_gaps(hundred, AS_OF, quantiles=(0.07, 0.55, 0.551)).days() == {
        "at_risk": 7, "dormant": 55, "lost": 56,
    }  # fmt: skip


def test_too_few_gaps_and_gaps_that_do_not_rise_are_refused(engine: Any) -> None:
    with pytest.raises(TooFewRows) as error:
        Thresholds.from_gaps(engine(gaps(*range(1, 30))), AS_OF)
    assert error.value.found == "29 gaps"
    with pytest.raises(PolicyError, match="do not rise"):
        Thresholds.from_gaps(engine(gaps(*[7] * 40)), AS_OF)
    with pytest.raises(TooFewRows):
        Thresholds.from_gaps(engine(columns_of(("a", AS_OF, 5.0))), AS_OF)
    with pytest.raises(InputError):
        Thresholds.from_gaps(engine(gaps(1)), AS_OF, quantiles=(0.8, 0.5, 0.9))


def test_thresholds_of_a_shop_count_only_gaps_between_distinct_days() -> None:
    rows = shop(11, rows=2000)
    days = lives.purchase_days(lives.lines_of(rows), AS_OF, order=True)
    every = sorted((b - a).days for found in days.values() for a, b in pairwise(found))
    ranks = [-(-len(every) * share // 100) for share in (50, 80, 95)]
    expected = Thresholds(*(every[rank - 1] for rank in ranks))
    found = {name: Thresholds.from_gaps(make(rows), AS_OF, order="order") for name, make in ENGINES.items()}
    assert set(found.values()) == {expected}
    assert {(each.basis.gaps, each.basis.censored) for each in found.values() if each.basis} == {
        (len(every), len(days))
    }


def test_ladders_name_every_standing_in_both_languages() -> None:
    for ladder, size in ((LIFE_CYCLE, 7), (GROWTH_LADDER, 6), (RELATIONSHIP_LADDER, 5)):
        assert len(ladder.stages) == size
        for stage in ladder.stages:
            assert ladder.label(stage, "en") != ladder.label(stage, "zh") != stage
    chinese = [[ladder.label(stage) for stage in ladder.stages] for ladder in (GROWTH_LADDER, RELATIONSHIP_LADDER)]
    assert chinese == [["获取", "激活", "成长", "成熟", "衰退", "流失"], ["初识", "接触", "赢得", "保持", "退化"]]
    assert LIFE_CYCLE.label("of_my_own") == "of_my_own"
    with pytest.raises(InputError):
        LIFE_CYCLE.label("new", "de")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="lost"):
        Ladder(steps={name: name for name in STANDINGS[:-1]})
    with pytest.raises(PolicyError, match="gone"):
        Ladder(steps={**LIFE_CYCLE.steps, "gone": "gone"})


def test_moments_at_the_end_of_what_nanoseconds_hold_work() -> None:
    columns = {"customer": ["a", "a"], "amount": [1.0, 1.0]}
    moments = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 4, 11, tzinfo=UTC)]
    found = {
        str(
            lives.by_key(
                stages(make({**columns, "moment": moments}), as_of=datetime(2263, 1, 1, tzinfo=UTC)), "customer"
            )
        )
        for name, make in ENGINES.items()
    }
    assert len(found) == 1
    assert "lost" in found.pop()
