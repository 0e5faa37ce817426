"""The points ledger in a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Index, Row, Select, Table, UniqueConstraint, bindparam, or_, select, update

from crmkit.errors import StaleRecordError
from crmkit.loyalty import Account, Balance, Entry, Part, Take
from crmkit.loyalty.storable import digest_of, order_text
from crmkit.money import Money
from crmkit.orders import OrderKey
from crmkit.storage.sqlalchemy.columns import BigInt, Document, Instant, KeyText, LongText
from crmkit.storage.sqlalchemy.metadata import TABLE_OPTIONS, metadata
from crmkit.storage.sqlalchemy.statements import Statements, chunked

__all__ = ["SqlAccounts", "SqlEntries", "accounts", "entries"]

accounts = Table(
    "crmkit_points_accounts",
    metadata,
    Column("id", KeyText(64), primary_key=True),
    Column("available", BigInt, nullable=False),
    Column("pending", BigInt, nullable=False),
    Column("held", BigInt, nullable=False),
    Column("lapsed", BigInt, nullable=False),
    Column("deficit", BigInt, nullable=False),
    Column("next_change", Instant),
    Column("seq", BigInt, nullable=False),
    Column("last_at", Instant),
    Column("version", BigInt, nullable=False),
    **TABLE_OPTIONS,
)

entries = Table(
    "crmkit_points_entries",
    metadata,
    Column("id", KeyText(64), primary_key=True),
    Column("account", KeyText(64), nullable=False),
    Column("seq", BigInt, nullable=False),
    Column("kind", KeyText(16), nullable=False),
    Column("points", BigInt, nullable=False),
    Column("at", Instant, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("key", LongText, nullable=False),
    Column("key_digest", KeyText(32), nullable=False),
    Column("leg", BigInt, nullable=False),
    Column("content", KeyText(32), nullable=False),
    Column("available_at", Instant),
    Column("expires_at", Instant),
    Column("takes", Document, nullable=False),
    Column("order_key", Document),
    Column("order_digest", KeyText(32)),
    Column("refund", LongText, nullable=False),
    Column("currency", KeyText(3)),
    Column("basis", BigInt),
    Column("refunded", BigInt),
    Column("parts", Document, nullable=False),
    Column("short", BigInt, nullable=False),
    Column("reason", LongText, nullable=False),
    Column("actor", LongText, nullable=False),
    Column("is_late", Boolean, nullable=False),
    Column("programme", KeyText(32), nullable=False),
    Column("undoes", KeyText(64), nullable=False),
    UniqueConstraint("account", "seq"),
    UniqueConstraint("key_digest", "leg"),
    Index(None, "order_digest", "kind", "undoes"),
    **TABLE_OPTIONS,
)

_NUMBERS = ("available", "pending", "held", "lapsed", "deficit")
_CHANGED = (*_NUMBERS, "next_change", "seq", "last_at", "version")
_SHAPED = {"key_digest", "takes", "order_key", "order_digest", "currency", "basis", "refunded", "parts"}
_EMPTY = dict.fromkeys((*_NUMBERS, "seq"), 0) | {"next_change": None, "last_at": None, "version": 1}
_PLAIN = [column.name for column in entries.columns if column.name not in _SHAPED]


class SqlAccounts:
    """Keeps accounts in `crmkit_points_accounts`; the row of an account is its lock."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def by_ids(self, ids: Collection[str]) -> dict[str, Account]:
        """Returns accounts by id; see `crmkit.loyalty.AccountRepository`."""
        return self._found(select(accounts), ids)

    def lock(self, ids: Collection[str], *, opening: bool) -> dict[str, Account]:
        """Returns accounts by id, their rows locked in the order of ids; see `crmkit.loyalty.AccountRepository`."""
        if opening:
            missing = [_EMPTY | {"id": id_} for id_ in sorted(set(ids))]
            self._db.insert_missing(accounts, missing, key=["id"])
        return self._found(self._db.locked(select(accounts).order_by(accounts.c.id)), ids)

    def save_many(self, some: Sequence[Account]) -> None:
        """Writes accounts over the versions they were read with; see `crmkit.loyalty.AccountRepository`."""
        if not some:
            return
        statement = (
            update(accounts)
            .where(accounts.c.id == bindparam("which"), accounts.c.version == bindparam("read"))
            .values({name: bindparam(f"new_{name}") for name in _CHANGED})
        )
        if self._db.run(statement, [_account_row(account) for account in some]).rowcount != len(some):
            raise StaleRecordError("account", some[0].id, some[0].version)

    def _found(self, query: Select[Any], ids: Collection[str]) -> dict[str, Account]:
        found: dict[str, Account] = {}
        for chunk in chunked(sorted(set(ids))):
            found |= {row.id: _account(row) for row in self._db.rows(query.where(accounts.c.id.in_(chunk)))}
        return dict(sorted(found.items()))


