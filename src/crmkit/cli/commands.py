"""The commands. Each one parses its words, calls the library, and tells what happened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from crmkit import __version__
from crmkit.cli.exits import CANNOT, DONE
from crmkit.cli.refusing import refusal
from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.cli.words import parse_date
from crmkit.errors import CrmkitError

__all__ = ["cli"]

F = TypeVar("F", bound=Callable[..., Any])


def _reports_errors(command: F) -> F:
    """Turns an error of crmkit, and a file that cannot be opened, into one line on stderr and exit code 2."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        lang = options.get("lang", "en")
        try:
            code = command(*args, **options)
        except BrokenPipeError:
            # Whoever read the lines has gone (`| head`): there is nobody to tell, at the end of the process either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(CANNOT)
        except (CrmkitError, OSError) as error:
            click.echo(f"crmkit: {refusal(error, lang)}", err=True)
            sys.exit(CANNOT)
        except KeyboardInterrupt:
            click.echo(f"crmkit: {told(lang, 'stopped')}", err=True)
            sys.exit(CANNOT)
        sys.exit(code)

    return run  # type: ignore[return-value]  # the same signature, as wraps says


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="crmkit")
def cli() -> None:
    """Marketplace files in, known customers, points and a report out.

    Exit codes: 0 done, 1 done with problems (they are listed), 2 cannot.
    """


FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
LANG = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
SHOP = click.option("--shop", default=None, help="Shop that the files belong to, where they do not say.")
FORMAT = click.option("--format", "format_name", default=None, help="Name of the format, where it is not recognised.")


@cli.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to write to."
)
@LANG
@_reports_errors
def demo(folder: Path, lang: Any) -> int:
    """Shows the main job on invented Taobao and Shopify files; writes crmkit-report.html."""
    from crmkit.cli.demo import show

    return show(Steps(), folder, lang)


@cli.command()
@FILES
@click.option("--db", "url", default="sqlite:///crmkit.db", show_default=True, help="Database to keep everything in.")
@click.option(
    "--report", "page", type=click.Path(path_type=Path), default=Path("crmkit-report.html"), show_default=True
)
@click.option(
    "--as-of",
    "as_of",
    default=None,
    callback=parse_date,
    help="Last day that the report looks at, YYYY-MM-DD; default now.",
)
@click.option(
    "--zone",
    default=None,
    help="Time zone of the shop: of the report's day (else Asia/Shanghai), and of files that tell days only.",
)
@click.option(
    "--points",
    "per",
    default="auto",
    show_default=True,
    help="Amount that earns one point, such as '1 CNY'; 'auto': one unit of the currency of most orders; 'none'.",
)
@click.option("--keep-raw", is_flag=True, help="Keep all cells of the files with the orders; they hold personal data.")
@SHOP
@FORMAT
@LANG
@_reports_errors
def run(files: tuple[Path, ...], **options: Any) -> int:
    """Reads FILES, takes them into the database, and writes the report. Run twice, it says that nothing is new."""
    from crmkit.cli.job import run_files

    return run_files(Steps(), files, **options)


@cli.command()
@FILES
@click.option("--to", "target", type=click.Path(path_type=Path), default=None, help="Write to .csv or .jsonl.")
@SHOP
@FORMAT
@click.option("--zone", default=None, help="Time zone of the shop, for files that tell days and no zone.")
@click.option("--strict", is_flag=True, help="Leave out orders whose lines or money do not add up.")
@click.option("--explain", is_flag=True, help="Tell why each file is read as it is: format, columns, words, rows.")
@LANG
@_reports_errors
def read(files: tuple[Path, ...], **options: Any) -> int:
    """Reads FILES into orders, without a store; prints a summary and every problem, or writes the orders with --to."""
    from crmkit.cli.reading import read_files

    return read_files(Steps(), files, **options)


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--by", type=click.Choice(["rfm", "eight", "stages"]), default=None, help="Kind of segments; else rfm.")
@click.option("--rule", "rule_file", type=click.Path(path_type=Path), default=None, help="Saved rule (JSON), instead.")
@click.option(
    "--as-of", "as_of", default=None, callback=parse_date, help="Last day that is looked at, YYYY-MM-DD; default now."
)
@click.option("--zone", default=None, help="Time zone of the shop, in which days are counted; default Asia/Shanghai.")
@click.option("--currency", default=None, help="Currency whose orders count, where there are several.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), default=None, help="Write who belongs to which segment to .csv."
)
@click.option("--db", "url", default=None, help="Look at the orders in this database instead of files.")
@LANG
@SHOP
@FORMAT
@_reports_errors
def segment(files: tuple[Path, ...], **options: Any) -> int:
    """Prints which segments the customers of FILES, or of a database, fall into: how many, and what they spent."""
    from crmkit.cli.segmenting import segment_files

    return segment_files(Steps(), files, **options)


