"""The linking model as Splink 5's settings, and back: the same comparisons, levels, shares, prior and blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

from crmkit.errors import InputError, PolicyError
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.model_document import Level, LinkModel, Rarity
from crmkit.identity.splink.conditions import BLOCKS, COMPARISONS, FREQUENCIES, block_column, conditions_of

__all__ = ["Dialect", "SplinkSettings", "from_splink", "to_splink"]

Dialect = Literal["duckdb", "spark", "postgres", "sqlite"]
Mode = Literal["dedupe", "link"]
_LINK_TYPES: Mapping[str, str] = {"dedupe": "dedupe_only", "link": "link_only"}
_FLOOR = 1e-9
_POLICY = ("accept", "review", "max_key", "max_person", "agent_surnames", "max_owners")
_MARK = "crmkit "
_UNTRAINED = " (start value)"
_NEEDS: Mapping[str, str] = {
    "postgres": "PostgreSQL needs its extension fuzzystrmatch for levenshtein.",
    "sqlite": "SQLite needs the package rapidfuzz beside Splink for levenshtein.",
}
_INEXACT: Mapping[str, str] = {
    "duckdb": "DuckDB counts UTF-8 bytes in levenshtein: beyond ASCII the level differs from ours.",
    "spark": "Spark counts as we do, but text beyond the basic plane is not promised.",
    "postgres": "PostgreSQL refuses levenshtein of texts over 255 bytes.",
    "sqlite": "SQLite counts as we do.",
}


@attrs.frozen(slots=True, kw_only=True)
class SplinkSettings:
    """Is a linking model in Splink's words.

    Attributes:
        settings: What `splink.SettingsCreator.from_path_or_dict` takes.
        left_out: What Splink has no word for; `identity.cluster` does it with Splink's pairs.
        inexact: What may come out otherwise there than here, and why.
    """

    settings: Mapping[str, Any] = attrs.field(repr=False)
    left_out: tuple[str, ...] = ()
    inexact: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Returns the settings as text."""
        return json.dumps(self.settings, ensure_ascii=False, indent=1)

    def save(self, path: str | Path) -> None:
        """Writes the settings to a file that Splink reads by its path."""
        Path(path).write_text(self.to_json(), encoding="utf-8")


def to_splink(
    model: LinkModel, dialect: Dialect = "duckdb", *, inexact: bool = False, mode: Mode = "dedupe"
) -> SplinkSettings:
    """Returns the model as settings of Splink 5; see `LinkModel.to_splink`."""
    if dialect not in get_args(Dialect) or mode not in _LINK_TYPES:
        raise InputError(f"Splink's settings are for {', '.join(get_args(Dialect))}, and to dedupe or to link.")
    if not model.comparisons:
        raise PolicyError("The model compares nothing; train it first: `dedupe(...).model`.")
    model.checked()
    ordered = [name for name in LEVELS if name in model.comparisons]
    comparisons = [_comparison(model, name, any_text=inexact) for name in ordered]
    comparisons[0]["comparison_description"] = _MARK + json.dumps(_policy(model), ensure_ascii=False, sort_keys=True)
    blocks = [{"blocking_rule": _block(rule), "sql_dialect": dialect} for rule in BLOCKS]
    settings = {
        "link_type": _LINK_TYPES[mode],
        "sql_dialect": dialect,
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": _share(model.prior),
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": blocks,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }
    return SplinkSettings(settings=settings, left_out=_left_out(model), inexact=_notes(dialect, ordered, inexact))


def _left_out(model: LinkModel) -> tuple[str, ...]:
    return (
        "rule links by account, mailbox and payer",
        "guards: names, households, sources that hold a person once, and the size of a person",
        f"keys that more than {model.max_key} identities share: splink_records leaves them out of the blocks",
        "frequencies by distinct surnames: register those of splink_records, or Splink counts records",
    )


def _notes(dialect: str, comparisons: list[str], inexact: bool) -> tuple[str, ...]:
    fuzzy = [f"{name}: {LEVELS[name][at]}" for name in comparisons for at in COMPARISONS[name].any_text]
    if fuzzy and inexact:
        found = [f"{', '.join(fuzzy)} on any text: {_INEXACT[dialect]}"]
    else:
        found = [f"{each} is seen on ASCII keys only" for each in fuzzy]
    return (*found, *filter(None, [_NEEDS.get(dialect)]))


def _comparison(model: LinkModel, name: str, *, any_text: bool) -> dict[str, Any]:
    found = COMPARISONS[name]
    sql = (*conditions_of(name, any_text=any_text), "ELSE")
    columns = FREQUENCIES[name] if name in model.frequencies else {}
    levels = [_level(kind, sql[at], columns.get(at)) for at, kind in enumerate(model.comparisons[name])]
    silence = {"sql_condition": found.nothing, "label_for_charts": "nothing to compare", "is_null_level": True}
    levels.insert(len(levels) - 1 if found.null_last else 0, silence)
    return {"output_column_name": name, "comparison_levels": levels}


def _level(kind: Level, sql: str, column: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sql_condition": sql,
        "label_for_charts": kind.name + ("" if kind.trained else _UNTRAINED),
        "m_probability": max(kind.m, _FLOOR),
        "u_probability": max(kind.u, _FLOOR),
        "fix_m_probability": True,
        "fix_u_probability": True,
    }
    if column is not None:
        # Without the last of these a level of two equalities would take the u of another level.
        found |= {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0, "disable_tf_exact_match_detection": True}
    return found


def _block(rule: str) -> str:
    return f"l.{block_column(rule)} = r.{block_column(rule)}"


def _share(prior: float) -> float:
    return min(max(prior, _FLOOR), 1 - _FLOOR)


def _policy(model: LinkModel) -> dict[str, Any]:
    """What Splink has no field for: our limits, how rare values are, and shares that it would not take as they are."""
    found = {name: getattr(model, name) for name in _POLICY}
    found["max_owners"] = dict(model.max_owners)
    found["prior"] = model.prior
    found["frequencies"] = {name: attrs.asdict(rarity) for name, rarity in model.frequencies.items()}
    found["floored"] = {
        f"{name}: {level.name}": [level.m, level.u]
        for name, kinds in model.comparisons.items()
        for level in kinds
        if min(level.m, level.u) < _FLOOR
    }
    return found


def from_splink(settings: SplinkSettings | Mapping[str, Any] | str) -> LinkModel:
    """Reads a model from Splink's settings; see `LinkModel.from_splink`."""
    if isinstance(settings, SplinkSettings):
        settings = settings.settings
    try:
        found: Mapping[str, Any] = json.loads(settings) if isinstance(settings, str) else settings
        return _Reader(found).model()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, PolicyError):
            raise
        raise PolicyError(f"These are no settings of Splink: {error!r}.") from error


