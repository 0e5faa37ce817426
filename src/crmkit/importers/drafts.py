"""Drafts: what the rows of all files say of one order, before it is composed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crmkit.importers.documents.form import Format
from crmkit.importers.gathering import Key, Part, Tally
from crmkit.importers.layouts import Layout, Values
from crmkit.orders import OrderStatus
from crmkit.problems import Problem

__all__ = ["Draft", "draft_of"]

_NIL = Decimal(0)
_RANKS: dict[Any, int] = {status: rank for rank, status in enumerate((*OrderStatus, "closed"))}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_LINE_KEY = ("sku", "product_id", "title", "variant", "price")


class Draft:
    """Holds what is known of one order, by field, for the format's own function to finish.

    Attributes:
        format: The format that speaks for the order.
        key: Platform and shop as the rows tell them, and the number.
        values: The order's values by field; amounts are Decimals.
        lines: The lines' values by field.
        place: Where it stands: file, sheet, time of the report.
        line: Its first row.
        parts: What each table says of it.
        row: The row that speaks for it; of JSON its `Node`.
        problems: What is to be said about it.
        zone: Zone of the shop as the caller names it, for what is told in days only; or None.
    """

    __slots__ = ("format", "key", "line", "lines", "parts", "place", "problems", "row", "values", "zone")

    def __init__(self, key: Key, parts: Sequence[Part], head: _Head) -> None:
        self.format: Format = head.layout.format
        self.key = key
        self.parts = parts
        self.place = head.layout.place
        self.line = head.line
        self.row: Any = head.row
        self.values = head.values
        self.lines: list[Values] = []
        self.problems: list[Problem] = []
        self.zone: ZoneInfo | None = None

    def say(self, code: str, reason: str, *, column: str = "", value: str = "", error: bool = False) -> None:
        """Notes a problem of this order."""
        self.problems.append(
            self.place.problem(
                code,
                reason,
                line=self.line,
                column=column,
                value=value,
                severity="error" if error else "warning",
                order=self.key[2],
            )
        )

    @property
    def has_error(self) -> bool:
        """Whether a problem of this order leaves it out."""
        return bool(self.problems) and any(problem.severity == "error" for problem in self.problems)

    def miss(self, order: Mapping[str, str], line: Mapping[str, str]) -> None:
        """Notes, once a file, which of these columns (field → name) of order and lines the files do not have."""
        if self.values.keys() >= order.keys() and all(values.keys() >= line.keys() for values in self.lines):
            return
        absent = [name for field, name in order.items() if field not in self.values]
        absent += [name for field, name in line.items() if any(field not in values for values in self.lines)]
        if absent:
            self.say("missing_column", f"lacks {', '.join(absent)}; what they would tell is unknown")


class _Head:
    """Is one row that speaks for the order; `peers` are the tables of all rows that speak as well as it does."""

    __slots__ = ("layout", "line", "peers", "row", "values")

    def __init__(self, layout: Layout, line: int, row: list[str], values: Values) -> None:
        self.layout, self.line, self.row, self.values = layout, line, row, values
        self.peers = [layout]

    @property
    def age(self) -> tuple[datetime, datetime]:
        """Sorts by the report's time, which the row itself may tell, then by the newest instant it tells."""
        told = [value for value in self.values.values() if value.__class__ is datetime]
        reported_at = self.values.get("reported_at") or self.layout.place.reported_at
        return reported_at or _LONG_AGO, max(told, default=_LONG_AGO)


def draft_of(key: Key, parts: Sequence[Part], tally: Tally) -> Draft | None:
    """Returns the draft of one order, or None where a row of it cannot be used; the problems say why."""
    for part in parts:
        if not part.is_whole:
            return None
    heads: list[_Head] = []
    for part in _speaking(parts):
        found = _heads(part, tally.problems)
        if found is None:
            return None
        heads += found
    chosen = _chosen(heads, key, tally)
    if chosen is None:
        layout, (line, _) = parts[0].layout, parts[0].rows[0]
        reason = "are rows of an order whose first row, with its amounts, is missing"
        tally.problems.append(layout.place.problem("no_first_row", reason, line=line, order=key[2]))
        return None
    lines = _lines(parts, chosen, tally)
    if lines is None:
        return None
    draft = Draft(key, parts, chosen)
    draft.lines = lines
    return draft


