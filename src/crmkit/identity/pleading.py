"""Why two customers are one person under a model, told from a neighbourhood. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from crmkit.errors import InputError, NotFoundError
from crmkit.identity.model import Decision, Neighbourhood
from crmkit.identity.modelling import Case

if TYPE_CHECKING:
    from crmkit.identity.explaining import Explanation
    from crmkit.identity.matching.model_document import LinkModel
    from crmkit.identity.matching.solving import Solved

__all__ = ["explained"]


def explained(hood: Neighbourhood, decisions: Iterable[Decision], model: LinkModel, a: str, b: str) -> Explanation:
    """Returns why two customers or records are one person, or why they are not.

    Args:
        hood: Whole components, with their records.
        decisions: Merges and vetoes about their identities.
        model: The model.
        a: Id of an identity, or a record's key.
        b: Another.

    Raises:
        InputError: Both are the same.
        NotFoundError: One of them is not there.
    """
    from crmkit.identity.matching.grounds import Explainer
    from crmkit.identity.matching.trace import Trace

    case = Case(hood, decisions)
    solved = case.solved(model)
    left, right = _strongest(case, solved, _places(case, a), _places(case, b))
    one, other = case.records[left].identity, case.records[right].identity
    told = Explainer(Trace(features=case.features(), solved=solved)).pair(left, right)
    told = attrs.evolve(told, left=_name(case, left), right=_name(case, right))
    vetoes = tuple(d.id for d in case.decisions if d.kind == "veto" and {d.a, d.b} == {one, other})
    if vetoes:
        return attrs.evolve(told, decision="refused", by="veto", vetoes=vetoes)
    merged = [d for d in case.decisions if d.kind == "merge" and {d.a, d.b} == {one, other}]
    if merged and told.is_one_person:
        return attrs.evolve(told, decision="manual", by=merged[0].by, path=())
    if one == other:
        return attrs.evolve(told, decision="rule", by="account", path=())
    return told


def _name(case: Case, place: int) -> str:
    record = case.records[place]
    return record.identity if record.key.startswith("\x00") else record.key


def _places(case: Case, named: str) -> list[int]:
    """The records of an identity, or the one record of this key, by place."""
    own = [place for place, record in enumerate(case.records) if record.identity == named]
    found = own or [place for place, record in enumerate(case.records) if record.key == named]
    if not found:
        raise NotFoundError("customer", named)
    return found


def _strongest(case: Case, solved: Solved, left: list[int], right: list[int]) -> tuple[int, int]:
    """The two records, one of each side, that weigh most together; else the first of each."""
    import numpy as np

    if set(left) & set(right):
        raise InputError("Give two different customers or records.")
    face = solved.faces.face
    one = {int(face[at]): at for at in reversed(left)}
    other = {int(face[at]): at for at in reversed(right)}
    best = (-np.inf, left[0], right[0])
    pairs = zip(solved.candidates.left.tolist(), solved.candidates.right.tolist(), strict=True)
    for (a, b), weight in zip(pairs, solved.scored.weight.tolist(), strict=True):
        for x, y in ((a, b), (b, a)):
            if x in one and y in other and weight > best[0]:
                best = (weight, one[x], other[y])
    return best[1], best[2]
