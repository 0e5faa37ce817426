"""How right persons are, estimated from a labelled sample of them, with intervals.

The estimators are ratios of sums over sampled true persons, weighted by how likely each was to be drawn: Binette, York,
Hickerson, Baek, Madhavan and Jones, "Estimating the performance of entity resolution algorithms", The American
Statistician 77 (2023). The interval is Wilson's (1927), with the number of persons that the variance is worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import attrs

from crmkit.errors import InputError
from crmkit.identity.matching.tables import labels_of, new_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sums = NDArray[np.float64]

__all__ = ["Estimate", "SampleEstimates", "estimate"]


@attrs.frozen(slots=True)
class Estimate:
    """Is an estimated share and its interval; all are None where the sample has nothing to tell it from."""

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """The share and its interval in percent."""
        if self.value is None or self.low is None or self.high is None:
            return "unknown"
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


@attrs.frozen(slots=True, kw_only=True)
class SampleEstimates:
    """Says what a labelled sample tells of the whole.

    Attributes:
        people: Number of sampled people; `records` of their records.
        precision, recall, f1: Over unordered pairs of records.
        b_cubed_precision, b_cubed_recall: Mean over the records.
        whole: Share of the people who are exactly one person, with nothing missing and nothing besides.
        level: The confidence of the intervals.
    """

    people: int
    records: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    b_cubed_precision: Estimate
    b_cubed_recall: Estimate
    whole: Estimate
    level: float
    _like: Any = attrs.field(default=None, repr=False, eq=False, alias="like")

    def to_frame(self) -> Any:
        """Returns one row per measure: `measure, value, low, high`."""
        names = ("precision", "recall", "f1", "b_cubed_precision", "b_cubed_recall", "whole")
        found = [getattr(self, name) for name in names]
        columns = {part: [getattr(each, part) for each in found] for part in ("value", "low", "high")}
        return new_frame({"measure": list(names), **columns}, self._like)


def estimate(
    sample: Any, predicted: Any, *, drawn: Literal["records", "people"] = "records", level: float = 0.95
) -> SampleEstimates:
    """Returns how right predicted persons are, from a sample of people of whom all records are known.

    Draw records at random, and for each find by hand all records of the same human being: that is one sampled person.
    Who has more records is drawn more often, so each counts by one over its size.

    Args:
        sample: Record to human being, a mapping or a frame of two columns; every record of each sampled human being.
        predicted: Record to person for all records, such as `dedupe(...).persons`.
        drawn: "records" if records were drawn, as told above; "people" if human beings were drawn, each as likely.
        level: The confidence of the intervals. Under a hundred people, take them for rough: they are too narrow then.

    Raises:
        InputError: The sample has fewer than two human beings, or records that are not among the predicted ones.

    Example:
        >>> told = estimate({"a": "mei", "b": "mei", "c": "bo"}, {"a": 1, "b": 1, "c": 2, "d": 2})
        >>> told.recall.value, told.precision.value, round(told.whole.value, 3)
        (1.0, 0.5, 0.333)
    """
    if drawn not in ("records", "people") or not 0 < level < 1:
        raise InputError('drawn is "records" or "people", and the level lies between 0 and 1.')
    known = dict(zip(*labels_of(predicted, "predicted"), strict=True))
    records, labels = labels_of(sample, "sample")
    if lost := [str(record) for record in records if record not in known]:
        raise InputError(f"sample names {len(lost)} records that predicted lacks: {', '.join(lost[:5])}.")
    people: dict[Any, list[Any]] = {}
    for record, label in zip(records, labels, strict=True):
        people.setdefault(label, []).append(record)
    if len(people) < 2:
        raise InputError(f"The sample has {len(people)} human beings; an estimate needs two or more.")
    sizes = Counter(known.values())
    sums = _sums([Counter(known[record] for record in each) for each in people.values()], sizes)
    weight = 1 / sums["records"] if drawn == "records" else sums["records"] ** 0
    z = NormalDist().inv_cdf((1 + level) / 2)

    def ratio(above: Sums, below: Sums) -> Estimate:
        return _ratio(above * weight, below * weight, z)

    return SampleEstimates(
        people=len(people),
        records=len(records),
        precision=ratio(sums["both"], sums["predicted"]),
        recall=ratio(sums["both"], sums["true"]),
        f1=ratio(sums["both"], (sums["predicted"] + sums["true"]) / 2),
        b_cubed_precision=ratio(sums["right"], sums["records"]),
        b_cubed_recall=ratio(sums["found"], sums["records"]),
        whole=ratio(sums["whole"], sums["records"] ** 0),
        level=level,
        like=predicted,
    )


def _sums(people: list[Counter[Any]], sizes: Mapping[Any, int]) -> dict[str, Sums]:
    """By sampled human being what each measure counts; pairs of a predicted person are shared out by records."""
    import numpy as np

    rows: dict[str, list[float]] = {
        name: [] for name in ("records", "both", "predicted", "true", "right", "found", "whole")
    }
    for parts in people:
        n = sum(parts.values())
        rows["records"].append(n)
        rows["true"].append(n * (n - 1) / 2)
        rows["both"].append(sum(k * (k - 1) / 2 for k in parts.values()))
        rows["predicted"].append(sum(k * (sizes[person] - 1) / 2 for person, k in parts.items()))
        rows["right"].append(sum(k * k / sizes[person] for person, k in parts.items()))
        rows["found"].append(sum(k * k / n for k in parts.values()))
        rows["whole"].append(float(len(parts) == 1 and sizes[next(iter(parts))] == n))
    return {name: np.array(values, float) for name, values in rows.items()}


def _ratio(above: Sums, below: Sums, z: float) -> Estimate:
    """The ratio of two sums over a sample, and Wilson's interval of the number of draws that its variance is worth."""
    total = float(below.sum())
    if total <= 0:
        return Estimate(None, None, None)
    share = min(float(above.sum()) / total, 1.0)
    # Where everything is right the variance is nought, and the draws that count are those that could have been wrong.
    draws = total**2 / float((below**2).sum())
    spread = float(((above - share * below) ** 2).sum()) / total**2 * len(below) / (len(below) - 1)
    if spread > 0 and 0 < share < 1:
        draws = share * (1 - share) / spread
    middle = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    reach = z / (1 + z * z / draws) * sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return Estimate(share, max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share)))
