"""The intake: planning writes nothing, applying works in chunks, and the same call again finishes or does nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import attrs

from crmkit.clock import Clock, SystemClock
from crmkit.errors import NotFoundError
from crmkit.events import Event
from crmkit.garbage import collector_paused
from crmkit.identity import resolve_many
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.intake.buyers import (
    guests_made_known,
    new_persons,
    owners_of,
    sightings_of,
    strangers_among,
    tells_buyer,
)
from crmkit.intake.known import confirm, parted_by, states_of
from crmkit.intake.model import Plan, PlannedOrder, Reversion, Taken, batch_of
from crmkit.intake.ports import IntakeUnit, Progress, Report
from crmkit.intake.reverting import Reverter
from crmkit.loyalty import Programme, follow_many
from crmkit.loyalty.settling import unsettled
from crmkit.orders import (
    DEFAULT_FLOW,
    Batch,
    Change,
    Order,
    OrderFlow,
    OrderKey,
    Sinks,
    apply_many,
    plan_many,
)
from crmkit.problems import Problem
from crmkit.unit import Store, in_unit

__all__ = ["OrderIntake"]

_CHUNK = 1000


class OrderIntake:
    """Takes reports of orders into a store: finds who bought, writes what changed, books the points.

    Everything of one chunk of 1,000 orders is one unit: killed anywhere, the same call again finishes the work, and
    orders that the store knows already cost no writing.

    Args:
        store: Where orders, identities and points are kept.
        programme: How orders earn points; None books none.
        flow: The moves that orders may make.
        clock: Tells when things are booked.
        ids: Generator of the ids of new records.
        sinks: Where goods and money are booked.
    """

    def __init__(
        self,
        store: Store[IntakeUnit],
        *,
        programme: Programme | None = None,
        flow: OrderFlow = DEFAULT_FLOW,
        clock: Clock | None = None,
        ids: IdGenerator | None = None,
        sinks: Sinks | None = None,
    ) -> None:
        self._store = store
        self._sinks = sinks or Sinks()
        self._programme = programme
        self._flow = flow
        self._clock = clock or SystemClock()
        self._ids = ids or UlidGenerator(self._clock)

    def plan(self, report: Report | Iterable[Order]) -> Plan:
        """Returns what taking the report in would do; nothing is written."""
        orders, problems, sources = _contents(report)
        planned: list[PlannedOrder] = []
        for chunk in _chunks(orders):
            with self._store.unit(read_only=True) as unit:
                chunk, states = states_of(unit, chunk)
                incoming = [(order, "") for order in chunk]
                changes = plan_many(unit, incoming, flow=self._flow, now=self._clock.now())
                strangers = strangers_among(unit, chunk, owners_of(unit, chunk, states))
            planned += [
                _planned(order, change, strangers.get(order.key)) for order, change in zip(chunk, changes, strict=True)
            ]
        return Plan(batch=batch_of(orders), orders=tuple(planned), problems=problems, sources=sources)

    def apply(self, plan: Plan, *, progress: Progress | None = None) -> Taken:
        """Does what the plan says, against what is stored now; twice is the same as once."""
        orders = [planned.order for planned in plan.orders]
        return self._take(orders, plan.problems, plan.sources, plan.batch, progress)

    def take(self, report: Report | Iterable[Order], *, progress: Progress | None = None) -> Taken:
        """Plans and applies in one go."""
        orders, problems, sources = _contents(report)
        return self._take(orders, problems, sources, batch_of(orders), progress)

    def revert(self, batch: str, *, progress: Progress | None = None) -> Reversion:
        """Undoes exactly one batch; see `crmkit.Crm.revert`."""
        reverter = Reverter(batch, programme=self._programme, clock=self._clock, ids=self._ids, sinks=self._sinks)
        return reverter.revert(self._store, progress)

    def _take(
        self,
        orders: Sequence[Order],
        problems: tuple[Problem, ...],
        sources: Mapping[str, str],
        batch: str,
        progress: Progress | None,
    ) -> Taken:
        tally = _Tally()
        done = 0
        for chunk in _chunks(orders):
            with collector_paused():
                tally.add(in_unit(self._store, partial(self._one_chunk, chunk, batch, sources)))
            done += len(chunk)
            if progress is not None:
                progress(done, len(orders))
        if orders:
            in_unit(self._store, partial(_close, batch))
        return tally.taken(batch, problems)

    def _one_chunk(self, chunk: Sequence[Order], batch: str, sources: Mapping[str, str], unit: IntakeUnit) -> _Chunk:
        now = self._clock.now()
        chunk, states = states_of(unit, chunk)
        known, fresh = parted_by(states, chunk)
        confirm(unit, states, known)
        told: list[Event] = []
        changes: tuple[Change, ...] = ()
        strangers: Mapping[OrderKey, Problem] = {}
        merges = 0
        if fresh:
            owners = owners_of(unit, fresh, states)
            strangers = strangers_among(unit, fresh, owners)
            fresh = [order for order in fresh if order.key not in strangers]
            seen = [order for order in fresh if tells_buyer(order, states)]
            sightings = sightings_of(unit, seen, states, flow=self._flow, now=now)
            sightings += guests_made_known(seen, owners, now)
            resolved = resolve_many(unit, sightings, now=now, ids=self._ids, told=told)
            arrived = {answer.identity for answer in resolved if answer.is_new}
            merges = len(arrived) - new_persons(told, arrived)
            identity_of = {order.key: answer.identity for order, answer in zip(seen, resolved, strict=False)}
            incoming = [(order, identity_of.get(order.key, "")) for order in fresh]
            changes = apply_many(unit, incoming, flow=self._flow, now=now, batch=batch)
            _count(unit, batch, changes, sources, now)
        taken = [change for change in changes if change.kind != "refused"]
        came = [(order, states[order.key].customer) for order in known]
        points, unbooked = self._book(unit, [*came, *((one.order, one.customer) for one in taken)], now)
        refused = [_refusal(change) for change in changes if change.kind == "refused"]
        self._sinks.book(event for change in changes for event in change.events)
        customers = {*(customer for _, customer in came), *(change.customer for change in taken)}
        return _Chunk(
            kinds=Counter([change.kind for change in changes] + ["known"] * len(known) + ["refused"] * len(strangers)),
            persons=frozenset(identity.person for identity in unit.identities.find(ids=customers)),
            merges=merges,
            points=points,
            problems=(*strangers.values(), *refused, *unbooked),
        )

    def _book(self, unit: IntakeUnit, orders: Sequence[tuple[Order, str]], now: datetime) -> tuple[int, list[Problem]]:
        """Brings the ledger to what the orders say; known ones too, for what could not be booked when they came in."""
        if self._programme is None:
            return 0, []
        whole = unsettled(unit, [(order, customer) for order, customer in orders if not order.lines_only])
        outcomes = follow_many(unit, self._programme, whole, now=now, ids=self._ids)
        points = sum(entry.points for outcome in outcomes for entry in outcome.entries)
        return points, [outcome.problem for outcome in outcomes if outcome.problem is not None]


@attrs.frozen(kw_only=True, slots=True)
class _Chunk:
    kinds: Counter[str]
    persons: frozenset[str]
    merges: int
    points: int
    problems: tuple[Problem, ...]


class _Tally:
    """Adds up what the chunks did."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self._persons: set[str] = set()
        self._merges = 0
        self._points = 0
        self._problems: list[Problem] = []

    def add(self, chunk: _Chunk) -> None:
        self.kinds += chunk.kinds
        self._persons |= chunk.persons
        self._merges += chunk.merges
        self._points += chunk.points
        self._problems += chunk.problems

    def taken(self, batch: str, problems: tuple[Problem, ...]) -> Taken:
        return Taken(
            batch=batch,
            new=self.kinds["new"],
            changed=self.kinds["changed"],
            known=self.kinds["known"],
            refused=self.kinds["refused"],
            customers=len(self._persons),
            merges=self._merges,
            points=self._points,
            problems=(*problems, *_summed_up(self._problems)),
        )


