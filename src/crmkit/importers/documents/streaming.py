"""The list in a file of JSON, item by item: no more of its text is held than one item needs."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from crmkit.importers.documents.text import Flaw, Parser
from crmkit.importers.files.text import marked_encoding

__all__ = ["JsonList"]

_BLANKS = re.compile(r"[ \t\r\n]*")
_CHUNK = 1 << 16
_OPEN_END = 3
"""A number that ends so near to the end of what was read may go on (`1.` of `1.5`, `1e+` of `1e+5`)."""


class _Text:
    """Is the text of a file from some place on, as far as it was read."""

    def __init__(self, stream: BinaryIO, parser: Parser) -> None:
        stream.seek(0)
        encoding = marked_encoding(stream.read(4)) or "utf-8"
        stream.seek(0)
        self._stream, self._parser = stream, parser
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._held, self._at, self._is_whole = "", 0, False

    def _more(self, size: int) -> None:
        block = self._stream.read(size)
        self._is_whole = not block
        try:
            self._held = self._held[self._at :] + self._decoder.decode(block, not block)
        except UnicodeDecodeError as error:
            raise Flaw("is no text") from error
        self._at = 0

    def sign(self) -> str:
        """Returns the next sign that is no blank, "" at the end."""
        while True:
            found = _BLANKS.match(self._held, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._held) or self._is_whole:
                return self._held[self._at : self._at + 1]
            self._more(_CHUNK)

    def takes(self, sign: str) -> bool:
        """Passes the next sign if it is this one, and says whether it was."""
        if self.sign() != sign:
            return False
        self._at += 1
        return True

    def take(self, sign: str) -> None:
        """Passes this sign, which must come next."""
        if not self.takes(sign):
            raise Flaw(f"lacks {sign}")

    def value(self) -> Any:
        """Returns the next value; reads on, twice as much each time, while it is not there as a whole."""
        self.sign()
        size = _CHUNK
        while True:
            try:
                value, end = self._parser.parse_at(self._held, self._at)
            except Flaw:
                if self._is_whole:
                    raise
            else:
                if self._is_whole or end + _OPEN_END < len(self._held):
                    self._at = end
                    return value
            self._more(size)
            size *= 2


class JsonList:
    """Yields the items of the list that a file of JSON is, or of the first one in its object; each pass reads again.

    Args:
        stream: The file.

    Attributes:
        key: The list's key in the object around it, once it was met; None where the file is the list.
        around: The object around it with an empty list, once all was passed; None where the file is the list.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._parser = stream, Parser()
        self.key: str | None = None
        self.around: dict[str, Any] | None = None

    @property
    def has_doubled(self) -> bool:
        """Whether an object that was passed names a key twice."""
        return self._parser.has_doubled

    def __iter__(self) -> Iterator[Any]:
        """Yields the items; raises `Flaw` where the file is no JSON, or neither list nor object."""
        text = _Text(self._stream, self._parser)
        self.key, self.around = None, None
        if text.sign() == "[":
            yield from _items(text)
        else:
            yield from self._members(text)
        if text.sign():
            raise Flaw("goes on after its end")

    def _members(self, text: _Text) -> Iterator[Any]:
        around: dict[str, Any] = {}
        text.take("{")
        while True:
            key = text.value()
            text.take(":")
            if not isinstance(key, str) or key in around:
                raise Flaw("names no key, or one twice")
            if self.key is None and text.sign() == "[":
                self.key, around[key] = key, []
                yield from _items(text)
            else:
                around[key] = text.value()
            if not text.takes(","):
                break
        text.take("}")
        self.around = around


def _items(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.takes("]"):
        return
    while True:
        yield text.value()
        if not text.takes(","):
            break
    text.take("]")
