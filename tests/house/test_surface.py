"""What is public is listed, documented, and on a reference page; a change of it shows in the snapshot."""

from __future__ import annotations

from importlib import import_module

import pytest
from house import surface

NAMES = surface.public_names()
AGAIN = "if it is on purpose, run `python tests/house/surface.py`"


def test_the_snapshot_shows_every_change() -> None:
    told = surface.SNAPSHOT.read_text(encoding="utf-8").split()
    assert surface.flat(NAMES) == told, f"The public names changed; {AGAIN}."


@pytest.mark.parametrize("module", NAMES)
def test_every_public_name_is_on_a_reference_page(module: str) -> None:
    expected = [name for name in NAMES[module] if name != "__version__"]
    assert surface.on_pages().get(module, []) == expected, f"docs/reference lists other names; {AGAIN}."


def test_the_pages_list_no_module_that_is_gone() -> None:
    assert set(surface.on_pages()) <= set(NAMES)


@pytest.mark.parametrize("module", NAMES)
def test_every_public_name_says_what_it_is(module: str) -> None:
    values = {name: getattr(import_module(module), name) for name in NAMES[module] if name != "__version__"}
    silent = [name for name, value in values.items() if not surface.documented(value, module, name)]
    assert silent == [], f"These names of {module} have no docstring."


@pytest.mark.parametrize("module", NAMES)
def test_a_module_lists_its_names_once(module: str) -> None:
    listed = import_module(module).__all__
    assert sorted(set(listed)) == sorted(listed)
