"""The statement: entries and what happened by itself between them, with the running number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.loyalty.ledger import lots
from crmkit.loyalty.model import Entry, EntryKind, Lot

__all__ = ["Statement", "StatementLine", "statement"]

LineKind = EntryKind | Literal["available", "lapse"]
_RANKS = {"available": 0, "lapse": 1}
_Place = tuple[datetime, int, str, int]


@attrs.frozen(kw_only=True, slots=True)
class StatementLine:
    """Is one line of a statement.

    Attributes:
        at: When it took effect.
        kind: The entry's kind; "available" where waiting points became spendable, "lapse" where points lapsed.
        points: How the spendable number moved; for waiting points, what is put in.
        available: What could be spent afterwards.
        account: Id of the account.
        seq: Number of the entry (of the lot's entry for what happened by itself).
        entry: Id of that entry.
        order: The order's key as text, or "".
        reason: Why, for people.
    """

    at: datetime
    kind: LineKind
    points: int
    available: int
    account: str
    seq: int
    entry: str
    order: str = ""
    reason: str = ""

    @property
    def cursor(self) -> str:
        """The place of the line; give it as `after` for the lines behind it."""
        return f"{self.at.isoformat()}|{_RANKS.get(self.kind, 2)}|{self.seq}|{self.account}"


@attrs.frozen(kw_only=True, slots=True)
class Statement:
    """Is a page of a statement.

    Attributes:
        opening: What could be spent before the first line.
        lines: In the order of the moments; at one moment first what happened by itself.
        closing: What could be spent after the last line.
        after: Cursor of the next page; None at the end.
    """

    opening: int
    lines: tuple[StatementLine, ...]
    closing: int
    after: str | None = None


def statement(
    entries: Iterable[Entry],
    *,
    since: datetime | None = None,
    until: datetime,
    after: str | None = None,
    limit: int = 50,
) -> Statement:
    """Returns what happened to the points of one person, with the number that could be spent after each line.

    Points that lapse or become spendable by themselves have a line of their own; `expire` entries, which only write a
    lapse down, have none. Pages stay as they are while new entries come in.

    Args:
        entries: All entries of the person's accounts, in any order.
        since: First instant, included; None: from the beginning.
        until: Last instant, not included.
        after: Cursor of the page before.
        limit: The most lines of a page.

    Raises:
        InputError: A naive instant, a cursor that is none, a limit below one.

    Example:
        >>> from datetime import UTC, timedelta
        >>> moment = datetime(2026, 1, 1, tzinfo=UTC)
        >>> entry = Entry(id="a", account="mei", seq=1, kind="earn", points=300, at=moment, occurred_at=moment,
        ...               key="earn:1", expires_at=moment + timedelta(days=90))
        >>> page = statement([entry], until=moment + timedelta(days=91))
        >>> [(line.kind, line.points, line.available) for line in page.lines]
        [('earn', 300, 300), ('lapse', -300, 0)]
    """
    require_aware(until, "until")
    if since is not None:
        require_aware(since, "since")
    if limit < 1:
        raise InputError(f"limit must be a whole number above zero, got {limit!r}.")
    behind = None if after is None else _place(after)
    known = [entry for entry in entries if entry.at < until]
    running, opening, is_more = 0, 0, False
    page: list[StatementLine] = []
    for place, line in sorted(_moves(known, until), key=lambda pair: pair[0]):
        running += line.available
        if (since is not None and line.at < since) or (behind is not None and place <= behind):
            opening = running
        elif len(page) == limit:
            is_more = True
            break
        else:
            page.append(attrs.evolve(line, available=running))
    closing = page[-1].available if page else opening
    return Statement(
        opening=opening, lines=tuple(page), closing=closing, after=page[-1].cursor if page and is_more else None
    )


def _moves(entries: list[Entry], until: datetime) -> Iterator[tuple[_Place, StatementLine]]:
    """Gives every line with its place; `available` is still the step, not the sum."""
    opened = {lot.id: lot for lot in lots(entries, as_of=until)}
    taken: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    booked = [entry for entry in entries if entry.kind != "expire"]
    for entry in booked:
        sign = 1 if entry.points > 0 else -1
        for take in entry.takes:
            taken[take.lot].append((entry.at, sign * take.points))
        place = (entry.at, 2, entry.account, entry.seq)
        yield place, _line(entry, entry.kind, entry.at, entry.points, _step(entry, opened))
    for entry in booked:
        if entry.id in opened:
            yield from _by_itself(entry, opened[entry.id], taken[entry.id], until)


def _by_itself(
    entry: Entry, lot: Lot, taken: list[tuple[datetime, int]], until: datetime
) -> Iterator[tuple[_Place, StatementLine]]:
    """Gives the lines of what a lot does by itself: it becomes spendable, and it lapses."""
    ready, end = lot.available_at, lot.expires_at
    if lot.at < ready < until and (end is None or ready < end) and (left := _left(lot, taken, ready)):
        yield (ready, 0, lot.account, lot.seq), _line(entry, "available", ready, left, left)
    if end is not None and end < until and (left := _left(lot, taken, end)):
        yield (end, 1, lot.account, lot.seq), _line(entry, "lapse", end, -left, -left if ready < end else 0)


def _left(lot: Lot, taken: list[tuple[datetime, int]], before: datetime) -> int:
    """What was left in a lot just before the entries of an instant."""
    return lot.points + sum(points for at, points in taken if at < before)


def _step(entry: Entry, opened: dict[str, Lot]) -> int:
    """How an entry moves what can be spent: waiting points, put in or taken, do not."""
    sign = 1 if entry.points > 0 else -1
    waiting = sum(take.points for take in entry.takes if opened[take.lot].available_at > entry.at)
    lot = opened.get(entry.id)
    if lot is not None and lot.available_at > entry.at:
        waiting += lot.points
    return entry.points - sign * waiting


def _line(entry: Entry, kind: LineKind, at: datetime, points: int, step: int) -> StatementLine:
    return StatementLine(
        at=at,
        kind=kind,
        points=points,
        available=step,
        account=entry.account,
        seq=entry.seq,
        entry=entry.id,
        order="" if entry.order is None else str(entry.order),
        reason=entry.reason,
    )


def _place(cursor: str) -> _Place:
    try:
        at, rank, seq, account = cursor.split("|", 3)
        return require_aware(datetime.fromisoformat(at), "after"), int(rank), account, int(seq)
    except (ValueError, AttributeError):
        raise InputError(f"{cursor!r} is no cursor of a statement; give the `after` of the page before.") from None
