"""What linking answers with: frames of persons, pairs and doubts, the model that decided, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.matching.tables import new_frame
from crmkit.identity.matching.trace import Trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.explaining import Explanation
    from crmkit.identity.matching.features import Features
    from crmkit.identity.matching.solving import Solved

__all__ = ["LinkReport", "Linked", "doubts", "linked"]


@attrs.frozen(slots=True, kw_only=True)
class LinkReport:
    """Says what was done with the records.

    Attributes:
        records: Number of records; `persons` of persons.
        merged_by_rule: Unions by an account, a mailbox or a payer; `merged_by_model` those by weight.
        review: Pairs of persons that wait for a human.
        silent: Records whose parcel went to somebody who does not speak for the buyer; `agents` accounts of agents.
        refused: By guard, how many unions of two persons it forbade.
        too_big: By blocking rule, how many keys too many share, and how many pairs that cost.
        hubs: By kind, how many values have too many owners to speak for one.
        unusable: By reason, how many values were set aside: placeholders, privacy numbers, what no one can read.
        untrained: Levels of the model that no pair told anything about.
        digest: The model's digest.
        seconds: By step.
    """

    records: int
    persons: int
    merged_by_rule: int
    merged_by_model: int
    review: int
    silent: int
    agents: int
    refused: Mapping[str, int]
    too_big: Mapping[str, tuple[int, int]]
    hubs: Mapping[str, int]
    unusable: Mapping[str, int]
    untrained: tuple[str, ...]
    digest: str
    seconds: Mapping[str, float]

    def __str__(self) -> str:
        """The report in lines for people."""
        lines = [
            f"{self.records:,} records are {self.persons:,} persons",
            f"{self.merged_by_rule:,} unions by rule, {self.merged_by_model:,} by model {self.digest}",
            f"{self.review:,} pairs wait for a human",
            f"{self.silent:,} records do not speak for their buyer; {self.agents:,} accounts are agents'",
        ]
        notes = {"Refused": self.refused, "Shared by too many": self.hubs, "Not usable": self.unusable}
        lines += [f"{title}: {_listed(found)}" for title, found in notes.items() if found]
        for rule, (keys, pairs) in self.too_big.items():
            lines.append(f"Block {rule}: {keys:,} keys were too big, {pairs:,} pairs not compared")
        lines.append(
            f"{sum(self.seconds.values()):.1f} s: " + ", ".join(f"{k} {v:.1f}" for k, v in self.seconds.items())
        )
        return "\n".join(lines)


def _listed(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))


@attrs.frozen(slots=True, kw_only=True)
class Linked:
    """Is the answer of `dedupe` and `link`; the frames are of the caller's kind.

    Attributes:
        persons: `record_id, person_id`, one row per record in the frame's order. A person's id is the id of its first
            record by `seen_at`, then id.
        pairs: `left, right, weight, probability, by`: the links that make the persons, `by` "rule" or "model"; rule
            links have no weight.
        review: `left, right, weight, probability, reason`: pairs in the band, possible households, and unions that a
            guard refused.
        model: The model that decided; give it to the next call for the same weights.
        report: What was done.
        trace: What the answer came from, or None where the links were made elsewhere; `explain` tells it.
    """

    persons: Any = attrs.field(repr=False)
    pairs: Any = attrs.field(repr=False)
    review: Any = attrs.field(repr=False)
    model: LinkModel = attrs.field(repr=False)
    report: LinkReport
    trace: Trace | None = attrs.field(default=None, repr=False, eq=False)

    def explain(self, a: object, b: object, *, show_values: bool = False) -> Explanation:
        """Returns why two records are one person, or why they are not; see `crmkit.identity.explain`."""
        from crmkit.identity.matching.tracing import explain

        return explain(self, a, b, show_values=show_values)


def linked(
    features: Features,
    solved: Solved,
    frame: Any,
    *,
    seconds: Mapping[str, float],
    columns: Mapping[str, str] | None = None,
) -> Linked:
    """Returns the answer in frames like the caller's."""
    import numpy as np

    ids = np.empty(len(features), object)
    ids[:] = features.ids
    labels = solved.clustered.label[solved.faces.face] if len(features) else np.empty(0, np.int64)
    person = ids[_firsts(labels, features.seen)]
    back = np.empty(len(ids), np.int64)
    back[features.row] = np.arange(len(ids))
    pairs = _pairs(features, solved)
    review = doubts(solved)
    persons = {"record_id": ids[back].tolist(), "person_id": person[back].tolist()}
    return Linked(
        persons=new_frame(persons, frame),
        pairs=new_frame(_weighed(ids, pairs, "by"), frame),
        review=new_frame(_weighed(ids, review, "reason"), frame),
        model=solved.model,
        report=_report(features, solved, len(np.unique(labels)), len(review), seconds),
        trace=None if columns is None else Trace(features=features, solved=solved, frame=frame, columns=columns),
    )


