"""What a type checker says: which stores a ticket desk takes, and which it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api", reason="the type tests need mypy (extra `dev`)")

HEAD = """
from pathlib import Path
from typing import assert_type
from sqlalchemy.orm import Session
from crmkit import tickets
from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.tickets import TicketDesk, TicketRepository, TicketsUnit
from crmkit.unit import OutboxUnit, Store, Unit
from ticket_files import TicketFiles
"""

GOOD = """
def all_of_them(session: Session, folder: Path) -> list[Store[TicketsUnit]]:
    return [MemoryStore(), SqlAlchemyStore("sqlite://"), SqlAlchemyStore.joining(session), TicketFiles(folder)]

def opened(store: Store[TicketsUnit]) -> None:
    desk = TicketDesk(store)
    ticket = desk.open(customer="c", subject="s", tags=["late"])
    assert_type(desk.apply(ticket.id, tickets.Assign(to="mei"), by="mei"), tickets.Ticket)
    assert_type(desk.history(ticket.id), tuple[tickets.AuditRecord, ...])
    assert_type(ticket.customer, str)
    desk.apply(ticket.id, tickets.Retag(add="late", remove=["vip"]), by=tickets.Actor("c", permissions=[]))
    desk.apply(ticket.id, tickets.Do("escalate", says={"level": 2}))
    tickets.MachineSpec(name="n", initial="a", states=[tickets.State("a", "terminal")], transitions=[], events="x")
    tickets.Transition("a", "note", "a", guards="is_assigned", effects=["retag"])
    with store.unit() as unit:
        assert_type(unit, TicketsUnit)
        assert_type(unit.tickets, TicketRepository)
"""

BAD = """
TicketDesk(TicketFiles(Path("x"))).apply("t-1", "close")
refused: Store[OutboxUnit] = TicketFiles(Path("x"))
tickets.Assign(to=None)
def writes(unit: TicketsUnit, other: TicketRepository) -> None:
    unit.tickets = other
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("typed")
    (folder / "good.py").write_text(HEAD + GOOD)
    (folder / "bad.py").write_text(HEAD + BAD)
    root = Path(__file__).parents[2]
    options = ["--strict", "--cache-dir", str(root / ".mypy_cache"), "--config-file", str(root / "pyproject.toml")]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MYPYPATH", f"{root / 'examples'}:{root / 'src'}")
        report, errors, _ = api.run([*options, str(folder / "good.py"), str(folder / "bad.py")])
    assert errors == ""
    return [line for line in report.splitlines() if ": error:" in line]


def test_every_store_of_ours_and_the_hosts_own_are_stores_of_tickets(checked):
    assert [line for line in checked if "good.py" in line] == []


def test_what_is_no_command_no_store_and_no_property_to_set_is_refused(checked):
    codes = [line.rsplit("[", 1)[1].rstrip("]") for line in checked if "bad.py" in line]
    assert codes == ["arg-type", "assignment", "arg-type", "misc"]
