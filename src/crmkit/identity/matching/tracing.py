"""From an answer back to its grounds: why two records of a linked frame are one person, or are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.errors import InputError
from crmkit.identity.explaining import Explanation
from crmkit.identity.matching.grounds import Explainer

if TYPE_CHECKING:
    from crmkit.identity.matching.trace import Trace

__all__ = ["explain"]


def explain(linked: Any, a: object, b: object, *, show_values: bool = False) -> Explanation:
    """Returns why two records are one person by an answer of `dedupe` or `link`, or why they are not.

    Two that were compared are told bar by bar. Two of one person that were not, or that weigh too little by themselves,
    have a `path` besides: of all ways of links between them, the one whose weakest link is the strongest.

    Args:
        linked: What `dedupe` or `link` returned; the frame they were given must not have been changed since.
        a: Id of the one record, as in `linked.persons`.
        b: Id of the other.
        show_values: Tell the values as they are; without it they are masked.

    Raises:
        InputError: Twice the same record, or links that were not made here and so have no grounds.
        NotFoundError: There is no such record.

    Example:
        >>> import pandas as pd
        >>> from crmkit.identity import dedupe
        >>> orders = pd.DataFrame({"no": ["o1", "o2"], "mail": ["mei.example@example.com", "Mei.Example@example.com"]})
        >>> found = dedupe(orders, columns={"record_id": "no", "email": "mail"})
        >>> told = explain(found, "o1", "o2")
        >>> told.verdict(), told.bars[0].left
        ('one person by rule: the same mailbox', 'm***@example.com')
    """
    trace: Trace | None = linked.trace
    if trace is None:
        raise InputError("These links were made elsewhere, so nothing is known of their grounds.")
    left, right = trace.place(a), trace.place(b)
    if left == right:
        raise InputError(f"{a} was given twice; give two records.")
    return Explainer(trace, show_values=show_values).pair(left, right)
