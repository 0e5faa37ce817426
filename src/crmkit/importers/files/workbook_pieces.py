"""Large xlsx sheets a piece at a time: the rows of each piece become a small workbook, which is read like any other.

A spreadsheet reader holds a whole sheet. Here the sheet's XML is cut between rows, the texts that all sheets share lie
in a temporary file, and of both only what a piece needs is in memory; cells mean what they mean in the whole workbook.
"""

from __future__ import annotations

import io
import re
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from posixpath import join, normpath
from typing import Any, BinaryIO

import attrs

from crmkit.importers.files.archives import BROKEN
from crmkit.importers.files.rooms import is_room, roomy_file
from crmkit.importers.refusals import DamagedFileError

__all__ = ["Piece", "pieces_of", "sound_book"]

Piece = tuple[int, int, "list[list[Any]]"]
"""The row and the column at which a piece begins, from 0, and its cells."""

_LARGE = 8 << 20
_CHUNK = 1 << 18
_PIECE = 1 << 20
_LONGEST = 1 << 23
_REMEMBERED = 4096
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*?>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*?>")
_DATA = re.compile(rb"<((?:\w+:)?)sheetData\s*>")
_END = re.compile(rb"\s*</(?:\w+:)?(?:sheetData|sst)\s*>")
_NUMBER = re.compile(rb"""^<[^>]*?\sr\s*=\s*["'](\d+)["']""")
_SHARED = re.compile(
    rb"""<((?:\w+:)?)c\b([^>]*?\s)t\s*=\s*["']s["']([^>]*)>\s*<(?:\w+:)?v\s*>\s*(\d+)\s*</(?:\w+:)?v\s*>\s*</(?:\w+:)?c\s*>"""
)
_PLAIN_XML = re.compile(rb"<!\[CDATA\[|<!--|<!DOCTYPE|\x00")
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ROOM_FOR_ONE = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    f'xmlns:r="{_OFFICE}"><workbookPr{{}}/><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


@contextmanager
def sound_book(source: str) -> Iterator[None]:
    """Makes one error of all that the library says of a damaged workbook: its errors, and what its own code trips over.

    Raises:
        DamagedFileError: The workbook cannot be read.
    """
    try:
        yield
    except BaseException as error:  # its panics are no Exception, and both have no other common root
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise DamagedFileError(
            f"{source} is a workbook that cannot be read ({error}); take the file as the platform gives it.", source
        ) from error


def pieces_of(stream: BinaryIO, source: str) -> Iterator[tuple[str, Iterator[Piece]]] | None:
    """Returns every sheet's name and pieces, or None where the workbook is small or none of this kind.

    Raises:
        DamagedFileError: The workbook cannot be read.
    """
    stream.seek(0)
    if not zipfile.is_zipfile(stream):
        return None
    with zipfile.ZipFile(stream) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        sizes = [entry.file_size for entry in archive.infolist() if entry.filename.lower().endswith(".xml")]
        if sum(sizes) < _LARGE or not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names.keys():
            return None
        sheets = _sheets(archive, names)
        if not sheets or not all(_is_plain(archive, path) for _, path in sheets):
            return None
    return _Workbook(stream, source, names).sheets(sheets)


