"""Which format a table is: by the set of its column names, in the first rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from crmkit.importers.form import TableFormat
from crmkit.importers.refusals import AmbiguousFormatError, UnknownFormatError
from crmkit.importers.texts import normalised

__all__ = ["HEADER_ROWS", "Guess", "guesses", "header_in", "unknown"]

HEADER_ROWS = 20
_MOST_SHOWN = 100


@attrs.frozen(kw_only=True, slots=True)
class Guess:
    """Is a format that a file may be.

    Attributes:
        format: The format's name.
        confidence: From 0 to 1; 0.5 and more where the file has every column by which the format is known.
        because: What speaks for it, one sentence.
        missing: Columns that the file lacks to be this format's.
        sheet: The sheet, for workbooks.
    """

    format: str
    confidence: float
    because: str
    missing: tuple[str, ...] = ()
    sheet: str = ""


def names_in(row: Iterable[str], format: TableFormat) -> frozenset[str]:  # noqa: A002  # the field's own word
    """Returns the row's names as this format writes them: a name that differs in case only counts as its own."""
    found = {normalised(cell) for cell in row} - {""}
    folded: dict[str, str | None] = {}
    for name in found:
        folded[name.casefold()] = None if name.casefold() in folded else name
    known = {name for name in format.columns.union(*format.header) if folded.get(name.casefold())}
    return frozenset(found | known)


def header_in(rows: Sequence[list[str]], formats: Sequence[TableFormat], source: str) -> tuple[int, TableFormat] | None:
    """Returns the index of the header among the first rows and its format, or None.

    Raises:
        AmbiguousFormatError: Several formats fit, and none of them asks for more than the others.
    """
    for index, row in enumerate(rows[:HEADER_ROWS]):
        fitting = [known for known in formats if len(row) > 1 and known.fits(names_in(row, known))]
        if fitting:
            return index, _only(fitting, row, source)
    return None


def _only(fitting: list[TableFormat], row: list[str], source: str) -> TableFormat:
    asked = {f.name: max((h for h in f.header if h <= names_in(row, f)), key=len) for f in fitting}
    best = [f for f in fitting if not any(asked[f.name] < other for other in asked.values())]
    if len(best) > 1:
        names = tuple(sorted(known.name for known in best))
        raise AmbiguousFormatError(
            f"{source} has the columns of {' and '.join(names)}; say which one it is with format=.",
            source=source,
            formats=names,
        )
    return best[0]


def guesses(rows: Sequence[list[str]], formats: Sequence[TableFormat], sheet: str = "") -> list[Guess]:
    """Returns every format that shares a column by which it is known with the best of these rows, best first."""
    found: dict[str, Guess] = {}
    for row in rows[:HEADER_ROWS]:
        for known in formats:
            guess = _guess(row, known, sheet)
            if guess.confidence > found.get(known.name, _NONE).confidence:
                found[known.name] = guess
    return sorted(found.values(), key=lambda guess: (-guess.confidence, guess.format))


_NONE = Guess(format="", confidence=0.0, because="")


def _guess(row: list[str], format: TableFormat, sheet: str) -> Guess:  # noqa: A002  # the field's own word
    names = names_in(row, format)
    missing = format.missing(names)
    asked = min(format.header, key=lambda header: len(header - names))
    if format.fits(names):
        share = len(names & format.columns) / max(len(format.columns), 1)
        because = f"it has {', '.join(sorted(asked)[:5])} and {len(names & format.columns)} of its columns in all"
        return Guess(format=format.name, confidence=round(0.6 + 0.4 * share, 3), because=because, sheet=sheet)
    share = len(asked & names) / len(asked)
    because = f"it lacks {', '.join(missing)}" if missing else "it has columns that the format never has"
    return Guess(format=format.name, confidence=round(0.45 * share, 3), because=because, missing=missing, sheet=sheet)


def unknown(rows: Sequence[list[str]], formats: Sequence[TableFormat], source: str) -> UnknownFormatError:
    """Returns the error for a table that no format fits, with the header found and the nearest formats."""
    header = max(rows[:HEADER_ROWS], key=lambda row: (_best(row, formats), len(set(row))), default=[])
    near = [guess for guess in guesses([header], formats) if guess.confidence > 0][:3]
    shown = ", ".join(repr(cell.strip()[:40]) for cell in header[:12] if cell.strip()) or "nothing that looks like one"
    hints = "; ".join(f"{guess.format} {guess.because.removeprefix('it ')}" for guess in near)
    return UnknownFormatError(
        f"{source} is of no known format; its header is {shown}. "
        + (f"Nearest: {hints}." if hints else "importers.template(columns={…}) maps any table."),
        source=source,
        header=tuple(cell.strip()[:200] for cell in header[:_MOST_SHOWN]),
        nearest=tuple((guess.format, guess.missing) for guess in near),
    )


def _best(row: list[str], formats: Sequence[TableFormat]) -> float:
    return max((_guess(row, known, "").confidence for known in formats), default=0.0)
