"""How a command tells what happens: a progress bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Steps"]

Advance = Callable[[int, int], None]
"""Tells how many of how many are done."""


class Steps:
    """Writes one line a step.

    Args:
        out: Where the lines go; a bar is drawn only where it is a terminal.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()

    def say(self, line: str = "") -> None:
        """Writes a plain line."""
        self._out.write(line + "\n")
        self._out.flush()

    @contextmanager
    def bar(self, label: str) -> Iterator[Advance]:
        """Shows progress while the block runs; in a pipe it shows nothing."""
        if not self._live:
            yield lambda done, total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(file=self._out), transient=True) as progress:
            task = progress.add_task(label, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
