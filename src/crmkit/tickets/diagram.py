"""A table of states as a Mermaid state diagram."""

from __future__ import annotations

import re
from datetime import timedelta

from crmkit.tickets.table import CATEGORIES, Table, Transition

__all__ = ["mermaid"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def mermaid(table: Table) -> str:
    """Returns the table as the text of a Mermaid `stateDiagram-v2`; the same table always gives the same text.

    Edges with one source and target share a line; guards stand in brackets, and a timer's edge tells how long it waits.
    """
    ids = {state.name: _id(number, state.name) for number, state in enumerate(table.states)}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_quoted(name)}" as {id_}' for name, id_ in ids.items() if id_ != name]
    lines.append(f"    [*] --> {ids[table.initial]}")
    for (source, target), labels in _labels(table).items():
        lines.append(f"    {ids[source]} --> {ids[target]} : {', '.join(labels)}")
    for category in CATEGORIES:
        members = [ids[state.name] for state in table.states if state.category == category]
        if members and category == "terminal":
            lines += [f"    {member} --> [*]" for member in members]
        elif members:
            lines.append(f"    %% {category}: {', '.join(members)}")
    return "\n".join(lines) + "\n"


def _labels(table: Table) -> dict[tuple[str, str], list[str]]:
    labels: dict[tuple[str, str], list[str]] = {}
    for edge in table.transitions:
        labels.setdefault((edge.source, edge.target), []).append(_label(table, edge))
    return labels


def _label(table: Table, edge: Transition) -> str:
    guards = f" [{' and '.join(edge.guards)}]" if edge.guards else ""
    waits = [
        f"{_duration(timer.after)}{' of business' if timer.clock == 'business' else ''}"
        for timer in table.timers
        if (timer.state, timer.event) == (edge.source, edge.event)
    ]
    return edge.event + guards + (f" (after {' and '.join(waits)})" if waits else "")


def _duration(after: timedelta) -> str:
    left, parts = int(after.total_seconds()), []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def _id(number: int, name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name not in ("state", "end", "note") else f"s{number}"


def _quoted(name: str) -> str:
    return name.replace('"', "'").replace("\n", " ")
