"""What every format of order files must keep: a sample, a golden file, and what happens to damaged copies."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from crmkit.importers import DamagedFileError, ImportReport, TableFormat, UnknownFormatError, read, scan
from crmkit.importers.registry import find_format
from crmkit.importers.texts import normalised
from crmkit.orders import Order
from crmkit.testing import damage
from crmkit.testing.damage import Dialect

__all__ = ["ImporterContract", "golden_of"]

_INSTANTS = ("placed_at", "paid_at", "shipped_at", "received_at", "completed_at", "cancelled_at")
_STILL_READ = frozenset("0123456789 '$")


def golden_of(orders: tuple[Order, ...]) -> list[dict[str, Any]]:
    """Returns orders as a golden file holds them: everything that a reader of the sample can check by eye.

    Example:
        >>> golden_of(())
        []
    """
    return [_golden(order) for order in sorted(orders, key=lambda order: str(order.key))]


def _golden(order: Order) -> dict[str, Any]:
    return {
        "order": str(order.key),
        "status": order.status.value,
        "money": " ".join([str(order.total), str(order.paid.amount), str(order.refunded.amount)]),
        "refund_unknown": order.refund_unknown,
        "lines": sorted(f"{n.quantity} x {n.sku or n.title} {n.variant} = {n.total.amount}" for n in order.lines),
        "buyer": [f"{i} ({i.form})" for i in order.buyer.identifiers],
        "recipient": None if order.recipient is None else order.recipient.address.text,
        "instants": {name: value.isoformat() for name in _INSTANTS if (value := getattr(order, name)) is not None},
    }


def _to_the_minute(order: Order) -> tuple[Any, ...]:
    instants = [value.replace(second=0) for name in _INSTANTS if (value := getattr(order, name)) is not None]
    return order.key, order.status, order.total, order.paid, order.refunded, order.refund_unknown, instants


def _amounts(report: ImportReport, unknown: set[str]) -> Counter[Any]:
    return Counter(
        (
            o.number,
            o.total,
            o.paid,
            None if o.number in unknown else o.refunded,
            tuple(sorted(str(line.total) for line in o.lines)),
        )
        for o in report.orders
    )


def _differing(damaged: ImportReport, report: ImportReport) -> tuple[Counter[Any], Counter[Any]]:
    """The orders that are gone and those that are new; a refund that an order says is unknown makes no difference."""
    unknown = {order.number for order in damaged.orders if order.refund_unknown}
    was, came = _amounts(report, unknown), _amounts(damaged, unknown)
    return was - came, came - was


def _tells(damaged: ImportReport, report: ImportReport) -> bool:
    return damaged.skipped != report.skipped or any(problem not in report.problems for problem in damaged.problems)


class ImporterContract:
    """Holds the laws F1 to F14 of a format; subclass it and name the sample, the golden file and the format.

    Attributes:
        samples: The files that belong together, as text tables; formats of workbooks too, their cells as text.
        golden: JSON as `golden_of` gives it.
        format: The format, its name, or None where it is found by the header.
        encoding: Encoding of the samples.
        options: Further arguments of `read`.
        delimiter: What parts the cells of the samples.
        quoted: Quotes enclose cells in the samples; False where a quote is a sign like others.
        header_rows: In which row the header stands, from 1; the rows above it are the platform's preamble.
        rows_stand_alone: Every row tells its order's number. False where rows without one belong to the order above
            them: then whole orders change places and their rows stay together.
        defaults: Columns whose absence means something else, as the format's docs say; amounts may differ without them.
    """

    samples: ClassVar[tuple[Path, ...]] = ()
    golden: ClassVar[Path]
    format: ClassVar[TableFormat | str | None] = None
    encoding: ClassVar[str] = "utf-8"
    options: ClassVar[dict[str, Any]] = {}
    delimiter: ClassVar[str] = ","
    quoted: ClassVar[bool] = True
    header_rows: ClassVar[int] = 1
    rows_stand_alone: ClassVar[bool] = True
    defaults: ClassVar[frozenset[str]] = frozenset()

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
            shuffled = {name: self._shuffled(data, seed, report) for name, data in self._files().items()}
            assert golden_of(self._read(shuffled).orders) == golden_of(report.orders)

    def test_F4_every_row_is_in_an_order_a_problem_or_skipped(self, report: ImportReport) -> None:
        rows = report.rows
        assert rows.read == rows.taken + rows.refused + rows.skipped
        assert rows.read == sum(len([row for row in self._parted(data)[1] if row]) for data in self._files().values())
        assert rows.skipped <= sum(report.skipped.values())
        assert bool(rows.refused) == bool(report.errors)

    def test_F5_a_file_cut_anywhere_loses_nothing_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for cut in damage.cuts(data):
                self._nothing_is_silent(report, name, cut)

    def test_F6_a_flipped_byte_changes_no_amount_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for flipped in damage.flips(data):
                self._nothing_is_silent(report, name, flipped, was=data)

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
            for at, column in enumerate(self._header(data)):
                assert self._names_or_reads(self._files() | {name: self._without(data, at)}), column

    def test_F10_blanks_and_full_width_marks_in_column_names_do_not_matter(self, report: ImportReport) -> None:
        files = {}
        for name, data in self._files().items():
            head, body = self._parted(data)
            files[name] = self._dialect.text([*head[:-1], damage.renamed(head[-1]), *body], "utf-8-sig")
        assert golden_of(self._read(files).orders) == golden_of(report.orders)

    def test_F11_a_column_that_is_missing_changes_no_amount_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for at, column in enumerate(self._header(data)):
                if normalised(column) not in map(normalised, self.defaults):
                    self._nothing_is_silent(report, name, self._without(data, at))

    def test_F12_a_spreadsheet_that_saves_the_file_again_loses_only_seconds(self, report: ImportReport) -> None:
        legacy = ["gb18030"] if all("gb18030" in known.encodings for known in self._formats(report)) else []
        files = {name: damage.resaved(self._dialect.rows(data)) for name, data in self._files().items()}
        for encoding in ("utf-8-sig", *legacy):
            again = self._read({name: self._dialect.text(rows, encoding) for name, rows in files.items()})
            told = {problem.order for problem in again.problems}
            kept = {order.number: _to_the_minute(order) for order in again.orders}
            for order in report.orders:
                assert kept.get(order.number) == _to_the_minute(order) or order.number in told, order.number

    def test_F13_identifiers_that_a_spreadsheet_destroyed_are_told(self, report: ImportReport) -> None:
        files = {name: damage.destroyed(self._dialect.rows(data)) for name, data in self._files().items()}
        again = self._read({name: self._dialect.text(rows) for name, rows in files.items()})
        told = {text for problem in again.problems for text in (problem.order, problem.value)}
        gone, new = _differing(again, report)
        assert not new - Counter({key: 1 for key in new if key[0] in told})
        for number, *_ in gone:
            assert {number, damage.destroyed_digits(number)} & told, number

    def test_F14_as_a_workbook_of_text_cells_it_gives_the_same_orders(self, report: ImportReport) -> None:
        books = {Path(n).stem + ".xlsx": damage.workbook(self._dialect.rows(d)) for n, d in self._files().items()}
        assert golden_of(self._read(books).orders) == golden_of(report.orders)

    def _names_or_reads(self, files: dict[str, bytes]) -> bool:
        try:
            return bool(self._read(files).rows.read)
        except UnknownFormatError as error:
            return bool(error.header)

    def _nothing_is_silent(self, report: ImportReport, name: str, data: bytes, was: bytes = b"") -> None:
        """A damaged copy gives the same amounts, says what it could not use, or is refused; it never crashes."""
        try:
            damaged = self._read(self._files() | {name: data})
        except (DamagedFileError, UnknownFormatError):
            return
        rows = damaged.rows
        assert rows.read == rows.taken + rows.refused + rows.skipped
        gone, new = _differing(damaged, report)
        if (gone or new) and not _tells(damaged, report):
            may_differ = self._says_another(was, data, report) if was else 0
            assert max(gone.total(), new.total()) <= may_differ, (data, gone, new)

    def _says_another(self, data: bytes, flipped: bytes, report: ImportReport) -> int:
        """How many orders may differ: a byte that turns a cell into another sound one is what no reader can see."""
        try:
            was, came = self._dialect.rows(data), self._dialect.rows(flipped)
        except (UnicodeError, ValueError):
            return 0
        if [len(row) for row in was] != [len(row) for row in came]:
            return 0
        cells = [(r, c) for r, row in enumerate(was) for c, text in enumerate(row) if text != came[r][c]]
        if len(cells) != 1:
            return 0
        (row, column), names = cells[0], self._header(data)
        if row < self.header_rows:
            known = column < len(names) and normalised(names[column]) in map(normalised, self.defaults)
            return len(report.orders) if known else 0
        if column < len(names) and normalised(names[column]) in self._number_columns(report):
            return 2
        old, new = was[row][column], came[row][column]
        signs = [pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]]
        return int(len(old) == len(new) and all(a.isdigit() and b in _STILL_READ for a, b in signs))

    def _number_columns(self, report: ImportReport) -> set[str]:
        return {normalised(name) for known in self._formats(report) for name in known.one_order_per}

    def _formats(self, report: ImportReport) -> list[TableFormat]:
        known = [find_format(self.format or name) for name in report.formats.values()]
        return [one for one in known if isinstance(one, TableFormat)]

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

    @property
    def _dialect(self) -> Dialect:
        return Dialect(encoding=self.encoding, delimiter=self.delimiter, quoted=self.quoted)

    def _parted(self, data: bytes) -> tuple[list[list[str]], list[list[str]]]:
        """The rows down to the header, and those under it."""
        rows = self._dialect.rows(data)
        return rows[: self.header_rows], rows[self.header_rows :]

    def _header(self, data: bytes) -> list[str]:
        return self._parted(data)[0][-1]

    def _without(self, data: bytes, at: int) -> bytes:
        head, body = self._parted(data)
        kept = [[cell for index, cell in enumerate(row) if index != at] for row in (head[-1], *body)]
        return self._dialect.text([*head[:-1], *kept])

    def _shuffled(self, data: bytes, seed: int, report: ImportReport) -> bytes:
        head, body = self._parted(data)
        orders: list[list[list[str]]] = []
        numbers = [at for at, name in enumerate(head[-1]) if normalised(name) in self._number_columns(report)]
        for row in body:
            if orders and not self.rows_stand_alone and not any(row[at].strip() for at in numbers if at < len(row)):
                orders[-1].append(row)
            else:
                orders.append([row])
        Random(seed).shuffle(orders)
        return self._dialect.text([*head, *(row for rows in orders for row in rows)])

    def _moved(self, data: bytes, seed: int) -> bytes:
        head, body = self._parted(data)
        order = list(range(len(head[-1])))
        Random(seed).shuffle(order)
        moved = [[row[at] if at < len(row) else "" for at in order] + row[len(order) :] for row in body if row]
        return self._dialect.text([*head[:-1], [head[-1][at] for at in order], *moved])
