"""What happens to files on their way: they are cut, bytes change, and spreadsheets save them again."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from random import Random

import attrs

__all__ = ["Dialect", "cuts", "destroyed", "flips", "renamed", "resaved", "workbook"]

PLACES = int(os.environ.get("CRMKIT_TEST_PLACES", "200"))
"""How many places of a file are damaged. A run on another version of Python needs no more than a few."""
_PATTERNS = (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0xFF)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?::\d\d)?)?")
_DECIMALS = re.compile(r"-?\d{1,12}\.\d+")
_LONG = re.compile(r"""(?:="|['`])?(\d{12,})"?""")


@attrs.frozen(kw_only=True, slots=True)
class Dialect:
    """Says how the text tables of a sample are written.

    Attributes:
        encoding: Their encoding.
        delimiter: What parts the cells.
        quoted: Quotes enclose cells; where they do not, a quote is a sign like others.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quoted: bool = True

    def rows(self, data: bytes) -> list[list[str]]:
        """Returns the cells of a file.

        Example:
            >>> Dialect().rows(b'a,"b,c"')
            [['a', 'b,c']]
        """
        lines = io.StringIO(data.decode(self.encoding), newline="")
        if self.quoted:
            return list(csv.reader(lines, delimiter=self.delimiter))
        return list(csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE))

    def text(self, rows: Sequence[Sequence[str]], encoding: str = "") -> bytes:
        r"""Returns the file that holds these cells, in the sample's encoding or another.

        Example:
            >>> Dialect(delimiter=";").text([["a", "b;c"]])
            b'a;"b;c"\r\n'
        """
        if not self.quoted:
            text = "".join(self.delimiter.join(row) + "\r\n" for row in rows)
            return text.encode(encoding or self.encoding)
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter).writerows(rows)
        return out.getvalue().encode(encoding or self.encoding)


def cuts(data: bytes) -> Iterator[bytes]:
    """Yields a file's beginning up to each of `PLACES` places, but between two rows: there no reader can see a cut."""
    inside = [at for at in range(1, len(data)) if not set(data[at - 1 : at + 1]) & set(b"\r\n")]
    for at in Random(5).sample(inside, min(PLACES, len(inside))):
        yield data[:at]


def flips(data: bytes) -> Iterator[bytes]:
    """Yields copies with one byte changed, at each of `PLACES` places: its highest bit, and one of eight patterns."""
    places = Random(6).sample(range(len(data)), min(PLACES, len(data)))
    for number, at in enumerate(places):
        for pattern in (0x80, _PATTERNS[number % len(_PATTERNS)]):
            yield data[:at] + bytes([data[at] ^ pattern]) + data[at + 1 :]


def renamed(header: Sequence[str]) -> list[str]:
    r"""Returns column names with blanks around them and with their marks as full-width signs.

    Example:
        >>> renamed(["Price (EUR)"])
        ['\u3000Price （EUR）\xa0 ']
    """
    wide = {mark: chr(mark + 0xFEE0) for mark in map(ord, "()/:,;!?%+&#")}
    return [f"\u3000{name.translate(wide)}\xa0 " if name.strip() else name for name in header]


def _each(rows: Sequence[Sequence[str]], change: Callable[[str], str]) -> list[list[str]]:
    return [[change(cell) for cell in row] for row in rows]


def resaved(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Returns rows as a spreadsheet writes them back: times without seconds, amounts without the zeros at their end.

    Example:
        >>> resaved([["2016-05-23 09:02:11", "2016-05-23", "39.90", "2.00", "4026100100000000349"]])
        [['2016/5/23 9:02', '2016/5/23', '39.9', '2', '4026100100000000349']]
    """
    return _each(rows, _resaved)


def _resaved(cell: str) -> str:
    if found := _TIME.fullmatch(cell.strip()):
        year, month, day, hour, minute = found.groups()
        return f"{year}/{int(month)}/{int(day)}" + (f" {int(hour)}:{minute}" if hour else "")
    return cell.strip().rstrip("0").rstrip(".") if _DECIMALS.fullmatch(cell.strip()) else cell


def destroyed(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Returns rows in which every text of twelve digits and more has become a number, as spreadsheets make it one.

    Example:
        >>> destroyed([["4026100100000000349", '="402610010000"', "A-1"]])
        [['4.03E+18', '4.03E+11', 'A-1']]
    """
    return _each(rows, destroyed_digits)


def destroyed_digits(cell: str) -> str:
    """Returns a cell's digits in exponent form, or the cell where it has fewer than twelve."""
    found = _LONG.fullmatch(cell.strip())
    return f"{int(found[1]):.2E}" if found else cell


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Returns rows as an xlsx file of text cells."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # it has no types of its own

    book = Workbook(write_only=False)
    sheet = book.active
    for at, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            if text:
                cell = sheet.cell(at, column, text)
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
