"""Frames of orders: typed the same with rows and without, in pandas, Polars and PyArrow."""

from __future__ import annotations

import builtins
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import pytest

from crmkit import importers, segmentation
from crmkit.errors import InputError, MissingExtraError
from crmkit.orders import Order, OrderStatus

SAMPLES = Path(__file__).parent / "samples"
BACKENDS = ["pandas", "polars", "pyarrow"]
FRAMES = [importers.order_frame, importers.line_frame]
TEXT = (
    "order_number,platform,shop,currency,unit_price,quantity,email,status,placed_at,paid_at,accepts_marketing\n"
    "1,taobao,a,JPY,500,3,mei@example.com,paid,2026-11-01T09:00+09:00,2026-11-01T09:05+09:00,yes\n"
    "2,shopify,b,KWD,1.234,1,ole@example.com,cancelled,2026-11-02T09:00Z,,no\n"
    "3,shopify,b,EUR,19.90,2,mei@example.com,completed,2026-11-03T09:00Z,2026-11-03T10:00Z,\n"
)


@pytest.fixture
def orders() -> tuple[Order, ...]:
    return importers.read(TEXT.encode(), name="o.csv").orders


def types(frame: Any) -> dict[str, str]:
    if isinstance(frame.schema if hasattr(frame, "schema") else None, object) and hasattr(frame, "column_names"):
        return {field.name: str(field.type) for field in frame.schema}
    return {name: str(dtype) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)}


def values(frame: Any, name: str) -> list[Any]:
    return nw.from_native(frame, eager_only=True)[name].to_list()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("money", ["decimal", "minor"])
@pytest.mark.parametrize("make", FRAMES)
def test_an_empty_frame_has_the_types_of_a_full_one(make: Any, money: str, backend: str, orders: Any) -> None:
    full, empty = make(orders, money=money, backend=backend), make([], money=money, backend=backend)
    assert types(full) == types(empty)
    assert nw.from_native(empty, eager_only=True).shape == (0, len(types(full)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_values_are_those_of_the_orders(backend: Any, orders: tuple[Order, ...]) -> None:
    frame = importers.order_frame(orders, backend=backend)
    assert [Decimal(value) for value in values(frame, "total")] == [order.total.amount for order in orders]
    assert values(frame, "status") == [order.status.value for order in orders]
    assert values(frame, "currency") == ["JPY", "KWD", "EUR"]
    assert values(frame, "moment")[0] == datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    assert [bool(value) if value in (True, False) else None for value in values(frame, "accepts_marketing")[:2]] == [
        True,
        False,
    ]
    lines = importers.line_frame(orders, backend=backend)
    assert values(lines, "quantity") == [3, 1, 2]
    assert values(lines, "line") == [1, 1, 1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_minor_units_count_what_the_currency_counts(backend: Any, orders: tuple[Order, ...]) -> None:
    assert values(importers.order_frame(orders, money="minor", backend=backend), "total") == [1500, 1234, 3980]
    assert values(importers.line_frame(orders, money="minor", backend=backend), "unit_price") == [500, 1234, 1990]


def test_pandas_types() -> None:
    found = types(importers.order_frame([], money="minor"))
    assert {found[name] for name in ("status", "platform", "currency")} == {"category"}
    assert found["placed_at"].endswith("UTC]")
    assert (found["amount"], found["units"], found["refund_unknown"]) == ("int64", "int64", "bool")
    assert found["accepts_marketing"] == "boolean"


def test_polars_types() -> None:
    found = types(importers.order_frame([], backend="polars"))
    assert found["amount"] == "Decimal(precision=38, scale=4)"
    assert found["status"].startswith("Enum")
    assert found["moment"] == "Datetime(time_unit='us', time_zone='UTC')"


def test_pyarrow_types() -> None:
    found = types(importers.order_frame([], backend="pyarrow"))
    assert found["amount"] == "decimal128(38, 4)"
    assert found["platform"].startswith("dictionary<values=string")
    assert found["moment"] == "timestamp[us, tz=UTC]"


def test_the_states_are_all_there_whichever_come(orders: tuple[Order, ...]) -> None:
    frame = importers.order_frame(orders)
    assert frame["status"].cat.categories.tolist() == [state.value for state in OrderStatus]
    assert frame.groupby("status", observed=False).size()["refunded"] == 0


@pytest.mark.parametrize("money", ["decimal", "minor"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_segments_take_every_frame(backend: Any, money: Any) -> None:
    found = importers.read(SAMPLES / "ExportOrderList202611302130.csv").orders
    frame = importers.order_frame(found, money=money, backend=backend)
    table = segmentation.rfm(frame, as_of=datetime(2026, 12, 1, tzinfo=UTC))
    assert type(table).__module__.split(".")[0] == backend
    paid = sum((order.net.amount for order in found if order.net.amount), Decimal(0))
    assert sum(map(Decimal, values(table, "monetary"))) == paid * (1 if money == "decimal" else 100)


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_a_backend_that_is_not_installed_is_named(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == backend:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, *args)

    monkeypatch.delitem(sys.modules, backend)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=f"crmkit\\[{backend}\\]"):
        importers.order_frame([], backend=backend)


def test_other_words_are_refused(orders: tuple[Order, ...]) -> None:
    with pytest.raises(InputError, match="pandas, polars, pyarrow"):
        importers.order_frame(orders, backend="spark")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InputError, match="minor"):
        importers.line_frame(orders, money="float")  # type: ignore[arg-type]  # on purpose
