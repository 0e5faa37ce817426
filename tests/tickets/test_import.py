"""Importing the tickets is cheap, and the pages say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from crmkit import tickets
from crmkit.tickets import DEFAULT

ROOT = Path(__file__).parents[2]


def loaded_by(program: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_import_loads_nothing_but_the_door():
    loaded = {name for name in loaded_by("import crmkit.tickets") if name.startswith("crmkit") or name == "attrs"}
    assert loaded == {"crmkit", "crmkit.tickets"}


def test_the_first_use_loads_the_ground_and_nothing_heavy():
    loaded = loaded_by("from crmkit.tickets import TicketDesk")
    assert loaded.isdisjoint({"pandas", "numpy", "sqlalchemy", "narwhals", "phonenumbers", "pytest"})
    features = {name.split(".")[1] for name in loaded if name.startswith("crmkit.")}
    assert features <= {"tickets", "errors", "ids", "clock", "money", "events", "unit"}


def test_every_public_name_is_at_home_where_the_door_says():
    assert set(tickets._HOMES) == set(tickets.__all__) == set(dir(tickets))
    assert list(tickets.__all__) == sorted(tickets.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    for name in tickets.__all__:
        assert getattr(tickets, name) is getattr(import_module(tickets._HOMES[name]), name)
    with pytest.raises(AttributeError, match="nothing_such"):
        tickets.nothing_such  # noqa: B018  # the look-up itself is what is tested


@pytest.mark.skipif(not (ROOT / "docs").exists(), reason="the pages are not part of what is installed")
def test_the_page_shows_the_diagram_of_the_default_table():
    page = (ROOT / "docs" / "tickets.md").read_text("utf-8")
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert diagram == DEFAULT.to_mermaid()
