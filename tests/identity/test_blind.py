"""Blind indexes: no plain value is left, equal values are equal under one key, and linking is nearly as good."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from crmkit.errors import InputError
from crmkit.identity import blind, dedupe, evaluate, link
from crmkit.identity.matching.blinding import BLIND_COLUMNS
from crmkit.identity.matching.features import FIELDS

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "identity"))

from population import MIXTURES, population

COLUMNS = {name: name for name in FIELDS}
KEY = bytes(range(32))
CLEAR = ("record_id", "seen_at", "platform", "shop", "district", "city")
PATTERN = ("length", "last", "initial", "masked", "script")


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return pd.DataFrame(population(MIXTURES["western"], 5, 1200))


@pytest.fixture(scope="module")
def blinded(shop: pd.DataFrame) -> pd.DataFrame:
    frame: pd.DataFrame = blind(shop, columns=COLUMNS, key=KEY)
    return frame


def test_no_plain_value_remains(shop: pd.DataFrame, blinded: pd.DataFrame) -> None:
    assert list(blinded.columns) == list(BLIND_COLUMNS)
    secret = [c for c in FIELDS if c not in (*CLEAR, "province", "country")]
    plain = {str(value) for column in secret for value in shop[column].dropna() if len(str(value)) > 2}
    assert len(plain) > 2000
    for column in blinded.columns:
        values = set(blinded[column].dropna().map(str)) - {""}
        if column in CLEAR:
            assert not values & plain or column in ("district", "city"), column
        elif column.split("_")[-1] in PATTERN:
            assert max(map(len, values), default=0) <= 8, column
        else:
            assert all(len(value) == 32 and set(value) <= set("0123456789abcdef") for value in values), column
    text = blinded.drop(columns=list(CLEAR)).to_csv()
    assert not [value for value in plain if value in text and not value.isdigit()]


def test_another_key_gives_other_hashes_and_the_same_one_equal(shop: pd.DataFrame, blinded: pd.DataFrame) -> None:
    some = shop[:200]
    again, other = (blind(some, columns=COLUMNS, key=key) for key in (KEY, b"another key of the host"))
    assert again.reset_index(drop=True).equals(blinded[:200].reset_index(drop=True))
    for column in ("email", "phone", "buyer_reading", "account", "card"):
        assert not (set(again[column]) & set(other[column])) - {""}


def test_one_value_of_two_kinds_is_two_hashes() -> None:
    raw = pd.DataFrame({"id": ["a"], "card": ["x-12345"], "payer": ["x-12345"], "nick": ["x-12345"]})
    found = blind(raw, columns={"record_id": "id", "card": "card", "payer_id": "payer", "nick": "nick"}, key=KEY)
    assert len({found[c][0] for c in ("card", "payer", "nick")}) == 3


def test_accounts_and_relays_are_hashed_in_their_scope() -> None:
    raw = pd.DataFrame({
        "id": list("abcd"), "platform": ["jd", "jd", "taobao", "jd"], "shop": ["1", "2", "1", "1"],
        "account": ["mei_invented"] * 4, "mail": ["x1@privaterelay.appleid.com"] * 4,
    })  # fmt: skip
    columns = {"record_id": "id", "platform": "platform", "shop": "shop", "account": "account", "email": "mail"}
    found = blind(raw, columns=columns, key=KEY)
    a, b, c, d = found["account"]
    assert a == b == d != c
    a, b, c, d = found["email"]
    assert a == c == d != b


def test_persons_are_nearly_those_of_the_open_frame(shop: pd.DataFrame, blinded: pd.DataFrame) -> None:
    truth = shop[["record_id", "person"]]
    open_f1 = evaluate(dedupe(shop, columns=COLUMNS).persons, truth).pairwise.f1
    found = dedupe(blinded, blind=True)
    assert evaluate(found.persons, truth).pairwise.f1 > open_f1 - 0.015  # a tenth of the frame that was measured
    assert found.explain(*found.pairs[["left", "right"]].iloc[-1]).weight > 0


def test_two_parties_link_what_neither_can_read(shop: pd.DataFrame) -> None:
    half = len(shop) // 2
    ours, theirs = (blind(part, columns=COLUMNS, key=KEY) for part in (shop[:half], shop[half:]))
    found = link(ours, theirs, blind=True)
    open_found = link(shop[:half], shop[half:], columns=COLUMNS)
    assert found.report.persons == pytest.approx(open_found.report.persons, rel=0.05)


def test_polars_rows_in_any_order_and_kept_columns(shop: pd.DataFrame, blinded: pd.DataFrame) -> None:
    frame = pl.from_pandas(shop[:300]).with_columns(origin=pl.lit("till"))
    found = blind(frame, columns=COLUMNS, key=KEY, keep=["origin"])
    assert isinstance(found, pl.DataFrame)
    assert found["origin"].to_list() == ["till"] * 300
    assert found["email"].to_list() == blinded["email"][:300].tolist()
    mixed = dedupe(found.sample(fraction=1, shuffle=True, seed=1), blind=True)
    straight = dedupe(found, blind=True)
    assert dict(zip(mixed.persons["record_id"], mixed.persons["person_id"], strict=True)) == dict(
        zip(straight.persons["record_id"], straight.persons["person_id"], strict=True)
    )


@pytest.mark.parametrize("key", [b"short", "a text is no key of bytes", None])
def test_a_poor_key_is_refused(key: Any) -> None:
    with pytest.raises(InputError, match="16 bytes or more"):
        blind(pd.DataFrame({"id": ["a"]}), columns={"record_id": "id"}, key=key)


def test_bad_input_is_refused(blinded: pd.DataFrame) -> None:
    raw = pd.DataFrame({"id": ["a", "a"], "email": ["x", "y"]})
    with pytest.raises(InputError, match="same id: a"):
        blind(raw, columns={"record_id": "id"}, key=KEY)
    with pytest.raises(InputError, match="no column there"):
        blind(raw, columns={"email": "there"}, key=KEY)
    with pytest.raises(InputError, match="shoe"):
        blind(raw, columns={"shoe": "email"}, key=KEY)
    with pytest.raises(InputError, match="cannot be kept"):
        blind(raw[:1], columns={"record_id": "id"}, key=KEY, keep=["email"])
    with pytest.raises(InputError, match=r"no frame that blind\(...\) made"):
        dedupe(raw, blind=True)
    with pytest.raises(InputError, match="blind=True and no columns"):
        dedupe(blinded, columns=COLUMNS, blind=True)
    with pytest.raises(InputError, match="blind=True and no columns"):
        dedupe(raw)


def test_no_records_and_no_ids() -> None:
    raw = pd.DataFrame({"mail": ["mei@x.example.com", "mei@x.example.com"]})
    assert dedupe(blind(raw, columns={"email": "mail"}, key=KEY), blind=True).report.persons == 1
    assert dedupe(blind(raw[:0], columns={"email": "mail"}, key=KEY), blind=True).report.persons == 0
