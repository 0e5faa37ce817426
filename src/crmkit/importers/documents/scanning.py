"""JSON is scanned order by order, where each order comes once and all that belongs into it comes right after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

import attrs

from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.layout import number_of
from crmkit.importers.documents.records import Document, Record, Records, all_records_in, list_in
from crmkit.importers.documents.streaming import JsonList
from crmkit.importers.documents.text import Flaw, JsonText, holds_json_lines, looks_like_json, runs_of_lines
from crmkit.importers.spilling import Repeats
from crmkit.importers.texts import CellFlaw

__all__ = ["comes_in_runs", "records_in_runs"]

_HEAD_BYTES = 4096


def comes_in_runs(stream: BinaryIO, formats: Sequence[JsonFormat]) -> bool:
    """Whether a file is JSON of which each order can be read by itself; its memory does not grow with it.

    These are JSON Lines, a list, and the list in an object that a format knows as a wrapper.
    """
    stream.seek(0)
    if not looks_like_json(stream.read(_HEAD_BYTES)):
        return False
    try:
        return _comes_in_runs(stream, formats)
    except Flaw:
        return False


def _comes_in_runs(stream: BinaryIO, formats: Sequence[JsonFormat]) -> bool:
    is_known, whole = False, None if holds_json_lines(stream) else JsonList(stream)
    with Repeats() as repeats:
        for records in records_in_runs(stream, "", formats, whole=whole):
            if records.orphans or any(record.body and record.body.into for record in records.found):
                return False
            for record in records.found:
                is_known = is_known or record.format is not None
                number = _number(record)
                if record.format is not None and number:
                    repeats.add(hash((record.format.family, number)))
        if whole is not None and whole.around is not None and list_in(whole.around, formats) != whole.key:
            return False
        return is_known and not repeats.found()


def _number(record: Record) -> str:
    if record.format is None or record.body is not None:
        return ""
    try:
        return number_of(record.format, record.value)
    except CellFlaw:
        return ""


def records_in_runs(
    stream: BinaryIO,
    source: str,
    formats: Sequence[JsonFormat],
    reported_at: datetime | None = None,
    *,
    whole: JsonList | None = None,
) -> Iterator[Records]:
    """Yields the records of one order after the other, in constant memory."""
    if whole is None and holds_json_lines(stream):
        for run in runs_of_lines(stream):
            yield all_records_in(Document(source, run, reported_at), formats)
        return
    whole, passed = whole or JsonList(stream), 0
    for at, item in enumerate(whole, 1):
        text = JsonText([(at if whole.key is None else None, item)], has_doubled=whole.has_doubled)
        records = all_records_in(Document(source, text, reported_at), formats)
        if whole.key is not None:
            records.found = [attrs.evolve(record, line=passed + record.line) for record in records.found]
            passed += len(records.found)
        if records.found or records.orphans:
            yield records
