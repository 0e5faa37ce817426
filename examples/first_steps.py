"""The main job in a dozen lines: marketplace files in, the best customers, a ticket and an apology in points out.

Run it anywhere: it works on invented files that ship with crmkit, in a folder of its own.
"""

import os
import tempfile
from datetime import UTC, datetime

from crmkit import Crm, importers, loyalty, segmentation, tickets
from crmkit.demo import copy_to


def main() -> None:
    crm = Crm.open("sqlite:///shop.db", programme=loyalty.Programme(earn=[loyalty.PerSpend(1, per="1 CNY")]))

    report = crm.take(importers.read("ExportOrderList202611232200.csv", "ExportOrderDetailList202611232200.csv"))
    print(report)

    rfm = segmentation.rfm(crm.order_frame(), as_of=datetime(2026, 11, 24, tzinfo=UTC))
    best = rfm[rfm["segment"] == "champions"]
    print(f"{len(best)} of {len(rfm)} customers are champions")

    ticket = crm.tickets.open(customer=best["customer"].iloc[0], subject="Parcel is late")
    ticket = crm.tickets.apply(ticket.id, tickets.Assign(to="mei"))
    crm.loyalty.award(ticket.customer, points=200, reason="sorry", key=f"ticket:{ticket.id}")
    print(f"The ticket is {ticket.state}; the customer has {crm.loyalty.balance(ticket.customer).available} points")
    crm.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        copy_to(folder)
        here = os.getcwd()
        os.chdir(folder)
        try:
            main()
        finally:
            os.chdir(here)
