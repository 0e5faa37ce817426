"""What the exit codes of the commands mean."""

from __future__ import annotations

__all__ = ["CANNOT", "DONE", "WITH_PROBLEMS"]

DONE = 0
"""Everything was used."""

WITH_PROBLEMS = 1
"""Done, and what could not be used is listed."""

CANNOT = 2
"""Nothing could be done: the files, the words or the database are not usable."""
