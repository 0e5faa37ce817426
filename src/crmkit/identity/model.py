"""The values of the identity map: what was seen, what is known, and what people have decided."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError
from crmkit.identifiers import KINDS, Identifier, strongest

if TYPE_CHECKING:
    from crmkit.identity.contacts import Contact
    from crmkit.identity.records import Record

__all__ = ["Decision", "Evidence", "Identity", "Neighbourhood", "Person", "Resolved", "Sighting"]

_FOR_GOOD = ("plain", "relay", "masked", "shared")
_EXPIRING = ("oaid", "token")


def _aware(_: Any, attribute: Any, value: datetime) -> None:
    require_aware(value, attribute.name)


@attrs.frozen(slots=True)
class Sighting:
    """Is one contact as one source gave it: an order's buyer, a sign-up, a row of an import.

    Attributes:
        identifiers: What the buyer can be recognised by, in any order.
        at: When the source saw it (never when we read it), aware.
        record: The record's own key ("order:taobao/paper-lantern/123"); the identity of a guest of whom nothing
            else is known.
        under_record: Count it to the record's own identity, whatever it tells: a guest of whom more is known now.
        contact: What the record says that can be compared with others', for a linking model; kept normalised.

    Raises:
        InputError: Neither an owning identifier nor a record, a contact without a record, or a naive instant.

    Example:
        >>> from datetime import UTC
        >>> at = datetime(2026, 11, 1, tzinfo=UTC)
        >>> Sighting((Identifier("account", "mei_shop", scope="taobao"),), at).key
        'account:taobao:mei_shop'
        >>> Sighting((), at, record="order:shopify/lantern/1001").key
        'record:world:order:shopify/lantern/1001'
    """

    identifiers: tuple[Identifier, ...]
    at: datetime = attrs.field(validator=_aware)
    record: str = attrs.field(default="", kw_only=True)
    under_record: bool = attrs.field(default=False, kw_only=True)
    contact: Contact | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.contact is not None and not self.record:
            raise InputError("A contact is kept under the record it stands in: give record=... besides.")
        if not self.record and strongest(self.identifiers) is None:
            raise InputError("A sighting needs an owning identifier, or the record it stands in (record=...).")

    @property
    def key(self) -> str:
        """The key of the identity it belongs to: its strongest owning identifier, else its record."""
        best = None if self.under_record else strongest(self.identifiers)
        return best.key if best is not None else Identifier("record", self.record).key


@attrs.frozen(slots=True, kw_only=True)
class Identity:
    """Is what an order, a points account or a ticket carries for ever.

    Attributes:
        id: Its id; any identity's id is also good as a customer's id.
        key: The identifier key, or record key, that makes it this identity.
        first_seen: The earliest sighting.
        person: Id of the person it belongs to today; a cache of `partition`.
        component: Smallest identity id among all that links tie to it, whatever was vetoed; what is loaded together.
        version: Rises with each write; 0 while not stored.
    """

    id: str
    key: str
    first_seen: datetime = attrs.field(validator=_aware)
    person: str
    component: str
    version: int = 0


@attrs.frozen(slots=True, kw_only=True)
class Evidence:
    """Is one identifier that an identity was seen with.

    Attributes:
        identity: Id of the identity.
        identifier: The identifier; of several sightings the fullest form, verified if it ever was, and the latest
            `valid_until` if any had one.
        first_seen: The earliest sighting of the two together; `last_seen` the latest.
    """

    identity: str
    identifier: Identifier
    first_seen: datetime = attrs.field(validator=_aware)
    last_seen: datetime = attrs.field(validator=_aware)

    def of(self, identity: str) -> Evidence:
        """Returns the same as seen with another identity."""
        return Evidence(
            identity=identity, identifier=self.identifier, first_seen=self.first_seen, last_seen=self.last_seen
        )

    @property
    def can_link(self) -> bool:
        """Whether the value links by itself, or did before it expired."""
        return can_link(self.identifier)


def can_link(identifier: Identifier) -> bool:
    """Returns whether equality of this value is a link by itself, expiry apart."""
    return attrs.evolve(identifier, valid_until=None).links_alone if identifier.valid_until else identifier.links_alone


def is_kept(identifier: Identifier) -> bool:
    """Returns whether the identifier is kept as evidence: what names nobody, or only one parcel, is not.

    Example:
        >>> is_kept(Identifier("phone", "+8613800000001", form="virtual"))
        False
    """
    return identifier.form in _FOR_GOOD and identifier.kind not in _EXPIRING


def rank(identifier: Identifier) -> tuple[int, str]:
    """Returns what identifiers are sorted by, strongest first."""
    return KINDS[identifier.kind].rank, identifier.key


@attrs.frozen(slots=True)
class Person:
    """Is a set of identities, today.

    Attributes:
        id: Id of its first identity by (first_seen, key).
        identities: Ids of all its identities, sorted.
    """

    id: str
    identities: tuple[str, ...]


@attrs.frozen(slots=True, kw_only=True)
class Decision:
    """Is what somebody decided about two identities, until it is withdrawn.

    Attributes:
        id: Its id; `unmerge` takes it.
        kind: "merge": they are one person; "veto": they are not, whatever links them.
        a: Id of the first identity; `b` of the other.
        by: Who decided.
        reason: Why.
        key: The caller's key: the same key twice is the same decision.
        at: When it was decided.
        withdrawn_at: When it was withdrawn, or None while it holds; `withdrawn_by` and `withdrawn_reason` say by
            whom and why.
        version: Rises with each write; 0 while not stored.
    """

    id: str
    kind: Literal["merge", "veto"]
    a: str
    b: str
    by: str
    reason: str
    key: str
    at: datetime = attrs.field(validator=_aware)
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawn_reason: str = ""
    version: int = 0

    @property
    def holds(self) -> bool:
        """Whether it counts, that is: was not withdrawn."""
        return self.withdrawn_at is None


@attrs.frozen(slots=True)
class Resolved:
    """Is the answer to one sighting.

    Attributes:
        identity: Id of its identity; keep this one with the order.
        person: Id of the person it belongs to now.
        is_new: The identity was made by this sighting.
    """

    identity: str
    person: str
    is_new: bool = attrs.field(kw_only=True)


@attrs.frozen(slots=True, kw_only=True)
class Neighbourhood:
    """Is everything that can have a say in the same persons, as the store has it.

    Attributes:
        identities: All identities of the components that were touched, by id.
        evidence: All their evidence, by identity and identifier key.
        hubs: Keys of the identifiers and records' keys that too many share to link any, as far as they were touched.
        records: The records of the same identities, by key.
    """

    identities: tuple[Identity, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    hubs: frozenset[str] = frozenset()
    records: tuple[Record, ...] = ()