class SqlEntries:
    """Keeps entries in `crmkit_points_entries`, which is only ever added to."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def append_many(self, some: Sequence[Entry]) -> None:
        """Adds entries, all or none; see `crmkit.loyalty.EntryRepository`."""
        self._db.insert(entries, [_entry_row(entry) for entry in some])

    def by_keys(self, keys: Collection[str]) -> dict[str, tuple[Entry, ...]]:
        """Returns entries by key; see `crmkit.loyalty.EntryRepository`."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._in(entries.c.key_digest, {digest_of(key) for key in keys}):
            found[entry.key].append(entry)
        return {key: tuple(sorted(legs, key=lambda one: one.leg)) for key, legs in found.items()}

    def of_accounts(self, some: Collection[str]) -> tuple[Entry, ...]:
        """Returns the entries of accounts; see `crmkit.loyalty.EntryRepository`."""
        return tuple(sorted(self._in(entries.c.account, some), key=_place))

    def earned(self, orders: Collection[OrderKey]) -> set[OrderKey]:
        """Returns which orders have earned; see `crmkit.loyalty.EntryRepository`."""
        order_of = {digest_of(order_text(order)): order for order in orders}
        found: dict[str, set[str]] = {"": set(), "undoing": set()}
        telling = or_(entries.c.kind == "earn", entries.c.undoes != "")
        query = select(entries.c.order_digest, entries.c.undoes).where(telling)
        for chunk in chunked(sorted(order_of)):
            for row in self._db.rows(query.where(entries.c.order_digest.in_(chunk))):
                found["undoing" if row.undoes else ""].add(row.order_digest)
        return {order_of[digest] for digest in found[""] - found["undoing"]}

    def of_orders(self, orders: Collection[OrderKey]) -> dict[OrderKey, tuple[Entry, ...]]:
        """Returns the entries that come from orders; see `crmkit.loyalty.EntryRepository`."""
        found: dict[OrderKey, list[Entry]] = defaultdict(list)
        for entry in self._in(entries.c.order_digest, {digest_of(order_text(order)) for order in orders}):
            if entry.order is not None:
                found[entry.order].append(entry)
        return {order: tuple(sorted(some, key=_place)) for order, some in found.items()}

    def _in(self, column: Column[Any], values: Iterable[str]) -> list[Entry]:
        found: list[Entry] = []
        for chunk in chunked(sorted(set(values))):
            found += map(_entry, self._db.rows(select(entries).where(column.in_(chunk))))
        return found


def _place(entry: Entry) -> tuple[str, int]:
    return (entry.account, entry.seq)


def _account_row(account: Account) -> dict[str, Any]:
    new = {f"new_{name}": getattr(account.balance, name) for name in (*_NUMBERS, "next_change")}
    new |= {"new_seq": account.seq, "new_last_at": account.last_at, "new_version": account.version + 1}
    return new | {"which": account.id, "read": account.version}


def _account(row: Row[Any]) -> Account:
    kept = Balance(**{name: getattr(row, name) for name in (*_NUMBERS, "next_change")})
    return Account(id=row.id, balance=kept, seq=row.seq, last_at=row.last_at, version=row.version)


def _entry_row(entry: Entry) -> dict[str, Any]:
    order, money = entry.order, entry.basis or entry.refunded
    return {name: getattr(entry, name) for name in _PLAIN} | {
        "key_digest": digest_of(entry.key),
        "takes": [[take.lot, take.points] for take in entry.takes],
        "order_key": None if order is None else [order.platform, order.shop, order.number],
        "order_digest": None if order is None else digest_of(order_text(order)),
        "currency": None if money is None else money.currency,
        "basis": None if entry.basis is None else entry.basis.minor,
        "refunded": None if entry.refunded is None else entry.refunded.minor,
        "parts": [[part.rule, part.points, part.text, part.line] for part in entry.parts],
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        **{name: getattr(row, name) for name in _PLAIN},
        takes=tuple(Take(lot, points) for lot, points in row.takes),
        order=None if row.order_key is None else OrderKey(*row.order_key),
        basis=None if row.basis is None else Money.of_minor(row.basis, row.currency),
        refunded=None if row.refunded is None else Money.of_minor(row.refunded, row.currency),
        parts=tuple(Part(rule=rule, points=points, text=text, line=line) for rule, points, text, line in row.parts),
    )
