"""Exports: what Excel opens, and the manifest beside it."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmkit.errors import InputError
from crmkit.segmentation import Report, Rule, rfm, to_csv

NOW = datetime(2026, 11, 24, tzinfo=UTC)
RULE = Rule.load({"v": 1, "field": "r", "op": ">=", "value": 3})


def rows_in(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "pyarrow"])
def test_a_result_of_every_engine_becomes_the_same_file(kind, tmp_path):
    orders = pd.DataFrame(
        {
            "customer": ["ann", "ann", "bo"],
            "moment": pd.to_datetime(["2026-11-01", "2026-11-20", "2026-03-05"], utc=True),
            "amount": [120.0, 80.5, 15.125],
        }
    )
    frame = {
        "pandas": lambda: orders,
        "polars": lambda: pl.from_pandas(orders),
        "lazy": lambda: pl.from_pandas(orders).lazy().sort("customer"),
        "pyarrow": lambda: pa.Table.from_pandas(orders),
    }[kind]()
    result = RULE.matching(rfm(frame, as_of=NOW), as_of=NOW)
    path = tmp_path / "best.csv"
    to_csv(result, path, labels="zh")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert rows_in(path) == [
        ["客户", "距最近一次购买的天数", "购买次数", "消费金额", "R 值", "F 值", "M 值", "客户分层"],
        ["ann", "4", "2", "200.50", "3", "3", "3", "需关注客户"],
    ]
    to_csv(result, path, labels="en")
    assert rows_in(path)[0][-1] == "segment"
    assert rows_in(path)[1][-1] == "Need attention"
    to_csv(result, path, labels=None)
    assert rows_in(path)[1][-1] == "need_attention"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_is_a_formula_and_no_number_is_escaped(sign, tmp_path):
    frame = pd.DataFrame({"customer": [f"{sign}1+1", "a=b"], "monetary": [-5.0, 0.125], sign + "head": [-1, 2]})
    to_csv(frame, tmp_path / "a.csv", labels=None)
    header, first, second = rows_in(tmp_path / "a.csv")
    assert header[2] == f"'{sign}head"
    assert first == [f"'{sign}1+1", "-5.00", "-1"]
    assert second == ["a=b", "0.13", "2"]


def test_every_kind_of_cell(tmp_path):
    frame = pl.DataFrame(
        {
            "customer": [7, 8],
            "monetary": [50005, None],
            "price": [Decimal("1.50"), None],
            "share": [0.1, float("nan")],
            "vip": [True, None],
            "last": [datetime(2026, 11, 20, 8, tzinfo=UTC), None],
            "birthday": [date(1990, 1, 2), None],
            "stage": ["lost", None],
        }
    )
    to_csv(frame, tmp_path / "a.csv", labels="zh", minor={"monetary": 2})
    assert rows_in(tmp_path / "a.csv")[1:] == [
        ["7", "500.05", "1.50", "0.1", "是", "2026-11-20 08:00:00+00:00", "1990-01-02", "流失"],
        ["8", "", "", "", "", "", "", ""],
    ]


def test_the_manifest_says_where_the_file_comes_from(tmp_path):
    frame = pd.DataFrame({"customer": ["ann", None], "r": [5, 5]})
    report = Report()
    found = RULE.members(frame, as_of=NOW, report=report)
    path = tmp_path / "members.csv"
    manifest = to_csv(found, path, labels="zh", rule=RULE, as_of=NOW, report=report, parameters={"k": 5})
    told = json.loads((tmp_path / "members.csv.manifest.json").read_text("utf-8"))
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() == manifest.sha256
    assert (told["file"], told["rows"], told["columns"], told["labels"]) == ("members.csv", 1, ["customer"], "zh")
    assert (told["rule_digest"], told["rule_in_words"]) == (RULE.digest, "R 值不低于 3")
    assert Rule.load(told["rule"]) == RULE
    assert (told["as_of"], told["parameters"]) == ("2026-11-24T00:00:00+00:00", {"k": 5})
    assert (told["report"]["rows"], told["report"]["dropped"]) == (2, {"null_customer": 1})
    assert told["report"]["problems"] == ["frame '1' rows have no customer and were left out"]


def test_an_empty_result_has_its_header(tmp_path):
    manifest = to_csv(pd.DataFrame({"customer": pd.Series([], dtype=object)}), tmp_path / "a.csv")
    assert (manifest.rows, rows_in(tmp_path / "a.csv")) == (0, [["客户"]])
    with pytest.raises(InputError, match="'en', 'zh' or None"):
        to_csv(pd.DataFrame(), tmp_path / "b.csv", labels="fr")
    assert not (tmp_path / "b.csv").exists()
