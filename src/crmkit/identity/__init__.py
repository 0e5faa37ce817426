"""Identity: who a buyer is, as a map from identities to persons that can be folded anew at any time.

Importing this package is cheap: each name below loads its part at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.identity.clusters import MAX_KEY, Refusal, Verdict, components, decide, partition
    from crmkit.identity.evaluating import Costs, Evaluation, Harm, Rates, evaluate
    from crmkit.identity.events import PersonMade, PersonsMerged, PersonsParted
    from crmkit.identity.matching.answers import Linked, LinkReport
    from crmkit.identity.matching.linking import dedupe, link
    from crmkit.identity.matching.model_document import Level, LinkModel, threshold_for
    from crmkit.identity.model import Decision, Evidence, Identity, Neighbourhood, Person, Resolved, Sighting
    from crmkit.identity.ports import DecisionRepository, IdentityRepository, IdentityUnit
    from crmkit.identity.refusals import MergeVetoed, SharedIdentifier
    from crmkit.identity.resolution import resolve_many
    from crmkit.identity.service import IdentityRegistry
    from crmkit.identity.withdrawing import withdraw_many

__all__ = [
    "MAX_KEY",
    "Costs",
    "Decision",
    "DecisionRepository",
    "Evaluation",
    "Evidence",
    "Harm",
    "Identity",
    "IdentityRegistry",
    "IdentityRepository",
    "IdentityUnit",
    "Level",
    "LinkModel",
    "LinkReport",
    "Linked",
    "MergeVetoed",
    "Neighbourhood",
    "Person",
    "PersonMade",
    "PersonsMerged",
    "PersonsParted",
    "Rates",
    "Refusal",
    "Resolved",
    "SharedIdentifier",
    "Sighting",
    "Verdict",
    "components",
    "decide",
    "dedupe",
    "evaluate",
    "link",
    "partition",
    "resolve_many",
    "threshold_for",
    "withdraw_many",
]

_HOMES = {
    "link": "crmkit.identity.matching.linking",
    "dedupe": "crmkit.identity.matching.linking",
    "LinkReport": "crmkit.identity.matching.answers",
    "Linked": "crmkit.identity.matching.answers",
    "threshold_for": "crmkit.identity.matching.model_document",
    "LinkModel": "crmkit.identity.matching.model_document",
    "Level": "crmkit.identity.matching.model_document",
    "Rates": "crmkit.identity.evaluating",
    "Harm": "crmkit.identity.evaluating",
    "evaluate": "crmkit.identity.evaluating",
    "Evaluation": "crmkit.identity.evaluating",
    "Costs": "crmkit.identity.evaluating",
    "MAX_KEY": "crmkit.identity.clusters",
    "Decision": "crmkit.identity.model",
    "DecisionRepository": "crmkit.identity.ports",
    "Evidence": "crmkit.identity.model",
    "Identity": "crmkit.identity.model",
    "IdentityRegistry": "crmkit.identity.service",
    "IdentityRepository": "crmkit.identity.ports",
    "IdentityUnit": "crmkit.identity.ports",
    "MergeVetoed": "crmkit.identity.refusals",
    "Neighbourhood": "crmkit.identity.model",
    "Person": "crmkit.identity.model",
    "PersonMade": "crmkit.identity.events",
    "PersonsMerged": "crmkit.identity.events",
    "PersonsParted": "crmkit.identity.events",
    "Refusal": "crmkit.identity.clusters",
    "Resolved": "crmkit.identity.model",
    "SharedIdentifier": "crmkit.identity.refusals",
    "Sighting": "crmkit.identity.model",
    "Verdict": "crmkit.identity.clusters",
    "components": "crmkit.identity.clusters",
    "decide": "crmkit.identity.clusters",
    "partition": "crmkit.identity.clusters",
    "resolve_many": "crmkit.identity.resolution",
    "withdraw_many": "crmkit.identity.withdrawing",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'crmkit.identity' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
