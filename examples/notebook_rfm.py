"""An analyst with a frame and no database: which customers are champions, and who is about to be lost?

Run it with `python examples/notebook_rfm.py`; in a notebook, each part is a cell.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd

from crmkit import segmentation

SHANGHAI = ZoneInfo("Asia/Shanghai")


def orders() -> pd.DataFrame:
    """Makes ten invented customers: the n-th bought n times, the last time (11 - n) * 12 days ago."""
    end = datetime(2026, 11, 24, tzinfo=SHANGHAI)
    rows = [
        {
            "customer": f"customer-{number:02}",
            "moment": end - pd.Timedelta(days=(11 - number) * 12 + 9 * purchase),
            "amount": Decimal("19.90") * (number + purchase),
            "currency": "CNY",
        }
        for number in range(1, 11)
        for purchase in range(number)
    ]
    return pd.DataFrame(rows)


def main() -> None:
    # One row an order. Days are those of Shanghai, because that is the zone of as_of.
    report = segmentation.Report()
    rfm = segmentation.rfm(orders(), as_of=datetime(2026, 11, 24, tzinfo=SHANGHAI), report=report)
    print(report)
    print(rfm.to_string(index=False))

    best = rfm[rfm["segment"] == "champions"]
    print("Champions:", ", ".join(best["customer"]))

    # The same customers by the Chinese standard of eight segments, with its own names.
    eight = segmentation.rfm(orders(), as_of=datetime(2026, 11, 24, tzinfo=SHANGHAI), segments="eight")
    for segment, customers in eight.groupby("segment")["customer"].count().items():
        print(segmentation.label(str(segment), "zh"), customers)

    # Fixed cut-offs: a customer's score does not move because others did.
    cuts = segmentation.Cuts(recency=(7, 30, 90, 180), frequency=(2, 3, 5, 10))
    fixed = segmentation.rfm(orders(), as_of=datetime(2026, 11, 24, tzinfo=SHANGHAI), method=cuts)
    print(fixed["segment"].value_counts().sort_index().to_string())


if __name__ == "__main__":
    main()