def _firsts(labels: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.int64]:
    """By record, the place of the first record of its person."""
    import numpy as np

    order = np.lexsort((np.arange(len(labels)), seen, labels))
    ordered = labels[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(order) else order
    first = np.zeros(int(labels.max(initial=-1)) + 1, np.int64)
    first[ordered[starts]] = order[starts]
    return first[labels]


Row = tuple[int, int, float | None, str]


def _weighed(ids: NDArray[Any], rows: list[Row], last: str) -> dict[str, list[Any]]:
    weights = [row[2] for row in rows]
    sure = [1.0 if w is None else 1 / (1 + 2.0 ** -min(max(w, -500.0), 500.0)) for w in weights]
    return {
        "left": [ids[row[0]] for row in rows],
        "right": [ids[row[1]] for row in rows],
        "weight": weights,
        "probability": sure,
        last: [row[3] for row in rows],
    }


def _pairs(features: Features, solved: Solved) -> list[Row]:
    """The links that make the persons: equal faces and accounts, then rules, then the model's."""
    import numpy as np

    faces, clustered = solved.faces, solved.clustered
    first = faces.first
    same = np.flatnonzero(first[faces.face] != np.arange(len(features)))
    rows: list[Row] = [(int(first[faces.face[at]]), int(at), None, "rule") for at in same]
    account = np.flatnonzero(clustered.account != np.arange(len(faces)))
    rows += [(int(first[clustered.account[at]]), int(first[at]), None, "rule") for at in account]
    rows += [(int(first[a]), int(first[b]), None, "rule") for a, b, _ in clustered.by_rule]
    rows += [(int(first[a]), int(first[b]), weight, "model") for a, b, weight in clustered.by_model]
    return [(min(a, b), max(a, b), weight, by) for a, b, weight, by in rows]


def doubts(solved: Solved) -> list[Row]:
    """Returns the strongest doubt between each two persons: pairs in the band, possible households, refused unions.

    Each is two records by place, what they weigh (None where a rule would join them) and the reason.
    """
    import numpy as np

    clustered, candidates, first = solved.clustered, solved.candidates, solved.faces.first
    weight, model = solved.scored.weight, solved.model
    doubt = (weight >= model.review) & ((weight < model.accept) | clustered.household)
    at = np.flatnonzero(doubt)
    reasons = np.where(clustered.household[at], "household", "band").tolist()
    found = list(
        zip(candidates.left[at].tolist(), candidates.right[at].tolist(), weight[at].tolist(), reasons, strict=True)
    )
    found += [(r.left, r.right, r.weight, r.guard) for r in clustered.refused]
    found.sort(key=lambda row: (-row[2], row[0], row[1]))
    seen: set[tuple[int, int]] = set()
    rows: list[Row] = []
    label = clustered.label.tolist()
    for a, b, bits, reason in found:
        persons = (min(label[a], label[b]), max(label[a], label[b]))
        if persons[0] != persons[1] and persons not in seen:
            seen.add(persons)
            rows.append((int(first[a]), int(first[b]), None if bits == float("inf") else bits, reason))
    return rows


def _report(features: Features, solved: Solved, persons: int, review: int, seconds: Mapping[str, float]) -> LinkReport:
    import numpy as np

    label = solved.clustered.label
    # A union is tried by the strongest pair, and again by the persons as a whole: it counts once.
    refused = Counter(
        guard for *_, guard in {(label[r.left], label[r.right], r.guard) for r in solved.clustered.refused}
    )
    return LinkReport(
        records=len(features),
        persons=persons,
        merged_by_rule=len(features) - len(np.unique(solved.clustered.account)) + len(solved.clustered.by_rule),
        merged_by_model=len(solved.clustered.by_model),
        review=review,
        silent=int((~solved.speaking.speaks).sum()),
        agents=len(np.unique(solved.speaking.holder[solved.speaking.agent])),
        refused=dict(refused),
        too_big=solved.candidates.too_big,
        hubs=solved.faces.hubs,
        unusable=dict(features.counts),
        untrained=solved.model.untrained,
        digest=solved.model.digest,
        seconds=dict(seconds),
    )