@cli.command()
@click.argument("name", required=False)
@_reports_errors
def formats(name: str | None) -> int:
    """Lists the formats that are understood (name, family, title), or tells all of the one that is NAMEd."""
    from crmkit.cli.reading import list_formats

    return list_formats(Steps(), name)


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
@_reports_errors
def template(target: Path) -> int:
    """Writes the crmkit template (.csv or .xlsx): one row a line, with an example row."""
    from crmkit import importers

    importers.write_template(target)
    Steps().say(f"{target} written: fill it in, then `crmkit read {target}`.")
    return DONE


@cli.group()
def identity() -> None:
    """Shows who may be one person and why; keeps what you decide about it."""


ZONE = click.option("--zone", default=None, help="Time zone of the shop, for files that tell days and no zone.")
VALUES = click.option("--show-values", is_flag=True, help="Show names, numbers and addresses as they are, not masked.")
SOME_FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
STORED = click.option("--db", "url", default=None, help="Look at the orders in this database instead of files.")


@identity.command()
@SOME_FILES
@STORED
@click.option("--html", "page", type=click.Path(path_type=Path), default=None, help="Write a page of the pairs here.")
@click.option("--to", "target", type=click.Path(path_type=Path), default=None, help="Write the list of pairs to .csv.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="Pairs on the page, at most.")
@VALUES
@LANG
@SHOP
@FORMAT
@ZONE
@_reports_errors
def review(files: tuple[Path, ...], **options: Any) -> int:
    """Lists the pairs of persons in FILES, or in a database, that a human should look at."""
    from crmkit.cli.reviewing import review as look

    return look(Steps(), files, **options)


@identity.command()
@click.argument("a")
@click.argument("b")
@SOME_FILES
@STORED
@VALUES
@LANG
@SHOP
@FORMAT
@ZONE
@_reports_errors
def explain(a: str, b: str, files: tuple[Path, ...], **options: Any) -> int:
    """Tells why the orders A and B (platform/shop/number) are held to be one person's, or are not."""
    from crmkit.cli.reviewing import explain as tell

    return tell(Steps(), a, b, files, **options)


DATABASE = click.option("--db", "url", default="sqlite:///crmkit.db", show_default=True, help="The database.")
BY = click.option("--by", required=True, help="Who decides.")
REASON = click.option("--reason", required=True, help="Why.")


@identity.command()
@click.argument("a")
@click.argument("b")
@DATABASE
@BY
@REASON
@click.option("--key", default=None, help="Key of the decision: the same key twice is one decision.")
@_reports_errors
def merge(a: str, b: str, **options: Any) -> int:
    """Decides that A and B are one person; each is a customer's id or key, or an order (platform/shop/number)."""
    from crmkit.cli.deciding import merge as decide

    return decide(Steps(), a, b, **options)


@identity.command()
@click.argument("a")
@click.argument("b")
@DATABASE
@BY
@REASON
@_reports_errors
def reject(a: str, b: str, **options: Any) -> int:
    """Decides that A and B of an open review are two people; the database must have adopted a linking model."""
    from crmkit.cli.deciding import reject as decide

    return decide(Steps(), a, b, **options)


@identity.command()
@click.argument("decision")
@DATABASE
@BY
@REASON
@_reports_errors
def unmerge(decision: str, **options: Any) -> int:
    """Takes exactly one DECISION back, a merge or a veto; the map is as if it had never been made."""
    from crmkit.cli.deciding import unmerge as withdraw

    return withdraw(Steps(), decision, **options)


@cli.group()
def db() -> None:
    """Looks after the tables in the database."""


@db.command()
@click.option("--db", "url", default="sqlite:///crmkit.db", show_default=True)
@_reports_errors
def upgrade(url: str) -> int:
    """Brings the tables to the layout of this version; does nothing where they are there already."""
    from crmkit.storage.sqlalchemy import SqlAlchemyStore

    store = SqlAlchemyStore(url)
    try:
        Steps().say(f"The tables have layout {store.upgrade_schema()}.")
    finally:
        store.close()
    return DONE
