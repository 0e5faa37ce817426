"""An invented shop, with everything that a report can show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pandas as pd

from crmkit import segmentation
from crmkit.money import Money
from crmkit.problems import Problem
from crmkit.report import (
    Batch,
    CurrencyTotals,
    CustomerCounts,
    Merge,
    OpenTicket,
    PointsSummary,
    ReportData,
    ReturnSection,
    RfmSection,
    Source,
    SpreadSection,
    StageSection,
    WaitingOrder,
)
from crmkit.segmentation.grid import GRID

SHANGHAI = timezone(timedelta(hours=8))
AS_OF = datetime(2026, 11, 24, tzinfo=SHANGHAI)
STATUSES = ("pending_payment", "paid", "shipped", "received", "completed", "cancelled", "refunded")
STATES = ("new", "open", "pending", "on_hold", "resolved", "at_carrier")


def cny(amount: str) -> Money:
    return Money(amount, "CNY")


def usd(amount: str) -> Money:
    return Money(amount, "USD")


def rfm_frame(customers: int = 2) -> pd.DataFrame:
    """Gives `customers` customers in each of the 25 cells."""
    cells = [(r, f, 10 * r * f + 1, name) for (r, f), name in GRID.cells.items() for _ in range(customers)]
    return pd.DataFrame(cells, columns=["r", "f", "monetary", "segment"])


def one_cell_each() -> pd.DataFrame:
    """Gives one customer for each sentence of the page."""
    cells = [(5, 5), (4, 5), (5, 1), (1, 5), (3, 3), (1, 1)]
    return pd.DataFrame([(r, f, 100, GRID[r, f]) for r, f in cells], columns=["r", "f", "monetary", "segment"])


@cache
def purchases() -> pd.DataFrame:
    """Gives thirty customers over ten months, of whom every third came back after a month."""
    start, rows = AS_OF - timedelta(days=297), []
    for customer in range(30):
        first = start + timedelta(days=9 * customer)
        rows.append((f"c{customer}", first, 10 + customer**2))
        rows += [(f"c{customer}", first + timedelta(days=31), 5)] if customer % 3 == 0 else []
    return pd.DataFrame(rows, columns=["customer", "moment", "amount"])


def spread(currency: str = "CNY", customers: int = 30) -> SpreadSection:
    rfm = segmentation.rfm(purchases(), as_of=AS_OF).head(customers)
    return SpreadSection(currency=currency, curve=segmentation.pareto_curve(rfm, points=1000))


def returns(orders: pd.DataFrame | None = None) -> ReturnSection:
    asked: dict[str, Any] = {"frame": purchases() if orders is None else orders, "as_of": AS_OF}
    return ReturnSection(cohorts=segmentation.cohorts(**asked), curve=segmentation.repeat_curve(**asked))


def stages(orders: pd.DataFrame | None = None) -> StageSection:
    frame = purchases() if orders is None else orders
    before = AS_OF - timedelta(days=90)
    return StageSection(flow=segmentation.transitions(frame, before=before, after=AS_OF))


def waiting() -> tuple[WaitingOrder, ...]:
    place = {"platform": "taobao", "shop": "paper-lantern"}
    since = datetime(2026, 11, 20, 4, tzinfo=UTC)
    return (
        WaitingOrder(number="402", kind="payment", amount=cny("20.00"), since=since, customer="陈小美", **place),
        WaitingOrder(number="401", kind="payment", amount=cny("10.50"), since=since - timedelta(days=5), **place),
        WaitingOrder(number="403", kind="payment", amount=usd("7.00"), **place),
        WaitingOrder(number="500", kind="receipt", amount=cny("99.00"), since=since, customer="13800000012", **place),
    )


def problems() -> tuple[Problem, ...]:
    lost = [
        Problem(
            source="orders.csv",
            line=line,
            column="订单编号",
            value="4.03E+18",
            code="damaged_identifier",
            reason="lost digits",
        )
        for line in (31, 4)
    ]
    bad = Problem(
        source="orders.xlsx", sheet="Sheet1", line=7, value="1.2.3", code="bad_money", reason="is no amount of money"
    )
    remark = Problem(source="orders.csv", code="no_time", reason="has no time of payment", severity="warning")
    return (remark, *lost, bad)


def full(**changes: Any) -> ReportData:
    values: dict[str, Any] = {
        "shop": "Paper Lantern",
        "as_of": AS_OF,
        "generated_at": datetime(2026, 11, 24, 1, 12, tzinfo=UTC),
        "totals": (
            CurrencyTotals(
                currency="CNY", orders=12, placed=cny("1234.50"), waiting=cny("34.50"), cancelled=cny("100.00"),
                paid=cny("1095.00"), refunded=cny("95.00"), refund_unknown_orders=2, refund_unknown=cny("60.00"),
            ),
            CurrencyTotals(
                currency="USD", orders=2, placed=usd("70.00"), paid=usd("70.00"), refund_unknown_orders=1,
                refund_unknown=usd("7.00"),
            ),
        ),
        "by_status": dict.fromkeys((*STATUSES, "lent"), 2),
        "customers": CustomerCounts(
            known=11, buyers=10, repeat=4, merges=3,
            merged=(Merge("陈小美", ("account:taobao:mei_shop", "mei@example.com")),),
        ),
        "rfm": (
            RfmSection(currency="CNY", frame=rfm_frame(), left_out=1),
            RfmSection(currency="USD", frame=one_cell_each()),
        ),
        "spread": (spread(), spread("USD", customers=5)),
        "returns": returns(),
        "stages": stages(),
        "waiting": waiting(),
        "points": PointsSummary(issued=1000, redeemed=300, taken_back=95, lapsed=5, owed=610, members=9),
        "tickets": tuple(
            OpenTicket(
                id=f"t-{state}", subject="Call 13800000012", state=state, customer="Ada Byron",
                opened_at=AS_OF - timedelta(days=3, hours=1), assignee="mei" if state == "open" else None,
            )
            for state in STATES
        ),
        "problems": problems(),
        "sources": (Source(name="orders.csv", format="taobao-orders", orders=12), Source(name="lines.csv")),
        "batch": Batch(id="5f0c", new=9, changed=2, known=1, refused=2),
    }  # fmt: skip
    return ReportData(**{**values, **changes})


def bare(**changes: Any) -> ReportData:
    return ReportData(**{"shop": "Paper Lantern", "as_of": AS_OF, "generated_at": AS_OF, **changes})
