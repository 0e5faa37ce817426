"""Which order an entry of a bill belongs to, and which entries tell one event. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from crmkit.errors import InputError
from crmkit.orders.bills import BillEntry
from crmkit.orders.model import Order

__all__ = ["Joined", "named", "without_echoes"]


def without_echoes(entries: Iterable[BillEntry]) -> tuple[list[BillEntry], list[BillEntry]]:
    """Returns entries apart from those that another book of the platform tells as well: a payment stands in both books.

    Entries are one event where the trade, the kind and what reached the account agree; the book that tells more of
    them counts, and the trades' book where both tell as many, for it says what buyers paid.
    """
    books: dict[object, dict[str, list[BillEntry]]] = defaultdict(lambda: defaultdict(list))
    kept: list[BillEntry] = []
    for entry in entries:
        if entry.trade:
            event = (entry.platform, entry.trade, entry.kind, entry.settled or entry.amount)
            books[event][entry.book].append(entry)
        else:
            kept.append(entry)
    echoes: list[BillEntry] = []
    for told in books.values():
        first, *others = sorted(told.items(), key=lambda book: (-len(book[1]), book[0] != "trades", book[0]))
        kept += first[1]
        echoes += [entry for _, several in others for entry in several]
    return kept, echoes


def named(entries: Sequence[BillEntry]) -> list[tuple[BillEntry, tuple[str, ...]]]:
    """Returns each entry with the orders that it names; where it names none, with those of its trade."""
    by_trade: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for entry in entries:
        if entry.trade and entry.orders:
            by_trade[entry.platform, entry.trade].add(entry.orders)
    found = []
    for entry in entries:
        others = by_trade.get((entry.platform, entry.trade), set()) if not entry.orders else set()
        found.append((entry, next(iter(others)) if len(others) == 1 else entry.orders))
    return found


class Joined:
    """Sorts entries by the order that they name."""

    def __init__(self, orders: Sequence[Order]) -> None:
        if len({order.key for order in orders}) < len(orders):
            raise InputError("An order is given twice; give each order once, as a report or a store does.")
        self._orders: Mapping[str, list[Order]] = defaultdict(list)
        for order in orders:
            self._orders[order.number].append(order)
        self.of: dict[int, list[BillEntry]] = defaultdict(list)
        self.unknown: dict[tuple[str, str], list[BillEntry]] = defaultdict(list)
        self.nameless: list[BillEntry] = []
        self.ambiguous: list[BillEntry] = []
        self.foreign: list[BillEntry] = []

    def put(self, entry: BillEntry, numbers: Sequence[str]) -> None:
        """Puts an entry where it belongs."""
        if not numbers:
            self.nameless.append(entry)
            return
        bearers = self._orders.get(numbers[0], [])
        if entry.shop:
            bearers = [order for order in bearers if order.shop == entry.shop]
        if len(numbers) > 1 or len(bearers) > 1:
            self.ambiguous.append(entry)
        elif not bearers:
            self.unknown[numbers[0], entry.amount.currency].append(entry)
        elif bearers[0].currency != entry.amount.currency:
            self.foreign.append(entry)
        else:
            self.of[id(bearers[0])].append(entry)