def _speaking(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts that speak for the order: those of an order report, where there is one."""
    if len(parts) == 1:
        return parts
    return [part for part in parts if part.layout.format.role != "items"] or parts


def _heads(part: Part, problems: list[Problem]) -> list[_Head] | None:
    """The rows of a part that speak for the order, each way of speaking once; None if one cannot be read."""
    layout, rows = part.layout, part.rows
    if len(rows) > 1:
        rows = _distinct(part)
    elif layout.head_at >= 0:
        rows = [(line, row) for line, row in rows if row[layout.head_at].strip()]
    found: list[_Head] = []
    for line, row in rows:
        values = layout.read(layout.order, row, line, problems)
        if values is None:
            return None
        found.append(_Head(layout, line, row, values))
    return found


def _distinct(part: Part) -> list[tuple[int, list[str]]]:
    layout = part.layout
    found: list[tuple[int, list[str]]] = []
    seen: list[Any] = []
    for line, row in part.rows:
        if layout.head_at >= 0 and not row[layout.head_at].strip():
            continue
        told = layout.order_key(row)
        if told not in seen:
            seen.append(told)
            found.append((line, row))
    return found


def _told(values: Values) -> tuple[Decimal, int, list[Decimal]]:
    """Sorts what is equally new by what only grows: refunds, then states; then by the other amounts, to be sure."""
    refunded, status = values.get("refunded"), values.get("status")
    amounts = [value for value in values.values() if value.__class__ is Decimal]
    return refunded or _NIL, _RANKS.get(status, -1), amounts


def _chosen(heads: list[_Head], key: Key, tally: Tally) -> _Head | None:
    """The newest head; of equally new ones that which tells more. What the others tell and it does not is filled in."""
    if len(heads) < 2:
        return heads[0] if heads else None
    numbered = sorted(enumerate(heads), key=lambda pair: (pair[1].age, _told(pair[1].values), pair[0]), reverse=True)
    heads = [head for _, head in numbered]
    newest = heads[0]
    rank = newest.age, _told(newest.values)
    newest.peers = [head.layout for head in heads if (head.age, _told(head.values)) == rank]
    differing: set[str] = set()
    for head in heads:
        for field, value in head.values.items():
            if newest.values.get(field) in (None, "", ()):
                newest.values[field] = value
            elif value not in (None, "", (), newest.values[field]) and head.age[0] == newest.age[0]:
                differing.add(field)
    if differing:
        reason = f"came more than once and differs in {', '.join(sorted(differing))}; the newest counts"
        place = newest.layout.place
        tally.problems.append(
            place.problem("contradiction", reason, line=newest.line, order=key[2], severity="warning")
        )
    return newest


_Lines = list[tuple[Part, list[Values]]]


def _lines(parts: Sequence[Part], chosen: _Head, tally: Tally) -> list[Values] | None:
    """The lines of all parts, each once: the same line in two files is one line, the newer file counts."""
    told: _Lines = []
    for part in parts:
        if not part.layout.line:
            continue
        lines = _lines_in(part, tally)
        if lines is None:
            return None
        if lines:
            told.append((part, lines))
    if len(told) < 2:
        return told[0][1] if told else []
    told.sort(key=lambda pair: _age_of_lines(pair[0], pair[1], chosen))
    return _merged(_alike(told, chosen), chosen)


def _age_of_lines(part: Part, lines: list[Values], chosen: _Head) -> tuple[datetime, bool, Decimal, int]:
    """Sorts the lines of parts as `_chosen` does the heads: those beside the chosen head count more than others."""
    told = [_told(line) for line in lines]
    refunded = sum((refund for refund, _, _ in told), _NIL)
    is_beside = any(part.layout is peer for peer in chosen.peers)
    return _reported_at(part), is_beside, refunded, sum(rank for _, rank, _ in told)


def _reported_at(part: Part) -> datetime:
    return part.layout.place.reported_at or _LONG_AGO


def _alike(told: _Lines, chosen: _Head) -> _Lines:
    """The parts whose lines can be told apart alike, by ids or without; of both kinds the newer or fuller counts."""
    kinds: tuple[_Lines, _Lines] = ([], [])
    for part, lines in told:
        kinds[all(line.get("id") for line in lines)].append((part, lines))
    if not all(kinds):
        return told
    return max(
        reversed(kinds), key=lambda kind: (max(_reported_at(part) for part, _ in kind), len(_merged(kind, chosen)))
    )


def _merged(told: _Lines, chosen: _Head) -> list[Values]:
    """Each line once; of two that are the same one, the newer counts, of equally new ones that which tells more."""
    merged: dict[Any, tuple[Any, Values]] = {}
    for part, lines in told:
        age = _age_of_lines(part, lines, chosen)
        seen: Counter[Any] = Counter()
        for line in lines:
            own = line.get("id") or tuple(line.get(field) for field in _LINE_KEY)
            seen[own] += 1
            rank, key = (age, _told(line)), (own, seen[own])
            if key not in merged or rank >= merged[key][0]:
                merged[key] = rank, line
    return [line for _, line in merged.values()]


def _lines_in(part: Part, tally: Tally) -> list[Values] | None:
    layout = part.layout
    rows = part.rows if layout.head_at < 0 or len(part.rows) == 1 else _once(part, tally)
    if part.line_rows is not None:
        rows = part.line_rows
    found: list[Values] = []
    for line, row in rows:
        values = layout.read(layout.line, row, line, tally.problems)
        if values is None:
            return None
        if any(values.values()):
            found.append(values)
    return found


def _once(part: Part, tally: Tally) -> list[tuple[int, list[str]]]:
    """The rows of an order, each once where the whole order stands several times in the file."""
    layout = part.layout
    times = sum(1 for _, row in part.rows if row[layout.head_at].strip())
    if times < 2:
        return part.rows
    cells = [[row[at] for _, at, _ in layout.line] for _, row in part.rows]
    counts = Counter(map(tuple, cells))
    if any(count % times for count in counts.values()):
        return part.rows
    kept: list[tuple[int, list[str]]] = []
    left = {told: count // times for told, count in counts.items()}
    for (line, row), told in zip(part.rows, map(tuple, cells), strict=True):
        if left[told]:
            left[told] -= 1
            kept.append((line, row))
    return kept
