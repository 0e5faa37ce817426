"""`crmkit segment`: who the best customers are, from files without a store, or from the orders of one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from crmkit import importers
from crmkit.analytics import order_frame
from crmkit.cli.exits import DONE, WITH_PROBLEMS
from crmkit.cli.persons import orders_by_person
from crmkit.cli.reading import tell_problems
from crmkit.cli.steps import Steps
from crmkit.cli.words import end_of, zone_named
from crmkit.clock import SystemClock
from crmkit.errors import CurrencyMismatch, InputError
from crmkit.problems import Problem
from crmkit.segmentation import EIGHT, Grid, Ladder, Report, Rule, label, to_csv
from crmkit.segmentation.labels import Language
from crmkit.segments import Question, question_of
from crmkit.segments.answering import answered, in_one_currency

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["segment_files"]

_ZONE = "Asia/Shanghai"
_COLUMNS = ("customer", "recency", "frequency", "monetary")
_HEADINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Segment", "Customers", "Share", "Revenue"),
    "zh": ("客户分层", "客户数", "占比", "消费金额"),
}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "all": "All",
        "inside": "In the rule",
        "head": "{customers:,} customers who bought before {as_of}; {left_out:,} without a purchase",
        "nobody": "Nobody bought before {as_of}.",
        "nobody_in": "Nobody bought in {currency} before {as_of}.",
        "written": "{rows:,} customers written to {path}",
    },
    "zh": {
        "all": "合计",
        "inside": "符合规则",
        "head": "{as_of} 之前有购买的客户 {customers:,} 位；未购买的 {left_out:,} 位",
        "nobody": "{as_of} 之前没有客户购买。",
        "nobody_in": "{as_of} 之前没有客户以 {currency} 购买。",
        "written": "已将 {rows:,} 位客户写入 {path}",
    },
}


@attrs.frozen(kw_only=True)
class _Answer:
    """What was asked, and what was found."""

    question: Question
    as_of: datetime
    found: pd.DataFrame
    customers: int
    report: Report
    lang: Language

    @property
    def rule(self) -> Rule | None:
        by = self.question.by
        return by if isinstance(by, Rule) else None

    def says(self, word: str, **values: Any) -> str:
        moment = f"{self.as_of:%Y-%m-%d %H:%M} {self.question.zone}"
        return _WORDS[self.lang][word].format(as_of=moment, currency=self.question.currency, **values)


def segment_files(
    steps: Steps,
    files: Sequence[Path],
    *,
    url: str | None,
    by: Any,
    rule_file: Path | None,
    as_of: date | None,
    zone: str | None,
    currency: str | None,
    target: Path | None,
    lang: Language,
    shop: str | None,
    format_name: str | None,
) -> int:
    """Prints a table of the segments, and writes who belongs to which with `target`.

    Raises:
        InputError: Words that contradict each other, or orders in several currencies.
    """
    _refuse_contradictions(files, url, by, rule_file, target)
    shop_zone = zone_named(zone or _ZONE)
    until = end_of(as_of, shop_zone) if as_of else SystemClock().now().astimezone(shop_zone)
    asked: Any = Rule.load(rule_file.read_bytes()) if rule_file else by or "rfm"
    question = question_of(asked, as_of=until, zone=shop_zone, currency=currency.upper() if currency else None)
    orders, problems = _orders(steps, files, url, shop, format_name, zone)
    answer = _answer(orders, question, until, lang)
    _tell(steps, answer)
    if target is not None:
        _write(steps, answer, target)
    tell_problems(steps, problems)
    return WITH_PROBLEMS if problems else DONE


def _answer(orders: pd.DataFrame, question: Question, as_of: datetime, lang: Language) -> _Answer:
    try:
        question = in_one_currency(orders, question, as_of=as_of)
    except CurrencyMismatch as error:
        fact = error.reason.partition(". ")[0]
        raise InputError(f"{fact}: give one of them with --currency.") from None
    report = Report()
    found, customers = answered(orders, question, as_of=as_of, report=report)
    return _Answer(question=question, as_of=as_of, found=found, customers=customers, report=report, lang=lang)


def _refuse_contradictions(
    files: Sequence[Path], url: str | None, by: Any, rule_file: Path | None, target: Path | None
) -> None:
    if bool(files) == bool(url):
        raise InputError(
            "Give order files, or --db URL for the orders of a store, one of the two; "
            "`crmkit run FILES --db URL` takes files into a store."
        )
    if by and rule_file:
        raise InputError("--rule says who belongs to it by itself: leave --by out.")
    if target is not None and target.suffix != ".csv":
        raise InputError(f"{target} should end in .csv: this can be written.")
    if target is not None and not target.absolute().parent.is_dir():
        raise InputError(f"There is no folder {target.parent} for the list; make it, or give another --to.")


def _orders(
    steps: Steps, files: Sequence[Path], url: str | None, shop: str | None, format_name: str | None, zone: str | None
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    if url is not None:
        return _stored_orders(url, shop), ()
    with steps.bar("reading"):
        report = importers.read(*files, shop=shop, format=format_name, keep_raw=False, zone=zone)
    steps.say(str(report))
    return orders_by_person(report.orders), report.problems


def _stored_orders(url: str, shop: str | None) -> pd.DataFrame:
    """The orders of a store that is there: to look is never a reason to make one."""
    from crmkit.storage.sqlalchemy import SqlAlchemyStore

    store = SqlAlchemyStore(url)
    try:
        file = store.engine.url.database
        if store.engine.dialect.name == "sqlite" and not (file and Path(file).exists()):
            raise InputError(f"There is no database {file or 'in memory'}; `crmkit run FILES --db {url}` makes one.")
        orders = order_frame(store)
    finally:
        store.close()
    return orders if shop is None else orders[orders["shop"] == shop]


def _tell(steps: Steps, answer: _Answer) -> None:
    if answer.rule is not None:
        steps.say(answer.rule.in_words(answer.lang))
    if not answer.customers:
        steps.say(answer.says("nobody" if answer.question.currency is None else "nobody_in"))
        return
    steps.say(answer.says("head", customers=answer.customers, left_out=answer.report.left_out))
    for line in _aligned([_HEADINGS[answer.lang], *_rows(answer)]):
        steps.say(line)


def _rows(answer: _Answer) -> Iterator[tuple[str, ...]]:
    """Yields a row for each segment that has members, in the order that its makers think of, and one for all."""
    found, by, lang = answer.found, answer.question.by, answer.lang
    if answer.rule is not None:
        yield _row(answer, answer.says("inside"), found)
        return
    for code in by.names if isinstance(by, Grid) else by.stages if isinstance(by, Ladder) else EIGHT.values():
        part = found[found["segment"] == code]
        if len(part):
            yield _row(answer, by.label(code, lang) if isinstance(by, Ladder) else label(code, lang), part)
    yield _row(answer, answer.says("all"), found)


def _row(answer: _Answer, name: str, part: pd.DataFrame) -> tuple[str, ...]:
    share = Decimal(len(part) * 100) / answer.customers
    money = sum(part["monetary"], Decimal())
    return name, f"{len(part):,}", f"{share:.1f}%", f"{money:,} {answer.question.currency}"


def _aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields the lines of a table, the first column to the left and the others to the right."""
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    for name, *others in table:
        cells = [name + " " * (widths[0] - _width(name))]
        cells += [" " * (width - _width(cell)) + cell for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """How many columns a terminal shows a text in: two for each Chinese sign."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _write(steps: Steps, answer: _Answer, target: Path) -> None:
    by = answer.question.by
    more = ["stage"] if isinstance(by, Ladder) else [] if answer.rule is not None else ["r", "f", "m", "segment"]
    manifest = to_csv(
        answer.found[[*_COLUMNS, *more]],
        target,
        labels=answer.lang,
        rule=answer.rule,
        as_of=answer.as_of,
        parameters=answer.question.document,
        report=answer.report,
    )
    steps.say(answer.says("written", rows=manifest.rows, path=target))
