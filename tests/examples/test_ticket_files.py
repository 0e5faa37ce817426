"""The host's own store of examples/ticket_files.py keeps the laws, and two processes lose no write."""

from __future__ import annotations

import importlib.util
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from crmkit import tickets
from crmkit.testing import TicketsContract

pytest.importorskip("fcntl", reason="the example locks a file in the POSIX way")
EXAMPLE = Path(__file__).parents[2] / "examples" / "ticket_files.py"
_spec = importlib.util.spec_from_file_location("ticket_files", EXAMPLE)
assert _spec is not None
assert _spec.loader is not None
ticket_files = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ticket_files)


class TestTicketFiles(TicketsContract):
    @pytest.fixture
    def make_store(self, tmp_path):
        numbers = itertools.count()
        return lambda: ticket_files.TicketFiles(tmp_path / f"shop{next(numbers)}")


def test_it_inherits_nothing_from_crmkit():
    for cls in (ticket_files.TicketFiles, ticket_files.FilesUnit, ticket_files.FiledTickets):
        assert cls.__bases__ == (object,)


def test_two_processes_lose_no_write(tmp_path):
    desk = ticket_files.ticket_desk(tmp_path)
    ticket = desk.open(customer="c", subject="s")
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import ticket_files as t\n"
        "from crmkit import tickets\n"
        "desk = t.ticket_desk(Path(sys.argv[2]))\n"
        "for n in range(20): desk.apply(sys.argv[3], tickets.Retag(add=[f'{sys.argv[4]}-{n}']))\n"
    )
    arguments = [sys.executable, "-c", program, str(EXAMPLE.parent), str(tmp_path), ticket.id]
    running = [subprocess.Popen([*arguments, name]) for name in ("a", "b")]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert len(desk.get(ticket.id).tags) == 40
    assert tickets.replay(desk.history(ticket.id)) == desk.get(ticket.id)


def test_a_torn_write_leaves_the_old_file(tmp_path, monkeypatch):
    desk = ticket_files.ticket_desk(tmp_path)
    ticket = desk.open(customer="c", subject="s")

    def crash(document, file, **_):
        file.write("{")
        raise OSError("disk full")

    monkeypatch.setattr(json, "dump", crash)
    with pytest.raises(OSError, match="disk full"):
        desk.apply(ticket.id, tickets.Assign(to="mei"))
    monkeypatch.undo()
    assert desk.get(ticket.id) == ticket
    assert desk.apply(ticket.id, tickets.Assign(to="mei")).assignee == "mei"


def test_a_relay_gets_each_event_and_keeps_what_it_fails_on(tmp_path):
    store = ticket_files.TicketFiles(tmp_path)
    desk = tickets.TicketDesk(store)
    desk.open(customer="c", subject="s")
    desk.open(customer="c", subject="s")
    got = []

    def relay(entry):
        if len(got) == 1:
            raise ConnectionError("relay is down")
        got.append(entry["key"])

    with pytest.raises(ConnectionError):
        store.drain(relay)
    assert store.drain(lambda entry: got.append(entry["key"])) == 1
    assert len(set(got)) == 2
    assert store.drain(got.append) == 0