def _sheets(archive: zipfile.ZipFile, names: dict[str, str]) -> list[tuple[str, str]]:
    """Name and path of every sheet that holds cells, in the workbook's order."""
    book = archive.read(names["xl/workbook.xml"]).decode("utf-8", "replace")
    relations = archive.read(names["xl/_rels/workbook.xml.rels"]).decode("utf-8", "replace")
    paths = {}
    for tag in _RELATION.findall(relations):
        target = _attribute(tag, "Target")
        paths[_attribute(tag, "Id")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    found = [(_attribute(tag, "name"), paths.get(_attribute(tag, r"(?:\w+:)?id"), "")) for tag in _SHEET.findall(book)]
    return [(name, names[path.lower()]) for name, path in found if "worksheets/" in path and path.lower() in names]


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return unescape(found[1] or found[2] or "") if found else ""


def _is_plain(archive: zipfile.ZipFile, path: str) -> bool:
    with archive.open(path) as sheet:
        head = sheet.read(_CHUNK)
    return _DATA.search(head) is not None and not _PLAIN_XML.search(head)


@attrs.frozen(slots=True)
class _Kind:
    """Is a kind of element: how it opens, and how it closes."""

    opens: re.Pattern[bytes]
    closes: re.Pattern[bytes]


_ROWS = _Kind(re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^<>]*>"), re.compile(rb"</(?:\w+:)?row\s*>"))
_TEXTS = _Kind(re.compile(rb"<(?:\w+:)?si(?=[\s/>])[^<>]*>"), re.compile(rb"</(?:\w+:)?si\s*>"))


def _elements(xml: bytes, kind: _Kind) -> Iterator[tuple[bytes, bytes, int]]:
    """Every whole element, what stands between its tags, and where it ends; each sign is looked at once."""
    at = 0
    while (opened := kind.opens.search(xml, at)) is not None:
        if opened[0].endswith(b"/>"):
            at = opened.end()
            yield opened[0], b"", at
            continue
        closed = kind.closes.search(xml, opened.end())
        if closed is None:
            return
        at = closed.end()
        yield xml[opened.start() : at], xml[opened.end() : closed.start()], at


class _Texts:
    """The texts that sheets share, in a file; those met last are in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ends = array("Q")
        self._met: dict[int, bytes] = {}

    def fill(self, blocks: Iterator[bytes]) -> None:
        end = 0
        for text in blocks:
            with is_room():
                self._file.write(text)
            end += len(text)
            self._ends.append(end)

    def __getitem__(self, index: int) -> bytes:
        found = self._met.get(index)
        if found is None:
            begin = self._ends[index - 1] if index else 0
            with is_room():
                self._file.seek(begin)
                found = self._file.read(self._ends[index] - begin)
            if len(self._met) >= _REMEMBERED:
                self._met.clear()
            self._met[index] = found
        return found


class _Workbook:
    def __init__(self, stream: BinaryIO, source: str, names: dict[str, str]) -> None:
        self._stream, self._source, self._names = stream, source, names

    def sheets(self, sheets: list[tuple[str, str]]) -> Iterator[tuple[str, Iterator[Piece]]]:
        with self._readable(), zipfile.ZipFile(self._stream) as archive, roomy_file() as file:
            texts = _Texts(file)
            if (shared := self._names.get("xl/sharedstrings.xml")) is not None:
                texts.fill(text for _, text in self._parts(archive, shared, _TEXTS))
            is_1904 = re.search(rb'date1904\s*=\s*"(?:1|true)"', archive.read(self._names["xl/workbook.xml"]))
            styles = self._names.get("xl/styles.xml")
            one = _room_for_one(archive.read(styles) if styles else b"", is_1904=is_1904 is not None)
            for name, path in sheets:
                yield name, self._pieces(archive, path, texts, one)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except DamagedFileError:
            raise
        except BROKEN as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, why: str) -> DamagedFileError:
        return DamagedFileError(
            f"{self._source} is a workbook that cannot be read ({why}); take the file as the platform gives it.",
            self._source,
        )

    def _parts(
        self, archive: zipfile.ZipFile, path: str, kind: _Kind, begin: re.Pattern[bytes] | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """Every element of a kind in a file of the archive, whole and without its tags, from where `begin` stands."""
        kept = b""
        with archive.open(path) as file:
            while block := file.read(_CHUNK):
                if _PLAIN_XML.search(block):
                    raise self._damaged("its XML is of a kind that no spreadsheet writes")
                kept += block
                if begin is not None:
                    begun = begin.search(kept)
                    if begun is None:
                        continue
                    kept, begin = kept[begun.end() :], None
                read = 0
                for whole, inner, end in _elements(kept, kind):
                    read = end
                    yield whole, inner
                kept = kept[read:]
                if _END.match(kept):
                    return
                if len(kept) > _LONGEST:
                    raise self._damaged("a row of it is absurdly long")
        raise self._damaged("it ends before its rows do")

    def _pieces(
        self, archive: zipfile.ZipFile, path: str, texts: _Texts, one: Callable[[bytes], bytes]
    ) -> Iterator[Piece]:
        with archive.open(path) as sheet:
            head = sheet.read(_CHUNK)
        begun = _DATA.search(head)
        assert begun is not None, "it was found before"
        prefix, before = begun[1], head[: begun.end()]
        after = b"</" + prefix + b"sheetData></" + prefix + b"worksheet>"
        number, size = 0, 0
        rows: list[bytes] = []
        for row, _ in self._parts(archive, path, _ROWS, _DATA):
            told = _NUMBER.search(row)
            number = int(told[1]) if told else number + 1
            rows.append(row if told else row.replace(b"row", b'row r="%d"' % number, 1))
            size += len(row)
            if size >= _PIECE:
                yield from self._read(before + self._own(b"".join(rows), texts) + after, one)
                rows, size = [], 0
        yield from self._read(before + self._own(b"".join(rows), texts) + after, one)

    def _own(self, rows: bytes, texts: _Texts) -> bytes:
        """Rows whose texts stand in their own cells."""

        def own(found: re.Match[bytes]) -> bytes:
            prefix, before, after, index = found.groups()
            cell = b'<%bc%bt="inlineStr"%b><%bis>%b</%bis></%bc>'
            return cell % (prefix, before, after, prefix, texts[int(index)], prefix, prefix)

        try:
            return _SHARED.sub(own, rows)
        except IndexError as error:
            raise self._damaged("a cell names a text that is not there") from error

    def _read(self, sheet: bytes, one: Callable[[bytes], bytes]) -> Iterator[Piece]:
        from python_calamine import CalamineWorkbook

        with sound_book(self._source):
            found = CalamineWorkbook.from_filelike(io.BytesIO(one(sheet))).get_sheet_by_name("s")
            start, cells = found.start, found.to_python(skip_empty_area=True)
        if start is not None:
            yield start[0], start[1], cells


def _room_for_one(styles: bytes, *, is_1904: bool) -> Callable[[bytes], bytes]:
    """Makes a workbook of one sheet, with the styles of the whole one."""
    parts = {name: text.replace("{}", ' date1904="1"' if is_1904 else "") for name, text in _ROOM_FOR_ONE.items()}

    def one(sheet: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
            if styles:
                archive.writestr("xl/styles.xml", styles)
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
        return out.getvalue()

    return one
