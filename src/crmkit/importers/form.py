"""Formats are values: the columns of one kind of file, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs

from crmkit.errors import InputError
from crmkit.importers.cells import Cell
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.texts import normalised

if TYPE_CHECKING:
    from crmkit.importers.drafts import Draft

__all__ = ["FormatInfo", "Role", "TableFormat"]

Role = Literal["whole", "orders", "items"]


def header_sets(header: AbstractSet[str] | Sequence[AbstractSet[str]]) -> tuple[frozenset[str], ...]:
    if isinstance(header, str):
        raise InputError("header is a set of column names, or several such sets.")
    sets = (header,) if isinstance(header, AbstractSet) else tuple(header)
    found = tuple(frozenset(normalised(name) for name in names) for names in sets)
    if not found or not all(found):
        raise InputError("A format needs at least one column by which it is known.")
    return found


def name_set(names: Iterable[str]) -> frozenset[str]:
    return frozenset(normalised(name) for name in names)


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@attrs.frozen(kw_only=True, slots=True)
class FormatInfo:
    """Says what a format is, for lists.

    Attributes:
        name: The format's name.
        title: What it is, for people.
        required: Columns by which it is known; one tuple for each layout.
        columns: Every column it reads.
        encodings: Text encodings tried after UTF-8.
        tells_refunds: Whether its files say what was given back.
        family: Formats of one family share order numbers and are joined by them.
    """

    name: str
    title: str
    required: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    encodings: tuple[str, ...]
    tells_refunds: bool
    family: str = ""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class TableFormat:
    """Describes one kind of table as declared columns; it is never subclassed.

    Attributes:
        name: Unique name ("taobao.orders").
        header: Columns by which the format is known, or several such sets of which one is enough.
        one_order_per: Column whose value makes rows one order; several names where layouts differ.
        order: The order's cells.
        line: The lines' cells; None where the file holds no lines.
        title: What it is, for people.
        platform: Platform of its orders; the name's first part if empty.
        currency: Currency where no column tells it.
        without: Columns that the format never has; they tell it from others.
        family: Formats of one family share order numbers and are joined by them; the name if empty.
        role: "whole", or "orders" and "items" of files that belong together.
        order_on: Column that is filled on an order's first row only; empty if every row repeats the order's cells.
        fills_down: The number stands on an order's first row only; rows without one belong to the order above.
        skips: Says why a row is no order's ("description rows"), from the cleaned text of its columns by name, or None.
        or_numbered_by: Column whose value numbers an order while that of `one_order_per` is empty (won, not yet paid).
        counts: Says how many orders the file holds, given the row that tells it, from the cleaned text of its columns;
            None for other rows. Where it is declared, a file without such a row looks cut.
        ignored: Columns that the platform writes and the format knowingly leaves alone.
        numbers_hold_in: Whether a number is unique on the "platform" or within the "shop".
        encodings: Text encodings tried after UTF-8.
        encoding_of: Tells the encoding from a text file's first bytes where several of `encodings` would fit, or None.
        is_quoted: Quotes enclose cells in its text files; where it writes none, a quote is a sign like others in tab
            text (a spreadsheet that saves it with commas, or as UTF-16, quotes again).
        region: Country of national phone numbers, ISO 3166.
        payer_scope: Scope of `payer` identifiers.
        reported_in_name: Pattern of file names with one group, its `strptime` form ("%s": seconds since 1970) and the
            zone; or None.
        settle: The format's own function: it finishes a draft's values, or returns why the order is to be skipped.
        tells_refunds: Whether its files say what was given back; by default if `refunded` is declared.
        ends_in_newline: The platform ends every file with a line break, so one without looks cut.
        is_exact: The file is crmkit's own and its words stand as written.

    Example:
        >>> from crmkit.importers import cells
        >>> acme = TableFormat(name="acme", header={"Order No", "SKU"}, one_order_per="Order No",
        ...                    line=LineColumns(sku=cells.text("SKU")))
        >>> acme.info.required, acme.platform
        ((('Order No', 'SKU'),), 'acme')
    """

    name: str
    header: tuple[frozenset[str], ...] = attrs.field(converter=header_sets)
    one_order_per: tuple[str, ...] = attrs.field(converter=_names)
    order: OrderColumns = attrs.field(factory=OrderColumns)
    line: LineColumns | None = None
    title: str = ""
    platform: str = attrs.field()
    currency: str = ""
    without: frozenset[str] = attrs.field(default=frozenset(), converter=name_set)
    family: str = attrs.field()
    role: Role = "whole"
    order_on: str = ""
    fills_down: bool = False
    skips: Callable[[Callable[[str], str]], str | None] | None = None
    or_numbered_by: str = ""
    counts: Callable[[Callable[[str], str]], int | None] | None = None
    ignored: frozenset[str] = attrs.field(default=frozenset(), converter=name_set)
    numbers_hold_in: Literal["shop", "platform"] = "shop"
    encodings: tuple[str, ...] = ()
    encoding_of: Callable[[bytes], str | None] | None = None
    is_quoted: bool = True
    region: str | None = None
    payer_scope: str = "world"
    reported_in_name: tuple[str, str, str] | None = None
    settle: Callable[[Draft], str | None] | None = None
    tells_refunds: bool = attrs.field()
    ends_in_newline: bool = False
    is_exact: bool = False

    @platform.default
    def _first_part(self) -> str:
        return self.name.partition(".")[0]

    @family.default
    def _own_family(self) -> str:
        return self.name

    @tells_refunds.default
    def _refunds_declared(self) -> bool:
        return self.order.refunded is not None

    def __attrs_post_init__(self) -> None:
        if not self.name:
            raise InputError("A format needs a name.")

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell of the order and of its lines."""
        lines = self.line.declared().values() if self.line else ()
        return (*self.order.declared().values(), *lines)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column name that the format reads, normalised."""
        named = {name for cell in self.cells for name in (*cell.names, *([cell.currency] if cell.currency else []))}
        return frozenset(normalised(name) for name in named | set(self.one_order_per))

    @property
    def info(self) -> FormatInfo:
        """What the format is, for lists."""
        return FormatInfo(
            name=self.name,
            title=self.title,
            required=tuple(tuple(sorted(names)) for names in self.header),
            columns=tuple(sorted(self.columns)),
            encodings=("utf-8", *self.encodings),
            tells_refunds=self.tells_refunds,
            family=self.family,
        )

    def missing(self, found: AbstractSet[str]) -> tuple[str, ...]:
        """Returns the columns that a header lacks to be this format's; the layout that lacks least counts."""
        return min((tuple(sorted(names - found)) for names in self.header), key=len)

    def fits(self, found: AbstractSet[str]) -> bool:
        """Whether a header of these normalised names is this format's."""
        return any(names <= found for names in self.header) and not self.without & found

    def weight(self, found: AbstractSet[str]) -> int:
        """How many columns of the fullest layout that fits make this header this format's."""
        return max((len(names) for names in self.header if names <= found), default=0)
