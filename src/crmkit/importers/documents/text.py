"""JSON text becomes values: strictly, with exact numbers, and JSON Lines line by line."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

import attrs

from crmkit.importers.files.text import marked_encoding
from crmkit.importers.refusals import DamagedFileError

__all__ = [
    "PARENT",
    "Doubled",
    "Flaw",
    "JsonText",
    "Parser",
    "holds_doubled",
    "holds_json_lines",
    "json_in",
    "looks_like_json",
    "runs_of_lines",
]

PARENT = "__parentId"
"""Key by which a JSON line of a bulk operation names the line that it belongs into."""

_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{\]])')


def looks_like_json(head: bytes) -> bool:
    """Whether the first bytes of a file are the beginning of JSON objects or lists.

    Example:
        >>> looks_like_json(b'[{"id": 1'), looks_like_json(b"id,name")
        (True, False)
    """
    shown = head[:4096].decode(marked_encoding(head) or "utf-8", "replace").lstrip("\ufeff")
    return _JSON.match(shown) is not None


class Doubled(dict[str, Any]):
    """Is an object that names a key twice: which value counts cannot be known."""


@attrs.define(slots=True)
class JsonText:
    """Is what a file of JSON holds.

    Attributes:
        values: Each document with its line; a file that is one document has None for it.
        damaged: Lines that are no JSON, with what is wrong.
        is_cut: The last line ends in the middle.
        has_doubled: Some object names a key twice.
    """

    values: list[tuple[int | None, Any]] = attrs.field(factory=list)
    damaged: list[tuple[int, str]] = attrs.field(factory=list)
    is_cut: bool = False
    has_doubled: bool = False


class Flaw(Exception):
    """Says why a text is no JSON, and where."""

    def __init__(self, reason: str, place: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.place = reason, place


class Parser:
    """Reads JSON strictly and notes whether an object named a key twice."""

    def __init__(self) -> None:
        self.has_doubled = False
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refused, object_pairs_hook=self._object)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.has_doubled = True
            return Doubled(made)
        return made

    def parse(self, text: str) -> Any:
        """Returns the value; raises `Flaw`."""
        return self._read(text, lambda: self._decoder.decode(text))

    def parse_at(self, text: str, at: int) -> tuple[Any, int]:
        """Returns the value that begins at a place of the text, and where it ends; raises `Flaw`."""
        found: tuple[Any, int] = self._read(text, lambda: self._decoder.raw_decode(text, at))
        return found

    def _read(self, text: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except json.JSONDecodeError as error:
            is_cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated string")
            what = "ends in the middle, so it looks cut" if is_cut else f"is no JSON ({error.msg})"
            raise Flaw(f"{what} at line {error.lineno}, column {error.colno}", error.pos) from error
        except RecursionError as error:
            raise Flaw("holds objects in objects deeper than any order") from error
        except (ValueError, ArithmeticError) as error:
            raise Flaw(f"holds a number that is none ({str(error)[:80]})") from error


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def json_in(stream: BinaryIO, source: str) -> JsonText:
    """Returns the documents in a file of JSON or JSON Lines.

    Raises:
        DamagedFileError: It is cut, no JSON, or its bytes are of no encoding; JSON Lines lose their bad lines only.
    """
    if holds_json_lines(stream):
        return _in_lines(stream)
    stream.seek(0)
    parser = Parser()
    try:
        value = parser.parse(_decoded(stream.read(), source))
    except Flaw as flaw:
        raise DamagedFileError(f"{source} {flaw.reason}. Fetch it again.", source, flaw.place) from flaw
    return JsonText([(None, value)], has_doubled=parser.has_doubled)


def _decoded(data: bytes, source: str) -> str:
    encoding = marked_encoding(data[:4]) or "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            f"{source} is no {encoding} text at byte {error.start}; JSON is UTF-8. Fetch it again.",
            source,
            error.start,
            (encoding,),
        ) from error


def holds_json_lines(stream: BinaryIO) -> bool:
    """Whether a file is JSON Lines and not one document: it is told by its first lines, objects of their own."""
    stream.seek(0)
    if marked_encoding(stream.read(4)) not in (None, "utf-8-sig"):
        return False
    stream.seek(0)
    first = list(islice(_filled(stream), 2))
    if len(first) < 2 or not first[0][1].startswith(b"{"):
        return False
    return any(isinstance(value, dict) for _, value, _ in parsed_lines(first, Parser()))


def _filled(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers."""
    for at, line in enumerate(stream, 1):
        told = (line.removeprefix(BOM_UTF8) if at == 1 else line).strip()
        if told:
            yield at, told


def parsed_lines(lines: Iterable[tuple[int, bytes]], parser: Parser) -> Iterator[tuple[int, Any, str]]:
    """Yields each line's number, its value, and what is wrong with it, "" for nothing."""
    for at, line in lines:
        try:
            yield at, parser.parse(line.decode()), ""
        except Flaw as flaw:
            yield at, None, flaw.reason.partition(" at line")[0]
        except UnicodeDecodeError:
            yield at, None, "is no UTF-8 text"


def runs_of_lines(stream: BinaryIO) -> Iterator[JsonText]:
    """Yields each object that has no parent, with the lines after it that name one; damaged lines come with a run."""
    stream.seek(0)
    parser, run = Parser(), JsonText()
    is_bad = False
    for at, value, reason in parsed_lines(_filled(stream), parser):
        is_bad = bool(reason)
        if is_bad:
            run.damaged.append((at, reason))
            continue
        if run.values and not (isinstance(value, Mapping) and PARENT in value):
            yield run
            run = JsonText()
        run.values.append((at, value))
        run.has_doubled = parser.has_doubled
    run.is_cut = is_bad
    yield run


def _in_lines(stream: BinaryIO) -> JsonText:
    whole = JsonText()
    for run in runs_of_lines(stream):
        whole.values += run.values
        whole.damaged += run.damaged
        whole.is_cut, whole.has_doubled = run.is_cut, run.has_doubled or whole.has_doubled
    return whole


def holds_doubled(value: Any) -> bool:
    """Whether a value holds an object that names a key twice."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, Doubled):
            return True
        stack += _inner(value)
    return False


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value
