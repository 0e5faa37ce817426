"""JSON formats are values: by which keys an order is known, and at which paths its values stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from crmkit.errors import InputError
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.form import FormatInfo, Role, TableFormat

if TYPE_CHECKING:
    from crmkit.importers.documents.values import Node
    from crmkit.importers.drafts import Draft

__all__ = ["Format", "JsonBody", "JsonFormat"]


def _alternatives(keys: AbstractSet[str] | Sequence[AbstractSet[str]]) -> tuple[frozenset[str], ...]:
    sets = (keys,) if isinstance(keys, AbstractSet) else tuple(keys)
    found = tuple(frozenset(names) for names in sets)
    if not found or not all(found):
        raise InputError("A JSON format is known by a set of keys, or by several such sets.")
    return found


def _keys(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


def _paths(paths: str | Iterable[str]) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else tuple(paths)


@attrs.frozen(kw_only=True, slots=True)
class JsonBody:
    """Is another object that the platform delivers beside orders: it belongs into an order, or it is skipped.

    Attributes:
        known_by: Keys by which it is known.
        reason: Why it is skipped, or what it is where its order is missing ("refunds").
        only: It has no other keys.
        without: Keys that it never has.
        order_id: Path of the order's own id, for what belongs into an order.
        into: List of the order that it belongs into, "" for what is skipped.
    """

    known_by: frozenset[str] = attrs.field(converter=_keys)
    reason: str
    only: bool = False
    without: frozenset[str] = attrs.field(default=frozenset(), converter=_keys)
    order_id: str = ""
    into: str = ""

    def fits(self, keys: AbstractSet[str]) -> bool:
        """Whether an object of these keys is one."""
        return self.known_by == keys if self.only else self.known_by <= keys and not self.without & keys


@attrs.frozen(kw_only=True, slots=True, eq=False)
class JsonFormat:
    """Describes one kind of order in JSON as declared paths; it is never subclassed.

    The cells are those of tables, and their names are paths: `customer.email`. A key that is missing says nothing,
    unless `absent_is_null`; a value of null says that there is none.

    Attributes:
        name: Unique name ("woocommerce.orders").
        known_by: Keys by which an order is known, or several such sets of which one is enough.
        order: The order's cells.
        line: The lines' cells.
        lines_in: Path of the list of lines; several where versions differ.
        number: Path of the order's number; several where versions differ.
        id: Path of the platform's own id, by which refunds and the like that come apart find their order.
        without: Keys that the order never has.
        wrappers: Key that holds one order or a list of them → keys that must stand beside it.
        bodies: Other objects that the platform delivers.
        children: Kind in `gid://…/<kind>/…` → list of the parent that such a JSON line with `__parentId` belongs into.
        skips: Says why an object that looks like an order is none ("refunds"), or None.
        together: Keys that say something together only: a newer report that has some of them is not completed by the
            others of an older one.
        absent_is_null: The platform does not write keys without a value, so that a newer report lacks nothing.
        rank: Sorts reports of one order that are equally new, the one that counts last.
        title: What it is, for people.
        platform: Platform of its orders; the name's first part if empty.
        currency: Currency where no path tells it.
        family: Formats of one family share order numbers and are joined by them; the name if empty.
        region: Country of national phone numbers, ISO 3166.
        payer_scope: Scope of `payer` identifiers.
        settle: The format's own function: it finishes a draft's values, or returns why the order is to be skipped.
        tells_refunds: Whether it says what was given back; by default if `refunded` is declared.

    Example:
        >>> from crmkit.importers import cells
        >>> acme = JsonFormat(name="acme.json", known_by={"acme_no", "rows"}, number="acme_no", lines_in="rows",
        ...                   line=LineColumns(sku=cells.text("sku")))
        >>> acme.info.required, acme.platform
        ((('acme_no', 'rows'),), 'acme')
    """

    name: str
    known_by: tuple[frozenset[str], ...] = attrs.field(converter=_alternatives)
    number: tuple[str, ...] = attrs.field(converter=_paths)
    order: OrderColumns = attrs.field(factory=OrderColumns)
    line: LineColumns = attrs.field(factory=LineColumns)
    lines_in: tuple[str, ...] = attrs.field(default=(), converter=_paths)
    id: str = "id"
    without: frozenset[str] = attrs.field(default=frozenset(), converter=_keys)
    wrappers: Mapping[str, AbstractSet[str]] = attrs.field(factory=dict)
    bodies: tuple[JsonBody, ...] = ()
    children: Mapping[str, str] = attrs.field(factory=dict)
    skips: Callable[[Node], str | None] | None = None
    together: frozenset[str] = attrs.field(default=frozenset(), converter=_keys)
    absent_is_null: bool = False
    rank: Callable[[Node], Any] | None = None
    title: str = ""
    platform: str = attrs.field()
    currency: str = ""
    family: str = attrs.field()
    region: str | None = None
    payer_scope: str = "world"
    settle: Callable[[Draft], str | None] | None = None
    tells_refunds: bool = attrs.field()

    role: Role = attrs.field(default="whole", init=False)
    is_exact: bool = attrs.field(default=False, init=False)

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
        if not self.name or not self.number:
            raise InputError("A JSON format needs a name and the path of the order's number.")

    @property
    def info(self) -> FormatInfo:
        """What the format is, for lists."""
        of_order = {name for cell in self.order.declared().values() for name in cell.names}
        of_line = {name for cell in self.line.declared().values() for name in cell.names}
        lines = self.lines_in[0] if self.lines_in else ""
        return FormatInfo(
            name=self.name,
            title=self.title,
            required=tuple(tuple(sorted(keys)) for keys in self.known_by),
            columns=tuple(sorted(of_order | set(self.number) | {f"{lines}[].{name}" for name in of_line})),
            encodings=("utf-8",),
            tells_refunds=self.tells_refunds,
            family=self.family,
        )

    def missing(self, keys: AbstractSet[str]) -> tuple[str, ...]:
        """Returns the keys that an object lacks to be this format's; the set that lacks least counts."""
        return min((tuple(sorted(known - keys)) for known in self.known_by), key=len)

    def fits(self, keys: AbstractSet[str]) -> bool:
        """Whether an object of these keys is an order of this format."""
        return any(known <= keys for known in self.known_by) and not self.without & keys

    def weight(self, keys: AbstractSet[str]) -> int:
        """How many keys of the fullest set that fits make this object this format's."""
        return max((len(known) for known in self.known_by if known <= keys), default=0)

    def body(self, keys: AbstractSet[str]) -> JsonBody | None:
        """Returns what other object of the platform an object of these keys is, or None."""
        return next((body for body in self.bodies if body.fits(keys)), None)


Format: TypeAlias = TableFormat | JsonFormat
"""A format of tables or of JSON."""
