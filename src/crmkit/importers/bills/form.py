"""Bills are values too: the columns of one kind of bill, what its rows are, and what its trailer must add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.importers.cells import Cell
from crmkit.importers.form import FormatInfo, TableFormat, header_sets, name_set
from crmkit.importers.layouts import Place, Values
from crmkit.importers.texts import clean, normalised
from crmkit.money import Money
from crmkit.orders import BillEntry, BillKind
from crmkit.problems import Problem, Severity

__all__ = ["BillFormat", "BillHead", "BillRow", "BillTotal", "Known", "begins_with_hash"]

Rows = Sequence[Sequence[str]]


def begins_with_hash(row: Sequence[str], follows: bool) -> bool:  # the shape of BillFormat.is_aside
    """Whether the first cell that is not empty begins with `#`, as the lines around a bill do.

    Example:
        >>> begins_with_hash(["", "#导出时间：[2026年11月01日 09:30:00]"], False)
        True
    """
    return next((cell.strip() for cell in row if cell.strip()), "").startswith("#")


@attrs.frozen(kw_only=True, slots=True)
class BillHead:
    """Is what stands above a bill's table.

    Attributes:
        account: Whose bill it is.
        since: First instant of its period, or None.
        until: First instant after its period, or None.
    """

    account: str = ""
    since: datetime | None = None
    until: datetime | None = None


@attrs.frozen(kw_only=True, slots=True)
class BillTotal:
    """Is one number that a bill's trailer states, and what each row adds to it.

    Attributes:
        adds: From a row's values to what it adds; a count adds one.
        or_adds: Another reading of the number, where platforms differ; either may fit.
        severity: How much a difference matters.
    """

    adds: Callable[[Values], Decimal]
    or_adds: Callable[[Values], Decimal] | None = None
    severity: Severity = "error"


@attrs.define(slots=True)
class BillRow:
    """Is one row of a bill on its way to become entries.

    Attributes:
        values: The cells' values by the names that the format gave them; None or "" where a cell is empty.
        format: The format.
        head: What stands above the table.
        place: The file.
        line: 1-based line.
        shop: The shop that the caller named, or "".
        raw: The source cells.
        problems: Where `warn` puts what it says.
    """

    values: Values
    format: BillFormat
    head: BillHead
    place: Place
    line: int
    shop: str
    raw: Mapping[str, str]
    problems: list[Problem] = attrs.field(factory=list)

    def __getitem__(self, field: str) -> Any:
        return self.values.get(field)

    def amount(self, field: str) -> Decimal:
        """Returns the amount of a field; an empty cell is nothing."""
        found = self.values.get(field)
        return Decimal(0) if found is None else Decimal(found)

    def text(self, field: str) -> str:
        """Returns the text of a field, "" where it is empty or missing."""
        return str(self.values.get(field) or "")

    def entry(self, kind: BillKind, amount: Decimal | Money, **more: Any) -> BillEntry:
        """Returns an entry of this row; `more` are fields of `BillEntry` that go before the row's own."""
        money = amount if isinstance(amount, Money) else self.money(amount)
        known = {
            "platform": self.format.platform,
            "book": self.format.book,
            "id": self.text("id"),
            "at": self.values["at"],
            "account": self.text("account") or self.head.account,
            "shop": self.shop,
            "trade": self.text("trade"),
            "counterparty": self.text("counterparty"),
            "note": self.text("note"),
            "raw": self.raw,
        }
        return BillEntry(**(known | {"kind": kind, "amount": money} | more))

    def money(self, amount: Decimal) -> Money:
        """Returns an amount in the row's currency: that of its field "currency", else the format's."""
        return Money(amount, self.text("currency") or self.format.currency)

    def warn(self, code: str, reason: str, *, value: str = "", order: str = "") -> None:
        """Adds a remark on this row, which comes through all the same."""
        self.problems.append(
            self.place.problem(code, reason, line=self.line, value=value, order=order, severity="warning")
        )


def _nothing_stated(_: Rows) -> Mapping[str, Decimal] | None:
    return {}


