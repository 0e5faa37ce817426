"""Why a file is read as it is: its format and the nearest others, its columns, its words, what became of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from crmkit.importers.bills.form import Known
from crmkit.importers.bills.tables import BillTable
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.documents.records import Records
from crmkit.importers.files.archives import MAX_BYTES
from crmkit.importers.files.sources import Source, is_data, name_of, opened
from crmkit.importers.files.tables import Found, Table, Wanted, table_of_data, tables_in
from crmkit.importers.layouts import Layout
from crmkit.importers.reading import read, wanted_by
from crmkit.importers.recognition import Guess, guesses
from crmkit.importers.refusals import AmbiguousFormatError, UnknownFormatError
from crmkit.importers.report import ImportReport, Rows
from crmkit.importers.texts import clean, normalised

__all__ = ["Explanation", "TableExplanation", "WordCount", "explain"]

_MOST_NEAR = 3
_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}


@attrs.frozen(kw_only=True, slots=True)
class WordCount:
    """Says what a word of the file became.

    Attributes:
        column: The column in which it stands.
        word: The word as printed, "" for an empty cell.
        state: The order's state.
        orders: How many orders.
        is_known: The format knows the word; the state of the others follows from times and amounts.
    """

    column: str
    word: str
    state: str
    orders: int
    is_known: bool


@attrs.frozen(kw_only=True, slots=True)
class TableExplanation:
    """Says how one table was understood.

    Attributes:
        source: The file.
        sheet: The sheet, for workbooks.
        format: Name of the format, "" where the table is none to read.
        because: What speaks for it, or why it is left out.
        near: The next nearest formats, each with the columns that it misses.
        header_row: Row of the header, as a spreadsheet counts; None where there is none.
        encoding: Encoding of the text, "" for workbooks.
        delimiter: What parts the cells, "" for workbooks and pages.
        used: Column → the fields that it fills ("order.total", "line.sku").
        ignored: Columns that the format knowingly leaves alone.
        unknown: Columns that the format does not know.
    """

    source: str
    sheet: str = ""
    format: str = ""
    because: str = ""
    near: tuple[Guess, ...] = ()
    header_row: int | None = None
    encoding: str = ""
    delimiter: str = ""
    used: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    ignored: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(_told(self))


@attrs.frozen(kw_only=True, slots=True)
class Explanation:
    """Says how a file was understood.

    Attributes:
        tables: How each of its tables was understood.
        words: What each word of the columns of states became.
        rows: What became of the rows.
        skipped: Reason → number of rows or files left out on purpose.
        orders: Number of orders.
        problems: Number of problems by code.
        refusal: Why it cannot be read at all, or "".
    """

    tables: tuple[TableExplanation, ...] = ()
    words: tuple[WordCount, ...] = ()
    rows: Rows = attrs.field(factory=Rows)
    skipped: Mapping[str, int] = attrs.field(factory=dict)
    orders: int = 0
    problems: Mapping[str, int] = attrs.field(factory=dict)
    refusal: str = ""

    def __str__(self) -> str:
        if self.refusal:
            return self.refusal
        return "\n".join([*map(str, self.tables), *_counted(self)])


def explain(
    source: Source,
    *,
    name: str | None = None,
    shop: str | None = None,
    format: str | Known | JsonFormat | None = None,  # noqa: A002  # the field's own word
    reported_at: datetime | None = None,
    zone: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Explanation:
    r"""Returns how a file is understood: its format and why, its columns, what its words become, its rows.

    A file of no known format is explained too, by what the nearest formats miss.

    Args:
        source: A path, bytes or an open file; the other arguments as for `read`.
        name: The file's name.
        shop: The shop of all orders.
        format: Read it as this format.
        reported_at: When it was written.
        zone: IANA zone of the shop, for formats that tell days only.
        max_bytes: Most bytes that an archive may unpack to.

    Raises:
        DamagedFileError: The container or its encoding is broken.

    Example:
        >>> data = "order_number,currency,unit_price,quantity,mood\n1,EUR,5,1,good\n".encode()
        >>> told = explain(data, name="orders.csv")
        >>> told.tables[0].format, told.tables[0].used["unit_price"], told.tables[0].unknown
        ('crmkit', ('line.price',), ('mood',))
    """
    wanted = wanted_by(format, reported_at, max_bytes)
    label = name_of(source, name)
    options = {"shop": shop, "format": format, "reported_at": reported_at, "zone": zone, "max_bytes": max_bytes}
    try:
        if is_data(source):
            layouts, tables = _tables([table_of_data(source, label, wanted)], wanted)
            return _explanation(read(source, name=name, **options), tables, layouts)  # type: ignore[arg-type]  # as they came
        with opened(source, label) as stream:
            layouts, tables = _tables(tables_in(stream, label, wanted), wanted)
            stream.seek(0)
            return _explanation(read(stream, name=label, **options), tables, layouts)  # type: ignore[arg-type]  # as they came
    except (UnknownFormatError, AmbiguousFormatError) as error:
        return Explanation(refusal=str(error))


def _tables(
    found: Iterable[Table | BillTable | Records | Found], wanted: Wanted
) -> tuple[list[Layout], list[TableExplanation]]:
    layouts: list[Layout] = []
    tables: list[TableExplanation] = []
    for table in found:
        if isinstance(table, Table):
            layouts.append(table.layout)
            tables.append(_table(table, wanted))
        elif isinstance(table, BillTable):
            tables.append(_bill(table))
        elif isinstance(table, Records):
            formats = ", ".join(table.formats)
            tables.append(TableExplanation(source=table.place.source, format=formats, because="its objects are such"))
        else:
            tables.append(TableExplanation(source=table.source, because=table.reason))
    return layouts, tables


def _table(table: Table, wanted: Wanted) -> TableExplanation:
    layout, raw = table.layout, table.raw
    assert raw is not None, "tables are found in files"
    near = guesses(raw.head_rows, wanted.formats, raw.sheet)
    own = [guess for guess in near if guess.format == layout.format.name]
    header = list(layout.header)
    used = _used(layout)
    others = [name.strip() for name in header if name.strip() and name.strip() not in used]
    ignored = [name for name in others if normalised(name) in layout.format.ignored]
    return TableExplanation(
        source=raw.source,
        sheet=raw.sheet,
        format=layout.format.name,
        because=own[0].because if own else "it was named",
        near=tuple(guess for guess in near if guess.format != layout.format.name and guess.confidence)[:_MOST_NEAR],
        header_row=next((line for line, row in raw.head if row == header), None),
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        used=used,
        ignored=tuple(ignored),
        unknown=tuple(name for name in others if name not in ignored),
    )


def _used(layout: Layout) -> dict[str, tuple[str, ...]]:
    fields: dict[int, list[str]] = {layout.number_at: ["order.number"]}
    for kind, columns in (("order", layout.order), ("line", layout.line)):
        for field, at, _ in columns:
            fields.setdefault(at, []).append(f"{kind}.{field.partition(':')[0]}")
    if layout.head_at >= 0:
        fields.setdefault(layout.head_at, []).append("first row of an order")
    return {layout.header[at].strip(): tuple(dict.fromkeys(told)) for at, told in sorted(fields.items())}


def _bill(table: BillTable) -> TableExplanation:
    known = {normalised(name): field for field, cell in table.format.fields.items() for name in reversed(cell.names)}
    names = [name.strip() for name in table.header if name.strip()]
    used = {name: (f"entry.{known[normalised(name)]}",) for name in names if normalised(name) in known}
    return TableExplanation(
        source=table.place.source,
        sheet=table.place.sheet,
        format=table.format.name,
        because="it is a bill with these columns",
        header_row=len(table.above) + 1,
        used=used,
        unknown=tuple(name for name in names if name not in used),
    )


def _explanation(report: ImportReport, tables: Sequence[TableExplanation], layouts: Sequence[Layout]) -> Explanation:
    return Explanation(
        tables=tuple(tables),
        words=tuple(_words(report, layouts)),
        rows=report.rows,
        skipped=report.skipped,
        orders=len(report.orders),
        problems=dict(Counter(problem.code for problem in report.problems)),
    )


def _words(report: ImportReport, layouts: Sequence[Layout]) -> Iterator[WordCount]:
    """What became of the words, counted by the source cells that the orders keep."""
    unknown = {(found.column, found.value) for found in report.problems if found.code == "unknown_status"}
    for column in dict.fromkeys(name for layout in layouts for name in _columns_of_states(layout)):
        told = ((clean(order.raw[column]), order.status.value) for order in report.orders if column in order.raw)
        for (word, state), orders in sorted(Counter(told).items(), key=lambda pair: (-pair[1], pair[0])):
            known = (column, word) not in unknown
            yield WordCount(column=column, word=word, state=state, orders=orders, is_known=known)


def _columns_of_states(layout: Layout) -> Iterator[str]:
    cells = layout.format.order.declared()
    for field, at, _ in layout.order:
        if field == "status" or (field in cells and cells[field].tells_state):
            yield layout.header[at].strip()


def _told(table: TableExplanation) -> Iterator[str]:
    place = table.source + (f"/{table.sheet}" if table.sheet else "")
    if not table.format:
        yield f"{place}: left out ({table.because})"
        return
    yield f"{place}: {table.format}, because {table.because}"
    for guess in table.near:
        yield f"  not {guess.format}: {guess.because}"
    text = [table.encoding, _DELIMITERS.get(table.delimiter, table.delimiter)]
    where = [f"header in row {table.header_row}"] if table.header_row else []
    if described := ", ".join([*where, *filter(None, text)]):
        yield f"  {described}"
    for column, fields in table.used.items():
        yield f"  {column} -> {', '.join(fields)}"
    for word, names in (("ignored", table.ignored), ("unknown", table.unknown)):
        if names:
            yield f"  {word}: {', '.join(names)}"


def _counted(explanation: Explanation) -> Iterator[str]:
    rows = explanation.rows
    for told in explanation.words:
        remark = "" if told.is_known else " (a word that is not known)"
        yield f"{told.column} {told.word or 'empty'!r} -> {told.state}: {told.orders:,}{remark}"
    yield (
        f"{rows.read:,} rows: {rows.taken:,} taken, {rows.refused:,} refused, {rows.skipped:,} skipped; "
        f"{explanation.orders:,} orders"
    )
    for reason, number in sorted(explanation.skipped.items()):
        yield f"  skipped: {reason}: {number:,}"
    for code, number in sorted(explanation.problems.items()):
        yield f"  problem: {code}: {number:,}"
