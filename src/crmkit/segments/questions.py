"""What is asked of the store: by what customers are told apart, and with which parameters. Values with a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.segments.texts import digest_of

if TYPE_CHECKING:
    from crmkit.segmentation import Cuts, Eight, Grid, Ladder, Rule, Thresholds

__all__ = ["By", "Question", "question_of"]

By: TypeAlias = "Literal['rfm', 'eight', 'stages'] | Grid | Eight | Ladder | Rule"
"""What tells customers apart: a name ("rfm", "eight", "stages"), a `Grid`, an `Eight`, a `Ladder` or a saved `Rule`."""

SCORED = frozenset(("r", "f", "m", "segment"))
STAGED = frozenset(("stage", "days_since", "purchase_days", "last_gap", "recent_days", "earlier_days"))


@attrs.frozen(kw_only=True, slots=True)
class Question:
    """Holds what is asked; made by `question_of`.

    Attributes:
        by: A `Grid`, an `Eight`, a `Ladder` or a `Rule`.
        cuts: Fixed cut-offs of scores, or None for quantiles.
        thresholds: Days after which a customer is at risk, dormant, lost.
        currency: Code of the currency whose orders count; None where all are in one.
        zone: The shop's zone, in which days are counted.
        since: Start of what is seen, included, or None.
    """

    by: Grid | Eight | Ladder | Rule
    cuts: Cuts | None
    thresholds: Thresholds
    currency: str | None
    zone: tzinfo
    since: datetime | None

    @property
    def document(self) -> dict[str, Any]:
        """The question as plain JSON values: only what can change the answer."""
        by = _by_document(self.by)
        if _needs(self.by, SCORED) and self.cuts is not None:
            by["cuts"] = attrs.asdict(self.cuts, value_serializer=lambda *found: _plain(found[-1]))
        if _needs(self.by, STAGED):
            by["thresholds"] = self.thresholds.days()
        since = None if self.since is None else self.since.astimezone(UTC).isoformat()
        return {**by, "currency": self.currency, "zone": _zone_name(self.zone), "since": since}

    @property
    def digest(self) -> str:
        """Digest of what is asked, a saved rule by what it means."""
        document = {name: value for name, value in self.document.items() if name != "rule"}
        return digest_of(json.dumps(document, ensure_ascii=False, sort_keys=True))


def question_of(
    by: By = "rfm",
    *,
    as_of: datetime,
    currency: str | None = None,
    zone: str | tzinfo | None = None,
    since: datetime | None = None,
    cuts: Cuts | None = None,
    thresholds: Thresholds | None = None,
) -> Question:
    """Returns the question, its arguments checked.

    Args:
        by: "rfm" (eleven segments), "eight", "stages", a `Grid`, an `Eight`, a `Ladder` or a saved `Rule`.
        as_of: The moment of the answer, aware; its zone is the shop's where `zone` is not given.
        currency: Code of the currency whose orders count.
        zone: The shop's zone.
        since: Start of what is seen, included, aware.
        cuts: Fixed cut-offs, so that scores do not move because others did.
        thresholds: Days after which a customer is at risk, dormant, lost; else 30, 90, 180.

    Raises:
        InputError: Another `by`, a naive moment, no such zone, or a parameter that `by` makes no use of.

    Example:
        >>> question = question_of("stages", as_of=datetime(2026, 11, 24, tzinfo=UTC), zone="Asia/Shanghai")
        >>> question.document["thresholds"], question.document["zone"]
        ({'at_risk': 30, 'dormant': 90, 'lost': 180}, 'Asia/Shanghai')
    """
    from crmkit.segmentation import Thresholds
    from crmkit.segmentation.days import zone_of

    told_apart = _known(by)
    _refuse_useless(told_apart, cuts, thresholds)
    for name, moment in (("as_of", as_of), ("since", since)):
        if moment is not None:
            require_aware(moment, name)
    found = zone_of(zone)
    return Question(
        by=told_apart,
        cuts=cuts,
        thresholds=thresholds or Thresholds(),
        currency=currency,
        zone=found or as_of.tzinfo or UTC,
        since=since,
    )


def _known(by: Any) -> Grid | Eight | Ladder | Rule:
    from crmkit.segmentation import GRID, LIFE_CYCLE, Eight, Grid, Ladder, Rule

    named: Mapping[str, Grid | Eight | Ladder] = {"rfm": GRID, "eight": Eight(), "stages": LIFE_CYCLE}
    found = named.get(by) if isinstance(by, str) else by
    if not isinstance(found, Grid | Eight | Ladder | Rule):
        raise InputError(f"by is 'rfm', 'eight', 'stages', a Grid, an Eight, a Ladder or a Rule, got {by!r}.")
    return found


def _refuse_useless(by: Any, cuts: Any, thresholds: Any) -> None:
    if cuts is not None and not _needs(by, SCORED):
        raise InputError("cuts are for scores, and what you ask by has none: leave them out, or ask by a Grid.")
    if thresholds is not None and not _needs(by, STAGED):
        raise InputError("thresholds are for stages, and you do not ask by them: leave them out, or ask by='stages'.")


def _needs(by: Any, columns: frozenset[str]) -> bool:
    """Whether the answer depends on scores (`SCORED`) or stages (`STAGED`)."""
    from crmkit.segmentation import Grid, Ladder, Rule

    if isinstance(by, Rule):
        return bool(columns.intersection(by.fields))
    return isinstance(by, Ladder if columns is STAGED else Grid)


def _by_document(by: Any) -> dict[str, Any]:
    from crmkit.segmentation import GRID, Eight, Grid, Ladder

    if isinstance(by, Grid):
        return {"by": "grid", **_grid_document(by)}
    if isinstance(by, Eight):
        fixed: Any = by.threshold
        return {"by": "eight", "threshold": fixed if isinstance(fixed, str) else [_plain(one) for one in fixed]}
    if isinstance(by, Ladder):
        return {"by": "ladder", "steps": dict(by.steps)}
    scores = _grid_document(GRID) if "segment" in by.fields else {}
    return {"by": "rule", "rule": by.dump(), "rule_digest": by.digest, **scores}


def _grid_document(grid: Grid) -> dict[str, Any]:
    return {"cells": {f"{r},{f}": name for (r, f), name in sorted(grid.cells.items())}, "axis": grid.axis}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _zone_name(zone: tzinfo) -> str:
    return str(getattr(zone, "key", None) or zone)
