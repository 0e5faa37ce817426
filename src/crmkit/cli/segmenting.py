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
from crmkit.cli.buyerless import with_buyers
from crmkit.cli.exits import DONE, WITH_PROBLEMS
from crmkit.cli.persons import orders_by_person
from crmkit.cli.refusing import Refusal
from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.cli.telling import summary, tell_problems
from crmkit.cli.words import end_of, tell_future, zone_named
from crmkit.clock import SystemClock
from crmkit.errors import CurrencyMismatch
from crmkit.problems import Problem
from crmkit.segmentation import EIGHT, Grid, Ladder, Report, Rule, label, to_csv
from crmkit.segmentation.labels import Language
from crmkit.segments import Question, question_of
from crmkit.segments.answering import answered, in_one_currency

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["segment_files"]

_ZONE = "Asia/Shanghai"
_TOLD_ALREADY = frozenset({"nothing_seen", "float_ids"})
"""Remarks on the frame that a sentence of its own tells, or that the frames of commands never deserve."""

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
    _refuse_contradictions(files, url, by, rule_file, target, lang)
    shop_zone = zone_named(zone or _ZONE)
    now = SystemClock().now().astimezone(shop_zone)
    until = end_of(as_of, shop_zone) if as_of else now
    asked: Any = Rule.load(rule_file.read_bytes()) if rule_file else by or "rfm"
    question = question_of(asked, as_of=until, zone=shop_zone, currency=currency.upper() if currency else None)
    tell_future(steps, until, now, lang)
    orders, problems = _orders(steps, files, url, shop, format_name, zone, lang)
    answer = _answer(orders, question, until, lang)
    if len(orders) or not problems:  # where no file names a buyer, the problems alone say what there is to say
        _tell(steps, answer)
    if target is not None:
        _write(steps, answer, target)
    seen = [
        attrs.evolve(one, source=told(lang, "frame")) for one in answer.report.problems if one.code not in _TOLD_ALREADY
    ]
    tell_problems(steps, (*problems, *seen), lang)
    return WITH_PROBLEMS if problems or any(one.severity == "error" for one in seen) else DONE


def _answer(orders: pd.DataFrame, question: Question, as_of: datetime, lang: Language) -> _Answer:
    try:
        question = in_one_currency(orders, question, as_of=as_of)
    except CurrencyMismatch as error:
        fact = error.reason.partition(". ")[0]
        fact = fact.partition(": ")[2].replace(" orders)", "笔)") if lang == "zh" else fact
        raise Refusal(told(lang, "one_currency", fact=fact)) from None
    report = Report()
    found, customers = answered(orders, question, as_of=as_of, report=report)
    return _Answer(question=question, as_of=as_of, found=found, customers=customers, report=report, lang=lang)


def _refuse_contradictions(
    files: Sequence[Path], url: str | None, by: Any, rule_file: Path | None, target: Path | None, lang: Language
) -> None:
    if bool(files) == bool(url):
        raise Refusal(told(lang, "files_or_db"))
    if by and rule_file:
        raise Refusal(told(lang, "rule_alone"))
    if target is not None and target.suffix != ".csv":
        raise Refusal(told(lang, "no_list_suffix", path=target))
    if target is not None and not target.absolute().parent.is_dir():
        what = {"path": target.parent, "what": told(lang, "the_list"), "option": "--to"}
        raise Refusal(told(lang, "no_folder_for", **what))


def _orders(
    steps: Steps, files: Sequence[Path], url: str | None, shop: str | None, format_name: str | None, zone: str | None,
    lang: Language,
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:  # fmt: skip
    if url is not None:
        return _stored_orders(url, shop, lang), ()
    with steps.bar("reading"):
        report = importers.read(*files, shop=shop, format=format_name, keep_raw=False, zone=zone)
    steps.say(summary(report, lang))
    whole, problems = with_buyers(report, lang)
    return orders_by_person(whole), problems


def _stored_orders(url: str, shop: str | None, lang: Language) -> pd.DataFrame:
    """The orders of a store that is there: to look is never a reason to make one."""
    from crmkit.storage.sqlalchemy import SqlAlchemyStore

    store = SqlAlchemyStore(url)
    try:
        file = store.engine.url.database
        if store.engine.dialect.name == "sqlite" and not (file and Path(file).exists()):
            raise Refusal(told(lang, "no_database", path=file or told(lang, "in_memory"), url=url))
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
