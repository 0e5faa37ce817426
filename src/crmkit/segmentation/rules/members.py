"""Who keeps a rule: the ids of the rows for which it is true, in the caller's kind of frame."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation import tables
from crmkit.segmentation.keys import Keys
from crmkit.segmentation.report import Facts, Report
from crmkit.segmentation.rules import by_arrays, by_expressions
from crmkit.segmentation.rules.asked import Question, bound_to, fields_of, of_texts, one_column
from crmkit.segmentation.rules.by_arrays import Values
from crmkit.segmentation.rules.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["engine_of", "is_in_arrays", "kinds_in", "matching", "members"]


def is_in_arrays(frame: Any) -> bool:
    """Whether a frame is counted with arrays."""
    return tables.kind_of(frame) in ("pandas", "pyarrow")


def engine_of(frame: Any) -> str:
    """Returns the name of the library that a frame comes from."""
    if is_in_arrays(frame):
        return tables.kind_of(frame)
    import narwhals.stable.v2 as nw

    return str(nw.from_native(frame).implementation.value)


def members(frame: Any, question: Question, report: Report, *, strict: bool) -> Any:
    """Returns the members' ids as a frame of one column `customer`; see `Rule.members`."""
    if is_in_arrays(frame):
        return _members_of_arrays(frame, question, report, strict=strict)
    return _members_of_rows(frame, question, report, strict=strict)


def matching(frame: Any, question: Question) -> Any:
    """Returns the rows for which the rule is true, with all their columns; see `Rule.matching`."""
    if is_in_arrays(frame):
        holds = _verdicts(frame, question)
        return _filtered(frame, holds)
    opened = _opened(frame, question)
    kept = opened.columns.frame.filter(opened.holds)
    return (kept.collect() if opened.is_through_lazy else kept).to_native()


def _filtered(frame: Any, holds: NDArray[np.bool_]) -> Any:
    if tables.kind_of(frame) == "pandas":
        return frame.loc[holds]
    import pyarrow as pa

    return frame.filter(pa.array(holds))


def _columns(frame: Any, names: list[str]) -> Mapping[str, Values]:
    there = _names(frame)
    is_arrow = tables.kind_of(frame) == "pyarrow"
    found = {}
    for name in names:
        if name not in there:
            continue
        one_column(name, there)
        if is_arrow:
            from crmkit.segmentation.rules import arrow_columns

            found[name] = arrow_columns.values_of(name, frame[name])
        else:
            from crmkit.segmentation.rules import pandas_columns

            found[name] = pandas_columns.values_of(name, frame[name])
    return found


def _names(frame: Any) -> list[Any]:
    return list(frame.column_names if tables.kind_of(frame) == "pyarrow" else frame.columns)


def _verdicts(frame: Any, question: Question) -> NDArray[np.bool_]:
    names = _names(frame)
    columns = _columns(frame, fields_of(question.node))
    found = bound_to(question, {name: column.kind for name, column in columns.items()}, names)
    currency = None
    if any(leaf.currency is not None for leaf in found.values()):
        assert question.currency is not None
        currency = _columns(frame, [question.currency])[question.currency]
        of_texts(question.currency, currency.kind)
        if currency.kind.name == "nothing":
            currency = _no_texts(currency)
    return by_arrays.verdicts(question.node, found, columns, len(frame), currency)


def _no_texts(column: Values) -> Values:
    """Takes a column of codes that has no texts, as an empty one has, for one without any code."""
    import numpy as np

    return attrs.evolve(column, known=np.zeros(len(column.known), bool), values=np.zeros(len(column.known), np.int64))


def _members_of_arrays(frame: Any, question: Question, report: Report, *, strict: bool) -> Any:
    import numpy as np

    one_column(question.customer, _names(frame))
    is_arrow = tables.kind_of(frame) == "pyarrow"
    keys = (tables._arrow_keys if is_arrow else tables._pandas_keys)(frame, question.customer)
    named = keys.codes >= 0
    if strict and not named.all():
        places = np.flatnonzero(~named)[:5].tolist()
        raise InputError(_refusal(int((~named).sum()), f"; the first in {', '.join(f'row {p}' for p in places)}"))
    codes = np.unique(keys.codes[_verdicts(frame, question) & named])
    report.ask_with(partial(_facts, keys, named, len(codes)))
    _, ids = keys.ordered(codes)
    if is_arrow:
        import pyarrow as pa

        return pa.table({"customer": ids})
    import pandas as pd

    return pd.DataFrame({"customer": ids})


