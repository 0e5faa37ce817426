"""What a call saw: rows read, seen and left out by reason, beside the frame that it returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from crmkit.problems import Problem

__all__ = ["Facts", "Report"]

REASONS: Mapping[str, str] = {
    "null_moment": "have no moment and were left out",
    "null_customer": "have no customer and were left out",
    "null_order": "have no order number and were left out",
    "null_amount": "have no amount and were left out",
    "not_finite": "have an infinite amount and were left out",
    "amount_too_large": "have an amount beyond 2^53 of its smallest unit and were left out",
    "amount_too_fine": "have an amount with more decimals than digits= allows and were left out",
}
"""Why a row that could have been seen was left out, by code."""


@attrs.frozen(slots=True, kw_only=True)
class Facts:
    """Holds the counts of one call.

    Attributes:
        rows: Rows of the frame.
        before: Rows earlier than `since`.
        later: Rows at or after `as_of`, which influence nothing.
        dropped: Rows inside the window that could not be used, by reason.
        repeats: Seen rows that equal an earlier one in all named columns; summed, unless `drop_repeats` was set.
        customers: Customers in the result.
        left_out: Customers seen without a purchase.
        flat: Dimensions in which all customers are equal.
        float_ids: Whether the customers' ids are binary fractions.
        are_repeats_dropped: Whether `drop_repeats` was set, so that repeats count once.
        like_missing: Used rows whose customer is a text such as "nan", which is what a missing id becomes as text.
        who: Whose ids these are, in the singular.
        remarks: What else deserves a look: code, value and reason of each.
    """

    rows: int
    before: int
    later: int
    dropped: Mapping[str, int]
    repeats: int
    customers: int
    left_out: int
    flat: tuple[str, ...]
    float_ids: bool
    are_repeats_dropped: bool = False
    like_missing: int = 0
    who: str = "customer"
    remarks: tuple[tuple[str, str, str], ...] = ()

    @property
    def seen(self) -> int:
        """Rows that the result was made of."""
        return self.rows - self.before - self.later - sum(self.dropped.values())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be used or deserves a look, errors first."""
        errors = [
            Problem(
                source="frame",
                code=self._named(code),
                value=str(self.dropped[code]),
                reason=self._named(f"rows {reason}"),
            )
            for code, reason in REASONS.items()
            if self.dropped.get(code)
        ]
        return (*errors, *(_warning(code, value, reason) for code, value, reason in self._remarks()))

    def _named(self, text: str) -> str:
        return text.replace("customer", self.who)

    def _remarks(self) -> list[tuple[str, str, str]]:
        remarks = [("flat", name, "is equal for all customers; they share one score") for name in self.flat]
        if self.rows and not self.seen:
            remarks.append(("nothing_seen", "", "holds no usable row between since and as_of"))
        if self.float_ids:
            remarks.append(
                (
                    "float_ids",
                    "",
                    self._named(
                        "has customer ids that are binary fractions, such as 123.0; they were taken as they are"
                    ),
                )
            )
        if self.like_missing:
            reason = (
                "rows have a customer id such as 'nan' or 'None', which looks like a missing one; they were counted"
            )
            remarks.append(("ids_like_missing", str(self.like_missing), self._named(reason)))
        return [*remarks, *self.remarks]

    @property
    def _repeats_text(self) -> str:
        if not self.repeats:
            return "0 repeats"
        how = (
            "counted once"
            if self.are_repeats_dropped
            else "counted like other rows (drop_repeats=True counts them once)"
        )
        return f"{self.repeats:,} repeats, {how}"


def _warning(code: str, value: str, reason: str) -> Problem:
    return Problem(source="frame", code=code, value=value, reason=reason, severity="warning")


class Report:
    """Collects what a call saw; give it as `report=` and read it afterwards.

    On a lazy frame the counts cost a query of their own, which runs when the report is first read.

    Example:
        >>> from datetime import datetime
        >>> import pandas as pd
        >>> from crmkit.segmentation import Report, rfm
        >>> frame = pd.DataFrame({"customer": ["a", None], "moment": [datetime(2026, 1, 1)] * 2, "amount": [9.9, 5.0]})
        >>> report = Report()
        >>> result = rfm(frame, as_of=datetime(2026, 2, 1), report=report)
        >>> report.rows, report.seen, report.left_out
        (2, 1, 0)
        >>> print(report.problems[0])
        frame '1' rows have no customer and were left out
    """

    __slots__ = ("_ask", "_facts")

    def __init__(self) -> None:
        self._ask: Callable[[], Facts] | None = None
        self._facts: Facts | None = None

    def ask_with(self, ask: Callable[[], Facts]) -> None:
        """Takes the question that yields the facts; it is asked once, when somebody reads them."""
        self._ask, self._facts = ask, None

    def remark(self, code: str, value: str, reason: str) -> None:
        """Adds what deserves a look beside the facts of the call."""
        ask, remark = self._ask, (code, value, reason)
        if ask is None:
            return

        def asked() -> Facts:
            facts = ask()
            return attrs.evolve(facts, remarks=(*facts.remarks, remark))

        self.ask_with(asked)

    @property
    def facts(self) -> Facts:
        """All counts as one value.

        Raises:
            LookupError: The report was not given to any call yet, or the call was refused.
        """
        if self._facts is None:
            if self._ask is None:
                raise LookupError(
                    "This report holds nothing: it was not given to a call yet, rfm(frame, …, report=report), "
                    "or the call was refused and raised an error."
                )
            self._facts, self._ask = self._ask(), None
        return self._facts

    @property
    def rows(self) -> int:
        """Rows of the frame."""
        return self.facts.rows

    @property
    def seen(self) -> int:
        """Rows that the result was made of."""
        return self.facts.seen

    @property
    def left_out(self) -> int:
        """Customers seen without a purchase, who are not in the result."""
        return self.facts.left_out

    @property
    def repeats(self) -> int:
        """Seen rows that equal an earlier one in all named columns."""
        return self.facts.repeats

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be used or deserves a look."""
        return self.facts.problems

    def __str__(self) -> str:
        facts = self.facts
        lines = [
            f"{facts.rows:,} rows · {facts.seen:,} seen · {facts.customers:,} {facts.who}s · "
            f"{facts.left_out:,} without a purchase · {facts._repeats_text}"
        ]
        return "\n".join([*lines, *map(str, facts.problems)])
