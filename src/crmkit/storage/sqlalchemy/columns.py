"""Column types that mean the same on SQLite, PostgreSQL, MariaDB and MySQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

__all__ = ["BigInt", "Document", "Instant", "KeyText", "LongText"]

_MYSQL = ("mysql", "mariadb")
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _pieces_of(value: Any) -> Iterable[str]:
    return _encoder.iterencode(value)


def _fast_pieces() -> Callable[[Any], Iterable[str]]:
    """Returns what turns a value into pieces of JSON.

    The encoder of the standard library makes its inner machine anew for each value; for the short documents of an
    import that is most of the work, so the machine is made once where the interpreter has it in C.
    """
    machine = getattr(json.encoder, "c_make_encoder", None)
    text = getattr(json.encoder, "c_encode_basestring", None)
    if machine is None or text is None:
        return _pieces_of
    made = machine(None, _encoder.default, text, None, ":", ",", False, False, True)
    return lambda value: made(value, 0)


_pieces = _fast_pieces()


def _binary_collation(dialect: Dialect) -> str:
    return "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"


class KeyText(TypeDecorator[str]):
    """Text of limited length that compares and sorts by code point, capitals and trailing blanks included."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Picks the binary collation of each database."""
        length = self.length
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(mysql.VARCHAR(length, collation=_binary_collation(dialect)))
        if dialect.name == "postgresql":
            return dialect.type_descriptor(String(length, collation="C"))
        return dialect.type_descriptor(String(length))


class LongText(TypeDecorator[str]):
    """Text of any length, in full Unicode."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Picks a type without the 64 KB limit of MySQL's TEXT."""
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(mysql.LONGTEXT(collation=_binary_collation(dialect)))
        return dialect.type_descriptor(Text())


class Document(TypeDecorator[Any]):
    """A JSON value, written as compact text; None stays NULL."""

    impl = Text
    cache_ok = True

    load_dialect_impl = LongText.load_dialect_impl

    def bind_processor(self, dialect: Dialect) -> Any:
        """Writes the text in one step on SQLite, because it runs for every event."""
        return _document_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Writes the value as text."""
        return _document_text(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """Reads the text in one step on SQLite."""
        return _of_document_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Reads the value back."""
        return _of_document_text(value)


class Instant(TypeDecorator[datetime]):
    """An instant with microseconds, kept and given back in UTC; naive datetimes are a bug and raise."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Picks DATETIME(6) on MariaDB and MySQL, TIMESTAMP WITH TIME ZONE on PostgreSQL."""
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def bind_processor(self, dialect: Dialect) -> Any:
        """Writes the text of SQLite in one step, because it runs for every instant of every row."""
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Moves the instant to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"a naive datetime reached the store: {value!r}")
        moved = value.astimezone(UTC)
        return moved if dialect.name == "postgresql" else moved.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """Reads the text of SQLite in one step."""
        return _of_sqlite_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Gives the instant back, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _document_text(value: Any) -> str | None:
    return None if value is None else "".join(_pieces(value))


def _of_document_text(text: str | None) -> Any:
    if text is None:
        return None
    return [] if text == "[]" else json.loads(text)  # most entries of the ledger take from no lot


def _sqlite_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise TypeError(f"a naive datetime reached the store: {value!r}")
    moved = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moved.isoformat(" ", "microseconds")[:26]


def _of_sqlite_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


class BigInt(TypeDecorator[int]):
    """A whole number of 64 bits: minor units, points, positions."""

    impl = BigInteger
    cache_ok = True
