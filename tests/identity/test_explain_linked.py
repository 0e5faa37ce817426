"""Explaining what dedupe found, cases for a human, and which values to show: on an invented shop."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from crmkit.errors import InputError, NotFoundError
from crmkit.identity import Linked, best_values, dedupe, explain, link, review_cases
from crmkit.identity.matching.features import FIELDS
from crmkit.identity.matching.grounds import Explainer
from crmkit.identity.matching.trace import Trace

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "identity"))

from population import MIXTURES, population

COLUMNS = {name: name for name in FIELDS}
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return pd.DataFrame(population(MIXTURES["even"], 11, 1500))


@pytest.fixture(scope="module")
def found(shop: pd.DataFrame) -> Linked:
    return dedupe(shop, columns=COLUMNS)


def test_bars_are_the_engines_own_bits_to_the_last(found: Linked) -> None:
    assert found.trace is not None
    trace = Trace(features=found.trace.features, solved=found.trace.solved)  # without values, which take longer
    solved = trace.solved
    left, right = solved.faces.first[solved.candidates.left], solved.faces.first[solved.candidates.right]
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    explainer = Explainer(trace)
    explainer.compare(pairs)
    chosen = np.random.default_rng(1).choice(len(pairs), 300, replace=False)
    for at in chosen.tolist():
        told = explainer.pair(*pairs[at])
        assert told.weight == solved.scored.weight[at]
        assert told.prior + sum(bar.total for bar in told.bars) == pytest.approx(told.weight, abs=1e-9)


def test_links_are_told_as_what_they_are(found: Linked) -> None:
    by_model = found.pairs[found.pairs["by"] == "model"].head(20)
    for row in by_model.itertuples():
        told = explain(found, row.left, row.right)
        assert told.decision == "model"
        assert (told.weight if told.joined is None else told.joined) == pytest.approx(row.weight, abs=1e-4)
        assert told.digest == found.model.digest
    for row in found.pairs[found.pairs["by"] == "rule"].head(10).itertuples():
        assert found.explain(row.left, row.right).decision in ("rule", "path")


def test_two_of_one_person_are_always_tied(found: Linked) -> None:
    persons = found.persons.groupby("person_id")["record_id"].apply(list)
    seen = set()
    for records in persons[persons.map(len) > 5].head(5):
        for other in records[1:]:
            told = explain(found, records[0], other)
            assert told.is_one_person
            seen.add(told.decision)
            if told.decision == "path":
                assert told.path[0].left == records[0]
                assert told.path[-1].right == other
                assert all(a.right == b.left for a, b in zip(told.path, told.path[1:], strict=False))
                assert all(step.decision in ("rule", "model") for step in told.path)
    assert seen >= {"rule", "model", "path"}


def test_two_of_two_persons_are_told_why_not(found: Linked) -> None:
    for row in found.review.head(25).itertuples():
        told = explain(found, row.left, row.right)
        assert not told.is_one_person
        expected = "review" if row.reason in ("band", "household") else "refused"
        assert (told.decision, told.by) == (expected, row.reason)
    one, other = found.persons["person_id"].unique()[[0, -1]]
    assert explain(found, one, other).by in ("not compared", "", "band")


def test_values_are_masked_unless_they_may_be_seen(found: Linked, shop: pd.DataFrame) -> None:
    by_id = shop.set_index("record_id")
    for row in found.pairs[found.pairs["by"] == "model"].head(10).itertuples():
        hidden, seen = explain(found, row.left, row.right), explain(found, row.left, row.right, show_values=True)
        secrets = {by_id.loc[row.left, field] for field in ("phone", "receiver_phone", "email", "card", "address")}
        for secret in secrets - {None}:
            if len(str(secret)) > 6 and "*" not in str(secret):
                assert not any(str(secret) in bar.left for bar in hidden.bars)
        assert [bar.bits for bar in hidden.bars] == [bar.bits for bar in seen.bars]
    phones = [bar for bar in seen.bars if bar.comparison == "phone"]
    assert all(bar.left == (by_id.loc[row.left, "phone"] or by_id.loc[row.left, "receiver_phone"]) for bar in phones)


@pytest.mark.parametrize("kind", ["polars", "lazy"])
def test_other_frames_are_explained_too(kind: str, shop: pd.DataFrame, found: Linked) -> None:
    frame = pl.from_pandas(shop.head(400))
    some = dedupe(frame.lazy() if kind == "lazy" else frame, columns=COLUMNS, model=found.model)
    left, right = some.pairs.row(0)[:2]
    assert some.explain(left, right).is_one_person
    assert isinstance(best_values(some, as_of=NOW), pl.DataFrame)
    assert len(review_cases(some, limit=2)) <= 2


def test_rows_without_ids_are_asked_for_by_number() -> None:
    frame = pd.DataFrame({"mail": ["a@example.com", "b@example.com", "a@example.com"]})
    found = dedupe(frame, columns={"email": "mail"})
    assert explain(found, 0, 2).decision == "rule"
    assert explain(found, 0, 1).by == "not compared"
    with pytest.raises(NotFoundError):
        explain(found, 0, 3)


def test_unknown_records_and_the_same_one_twice_are_refused(found: Linked) -> None:
    first = found.persons["record_id"].iloc[0]
    with pytest.raises(NotFoundError, match="no record 'nobody'"):
        explain(found, first, "nobody")
    with pytest.raises(InputError, match="twice"):
        explain(found, first, first)


def test_links_across_sources_are_explained() -> None:
    shop = pd.DataFrame({"id": ["s1", "s2"], "mail": ["a@example.com", "b@example.com"]})
    till = pd.DataFrame({"id": ["t1"], "mail": ["a@example.com"]})
    found = link(shop, till, columns={"record_id": "id", "email": "mail"})
    assert found.explain("s1", "t1").verdict() == "one person by rule: the same mailbox"
    assert not found.explain("s2", "t1").is_one_person


def test_an_empty_frame_has_no_cases_and_nobody_to_show() -> None:
    found = dedupe(pd.DataFrame({"id": [], "mail": []}), columns={"record_id": "id", "email": "mail"})
    assert review_cases(found) == ()
    assert len(best_values(found, as_of=NOW)) == 0


def test_cases_show_both_sides_and_what_would_change(found: Linked, shop: pd.DataFrame) -> None:
    cases = review_cases(found)
    assert [case.reason for case in cases] == found.review["reason"].tolist()
    persons = found.persons.set_index("record_id")["person_id"]
    sizes = found.persons["person_id"].value_counts()
    seen = shop.set_index("record_id")["seen_at"]
    for case in cases:
        assert case.left.person == persons[case.left.record] != case.right.person
        assert case.records == sizes[case.left.person] + sizes[case.right.person]
        assert case.merged == min((case.left.person, case.right.person), key=lambda person: (seen[person], person))
        assert case.left.first <= case.left.last
        assert sum(count for _, count in case.left.values["shop"]) == case.left.records
    assert len(review_cases(found, limit=3)) == 3


def test_cases_may_be_asked_of_persons_kept_elsewhere(found: Linked) -> None:
    left, right = found.pairs[found.pairs["by"] == "model"].iloc[0][["left", "right"]]
    (case,) = review_cases(found, pairs=[(left, right, "model")], persons={left: "p1", right: "p2"})
    assert (case.left.person, case.right.person, case.records) == ("p1", "p2", 2)
    assert case.merged in ("p1", "p2")
    assert case.explanation.decision == "model"


def test_best_values_are_a_row_a_person(found: Linked, shop: pd.DataFrame) -> None:
    shown = best_values(found, as_of=NOW)
    assert shown.columns.tolist() == ["person_id", "records", "name", "phone", "email", "address"]
    assert shown["records"].sum() == len(shop)
    assert set(shown["person_id"]) == set(found.persons["person_id"])
    whole = shown[(shown["name"] != "") & ~shown["name"].str.contains(r"\*")]
    assert len(whole) > len(shown) / 2


def test_consent_and_proof_come_from_the_frames_columns() -> None:
    frame = pd.DataFrame({
        "no": ["1", "2", "3"], "mail": ["a@example.com"] * 3, "tel": ["13900010001", "13900010002", "13900010003"],
        "ok": [True, False, None], "proved": [False, True, None], "at": ["2026-01-01", "2026-02-01", "2026-03-01"],
    })  # fmt: skip
    found = dedupe(frame, columns={"record_id": "no", "email": "mail", "phone": "tel", "seen_at": "at"})
    (row,) = best_values(found, as_of=NOW, verified={"phone": "proved"}, consent="ok").to_dict("records")
    assert (row["phone"], row["consent"]) == ("13900010002", False)
    assert best_values(found, as_of=NOW)["phone"].tolist() == ["13900010003"]
    with pytest.raises(InputError, match="no column nothing"):
        best_values(found, as_of=NOW, consent="nothing")
