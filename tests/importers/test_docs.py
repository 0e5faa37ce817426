"""The page about importers lists what the code has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from crmkit import importers
from crmkit.importers import registry, standard

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "importers.md").read_text(encoding="utf-8")


def test_every_problem_code_is_in_the_docs() -> None:
    section = PAGE.split("## Problem codes")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == list(importers.PROBLEM_CODES)


def test_every_code_that_is_used_is_known() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(importers.__file__).parent.glob("*.py"))
    used = set(re.findall(r'(?:CellFlaw|_Refused|\.say|\.problem)\(\s*"(\w+)"', source))
    assert used - {"bad_email", "bad_phone"} <= set(importers.PROBLEM_CODES)
    assert len(used) > 10


def test_every_format_is_in_the_docs() -> None:
    page = (DOCS / "formats" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w.]+)` \|", page, re.M)
    assert sorted(listed) == sorted(registry._built_in())  # an example may have registered more
    linked = set(re.findall(r"\((\w[\w-]*\.md)\)", page))
    assert linked == {path.name for path in (DOCS / "formats").glob("*.md")} - {"index.md"}


def test_importing_the_importers_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'numpy', 'sqlalchemy', 'narwhals', 'phonenumbers', 'python_calamine'}"
    code = f"import sys; import crmkit.importers; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_field_of_a_mapped_table_is_in_the_docs() -> None:
    section = PAGE.split("**Any other table.**")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == [*standard.FIELDS, *standard.LINE_FIELDS]
