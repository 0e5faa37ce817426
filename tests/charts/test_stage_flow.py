"""The flow: every customer once, in the order of a customer's life."""

from __future__ import annotations

import pandas as pd
import pytest
from charts.chart_data import flow, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.charts import flow_words, stage_flow
from crmkit.charts.flow import flow_of
from crmkit.errors import InputError
from crmkit.segmentation import GROWTH_LADDER, LIFE_CYCLE, FrameError

STAGES = st.sampled_from(LIFE_CYCLE.stages)


def moved(*ways: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(ways, columns=["from", "to", "customers"])


@settings(max_examples=8)
@given(st.lists(st.tuples(STAGES, STAGES, st.integers(0, 50)), max_size=20))
def test_nothing_is_lost_and_sums_add_up(ways: list[tuple[str, str, int]]) -> None:
    frame = pd.DataFrame(ways, columns=["from", "to", "customers"]).astype({"customers": "int64"})
    rows = rows_of(stage_flow(frame))
    total = sum(number for _, _, number in ways)
    assert sum(int(row["count"]) for row in rows if row["kind"] == "some") == total
    sums = [row for row in rows if row["kind"] == "sum"]
    assert sum(int(row["count"].replace(",", "")) for row in sums if row["before"] != "All") == total
    assert sum(int(row["count"].replace(",", "")) for row in sums if row["after"] != "All") == total
    places = [(row["before"], row["after"]) for row in rows]
    assert len(set(places)) == len(places)


def test_shares_are_those_of_the_table() -> None:
    shares = flow().set_index(["from", "to"])["share"]
    rows = {(row["before"], row["after"]): row["part"] for row in rows_of(stage_flow(flow())) if row["kind"] == "some"}
    assert len(rows) == len(shares)
    for (before, after), part in rows.items():
        code = [key for key in shares.index if (LIFE_CYCLE.label(key[0], "en"), LIFE_CYCLE.label(key[1], "en"))
                == (before, after)]  # fmt: skip
        assert float(part.rstrip("%")) == pytest.approx(100 * shares[code[0]], abs=0.5)


def test_stages_stand_in_the_order_of_life() -> None:
    frame = moved(("lost", "active", 1), ("prospect", "new", 2), ("at_risk", "lost", 3))
    assert flow_of(frame).stages == ("prospect", "new", "active", "at_risk", "lost")
    spec = stage_flow(frame, lang="zh").to_dict()["layer"][0]["encoding"]
    assert spec["y"]["scale"]["domain"] == ["潜客", "预流失", "流失", "合计"]
    assert spec["x"]["scale"]["domain"] == ["新客", "活跃", "流失", "合计"]


def test_segments_have_their_own_names() -> None:
    frame = moved(("prospect", "new", 1), ("at_risk", "champions", 1))
    assert flow_of(frame, lang="zh").names == ("潜客", "冠军客户", "新客户", "流失风险客户")


def test_other_ladders_have_their_own_order() -> None:
    frame = moved(("churn", "growth", 1), ("acquisition", "activation", 1))
    assert flow_of(frame, ladder=GROWTH_LADDER, lang="zh").names == ("获取", "激活", "成长", "流失")


def test_two_stages_of_one_name_keep_apart() -> None:
    frame = moved(("Lost", "lost", 1), ("champions", "lost", 2))
    assert flow_of(frame).names == ("champions", "lost", "Lost")


def test_a_stage_called_like_the_sum_keeps_apart() -> None:
    rows = rows_of(stage_flow(moved(("All", "b", 1))))
    places = [(row["before"], row["after"]) for row in rows]
    assert len(set(places)) == len(places) == 4


def test_ways_that_are_told_twice_are_added_up() -> None:
    assert flow_of(moved(("new", "lost", 1), ("new", "lost", 2))).customers == {("new", "lost"): 3}


def test_the_widest_way_is_told_first() -> None:
    words = flow_words(moved(("new", "lost", 1), ("new", "new", 3)))
    assert words.index("New to New: 3 (75%)") < words.index("New to Lost: 1 (25%)")


def test_names_that_are_none_and_maps_nobody_can_read_are_refused() -> None:
    with pytest.raises(FrameError) as refused:
        stage_flow(moved(("new", None, 1)))  # type: ignore[arg-type]  # the mistake that is tested
    assert refused.value.column == "to"
    with pytest.raises(InputError, match="41 stages"):
        stage_flow(moved(*((f"s{place}", f"s{place}", 1) for place in range(41))))