@attrs.frozen(kw_only=True, slots=True, eq=False)
class BillFormat:
    """Describes one kind of bill as declared columns; it is never subclassed.

    Attributes:
        name: Unique name ("alipay.funds").
        header: Columns by which the bill is known, or several such sets of which one is enough.
        fields: Cells by name; "id" and "at" must be there, "account", "trade", "counterparty", "note" fill the entry.
        entries: From a row to its entries, or why it is left out; a `CellFlaw` makes it a problem.
        title: What it is, for people.
        platform: Platform of its entries; the name's first part if empty.
        book: "funds" for what moved on the account, "trades" for what buyers paid.
        currency: Currency of its amounts.
        is_aside: Whether a row stands around the table; it is given the row, and whether the one before was such.
        head_of: From the rows above the header to what they say of the bill.
        stated: From the rows around the table to the numbers that the trailer states, or None where it is not whole.
        totals: The stated numbers that are checked, by name.
        trailer_missing: How much a missing trailer matters.
        is_backticked: Cells begin with a backtick and are not quoted: rows are split on a comma before a backtick.
        without: Columns that the bill never has.
        ignored: Columns that the platform writes and the format knowingly leaves alone.
        encodings: Text encodings tried after UTF-8.

    Example:
        >>> from crmkit.importers import cells
        >>> acme = BillFormat(name="acme.bill", header={"No", "When", "Sum"}, currency="EUR",
        ...                   fields={"id": cells.identifier("No"), "at": cells.moment("When", zone="UTC"),
        ...                           "sum": cells.money("Sum")},
        ...                   entries=lambda row: [row.entry(BillKind.PAYMENT, row.amount("sum"))])
        >>> acme.info.columns
        ('No', 'Sum', 'When')
    """

    name: str
    header: tuple[frozenset[str], ...] = attrs.field(converter=header_sets)
    fields: Mapping[str, Cell]
    entries: Callable[[BillRow], Sequence[BillEntry] | str]
    title: str = ""
    platform: str = attrs.field()
    book: str = "funds"
    currency: str = "CNY"
    is_aside: Callable[[Sequence[str], bool], bool] = begins_with_hash
    head_of: Callable[[Rows], BillHead] = attrs.field(default=lambda _: BillHead())
    stated: Callable[[Rows], Mapping[str, Decimal] | None] = _nothing_stated
    totals: Mapping[str, BillTotal] = attrs.field(factory=dict)
    trailer_missing: Severity = "error"
    is_backticked: bool = False
    without: frozenset[str] = attrs.field(default=frozenset(), converter=name_set)
    ignored: frozenset[str] = attrs.field(default=frozenset(), converter=name_set)
    encodings: tuple[str, ...] = ()

    @platform.default
    def _first_part(self) -> str:
        return self.name.partition(".")[0]

    def __attrs_post_init__(self) -> None:
        if not self.name or not {"id", "at"} <= set(self.fields):
            raise InputError("A format of bills needs a name, and cells for the id and the time of an entry.")

    @property
    def columns(self) -> frozenset[str]:
        """Every column name that the format reads, normalised."""
        return name_set(name for cell in self.fields.values() for name in cell.names)

    @property
    def info(self) -> FormatInfo:
        """What the format is, for lists."""
        return FormatInfo(
            name=self.name,
            title=self.title,
            required=tuple(tuple(sorted(names)) for names in self.header),
            columns=tuple(sorted(self.columns)),
            encodings=("utf-8", *self.encodings),
            tells_refunds=True,
            family="bills",
        )

    def missing(self, found: AbstractSet[str]) -> tuple[str, ...]:
        """Returns the columns that a header lacks to be this format's; the layout that lacks least counts."""
        return min((tuple(sorted(names - found)) for names in self.header), key=len)

    def fits(self, found: AbstractSet[str]) -> bool:
        """Whether a header of these normalised names is this format's."""
        return any(names <= found for names in self.header) and not self.without & found

    def is_header(self, row: Sequence[str]) -> bool:
        """Whether a row holds the names by which the bill is known."""
        return self.fits({normalised(clean(cell)) for cell in row})


Known = TableFormat | BillFormat
"""What a table may be: one of orders, or a bill."""
