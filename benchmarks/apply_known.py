"""Applying orders that a store knows already, against the time of selecting their keys.

python benchmarks/apply_known.py [--orders 100000]

SQLite always; PostgreSQL as well where CRMKIT_TEST_POSTGRES_URL is set (a database of its own is made and dropped).
Prints the best seconds of each, the ratio to selecting the same keys by 1,000 in a statement (goal: at most 3), the
ratio to one statement that reads the keys of the whole table, and the number of statements.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, event, select, text
from sqlalchemy.engine import make_url

from crmkit import Crm, Identifier, Money, loyalty
from crmkit.orders import Buyer, Order, OrderKey, OrderLine, OrderStatus
from crmkit.storage.sqlalchemy import SqlAlchemyStore, metadata
from crmkit.storage.sqlalchemy.order_rows import id_of

GOAL = 3.0
RUNS = 3
_PLACED = datetime(2026, 11, 1, tzinfo=UTC)


def some_orders(number: int) -> list[Order]:
    price = Money("59.90", "CNY")
    line = OrderLine(sku="LAMP-1", title="Paper lamp", quantity=1, unit_price=price, total=price)
    return [
        Order(
            key=OrderKey("taobao", "lantern", f"40261101{n:011}"),
            status=OrderStatus.COMPLETED,
            currency="CNY",
            total=price,
            paid=price,
            placed_at=_PLACED + timedelta(seconds=n),
            paid_at=_PLACED + timedelta(seconds=n + 60),
            lines=(line, line),
            buyer=Buyer(identifiers=(Identifier("account", f"buyer{n // 3}", scope="taobao"),)),
        )
        for n in range(number)
    ]


def seconds(work: Callable[[], object]) -> float:
    """Gives the best of a few runs."""
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found)


def select_keys(store: SqlAlchemyStore) -> int:
    table = metadata.tables["crmkit_orders"]
    with store.engine.connect() as connection:
        rows = connection.execute(select(table.c.platform, table.c.shop, table.c.number)).all()
        return len([OrderKey(*row) for row in rows])


def select_keys_by_chunk(store: SqlAlchemyStore, keys: list[OrderKey]) -> int:
    """The same as a store has to do it: 1,000 given keys in a statement."""
    table, found = metadata.tables["crmkit_orders"], 0
    query = select(table.c.platform, table.c.shop, table.c.number)
    for start in range(0, len(keys), 1000):
        ids = [id_of(key) for key in keys[start : start + 1000]]
        with store.engine.connect() as connection:
            rows = connection.execute(query.where(table.c.id.in_(ids))).all()
        found += len({OrderKey(*row) for row in rows})
    return found


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        found = {"SQLite": f"sqlite:///{Path(folder) / 'shop.db'}"}
        given = os.environ.get("CRMKIT_TEST_POSTGRES_URL")
        if not given:
            yield found
            return
        base, name = make_url(given).set(drivername="postgresql+psycopg"), f"crmkit_bench_{os.getpid()}"
        admin = create_engine(base, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield found | {"PostgreSQL": base.set(database=name).render_as_string(hide_password=False)}
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
            admin.dispose()


def measure(name: str, url: str, orders: list[Order], programme: loyalty.Programme | None) -> float:
    with Crm.open(url, programme=programme) as crm:
        assert isinstance(crm.store, SqlAlchemyStore)
        crm.take(orders)
        plan = crm.plan(orders)
        assert plan.counts["known"] == len(orders)
        count = [0]
        event.listen(crm.store.engine, "before_cursor_execute", lambda *_: count.__setitem__(0, count[0] + 1))
        applying = seconds(lambda: crm.apply(plan))
        statements = count[0] // RUNS
        keys = [order.key for order in orders]
        store = crm.store
        selecting, chunked = seconds(lambda: select_keys(store)), seconds(lambda: select_keys_by_chunk(store, keys))
        points = "with points" if programme else "without points"
        print(
            f"{name}, {len(orders):,} known orders, {points}: apply {applying:.2f} s, keys by 1,000 "
            f"{chunked:.2f} s (ratio {applying / chunked:.1f}, goal {GOAL:.0f}), keys in one statement "
            f"{selecting:.2f} s (ratio {applying / selecting:.1f}), {statements:,} statements"
        )
    return applying / chunked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    orders = some_orders(parser.parse_args().orders)
    with databases() as found:
        for name, url in found.items():
            for programme in (loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")]), None):
                measure(name, url, orders, programme)


if __name__ == "__main__":
    main()
