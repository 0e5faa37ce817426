"""Every Python example on a page runs, in a folder that holds the invented shop files."""

from __future__ import annotations

import shutil
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from crmkit import Crm, demo
from crmkit.importers import registry
from crmkit.storage.sqlalchemy import SqlAlchemyStore

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SYBIL = Sybil(parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE), SkipParser()])


@pytest.fixture
def shop_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped files, also under the shorter names that pages use."""
    for path in demo.copy_to(tmp_path):
        shorter = path.name.replace("202611232200", "202611").replace("_1.csv", ".csv")
        shutil.copyfile(path, tmp_path / shorter)
    monkeypatch.chdir(tmp_path)
    # A page may register a format; the next page and the other tests know nothing of it.
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run(page: Path, shop_folder: Path) -> None:
    document = SYBIL.parse(page)
    try:
        for example in document.examples():
            example.evaluate()
    finally:
        for value in document.namespace.values():
            if isinstance(value, Crm | SqlAlchemyStore):
                value.close()


def test_pages_are_found() -> None:
    assert len(PAGES) > 10
