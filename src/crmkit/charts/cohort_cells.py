"""From a table of cohorts to the cells that a picture of it shows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from crmkit.charts.reading import columns_of, whole_numbers
from crmkit.errors import InputError
from crmkit.segmentation.refusals import FrameError

__all__ = ["CohortCell", "CohortStep", "cohort_cells", "cohort_steps"]


@attrs.frozen(kw_only=True, slots=True)
class CohortCell:
    """Is one cohort in one period.

    Attributes:
        cohort: First date of the cohort's period.
        k: Periods since then.
        customers: Customers who bought in the period, as far as it has gone.
        size: Customers who could have.
        is_complete: Whether the period is over.
    """

    cohort: date
    k: int
    customers: int
    size: int
    is_complete: bool

    @property
    def share(self) -> Decimal | None:
        """Customers by size, at least so much where the period is not over; None where nobody could have bought."""
        return Decimal(self.customers) / self.size if self.size else None


@attrs.frozen(kw_only=True, slots=True)
class CohortStep:
    """Is all cohorts together in one period: complete cells only, each with the weight of its size.

    Attributes:
        k: Periods since the first purchase.
        cohorts: Cohorts for which the period is over.
        customers: Their customers who bought in it.
        size: Their customers.
    """

    k: int
    cohorts: int
    customers: int
    size: int

    @property
    def share(self) -> Decimal | None:
        """Customers by size."""
        return Decimal(self.customers) / self.size if self.size else None


def cohort_cells(frame: Any) -> tuple[CohortCell, ...]:
    """Returns the cells of a table of cohorts, by cohort and k.

    Args:
        frame: Result of `segmentation.cohorts`, any frame that Narwhals takes; a lazy one is collected.

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: A cohort has a cell twice, such as where two results were put together.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> table = pd.DataFrame({"cohort": [date(2026, 9, 1)] * 2, "k": [0, 1], "customers": [4, 1], "size": [4, 4],
        ...                       "complete": [True, True]})
        >>> [(cell.k, str(cell.share)) for cell in cohort_cells(table)]
        [(0, '1'), (1, '0.25')]
    """
    columns = columns_of(frame, ("cohort", "k", "customers", "size", "complete"), "cohorts")
    counts = [whole_numbers(name, columns[name]) for name in ("k", "customers", "size")]
    complete = [bool(value) for value in columns["complete"]]
    found: dict[tuple[date, int], CohortCell] = {}
    for day, k, customers, size, over in zip(map(_day, columns["cohort"]), *counts, complete, strict=True):
        if customers > size:
            raise FrameError("customers", f"{customers} of {size}", "no more customers than the size of the cohort")
        if (day, k) in found:
            raise InputError(f"The cohort {day} has the period {k} twice; give the cohorts of one result.")
        found[day, k] = CohortCell(cohort=day, k=k, customers=customers, size=size, is_complete=over)
    return tuple(found[key] for key in sorted(found))


def cohort_steps(cells: tuple[CohortCell, ...]) -> tuple[CohortStep, ...]:
    """Returns one step for each k that is over for some cohort.

    Example:
        >>> from datetime import date
        >>> day, other = date(2026, 9, 1), date(2026, 10, 1)
        >>> steps = cohort_steps((CohortCell(cohort=day, k=1, customers=1, size=4, is_complete=True),
        ...                       CohortCell(cohort=other, k=1, customers=2, size=2, is_complete=True)))
        >>> [(step.k, step.cohorts, str(step.share)) for step in steps]
        [(1, 2, '0.5')]
    """
    steps: dict[int, CohortStep] = {}
    for cell in cells:
        if cell.is_complete and cell.size:
            old = steps.get(cell.k, CohortStep(k=cell.k, cohorts=0, customers=0, size=0))
            steps[cell.k] = CohortStep(
                k=cell.k, cohorts=old.cohorts + 1, customers=old.customers + cell.customers, size=old.size + cell.size
            )
    return tuple(steps[k] for k in sorted(steps))


def _day(value: Any) -> date:
    if isinstance(value, datetime) and value == value:  # NaT is a datetime and not itself
        return value.date()
    if isinstance(value, date) and value == value:
        return value
    raise FrameError("cohort", repr(value), "dates")
