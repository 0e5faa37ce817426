"""What every format of JSON orders must keep: a sample, a golden file, and what happens to damaged copies."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from crmkit.importers import DamagedFileError, ImportReport, JsonFormat, UnknownFormatError, read, scan, sniff
from crmkit.orders import Order
from crmkit.testing.damage import PLACES
from crmkit.testing.importer_contract import golden_of

__all__ = ["JsonImporterContract"]


def _amounts(report: ImportReport) -> Counter[Any]:
    """What may not change silently: the money and the state of every order."""
    return Counter(
        (
            o.number,
            o.status,
            o.total,
            o.paid,
            o.refunded,
            o.refund_unknown,
            tuple(sorted(str(n.total) for n in o.lines)),
        )
        for o in report.orders
    )


def _adds_up(report: ImportReport) -> bool:
    rows = report.rows
    return rows.read == rows.taken + rows.refused + rows.skipped and bool(rows.refused) == bool(report.errors)


class JsonImporterContract:
    """Holds the laws J1 to J10 of a JSON format; subclass it and name the sample, the golden file and the format.

    Attributes:
        samples: The files that belong together; a name that ends in `.jsonl` or `.ndjson` is JSON Lines.
        golden: JSON as `golden_of` gives it.
        format: The format, its name, or None where it is found by the keys.
        records_in: The keys under which a file holds its list of orders, the outermost first.
        options: Further arguments of `read`.
        says_nothing_without: Paths that may be missing without a word, because a key without a value is not written.
    """

    samples: ClassVar[tuple[Path, ...]] = ()
    golden: ClassVar[Path]
    format: ClassVar[JsonFormat | str | None] = None
    records_in: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[dict[str, Any]] = {}
    says_nothing_without: ClassVar[frozenset[str]] = frozenset()

    @pytest.fixture
    def report(self) -> ImportReport:
        """The report of the undamaged samples."""
        return self._read(self._files())

    def test_J1_the_sample_gives_the_golden_orders(self, report: ImportReport) -> None:
        assert report.orders
        assert golden_of(report.orders) == json.loads(self.golden.read_text(encoding="utf-8"))

    def test_J2_reading_twice_is_reading_once(self, report: ImportReport, tmp_path: Path) -> None:
        assert self._read(self._files()) == report
        paths = self._written(tmp_path)
        twice = read(*paths, *paths, format=self.format, **self.options)
        assert twice.orders == report.orders
        assert Counter(map(str, twice.errors)).keys() == Counter(map(str, report.errors)).keys()
        assert _adds_up(twice)

    def test_J3_the_order_of_the_records_does_not_matter(self, report: ImportReport) -> None:
        for seed in range(10):
            shuffled = {name: self._shuffled(name, data, seed) for name, data in self._files().items()}
            again = self._read(shuffled)
            assert golden_of(again.orders) == golden_of(report.orders)
            assert len(again.problems) == len(report.problems)

    def test_J4_every_record_is_in_an_order_a_problem_or_skipped(self, report: ImportReport) -> None:
        assert _adds_up(report)
        assert report.rows.read == sum(self._count(name, data) for name, data in self._files().items())
        assert report.rows.skipped == sum(report.skipped.values())

    def test_J5_a_file_cut_anywhere_loses_nothing_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            whole = data.rstrip()
            for place in Random(5).sample(range(1, len(whole)), min(PLACES, len(whole) - 1)):
                if not set(whole[place - 1 : place + 1]) & set(b"\r\n"):
                    self._nothing_is_silent(report, name, whole[:place])

    def test_J6_a_flipped_byte_changes_no_amount_silently(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for place in Random(6).sample(range(len(data)), min(PLACES, len(data))):
                flipped = data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :]
                self._nothing_is_silent(report, name, flipped)
                self._never_crashes(name, data[:place] + bytes([data[place] ^ 1 << place % 7]) + data[place + 1 :])

    def test_J7_the_order_of_the_keys_does_not_matter(self, report: ImportReport) -> None:
        for seed in range(5):
            moved = {name: self._changed(name, data, _Mover(seed)) for name, data in self._files().items()}
            assert golden_of(self._read(moved).orders) == golden_of(report.orders)

    def test_J8_a_key_that_is_missing_is_named_or_not_needed(self, report: ImportReport) -> None:
        for name, data in self._files().items():
            for path in sorted(set(_paths(self._values(name, data)))):
                if path.replace("[]", "") not in self.says_nothing_without:
                    without = self._changed(name, data, _Dropper(path))
                    assert self._names_or_reads(report, name, without), f"{path} is missing and nothing says so"

    def test_J9_scanning_gives_the_same_orders(self, report: ImportReport, tmp_path: Path) -> None:
        found = list(scan(*self._written(tmp_path), format=self.format, **self.options))
        assert tuple(item for item in found if isinstance(item, Order)) == report.orders
        told = Counter(str(item) for item in found if not isinstance(item, Order))
        assert told == Counter(map(str, report.problems))

    def test_J10_data_gives_what_its_text_gives(self, report: ImportReport, tmp_path: Path) -> None:
        values = [self._values(name, data) for name, data in self._files().items()]
        given = read(*values, format=self.format, **self.options)
        assert golden_of(given.orders) == golden_of(report.orders)
        assert [dict(order.raw) for order in given.orders] == [dict(order.raw) for order in report.orders]
        for path in self._written(tmp_path):
            guesses = sniff(path)
            assert guesses[0].confidence >= 0.5
            assert [guess for guess in guesses[1:] if guess.confidence >= 0.5] == []

    def _names_or_reads(self, report: ImportReport, name: str, data: bytes) -> bool:
        try:
            found = self._read(self._files() | {name: data})
        except UnknownFormatError:
            return True
        told = [problem for problem in found.problems if problem not in report.problems]
        return _adds_up(found) and (_amounts(found) == _amounts(report) or bool(told))

    def _nothing_is_silent(self, report: ImportReport, name: str, data: bytes) -> None:
        """A damaged copy gives the same amounts, says what it could not use, or is refused; it never crashes."""
        try:
            damaged = self._read(self._files() | {name: data})
        except (DamagedFileError, UnknownFormatError):
            return
        told = [problem for problem in damaged.problems if problem not in report.problems]
        assert _adds_up(damaged)
        assert _amounts(damaged) == _amounts(report) or told

    def _never_crashes(self, name: str, data: bytes) -> None:
        try:
            assert _adds_up(self._read(self._files() | {name: data}))
        except (DamagedFileError, UnknownFormatError):
            return

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

    def _written(self, folder: Path) -> list[Path]:
        paths = [folder / name for name in self._files()]
        for path, data in zip(paths, self._files().values(), strict=True):
            path.write_bytes(data)
        return paths

    @staticmethod
    def _has_lines(name: str) -> bool:
        return name.endswith((".jsonl", ".ndjson"))

    def _values(self, name: str, data: bytes) -> Any:
        """The documents of JSON Lines as a list, or the one document."""
        if self._has_lines(name):
            return [json.loads(line, parse_float=Decimal) for line in data.splitlines() if line.strip()]
        return json.loads(data, parse_float=Decimal)

    def _text(self, name: str, value: Any) -> bytes:
        if self._has_lines(name):
            return "".join(json.dumps(item, ensure_ascii=False, default=float) + "\n" for item in value).encode()
        return json.dumps(value, ensure_ascii=False, default=float).encode()

    def _changed(self, name: str, data: bytes, change: Callable[[Any, str], Any]) -> bytes:
        return self._text(name, change(self._values(name, data), ""))

    def _list(self, name: str, value: Any) -> list[Any]:
        for key in () if self._has_lines(name) else self.records_in:
            value = value[key]
        assert isinstance(value, list), "records_in names the keys under which the orders lie"
        return value

    def _count(self, name: str, data: bytes) -> int:
        found = self._list(name, self._values(name, data))
        return sum(1 for item in found if not (isinstance(item, dict) and "__parentId" in item))

    def _shuffled(self, name: str, data: bytes, seed: int) -> bytes:
        value = self._values(name, data)
        Random(seed).shuffle(self._list(name, value))
        return self._text(name, value)


class _Mover:
    """Shuffles the keys of every object."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def __call__(self, value: Any, path: str) -> Any:
        if isinstance(value, list):
            return [self(item, path) for item in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        self._random.shuffle(keys)
        return {key: self(value[key], path) for key in keys}


class _Dropper:
    """Leaves one key out, wherever it stands at this path."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, value: Any, path: str) -> Any:
        if isinstance(value, list):
            return [self(item, f"{path}[]") for item in value]
        if not isinstance(value, dict):
            return value
        return {key: self(item, f"{path}.{key}") for key, item in value.items() if f"{path}.{key}" != self._path}


def _paths(value: Any, path: str = "") -> Iterator[str]:
    """Every path of a key; places in lists do not count."""
    if isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{path}[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{path}.{key}"
            yield from _paths(item, f"{path}.{key}")
