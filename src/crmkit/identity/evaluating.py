"""How right a map from records to persons is: pairs, records, whole persons, information, and harm done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.identity.matching.tables import labels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

__all__ = ["Costs", "Evaluation", "Harm", "Rates", "evaluate"]


@attrs.frozen(slots=True, kw_only=True)
class Rates:
    """Says how much of what was found is right, and how much of what is right was found.

    Attributes:
        precision: Right among the found; None where nothing was found.
        recall: Found among the right; None where there was nothing to find.
        f1: Harmonic mean of the two; 0 where one of them is None, 1 where both are.
    """

    precision: float | None
    recall: float | None

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        if self.precision is None and self.recall is None:
            return 1.0
        if not self.precision or not self.recall:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@attrs.frozen(slots=True, kw_only=True)
class Costs:
    """Says what one wrong pair costs, in any unit of the shop's own.

    Attributes:
        false_merge: Two records of different households in one person.
        inside_household: Two records of one household, but two people, in one person.
        missed: Two records of one person in two persons.
    """

    false_merge: float = 10.0
    inside_household: float = 3.0
    missed: float = 1.0


@attrs.frozen(slots=True, kw_only=True)
class Harm:
    """Says what the mistakes do.

    Attributes:
        people_in_wrong_person: Share of the people who share a person with somebody else.
        false_pairs: Pairs of records of two people in one person; `inside_household` of them within one household.
        missed_pairs: Pairs of records of one person in two.
        cost: The three counts, each times its cost.
    """

    people_in_wrong_person: float
    false_pairs: int
    inside_household: int
    missed_pairs: int
    cost: float


@attrs.frozen(slots=True, kw_only=True)
class Evaluation:
    """Says how a predicted map compares with the truth.

    Attributes:
        pairwise: Over unordered pairs of records.
        b_cubed: Mean over the records.
        cluster: Over whole persons: only an exactly right one counts.
        variation_of_information: In nats; 0 for equal maps.
        adjusted_rand: 1 for equal maps, about 0 for maps that have nothing to do with each other.
        harm: What the mistakes do.
        by: The same for the pairs, records and persons that touch each label of a column, where one was given.
    """

    pairwise: Rates
    b_cubed: Rates
    cluster: Rates
    variation_of_information: float
    adjusted_rand: float
    harm: Harm
    by: Mapping[str, Evaluation] = attrs.field(factory=dict, repr=False)
    _like: Any = attrs.field(default=None, repr=False, eq=False, alias="like")

    def to_frame(self) -> Any:
        """Returns one row per measure: `label` ("" for all), `measure`, `value`; of the kind that was given in."""
        from crmkit.identity.matching.tables import new_frame

        rows = [("", name, value) for name, value in self._measures()]
        for label, part in self.by.items():
            rows += [(label, name, value) for name, value in part._measures()]
        columns = dict(zip(("label", "measure", "value"), map(list, zip(*rows, strict=True)), strict=True))
        return new_frame(columns, self._like)

    def _measures(self) -> list[tuple[str, float | None]]:
        found: list[tuple[str, float | None]] = []
        for name in ("pairwise", "b_cubed", "cluster"):
            rates = getattr(self, name)
            found += [(f"{name}_{part}", getattr(rates, part)) for part in ("precision", "recall", "f1")]
        found += [
            ("variation_of_information", self.variation_of_information),
            ("adjusted_rand", self.adjusted_rand),
            ("people_in_wrong_person", self.harm.people_in_wrong_person),
            ("cost", self.harm.cost),
        ]
        return found


def evaluate(
    predicted: Any, truth: Any, *, household: Any = None, by: Any = None, costs: Costs | None = None
) -> Evaluation:
    """Returns how right a map from records to persons is.

    Args:
        predicted: Record to label: a mapping, or a frame of two columns (the record first, or named `record_id`).
        truth: The same, for the same records.
        household: Record to household, where known; without it every false pair counts as one between strangers.
        by: Record to a label to split by, for example why the record is hard.
        costs: What the mistakes cost; None for the defaults of `Costs`.

    Raises:
        InputError: A record is missing on one side, twice on one side, or has no label.

    Example:
        >>> truth = dict(zip("abcdef", "000112"))
        >>> found = evaluate(dict(zip("abcdef", "001112")), truth)
        >>> found.pairwise.f1, round(found.b_cubed.f1, 6), round(found.cluster.f1, 6)
        (0.5, 0.777778, 0.333333)
    """
    import numpy as np

    records, right = labels_of(truth, "truth")
    place = {record: at for at, record in enumerate(records)}
    sides = {"predicted": predicted, "household": household, "by": by}
    codes = {name: _aligned(side, place, name) for name, side in sides.items() if side is not None}
    truth_codes = _codes(right)[0]
    homes = codes["household"][0] if "household" in codes else None
    chosen = Costs() if costs is None else costs
    found = codes["predicted"][0]
    whole = np.ones(len(records), bool)
    parts: dict[str, Evaluation] = {}
    if "by" in codes:
        for code, label in enumerate(codes["by"][1]):
            parts[str(label)] = _evaluation(found, truth_codes, homes, codes["by"][0] == code, chosen, predicted)
    return attrs.evolve(_evaluation(found, truth_codes, homes, whole, chosen, predicted), by=parts)


def _aligned(side: Any, place: Mapping[Any, int], name: str) -> tuple[Codes, list[Any]]:
    """The labels as numbers, in the order of the truth's records; and the labels."""
    records, labels = labels_of(side, name)
    unknown = sorted(str(r) for r in records if r not in place)[:5]
    missing = sorted(str(r) for r in place.keys() - set(records))[:5] if len(records) < len(place) or unknown else []
    if unknown or missing:
        which = f"records {', '.join(missing)} are not in it" if missing else f"{', '.join(unknown)} are not in truth"
        raise InputError(f"{name}: {which}; both sides must name the same records.")
    ordered: list[Any] = [None] * len(place)
    for record, label in zip(records, labels, strict=True):
        ordered[place[record]] = label
    return _codes(ordered)


