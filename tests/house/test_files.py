"""What no file of this project is called, and what none of them says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMELESS = {"utils", "helpers", "common", "misc", "base", "core", "manager"}
# Put together here, so that this file does not say them itself.
MACHINE_PATHS = ["/" + name + "/" for name in ("work", "opt", "root", "home", "Users")]
REGISTRY_HOSTS = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com"]


def files() -> list[Path]:
    """Gives the files that belong to the project, as git sees them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return [path for folder in ("src", "tests", "docs", "examples") for path in (ROOT / folder).rglob("*.*")]
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return path.read_bytes().decode("gb18030", "ignore")


def test_every_file_knows_its_job() -> None:
    assert [str(path) for path in files() if path.suffix == ".py" and path.stem.strip("_") in NAMELESS] == []


@pytest.mark.parametrize("words", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine paths", "registry hosts"])
def test_no_file_names_a_place_that_others_do_not_have(words: list[str]) -> None:
    found = [(str(path.relative_to(ROOT)), word) for path in files() for word in words if word in text_of(path)]
    assert found == []


def test_every_test_folder_is_found_by_pytest() -> None:
    lonely = [path for path in (ROOT / "tests").rglob("*.py") if "def test_" in text_of(path)]
    assert lonely
    assert [str(path) for path in lonely if not path.name.startswith("test_")] == []
