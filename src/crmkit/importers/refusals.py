"""What reading refuses as a whole: damaged containers, unknown and ambiguous formats."""

from __future__ import annotations

from typing import ClassVar

import attrs

from crmkit.errors import CrmkitError, InputError

__all__ = ["AmbiguousFormatError", "DamagedFileError", "ReportError", "SpillError", "UnknownFormatError"]


@attrs.define(slots=False)
class DamagedFileError(InputError):
    """Says that a file of a known container cannot be read: half an archive, bytes of no encoding, a password.

    Attributes:
        source: Name of the file, inside an archive with the archive's name before it.
        offset: Byte at which reading stopped, or None.
        encodings: The encodings that were tried, where it is about text.
    """

    code: ClassVar[str] = "damaged_file"
    source: str = ""
    offset: int | None = None
    encodings: tuple[str, ...] = ()


@attrs.define(slots=False)
class UnknownFormatError(InputError):
    """Says that no known format has these columns.

    Attributes:
        source: Name of the file.
        header: The header that was found, as printed.
        nearest: Names of the nearest formats, each with the columns that it misses.
    """

    code: ClassVar[str] = "unknown_format"
    source: str = ""
    header: tuple[str, ...] = ()
    nearest: tuple[tuple[str, tuple[str, ...]], ...] = ()


@attrs.define(slots=False)
class AmbiguousFormatError(InputError):
    """Says that several formats fit equally well; `format=` decides.

    Attributes:
        source: Name of the file.
        formats: Names of the formats that fit.
    """

    code: ClassVar[str] = "ambiguous_format"
    source: str = ""
    formats: tuple[str, ...] = ()


@attrs.define(slots=False)
class SpillError(CrmkitError):
    """Says that rows which do not fit into memory find no room in the temporary folder either.

    Attributes:
        reason: What went wrong and what helps, one sentence.
    """

    code: ClassVar[str] = "no_room"
    reason: str

    def __str__(self) -> str:
        return self.reason


@attrs.define(slots=False)
class ReportError(InputError):
    """Says that a report holds problems and the caller wanted none.

    Attributes:
        problems: The problems, as text.
    """

    code: ClassVar[str] = "problems"
    problems: tuple[str, ...] = ()
