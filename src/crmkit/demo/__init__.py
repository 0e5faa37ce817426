"""Invented shop files in the real layouts of Taobao and Shopify, to try crmkit on: ninety people, five bad rows."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

__all__ = ["AS_OF", "copy_to", "files"]

AS_OF = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Shanghai"))
"""The midnight after the invented files were written, in Beijing: the `as_of` for every question about them."""

_NAMES = ("ExportOrderList202611232200.csv", "ExportOrderDetailList202611232200.csv", "orders_export_1.csv")


def files() -> tuple[Path, ...]:
    """Gives the shipped files: Taobao's order file and item file, and Shopify's export.

    Twelve people buy at both shops. Five rows cannot be used, each for one reason.

    Example:
        >>> [path.name for path in files()]
        ['ExportOrderList202611232200.csv', 'ExportOrderDetailList202611232200.csv', 'orders_export_1.csv']
    """
    folder = Path(__file__).parent
    return tuple(folder / name for name in _NAMES)


def copy_to(folder: str | Path) -> tuple[Path, ...]:
    """Copies the shipped files into `folder`, makes it where it is missing, and gives the copies.

    Args:
        folder: Where the copies go; files of the same names there are replaced.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     len(copy_to(folder))
        3
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return tuple(Path(shutil.copyfile(path, target / path.name)) for path in files())
