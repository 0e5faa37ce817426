"""The linking model: what each level of each comparison is worth, as a frozen document with a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from math import log2
from pathlib import Path
from typing import Any

import attrs

from crmkit.errors import PolicyError

__all__ = ["Level", "LinkModel", "threshold_for"]

VERSION = 1
_FLOOR = 1e-9


@attrs.frozen(slots=True, kw_only=True)
class Level:
    """Says how often a level is seen.

    Attributes:
        name: What is true on this level.
        m: Its share among pairs of one person.
        u: Its share among pairs of two persons.
        trained: Whether pairs were seen from which `m` could be told; otherwise it is the start value.
    """

    name: str
    m: float
    u: float
    trained: bool = True

    @property
    def bits(self) -> float:
        """The weight of the level: log2 of m over u, neither under 1e-9."""
        return log2(max(self.m, _FLOOR) / max(self.u, _FLOOR))


@attrs.frozen(slots=True, kw_only=True)
class LinkModel:
    """Is everything that decides what a pair weighs and when it is one person.

    Attributes:
        comparisons: By comparison its levels, strongest first.
        prior: Share of pairs of one person among all pairs.
        accept: Weight in bits from which two are one person; `review` the weight from which a human looks.
        max_key: The most identities that may share a key; `max_person` the most records a person may have.
        agent_surnames: So many surnames make an account an agent's.
        max_owners: By kind of value, the most distinct names that may share one.

    Example:
        >>> levels = (Level(name="same", m=0.9, u=1e-5), Level(name="else", m=0.1, u=0.99999))
        >>> model = LinkModel(comparisons={"card": levels})
        >>> [round(level.bits, 2) for level in model.comparisons["card"]]
        [16.46, -3.32]
        >>> LinkModel.from_json(model.to_json()) == model
        True
    """

    comparisons: Mapping[str, tuple[Level, ...]] = attrs.field(factory=dict)
    prior: float = 1e-5
    accept: float = 4.248
    review: float = 0.0
    max_key: int = 64
    max_person: int = 60
    agent_surnames: int = 4
    max_owners: Mapping[str, int] = attrs.field(
        factory=lambda: {"phone": 5, "email": 3, "card": 5, "payer": 5, "home": 8}
    )

    @property
    def prior_bits(self) -> float:
        """The weight a pair has before anything is compared."""
        share = min(max(self.prior, _FLOOR), 1 - _FLOOR)
        return log2(share / (1 - share))

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of SHA-256 over the document; any change changes them."""
        return sha256(self.to_json().encode()).hexdigest()[:16]

    @property
    def untrained(self) -> tuple[str, ...]:
        """The levels whose share among one person's pairs was never seen."""
        levels = ((name, level) for name, kinds in self.comparisons.items() for level in kinds)
        return tuple(f"{name}: {level.name}" for name, level in levels if not level.trained)

    def to_json(self) -> str:
        """Returns the document as text, the same for equal models."""
        return json.dumps({"version": VERSION, **attrs.asdict(self)}, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> LinkModel:
        """Reads a document.

        Raises:
            PolicyError: It is no model of this version, or compares on levels that are not known here.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            version, comparisons = found.pop("version"), found.pop("comparisons")
            levels = {name: tuple(Level(**level) for level in kinds) for name, kinds in comparisons.items()}
            model = cls(comparisons=levels, **found)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PolicyError(f"This is no linking model: {error}.") from error
        if version != VERSION:
            raise PolicyError(f"The model is of version {version}; this crmkit reads version {VERSION}: train it anew.")
        return model.checked()

    def checked(self) -> LinkModel:
        """Returns the model if its comparisons and levels are the ones known here.

        Raises:
            PolicyError: Which are not.
        """
        from crmkit.identity.matching.comparing import LEVELS

        found = {name: tuple(level.name for level in kinds) for name, kinds in self.comparisons.items()}
        if wrong := sorted(name for name in found if found[name] != LEVELS.get(name)):
            raise PolicyError(f"The model's levels of {', '.join(wrong)} are not this crmkit's: train it anew.")
        return self

    def save(self, path: str | Path) -> None:
        """Writes the document to a file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> LinkModel:
        """Reads the document from a file."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))


def threshold_for(cost_false_merge: float, cost_missed: float) -> float:
    """Returns the weight from which a link costs less than a miss: log2 of the one cost over the other.

    Example:
        >>> round(threshold_for(19, 1), 3)
        4.248
    """
    if not (cost_false_merge > 0 and cost_missed > 0):
        raise PolicyError("Costs are above zero; give what one false merge and one missed link cost, in one unit.")
    return log2(cost_false_merge / cost_missed)