def _codes(labels: list[Any]) -> tuple[Codes, list[Any]]:
    import numpy as np

    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64), list(numbers)


def _evaluation(
    found: Codes, truth: Codes, homes: Codes | None, touched: NDArray[np.bool_], costs: Costs, like: Any
) -> Evaluation:
    cells = _Cells.of(found, truth)
    outside = _Cells.of(found[~touched], truth[~touched])
    common, predicted, right = (cells.pairs()[at] - outside.pairs()[at] for at in range(3))
    inside = 0
    if homes is not None:
        inside = _false_pairs(found, truth, homes) - _false_pairs(found[~touched], truth[~touched], homes[~touched])
    false, missed = predicted - common, right - common
    strangers, at_home, lost = costs.false_merge, costs.inside_household, costs.missed
    harm = Harm(
        people_in_wrong_person=cells.people_mixed(touched),
        false_pairs=false,
        inside_household=inside,
        missed_pairs=missed,
        cost=strangers * (false - inside) + at_home * inside + lost * missed,
    )
    return Evaluation(
        pairwise=Rates(precision=_share(common, predicted), recall=_share(common, right)),
        b_cubed=cells.b_cubed(touched),
        cluster=cells.whole(touched),
        variation_of_information=cells.variation(),
        adjusted_rand=_Cells.of(found, truth).rand(),
        harm=harm,
        like=like,
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _false_pairs(found: Codes, truth: Codes, homes: Codes) -> int:
    """The pairs in one person and one household, but of two people."""
    import numpy as np

    both = np.unique(np.stack([found, homes]), axis=1, return_inverse=True)[1].ravel().astype(np.int64)
    cells = _Cells.of(both, truth)
    return cells.pairs()[1] - cells.pairs()[0]


@attrs.frozen(slots=True)
class _Cells:
    """Is the table of how many records fell into which predicted and which true person."""

    found: Codes
    truth: Codes
    cell: Codes
    count: Codes
    found_size: Codes
    truth_size: Codes

    @classmethod
    def of(cls, found: Codes, truth: Codes) -> _Cells:
        import numpy as np

        keys = found * (int(truth.max(initial=0)) + 1) + truth
        _, cell, count = np.unique(keys, return_inverse=True, return_counts=True)
        return cls(found, truth, cell, count, np.bincount(found), np.bincount(truth))

    def pairs(self) -> tuple[int, int, int]:
        """Pairs in both, in a predicted, in a true person."""
        sizes = (self.count, self.found_size, self.truth_size)
        common, predicted, right = (int((size * (size - 1) // 2).sum()) for size in sizes)
        return common, predicted, right

    def b_cubed(self, touched: NDArray[np.bool_]) -> Rates:
        overlap = self.count[self.cell][touched]
        if not len(overlap):
            return Rates(precision=None, recall=None)
        precision = overlap / self.found_size[self.found][touched]
        return Rates(
            precision=float(precision.mean()), recall=float((overlap / self.truth_size[self.truth][touched]).mean())
        )

    def whole(self, touched: NDArray[np.bool_]) -> Rates:
        import numpy as np

        overlap = self.count[self.cell]
        exact = (overlap == self.found_size[self.found]) & (overlap == self.truth_size[self.truth]) & touched
        right = len(np.unique(self.truth[exact]))
        found, true = len(np.unique(self.found[touched])), len(np.unique(self.truth[touched]))
        return Rates(precision=_share(right, found), recall=_share(right, true))

    def people_mixed(self, touched: NDArray[np.bool_]) -> float:
        import numpy as np

        mixed = (self.count[self.cell] < self.found_size[self.found]) & touched
        people = len(np.unique(self.truth[touched]))
        return len(np.unique(self.truth[mixed])) / people if people else 0.0

    def variation(self) -> float:
        import numpy as np

        overlap, n = self.count[self.cell], len(self.cell)
        if not n:
            return 0.0
        ratio = self.found_size[self.found] * self.truth_size[self.truth] / overlap**2
        return max(0.0, float(np.log(ratio).sum() / n))

    def rand(self) -> float:
        common, predicted, right = self.pairs()
        n = len(self.cell)
        expected = predicted * right / (n * (n - 1) / 2) if n > 1 else 0.0
        middle = (predicted + right) / 2
        return 1.0 if middle == expected else (common - expected) / (middle - expected)