def _summed_up(problems: Sequence[Problem]) -> Iterator[Problem]:
    """One line for all orders of which nobody says whether money went back: many sources never do."""
    silent = [problem for problem in problems if problem.code == "refund_unknown"]
    yield from (problem for problem in problems if problem.code != "refund_unknown")
    if len(silent) < 2:
        yield from silent
    else:
        reason = f"{len(silent):,} orders, {silent[0].source} the first: {silent[0].reason}"
        yield attrs.evolve(silent[0], reason=reason, value="", order="")


def _contents(
    report: Report | Iterable[Order],
) -> tuple[Sequence[Order], tuple[Problem, ...], Mapping[str, str]]:
    if isinstance(report, Iterable):
        return tuple(report), (), {}
    return report.orders, report.problems, report.formats


def _chunks(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    for start in range(0, len(orders), _CHUNK):
        yield orders[start : start + _CHUNK]


def _refusal(change: Change) -> Problem:
    return Problem(source=str(change.order.key), code="refused_order", reason=change.reason, order=change.order.number)


def _planned(order: Order, change: Change, stranger: Problem | None) -> PlannedOrder:
    if stranger is not None and change.kind == "changed":
        return PlannedOrder(order=order, kind="refused", reason=stranger.reason)
    steps = tuple(event.name for event in change.events)
    return PlannedOrder(order=order, kind=change.kind, reason=change.reason, steps=steps)


def _count(unit: IntakeUnit, batch: str, changes: Sequence[Change], sources: Mapping[str, str], now: datetime) -> None:
    """Adds to the batch what this chunk wrote, in the same unit, so that a killed run is never counted twice."""
    written = Counter(change.kind for change in changes if change.kind in ("new", "changed"))
    if not written:
        return
    try:
        found = unit.batches.get(batch)
        if found.status == "undone":  # the same orders again after an undoing: it begins anew
            found = attrs.evolve(found, at=now, sources=sources, counts={})
    except NotFoundError:
        found = Batch(id=batch, at=now, sources=sources)
    counts = {kind: found.counts.get(kind, 0) + written[kind] for kind in ("new", "changed")}
    unit.batches.save(attrs.evolve(found, status="open", counts=counts))


def _close(batch: str, unit: IntakeUnit) -> None:
    try:
        found = unit.batches.get(batch)
    except NotFoundError:  # everything was known: there is nothing to undo
        return
    if found.status == "open":
        unit.batches.save(attrs.evolve(found, status="done"))
