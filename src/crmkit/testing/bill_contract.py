"""What every format of bills must keep: a sample, a golden file, and what happens to damaged copies."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import attrs
import pytest

from crmkit.importers import BillFormat, DamagedFileError, ImportReport, UnknownFormatError, read, scan
from crmkit.importers.bills.tables import bill_rows
from crmkit.orders import BillEntry
from crmkit.testing.damage import PLACES

__all__ = ["BillContract", "golden_entries"]


def golden_entries(entries: tuple[BillEntry, ...]) -> list[dict[str, Any]]:
    """Returns entries as a golden file holds them: everything that a reader of the sample can check by eye.

    Example:
        >>> golden_entries(())
        []
    """
    return [
        {
            "entry": entry.key,
            "kind": entry.kind.value,
            "amount": str(entry.amount),
            "settled": None if entry.settled is None else str(entry.settled),
            "orders": list(entry.orders),
            "trade": entry.trade,
            "account": entry.account,
            "at": entry.at.isoformat(),
        }
        for entry in sorted(entries, key=lambda entry: entry.key)
    ]


def _amounts(report: ImportReport) -> Counter[Any]:
    return Counter((entry.key, entry.amount, entry.settled) for entry in report.entries)


@attrs.frozen
class _Lines:
    """The lines of a bill: those above its header, the header, its rows, and the trailer's."""

    above: list[str]
    header: str
    rows: list[str]
    trailer: list[str]

    def text(self, rows: list[str] | None = None, header: str = "") -> str:
        return "".join([*self.above, header or self.header, *(self.rows if rows is None else rows), *self.trailer])


