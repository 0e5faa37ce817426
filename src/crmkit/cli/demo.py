"""`crmkit demo`: the main job on the invented files that ship with crmkit."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from crmkit import tickets
from crmkit.cli.exits import DONE
from crmkit.cli.job import run_files
from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.crm import Crm
from crmkit.demo import AS_OF, files
from crmkit.segmentation.labels import Language

__all__ = ["show"]


def show(steps: Steps, folder: Path, lang: Language) -> int:
    """Runs the job on the invented files into a new database in `folder`, and writes the report there."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "crmkit-demo.db"
    for old in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        old.unlink(missing_ok=True)
    steps.say(told(lang, "demo"))
    run_files(
        steps,
        files(),
        url=f"sqlite:///{database}",
        page=folder / "crmkit-report.html",
        as_of=AS_OF,
        zone="Asia/Shanghai",
        per="1 CNY",
        shop=None,
        format_name=None,
        lang=lang,
        meanwhile=partial(_complain, lang=lang),
    )
    steps.say("")
    steps.say(told(lang, "own_files"))
    return DONE


def _complain(steps: Steps, crm: Crm, *, lang: Language) -> None:
    """Lets the customer who has waited longest for a parcel complain, and says sorry in points."""
    frame = crm.order_frame()
    waiting = frame[(frame["status"] == "shipped") & (frame["platform"] == "taobao")].sort_values("moment")
    customer, order = waiting["customer"].iloc[0], waiting["order"].iloc[0]
    ticket = crm.tickets.open(customer=customer, subject="Parcel is late", order=order, key=f"late:{order}")
    crm.tickets.apply(ticket.id, tickets.Assign(to="mei"), key=f"assign:{order}")
    crm.loyalty.award(customer, points=200, reason="sorry", key=f"ticket:{ticket.id}")
    balance = crm.loyalty.balance(customer).available
    steps.say(told(lang, "complaint", order=order, balance=balance))
