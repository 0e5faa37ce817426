"""JSON records are gathered by order: the newest report counts, and what only older ones name stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import attrs

from crmkit.importers.documents.form import JsonBody, JsonFormat
from crmkit.importers.documents.layout import JsonLayout, number_of
from crmkit.importers.documents.records import Record, Records
from crmkit.importers.documents.text import holds_doubled
from crmkit.importers.documents.values import ABSENT, Node, NodeFlaw, leaves, shown
from crmkit.importers.gathering import Key, Part, Tally
from crmkit.importers.layouts import Layout, Place
from crmkit.importers.texts import CellFlaw

__all__ = ["Shelf"]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SUPERSEDED = "older reports of an order"


@attrs.frozen(slots=True)
class _Report:
    """Is one report of an order: where it came from, its line and its object."""

    layout: JsonLayout
    line: int
    value: Mapping[str, Any]


@attrs.define(slots=True)
class _Addition:
    body: JsonBody
    report: _Report
    is_used: bool = False


class Shelf:
    """Gathers the orders of all JSON sources of a call, and gives each the parts that came apart from it."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, list[_Report]]] = {}
        self._formats: dict[str, JsonFormat] = {}
        self._additions: dict[tuple[str, str], list[_Addition]] = {}

    def add(self, records: Records, tally: Tally) -> None:
        """Takes the records of a file; what is none of an order is counted or told."""
        layouts: dict[str, JsonLayout] = {}
        _tell_file(records, tally)
        for record in records.found:
            tally.read += 1
            if record.format is None:
                _tell_unknown(record, records.place, tally)
                continue
            layout = layouts.get(record.format.name)
            if layout is None:
                layout = layouts[record.format.name] = JsonLayout(record.format, records.place)
            if records.text.has_doubled and holds_doubled(record.value):
                reason = "names a key twice in one object, so what it says cannot be known"
                _refuse(layout.place, "damaged_row", reason, record.line, tally)
                continue
            self._place(record, _Report(layout, record.line, record.value), tally)

    def _place(self, record: Record, report: _Report, tally: Tally) -> None:
        known = report.layout.format
        body = record.body
        if body is not None and not body.into:
            tally.skip(body.reason, 1)
            return
        row = Node(report.value)
        try:
            if body is not None:
                own = row.text(body.order_id)
                self._additions.setdefault((known.name, own), []).append(_Addition(body, report))
                return
            skipped = known.skips(row) if known.skips is not None else None
            number = "" if skipped else number_of(known, report.value)
        except CellFlaw as flaw:
            tally.refused += 1
            tally.problems.append(report.layout.flawed(flaw, None, row, report.line))
            return
        if skipped:
            tally.skip(skipped, 1)
        elif not number:
            _refuse(report.layout.place, "missing_number", "has no order number", report.line, tally, known.number[0])
        else:
            self._formats[known.name] = known
            self._orders.setdefault(known.name, {}).setdefault(number, []).append(report)

    def fill(self, groups: dict[str, dict[Key, list[Part]]], tally: Tally) -> None:
        """Puts one part for each order into the groups that tables fill as well."""
        for name, orders in self._orders.items():
            group = groups.setdefault(self._formats[name].family, {})
            for number, reports in orders.items():
                part = self._part(number, reports, tally)
                if part is not None:
                    group.setdefault(("", "", number), []).append(part)
        for waiting in self._additions.values():
            for addition in waiting:
                if not addition.is_used:
                    _tell_alone(addition, tally)

    def _part(self, number: str, reports: list[_Report], tally: Tally) -> Part | None:
        newest = reports[0] if len(reports) == 1 else _joined(number, reports, tally)
        value = self._completed(newest, tally)
        age = _age(newest)
        layout = newest.layout if age == _LONG_AGO else newest.layout.told_at(age)
        row = Node(value, order=number)
        _tell_lineless(row, layout, newest.line, tally)
        part = Part(cast("Layout", layout))
        part.rows = [(newest.line, cast("list[str]", row))]
        try:
            part.line_rows = [(newest.line, cast("list[str]", line)) for line in _lines(row, layout.format)]
        except CellFlaw as flaw:
            tally.refused += 1
            tally.problems.append(layout.flawed(flaw, None, row, newest.line))
            return None
        return part

    def _completed(self, report: _Report, tally: Tally) -> Mapping[str, Any]:
        """The order with what came apart from it, each thing once."""
        known = report.layout.format
        value = report.value
        if not self._additions:
            return value
        own = _plain(value.get(known.id))
        for addition in self._additions.get((known.name, own), ()) if own else ():
            addition.is_used = True
            into, more = addition.body.into, addition.report.value
            listed = value.get(into)
            there = list(listed) if isinstance(listed, list | tuple) else []
            ids = {_plain(item.get("id")) for item in there if isinstance(item, Mapping)}
            if more in there or (more.get("id") is not None and _plain(more["id"]) in ids):
                tally.skip(_SUPERSEDED, 1)
            else:
                value = {**value, into: [*there, more]}
                tally.taken += 1
        return value


