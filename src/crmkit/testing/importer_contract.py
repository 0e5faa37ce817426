"""What every format of order files must keep: a sample, a golden file, and what happens to damaged copies."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from crmkit.importers import DamagedFileError, ImportReport, TableFormat, UnknownFormatError, read, scan
from crmkit.orders import Order

__all__ = ["ImporterContract", "golden_of"]

_PLACES = 50


def golden_of(orders: tuple[Order, ...]) -> list[dict[str, Any]]:
    """Returns orders as a golden file holds them: everything that a reader of the sample can check by eye.

    Example:
        >>> golden_of(())
        []
    """
    return [_golden(order) for order in sorted(orders, key=lambda order: str(order.key))]


def _golden(order: Order) -> dict[str, Any]:
    instants = ("placed_at", "paid_at", "shipped_at", "received_at", "completed_at", "cancelled_at")
    return {
        "order": str(order.key),
        "status": order.status.value,
        "money": " ".join([str(order.total), str(order.paid.amount), str(order.refunded.amount)]),
        "refund_unknown": order.refund_unknown,
        "lines": sorted(f"{n.quantity} x {n.sku or n.title} {n.variant} = {n.total.amount}" for n in order.lines),
        "buyer": [f"{i} ({i.form})" for i in order.buyer.identifiers],
        "recipient": None if order.recipient is None else order.recipient.address.text,
        "instants": {name: value.isoformat() for name in instants if (value := getattr(order, name)) is not None},
    }


def _amounts(report: ImportReport) -> Counter[Any]:
    return Counter(
        (o.number, o.total, o.paid, o.refunded, tuple(sorted(str(line.total) for line in o.lines)))
        for o in report.orders
    )


class ImporterContract:
    """Holds the laws F1 to F9 of a format; subclass it and name the sample, the golden file and the format.

    Attributes:
        samples: The files that belong together, as text tables.
        golden: JSON as `golden_of` gives it.
        format: The format, its name, or None where it is found by the header.
        encoding: Encoding of the samples.
        options: Further arguments of `read`.
    """

    samples: ClassVar[tuple[Path, ...]] = ()
    golden: ClassVar[Path]
    format: ClassVar[TableFormat | str | None] = None
    encoding: ClassVar[str] = "utf-8"
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def report(self) -> ImportReport:
        """The report of the undamaged samples."""
        return self._read(self._files())

    def test_F1_the_sample_gives_the_golden_orders(self, report: ImportReport) -> None:
        assert report.orders
        assert golden_of(report.orders) == json.loads(self.golden.read_text(encoding="utf-8"))

    def test_F2_reading_twice_is_reading_once(self, report: ImportReport, tmp_path: Path) -> None:
        assert self._read(self._files()) == report
        paths = self._written(tmp_path, self._files())
        twice = read(*paths, *paths, format=self.format, **self.options)
        assert twice.orders == report.orders
        assert twice.errors == report.errors

    def test_F3_the_order_of_the_rows_does_not_matter(self, report: ImportReport) -> None:
        for seed in range(5):
            shuffled = {name: self._shuffled(data, seed) for name, data in self._files().items()}
            assert golden_of(self._read(shuffled).orders) == golden_of(report.orders)

    def test_F4_every_row_is_in_an_order_a_problem_or_skipped(self, report: ImportReport) -> None:
        rows = report.rows
        assert rows.read == rows.taken + rows.refused + rows.skipped
        assert rows.read == sum(len(self._rows(data)) - 1 for data in self._files().values())
        assert rows.skipped <= sum(report.skipped.values())
        assert bool(rows.refused) == bool(report.errors)

    def test_F5_a_file_cut_anywhere_loses_nothing_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for place in Random(5).sample(range(1, len(data)), min(_PLACES, len(data) - 1)):
                if set(data[place - 1 : place + 1]) & set(b"\r\n"):
                    continue
                self._nothing_is_silent(report, name, data[:place])

    def test_F6_a_flipped_byte_changes_no_amount_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for place in Random(6).sample(range(len(data)), min(_PLACES, len(data))):
                flipped = data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :]
                self._nothing_is_silent(report, name, flipped)

    def test_F7_columns_are_found_by_name(self, report: ImportReport) -> None:
        for seed in range(5):
            moved = {name: self._moved(data, seed) for name, data in self._files().items()}
            assert golden_of(self._read(moved).orders) == golden_of(report.orders)

    def test_F8_scanning_gives_the_same_orders(self, report: ImportReport, tmp_path: Path) -> None:
        paths = self._written(tmp_path, self._files())
        found = [item for item in scan(*paths, format=self.format, **self.options) if isinstance(item, Order)]
        assert tuple(found) == report.orders

    def test_F9_a_column_that_is_missing_is_named_or_not_needed(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for at, column in enumerate(self._rows(data)[0]):
                kept = [[cell for index, cell in enumerate(row) if index != at] for row in self._rows(data)]
                assert self._names_or_reads(self._files() | {name: self._text(kept)}), column

    def _names_or_reads(self, files: dict[str, bytes]) -> bool:
        try:
            return bool(self._read(files).rows.read)
        except UnknownFormatError as error:
            return bool(error.header)

    def _nothing_is_silent(self, report: ImportReport, name: str, data: bytes) -> None:
        """A damaged copy gives the same amounts, says what it could not use, or is refused; it never crashes."""
        try:
            damaged = self._read(self._files() | {name: data})
        except (DamagedFileError, UnknownFormatError):
            return
        rows = damaged.rows
        assert rows.read == rows.taken + rows.refused + rows.skipped
        told = [problem for problem in damaged.problems if problem not in report.problems]
        assert _amounts(damaged) == _amounts(report) or told

    def _read(self, files: dict[str, bytes]) -> ImportReport:
        sources = []
        for name, data in files.items():
            source = io.BytesIO(data)
            source.name = name
            sources.append(source)
        return read(*sources, format=self.format, **self.options)

    def _files(self) -> dict[str, bytes]:
        assert self.samples, "Name the samples of the format."
        return {path.name: path.read_bytes() for path in self.samples}

    @staticmethod
    def _written(folder: Path, files: dict[str, bytes]) -> list[Path]:
        paths = [folder / name for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        return paths

    def _rows(self, data: bytes) -> list[list[str]]:
        return list(csv.reader(io.StringIO(data.decode(self.encoding), newline="")))

    def _text(self, rows: list[list[str]]) -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        return out.getvalue().encode(self.encoding)

    def _shuffled(self, data: bytes, seed: int) -> bytes:
        head, *rows = self._rows(data)
        Random(seed).shuffle(rows)
        return self._text([head, *rows])

    def _moved(self, data: bytes, seed: int) -> bytes:
        rows = self._rows(data)
        order = list(range(len(rows[0])))
        Random(seed).shuffle(order)
        return self._text([list(self._in(order, row)) for row in rows])

    @staticmethod
    def _in(order: list[int], row: list[str]) -> Iterator[str]:
        yield from (row[at] for at in order)
        yield from row[len(order) :]
