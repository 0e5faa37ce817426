"""Which format a table is: by the set of its column names, in the first rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import attrs

from crmkit.importers.bills.form import Known
from crmkit.importers.refusals import AmbiguousFormatError, UnknownFormatError
from crmkit.importers.texts import normalised

__all__ = ["HEADER_ROWS", "Guess", "guesses", "header_in", "unknown"]

HEADER_ROWS = 20
_MOST_COLUMNS = 16_384
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


def names_in(row: Iterable[str], format: Known) -> frozenset[str]:  # noqa: A002  # the field's own word
    """Returns the row's names as this format writes them: a name that differs in case only counts as its own."""
    found, folded = _names(tuple(row))
    spelled = _spelled(format)
    return found.union(*(spelled[name] for name in folded & spelled.keys()))


@lru_cache(maxsize=64)
def _names(row: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """A row's names, and without regard to case those of which it has one only."""
    found = frozenset(map(normalised, row)) - {""}
    counts = Counter(name.casefold() for name in found)
    return found, frozenset(name for name, count in counts.items() if count == 1)


@lru_cache(maxsize=64)
def _folded(row: tuple[str, ...]) -> frozenset[str]:
    """All names of a row without regard to case."""
    return frozenset(name.casefold() for name in _names(row)[0])


@lru_cache(maxsize=256)
def _asked(format: Known) -> tuple[frozenset[str], ...]:  # noqa: A002  # the field's own word
    """The columns by which a format is known, without regard to case: a row without them needs no closer look."""
    return tuple(frozenset(name.casefold() for name in names) for names in format.header)


@lru_cache(maxsize=256)
def _spelled(format: Known) -> dict[str, frozenset[str]]:  # noqa: A002  # the field's own word
    """The names that a format writes, by their form without regard to case."""
    found: dict[str, set[str]] = {}
    for name in format.columns.union(*format.header):
        found.setdefault(name.casefold(), set()).add(name)
    return {folded: frozenset(names) for folded, names in found.items()}


def header_in(rows: Sequence[list[str]], formats: Sequence[Known], source: str) -> tuple[int, Known] | None:
    """Returns the index of the header among the first rows and its format, or None.

    Raises:
        AmbiguousFormatError: Several formats fit, and none of them asks for more than the others.
    """
    for index, row in enumerate(rows[:HEADER_ROWS]):
        if not 1 < len(row) <= _MOST_COLUMNS:
            continue
        there = _folded(tuple(row))
        fitting = [
            known
            for known in formats
            if any(names <= there for names in _asked(known)) and known.fits(names_in(row, known))
        ]
        if fitting:
            return index, _only(fitting, row, source)
    return None


def _only(fitting: list[Known], row: list[str], source: str) -> Known:
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


def guesses(rows: Sequence[list[str]], formats: Sequence[Known], sheet: str = "") -> list[Guess]:
    """Returns every format that shares a column by which it is known with the best of these rows, best first."""
    found: dict[str, Guess] = {}
    for row in rows[:HEADER_ROWS]:
        for known in formats if len(row) <= _MOST_COLUMNS else ():
            guess = _guess(row, known, sheet)
            if guess.confidence > found.get(known.name, _NONE).confidence:
                found[known.name] = guess
    return sorted(found.values(), key=lambda guess: (-guess.confidence, guess.format))


_NONE = Guess(format="", confidence=0.0, because="")


def _guess(row: list[str], format: Known, sheet: str) -> Guess:  # noqa: A002  # the field's own word
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


def unknown(rows: Sequence[list[str]], formats: Sequence[Known], source: str) -> UnknownFormatError:
    """Returns the error for a table that no format fits, with the header found and the nearest formats."""
    narrow = [row[:_MOST_COLUMNS] for row in rows[:HEADER_ROWS]]
    header = max(narrow, key=lambda row: (_best(row, formats), len(set(row))), default=[])
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


def _best(row: list[str], formats: Sequence[Known]) -> float:
    return max((_guess(row, known, "").confidence for known in formats), default=0.0)
