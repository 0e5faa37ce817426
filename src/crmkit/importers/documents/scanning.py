"""JSON Lines are scanned order by order, where each order comes once and all that belongs into it comes right after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.layout import number_of
from crmkit.importers.documents.records import Document, Record, Records, all_records_in
from crmkit.importers.documents.text import holds_json_lines, runs_of_lines
from crmkit.importers.spilling import Repeats
from crmkit.importers.texts import CellFlaw

__all__ = ["comes_in_runs", "records_in_runs"]


def comes_in_runs(stream: BinaryIO, formats: Sequence[JsonFormat]) -> bool:
    """Whether a file is JSON Lines of which each order can be read by itself; its memory does not grow with it."""
    if not holds_json_lines(stream):
        return False
    is_known = False
    with Repeats() as repeats:
        for records in records_in_runs(stream, "", formats):
            if records.orphans or any(record.body and record.body.into for record in records.found):
                return False
            for record in records.found:
                is_known = is_known or record.format is not None
                number = _number(record)
                if record.format is not None and number:
                    repeats.add(hash((record.format.family, number)))
        return is_known and not repeats.found()


def _number(record: Record) -> str:
    if record.format is None or record.body is not None:
        return ""
    try:
        return number_of(record.format, record.value)
    except CellFlaw:
        return ""


def records_in_runs(
    stream: BinaryIO, source: str, formats: Sequence[JsonFormat], reported_at: datetime | None = None
) -> Iterator[Records]:
    """Yields the records of one order after the other, in constant memory."""
    for run in runs_of_lines(stream):
        yield all_records_in(Document(source, run, reported_at), formats)