class _Reader:
    """Reads settings, and gathers what cannot be said in a model of ours."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.foreign: list[str] = []
        self.policy = self._policy()
        self.rarities: Mapping[str, Any] = self.policy.get("frequencies", {})

    def model(self) -> LinkModel:
        """The model; refuses with the name of each thing it has no word for."""
        prior = self.settings["probability_two_random_records_match"]
        comparisons = {each["output_column_name"]: self._levels(each) for each in self.settings["comparisons"]}
        self._blocks()
        if self.foreign:
            raise PolicyError(f"A model of ours cannot express {'; '.join(self.foreign)}.")
        kept = {name: self.policy[name] for name in _POLICY if name in self.policy}
        kept["frequencies"] = {name: Rarity(**rarity) for name, rarity in self.rarities.items()}
        told = self.policy.get("prior", prior)
        return LinkModel(comparisons=comparisons, prior=told if _share(told) == prior else prior, **kept).checked()

    def _policy(self) -> dict[str, Any]:
        for each in self.settings["comparisons"]:
            text = each.get("comparison_description") or ""
            if text.startswith(_MARK):
                found: dict[str, Any] = json.loads(text.removeprefix(_MARK))
                return found
        return {}

    def _blocks(self) -> None:
        known = {_plain(_block(rule)) for rule in BLOCKS}
        told = self.settings.get("blocking_rules_to_generate_predictions", [])
        rules = [each["blocking_rule"] if isinstance(each, Mapping) else str(each) for each in told]
        self.foreign += [f"the blocking rule {rule}" for rule in rules if _plain(rule) not in known]
        missing = known - {_plain(rule) for rule in rules}
        self.foreign += [f"a model without the blocking rule {rule}" for rule in sorted(missing)]

    def _levels(self, comparison: Mapping[str, Any]) -> tuple[Level, ...]:
        name = comparison["output_column_name"]
        if name not in LEVELS:
            self.foreign.append(f"the comparison {name}")
            return ()
        said = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        silent = [
            _plain(level["sql_condition"]) for level in comparison["comparison_levels"] if level.get("is_null_level")
        ]
        if silent != [_plain(COMPARISONS[name].nothing)]:
            self.foreign.append(f"the null level of {name}")
        if len(said) != len(LEVELS[name]):
            self.foreign.append(f"{len(said)} levels of {name}, where ours are {', '.join(LEVELS[name])}")
            return ()
        return tuple(self._level(name, at, level) for at, level in enumerate(said))

    def _level(self, name: str, at: int, level: Mapping[str, Any]) -> Level:
        kind = LEVELS[name][at]
        known = {_plain(conditions_of(name, any_text=any_text)[at]) if at < len(LEVELS[name]) - 1 else "ELSE"
                 for any_text in (False, True)}  # fmt: skip
        if _plain(level["sql_condition"]) not in known:
            self.foreign.append(f"the level {name}: {kind} by {level['sql_condition'][:80]}")
        column = FREQUENCIES[name].get(at) if name in self.rarities and name in FREQUENCIES else None
        weight = level.get("tf_adjustment_weight", 1.0) if level.get("tf_adjustment_column") else None
        if level.get("tf_adjustment_column") != column or weight not in (None, 1.0) or level.get("tf_minimum_u_value"):
            self.foreign.append(f"other term frequencies on {name}: {kind}")
        m, u = level.get("m_probability"), level.get("u_probability")
        if m is None or u is None:
            self.foreign.append(f"the level {name}: {kind} without m and u")
            return Level(name=kind, m=_FLOOR, u=_FLOOR)
        raw = self.policy.get("floored", {}).get(f"{name}: {kind}")
        if raw is not None and (max(raw[0], _FLOOR), max(raw[1], _FLOOR)) == (m, u):
            m, u = raw
        return Level(name=kind, m=m, u=u, trained=not str(level.get("label_for_charts", "")).endswith(_UNTRAINED))


def _plain(sql: str) -> str:
    """A condition without quotes, and with single spaces: Splink may have written it anew."""
    return " ".join(sql.replace('"', "").replace("`", "").split())
