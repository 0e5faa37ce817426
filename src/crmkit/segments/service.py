"""The segment book: asks the store who belongs to which segment, and keeps the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

import attrs

from crmkit.analytics.frames import order_frame
from crmkit.clock import Clock, SystemClock, require_aware
from crmkit.errors import InputError, NotFoundError
from crmkit.segments.comparing import changed
from crmkit.segments.events import events_of
from crmkit.segments.model import MEMBER, Changes, Snapshot, SnapshotInfo
from crmkit.segments.ports import RuleAsker, SegmentBookUnit
from crmkit.segments.questions import By, Question, question_of
from crmkit.segments.texts import require_text
from crmkit.unit import Store, in_unit

if TYPE_CHECKING:
    from crmkit.segmentation import Cuts, Thresholds

__all__ = ["SegmentBook"]

_PAGE = 20_000
_CHUNK = 1000
_JUST_AFTER = timedelta(microseconds=1)


class SegmentBook:
    """Says who belongs to which segment of a store's customers, keeps the answers, and tells who entered and left.

    Args:
        store: Where orders, persons and snapshots are kept.
        clock: Gives the instants at which snapshots are made.
        ask_rule: Asks saved rules in the database; without it, rules are asked of a frame of the orders.

    Example:
        >>> from datetime import UTC
        >>> from crmkit.storage.memory import MemoryStore
        >>> from crmkit.testing import FixedClock
        >>> book = SegmentBook(MemoryStore(), clock=FixedClock())
        >>> weekly = book.take("weekly", as_of=datetime(2026, 11, 24, tzinfo=UTC))
        >>> weekly.counts, book.latest("weekly") == weekly
        ({}, True)
    """

    def __init__(
        self, store: Store[SegmentBookUnit], *, clock: Clock | None = None, ask_rule: RuleAsker | None = None
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._ask_rule = ask_rule

    def take(
        self,
        name: str = "",
        *,
        as_of: datetime,
        by: By = "rfm",
        currency: str | None = None,
        zone: str | tzinfo | None = None,
        since: datetime | None = None,
        cuts: Cuts | None = None,
        thresholds: Thresholds | None = None,
    ) -> Snapshot:
        """Returns who belongs to which segment, and keeps it where it is given a name.

        The same name, moment and question is one snapshot: the second call gives back the kept one, whatever has come
        in since. A snapshot that follows one of the same name and question tells who entered and left (see
        `SnapshotTaken`, `SegmentEntered`, `SegmentLeft`); one of an earlier moment than the newest tells nobody.

        Args:
            name: What the shop calls it; empty for an answer that is not kept.
            as_of: The moment of the answer, excluded; aware.
            by: "rfm" (eleven segments), "eight", "stages", a `Grid`, an `Eight`, a `Ladder` or a saved `Rule`.
            currency: Code of the currency whose orders count; needed where there are several.
            zone: The shop's zone, in which days are counted; without it the zone of `as_of`.
            since: Start of what is seen, included; None for everything before `as_of`.
            cuts: Fixed cut-offs, so that a customer's score does not move because others did.
            thresholds: Days after which a customer is at risk, dormant, lost; else 30, 90, 180.

        Raises:
            InputError: A naive moment, one to come for a snapshot that is kept, or arguments that do not fit.
            CurrencyMismatch: The orders are in several currencies, and none is named.
            RuleError: A field of the rule is not known of customers.
        """
        as_of, now = _plain(require_aware(as_of, "as_of")), self._clock.now()
        question = question_of(
            by, as_of=as_of, currency=currency, zone=zone, since=since, cuts=cuts, thresholds=thresholds
        )
        if not name:
            return self._answer(question, "", as_of, now)
        require_text("the name", name, longest=128)
        if as_of > now:
            raise InputError(
                f"A snapshot for {as_of.isoformat()} is kept once that moment has come; it is {now.isoformat()}."
            )
        kept = self._kept(name, question, as_of)
        return kept if kept is not None else self._keep(self._answer(question, name, as_of, now))

    def get(self, id_: str) -> Snapshot:
        """Returns a kept snapshot.

        Raises:
            NotFoundError: There is no such snapshot.
        """
        with self._store.unit(read_only=True) as unit:
            return _whole(unit, unit.snapshots.get(id_))

    def latest(self, name: str) -> Snapshot:
        """Returns the snapshot of a name with the newest `as_of`.

        Raises:
            NotFoundError: There is none of this name.
        """
        with self._store.unit(read_only=True) as unit:
            for info in unit.snapshots.page(name, limit=1):
                return _whole(unit, info)
        raise NotFoundError("snapshot with the name", name)

    def history(
        self, name: str | None = None, *, before: datetime | None = None, limit: int = 100
    ) -> tuple[SnapshotInfo, ...]:
        """Returns what snapshots there are, the newest `as_of` first, without their members.

        Args:
            name: Those of this name; None for all.
            before: Those whose `as_of` is earlier; aware.
            limit: The most that are returned.
        """
        if before is not None:
            require_aware(before, "before")
        with self._store.unit(read_only=True) as unit:
            return unit.snapshots.page(name, before=before, limit=limit)

    def changes(self, after: Snapshot, before: Snapshot | None = None) -> Changes:
        """Returns who entered and left which segment between two snapshots, told of the persons of today.

        Args:
            after: The later one.
            before: The earlier one, of the same question; without it, the one before `after` of its name and question.

        Raises:
            NotFoundError: There is none before it.
            InputError: They answer different questions, or `before` is not earlier.
        """
        with self._store.unit(read_only=True) as unit:
            if before is None:
                found = unit.snapshots.page(after.name, before=after.as_of, digest=after.info.digest, limit=1)
                if not found:
                    raise NotFoundError("snapshot before", after.id)
                before = _whole(unit, found[0])
            people = {customer for one in (before, after) for customer, _ in one.members}
            return changed(before, after, _person_of(unit, people))

    def remove(self, id_: str) -> None:
        """Removes a snapshot for good; what it told stays told.

        Raises:
            NotFoundError: There is no such snapshot.
        """

        def work(unit: SegmentBookUnit) -> None:
            unit.snapshots.remove(id_)

        in_unit(self._store, work)

    def _answer(self, question: Question, name: str, as_of: datetime, now: datetime) -> Snapshot:
        from crmkit.segmentation import Rule
        from crmkit.segments.answering import FACTS, answered, in_one_currency

        facts = {"name": name, "as_of": as_of, "made_at": now}
        asker, rule, currency = self._ask_rule, question.by, question.currency
        if asker is not None and currency and isinstance(rule, Rule) and FACTS.issuperset(rule.fields):
            engine, customers, ids = asker(
                rule, as_of=as_of, currency=currency, zone=question.zone, since=question.since
            )
            members = [(customer, MEMBER) for customer in ids]
        else:
            orders = order_frame(self._store)
            question = in_one_currency(orders, question, as_of=as_of)
            found, customers = answered(orders, question, as_of=as_of)
            engine, members = "pandas", list(zip(found["customer"], found["segment"], strict=True))
        asked = {"digest": question.digest, "question": question.document, "engine": engine}
        return Snapshot.of(members, customers=customers, **asked, **facts)

    def _kept(self, name: str, question: Question, as_of: datetime) -> Snapshot | None:
        """Returns the snapshot of this name, moment and question; a question without a currency fits the one found."""
        with self._store.unit(read_only=True) as unit:
            for info in unit.snapshots.page(name, before=as_of + _JUST_AFTER, limit=_CHUNK):
                if info.as_of != as_of:
                    return None
                currency = question.currency or info.question.get("currency")
                if info.digest == attrs.evolve(question, currency=currency).digest:
                    return _whole(unit, info)
        return None

    def _keep(self, snapshot: Snapshot) -> Snapshot:
        """Writes a snapshot with its events in one unit; gives back the one that another writer has kept meanwhile."""

        def work(unit: SegmentBookUnit) -> Snapshot:
            unit.snapshots.claim(snapshot.name)
            try:
                return _whole(unit, unit.snapshots.get(snapshot.id))
            except NotFoundError:
                newest = unit.snapshots.page(snapshot.name, digest=snapshot.info.digest, limit=1)
                unit.snapshots.put(snapshot.info, snapshot.members)
                unit.emit(events_of(snapshot.info, _changes_since(unit, newest, snapshot)))
                return snapshot

        return in_unit(self._store, work)


def _changes_since(unit: SegmentBookUnit, newest: tuple[SnapshotInfo, ...], snapshot: Snapshot) -> Changes | None:
    """Returns what is to be told of customers: nothing of the first snapshot, nor of one that does not go forward."""
    if not newest or newest[0].as_of >= snapshot.as_of:
        return None
    before = _whole(unit, newest[0])
    persons = {customer for customer, _ in snapshot.members}
    gone = {customer for customer, _ in before.members} - persons
    return changed(before, snapshot, _person_of(unit, gone))


def _whole(unit: SegmentBookUnit, info: SnapshotInfo) -> Snapshot:
    return Snapshot(info, tuple(member for page in _pages(unit, info.id) for member in page))


def _pages(unit: SegmentBookUnit, id_: str) -> Iterator[tuple[tuple[str, str], ...]]:
    after: str | None = None
    while page := unit.snapshots.members(id_, after=after, limit=_PAGE):
        yield page
        after = page[-1][0]
        if len(page) < _PAGE:
            return


def _person_of(unit: SegmentBookUnit, customers: set[str]) -> dict[str, str]:
    return {identity.id: identity.person for identity in unit.identities.find(ids=sorted(customers))}


def _plain(moment: datetime) -> datetime:
    """A pandas Timestamp counts nanoseconds, which no store keeps; a datetime with microseconds is left."""
    return datetime.combine(moment.date(), moment.timetz())
