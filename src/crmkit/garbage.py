"""The cycle collector during long work: values in no cycle by the hundred thousand are not walked again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused", "heap_set_aside"]

_MANY = 50_000
_OF_PYTHON = 1_000  # some versions begin with a few hundred objects frozen; a host that froze has many thousand


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keeps Python's cycle collector still within the block, and leaves what it made to the oldest generation.

    A large report costs a third of its time in walks that find nothing. What is made in the block is collected like
    everything else at the next full collection. A collector that the host has switched off stays off, and what it has
    frozen stays frozen. A block that makes little costs nothing more, however much is frozen.

    Example:
        >>> import gc
        >>> with collector_paused():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Counting what is frozen walks through it, which a short block is not worth.
            if gc.get_count()[0] > _MANY and not _has_host_frozen():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@contextmanager
def heap_set_aside() -> Iterator[None]:
    """Keeps the collector from looking, within the block, through what there is when it begins.

    Where something is frozen already it stays so, and nothing is added to it.

    Example:
        >>> import gc
        >>> with heap_set_aside():
        ...     gc.get_freeze_count() > 1000
        True
    """
    if _has_host_frozen():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _has_host_frozen() -> bool:
    return gc.get_freeze_count() > _OF_PYTHON