def _tell_lineless(row: Node, layout: JsonLayout, line: int, tally: Tally) -> None:
    """Says once a file that the lists of lines are missing; an empty list is none."""
    paths = layout.format.lines_in
    if paths and all(row.at(path).value is ABSENT for path in paths):
        reason = f"lacks {paths[0]}; what they would tell is unknown"
        problem = layout.place.problem("missing_column", reason, line=line, order=row.order, severity="warning")
        tally.tell([problem])


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""


def _lines(row: Node, known: JsonFormat) -> list[Node]:
    for path in known.lines_in:
        if row.has(path):
            return [_line(line, row.order) for line in row.each(path)]
    return []


def _line(line: Node, order: str) -> Node:
    if not isinstance(line.value, Mapping) or not line.value:
        raise NodeFlaw("bad_shape", "is no line: it holds nothing", path=line.path, value=shown(line.value))
    return Node(line.value, line.path, order)


def _joined(number: str, reports: list[_Report], tally: Tally) -> _Report:
    """The newest report of an order; keys that it lacks are those of older ones, and null is no lack."""
    ranked = sorted(reports, key=_rank)
    newest = ranked[-1]
    value = _completed_by_older(ranked, newest.layout.format)
    age = _age(newest)
    differing = {
        str(key)
        for report in ranked[:-1]
        if _age(report) == age
        for key, told in report.value.items()
        if key in newest.value and newest.value[key] != told
    }
    if differing:
        reason = f"came more than once and differs in {', '.join(sorted(differing)[:8])}; the fuller report counts"
        place = newest.layout.place
        tally.problems.append(
            place.problem("contradiction", reason, line=newest.line, order=number, severity="warning")
        )
    tally.skip(_SUPERSEDED, len(reports) - 1)
    return attrs.evolve(newest, value=value)


def _completed_by_older(ranked: list[_Report], known: JsonFormat) -> Mapping[str, Any]:
    if known.absent_is_null:
        return ranked[-1].value
    value: dict[str, Any] = {}
    for report in ranked:
        if known.together & report.value.keys():
            value = {key: told for key, told in value.items() if key not in known.together}
        value |= report.value
    return value


def _age(report: _Report) -> datetime:
    return report.layout.told("reported_at", Node(report.value)) or report.layout.place.reported_at or _LONG_AGO


def _rank(report: _Report) -> tuple[Any, ...]:
    """Sorts by age, then by the format's own measure, then by how much is told: all of it whatever the file's order."""
    rank = report.layout.format.rank
    try:
        own = rank(Node(report.value)) if rank is not None else ()
    except CellFlaw:
        own = ()
    told = leaves(report.value)
    return _age(report), bool(own), own, len(told), sorted(told.items())


def _refuse(place: Place, code: str, reason: str, line: int, tally: Tally, column: str = "") -> None:
    tally.refused += 1
    tally.problems.append(place.problem(code, reason, line=line, column=column))


def _tell_unknown(record: Record, place: Place, tally: Tally) -> None:
    if isinstance(record.value, Mapping):
        shown = ", ".join(repr(str(key)[:40]) for key in list(record.value)[:6]) or "none"
        reason = f"is an object that no format knows as an order; its keys are {shown}"
    else:
        reason = "is no object, so it is no order"
    _refuse(place, "unknown_record", reason, record.line, tally)


def _tell_alone(addition: _Addition, tally: Tally) -> None:
    report, body = addition.report, addition.body
    number = _plain(report.value.get(body.order_id))
    reason = (
        f"is one of the {body.reason} without their order ({number or 'which it does not name'}); nothing is booked, "
        "give the order in the same call or wait for the report of the order that follows"
    )
    _refuse(report.layout.place, "no_order", reason, report.line, tally, body.order_id)


def _tell_file(records: Records, tally: Tally) -> None:
    """Says what is to be said of the file: torn and damaged lines, lines without their parent, nothing at all."""
    place, text = records.place, records.text
    for line, reason in text.damaged:
        tally.read += 1
        if text.is_cut and line == text.damaged[-1][0]:
            _refuse(place, "cut_file", "is where the file ends in the middle of a line; fetch it again", line, tally)
        else:
            _refuse(place, "damaged_row", reason, line, tally)
    for line in records.orphans:
        tally.read += 1
        _refuse(place, "no_order", "names a parent that the file does not hold", line, tally)
    for line in records.torn:
        tally.read += 1
        reason = "is the last order of a file that is cut, so some of its lines may be missing; fetch it again"
        _refuse(place, "cut_file", reason, line, tally)
    if not (records.found or records.torn or text.damaged or records.orphans):
        tally.problems.append(place.problem("no_rows", "holds no orders", severity="warning"))
