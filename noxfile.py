"""Every check of this project: `nox` runs them all, `nox -s quick` the fast ones, `nox -l` lists them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "imports", "types", "tests", "spark", "splink", "lowest", "docs", "examples", "wheel"]

ROOT = Path(__file__).parent
OLDEST = "3.11"
# Every test, but a quarter of the cases of those that have many, and less damage: depth is for one environment.
BRIEF = {"CRMKIT_TEST_PLACES": "25", "CRMKIT_TEST_SHARE": "4"}
PYTHONS = [OLDEST, "3.12", "3.13", "3.14"]
CODE = ["src", "tests", "examples", "benchmarks", "docs/examples_in_docstrings.py", "noxfile.py"]


@nox.session
def quick(session: nox.Session) -> None:
    """Format, lint, import contract, and the tests that need no database, in seconds."""
    session.install("-e", ".[dev]")
    session.run("ruff", "format", "--check", *CODE)
    session.run("ruff", "check", *CODE)
    session.run("lint-imports", "--no-logo", silent=True)
    session.run("python", "-m", "pytest", "-q", "-k", "not postgres and not mariadb", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Format and lint."""
    session.install(*needed("dev", "ruff"))
    session.run("ruff", "format", "--check", *CODE)
    session.run("ruff", "check", *CODE)


@nox.session
def imports(session: nox.Session) -> None:
    """The floors: who may import whom."""
    session.install("-e", ".", *needed("dev", "import-linter"))
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types in the package and in the examples, and the tests that ask the type checker."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("python", "-m", "pytest", "-q", "tests/tickets/test_types.py")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, on each Python that is here."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs, env=BRIEF)


@nox.session(python=OLDEST)
def lowest(session: nox.Session) -> None:
    """All tests with the oldest Python and the lowest version of everything that pyproject.toml names."""
    pins = Path(session.create_tmp()) / "lowest.txt"
    pins.write_text("\n".join(lowest_pins()) + "\n", encoding="utf-8")
    session.install("-c", str(pins), "-e", ".[docs,test]", *needed("dev", "import-linter"))
    session.run("python", "-m", "pytest", *session.posargs, env=BRIEF)
    session.run("lint-imports", silent=True)
    session.run("mkdocs", "build", "--strict", "--site-dir", session.create_tmp() + "/site")


@nox.session
def spark(session: nox.Session) -> None:
    """Segments on a local Spark, in one process: each start of it costs seconds. Needs Java 17 or newer."""
    session.install("-e", ".[test]", "pyspark>=4.0", "pandas<3")  # Spark gives frames of pandas 2
    tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "segmentation").glob("test_spark_*.py"))
    session.run("python", "-m", "pytest", "-n", "0", *tests, env={"CRMKIT_TEST_SPARK": "1"})


@nox.session
def splink(session: nox.Session) -> None:
    """Our linking model in Splink, over tens of thousands of pairs on DuckDB, and on Spark. Needs Java 17 or newer."""
    session.install("-e", ".[test]", "pyspark>=4.0", "pandas<3")  # Spark gives frames of pandas 2
    tests = ["tests/identity/test_splink_weights.py", "tests/identity/test_spark_splink.py"]
    session.run("python", "-m", "pytest", "-n", "0", *tests, env={"CRMKIT_TEST_SPARK": "1", "CRMKIT_TEST_SPLINK": "1"})


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, where every warning is an error."""
    session.install("-e", ".[docs,cli]")
    session.run("mkdocs", "build", "--strict", "--site-dir", session.create_tmp() + "/site")


@nox.session
def examples(session: nox.Session) -> None:
    """Every example, as somebody would run it: in a folder of its own, with the extra `cli` and pytest."""
    session.install("-e", ".[test]")
    for example in sorted((ROOT / "examples").glob("*.py")):
        with session.chdir(session.create_tmp()):
            if "def test_" in example.read_text(encoding="utf-8"):
                session.run("python", "-m", "pytest", "-q", "--rootdir", ".", str(example))
            else:
                session.run("python", "-W", "error", str(example))


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel: built, installed alone, imported; then `crmkit demo` from it, away from the checkout."""
    folder = Path(session.create_tmp()).resolve()
    for old in folder.glob("*.whl"):
        old.unlink()
    session.install("hatchling>=1.26")
    session.run("python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    built = next(folder.glob("*.whl"))
    session.install("--force-reinstall", str(built))
    with session.chdir(folder):
        session.run(
            "python", "-W", "error", "-c", "import crmkit.loyalty, crmkit.storage.sqlalchemy, crmkit.segmentation"
        )
        session.install(f"{built}[cli]")
        session.run("crmkit", "demo")
        session.run("crmkit", "formats", silent=True)


def project() -> dict[str, list[str]]:
    """Gives the requirements that pyproject.toml names, by extra; those of the package itself under ""."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def needed(extra: str, name: str) -> list[str]:
    """Gives the requirement `name` of an extra, so that no version is written twice."""
    return [line for line in project()[extra] if re.split(r"[^\w.-]", line)[0] == name]


def lowest_pins() -> list[str]:
    """Gives `name==version` for every lower bound in pyproject.toml.

    What checks types and style is left out: of those the newest release counts.
    """
    lines = {line for extra in project().values() for line in extra if not line.startswith("crmkit[")}
    bounds = [re.fullmatch(r"([\w.-]+)(?:\[.*\])?>=([\w.]+)", line) for line in sorted(lines)]
    if None in bounds:
        raise ValueError("Every requirement in pyproject.toml has the form name>=version.")
    checkers = ("mypy", "nox", "pandas-stubs", "ruff")
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound and bound[1] not in checkers]
