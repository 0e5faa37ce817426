"""Several writers take in the same orders at once: each order is stored once and each step is told once."""

from __future__ import annotations

import threading
from collections import Counter

from crmkit.errors import StorageError
from crmkit.orders import OrderBook
from crmkit.testing import an_order

PATH = ["pending_payment", "paid", "completed"]


def test_writers_of_the_same_orders_meet(store):
    failures: list[StorageError] = []

    def write(turn):
        numbers = range(40) if turn % 2 else range(39, -1, -1)
        try:
            for status in PATH:
                reports = [(an_order(number=str(number), status=status), f"c{turn}") for number in numbers]
                OrderBook(store).apply_many(reports)
        except StorageError as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(turn,)) for turn in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    # What a writer gave up after three attempts, the same call finishes.
    for turn in range(len(failures)):
        write(turn)
    with store.unit() as unit:
        stored = unit.orders.page(None, 100)
        told = Counter(entry.key for entry in unit.outbox.read(after=0, limit=1000))
    assert [one.order.status for one in stored] == ["completed"] * 40
    assert len(told) == 40 * 6
    assert set(told.values()) == {1}
