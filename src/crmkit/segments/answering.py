"""Who belongs to which segment, from a frame of orders: what a question means. Frames in, a frame out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import CurrencyMismatch
from crmkit.segments.model import MEMBER
from crmkit.segments.questions import SCORED, STAGED, Question

if TYPE_CHECKING:
    import pandas as pd

    from crmkit.segmentation import Report

__all__ = ["answered", "customers_frame", "in_one_currency"]

FACTS = frozenset(("customer", "frequency", "monetary", "first_purchase", "last_purchase", "currency"))
"""What a database knows of each customer without scores and stages; see `customer_facts`."""


def in_one_currency(orders: pd.DataFrame, question: Question, *, as_of: datetime) -> Question:
    """Returns the question with the currency of the orders seen, where it names none.

    Args:
        orders: What `order_frame` gives.
        question: What is asked.
        as_of: The moment of the answer.

    Raises:
        CurrencyMismatch: They are in several.

    Example:
        >>> from datetime import UTC
        >>> import pandas as pd
        >>> from crmkit.segments import question_of
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> orders = pd.DataFrame({"moment": pd.to_datetime(["2026-11-01"], utc=True), "currency": ["CNY"]})
        >>> in_one_currency(orders, question_of(as_of=at), as_of=at).currency
        'CNY'
    """
    if question.currency is not None:
        return question
    is_seen = orders["moment"] < as_of
    if question.since is not None:
        is_seen &= orders["moment"] >= question.since
    found = orders.loc[is_seen, "currency"].astype(object).value_counts().sort_index()
    if len(found) > 1:
        told = ", ".join(f"{code} ({count:,} orders)" for code, count in found.items())
        raise CurrencyMismatch(
            f"The orders are in several currencies: {told}. Amounts of several cannot be added up: name one, such as "
            f"currency={found.idxmax()!r}.",
            tuple(map(str, found.index)),
        )
    return attrs.evolve(question, currency=str(found.index[0]) if len(found) else None)


def answered(
    orders: pd.DataFrame, question: Question, *, as_of: datetime, report: Report | None = None
) -> tuple[pd.DataFrame, int]:
    """Returns the members of segments with their numbers, and how many customers were looked at.

    Args:
        orders: What `order_frame` gives; never changed.
        question: What is asked, in one currency.
        as_of: The moment of the answer, aware.
        report: Takes what was seen and left out.

    Returns:
        Columns `customer`, `segment`, `recency`, `frequency`, `monetary` and more, one row a member; of a rule, only
        those for whom it is true.

    Raises:
        FrameError: A column is missing.
        RuleError: A field of the rule is no column.

    Example:
        >>> from datetime import UTC
        >>> import pandas as pd
        >>> from crmkit.segments import question_of
        >>> at = datetime(2026, 11, 24, tzinfo=UTC)
        >>> orders = pd.DataFrame({"customer": ["ann", "bo"], "amount": [30, 20], "currency": ["CNY", "CNY"],
        ...                        "moment": pd.to_datetime(["2026-11-01", "2026-03-01"], utc=True)})
        >>> found, customers = answered(orders, question_of("stages", as_of=at, currency="CNY"), as_of=at)
        >>> dict(zip(found["customer"], found["segment"])), customers
        ({'ann': 'new', 'bo': 'lost'}, 2)
    """
    from crmkit.segmentation import Rule

    facts = customers_frame(orders, question, as_of=as_of, report=report)
    if not isinstance(question.by, Rule):
        return facts, len(facts)
    found = question.by.matching(facts, as_of=as_of, zone=question.zone)
    return found.assign(segment=MEMBER), len(facts)


def customers_frame(
    orders: pd.DataFrame, question: Question, *, as_of: datetime, report: Report | None = None
) -> pd.DataFrame:
    """Returns one row for each customer who bought, with the columns that the question needs.

    Of a rule these are the fields it may name: those of `rfm` (by the grid of eleven), of `stages`, `first_purchase`,
    `last_purchase` and `currency`.
    """
    from crmkit.segmentation import GRID, Eight, Grid, Ladder, Rule, rfm

    by = question.by
    options: dict[str, Any] = {"as_of": as_of, "since": question.since, "zone": question.zone}
    seen = orders
    if question.currency is not None:
        seen = orders[orders["currency"] == question.currency]
    shape = by if isinstance(by, Grid | Eight) else GRID if isinstance(by, Rule) else None
    k = shape.k if isinstance(shape, Grid) else 5
    method: Any = question.cuts or "quantile"
    found: pd.DataFrame = rfm(seen, segments=shape, k=k, method=method, report=report, **options)
    if isinstance(by, Ladder) or (isinstance(by, Rule) and STAGED.intersection(by.fields)):
        found = _with_stages(found, seen, question, options)
    if isinstance(by, Rule) and not SCORED.union(STAGED).issuperset(by.fields):
        found = _with_moments(found, seen, as_of, question).assign(currency=question.currency)
    return found


def _with_stages(found: pd.DataFrame, seen: pd.DataFrame, question: Question, options: Any) -> pd.DataFrame:
    from crmkit.segmentation import LIFE_CYCLE, Ladder, stages

    by = question.by
    ladder = by if isinstance(by, Ladder) else LIFE_CYCLE
    staged = stages(seen, thresholds=question.thresholds, ladder=ladder, **options)
    merged = found.merge(staged, on="customer", how="left")
    return merged.assign(segment=merged["stage"]) if isinstance(by, Ladder) else merged


def _with_moments(found: pd.DataFrame, seen: pd.DataFrame, as_of: datetime, question: Question) -> pd.DataFrame:
    """Adds when each customer bought first and last."""
    is_bought = (seen["moment"] < as_of) & (seen["amount"] > 0)
    if question.since is not None:
        is_bought &= seen["moment"] >= question.since
    moments = seen[is_bought].groupby("customer", observed=True)["moment"].agg(["min", "max"])
    moments = moments.rename(columns={"min": "first_purchase", "max": "last_purchase"}).reset_index()
    return found.merge(moments, on="customer", how="left")
