"""From documents to records: the objects in a JSON file, through all wrappers, and what each of them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from crmkit.importers.documents.form import JsonBody, JsonFormat
from crmkit.importers.documents.text import PARENT, JsonText
from crmkit.importers.layouts import Place
from crmkit.importers.recognition import Guess
from crmkit.importers.refusals import AmbiguousFormatError, UnknownFormatError

__all__ = ["Document", "Record", "Records", "all_records_in", "json_guesses", "list_in", "records_in"]

_DEEPEST = 8
_MOST_SHOWN = 100


@attrs.frozen(slots=True)
class Document:
    """Is a file of JSON, or data as a host's framework gives it, of which nothing is known yet."""

    source: str
    text: JsonText
    reported_at: Any = None


@attrs.frozen(slots=True)
class Record:
    """Is one object of a file: an order of a format, another body of its platform, or neither.

    Attributes:
        line: Its line in JSON Lines, else its position among the objects, from 1.
        value: The object.
        format: The format whose order or body it is, or None.
        body: What other body it is, or None for an order.
    """

    line: int
    value: Any
    format: JsonFormat | None = None
    body: JsonBody | None = None


@attrs.define(slots=True)
class Records:
    """Is a file of JSON in which something is known.

    Attributes:
        place: Where problems say that it stands.
        found: Its objects.
        text: What is to be said of the file as a whole.
        orphans: Lines that name a parent which the file does not hold.
        torn: The line of the last order where the file is cut and its own lines may be missing.
        formats: The formats of its orders; those of other bodies where it has none.
    """

    place: Place
    found: list[Record]
    text: JsonText
    orphans: list[int] = attrs.field(factory=list)
    torn: list[int] = attrs.field(factory=list)

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of the formats, sorted."""
        orders = {record.format.name for record in self.found if record.format and not record.body}
        told = [record for record in self.found if record.body and not record.body.only]
        bodies = {record.format.name for record in told if record.format}
        return tuple(sorted(orders or (bodies if len(bodies) == 1 else ())))


def records_in(document: Document, formats: Sequence[JsonFormat]) -> Records | UnknownFormatError:
    """Returns the objects of a document, or the error to raise where no format knows any of them.

    Raises:
        AmbiguousFormatError: Several formats know an object equally well.
    """
    records = all_records_in(document, formats)
    found, text = records.found, document.text
    is_told = bool(records.orphans or records.torn or text.damaged or _is_empty(text.values))
    if any(record.format for record in found) or (not found and is_told):
        return records
    return _unknown(document.source, found, formats)


def all_records_in(document: Document, formats: Sequence[JsonFormat]) -> Records:
    """Returns the objects of a document, whether or not a format knows one of them."""
    joined, orphans = _with_children(document.text, formats)
    torn = [line or 0 for line, value in joined[-1:] if document.text.is_cut and _may_lack_children(value, formats)]
    found: list[Record] = []
    for line, value in joined[: len(joined) - len(torn)]:
        for item in _objects(value, formats, 0):
            found.append(_record(len(found) + 1 if line is None else line, item, formats, document.source))
    return Records(Place(document.source, "", document.reported_at), found, document.text, orphans, torn)


def _may_lack_children(value: Any, formats: Sequence[JsonFormat]) -> bool:
    """Whether an order's lines follow it as lines of the file, so that the last ones may be missing."""
    if not isinstance(value, Mapping):
        return False
    known = next((known for known in formats if known.children and known.fits(value.keys())), None)
    return known is not None and not any(isinstance(value.get(path), Mapping) for path in known.lines_in)


def _is_empty(values: list[tuple[int | None, Any]]) -> bool:
    """Whether nothing but empty lists came, which is a true answer to a query."""
    return all(isinstance(value, list | tuple) or value for _, value in values)


