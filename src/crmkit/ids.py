"""Identifiers of our own records: text that sorts by the time it was made, from a replaceable generator."""

from __future__ import annotations

import os
import threading
from typing import Protocol

from crmkit.clock import Clock, SystemClock

__all__ = ["IdGenerator", "UlidGenerator"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_RANDOM_BITS = 80


class IdGenerator(Protocol):
    """Makes a new id at each call; ids made later sort later."""

    def new(self) -> str:
        """Returns an id that was never returned before."""
        ...


class UlidGenerator:
    """Makes ULIDs: 26 signs, 48 bits of milliseconds and 80 random bits; rising within one process.

    Within one millisecond (and while the clock stands still or goes back) the random part is counted up,
    so ids of one generator are strictly rising. Safe for threads. Format: the public ULID specification.

    Args:
        clock: Where the milliseconds come from.

    Example:
        >>> ids = UlidGenerator()
        >>> first, second = ids.new(), ids.new()
        >>> len(first), first < second
        (26, True)
    """

    __slots__ = ("_clock", "_head", "_last", "_lock")

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._last = 0
        self._head = (-1, "")

    def new(self) -> str:
        """Returns the next id."""
        millis = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            if millis > self._last >> _RANDOM_BITS:
                self._last = millis << _RANDOM_BITS | int.from_bytes(os.urandom(10), "big") >> 1
            else:
                self._last += 1
            number = self._last
            head, text = self._head
            if number >> 20 != head:
                # The first 22 signs stay while ids are counted up: kept, an id takes a third of the time.
                head = number >> 20
                text = "".join([_PAIRS[head >> shift & 0x3FF] for shift in range(100, -1, -10)])
                self._head = (head, text)
        return text + _PAIRS[number >> 10 & 0x3FF] + _PAIRS[number & 0x3FF]
