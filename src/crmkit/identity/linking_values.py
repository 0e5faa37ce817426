"""The values that online linking keeps besides the map: model links, doubts for a human, and the adopted model."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

import attrs

from crmkit.clock import require_aware
from crmkit.identity.clusters import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.identity.matching.model_document import LinkModel

__all__ = ["Adoption", "Link", "Preview", "Review", "Ruling", "review_id"]


@attrs.frozen(slots=True, kw_only=True)
class Link:
    """Is a tie that a model made between two records.

    Attributes:
        a: Id of one identity; `b` of the other.
        records: The keys of the two records that were compared.
        weight: What the tie weighs in bits.
        digest: The model's digest.
    """

    a: str
    b: str
    records: tuple[str, str]
    weight: float
    digest: str


@attrs.frozen(slots=True, kw_only=True)
class Review:
    """Is a pair of persons of whom a human should say whether they are one.

    Attributes:
        id: Its id, made of the two identities: the same doubt has the same id on every store.
        a: Id of one identity; `b` of the other.
        records: The keys of the two records that raise the doubt.
        weight: What they weigh together in bits, or None where a rule would join them.
        reason: "band" (between no and yes), "household", or the guard that refused the union.
        digest: The digest of the model that had the doubt.
    """

    id: str
    a: str
    b: str
    records: tuple[str, str]
    weight: float | None
    reason: str
    digest: str

    @property
    def probability(self) -> float:
        """The model's own probability that they are one."""
        return 1.0 if self.weight is None else 1 / (1 + 2.0 ** -min(max(self.weight, -500.0), 500.0))


def review_id(a: str, b: str) -> str:
    """Returns the id of a doubt about two identities, in either order.

    Example:
        >>> review_id("a", "b") == review_id("b", "a")
        True
    """
    return blake2b("|".join(sorted((a, b))).encode(), digest_size=16).hexdigest()


@attrs.frozen(slots=True, kw_only=True)
class Ruling:
    """Is the outcome of the fold under a model.

    Attributes:
        persons: Identity id to person id.
        refused: The unions that vetoes and guards forbade.
        links: The ties that the model made.
        reviews: The doubts, the strongest first.
    """

    persons: Mapping[str, str]
    refused: tuple[Refusal, ...] = ()
    links: tuple[Link, ...] = ()
    reviews: tuple[Review, ...] = ()


@attrs.frozen(slots=True, kw_only=True)
class Adoption:
    """Is a model that was put into force.

    Attributes:
        model: The model.
        digest: Its digest.
        at: When it was adopted.
        cursor: Id of the last identity that was folded anew under it, or None when all are.
    """

    model: LinkModel = attrs.field(repr=False)
    digest: str
    at: datetime = attrs.field(validator=lambda _, field, value: require_aware(value, field.name))
    cursor: str | None = None


@attrs.frozen(slots=True, kw_only=True)
class Preview:
    """Says what adopting a model would do.

    Attributes:
        digest: The model's digest.
        persons: How many persons there are; `after` how many there would be.
        joining: How many of today's persons would be joined with others.
        parting: How many would be parted.
        joined: Some of the groups of today's persons that would become one, at most as many as were asked for.
        parted: Some of today's persons that would be parted.
    """

    digest: str
    persons: int
    after: int
    joining: int
    parting: int
    joined: tuple[tuple[str, ...], ...]
    parted: tuple[str, ...]

    def __str__(self) -> str:
        """The preview in a line for people."""
        return (
            f"{self.persons:,} persons would be {self.after:,}: {self.joining:,} would be joined with others, "
            f"{self.parting:,} parted (model {self.digest})"
        )
