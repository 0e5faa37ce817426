"""Identity: who a buyer is, as a map from identities to persons that can be folded anew at any time.

Importing this package is cheap: each name below loads its part at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.identity.clusters import MAX_KEY, Refusal, Verdict, components, decide, partition
    from crmkit.identity.contacts import Contact
    from crmkit.identity.describing import LinkDescription, describe
    from crmkit.identity.estimating import Estimate, SampleEstimates, estimate
    from crmkit.identity.evaluating import Costs, Evaluation, Harm, Rates, evaluate
    from crmkit.identity.events import PersonMade, PersonsMerged, PersonsParted, ReviewNeeded
    from crmkit.identity.explaining import Bar, Explanation, explanation
    from crmkit.identity.linking_values import Adoption, Link, Preview, Review
    from crmkit.identity.matching.answers import Linked, LinkReport
    from crmkit.identity.matching.best_values import best_values
    from crmkit.identity.matching.blinding import blind
    from crmkit.identity.matching.linking import dedupe, link
    from crmkit.identity.matching.model_document import Level, LinkModel, Rarity, threshold_for
    from crmkit.identity.matching.outside import cluster, import_links
    from crmkit.identity.matching.tracing import explain
    from crmkit.identity.model import Decision, Evidence, Identity, Neighbourhood, Person, Resolved, Sighting
    from crmkit.identity.ports import (
        DecisionRepository,
        IdentityRepository,
        IdentityUnit,
        LinkingUnit,
        ModelRepository,
        RecordRepository,
        ReviewRepository,
    )
    from crmkit.identity.reader import IdentityReader
    from crmkit.identity.records import Reading, Record
    from crmkit.identity.refusals import MergeVetoed, SharedIdentifier
    from crmkit.identity.resolution import resolve_many
    from crmkit.identity.reviewing import ReviewCase, ReviewSide, review_cases
    from crmkit.identity.service import IdentityRegistry
    from crmkit.identity.splink.records import SplinkRecords, splink_records
    from crmkit.identity.splink.settings import SplinkSettings
    from crmkit.identity.survivorship import SURVIVORSHIP, Telling, consents, survivor
    from crmkit.identity.withdrawing import withdraw_many

__all__ = [
    "MAX_KEY",
    "SURVIVORSHIP",
    "Adoption",
    "Bar",
    "Contact",
    "Costs",
    "Decision",
    "DecisionRepository",
    "Estimate",
    "Evaluation",
    "Evidence",
    "Explanation",
    "Harm",
    "Identity",
    "IdentityReader",
    "IdentityRegistry",
    "IdentityRepository",
    "IdentityUnit",
    "Level",
    "Link",
    "LinkDescription",
    "LinkModel",
    "LinkReport",
    "Linked",
    "LinkingUnit",
    "MergeVetoed",
    "ModelRepository",
    "Neighbourhood",
    "Person",
    "PersonMade",
    "PersonsMerged",
    "PersonsParted",
    "Preview",
    "Rarity",
    "Rates",
    "Reading",
    "Record",
    "RecordRepository",
    "Refusal",
    "Resolved",
    "Review",
    "ReviewCase",
    "ReviewNeeded",
    "ReviewRepository",
    "ReviewSide",
    "SampleEstimates",
    "SharedIdentifier",
    "Sighting",
    "SplinkRecords",
    "SplinkSettings",
    "Telling",
    "Verdict",
    "best_values",
    "blind",
    "cluster",
    "components",
    "consents",
    "decide",
    "dedupe",
    "describe",
    "estimate",
    "evaluate",
    "explain",
    "explanation",
    "import_links",
    "link",
    "partition",
    "resolve_many",
    "review_cases",
    "splink_records",
    "survivor",
    "threshold_for",
    "withdraw_many",
]

_HOMES = {
    "Rarity": "crmkit.identity.matching.model_document",
    "ReviewNeeded": "crmkit.identity.events",
    "IdentityReader": "crmkit.identity.reader",
    "ReviewRepository": "crmkit.identity.ports",
    "RecordRepository": "crmkit.identity.ports",
    "ModelRepository": "crmkit.identity.ports",
    "LinkingUnit": "crmkit.identity.ports",
    "Record": "crmkit.identity.records",
    "Reading": "crmkit.identity.records",
    "Preview": "crmkit.identity.linking_values",
    "Adoption": "crmkit.identity.linking_values",
    "Review": "crmkit.identity.linking_values",
    "Link": "crmkit.identity.linking_values",
    "Contact": "crmkit.identity.contacts",
    "LinkDescription": "crmkit.identity.describing",
    "describe": "crmkit.identity.describing",
    "Estimate": "crmkit.identity.estimating",
    "SampleEstimates": "crmkit.identity.estimating",
    "estimate": "crmkit.identity.estimating",
    "SplinkSettings": "crmkit.identity.splink.settings",
    "SplinkRecords": "crmkit.identity.splink.records",
    "splink_records": "crmkit.identity.splink.records",
    "cluster": "crmkit.identity.matching.outside",
    "import_links": "crmkit.identity.matching.outside",
    "blind": "crmkit.identity.matching.blinding",
    "best_values": "crmkit.identity.matching.best_values",
    "survivor": "crmkit.identity.survivorship",
    "consents": "crmkit.identity.survivorship",
    "Telling": "crmkit.identity.survivorship",
    "SURVIVORSHIP": "crmkit.identity.survivorship",
    "review_cases": "crmkit.identity.reviewing",
    "ReviewSide": "crmkit.identity.reviewing",
    "ReviewCase": "crmkit.identity.reviewing",
    "Bar": "crmkit.identity.explaining",
    "Explanation": "crmkit.identity.explaining",
    "explain": "crmkit.identity.matching.tracing",
    "explanation": "crmkit.identity.explaining",
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
