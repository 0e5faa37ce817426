"""Temporary files: where they are, and what is said when there is no room for them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from crmkit.importers.refusals import SpillError

__all__ = ["is_room", "roomy_file"]

_IN_MEMORY = 1 << 23


@contextmanager
def is_room() -> Iterator[None]:
    """Says in plain words that there is no room: a full disk, or no folder for temporary files.

    Raises:
        SpillError: What stands within could not be written, or read back.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SpillError(
            f"The files hold more than is kept in memory, and no temporary file can take it ({error}); make room in "
            "the temporary folder, or name another one in the environment variable TMPDIR."
        ) from error


@contextmanager
def roomy_file() -> Iterator[BinaryIO]:
    """Gives a file that lies in memory while it is small, then in the temporary folder; it is gone at the end."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="crmkit-") as file:
        yield cast("BinaryIO", file)
