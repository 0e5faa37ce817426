"""The linking model: what each level of each comparison is worth, as a frozen document with a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.errors import PolicyError

if TYPE_CHECKING:
    from crmkit.identity.splink.settings import Dialect, SplinkSettings

__all__ = ["Level", "LinkModel", "Rarity", "threshold_for"]

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
class Rarity:
    """Says how often the values of a comparison are borne, counted when the model was trained and fixed since then.

    Attributes:
        base: Bits that agreement on a value of one owner adds.
        counts: By digest of the value, how many owners it has, where they are several: log2 of it is taken off.
    """

    base: float
    counts: Mapping[str, int] = attrs.field(factory=dict)


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
        frequencies: By comparison how rare its values are; without, agreement on any value weighs the same.

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
    frequencies: Mapping[str, Rarity] = attrs.field(factory=dict)

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
            rarities = {name: Rarity(**each) for name, each in found.pop("frequencies", {}).items()}
            model = cls(comparisons=levels, frequencies=rarities, **found)
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

    def to_splink(
        self, dialect: Dialect = "duckdb", *, inexact: bool = False, mode: Literal["dedupe", "link"] = "dedupe"
    ) -> SplinkSettings:
        """Returns the model as settings of Splink 5, for the frames that `identity.splink_records` prepares.

        Weights there are the weights here, to rounding. What Splink has no word for (rule links, guards, hubs) is told
        in `left_out`; `identity.cluster` does it with Splink's pairs.

        Args:
            dialect: Where Splink is to run.
            inexact: Fuzzy levels look at any text. Without it they look at ASCII keys alone, which is the same
                everywhere; DuckDB counts bytes beyond that.
            mode: Whether pairs within one source count ("dedupe") or only those between two ("link").

        Raises:
            PolicyError: The model compares nothing, or its levels are not known here.

        Example:
            >>> levels = (Level(name="same", m=0.9, u=1e-5), Level(name="else", m=0.1, u=0.99999))
            >>> model = LinkModel(comparisons={"card": levels})
            >>> exported = model.to_splink("spark")
            >>> [each["sql_condition"] for each in exported.settings["comparisons"][0]["comparison_levels"]]
            ['(card_l IS NULL OR card_r IS NULL)', 'card_l = card_r', 'ELSE']
            >>> LinkModel.from_splink(exported.to_json()) == model
            True
        """
        from crmkit.identity.splink.settings import to_splink

        return to_splink(self, dialect, inexact=inexact, mode=mode)

    @classmethod
    def from_splink(cls, settings: SplinkSettings | Mapping[str, Any] | str) -> LinkModel:
        """Reads a model from Splink's settings, or from their JSON, also after Splink trained them anew.

        Raises:
            PolicyError: It names each comparison, level, block or frequency that a model of ours cannot express.
        """
        from crmkit.identity.splink.settings import from_splink

        return from_splink(settings)

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
