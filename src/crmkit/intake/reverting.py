"""Undoing a batch: orders, points and the identity map become what they were, as far as nobody else stands on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

import attrs

from crmkit.clock import Clock
from crmkit.events import Event
from crmkit.identity import Evidence, PersonsParted, Sighting, withdraw_many
from crmkit.ids import IdGenerator
from crmkit.intake.buyers import sighting_of
from crmkit.intake.model import Reversion
from crmkit.intake.ports import IntakeUnit, Progress
from crmkit.loyalty import Entry, Outcome, Programme, follow_many
from crmkit.loyalty import undo_many as undo_points
from crmkit.orders import OrderKey, Sinks, StoredOrder, Undoing, judged, undo_many
from crmkit.problems import Problem
from crmkit.unit import Store, in_unit

__all__ = ["Reverter"]

_CHUNK = 1000
_ANY_CURRENCY = "CNY"
"""Taking points back looks at no rule and no amount, so where there is no programme any currency will do."""


class Reverter:
    """Undoes one batch, 1,000 orders in a unit; what is undone already is not there any more to be undone again.

    Args:
        batch: Id of the batch.
        programme: How orders earn points, or None.
        clock: Tells when things are booked.
        ids: Generator of the ids of new records.
        sinks: Where goods and money are booked.
    """

    def __init__(
        self, batch: str, *, programme: Programme | None, clock: Clock, ids: IdGenerator, sinks: Sinks
    ) -> None:
        self._sinks = sinks
        self._batch = batch
        self._programme = programme
        self._clock = clock
        self._ids = ids

    def revert(self, store: Store[IntakeUnit], progress: Progress | None) -> Reversion:
        """Undoes what there is to undo.

        Raises:
            NotFoundError: There is no such batch.
        """
        with store.unit(read_only=True) as unit:
            total = sum(unit.batches.get(self._batch).counts.values())
        whole, after, done = Reversion(batch=self._batch), None, 0
        while True:
            chunk = in_unit(store, partial(self._one_chunk, after))
            if chunk.last is None:
                break
            whole, after, done = _sum(whole, chunk.reversion), chunk.last, done + chunk.orders
            if progress is not None:
                progress(done, max(done, total))
        in_unit(store, self._close)
        return whole

    def _one_chunk(self, after: OrderKey | None, unit: IntakeUnit) -> _Chunk:
        now = self._clock.now()
        images = unit.batches.images(self._batch, after, _CHUNK)
        if not images:
            return _Chunk(reversion=Reversion(batch=self._batch))
        found = judged(unit, images)
        free = [one for one in found if not one.reason]
        told: list[Event] = []
        left = _buyers_withdrawn(unit, free, now, told) if free else ()
        done = undo_many(unit, found, now=now)
        entries = self._points(unit, free, now) if free else []
        kinds = Counter("removed" if one.image.before is None else "restored" for one in free)
        self._count(unit, kinds)
        self._sinks.book(event for one in done for event in one.events)
        reversion = Reversion(
            batch=self._batch,
            removed=kinds["removed"],
            restored=kinds["restored"],
            points=sum(entry.points for entry in entries),
            short=sum(entry.short for entry in entries),
            parted=sum(len(event.parts) - 1 for event in told if isinstance(event, PersonsParted)),
            refused=tuple(_refusal(one) for one in found if one.reason),
            left=tuple(map(_left, left)),
        )
        return _Chunk(reversion=reversion, last=images[-1].key, orders=len(images))

    def _points(self, unit: IntakeUnit, free: Sequence[Undoing], now: datetime) -> list[Entry]:
        """Takes the ledger back to what the orders were, and books what they said then and is not booked."""
        programme = self._programme or Programme(currency=_ANY_CURRENCY)
        befores = [(one.key, one.image.before) for one in free]
        reason = f"batch {self._batch} undone"
        outcomes: tuple[Outcome, ...] = undo_points(unit, programme, befores, now=now, ids=self._ids, reason=reason)
        if self._programme is not None:
            restored = [
                (one.image.before, one.stored.customer)
                for one in free
                if one.image.before is not None and one.stored is not None
            ]
            outcomes += follow_many(unit, self._programme, restored, now=now, ids=self._ids)
        return [entry for outcome in outcomes for entry in outcome.entries]

    def _count(self, unit: IntakeUnit, kinds: Counter[str]) -> None:
        """Adds to the batch what this chunk undid, in the same unit, so that a killed run is never counted twice."""
        if kinds:
            found = unit.batches.get(self._batch)
            counts = {**found.counts, **{kind: found.counts.get(kind, 0) + number for kind, number in kinds.items()}}
            unit.batches.save(attrs.evolve(found, counts=counts))

    def _close(self, unit: IntakeUnit) -> None:
        found = unit.batches.get(self._batch)
        if found.status != "undone":
            unit.batches.save(attrs.evolve(found, status="undone"))


@attrs.frozen(kw_only=True, slots=True)
class _Chunk:
    reversion: Reversion
    last: OrderKey | None = None
    orders: int = 0


def _sum(whole: Reversion, more: Reversion) -> Reversion:
    names = ("removed", "restored", "points", "short", "parted", "refused", "left")
    return attrs.evolve(whole, **{name: getattr(whole, name) + getattr(more, name) for name in names})


def _buyers_withdrawn(
    unit: IntakeUnit, free: Sequence[Undoing], now: datetime, told: list[Event]
) -> tuple[Evidence, ...]:
    """Takes back what the batch said of the buyers; locks the components first, as taking orders in does."""
    undone = {one.key: one.stored for one in free if one.stored is not None}
    keys = {sighting.key for stored in undone.values() for sighting in _sightings(stored)}
    hood = unit.identities.neighbourhood(ids={stored.customer for stored in undone.values()}, keys=keys)
    id_of = {identity.key: identity.id for identity in hood.identities}
    others = [
        stored
        for stored in unit.orders.of_customers(identity.id for identity in hood.identities)
        if stored.key not in undone
    ]
    back = [
        attrs.evolve(one.stored, order=one.image.before)
        for one in free
        if one.stored is not None and one.image.before is not None
    ]
    weighed = unit.identity_models.adopted() is not None
    gone = _seen(undone.values(), id_of)
    kept = [*_seen(others, id_of), *_seen(back, id_of, weighed=weighed)]
    return withdraw_many(unit, hood, gone, kept, now=now, told=told)


def _seen(orders: Iterable[StoredOrder], id_of: dict[str, str], *, weighed: bool = False) -> list[tuple[str, Sighting]]:
    """What orders say of their buyers, for the identity that each came with and for the one that the buyer names."""
    return [
        (whose, sighting)
        for stored in orders
        for sighting in _sightings(stored, weighed=weighed)
        for whose in {stored.customer, id_of.get(sighting.key, stored.customer)}
    ]


def _sightings(stored: StoredOrder, *, weighed: bool = False) -> Iterable[Sighting]:
    """The sighting of an order; one that names no instant was seen when it came in, and whenever it changed."""
    moments = (stored.first_seen, stored.updated_at)
    return {sighting_of(stored.order, moment, weighed=weighed) for moment in moments}


def _refusal(one: Undoing) -> Problem:
    return Problem(source=str(one.key), code="changed_since", reason=one.reason, order=one.key.number)


def _left(item: Evidence) -> Problem:
    kind = item.identifier.kind
    reason = f"the customer keeps the {kind} that the batch told, because it was seen at other times as well"
    return Problem(source=item.identity, code="seen_elsewhere", reason=reason, column=kind, severity="warning")
