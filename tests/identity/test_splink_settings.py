"""The model as Splink's settings and back: nothing is lost, and what cannot be said is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError, PolicyError
from crmkit.identity import Level, LinkModel
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.crowds import RULES
from crmkit.identity.matching.model_document import Rarity
from crmkit.identity.splink.conditions import BLOCKS, COMPARISONS, FREQUENCIES

shares = st.floats(0, 1) | st.sampled_from([0.0, 1e-12, 1e-9, 1.0])


@st.composite
def models(draw: st.DrawFn) -> LinkModel:
    names = draw(st.lists(st.sampled_from(sorted(COMPARISONS)), min_size=1, unique=True))
    comparisons = {
        name: tuple(
            Level(name=kind, m=draw(shares), u=draw(shares), trained=draw(st.booleans())) for kind in LEVELS[name]
        )
        for name in names
    }
    rare = draw(st.lists(st.sampled_from(sorted(FREQUENCIES)), unique=True))
    return LinkModel(
        comparisons=comparisons,
        prior=draw(shares),
        accept=draw(st.floats(0, 20)),
        review=draw(st.floats(-5, 0)),
        max_key=draw(st.integers(1, 500)),
        max_owners=draw(st.dictionaries(st.sampled_from(["phone", "email"]), st.integers(1, 9))),
        frequencies={
            name: Rarity(base=draw(st.floats(-20, 0)), counts={"00ff": draw(st.integers(2, 9))}) for name in rare
        },
    )


def card_model(**change: Any) -> LinkModel:
    levels = (Level(name="same", m=0.9, u=1e-5), Level(name="else", m=0.1, u=0.99999))
    return LinkModel(comparisons={"card": levels}, **change)


@settings(max_examples=25, deadline=None)
@given(models(), st.sampled_from(["duckdb", "spark", "postgres", "sqlite"]), st.booleans())
def test_exported_and_imported_it_is_the_same_model(model: LinkModel, dialect: Any, inexact: bool) -> None:
    exported = model.to_splink(dialect, inexact=inexact)
    for again in (exported, exported.settings, exported.to_json()):
        assert LinkModel.from_splink(again) == model
    assert LinkModel.from_splink(exported).digest == model.digest


@settings(max_examples=25, deadline=None)
@given(models())
def test_splink_gets_shares_that_it_takes(model: LinkModel) -> None:
    told = model.to_splink().settings
    assert 0 < told["probability_two_random_records_match"] < 1
    for comparison in told["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                assert "m_probability" not in level
                assert "u_probability" not in level
            else:
                assert min(level["m_probability"], level["u_probability"]) >= 1e-9
                assert level["fix_m_probability"] is level["fix_u_probability"] is True
                assert ("tf_adjustment_column" in level) == level.get("disable_tf_exact_match_detection", False)
        assert comparison["comparison_levels"][-1]["sql_condition"] == "ELSE"
        assert sum(level.get("is_null_level", False) for level in comparison["comparison_levels"]) == 1


def test_every_comparison_level_and_block_of_ours_has_its_condition() -> None:
    assert {name: len(found.levels) + 1 for name, found in COMPARISONS.items() if name in LEVELS} == {
        name: len(kinds) for name, kinds in LEVELS.items()
    }
    assert ("account", *RULES) == BLOCKS


def test_saved_it_is_a_file_that_we_read_again(tmp_path: Path) -> None:
    card_model().to_splink("spark").save(tmp_path / "settings.json")
    assert LinkModel.from_splink((tmp_path / "settings.json").read_text(encoding="utf-8")) == card_model()


def test_shares_that_splink_trained_anew_are_taken_over() -> None:
    told = json.loads(card_model(prior=0.0).to_splink().to_json())
    told["probability_two_random_records_match"] = 0.25
    told["comparisons"][0]["comparison_levels"][1]["m_probability"] = 0.75
    again = LinkModel.from_splink(told)
    assert (again.prior, again.comparisons["card"][0].m) == (0.25, 0.75)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda s: s["comparisons"][0].update(output_column_name="shoe"), "the comparison shoe"),
        (lambda s: s["comparisons"][0]["comparison_levels"].pop(1), "1 levels of card"),
        (lambda s: s["comparisons"][0]["comparison_levels"].pop(0), "the null level of card"),
        (
            lambda s: s["comparisons"][0]["comparison_levels"][0].update(sql_condition="card_l = ''"),
            "the null level of card",
        ),
        (
            lambda s: s["comparisons"][0]["comparison_levels"][1].update(sql_condition="jaro(card_l, card_r) > 0.9"),
            "card: same by jaro",
        ),
        (lambda s: s["comparisons"][0]["comparison_levels"][1].pop("m_probability"), "without m and u"),
        (
            lambda s: s["comparisons"][0]["comparison_levels"][1].update(tf_adjustment_column="card"),
            "other term frequencies on card: same",
        ),
        (lambda s: s["blocking_rules_to_generate_predictions"].append("l.shoe = r.shoe"), "the blocking rule l.shoe"),
        (lambda s: s["blocking_rules_to_generate_predictions"].pop(), "without the blocking rule"),
        (lambda s: s.pop("comparisons"), "no settings of Splink"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(change: Callable[[dict[str, Any]], object], named: str) -> None:
    told = json.loads(card_model().to_splink().to_json())
    change(told)
    with pytest.raises(PolicyError, match=named):
        LinkModel.from_splink(told)


def test_text_that_is_no_settings_is_refused() -> None:
    for text in ("[]", "nonsense", "{}"):
        with pytest.raises(PolicyError, match="no settings of Splink"):
            LinkModel.from_splink(text)


def test_a_model_that_compares_nothing_and_an_unknown_engine_are_refused() -> None:
    with pytest.raises(PolicyError, match="compares nothing"):
        LinkModel().to_splink()
    with pytest.raises(InputError, match="duckdb, spark, postgres, sqlite"):
        card_model().to_splink("oracle")  # type: ignore[arg-type]


def test_the_export_says_what_it_leaves_out() -> None:
    levels = tuple(Level(name=kind, m=0.1, u=0.1) for kind in LEVELS["name"])
    model = attrs.evolve(card_model(), comparisons={"name": levels})
    exact, inexact = model.to_splink("duckdb"), model.to_splink("duckdb", inexact=True)
    assert any("guards" in line for line in exact.left_out)
    assert exact.inexact == ("name: near is seen on ASCII keys only",)
    assert "bytes" in inexact.inexact[0]
    assert "name_ascii" in exact.to_json()
    assert "name_ascii" not in inexact.to_json()
    assert card_model().to_splink("duckdb").inexact == ()
    assert "rapidfuzz" in card_model().to_splink("sqlite").inexact[0]
