"""Explanations: worked numbers, sums, verdicts, what they show and what they hide."""

from __future__ import annotations

import pickle
from itertools import pairwise
from math import inf

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.identity import Bar, Explanation, Level, LinkModel, explanation
from crmkit.identity.explanation_html import bar_places, explanation_html
from crmkit.identity.explanation_words import comparison_label, level_label, phrase
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.ways import way_between


def _levels(**shares: tuple[float, float]) -> tuple[Level, ...]:
    return tuple(Level(name=name.replace("_", " "), m=m, u=u) for name, (m, u) in shares.items())


MODEL = LinkModel(
    prior=1 / 40_000,
    comparisons={
        "phone": _levels(
            same=(0.62, 4e-6), mask=(0.20, 2e-4), one_digit=(0.005, 2e-7), other=(0.175, 0.9997958)
        ),
        "name": _levels(
            same=(0.60, 2e-4), reading=(0.06, 3e-5), near=(0.06, 1e-4), pattern=(0.16, 6e-3), other=(0.12, 0.99367)
        ),
        "address": _levels(
            unit=(0.55, 3e-6), street=(0.10, 3e-6), district=(0.18, 0.012), city=(0.10, 0.04), other=(0.07, 0.947994)
        ),
    },
)  # fmt: skip
"""The worked model: a share of one in 40,000 before anything is compared."""


def _told(**levels: int) -> Explanation:
    return explanation(MODEL, levels, left="a", right="b")


def test_the_worked_waterfall() -> None:
    told = _told(phone=1, name=3, address=2)
    assert told.prior == pytest.approx(-15.2877, abs=1e-4)
    bits = {bar.comparison: round(bar.bits, 3) for bar in told.bars}
    assert bits == {"phone": 9.966, "name": 4.737, "address": 3.907}
    assert told.weight == pytest.approx(3.3220, abs=1e-4)
    assert told.probability == pytest.approx(0.909093, abs=1e-6)
    assert (told.decision, told.threshold) == ("review", MODEL.review)
    assert told.weight < told.accept == 4.248


@pytest.mark.parametrize(
    ("levels", "frequency", "weight", "p", "decision"),
    [
        ({"name": 0, "address": 2}, {}, 0.1700, 0.529418, "review"),
        ({"name": 0, "address": 2}, {"name": -2.4739}, -2.3040, 0.168403, "none"),
        ({"name": 0, "address": 2}, {"name": 4.3219}, 4.4919, 0.957448, "model"),
        ({"phone": 0, "name": 4, "address": 4}, {}, -4.8550, 0.033401, "none"),
        ({"phone": 0}, {}, 1.9542, 0.794876, "review"),
        ({"phone": 0, "name": 0, "address": 0}, {}, 30.9891, 1 - 4.7e-10, "model"),
    ],
)
def test_the_worked_weights(
    levels: dict[str, int], frequency: dict[str, float], weight: float, p: float, decision: str
) -> None:
    told = explanation(MODEL, levels, frequency=frequency)
    assert told.weight == pytest.approx(weight, abs=1e-4)
    assert told.probability == pytest.approx(p, abs=1e-5)
    assert told.decision == decision
    assert set(told.silent) == set(MODEL.comparisons) - set(levels)


@given(
    levels=st.fixed_dictionaries({name: st.integers(-1, len(kinds) - 1) for name, kinds in MODEL.comparisons.items()}),
    rare=st.floats(-20, 20),
)
def test_the_bars_add_up_to_the_weight(levels: dict[str, int], rare: float) -> None:
    told = explanation(MODEL, levels, frequency={"name": rare})
    assert told.prior + sum(bar.total for bar in told.bars) == pytest.approx(told.weight, abs=1e-9)
    assert 0 <= told.probability <= 1
    frame = told.to_frame()
    assert frame["end"].iloc[-2] == pytest.approx(told.weight, abs=1e-9)
    assert frame["end"].iloc[-1] == told.weight
    assert all(0 <= start <= start + width <= 100.001 for start, width in bar_places(told))


def test_bars_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(InputError, match="add up to"):
        attrs.evolve(_told(phone=0), weight=3.0)


def test_a_level_that_the_model_has_not_is_refused() -> None:
    with pytest.raises(InputError, match="no level 4 of phone"):
        _told(phone=4)


