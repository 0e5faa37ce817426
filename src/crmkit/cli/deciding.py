"""`crmkit identity merge` and `unmerge`: what somebody decides about two customers of a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.cli.exits import DONE
from crmkit.cli.steps import Steps
from crmkit.cli.words import without_password
from crmkit.crm import Crm
from crmkit.errors import InputError, NotFoundError
from crmkit.identity.linking_values import review_id
from crmkit.orders import OrderKey

if TYPE_CHECKING:
    from crmkit.storage.sqlalchemy import SqlAlchemyStore

__all__ = ["customer_named", "merge", "opened_store", "reject", "unmerge"]

_MOST = 1_000_000


@contextmanager
def opened_store(url: str) -> Iterator[SqlAlchemyStore]:
    """Opens a database that is there already: to look, or to decide, is never a reason to make one.

    Raises:
        InputError: There is no such database.
    """
    from crmkit.storage.sqlalchemy import SqlAlchemyStore

    store = SqlAlchemyStore(url)
    try:
        file = store.engine.url.database
        if store.engine.dialect.name == "sqlite" and not (file and Path(file).exists()):
            raise InputError(f"There is no database {file or 'in memory'}; `crmkit run FILES --db {url}` makes one.")
        yield store
    finally:
        store.close()


def merge(steps: Steps, a: str, b: str, *, url: str, by: str, reason: str, key: str | None) -> int:
    """Decides that two customers are one person, and says how to take it back."""
    with opened_store(url) as store:
        one, other = customer_named(store, a), customer_named(store, b)
        if one == other:
            raise InputError(f"{a} and {b} came with the same identity: they are one person already.")
        registry = Crm(store).identity
        low, high = sorted((one, other))
        decision = registry.merge(one, other, by=by, reason=reason, key=key or f"cli:{low}:{high}")
        if not decision.holds:
            raise InputError(
                f"This merge was made before as {decision.id} and withdrawn by {decision.withdrawn_by}; "
                "give --key to decide it anew."
            )
        person = registry.person(one)
        steps.say(f"{a} and {b} are one person: {person.id}, of {len(person.identities):,} identities")
        steps.say(
            f"To take it back: crmkit identity unmerge {decision.id} --db {without_password(url)} --by … --reason …"
        )
    return DONE


def reject(steps: Steps, a: str, b: str, *, url: str, by: str, reason: str) -> int:
    """Answers an open review: two customers are two people, whatever ties them later."""
    with opened_store(url) as store:
        registry = Crm(store).identity
        asked = {f"order:{a}", f"order:{b}"}, {a, b}
        known = (
            each.id for each in registry.reviews(limit=_MOST) if {*each.records} in asked or {each.a, each.b} in asked
        )
        review = next(known, None) or review_id(customer_named(store, a), customer_named(store, b))
        decision = registry.reject(review, by=by, reason=reason)
        steps.say(f"{a} and {b} are two people, whatever ties them later")
        command = f"crmkit identity unmerge {decision.id} --db {without_password(url)} --by … --reason …"
        steps.say(f"To take it back: {command}")
    return DONE


def unmerge(steps: Steps, decision: str, *, url: str, by: str, reason: str) -> int:
    """Withdraws exactly one decision, be it a merge or a veto."""
    with opened_store(url) as store:
        registry = Crm(store).identity
        gone = registry.unmerge(decision, by=by, reason=reason)
        steps.say(
            f"The decision {gone.id} of {gone.by} ({gone.reason}) is withdrawn; the map is as if it had never been."
        )
        persons = sorted({registry.person_of(customer) for customer in (gone.a, gone.b)})
        steps.say(f"They are {'one person' if len(persons) == 1 else 'two persons'} now: {', '.join(persons)}")
    return DONE


def customer_named(store: SqlAlchemyStore, text: str) -> str:
    """Returns the identity that a text names: its id, its key, or an order (platform/shop/number) that came with it.

    Raises:
        NotFoundError: Nothing of these.
    """
    parts = text.split("/", 2)
    with store.unit(read_only=True) as unit:
        found = unit.identities.find(ids=[text]) or unit.identities.find(keys=[text])
        if found:
            return found[0].id
        if len(parts) == 3 and (stored := unit.orders.by_keys([OrderKey(*parts)]).get(OrderKey(*parts))) is not None:
            return stored.customer
    raise NotFoundError("customer or order", text)
