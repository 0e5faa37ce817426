"""Refunds reach the ledger: earned points are taken back and spent ones given back, as far as it is not done yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmkit.loyalty.days import end_of_day
from crmkit.loyalty.model import Entry
from crmkit.loyalty.posting import Books
from crmkit.loyalty.programme import Programme
from crmkit.loyalty.refunds import Refunded, claw_back, give_back, split_lapsed

__all__ = ["GRACE_DAYS", "earning", "standing", "take_back"]

GRACE_DAYS = 30
"""How long spent points that come back after their day can be used again."""


def earning(history: Iterable[Entry]) -> Entry | None:
    """Returns the earning among the entries of an order, or None."""
    return next((entry for entry in history if entry.kind == "earn"), None)


def standing(history: Sequence[Entry]) -> Sequence[Entry]:
    """Returns those entries of an order that still say something of it.

    An entry that undoes another one, and the undone one, say nothing any more. With an earning go the claw-backs of its
    points: what the order earns later begins anew.

    Args:
        history: All entries of one order.
    """
    undone = {entry.undoes for entry in history if entry.undoes}
    if not undone:
        return history
    ended = {entry.account: entry.seq for entry in history if entry.undoes and entry.kind == "reverse"}
    return [
        entry
        for entry in history
        if not (entry.undoes or entry.id in undone)
        and not (entry.kind == "reverse" and entry.seq < ended.get(entry.account, 0))
    ]


def take_back(
    books: Books,
    programme: Programme,
    history: Sequence[Entry],
    refunded: Refunded,
    *,
    key: str,
    mark: Mapping[str, Any] | None = None,
) -> tuple[Entry, ...]:
    """Posts what a refund takes back and gives back, as far as it is not posted yet.

    Args:
        books: With the accounts of the order's entries loaded.
        programme: Its zone says when the grace of points that come back late is over.
        history: All entries of the order.
        refunded: How much has gone back in all.
        key: The key of what is posted.
        mark: Facts of a refund that has an id of its own: it leaves an entry even if it moves no points.
    """
    reversed_ = _reverse(books, history, refunded, key, mark)
    return (*reversed_, *_restore(books, programme, history, refunded, key, len(reversed_)))


def _reverse(
    books: Books, history: Sequence[Entry], refunded: Refunded, key: str, mark: Mapping[str, Any] | None
) -> list[Entry]:
    earned = earning(history)
    if earned is None:
        return []
    account, due = earned.account, refunded.due(earned.points)
    done = sum(entry.short - entry.points for entry in history if entry.kind == "reverse")
    takes, short = claw_back(books.pile(account), earned, due, done, books.at(account))
    if not (takes or short or mark):
        return []
    facts = {"takes": takes, "short": short, "order": earned.order, **(mark or {})}
    return [books.post(account, "reverse", -sum(take.points for take in takes), key=key, **facts)]


def _restore(
    books: Books, programme: Programme, history: Sequence[Entry], refunded: Refunded, key: str, leg: int
) -> list[Entry]:
    spent = [entry for entry in history if entry.kind == "redeem"]
    restored = [entry for entry in history if entry.kind == "restore"]
    due = refunded.due(sum(-entry.points for entry in spent))
    posted: list[Entry] = []
    for account, back in give_back(spent, restored, due).items():
        at = books.at(account)
        kept, late = split_lapsed(books.pile(account), back, at)
        end = end_of_day(at, after=GRACE_DAYS, zone=programme.zone) if late else None
        facts = {"takes": kept, "expires_at": end, "order": spent[0].order, "leg": leg + len(posted)}
        posted.append(books.post(account, "restore", sum(take.points for take in back), key=key, **facts))
    return posted
