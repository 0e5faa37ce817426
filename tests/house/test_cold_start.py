"""Importing crmkit is cheap: counts are held here, milliseconds are only told by the benchmarks."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"pandas", "numpy", "sqlalchemy", "narwhals", "pyarrow", "polars", "altair", "phonenumbers", "click", "rich"}
CHEAP = ["", ".loyalty", ".tickets", ".identity", ".segmentation", ".importers", ".orders", ".intake", ".demo"]
CHEAP += [".segments"]
MOST = 60
# A module for each question of segments; three kinds of files (tables, JSON, bills), none of a platform; segments of a
# store know orders and persons.
MOST_BY_PART = {".importers": 90, ".segmentation": 110, ".segments": 80}


def loaded_by(module: str) -> set[str]:
    """Gives the names of all modules that a fresh interpreter loads for `import module`."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("part", CHEAP)
def test_a_cold_import_loads_nothing_heavy(part: str) -> None:
    loaded = loaded_by(f"crmkit{part}")
    assert f"crmkit{part}" in loaded
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()


@pytest.mark.parametrize("part", CHEAP)
def test_a_cold_import_loads_few_modules_of_our_own(part: str) -> None:
    own = {name for name in loaded_by(f"crmkit{part}") if name.split(".")[0] == "crmkit"}
    assert len(own) < MOST_BY_PART.get(part, MOST), sorted(own)
