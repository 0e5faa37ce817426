"""Why nothing could be done, in one line: the fact, the place, the way out."""

from __future__ import annotations

from pathlib import Path

import attrs

from crmkit.cli.sentences import told
from crmkit.errors import InputError
from crmkit.importers import AmbiguousFormatError, UnknownFormatError
from crmkit.segmentation.labels import Language

__all__ = ["Refusal", "refusal"]


@attrs.define(slots=False)
class Refusal(InputError):
    """Says what a command refuses, in the user's language already."""


def refusal(error: Exception, lang: Language) -> str:
    """Returns what an error says to whoever typed the command.

    Example:
        >>> refusal(FileNotFoundError(2, "No such file or directory", "orders.csv"), "en")
        'There is no file orders.csv.'
    """
    if isinstance(error, Refusal):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return _of_file(error, lang)
    if isinstance(error, UnknownFormatError):
        return _of_format(error, lang)
    if isinstance(error, AmbiguousFormatError) and lang == "zh":
        return told(lang, "several_formats", source=error.source, formats="、".join(error.formats))
    return told(lang, "cannot", reason=error)


def _of_file(error: OSError, lang: Language) -> str:
    path = Path(error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else error.filename)
    if isinstance(error, FileNotFoundError):
        folder = path.absolute().parent
        return told(lang, "no_file", path=path) if folder.is_dir() else told(lang, "no_folder", path=path.parent)
    known: dict[type[OSError], str] = {IsADirectoryError: "is_folder", PermissionError: "not_allowed"}
    key = known.get(type(error))
    return told(lang, key, path=path) if key else told(lang, "cannot", reason=f"{path}: {error.strerror}")


def _of_format(error: UnknownFormatError, lang: Language) -> str:
    own = told(lang, "own_format")
    if lang == "zh":
        header = "、".join(cell for cell in error.header[:12] if cell) or "无"
        return told(lang, "unknown_format", source=error.source, header=header) + own
    fact = str(error).removesuffix("importers.template(columns={…}) maps any table.").strip()
    return f"{fact} {own}"
