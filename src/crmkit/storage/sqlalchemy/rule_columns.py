"""The columns of a database as a saved rule sees them: what they hold, and how their values are compared exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Double,
    Float,
    FromClause,
    Integer,
    Numeric,
    String,
    Text,
    TypeDecorator,
    cast,
    collate,
    func,
    literal,
    type_coerce,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.rules.by_expressions import decimal_kind
from crmkit.segmentation.rules.kinds import Kind
from crmkit.storage.sqlalchemy.columns import Document, Instant, KeyText, _binary_collation

__all__ = ["SqlColumn", "column_in"]

_MYSQL = ("mysql", "mariadb")
_LARGEST = 2**63 - 1


@attrs.frozen(slots=True, kw_only=True)
class SqlColumn:
    """Holds a column with the expression that is compared.

    Attributes:
        kind: What it holds.
        value: Its value: texts under the binary collation, NaN made null.
        bound_type: Type of the values that it is compared with.
        dialect: Name of the database.
    """

    kind: Kind
    value: ColumnElement[Any]
    bound_type: TypeEngine[Any]
    dialect: str

    def written(self, value: Any) -> Any:
        """Returns a value as the database keeps it: instants without an offset are in UTC."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            moved = value.astimezone(UTC)
            return moved if self.dialect == "postgresql" else moved.replace(tzinfo=None)
        return value

    def bound(self, value: Any) -> ColumnElement[Any]:
        """Returns a value as a parameter."""
        return literal(self.written(value), self.bound_type)

    def start(self, length: int) -> ColumnElement[Any]:
        """Returns the first characters of a text, under the binary collation."""
        return func.substr(self.value, 1, length, type_=String())

    def place(self, text: str) -> ColumnElement[Any]:
        """Returns where a text begins inside, counted from 1, or 0."""
        if self.dialect == "postgresql":
            return func.strpos(self.value, self.bound(text), type_=Integer())
        return func.instr(self.value, self.bound(text), type_=Integer())


def column_in(facts: FromClause, name: str, dialect: Dialect) -> SqlColumn:
    """Returns a column of a table or subquery.

    Raises:
        FrameError: Its type holds nothing that can be compared.
    """
    column: ColumnElement[Any] = facts.c[name]
    kind = column.type
    if isinstance(kind, Instant):
        return _moment(column, dialect, aware=True)
    if isinstance(kind, KeyText):
        return SqlColumn(kind=Kind(name="text"), value=column, bound_type=String(), dialect=dialect.name)
    while isinstance(kind, TypeDecorator) and not isinstance(kind, Document):
        kind = kind.impl_instance if hasattr(kind, "impl_instance") else kind.impl  # type: ignore[assignment]
    if isinstance(kind, String):  # Enum among them
        return SqlColumn(
            kind=Kind(name="text"), value=_binary(column, dialect), bound_type=String(), dialect=dialect.name
        )
    column = type_coerce(column, kind)
    if isinstance(kind, DateTime):
        return _moment(column, dialect, aware=kind.timezone)
    found = _plain(name, column, kind, dialect)
    if found is None:
        raise FrameError(name, str(column.type), "numbers, texts, true and false, moments or dates")
    return found


def _moment(column: ColumnElement[Any], dialect: Dialect, *, aware: bool) -> SqlColumn:
    shown: TypeEngine[Any] = DateTime(timezone=aware and dialect.name == "postgresql")
    if dialect.name in _MYSQL:
        shown = mysql.DATETIME(fsp=6)
    return SqlColumn(kind=Kind(name="moment", aware=aware), value=column, bound_type=shown, dialect=dialect.name)


def _plain(name: str, column: ColumnElement[Any], kind: TypeEngine[Any], dialect: Dialect) -> SqlColumn | None:
    if isinstance(kind, Boolean):
        return SqlColumn(kind=Kind(name="boolean"), value=column, bound_type=Boolean(), dialect=dialect.name)
    if isinstance(kind, Date):
        return SqlColumn(kind=Kind(name="date"), value=column, bound_type=Date(), dialect=dialect.name)
    if isinstance(kind, Integer):
        unsigned = bool(getattr(kind, "unsigned", False))
        whole = Kind(name="whole", low=0 if unsigned else -_LARGEST - 1, high=2**64 - 1 if unsigned else _LARGEST)
        return SqlColumn(kind=whole, value=column, bound_type=BigInteger(), dialect=dialect.name)
    if isinstance(kind, Float) or (isinstance(kind, Numeric) and dialect.name == "sqlite"):
        # SQLite keeps decimals as binary fractions, each of which counts as the decimal that it is written as.
        value = _without_nan(type_coerce(column, Double()), dialect, Double())
        return SqlColumn(kind=Kind(name="fraction"), value=value, bound_type=Double(), dialect=dialect.name)
    if isinstance(kind, Numeric):
        value = _without_nan(column, dialect, Numeric())
        return SqlColumn(kind=_decimal(kind, dialect), value=value, bound_type=Numeric(), dialect=dialect.name)
    return None


def _decimal(kind: Numeric[Any], dialect: Dialect) -> Kind:
    precision, scale = kind.precision, kind.scale
    if precision is None:
        return Kind(name="decimal") if dialect.name == "postgresql" else decimal_kind(10, 0)
    return decimal_kind(precision, scale or 0)


def _without_nan(column: ColumnElement[Any], dialect: Dialect, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Makes NaN null where a database has it."""
    if dialect.name != "postgresql":
        return column
    return func.nullif(column, cast("NaN", kind), type_=kind)


def _binary(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    """Returns a text that compares by code point, capitals and trailing blanks included."""
    if dialect.name in _MYSQL:
        return collate(cast(column, mysql.CHAR(charset="utf8mb4")), _binary_collation(dialect))
    if dialect.name == "postgresql":
        return collate(cast(column, Text()), "C")
    return collate(type_coerce(column, Text()), "BINARY")
