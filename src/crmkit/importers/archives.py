"""Zip archives around files: read through, with bombs refused before anything is unpacked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from crmkit.importers.refusals import DamagedFileError

__all__ = ["MAX_BYTES", "is_workbook", "members_of"]

MAX_BYTES = 2 << 30
_MAX_RATIO = 200
_ALWAYS_FINE = 1 << 20
_MAX_MEMBERS = 1000
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def is_workbook(stream: BinaryIO, source: str, max_bytes: int) -> bool:
    """Whether an archive is an xlsx workbook and no zip around files; bombs are refused here already."""
    with _opened(stream, source) as archive:
        _refuse_bombs(archive, source, max_bytes)
        names = {name.partition("/")[0] for name in archive.namelist()}
    return "[Content_Types].xml" in names or "xl" in names


def members_of(stream: BinaryIO, source: str, max_bytes: int) -> Iterator[tuple[str, BinaryIO]]:
    """Yields the name and the unpacked bytes of every file in an archive, in the archive's order.

    Raises:
        DamagedFileError: The archive is broken, locked or a bomb.
    """
    with _opened(stream, source) as archive:
        _refuse_bombs(archive, source, max_bytes)
        for entry in archive.infolist():
            name = _name(entry)
            if entry.is_dir() or any(part in name for part in _IGNORED):
                continue
            yield f"{source}/{name}", io.BytesIO(_unpacked(archive, entry, f"{source}/{name}"))


def _opened(stream: BinaryIO, source: str) -> zipfile.ZipFile:
    stream.seek(0)
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DamagedFileError(
            f"{source} is an archive or workbook that cannot be read ({error}); it looks cut. Fetch it again.", source
        ) from error


def _refuse_bombs(archive: zipfile.ZipFile, source: str, max_bytes: int) -> None:
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MAX_MEMBERS or size > max_bytes or (size > _ALWAYS_FINE and size > packed * _MAX_RATIO):
        raise DamagedFileError(
            f"{source} unpacks from {packed:,} to {size:,} bytes in {len(entries):,} files, which looks like a bomb; "
            "unpack it by hand, or raise max_bytes for one that is honest.",
            source,
        )


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str) -> bytes:
    try:
        return archive.read(entry)
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