def _objects(value: Any, formats: Sequence[JsonFormat], depth: int) -> Iterator[Any]:
    """The objects in a document: items of lists, through the wrappers that formats name."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _objects(item, formats, depth + 1) if depth < _DEEPEST else (item,)
        return
    if not isinstance(value, Mapping) or depth >= _DEEPEST or _is_known(value, formats):
        yield value
        return
    inner = _unwrapped(value, formats)
    if inner is None:
        yield value
    else:
        yield from _objects(inner, formats, depth + 1)


def _is_known(value: Mapping[str, Any], formats: Sequence[JsonFormat]) -> bool:
    keys = value.keys()
    return any(known.fits(keys) or known.body(keys) for known in formats)


def list_in(value: Mapping[str, Any], formats: Sequence[JsonFormat]) -> str | None:
    """Returns the key of the list that an object wraps, as a format knows it; None where it is an order itself."""
    found = None if _is_known(value, formats) else _unwrapped(value, formats)
    return next((key for key, inner in value.items() if inner is found and isinstance(inner, list)), None)


def _unwrapped(value: Mapping[str, Any], formats: Sequence[JsonFormat]) -> Any:
    for known in formats:
        for key, beside in known.wrappers.items():
            inner = value.get(key)
            if isinstance(inner, Mapping | list | tuple) and beside <= value.keys():
                return inner
    return None


def _record(line: int, value: Any, formats: Sequence[JsonFormat], source: str) -> Record:
    if not isinstance(value, Mapping):
        return Record(line, value)
    keys = value.keys()
    fitting = [known for known in formats if known.fits(keys)]
    if fitting:
        return Record(line, value, _only(fitting, value, source))
    for known in formats:
        body = known.body(keys)
        if body is not None:
            return Record(line, value, known, body)
    return Record(line, value)


def _only(fitting: list[JsonFormat], value: Mapping[str, Any], source: str) -> JsonFormat:
    if len(fitting) == 1:
        return fitting[0]
    keys = value.keys()
    asked = {known.name: max((k for k in known.known_by if k <= keys), key=len) for known in fitting}
    best = [known for known in fitting if not any(asked[known.name] < other for other in asked.values())]
    if len(best) > 1:
        names = tuple(sorted(known.name for known in best))
        raise AmbiguousFormatError(
            f"{source} has the keys of {' and '.join(names)}; say which one it is with format=.",
            source=source,
            formats=names,
        )
    return best[0]


def _with_children(text: JsonText, formats: Sequence[JsonFormat]) -> tuple[list[tuple[int | None, Any]], list[int]]:
    """The documents, those of a bulk operation put into their parents, and the lines that have lost theirs."""
    values = _spread(text.values)
    if not any(isinstance(value, Mapping) and PARENT in value for _, value in values):
        return values, []
    lists = {kind: name for known in formats for kind, name in known.children.items()}
    owned = [(line, dict(value) if isinstance(value, Mapping) else value) for line, value in values]
    by_id = {value["id"]: value for _, value in owned if isinstance(value, dict) and isinstance(value.get("id"), str)}
    roots: list[tuple[int | None, Any]] = []
    orphans: list[int] = []
    owned_lists: dict[tuple[str, str], list[Any]] = {}
    for at, (line, value) in enumerate(owned, 1):
        if not isinstance(value, dict) or PARENT not in value:
            roots.append((line, value))
            continue
        parent = by_id.get(value[PARENT]) if isinstance(value[PARENT], str) else None
        if parent is None or parent is value:
            orphans.append(line or at)
        else:
            siblings = owned_lists.setdefault((value[PARENT], lists.get(_kind(value), "__children")), [])
            siblings.append(value)
    for (parent_id, name), siblings in owned_lists.items():
        there = by_id[parent_id].get(name)
        by_id[parent_id][name] = [*there, *siblings] if isinstance(there, list) else siblings
    return roots, orphans


def _spread(values: list[tuple[int | None, Any]]) -> list[tuple[int | None, Any]]:
    """The items of one list as if each were a line of JSON Lines."""
    if len(values) == 1 and values[0][0] is None and isinstance(values[0][1], list | tuple) and values[0][1]:
        return list(enumerate(values[0][1], 1))
    return values


def _kind(value: Mapping[str, Any]) -> str:
    """`LineItem` of `gid://shopify/LineItem/1`."""
    parts = str(value.get("id", "")).split("/")
    return parts[-2] if len(parts) > 2 else ""


def json_guesses(document: Document, formats: Sequence[JsonFormat]) -> list[Guess]:
    """Returns the formats that share a key by which they know orders with the document's first objects."""
    found: dict[str, Guess] = {}
    joined, _ = _with_children(document.text, formats)
    objects = (item for _, value in joined[:20] for item in _objects(value, formats, 0))
    for _, item in zip(range(20), objects, strict=False):
        if isinstance(item, Mapping):
            for known in formats:
                guess = _guess(item, known)
                if guess.confidence > (found[known.name].confidence if known.name in found else 0):
                    found[known.name] = guess
    return sorted(found.values(), key=lambda guess: (-guess.confidence, guess.format))


def _guess(value: Mapping[str, Any], known: JsonFormat) -> Guess:
    keys = value.keys()
    missing = known.missing(keys)
    asked = min(known.known_by, key=lambda names: len(names - keys))
    if known.fits(keys):
        named = {name.partition(".")[0] for cell in known.order.declared().values() for name in cell.names}
        share = len(named & keys) / max(len(named), 1)
        because = f"it has {', '.join(sorted(asked)[:5])} and {len(named & keys)} of its keys in all"
        return Guess(format=known.name, confidence=round(0.6 + 0.4 * share, 3), because=because)
    body = known.body(keys)
    if body is not None and not body.only:
        return Guess(format=known.name, confidence=0.5, because=f"it is another body of the platform: {body.reason}")
    because = f"it lacks {', '.join(missing)}" if missing else "it has keys that the format never has"
    share = len(asked & keys) / len(asked)
    return Guess(format=known.name, confidence=round(0.45 * share, 3), because=because, missing=missing)


def _unknown(source: str, found: list[Record], formats: Sequence[JsonFormat]) -> UnknownFormatError:
    keys: tuple[str, ...] = ()
    near: list[Guess] = []
    for record in found[:20]:
        if isinstance(record.value, Mapping):
            keys = keys or tuple(str(key)[:200] for key in record.value)[:_MOST_SHOWN]
            near += [guess for known in formats if (guess := _guess(record.value, known)).confidence > 0]
    near = sorted(near, key=lambda guess: (-guess.confidence, guess.format))[:3]
    shown = ", ".join(repr(key[:40]) for key in keys[:12]) or "none"
    hints = "; ".join(f"{guess.format} {guess.because.removeprefix('it ')}" for guess in near)
    return UnknownFormatError(
        f"{source} is JSON of no known format; its keys are {shown}. "
        + (f"Nearest: {hints}." if hints else "importers.JsonFormat(…) describes any order."),
        source=source,
        header=keys,
        nearest=tuple((guess.format, guess.missing) for guess in near),
    )
