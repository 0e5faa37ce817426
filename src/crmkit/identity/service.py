"""The identity registry: who somebody is, and what people decide about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.clock import Clock
from crmkit.errors import InputError
from crmkit.identifiers import Identifier
from crmkit.identity.linking_values import Adoption, Preview
from crmkit.identity.model import Decision, Neighbourhood, Person, Sighting
from crmkit.identity.ports import IdentityUnit
from crmkit.identity.reader import IdentityReader, around, person_in
from crmkit.identity.refusals import MergeVetoed
from crmkit.identity.resolution import resolve_many, settle
from crmkit.identity.verdicts import decided_on, review_of
from crmkit.identity.vetoes import checked_groups, is_between, pairs_apart, veto_between
from crmkit.ids import IdGenerator, UlidGenerator
from crmkit.unit import Store, in_unit

if TYPE_CHECKING:
    from crmkit.identity.adopting import Told
    from crmkit.identity.contacts import Contact
    from crmkit.identity.matching.model_document import LinkModel

__all__ = ["IdentityRegistry"]

_CHUNK = 500


class IdentityRegistry(IdentityReader):
    """Answers who somebody is, and keeps what people decide about it; it reads as `IdentityReader` does.

    Every person's id is an identity's id, and stays valid for ever.

    Args:
        store: Where the map is kept.
        clock: Gives the instants of decisions and events.
        ids: Generator of ids.
        model: The linking model that `preview` and `adopt` take if none is given; by itself it changes nothing.

    Example:
        >>> from datetime import UTC, datetime
        >>> from crmkit.storage.memory import MemoryStore
        >>> registry = IdentityRegistry(MemoryStore())
        >>> at = datetime(2026, 11, 1, tzinfo=UTC)
        >>> mei = registry.resolve([Identifier("account", "mei_shop", scope="taobao")], at=at)
        >>> mail = registry.resolve([Identifier("email", "mei@example.com")], at=at)
        >>> decision = registry.merge(mei.id, mail.id, by="lin", reason="told us on the phone", key="call-17")
        >>> registry.person(mail.id) == registry.person(mei.id)
        True
        >>> _ = registry.unmerge(decision.id, by="lin", reason="it was her sister")
        >>> registry.person(mail.id) == mail
        True
    """

    def __init__(
        self,
        store: Store[IdentityUnit],
        *,
        clock: Clock | None = None,
        ids: IdGenerator | None = None,
        model: LinkModel | None = None,
    ) -> None:
        super().__init__(store, clock=clock)
        self._ids = ids or UlidGenerator()
        self._model = model

    def resolve(
        self, identifiers: Sequence[Identifier] = (), *, at: datetime, record: str = "", contact: Contact | None = None
    ) -> Person:
        """Finds or makes the person of one sighting; the same call again changes nothing.

        Args:
            identifiers: What the buyer can be recognised by; of a contact alone, what it tells in full is taken.
            at: When the source saw it, aware.
            record: The record's own key, for guests and for contacts.
            contact: What can be compared with other records; once a model is adopted, it decides.

        Raises:
            InputError: Neither an owning identifier nor a record, or a contact without a record.
        """
        from crmkit.identity.taking import sighting_of

        if contact is not None and record and not identifiers:
            sighting = sighting_of(record, at, contact)
        else:
            sighting = Sighting(tuple(identifiers), at, record=record, contact=contact)
        now = self._clock.now()

        def work(unit: IdentityUnit) -> Person:
            (found,) = resolve_many(unit, [sighting], now=now, ids=self._ids)
            return person_in(unit, found.identity)

        return in_unit(self._store, work)

    def take(self, frame: Any, *, columns: Mapping[str, str], chunk: int = _CHUNK, progress: Told | None = None) -> Any:
        """Takes the records of a frame in, and returns whose each one is: the same again changes nothing.

        Args:
            frame: One row per record, of any kind that Narwhals reads; never changed.
            columns: The fields of `crmkit.identity.dedupe` to the frame's columns, `record_id` and `seen_at` too.
            chunk: How many records one unit takes; of a call that was killed, the same call finishes the rest.
            progress: Is told how many records are done.

        Returns:
            A frame of the same kind with `record_id, identity, person`, in the order of the rows.

        Raises:
            InputError: A missing column, an unknown field, a row without id or instant, or an id that comes twice.
        """
        from crmkit.identity.matching.tables import new_frame
        from crmkit.identity.taking import chunks_of, sightings_of

        sightings, now = sightings_of(frame, columns), self._clock.now()
        owners: list[str] = []
        for part in chunks_of(sightings, chunk):
            found = in_unit(self._store, partial(resolve_many, sightings=part, now=now, ids=self._ids))
            owners += [answer.identity for answer in found]
            if progress is not None:
                progress(len(owners))
        with self._store.unit(read_only=True) as unit:
            person = {identity.id: identity.person for identity in unit.identities.find(ids=owners)}
        taken = {"record_id": [each.record for each in sightings], "identity": owners}
        return new_frame({**taken, "person": [person[owner] for owner in owners]}, frame)

    def preview(self, model: LinkModel | None = None, *, limit: int = 20) -> Preview:
        """Returns what adopting a model would do; nothing is written.

        Args:
            model: The model; None takes the registry's own.
            limit: How many groups of persons, and how many persons, are named.

        Raises:
            PolicyError: Arriving records cannot be decided by it.
            InputError: There is no model.
        """
        from crmkit.identity.adopting import fit_for_arrivals, preview

        return preview(self._linking, fit_for_arrivals(model or self._model, untrained=True), limit=limit)

    def adopt(
        self, model: LinkModel | None = None, *, untrained: bool = False, progress: Told | None = None
    ) -> Adoption:
        """Puts a linking model into force: all records are judged by it, those kept and those that arrive.

        Done in chunks; of a call that was killed, the same call finishes the rest. The same again changes nothing.

        Args:
            model: The model; None takes the registry's own.
            untrained: Adopt it though no pair told what some of its levels are worth.
            progress: Is told how many identities are done.

        Raises:
            PolicyError: Arriving records cannot be decided by it.
            InputError: There is no model.
        """
        from crmkit.identity.adopting import adopt, fit_for_arrivals

        chosen = fit_for_arrivals(model or self._model, untrained=untrained)
        return adopt(self._linking, chosen, now=self._clock.now(), progress=progress)

    def confirm(self, review: str, *, by: str, reason: str = "") -> Decision:
        """Decides that the two of a review are one person; the same again is one decision.

        Raises:
            NotFoundError: There is no such review.
            MergeVetoed: Somebody has decided that they are different people.
        """
        return self._judged(review, "merge", by, reason)

    def reject(self, review: str, *, by: str, reason: str = "") -> Decision:
        """Decides that the two of a review are not one person, whatever ties them later; said twice is said once.

        Raises:
            NotFoundError: There is no such review.
        """
        return self._judged(review, "veto", by, reason)

    def merge(self, a: str, b: str, *, by: str, reason: str, key: str) -> Decision:
        """Decides that two customers are one person.

        Args:
            a: One customer.
            b: The other.
            by: Who decides.
            reason: Why.
            key: The caller's key; the same key twice is one decision.

        Raises:
            NotFoundError: One of them does not exist.
            MergeVetoed: Somebody has decided that they are different people.
            InputError: Both are the same identity, or the key was used for another decision.
        """
        if a == b or not key:
            raise InputError("A merge needs two different identities and a key of its own.")
        now = self._clock.now()

        def work(unit: IdentityUnit) -> Decision:
            hood = around(unit, a, b)
            if (made := unit.identity_decisions.by_keys([key]).get(key)) is not None:
                return _same(made, a, b)
            decision = Decision(id=self._ids.new(), kind="merge", a=a, b=b, by=by, reason=reason, key=key, at=now)
            return self._made(unit, hood, decision)

        return in_unit(self._store, work)

    def unmerge(self, decision_id: str, *, by: str, reason: str) -> Decision:
        """Withdraws exactly this decision, be it a merge or a veto: the map is as if it had never been made.

        Withdrawing it again changes nothing.

        Raises:
            NotFoundError: There is no such decision.
        """
        now = self._clock.now()

        def work(unit: IdentityUnit) -> Decision:
            named = unit.identity_decisions.get(decision_id)
            hood = around(unit, named.a, named.b)
            decision = unit.identity_decisions.get(decision_id)
            if not decision.holds:
                return decision
            gone = attrs.evolve(decision, withdrawn_at=now, withdrawn_by=by, withdrawn_reason=reason)
            self._decided(unit, hood, [gone], now)
            return attrs.evolve(gone, version=gone.version + 1)

        return in_unit(self._store, work)

    def split(self, person: str, groups: Sequence[Sequence[str]], *, by: str, reason: str) -> tuple[Decision, ...]:
        """Decides that the identities of one person are several people, so that no later arrival joins them again.

        Args:
            person: The customer to split.
            groups: The identities of each of the people; together all identities of the person.
            by: Who decides.
            reason: Why.

        Returns:
            The vetoes between the groups: one for each pair of identities that something ties together, or one for
            two groups that nothing ties. Splitting again what is apart returns the vetoes that keep it so.

        Raises:
            NotFoundError: There is no such customer.
            InputError: The groups overlap, leave identities out, or name somebody else's.
        """
        now = self._clock.now()
        sides = checked_groups(groups)

        def work(unit: IdentityUnit) -> tuple[Decision, ...]:
            hood = around(unit, person, *sides)
            decisions = unit.identity_decisions.touching(identity.id for identity in hood.identities)
            pairs = pairs_apart(person, sides, hood, decisions)
            vetoes = [
                Decision(id=self._ids.new(), kind="veto", a=a, b=b, by=by, reason=reason, key=key, at=now)
                for a, b, key in pairs
            ]
            if vetoes:
                self._decided(unit, hood, vetoes, now)
            standing = [d for d in decisions if is_between(d, sides)]
            return (*standing, *(attrs.evolve(veto, version=1) for veto in vetoes))

        return in_unit(self._store, work)

    def _judged(self, review: str, kind: Any, by: str, reason: str) -> Decision:
        """Makes the decision that answers a review."""
        now = self._clock.now()

        def work(unit: Any) -> Decision:
            if (made := decided_on(unit, review, kind)) is not None:
                return made
            a, b, key = review_of(unit, review)
            decision = Decision(id=self._ids.new(), kind=kind, a=a, b=b, by=by, reason=reason, key=key, at=now)
            return self._made(unit, around(unit, a, b), decision)

        return in_unit(self._linking, work)

    def _made(self, unit: IdentityUnit, hood: Neighbourhood, decision: Decision) -> Decision:
        if decision.kind == "merge":
            said = unit.identity_decisions.touching(identity.id for identity in hood.identities)
            if (veto := veto_between(decision.a, decision.b, hood, said)) is not None:
                raise MergeVetoed(decision.a, decision.b, veto.id)
        self._decided(unit, hood, [decision], decision.at)
        return attrs.evolve(decision, version=1)

    def _decided(self, unit: IdentityUnit, hood: Neighbourhood, decisions: Sequence[Decision], now: datetime) -> None:
        """Writes new or withdrawn decisions and folds the map anew."""
        unit.identity_decisions.put_many(decisions)
        said = unit.identity_decisions.touching(identity.id for identity in hood.identities)
        settle(unit, hood, hood, said, now=now)


def _same(made: Decision, a: str, b: str) -> Decision:
    if made.kind != "merge" or {made.a, made.b} != {a, b}:
        raise InputError(f"The key {made.key!r} was used for another decision ({made.id!r}); give a key of its own.")
    return made
