"""What crmkit shows: the public names, their snapshot, and their reference pages.

python tests/house/surface.py     # after a change on purpose: rewrites the snapshot and the lists on the pages
"""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import crmkit

ROOT = Path(__file__).parents[2]
PACKAGE = Path(crmkit.__file__).parent
SNAPSHOT = Path(__file__).with_name("public_names.txt")
REFERENCE = ROOT / "docs" / "reference"
GROUND = ("errors", "garbage", "clock", "ids", "money", "problems", "identifiers", "events", "unit")


def public_names() -> dict[str, list[str]]:
    """Gives the public names by public module: `crmkit`, what lies directly in it, and what those list as theirs."""
    waiting = ["crmkit"]
    for package in ("crmkit", "crmkit.storage"):
        waiting += [f"{package}.{found.name}" for found in pkgutil.iter_modules(import_module(package).__path__)]
    names: dict[str, list[str]] = {}
    for module_name in waiting:
        module = import_module(module_name)
        listed = list(getattr(module, "__all__", ()))
        inner = {name for name in listed if isinstance(getattr(module, name), ModuleType)}
        waiting += [f"{module_name}.{name}" for name in inner if f"{module_name}.{name}" not in waiting]
        if listed:
            names[module_name] = sorted(set(listed) - inner)
    return dict(sorted(names.items()))


def flat(names: dict[str, list[str]]) -> list[str]:
    return [f"{module}.{name}" for module, listed in names.items() for name in listed]


def documented(value: object, module: str, name: str) -> bool:
    """Says whether a public name has a docstring; a constant has it below its assignment, where it is defined."""
    own = getattr(value, "__doc__", None)
    return (callable(value) and bool(own) and own != type(value).__doc__) or _below(module, name)


def _below(module: str, name: str) -> bool:
    home = find_spec(module)
    assert home is not None
    assert home.origin is not None
    origin = Path(home.origin)
    files = origin.parent.rglob("*.py") if origin.name == "__init__.py" else [origin]
    return any(name in documented_constants(file) for file in files)


def documented_constants(file: Path) -> set[str]:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    found: set[str] = set()
    for statement, below in pairwise(body):
        if not (isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)):
            continue
        if isinstance(statement, ast.Assign):
            found |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.add(statement.target.id)
    return found


def on_pages() -> dict[str, list[str]]:
    """Gives the names that the reference pages list, by module."""
    found: dict[str, list[str]] = {}
    for page in sorted(REFERENCE.glob("*.md")):
        for module, listed in blocks(page.read_text(encoding="utf-8")):
            found[module] = sorted({*found.get(module, []), *listed})
    return dict(sorted(found.items()))


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    for block in re.split(r"^::: ", text, flags=re.MULTILINE)[1:]:
        yield block.split()[0], re.findall(r"^ {8}- (\S+)$", block, flags=re.MULTILINE)


def block(module: str, listed: list[str]) -> str:
    members = "".join(f"        - {name}\n" for name in listed if name != "__version__")
    return f"::: {module}\n    options:\n      members:\n{members}"


def page_of(module: str) -> Path:
    short = module.removeprefix("crmkit.")
    return REFERENCE / ("ground.md" if short in GROUND else f"{short}.md")


def rewrite() -> None:
    """Writes the snapshot and the member lists; keeps what a person wrote above the first list of a page."""
    names = public_names()
    SNAPSHOT.write_text("\n".join(flat(names)) + "\n", encoding="utf-8")
    pages: dict[Path, list[str]] = {}
    for module, listed in names.items():
        pages.setdefault(page_of(module), []).append(block(module, listed))
    for page, parts in pages.items():
        title = "The ground" if page.stem == "ground" else "crmkit" if page.stem == "crmkit" else f"crmkit.{page.stem}"
        old = page.read_text(encoding="utf-8") if page.exists() else f"# {title}\n\n"
        page.write_text(re.split(r"^::: ", old, flags=re.MULTILINE)[0] + "\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
