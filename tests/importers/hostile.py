"""Containers to build by hand, and calls that must not take long."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

from crmkit.importers.files.sheets import write_sheet

HEADER = "order_number,currency,unit_price,quantity,title\n"
ROW = "1,EUR,5,1,a\n"
SOUND = (HEADER + ROW).encode()


def zipped(*files: tuple[str, bytes], packed: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def workbook(**changes: Callable[[bytes], bytes]) -> bytes:
    """A sound workbook of which the files named like a key are changed."""
    out = io.BytesIO()
    write_sheet(out, [row.split(",") for row in (HEADER + ROW).split()])
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    made = {}
    for name, data in parts.items():
        change = next((change for key, change in changes.items() if key in name), bytes)
        made[name] = change(data)
    return zipped(*made.items())


def within(seconds: float, call: Callable[[], Any]) -> Any:
    begun = time.process_time()
    try:
        return call()
    finally:
        assert time.process_time() - begun < seconds
