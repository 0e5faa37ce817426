"""Saved rules: what they mean in the cases that people argue about."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest

from crmkit.errors import CurrencyMismatch, InputError, NotFoundError
from crmkit.segmentation import FrameError, Report, Rule, RuleError, Snapshot

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
SPEC = {
    "v": 1,
    "all": [
        {"field": "recency", "op": "<=", "value": 30},
        {
            "any": [
                {"field": "segment", "op": "in", "value": ["champions", "loyal"]},
                {"field": "monetary", "op": ">=", "value": "500.00", "currency": "CNY"},
            ]
        },
        {"not": {"field": "region", "op": "is_null"}},
    ],
}


def members(rule, frame, as_of=NOW, **options):
    found = Rule.load({"v": 1, **rule}).members(pd.DataFrame(frame), as_of=as_of, **options)
    return found["customer"].tolist()


def leaf(field, op, *value, **more):
    return {"field": field, "op": op, **({"value": value[0]} if value else {}), **more}


class TestMeaning:
    def test_the_rule_of_the_specification(self):
        frame = {
            "customer": ["ann", "bo", "cy", "dee"],
            "recency": [4, 30, 31, 5],
            "segment": ["champions", "new", "loyal", "loyal"],
            "monetary": [10.0, 500.0, 900.0, 1.0],
            "region": ["湖南", "湖北", "湖南", None],
        }
        assert members(SPEC, frame) == ["ann", "bo"]

    @pytest.mark.parametrize("nothing", [None, float("nan")])
    def test_a_comparison_with_a_missing_value_is_false_and_not_makes_it_true(self, nothing):
        frame = {"customer": [1, 2], "x": [nothing, 7.0]}
        for op in ("<", "<=", ">", ">=", "==", "!="):
            assert 1 not in members(leaf("x", op, 5), frame)
        assert members(leaf("x", "not_in", [5]), frame) == [2]
        assert members({"not": leaf("x", "<", 5)}, frame) == [1, 2]
        assert members({"not": {"not": leaf("x", "<", 5)}}, frame) == []

    def test_empty_all_is_true_and_empty_any_false(self):
        frame = {"customer": [1, 2]}
        assert members({"all": []}, frame) == [1, 2]
        assert members({"any": []}, frame) == []
        assert members({"not": {"any": []}}, frame) == [1, 2]

    def test_numbers_are_compared_exactly(self):
        frame = {"customer": [1, 2, 3], "x": [2**53, 2**53 + 1, 2**53 + 2]}
        assert members(leaf("x", "==", 2**53 + 1), frame) == [2]
        assert members(leaf("x", "<", Decimal(2**53) + Decimal("1.5")), frame) == [1, 2]
        assert members(leaf("x", ">", str(10**30)), frame) == []
        assert members(leaf("x", "<", str(10**30)), frame) == [1, 2, 3]

    def test_a_binary_fraction_counts_as_the_decimal_that_it_is_written_as(self):
        frame = {"customer": [1, 2, 3], "x": [0.3, 0.1 + 0.2, 0.29999]}
        assert members(leaf("x", "==", "0.3"), frame) == [1]
        assert members(leaf("x", ">=", "0.3"), frame) == [1, 2]
        assert members(leaf("x", ">", "0.300000000000000001"), frame) == [2]

    def test_decimals_beyond_what_28_digits_hold(self):
        large = Decimal("12345678901234567890123456789012.34")
        frame = {"customer": [1, 2], "x": pd.Series([large, large + Decimal("0.01")], dtype=object)}
        assert members(leaf("x", "<=", str(large)), frame) == [1]

    def test_texts_compare_by_code_point(self):
        frame = {"customer": [1, 2, 3, 4], "x": ["a", "A", "a ", "😀"]}
        assert members(leaf("x", "==", "a"), frame) == [1]
        assert members(leaf("x", ">", "\uffff"), frame) == [4]  # by UTF-16 an emoji would come first
        assert members(leaf("x", "<", "a"), frame) == [2]
        assert members(leaf("x", "contains", "%"), frame) == []

    def test_moments_are_instants(self):
        at = pd.to_datetime(["2026-11-24T00:00:00Z", "2026-11-24T00:00:01Z"], utc=True)
        assert members(leaf("at", "<=", "2026-11-24T08:00:00+08:00"), {"customer": [1, 2], "at": at}) == [1]

    def test_a_date_means_the_whole_shop_day(self):
        at = pd.to_datetime(["2026-11-23T15:59:59Z", "2026-11-23T16:00:00Z", "2026-11-24T15:59:59Z"], utc=True)
        frame = {"customer": [1, 2, 3], "at": at}
        assert members(leaf("at", "==", "2026-11-24"), frame) == [2, 3]
        assert members(leaf("at", "<", "2026-11-24"), frame) == [1]
        assert members(leaf("at", "==", "2026-11-24"), frame, zone="UTC") == [3]

    def test_within_days_counts_shop_days_back_from_as_of(self):
        days = ["2026-11-24T15:59:59Z", "2026-11-23T16:00:00Z", "2026-11-16T16:00:00Z", "2026-11-16T15:59:59Z",
                "2026-11-24T16:00:00Z"]  # fmt: skip
        frame = {"customer": [1, 2, 3, 4, 5], "at": pd.to_datetime(days, utc=True)}
        assert members(leaf("at", "within_days", 0), frame) == [1, 2]
        assert members(leaf("at", "within_days", 7), frame) == [1, 2, 3]

    def test_within_days_on_dates_and_naive_moments(self):
        frame = {"customer": [1, 2], "on": pd.Series([date(2026, 11, 17), date(2026, 11, 16)], dtype=object)}
        assert members(leaf("on", "within_days", 7), frame) == [1]
        naive = {"customer": [1, 2], "at": pd.to_datetime(["2026-11-17 00:00", "2026-11-16 23:59"])}
        assert members(leaf("at", "within_days", 7), naive, as_of=NOW.replace(tzinfo=None)) == [1]

    def test_a_day_of_23_or_25_hours_is_one_day(self):
        berlin = ZoneInfo("Europe/Berlin")
        at = [datetime(2026, 10, 24, 23, 59, tzinfo=berlin), datetime(2026, 10, 25, 0, tzinfo=berlin)]
        frame = {"customer": [1, 2], "at": pd.to_datetime([one.astimezone(UTC) for one in at])}
        assert members(leaf("at", "within_days", 1), frame, as_of=datetime(2026, 10, 26, 0, tzinfo=berlin)) == [2]

    def test_booleans_are_no_integers(self):
        frame = {"customer": [1, 2, 3], "vip": pd.Series([True, False, None], dtype=object)}
        assert members(leaf("vip", "==", True), frame) == [1]
        assert members(leaf("vip", "!=", True), frame) == [2]
        with pytest.raises(RuleError, match="at value: 1 is neither"):
            members(leaf("vip", "==", 1), frame)
        with pytest.raises(RuleError, match="at value: True is no number"):
            members(leaf("x", "==", True), {"customer": [1], "x": [1]})

    def test_amounts_in_another_currency_do_not_compare(self):
        frame = {"customer": [1, 2, 3], "monetary": [900, 900, 100], "currency": ["CNY", "USD", "CNY"]}
        rule = leaf("monetary", ">=", "500", currency="CNY")
        assert members(rule, frame) == [1]
        assert members(rule, frame, currency=None) == [1, 2]
        both = {"any": [rule, leaf("monetary", ">=", "50", currency="USD")]}
        assert members(both, frame) == [1, 2]
        with pytest.raises(CurrencyMismatch, match="CNY and USD") as caught:
            members(both, frame, currency=None)
        assert caught.value.currencies == ("CNY", "USD")

    @pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
    def test_a_column_of_currencies_that_are_none(self, kind):
        rule = Rule.load({"v": 1, **leaf("monetary", ">=", "500", currency="CNY")})
        unknown = kind({"customer": [1], "monetary": [900], "currency": [None]})
        assert list(rule.members(unknown, as_of=NOW)["customer"]) == []
        with pytest.raises(FrameError, match="currency codes"):
            rule.members(kind({"customer": [1], "monetary": [900], "currency": [156]}), as_of=NOW)

    def test_amounts_in_smallest_units(self):
        frame = {"customer": [1, 2], "monetary": [50000, 49999]}
        rule = leaf("monetary", ">=", "500.00", currency="CNY")
        assert members(rule, frame, minor={"monetary": 2}) == [1]
        assert members(rule, frame) == [1, 2]
        with pytest.raises(InputError, match="from 0 to 12"):
            members(rule, frame, minor={"monetary": "2"})
        with pytest.raises(FrameError, match="minor names it"):
            members(leaf("name", "==", "a"), {"customer": [1], "name": ["a"]}, minor={"name": 2})

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    def test_columns_of_every_tick(self, unit):
        at = pd.to_datetime(["2026-11-24T00:00:00Z", "2026-11-24T00:00:01Z"], utc=True).astype(
            f"datetime64[{unit}, UTC]"
        )
        arrow = pd.Series(at).astype(f"timestamp[{unit}, tz=Asia/Shanghai][pyarrow]")
        frames = [pd.DataFrame({"customer": [1, 2], "at": at}), pd.DataFrame({"customer": [1, 2], "at": arrow})]
        if unit != "s":
            frames.append(pl.from_pandas(frames[0]).with_columns(pl.col("at").dt.convert_time_zone("Asia/Shanghai")))
        for frame in frames:
            for op, value, expected in [
                ("<", "2026-11-24T00:00:00.000001Z", [1]),
                (">", "2026-11-24T00:00:00Z", [2]),
                ("<=", "2026-11-24T00:00:00Z", [1]),
                (">=", "2026-11-24T00:00:00.000001Z", [2]),
                ("==", "2026-11-24T00:00:00.000001Z", []),
                ("in", ["2026-11-24T00:00:00.000001Z", "2026-11-24T00:00:01Z"], [2]),
                ("<", "9999-12-31T00:00:00Z", [1, 2]),
                (">", "9999-12-31", []),
                (">=", "0001-01-01", [1, 2]),
                ("<=", "0001-01-01T00:00:00Z", []),
            ]:
                found = Rule.load({"v": 1, **leaf("at", op, value)}).members(frame, as_of=NOW)
                assert list(found["customer"]) == expected, (op, value, type(frame))


class TestRefusals:
    @pytest.mark.parametrize(
        ("rule", "path"),
        [
            ("{", ""),
            ("[1]", ""),
            ('{"v": 1, "field": "x", "op": "==", "value": NaN}', ""),
            ('{"v": 1, "field": "x", "field": "y", "op": "is_null"}', ""),
            ({}, "v"),
            ({"v": 2, "all": []}, "v"),
            ({"v": True, "all": []}, "v"),
            ({"v": 1}, ""),
            ({"v": 1, "all": [], "any": []}, ""),
            ({"v": 1, "all": [], "name": "x"}, "name"),
            ({"v": 1, "all": {}}, "all"),
            ({"v": 1, "all": [5]}, "all[0]"),
            ({"v": 1, "not": []}, "not"),
            ({"v": 1, "all": [{}, {}]}, "all[0]"),
            ({"v": 1, "all": [leaf("a", "is_null"), {"any": [leaf("x", "like", "y")]}]}, "all[1].any[0].op"),
            ({"v": 1, "not": leaf("x", "==")}, "not.value"),
            ({"v": 1, **leaf("x", "is_null", 1)}, "value"),
            ({"v": 1, **leaf("", "is_null")}, "field"),
            ({"v": 1, "field": 5, "op": "is_null"}, "field"),
            ({"v": 1, "field": "x"}, "op"),
            ({"v": 1, **leaf("x", "==", None)}, "value"),
            ({"v": 1, **leaf("x", "==", [1])}, "value"),
            ({"v": 1, **leaf("x", "==", {"a": 1})}, "value"),
            ({"v": 1, **leaf("x", "==", float("inf"))}, "value"),
            ({"v": 1, **leaf("x", "==", 10**38)}, "value"),
            ({"v": 1, **leaf("x", "==", "a\x00")}, "value"),
            ({"v": 1, **leaf("x", "==", "\ud800")}, "value"),
            ({"v": 1, **leaf("x", "<", True)}, "value"),
            ({"v": 1, **leaf("x", "in", "abc")}, "value"),
            ({"v": 1, **leaf("x", "in", [1, "a"])}, "value"),
            ({"v": 1, **leaf("x", "in", [1, True])}, "value"),
            ({"v": 1, **leaf("x", "in", [1, None])}, "value[1]"),
            ({"v": 1, **leaf("x", "in", list(range(10_001)))}, "value"),
            ({"v": 1, **leaf("x", "between", [1])}, "value"),
            ({"v": 1, **leaf("x", "between", [True, False])}, "value"),
            ({"v": 1, **leaf("x", "starts_with", "")}, "value"),
            ({"v": 1, **leaf("x", "contains", 5)}, "value"),
            ({"v": 1, **leaf("x", "within_days", -1)}, "value"),
            ({"v": 1, **leaf("x", "within_days", 1.5)}, "value"),
            ({"v": 1, **leaf("x", "within_days", True)}, "value"),
            ({"v": 1, **leaf("x", ">", 5, currency="yuan")}, "currency"),
            ({"v": 1, **leaf("x", ">", "five", currency="CNY")}, "value"),
            ({"v": 1, **leaf("x", "contains", "5", currency="CNY")}, "currency"),
            ({"v": 1, **leaf("x", ">", 5, colour="red")}, "colour"),
            ({"v": 1, **leaf("x", "__import__('os')", 5)}, "op"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_with_its_path(self, rule, path):
        with pytest.raises(RuleError) as caught:
            Rule.load(rule)
        assert caught.value.path == path
        assert pickle.loads(pickle.dumps(caught.value)).path == path
        assert str(caught.value).endswith(".")

    def test_twenty_deep_is_taken_and_more_is_not(self):
        def nested(depth):
            node = leaf("x", "is_null")
            for _ in range(depth - 1):
                node = {"not": node}
            return {"v": 1, **node}

        assert Rule.load(nested(20)).in_words("en").count("not") == 19
        with pytest.raises(RuleError, match="deeper than 20"):
            Rule.load(nested(21))
        with pytest.raises(RuleError, match=r"deeper than 20|no JSON"):
            Rule.load('{"v": 1, "not": ' + '{"not": ' * 100_000 + "{}" + "}" * 100_001)
        assert len(Rule.load({"v": 1, **leaf("x", "in", list(range(10_000)))}).node.value) == 10_000

    @pytest.mark.parametrize(
        ("rule", "path"),
        [
            ({"all": [leaf("unknown", "is_null")]}, "all[0].field"),
            ({"any": [leaf("x", "==", "five")]}, "any[0].value"),
            ({"any": [leaf("x", "in", ["5", "five"])]}, "any[0].value[1]"),
            ({"not": leaf("x", "contains", "5")}, "not.op"),
            (leaf("x", "within_days", 5), "op"),
            (leaf("x", "between", [5, 4]), "value"),
            (leaf("name", "==", 5), "value"),
            (leaf("name", ">", "5", currency="CNY"), "currency"),
            (leaf("at", ">", "yesterday"), "value"),
            (leaf("at", ">", "2026-11-24T00:00:00"), "value"),
            (leaf("at", "between", ["2026-11-24", "2026-11-25T00:00:00Z"]), "value"),
            (leaf("vip", ">", "a"), "op"),
        ],
    )
    @pytest.mark.parametrize("kind", ["pandas", "polars"])
    def test_what_a_column_cannot_be_compared_with_is_refused_with_its_path(self, rule, path, kind):
        frame = pd.DataFrame(
            {"customer": [1], "x": [1], "name": ["a"], "at": pd.to_datetime(["2026-11-24"], utc=True), "vip": [True]}
        )
        with pytest.raises(RuleError) as caught:
            Rule.load({"v": 1, **rule}).members(frame if kind == "pandas" else pl.from_pandas(frame), as_of=NOW)
        assert caught.value.path == path

    def test_naive_and_aware_do_not_mix(self):
        naive = {"customer": [1], "at": pd.to_datetime(["2026-11-24"])}
        with pytest.raises(FrameError, match="naive"):
            members(leaf("at", "within_days", 5), naive)
        with pytest.raises(RuleError, match="no offset"):
            members(leaf("at", ">", "2026-11-24T00:00:00Z"), naive)

    @pytest.mark.parametrize(
        "column", [[b"a"], [[1]], [{"a": 1}], [timedelta(days=1)], [1, "a"], [True, 1], [NOW.replace(tzinfo=None), NOW]]
    )
    def test_a_column_that_holds_nothing_comparable_is_refused(self, column):
        frame = {"customer": list(range(len(column))), "x": pd.Series(column, dtype=object)}
        with pytest.raises(FrameError) as caught:
            members(leaf("x", "is_null"), frame)
        assert caught.value.column == "x"

    def test_doubled_and_missing_columns(self):
        doubled = pd.DataFrame([[1, 2, 3]], columns=["customer", "x", "x"])
        with pytest.raises(FrameError, match="2 columns"):
            Rule.load({"v": 1, **leaf("x", "is_null")}).members(doubled, as_of=NOW)
        with pytest.raises(FrameError, match="no such column"):
            members({"all": []}, {"id": [1]})
        with pytest.raises(InputError, match="as_of"):
            members({"all": []}, {"customer": [1]}, as_of=None)


class TestIds:
    def test_rows_without_an_id_belong_to_nobody_and_are_counted(self):
        frame = pd.DataFrame({"customer": ["b", None, "a", "b"], "x": [1, 1, 1, 1]})
        report = Report()
        assert members(leaf("x", "==", 1), frame, report=report) == ["a", "b"]
        assert (report.rows, report.facts.dropped, report.repeats, report.facts.customers) == (
            4, {"null_customer": 1}, 1, 2,
        )  # fmt: skip
        lazy = Report()
        found = Rule.load({"v": 1, **leaf("x", "==", 1)}).members(pl.from_pandas(frame).lazy(), as_of=NOW, report=lazy)
        assert isinstance(found, pl.LazyFrame)
        assert lazy.facts == report.facts
        for kind in (frame, pl.from_pandas(frame)):
            with pytest.raises(InputError, match="1 rows have no customer"):
                Rule.load({"v": 1, "all": []}).members(kind, as_of=NOW, strict=True)

    def test_categories_without_rows_never_show(self):
        ids = pd.Categorical(["b", "a"], categories=["z", "b", "a"])
        assert sorted(members(leaf("x", ">", 0), {"customer": ids, "x": [1, 1]})) == ["a", "b"]

    def test_the_column_of_ids_has_any_name(self):
        frame = pd.DataFrame({"id": [2, 1], "x": [1, 1]})
        found = Rule.load({"v": 1, **leaf("x", "==", 1)}).members(frame, as_of=NOW, customer="id")
        assert found.to_dict("list") == {"customer": [1, 2]}

    @pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pl.LazyFrame])
    def test_matching_gives_whole_rows(self, kind):
        frame = kind({"customer": ["b", "a"], "x": [1, 2]})
        found = Rule.load({"v": 1, **leaf("x", ">=", 1)}).matching(frame, as_of=NOW)
        assert type(found) is kind
        rows = found.collect() if isinstance(found, pl.LazyFrame) else found
        assert list(rows["customer"]) == ["b", "a"]


class TestDigest:
    def test_the_digest_does_not_change(self):
        """It is stored beside results: another digest for the same rule would be a break."""
        assert Rule.load(SPEC).digest == "8a82cf65262fc89ed1f604f4909fc9ad38246088f4e066b5a0a7736ac5fc99ed"

    def test_spelling_does_not_matter_and_meaning_does(self):
        rule = Rule.load('{"v": 1, "field": "x", "op": "==", "value": 1.50}')
        assert rule.digest == Rule.load('{"value":15e-1,"op":"==","field":"x","v":1}').digest
        others = ["1.5", 1, True, "1"]
        digests = {Rule.load({"v": 1, **leaf("x", "==", value)}).digest for value in others} | {rule.digest}
        assert len(digests) == 5

    def test_equal_rules_hash_alike_and_travel(self):
        first, again = Rule.load(SPEC), Rule.load(json.dumps(SPEC, indent=2))
        assert {first: 1}[again] == 1
        assert pickle.loads(pickle.dumps(first)) == first

    def test_true_is_not_one(self):
        assert Rule.load({"v": 1, **leaf("x", "==", True)}) != Rule.load({"v": 1, **leaf("x", "==", 1)})

    def test_the_text_is_json_with_the_digits_that_were_given(self):
        text = Rule.load(SPEC).dump()
        assert json.loads(text) == SPEC
        assert Rule.load(json.loads('{"v": 1, "field": "x", "op": ">", "value": 0.1}')).dump().endswith('"value": 0.1}')


class TestWords:
    def test_in_chinese_and_english(self):
        rule = Rule.load(SPEC)
        assert rule.in_words("zh") == (
            "距最近一次购买的天数不超过 30，并且（客户分层为冠军客户、忠诚客户，或者消费金额不低于 500.00 CNY），"
            "并且不满足（地区为空）"
        )
        assert rule.in_words("en") == (
            "days since the last purchase is at most 30 and (segment is Champions or Loyal or total spent is at least "
            "500.00 CNY) and not (region is missing)"
        )

    def test_names_of_the_shop(self):
        rule = Rule.load({"v": 1, **leaf("beans", "in", ["a", "b", "c"])})
        assert rule.in_words("en", names={"beans": "favourite bean"}) == "favourite bean is a, b or c"
        with pytest.raises(InputError, match="'en' and 'zh'"):
            rule.in_words("fr")

    def test_long_lists_are_cut_and_empty_ones_said(self):
        many = Rule.load({"v": 1, **leaf("x", "in", list(range(40)))})
        assert many.in_words("en").endswith("11 or one of 28 more")
        assert many.in_words("zh").endswith("等 40 个值之一")
        assert Rule.load({"v": 1, **leaf("x", "in", [])}).in_words("en") == "x is one of none"
        assert Rule.load({"v": 1, "any": []}).in_words("zh") == "没有客户"


class TestExplaining:
    def test_each_leaf_has_its_value_and_verdict(self):
        row = {"recency": 12, "segment": "new", "monetary": Decimal("812.50"), "region": None}
        verdict = Rule.load(SPEC).explain(row, as_of=NOW)
        assert not verdict.holds
        assert [(leaf.path, leaf.value, leaf.holds) for leaf in verdict.leaves()] == [
            ("all[0]", 12, True),
            ("all[1].any[0]", "new", False),
            ("all[1].any[1]", Decimal("812.50"), True),
            ("all[2].not", None, True),
        ]
        assert str(Rule.load(SPEC).explain(row, as_of=NOW, lang="zh")).startswith("否  满足全部\n")

    def test_a_customer_who_is_not_there_or_twice(self):
        frame = pd.DataFrame({"customer": [1, 2, 2], "x": [1, 2, 3]})
        rule = Rule.load({"v": 1, **leaf("x", ">", 0)})
        with pytest.raises(NotFoundError):
            rule.explain(frame, 5, as_of=NOW)
        with pytest.raises(InputError, match="several rows"):
            rule.explain(frame, 2, as_of=NOW)


class TestSnapshots:
    def test_who_entered_and_who_left(self):
        rule = Rule.load({"v": 1, **leaf("x", ">", 1)})
        before = pd.DataFrame({"customer": [1, 2, 3], "x": [2, 2, 0]})
        after = pl.DataFrame({"customer": [2, 3, 4, None], "x": [2, 2, 2, 2]})
        change = rule.entered_left(before, after, as_of_before=NOW - timedelta(days=30), as_of=NOW)
        assert (change.entered, change.left, change.stayed) == ((3, 4), (1,), 1)
        kept = rule.snapshot(after.lazy(), as_of=NOW)
        assert (kept.rule, kept.as_of, kept.engine, kept.rows, kept.nameless, kept.count, kept.ids) == (
            rule.digest, NOW, "polars", 4, 1, 3, (2, 3, 4),
        )  # fmt: skip
        assert Snapshot.from_json(kept.to_json()) == kept

    def test_snapshots_of_two_rules_or_in_the_wrong_order_are_refused(self):
        later = Snapshot(rule="a", as_of=NOW, engine="pandas", rows=0, ids=())
        with pytest.raises(InputError, match="two rules"):
            later.since(Snapshot(rule="b", as_of=NOW, engine="pandas", rows=0, ids=()))
        with pytest.raises(InputError, match="earlier snapshot"):
            later.since(Snapshot(rule="a", as_of=NOW + timedelta(1), engine="pandas", rows=0, ids=()))
        with pytest.raises(InputError, match="no snapshot"):
            Snapshot.from_json('{"v": 3}')
        with pytest.raises(InputError, match="texts or whole numbers"):
            Snapshot(rule="a", as_of=NOW, engine="pandas", rows=1, ids=(1.5,)).to_json()
