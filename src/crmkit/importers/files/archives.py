"""Zip archives around files: read through, with bombs refused before anything is unpacked."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import attrs

from crmkit.importers.files.rooms import is_room, roomy_file
from crmkit.importers.refusals import DamagedFileError, SpillError

__all__ = ["BROKEN", "GZIP", "MAX_BYTES", "Budget", "gunzipped", "is_workbook", "members_of"]

GZIP = b"\x1f\x8b"
MAX_BYTES = 2 << 30
_MAX_RATIO = 200
_ALWAYS_FINE = 1 << 20
_MAX_MEMBERS = 1000
_CHUNK = 1 << 20
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    LookupError,
    ValueError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,
)
"""What zipfile and zlib raise for archives that contradict themselves."""
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@attrs.define(slots=True)
class Budget:
    """Holds how many bytes an archive may still unpack to, those within it included."""

    left: int

    def spend(self, size: int, source: str) -> None:
        """Takes the size of a file that is unpacked."""
        self.left -= size
        if self.left < 0:
            raise DamagedFileError(
                f"{source} and the archives within it unpack to more than is allowed, which looks like a bomb; unpack "
                "it by hand, or raise max_bytes for one that is honest.",
                source,
            )


def is_workbook(stream: BinaryIO, source: str, max_bytes: int) -> bool:
    """Whether an archive is an xlsx workbook and no zip around files; bombs are refused here already."""
    with _opened(stream, source) as archive:
        _refuse_bombs(archive, source, max_bytes)
        names = {name.partition("/")[0] for name in archive.namelist()}
    return "[Content_Types].xml" in names or "xl" in names


def members_of(stream: BinaryIO, source: str, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    """Yields the name and the unpacked bytes of every file in an archive, in the archive's order.

    Raises:
        DamagedFileError: The archive is broken, locked or a bomb.
    """
    with _opened(stream, source) as archive:
        _refuse_bombs(archive, source, budget.left)
        for entry in archive.infolist():
            name = _name(entry)
            if name.endswith("/") or any(part in name for part in _IGNORED):
                continue
            budget.spend(entry.file_size, source)
            with _unpacked(archive, entry, f"{source}/{name}") as member:
                yield f"{source}/{name}", member


@contextmanager
def gunzipped(stream: BinaryIO, source: str, budget: Budget) -> Iterator[BinaryIO]:
    """Gives the unpacked bytes of a gzip file; what is large lies in a temporary file until it is read.

    Raises:
        DamagedFileError: The file is broken, or a bomb.
    """
    packed = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    most = min(budget.left, max(_ALWAYS_FINE, packed * _MAX_RATIO))
    with roomy_file() as member:
        for block in _gunzipped(stream, source):
            if member.tell() + len(block) > most:
                raise DamagedFileError(
                    f"{source} unpacks from {packed:,} to more than {most:,} bytes, which looks like a bomb; unpack "
                    "it by hand.",
                    source,
                )
            with is_room():
                member.write(block)
        budget.spend(member.tell(), source)
        member.seek(0)
        yield member


def _gunzipped(stream: BinaryIO, source: str) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            while block := packed.read(_CHUNK):
                yield block
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedFileError(f"{source} cannot be unpacked ({error}). Fetch it again.", source) from error


def _opened(stream: BinaryIO, source: str) -> zipfile.ZipFile:
    stream.seek(0)
    try:
        return zipfile.ZipFile(stream)
    except BROKEN as error:
        raise DamagedFileError(
            f"{source} is an archive or workbook that cannot be read ({error}); it looks cut. Fetch it again.", source
        ) from error


def _refuse_bombs(archive: zipfile.ZipFile, source: str, max_bytes: int) -> None:
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    packed = min(sum(entry.compress_size for entry in entries), _length(archive))
    if len(entries) > _MAX_MEMBERS or size > max_bytes or (size > _ALWAYS_FINE and size > packed * _MAX_RATIO):
        raise DamagedFileError(
            f"{source} unpacks from {packed:,} to {size:,} bytes in {len(entries):,} files, which looks like a bomb; "
            "unpack it by hand, or raise max_bytes for one that is honest.",
            source,
        )


def _length(archive: zipfile.ZipFile) -> int:
    """The bytes of the archive itself: entries that lie over each other claim more than there is."""
    assert archive.fp is not None, "it is open"
    return archive.fp.seek(0, io.SEEK_END)


@contextmanager
def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str) -> Iterator[BinaryIO]:
    """The bytes of a file in an archive; what is large lies in a temporary file until it is read."""
    with roomy_file() as member:
        _unpack(archive, entry, source, member)
        yield member


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str, member: BinaryIO) -> None:
    try:
        with archive.open(entry) as packed:
            while block := packed.read(_CHUNK):
                with is_room():
                    member.write(block)
        member.seek(0)
    except SpillError:
        raise
    except RuntimeError as error:
        raise DamagedFileError(f"{source} is locked with a password; unpack it first.", source) from error
    except Exception as error:  # zlib, lzma, bz2 and zipfile raise errors of their own kinds
        raise DamagedFileError(f"{source} cannot be unpacked ({error}). Fetch it again.", source) from error


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as its maker wrote it: archives made in China hold GBK where nothing says UTF-8."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
