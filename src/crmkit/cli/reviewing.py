"""`crmkit identity review` and `explain`: which records may be one person, and why."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from crmkit import importers, report
from crmkit.cli.buyerless import CODE, with_buyers
from crmkit.cli.deciding import opened_store
from crmkit.cli.exits import DONE, WITH_PROBLEMS
from crmkit.cli.steps import Steps
from crmkit.cli.telling import summary, tell_problems
from crmkit.cli.words import without_password
from crmkit.clock import SystemClock
from crmkit.crm import Crm
from crmkit.errors import InputError
from crmkit.identity import Linked, LinkModel, ReviewCase, dedupe, review_cases
from crmkit.orders import Order, OrderKey, StoredOrder
from crmkit.problems import Problem
from crmkit.segmentation.labels import Language

if TYPE_CHECKING:
    from crmkit.storage.sqlalchemy import SqlAlchemyStore

__all__ = ["explain", "review"]

_PAGE = 1000
_SHOWN = 20
_COLUMNS = ("left", "right", "weight", "probability", "reason", "left_records", "right_records", "merged")


@attrs.frozen(kw_only=True)
class _Found:
    """What was linked and what could not be used; of a database the persons, vetoes and open reviews besides."""

    linked: Linked
    problems: tuple[Problem, ...] = ()
    person_of: dict[str, str] = attrs.field(factory=dict)
    vetoes: frozenset[frozenset[str]] = frozenset()
    reviews: tuple[tuple[str, str, str], ...] = ()


def review(
    steps: Steps, files: Sequence[Path], *, url: str | None, page: Path | None, target: Path | None, limit: int,
    show_values: bool, lang: Language, shop: str | None, format_name: str | None, zone: str | None,
) -> int:  # fmt: skip
    """Lists the pairs of persons that a human should look at; `page` shows them side by side, `target` is a CSV."""
    for path in (page, target):
        if path is not None and not path.absolute().parent.is_dir():
            raise InputError(f"There is no folder {path.parent} for {path.name}; make it, or give another place.")
    found = _found(steps, files, url, shop, format_name, zone, lang)
    cases = _cases(found, show_values=show_values)
    steps.say(str(found.linked.report))
    if page is not None:
        report.write_review(
            cases[:limit], page, generated_at=SystemClock().now(), lang=lang, total=len(cases),
            url=without_password(url or "sqlite:///crmkit.db"), is_masked=not show_values,
            kept={(left, right) for left, right, _ in found.reviews},
        )  # fmt: skip
        steps.say(f"{min(limit, len(cases)):,} of {len(cases):,} pairs on {page}")
    if target is not None:
        _write(cases, target)
        steps.say(f"{len(cases):,} pairs written to {target}")
    if page is None and target is None:
        _tell(steps, cases, lang)
    tell_problems(steps, found.problems, lang)
    return WITH_PROBLEMS if found.problems else DONE


def explain(
    steps: Steps, a: str, b: str, files: Sequence[Path], *, url: str | None, show_values: bool, lang: Language,
    shop: str | None, format_name: str | None, zone: str | None,
) -> int:  # fmt: skip
    """Tells why two orders are held to be one person's, or are not."""
    found = _found(steps, files, url, shop, format_name, zone, lang)
    tell_problems(steps, [one for one in found.problems if one.code == CODE], lang)
    told = found.linked.explain(a, b, show_values=show_values)
    for line in told.lines(lang):
        steps.say(line)
    for bar in told.bars:
        steps.say(f"  {bar.label(lang)}: {bar.left or '–'} | {bar.right or '–'}")
    if found.person_of:
        one, other = found.person_of[a], found.person_of[b]
        steps.say(f"In the database they are {f'one person: {one}' if one == other else f'two: {one}, {other}'}")
    return DONE


def _tell(steps: Steps, cases: Sequence[ReviewCase], lang: Language) -> None:
    for number, case in enumerate(cases[:_SHOWN], start=1):
        told = case.explanation
        steps.say(f"{number}. {told.left} – {told.right}: {told.verdict(lang)}")
    if len(cases) > _SHOWN:
        steps.say(f"… and {len(cases) - _SHOWN:,} more: --html PAGE shows them side by side, --to FILE.csv lists them")


