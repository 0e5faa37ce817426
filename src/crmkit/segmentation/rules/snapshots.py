"""Memberships as values to keep: who kept which rule, when, and counted by what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import tables
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    from crmkit.segmentation.rules.rule import Rule

__all__ = ["Change", "Snapshot", "taken"]

Id = str | int


@attrs.frozen(slots=True, kw_only=True)
class Change:
    """Holds what happened to a membership between two snapshots, ids in their order.

    Attributes:
        entered: Who became a member.
        left: Who is none any more, whether seen later or not.
        stayed: How many are members in both.
    """

    entered: tuple[Any, ...]
    left: tuple[Any, ...]
    stayed: int


@attrs.frozen(slots=True, kw_only=True)
class Snapshot:
    """Holds the members of a rule at one moment; it carries ids and nothing else about anybody.

    Attributes:
        rule: Digest of the rule.
        as_of: The moment of the answer.
        engine: Library or database that counted ("pandas", "duckdb", "postgresql").
        rows: Rows that were looked at.
        nameless: Rows without an id, which belong to nobody.
        ids: The members, ordered.

    Example:
        >>> before = Snapshot(rule="4f", as_of=datetime(2026, 10, 1), engine="pandas", rows=3, ids=("ann", "bo"))
        >>> after = Snapshot(rule="4f", as_of=datetime(2026, 11, 1), engine="polars", rows=4, ids=("bo", "cy"))
        >>> after.since(before)
        Change(entered=('cy',), left=('ann',), stayed=1)
    """

    rule: str
    as_of: datetime
    engine: str
    rows: int
    nameless: int = 0
    ids: tuple[Any, ...] = attrs.field(converter=tuple)

    @property
    def count(self) -> int:
        """Number of members."""
        return len(self.ids)

    def since(self, earlier: Snapshot) -> Change:
        """Returns who entered and who left since an earlier snapshot of the same rule.

        Raises:
            InputError: It is of another rule, or not earlier.
        """
        if earlier.rule != self.rule:
            raise InputError(
                f"Snapshots of two rules cannot be compared: {earlier.rule[:12]} and {self.rule[:12]}; "
                "take both by the same rule."
            )
        if (earlier.as_of.tzinfo is None) != (self.as_of.tzinfo is None) or earlier.as_of > self.as_of:
            raise InputError(
                f"The earlier snapshot is of {earlier.as_of.isoformat()}, this of {self.as_of.isoformat()}."
            )
        before, after = set(earlier.ids), set(self.ids)
        return Change(
            entered=tuple(one for one in self.ids if one not in before),
            left=tuple(one for one in earlier.ids if one not in after),
            stayed=len(before & after),
        )

    def to_json(self) -> str:
        """Returns the snapshot as JSON text; ids are texts or whole numbers.

        Raises:
            InputError: Ids are of another type.

        Example:
            >>> kept = Snapshot(rule="4f", as_of=datetime(2026, 11, 1), engine="polars", rows=4, ids=("bo",))
            >>> Snapshot.from_json(kept.to_json()) == kept
            True
        """
        for one in self.ids:
            if isinstance(one, bool) or not isinstance(one, str | int):
                raise InputError(f"A snapshot writes ids that are texts or whole numbers, got {one!r}.")
        data = {name: getattr(self, name) for name in ("rule", "engine", "rows", "nameless", "ids")}
        return json.dumps({"v": 1, **data, "as_of": self.as_of.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Returns the snapshot that `to_json` wrote.

        Raises:
            InputError: The text is something else.
        """
        try:
            data = json.loads(text)
            if data.pop("v") != 1:
                raise ValueError("another version")
            return cls(**{**data, "as_of": datetime.fromisoformat(data["as_of"])})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"This is no snapshot that to_json wrote: {error}.") from error


def taken(rule: Rule, frame: Any, as_of: datetime, options: Mapping[str, Any]) -> Snapshot:
    """Returns the members of a rule on a frame as a snapshot; see `Rule.snapshot`."""
    from crmkit.segmentation.rules.members import engine_of

    given = dict(options)
    report = given.pop("report", None) or Report()
    found = rule.members(frame, as_of=as_of, report=report, **given)
    return Snapshot(
        rule=rule.digest,
        as_of=as_of,
        engine=engine_of(frame),
        rows=report.facts.rows,
        nameless=report.facts.dropped.get("null_customer", 0),
        ids=_ids(found),
    )


def _ids(found: Any) -> tuple[Any, ...]:
    """Returns the ids in memory, ordered also where a lazy frame has no order."""
    if tables.kind_of(found) == "pandas":
        return tuple(found["customer"].tolist())
    import narwhals.stable.v2 as nw

    rows = nw.from_native(found)
    return tuple(
        rows.collect().sort("customer")["customer"].to_list()
        if isinstance(rows, nw.LazyFrame)
        else rows["customer"].to_list()
    )
