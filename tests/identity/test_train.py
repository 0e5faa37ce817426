"""Training: the worked rounds of EM, refined u, patterns, and blocks that make no pair twice."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.identity.matching.blocking import candidates_of
from crmkit.identity.matching.codes import combined, joined_labels, text_codes
from crmkit.identity.matching.levenshtein import distance, distances
from crmkit.identity.matching.scoring import frequency_bits
from crmkit.identity.matching.training import _refine, em, patterns_of, posterior, start

LEVELS = {"a": np.array([0, 0, 1, 1], np.int8), "b": np.array([0, 1, 0, 1], np.int8)}
M = {"a": np.array([0.9, 0.1]), "b": np.array([0.8, 0.2])}
U = {"a": np.array([0.02, 0.98]), "b": np.array([0.05, 0.95])}
COUNT = np.array([400, 150, 250, 9200])


@pytest.mark.parametrize(
    ("rounds", "m1", "m2", "prior", "before"),
    [
        (1, 0.886723, 0.814326, 0.053228, [0.987654, 0.512821, 0.153551, 0.002381]),
        (2, 0.925077, 0.872016, 0.047512, [0.975959, 0.327581, 0.095708, 0.001268]),
        (3, 0.954470, 0.909695, 0.044618, [0.975751, 0.237124, 0.062362, 0.000513]),
    ],
)
def test_worked_rounds_of_em(rounds: int, m1: float, m2: float, prior: float, before: list[float]) -> None:
    m, share, _ = em(LEVELS, COUNT, M, U, 0.1, rounds=rounds)
    assert (m["a"][0], m["b"][0], share) == pytest.approx((m1, m2, prior), abs=1e-6)
    earlier, share, _ = em(LEVELS, COUNT, M, U, 0.1, rounds=rounds - 1) if rounds > 1 else (M, 0.1, None)
    assert posterior(LEVELS, earlier, U, share) == pytest.approx(before, abs=1e-6)


def test_silence_has_no_say() -> None:
    silent = {"a": np.array([0, -1], np.int8), "b": np.array([-1, -1], np.int8)}
    assert posterior(silent, M, U, 0.1)[1] == pytest.approx(0.1)


def test_worked_refinement_of_u() -> None:
    """A thousand phones, 300 equal pairs, of which 60 are expected to be strangers': 1.201e-4 instead of 6.006e-4."""
    patterns = patterns_of({name: np.zeros(300, np.int8) for name in start()[0]})
    _, u = start()
    _refine(u, patterns, np.array([1 - 60 / 300]), {"phone": {0: (300.0, 499_500.0)}}, weight=0.0)
    assert u["phone"][0] == pytest.approx(1.201e-4, abs=1e-7)


def test_patterns_count_pairs() -> None:
    levels = {"name": np.array([0, -1, 0, 6], np.int8), "card": np.array([1, 1, 1, -1], np.int8)}
    found = patterns_of(levels)
    assert found.count.sum() == 4
    assert {name: column[found.of].tolist() for name, column in found.levels.items()} == {
        name: column.tolist() for name, column in levels.items()
    }


def test_no_pair_comes_twice_and_none_is_lost() -> None:
    random = np.random.default_rng(3)
    keys = {name: random.integers(-1, 40, 300).astype(np.int32) for name in "abc"}
    found, _ = candidates_of(keys, np.arange(300))
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    wanted = {
        (i, j) for i in range(300) for j in range(i + 1, 300)
        if any(codes[i] == codes[j] >= 0 for codes in keys.values())
    }  # fmt: skip
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted
    first = [next(at for at, codes in enumerate(keys.values()) if codes[i] == codes[j] >= 0) for i, j in pairs]
    assert first == found.rule.tolist()


def test_a_key_of_too_many_makes_no_pairs_and_is_reported() -> None:
    codes = np.array([0] * 70 + [1, 1], np.int32)
    found, kept = candidates_of({"phone": codes}, np.arange(72))
    assert (found.left.tolist(), found.right.tolist()) == ([70], [71])
    assert found.too_big == {"phone": (1, 70 * 69 // 2)}
    assert set(kept["phone"].tolist()) == {-1, 1}
    one_account = np.array([0] * 70 + [1, 2])
    assert candidates_of({"phone": codes}, one_account)[0].too_big == {}


def test_distances_are_those_of_the_plain_method() -> None:
    random = np.random.default_rng(5)
    words = ["".join(random.choice(list("abcxyz "), random.integers(0, 30))) for _ in range(400)]
    words += ["", "a" * 63, "a" * 64, "b" * 90, "王小明", "王晓明"]
    left, right = random.choice(words, 3000).tolist(), random.choice(words, 3000).tolist()
    assert distances(left, right).tolist() == [distance(a, b) for a, b in zip(left, right, strict=True)]


def test_rare_values_weigh_more() -> None:
    bits = frequency_bits(np.array([0] * 8 + [1]))
    assert bits[1] - bits[0] == pytest.approx(3)
    assert frequency_bits(np.array([0, 0, 1]), np.array([5, 5, 7])).tolist() == pytest.approx([0, 0])


def test_codes_of_texts_and_groups() -> None:
    codes, texts = text_codes(["a", None, float("nan"), "nan", "", "无", " a", 12.0, "12"])
    assert codes.tolist() == [0, -1, -1, -1, -1, -1, 0, 1, 1]
    assert texts == ["a", "12"]
    assert combined(np.array([0, 0, -1]), np.array([1, -1, 1]), optional=(1,)).tolist() == [0, 1, -1]
    chain = [np.array([0, 0, -1, -1, 1, 1]), np.array([-1, 0, 0, -1, -1, -1]), np.array([-1, -1, 3, 3, 3, -1])]
    assert joined_labels(6, chain).tolist() == [0] * 6