def _found(
    steps: Steps, files: Sequence[Path], url: str | None, shop: str | None, format_name: str | None, zone: str | None,
    lang: Language,
) -> _Found:  # fmt: skip
    """The persons among the orders of files, or of a database."""
    if bool(files) == bool(url):
        raise InputError("Give order files, or --db URL for the orders of a database, one of the two.")
    if url is not None:
        with opened_store(url) as store:
            return _stored(steps, store, shop)
    with steps.bar("reading"):
        read = importers.read(*files, shop=shop, format=format_name, keep_raw=False, zone=zone)
    steps.say(summary(read, lang))
    orders, problems = with_buyers(read, lang)
    return _Found(linked=_linked(steps, orders), problems=problems)


def _linked(steps: Steps, orders: Sequence[Order], model: LinkModel | None = None) -> Linked:
    records = importers.record_frame(orders)
    with steps.bar("linking") as advance:
        return dedupe(
            records,
            columns={name: name for name in records.columns},
            model=model,
            progress=lambda step, done, all_steps: advance(done, all_steps),
        )


def _stored(steps: Steps, store: SqlAlchemyStore, shop: str | None) -> _Found:
    """The persons among the orders of a database, by the model that it has adopted, or else by one trained on them."""
    stored = [one for one in _pages(store) if shop is None or one.order.shop == shop]
    steps.say(f"{len(stored):,} orders in the database")
    customers = {one.customer for one in stored}
    with store.unit(read_only=True) as unit:
        persons = {identity.person for identity in unit.identities.find(ids=customers)}
        person = {identity.id: identity.person for identity in unit.identities.find(persons=persons)}
        said = unit.identity_decisions.touching(person)
    person_of = {str(one.order.key): person.get(one.customer, one.customer) for one in stored}
    registry = Crm(store).identity
    adoption = registry.adopted()
    waiting = registry.reviews() if adoption is not None else ()
    asked = [(*(key.removeprefix("order:") for key in one.records), one.reason) for one in waiting]
    return _Found(
        linked=_linked(steps, [one.order for one in stored], None if adoption is None else adoption.model),
        person_of=person_of,
        vetoes=frozenset(
            frozenset((person.get(one.a, one.a), person.get(one.b, one.b)))
            for one in said
            if one.kind == "veto" and one.holds
        ),
        reviews=tuple((a, b, reason) for a, b, reason in asked if a in person_of and b in person_of),
    )


def _pages(store: SqlAlchemyStore) -> Iterator[StoredOrder]:
    after: OrderKey | None = None
    while True:
        with store.unit(read_only=True) as unit:
            page = unit.orders.page(after, _PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].order.key


def _cases(found: _Found, *, show_values: bool) -> tuple[ReviewCase, ...]:
    """The cases that nobody has decided yet; of a database, the pairs that it has as two persons, each two once."""
    linked, person_of = found.linked, found.person_of
    if not person_of:
        return review_cases(linked, show_values=show_values)
    links = linked.pairs.sort_values("weight", ascending=False, na_position="first", kind="stable")
    rows = [*found.reviews, *links[["left", "right", "by"]].itertuples(index=False, name=None)]
    rows += linked.review[["left", "right", "reason"]].itertuples(index=False, name=None)
    asked: set[frozenset[str]] = set(found.vetoes)
    pairs: list[tuple[str, str, str]] = []
    for left, right, reason in rows:
        persons = frozenset((person_of[left], person_of[right]))
        if len(persons) == 2 and persons not in asked:
            asked.add(persons)
            pairs.append((left, right, reason))
    return review_cases(linked, pairs=pairs, persons=person_of, show_values=show_values)


def _write(cases: Sequence[ReviewCase], target: Path) -> None:
    """Writes the cases as CSV; a file that is cut short never appears."""
    partial = target.with_name(target.name + ".part")
    with partial.open("w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(_COLUMNS)
        for case in cases:
            told = case.explanation
            numbers = (f"{told.weight:.4f}", f"{told.probability:.6f}")
            sizes = (case.left.records, case.right.records)
            rows.writerow((told.left, told.right, *numbers, case.reason, *sizes, case.merged))
    os.replace(partial, target)