def _facts(keys: Keys, named: NDArray[np.bool_], found: int) -> Facts:
    import numpy as np

    rows, with_id = len(named), int(named.sum())
    return _counted(rows, with_id, len(np.unique(keys.codes[named])), found, float_ids=keys.floats)


def _counted(rows: int, with_id: int, distinct: int, found: int, *, float_ids: bool) -> Facts:
    return Facts(
        rows=rows,
        before=0,
        later=0,
        dropped={"null_customer": rows - with_id} if rows > with_id else {},
        repeats=with_id - distinct,
        customers=found,
        left_out=0,
        flat=(),
        float_ids=float_ids,
    )


def _refusal(count: int, where: str) -> str:
    return f"{count:,} rows have no customer, and strict=True{where}. Clean them or drop strict."


@attrs.frozen(slots=True, kw_only=True)
class _Opened:
    """Holds a Narwhals frame with the rule's expression on it."""

    columns: by_expressions.Columns
    holds: Any
    is_eager: bool
    is_through_lazy: bool


def _opened(frame: Any, question: Question) -> _Opened:
    import narwhals.stable.v2 as nw

    given = nw.from_native(frame)
    is_eager = isinstance(given, nw.DataFrame)
    # polars plans a query better than it runs single steps
    through_lazy = is_eager and given.implementation.is_polars()
    given = given.lazy() if through_lazy else given
    columns = by_expressions.columns_of(given, fields_of(question.node))
    names = list(columns.frame.collect_schema())
    found = bound_to(question, columns.kinds, names)
    currency = None
    if any(leaf.currency is not None for leaf in found.values()):
        assert question.currency is not None
        currency, kind = by_expressions.column(columns.frame, question.currency)
        of_texts(question.currency, kind)
    holds = by_expressions.condition(question.node, found, columns, currency)
    return _Opened(columns=columns, holds=holds, is_eager=is_eager, is_through_lazy=through_lazy)


def _members_of_rows(frame: Any, question: Question, report: Report, *, strict: bool) -> Any:
    import narwhals.stable.v2 as nw

    opened = _opened(frame, question)
    rows = opened.columns.frame
    schema = rows.collect_schema()
    one_column(question.customer, list(schema))
    floats = schema[question.customer].is_float()
    customer = nw.col(question.customer)
    customer = customer.fill_nan(None) if floats else customer
    found = rows.filter(opened.holds & ~customer.is_null()).select(customer=customer).unique()
    ask = partial(_facts_of_rows, rows.select(customer=customer), found, floats)
    if strict and (nameless := ask().dropped):
        raise InputError(_refusal(sum(nameless.values()), ""))
    report.ask_with(ask)
    if not opened.is_eager:
        return found.to_native()
    found = found.collect() if opened.is_through_lazy else found
    return found.sort("customer").to_native()


def _facts_of_rows(rows: Any, found: Any, float_ids: bool) -> Facts:
    import narwhals.stable.v2 as nw

    ids = rows.filter(~nw.col("customer").is_null())
    counts = [_length(part) for part in (rows, ids, ids.unique(), found)]
    return _counted(*counts, float_ids=float_ids)


def _length(rows: Any) -> int:
    import narwhals.stable.v2 as nw

    counted = rows.select(nw.len())
    return int((counted.collect() if hasattr(counted, "collect") else counted).item())


def kinds_in(frame: Any, fields: list[str]) -> Mapping[str, Kind]:
    """Returns what the columns of a frame hold that a rule names."""
    if is_in_arrays(frame):
        return {name: column.kind for name, column in _columns(frame, fields).items()}
    import narwhals.stable.v2 as nw

    return by_expressions.columns_of(nw.from_native(frame), fields).kinds