class BillContract:
    """Holds the laws B1 to B12 of a format of bills; subclass it and name the sample, the golden file and the format.

    Attributes:
        sample: The bill, as comma-separated text.
        golden: JSON as `golden_entries` gives it.
        format: The format.
        encoding: Encoding of the sample.
        options: Further arguments of `read`.
    """

    sample: ClassVar[Path]
    golden: ClassVar[Path]
    format: ClassVar[BillFormat]
    encoding: ClassVar[str] = "utf-8"
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def report(self) -> ImportReport:
        """The report of the undamaged sample."""
        return self._read(self._data())

    def test_B1_the_sample_gives_the_golden_entries(self, report: ImportReport) -> None:
        assert report.entries
        assert set(report.formats.values()) == {self.format.name}
        assert golden_entries(report.entries) == json.loads(self.golden.read_text(encoding="utf-8"))

    def test_B2_reading_twice_is_reading_once(self, report: ImportReport) -> None:
        assert self._read(self._data()) == report
        twice = read(*self._sources(self._data(), self._data()), **self.options)
        assert twice.entries == report.entries
        assert set(twice.problems) == set(report.problems)
        assert twice.rows.read == 2 * report.rows.read

    def test_B3_the_order_of_the_rows_does_not_matter(self, report: ImportReport) -> None:
        lines = self._lines()
        for seed in range(5):
            rows = Random(seed).sample(lines.rows, len(lines.rows))
            shuffled = self._read_text(lines.text(rows))
            assert golden_entries(shuffled.entries) == golden_entries(report.entries)
            assert len(shuffled.problems) == len(report.problems)

    def test_B4_every_row_is_an_entry_a_problem_or_skipped(self, report: ImportReport) -> None:
        rows = report.rows
        assert rows.read == rows.taken + rows.refused + rows.skipped == len(self._lines().rows)
        assert rows.skipped == sum(report.skipped.values())
        assert bool(rows.refused) == bool(report.errors)

    def test_B5_a_bill_cut_anywhere_loses_nothing_silently(self, report: ImportReport) -> None:
        data = self._data()
        for place in Random(5).sample(range(1, len(data)), min(PLACES, len(data) - 1)):
            self._nothing_is_silent(report, data[:place])

    def test_B6_a_flipped_byte_changes_no_amount_silently(self, report: ImportReport) -> None:
        data = self._data()
        for place in Random(6).sample(range(len(data)), min(PLACES, len(data))):
            self._nothing_is_silent(report, data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :])

    def test_B7_columns_are_found_by_name(self, report: ImportReport) -> None:
        lines = self._lines()
        for seed in range(5):
            header, *rows = self._moved([lines.header, *lines.rows], seed)
            moved = self._read_text(lines.text(rows, header))
            assert golden_entries(moved.entries) == golden_entries(report.entries)

    def test_B8_scanning_gives_the_same_entries(self, report: ImportReport) -> None:
        (source,) = self._sources(self._data())
        found = [item for item in scan(source, **self.options) if isinstance(item, BillEntry)]
        assert tuple(found) == report.entries

    def test_B9_a_row_that_is_missing_is_told(self, report: ImportReport) -> None:
        lines = self._lines()
        for at in range(len(lines.rows)):
            self._nothing_is_silent(report, self._bytes(lines.text(lines.rows[:at] + lines.rows[at + 1 :])))

    def test_B10_blanks_and_full_width_marks_in_the_header_do_not_matter(self, report: ImportReport) -> None:
        lines = self._lines()
        for change in (lambda name: f" {name}\t", lambda name: name.replace("（", "(").replace("）", ")")):
            header = ",".join(_shown(change(name)) for name in self._cells(lines.header.rstrip("\r\n")))
            renamed = self._read_text(lines.text(header=header + _end(lines.header)))
            assert golden_entries(renamed.entries) == golden_entries(report.entries)

    def test_B11_a_bill_that_a_spreadsheet_saved_again_gives_the_same_entries(self, report: ImportReport) -> None:
        lines = self._data().decode(self.encoding).splitlines()
        width = len(self._cells(self._lines().header))
        rows = [[cell.strip() for cell in self._cells(line)] for line in lines]
        for delimiter, encoding in ((",", "utf-8-sig"), (",", "gb18030"), ("\t", "utf-16")):
            out = io.StringIO(newline="")
            csv.writer(out, delimiter=delimiter).writerows(row + [""] * (width - len(row)) for row in rows)
            saved = self._read(out.getvalue().encode(encoding))
            assert golden_entries(saved.entries) == golden_entries(report.entries)
            assert len(saved.problems) == len(report.problems)

    def test_B12_a_column_that_is_missing_is_named_or_no_amount_needs_it(self, report: ImportReport) -> None:
        lines = self._lines()
        for at in range(len(self._cells(lines.header))):
            kept = [",".join(map(_shown, self._without(at, line))) + _end(line) for line in (lines.header, *lines.rows)]
            self._nothing_is_silent(report, self._bytes(lines.text(kept[1:], kept[0])))

    def _without(self, at: int, line: str) -> list[str]:
        cells = self._cells(line.rstrip("\r\n"))
        return cells[:at] + cells[at + 1 :]

    def _nothing_is_silent(self, report: ImportReport, data: bytes) -> None:
        """A damaged copy gives the same amounts, says what it could not use, or is refused; it never crashes."""
        try:
            damaged = self._read(data)
        except (DamagedFileError, UnknownFormatError):
            return
        rows = damaged.rows
        assert rows.read == rows.taken + rows.refused + rows.skipped
        told = [problem for problem in damaged.problems if problem not in report.problems]
        assert _amounts(damaged) == _amounts(report) or told

    def _read(self, data: bytes) -> ImportReport:
        return read(*self._sources(data), **self.options)

    def _read_text(self, text: str) -> ImportReport:
        return self._read(self._bytes(text))

    def _bytes(self, text: str) -> bytes:
        return text.encode(self.encoding)

    def _sources(self, *contents: bytes) -> list[io.BytesIO]:
        sources = [io.BytesIO(data) for data in contents]
        for source in sources:
            source.name = self.sample.name
        return sources

    def _data(self) -> bytes:
        return self.sample.read_bytes()

    def _cells(self, line: str) -> list[str]:
        return next(row for _, row in bill_rows([line], ",", self.format) if isinstance(row, list))

    def _lines(self) -> _Lines:
        lines = self._data().decode(self.encoding).splitlines(keepends=True)
        top = next(at for at, line in enumerate(lines) if self.format.is_header(self._cells(line)))
        after = range(top + 1, len(lines))
        end = next((at for at in after if self.format.is_aside(self._cells(lines[at]), False)), len(lines))
        rows = lines[top + 1 : end]
        while rows and not rows[-1].strip():
            rows.pop()
        return _Lines(lines[:top], lines[top], rows, lines[top + 1 + len(rows) :])

    def _moved(self, lines: list[str], seed: int) -> Iterator[str]:
        width = len(self._cells(lines[0]))
        order = Random(seed).sample(range(width), width)
        for line in lines:
            cells = self._cells(line)
            yield ",".join(_shown(cells[at]) for at in order) + _end(line)


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _shown(cell: str) -> str:
    """A cell as it was written: quoted where it holds a comma and no backtick guards it."""
    if cell.startswith("`") or not {",", '"'} & set(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