def test_guards_and_vetoes_stand_over_the_weight() -> None:
    strong = {"phone": 0, "name": 0, "address": 0}
    guarded = explanation(MODEL, strong, guards=("name",))
    assert (guarded.decision, guarded.by, guarded.threshold) == ("refused", "name", None)
    assert explanation(MODEL, {"phone": 1}, guards=("name",)).decision == "none"
    vetoed = explanation(MODEL, strong, vetoes=("d1",), guards=("name",))
    assert (vetoed.decision, vetoed.by, vetoed.is_one_person) == ("refused", "veto", False)
    assert vetoed.verdict() == "kept apart: somebody decided that they are two"


def test_the_verdict_names_what_decided() -> None:
    assert _told(phone=0, name=0).verdict() == "one person by weight: 13.50 is at least 4.25"
    assert _told(phone=0).verdict("zh") == "待人工核查：0.00 ≤ 1.95 < 4.25"
    assert _told(phone=3).verdict() == "not held to be one person: -17.80 is under 0.00"
    rule = explanation(MODEL, {"phone": 3}, decision="rule", by="email")
    assert rule.verdict() == "one person by rule: the same mailbox"
    assert (rule.threshold, rule.is_one_person) == (None, True)
    persons = attrs.evolve(_told(phone=0), decision="model", joined=6.5)
    assert "weigh 6.50 together" in persons.verdict()
    household = explanation(MODEL, {"phone": 0}, decision="review", by="household")
    assert household.verdict() == "a human should look: perhaps two people of one household"


def test_a_path_is_as_strong_as_its_weakest_link() -> None:
    rule = explanation(MODEL, {}, decision="rule", by="account", left="a", right="x")
    link = explanation(MODEL, {"phone": 0, "name": 0}, decision="model", left="x", right="b")
    weak = attrs.evolve(_told(phone=0), decision="model", joined=5.0, left="b", right="c")
    path = attrs.evolve(_told(phone=3), decision="path", path=(rule, link, weak))
    assert path.weakest == 5.0
    assert path.verdict() == "one person by way of others: the weakest of 3 links weighs 5.00"
    assert attrs.evolve(path, path=(rule, rule)).weakest is None
    assert "none by weight" in attrs.evolve(path, path=(rule, rule)).verdict()
    assert "  b – c: one person" in str(path)
    assert "<li>b – c" in explanation_html(path)


def test_values_are_shown_only_in_html_and_frame_and_escaped() -> None:
    told = explanation(MODEL, {"name": 0}, values={"name": ("<b>王</b>", "王")}, left="<script>", right="b")
    page = told._repr_html_()
    assert "&lt;b&gt;王&lt;/b&gt;" in page
    assert "<script>" not in page
    assert told.to_frame()["left"].tolist() == ["", "<b>王</b>", ""]
    assert "王" not in repr(told) + str(told)


def test_every_level_has_words_in_both_languages() -> None:
    for comparison, levels in LEVELS.items():
        assert comparison_label(comparison, "zh") != comparison
        for level in levels:
            english, chinese = level_label(comparison, level), level_label(comparison, level, "zh")
            assert english != chinese
            assert chinese != level
    with pytest.raises(InputError, match="'en' or 'zh'"):
        phrase("prior", "fr")  # type: ignore[arg-type]
    assert Bar(comparison="shoe size", level="46", bits=1.0).label() == "shoe size: 46"


def test_an_explanation_survives_pickling() -> None:
    told = _told(phone=1, name=3)
    assert pickle.loads(pickle.dumps(told)) == told


@given(
    links=st.dictionaries(
        st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]),
        st.sampled_from([5.0, 6.0, 7.0, 8.0]),
        max_size=12,
    ),
    groups=st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=3, unique=True), max_size=2),
)
@settings(max_examples=60)
def test_no_other_way_has_a_stronger_weakest_link(links: dict[tuple[int, int], float], groups: list[list[int]]) -> None:
    way = way_between(0, 6, groups=groups, links=links, places=range(7))

    def strength(a: int, b: int) -> float:
        if any(a in group and b in group for group in groups):
            return inf
        return links.get((min(a, b), max(a, b)), -inf)

    best = dict.fromkeys(range(7), -inf) | {0: inf}
    for _ in range(7):  # the widest way by plain relaxation
        for a in range(7):
            for b in range(7):
                best[b] = max(best[b], min(best[a], strength(a, b)))
    if best[6] == -inf:
        assert way == []
    else:
        assert (way[0], way[-1], len(set(way))) == (0, 6, len(way))
        assert min(strength(a, b) for a, b in pairwise(way)) == best[6]
