"""Random rules on random customers: every engine says what plain Python says."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from segmentation import rule_oracle
from segmentation.rule_frames import RULE_ENGINES, ids

from crmkit.segmentation import Rule
from crmkit.segmentation.rules import OPERATORS

FRAMES, RULES = 50, 10


@pytest.fixture(scope="module")
def pairs():
    """Some 500 rules, ten for each of fifty sets of customers, with their members by the book."""
    found = []
    for seed in range(FRAMES):
        rng = random.Random(seed)
        columns = rule_oracle.customers(rng, rng.choice([0, 1, *[20] * 8]))
        for _ in range(RULES):
            rule, as_of = rule_oracle.a_rule(rng)
            found.append((columns, rule, as_of, rule_oracle.members(rule, columns)))
    return found


@pytest.mark.parametrize("engine", RULE_ENGINES)
def test_every_engine_finds_the_members_that_plain_python_finds(engine, pairs):
    made = None
    for columns, rule, as_of, expected in pairs:
        if made is None or made[0] is not columns:
            made = columns, RULE_ENGINES[engine](columns)
        assert ids(Rule.load(rule).members(made[1], as_of=as_of)) == expected, rule


def test_the_pairs_ask_for_everything_there_is(pairs):
    said: Counter[str] = Counter()

    def count(node):
        for word in ("all", "any"):
            for part in node.get(word, []):
                count(part)
            said[word] += word in node
        if "not" in node:
            said["not"] += 1
            count(node["not"])
        if "field" in node:
            said[node["op"]] += 1
            said["currency"] += "currency" in node

    for _, rule, _, _ in pairs:
        count(rule)
    assert min(said[word] for word in ("all", "any", "not", "currency", *OPERATORS)) >= 20, said
    sizes = [len(expected) / max(1, len(columns["customer"])) for columns, _, _, expected in pairs]
    assert sum(0 < size < 1 for size in sizes) > 200


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_survives_json_and_speaks_both_languages(seed):
    rng = random.Random(900 + seed)
    for _ in range(300):
        rule = Rule.load(rule_oracle.a_rule(rng)[0])
        again = Rule.load(rule.dump())
        assert again == rule
        assert again.digest == rule.digest
        assert rule.in_words("zh")
        assert rule.in_words("en")


@pytest.mark.parametrize("engine", RULE_ENGINES)
def test_an_explanation_says_what_the_members_say(engine, pairs):
    rng = random.Random(7)
    for columns, rule, as_of, expected in rng.sample([pair for pair in pairs if pair[0]["customer"]], 25):
        frame, loaded = RULE_ENGINES[engine](columns), Rule.load(rule)
        for customer in rng.sample(columns["customer"], min(2, len(columns["customer"]))):
            verdict = loaded.explain(frame, customer, as_of=as_of)
            assert verdict.holds == (customer in expected), (rule, str(verdict))
            assert sum(1 for _ in verdict.leaves()) == str(rule).count("'field'")


@pytest.mark.parametrize("engine", RULE_ENGINES)
def test_the_frame_stays_as_it_is_and_the_result_is_in_kind(engine):
    columns = rule_oracle.customers(random.Random(1), 30)
    frame = RULE_ENGINES[engine](columns)
    before = str(frame)
    found = Rule.load({"v": 1, "not": {"field": "whole", "op": ">", "value": 3}}).members(
        frame, as_of=rule_oracle.AS_OF
    )
    assert type(found) is type(frame)
    assert str(frame) == before
    if engine not in ("polars_lazy", "duckdb_relation"):
        in_order = found["customer"].to_pylist() if hasattr(found["customer"], "to_pylist") else list(found["customer"])
        assert in_order == sorted(in_order)


@pytest.mark.parametrize("engine", RULE_ENGINES)
@pytest.mark.parametrize("size", [0, 1])
def test_an_empty_frame_has_no_members_and_the_same_types(engine, size):
    columns = rule_oracle.customers(random.Random(2), size)
    for field in rule_oracle.FIELDS:
        columns[field] = [None] * size
    frame = RULE_ENGINES[engine](columns)
    assert (
        ids(Rule.load({"v": 1, "field": "whole", "op": "==", "value": 1}).members(frame, as_of=rule_oracle.AS_OF)) == []
    )
    everybody = Rule.load({"v": 1, "all": [{"field": name, "op": "is_null"} for name in rule_oracle.FIELDS]})
    assert ids(everybody.members(frame, as_of=rule_oracle.AS_OF)) == columns["customer"]


@pytest.mark.parametrize("engine", RULE_ENGINES)
def test_infinity_is_a_value_and_nan_is_none(engine):
    columns = rule_oracle.customers(random.Random(3), 4)
    columns["customer"] = [1, 2, 3, 4]
    columns["share"] = [float("inf"), float("-inf"), float("nan"), None]
    frame = RULE_ENGINES[engine](columns)

    def members(**leaf):
        return ids(Rule.load({"v": 1, "field": "share", **leaf}).members(frame, as_of=rule_oracle.AS_OF))

    assert members(op=">", value=10**37) == [1]
    assert members(op="!=", value=0) == [1, 2]
    assert members(op="is_null") == [3, 4]
