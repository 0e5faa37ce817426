"""Putting a model into force, chunk by chunk, and what it would change: the same fold, written or only counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

import attrs

from crmkit.errors import InputError, PolicyError, StaleRecordError
from crmkit.identity.clusters import MAX_KEY
from crmkit.identity.linking_values import Adoption, Preview
from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.model import Neighbourhood
from crmkit.identity.modelling import decide_by_model
from crmkit.identity.ports import LinkingUnit
from crmkit.identity.resolution import settle
from crmkit.unit import Store, in_unit

__all__ = ["CHUNK", "Told", "adopt", "fit_for_arrivals", "preview"]

CHUNK = 200
"""So many identities are folded anew in one unit."""
Told = Callable[[int], None]


def fit_for_arrivals(model: LinkModel | None, *, untrained: bool = False) -> LinkModel:
    """Returns the model if arriving records can be decided by it.

    Raises:
        InputError: There is none.
        PolicyError: It is of another version, counts hubs otherwise than the identity map does, or has levels that no
            pair ever taught.
    """
    if model is None:
        raise InputError("There is no model: give one, such as `dedupe(...).model`, or make the registry with one.")
    if model.max_key != MAX_KEY:
        raise PolicyError(
            f"The model lets {model.max_key} identities share a key, the identity map {MAX_KEY}: set max_key to that."
        )
    if model.untrained and not untrained:
        some = ", ".join(model.untrained[:5])
        raise PolicyError(
            f"No pair told what these levels are worth: {some}. Train on more records, or adopt it with untrained=True."
        )
    return model.checked()


def adopt(
    store: Store[LinkingUnit], model: LinkModel, *, now: datetime, chunk: int = CHUNK, progress: Told | None = None
) -> Adoption:
    """Puts a model into force and folds all persons with records anew under it; killed, the same call finishes.

    From the first chunk on, arrivals are decided by the new model.

    Args:
        store: Where the map is kept.
        model: The model.
        now: When events are told to have happened, aware.
        chunk: How many identities one unit takes.
        progress: Is told how many identities are done.

    Raises:
        StaleRecordError: Somebody adopted another model meanwhile.
    """
    if chunk < 1:
        raise InputError("chunk is a whole number above zero.")
    digest, folded, whole = model.digest, set[str](), set[str]()

    def begin(unit: LinkingUnit) -> Adoption:
        known = unit.identity_models.adopted()
        if known is not None and known.digest == digest:
            return known
        begun = Adoption(model=model, digest=digest, at=now, cursor="")
        unit.identity_models.put(begun)
        return begun

    def step(unit: LinkingUnit) -> tuple[Adoption, int]:
        whole.clear()  # of an attempt that was not kept
        known = unit.identity_models.adopted()
        if known is None or known.digest != digest:
            raise StaleRecordError("model", digest, 0)
        ids = unit.identity_records.holders(after=known.cursor or "", limit=chunk)
        if left := [id_ for id_ in ids if id_ not in folded]:
            hood = unit.identities.neighbourhood(ids=left)
            said = unit.identity_decisions.touching(identity.id for identity in hood.identities)
            whole.update(identity.id for identity in settle(unit, hood, hood, said, now=now))
        further = attrs.evolve(known, cursor=ids[-1] if ids else None)
        unit.identity_models.put(further)
        return further, len(ids)

    adoption, done = in_unit(store, begin), 0
    while adoption.cursor is not None:
        adoption, some = in_unit(store, step)
        folded |= whole
        done += some
        if progress is not None:
            progress(done)
    return adoption


def preview(store: Store[LinkingUnit], model: LinkModel, *, limit: int = 20, chunk: int = CHUNK) -> Preview:
    """Returns what adopting a model would do to the persons that have records; nothing is written.

    Args:
        store: Where the map is kept.
        model: The model.
        limit: How many groups and persons are named.
        chunk: How many identities are looked at together.
    """
    digest = model.digest
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for hood, persons in _folded(store, model, digest, chunk):
        before |= {identity.id: identity.person for identity in hood.identities}
        after |= persons
    today: dict[str, set[str]] = defaultdict(set)
    then: dict[str, set[str]] = defaultdict(set)
    for identity, person in before.items():
        then[person].add(after[identity])
        today[after[identity]].add(person)
    joined = sorted(tuple(sorted(persons)) for persons in today.values() if len(persons) > 1)
    parted = sorted(person for person, parts in then.items() if len(parts) > 1)
    return Preview(
        digest=digest, persons=len(then), after=len(today), joining=len(set().union(*joined)),
        parting=len(parted), joined=tuple(joined[:limit]), parted=tuple(parted[:limit]),
    )  # fmt: skip


def _folded(
    store: Store[LinkingUnit], model: LinkModel, digest: str, chunk: int
) -> Iterator[tuple[Neighbourhood, dict[str, str]]]:
    cursor, seen = "", set[str]()
    while True:
        with store.unit() as unit:  # left without commit: what it locks is let go, and nothing is kept
            ids = unit.identity_records.holders(after=cursor, limit=chunk)
            if not ids:
                return
            cursor = ids[-1]
            new = [id_ for id_ in ids if id_ not in seen]
            hood = unit.identities.neighbourhood(ids=new)
            said = unit.identity_decisions.touching(identity.id for identity in hood.identities)
        seen.update(identity.id for identity in hood.identities)
        yield hood, dict(decide_by_model(hood, said, model, digest=digest).persons)
