"""Where bytes come from: paths, bytes, and open files."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from crmkit.importers.refusals import DamagedFileError, UnknownFormatError

__all__ = ["Source", "is_data", "name_of", "opened"]

Source: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | Any"
"""A path, the bytes of a file, or a file opened for reading bytes or text."""


def is_data(source: Source) -> bool:
    """Whether a source is JSON as a host's framework gives it, and no file of it."""
    return isinstance(source, Mapping | list | tuple)


def name_of(source: Source, name: str | None) -> str:
    """Returns the name under which problems speak of a source."""
    if name:
        return name
    if isinstance(source, str | os.PathLike):
        return Path(source).name
    if is_data(source):
        return "<json>"
    own = getattr(source, "name", None)
    return Path(own).name if isinstance(own, str) and own else "<bytes>"


@contextmanager
def opened(source: Source, name: str) -> Iterator[BinaryIO]:
    """Gives a seekable stream of a source's bytes; it closes only what it has opened.

    Raises:
        UnknownFormatError: The source is none.
    """
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as stream:
            yield stream
        return
    if isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
        return
    if not hasattr(source, "read"):
        raise UnknownFormatError(f"A source is a path, bytes or an open file, got {type(source).__name__}.")
    yield _stream(source, name)


def _stream(source: Any, name: str) -> BinaryIO:
    try:
        is_binary = isinstance(source.read(0), bytes)
        if is_binary and source.seekable() and source.tell() == 0 and isinstance(source, io.IOBase):
            return source  # type: ignore[return-value]  # a seekable IOBase that reads bytes is a BinaryIO
        data = source.read()
    except (UnicodeDecodeError, io.UnsupportedOperation) as error:
        raise DamagedFileError(
            f"{name} cannot be read as it was opened ({error}); open it with mode 'rb'.", name
        ) from error
    return io.BytesIO(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
