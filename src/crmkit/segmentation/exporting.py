"""Results as CSV files that Excel opens as they are meant, each with a manifest that says where it comes from."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.labels import Language
from crmkit.segmentation.report import Report

if TYPE_CHECKING:
    from crmkit.segmentation.rules.rule import Rule

__all__ = ["Manifest", "guarded", "to_csv"]

MONEY = ("monetary", "total", "revenue", "refunds", "average_order", "spend", "clv", "value")
"""Columns of results that are amounts of money, unless the caller names them."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_YES_NO: Mapping[str | None, tuple[str, str]] = {"en": ("no", "yes"), "zh": ("否", "是"), None: ("false", "true")}


@attrs.frozen(slots=True, kw_only=True)
class Manifest:
    """Says what a file holds and how it came about.

    Attributes:
        file: Name of the file.
        sha256: Digest of its bytes.
        rows: Number of rows below the header.
        columns: The columns by their names in the frame.
        labels: Language of header and segments, or None for codes.
        as_of: The moment of the answer, or None.
        rule: The saved rule as JSON text, or None.
        rule_digest: Its digest, or None.
        rule_in_words: Its sentence in the language of the labels, or None.
        parameters: What else the result was made with.
        report: Counts and problems of the call, or None.
    """

    file: str
    sha256: str
    rows: int
    columns: tuple[str, ...]
    labels: Language | None
    as_of: datetime | None = None
    rule: str | None = None
    rule_digest: str | None = None
    rule_in_words: str | None = None
    parameters: Mapping[str, Any] = attrs.field(factory=dict)
    report: Mapping[str, Any] | None = None

    def to_json(self) -> str:
        """Returns the manifest as JSON text, the rule in it as an object."""
        data = attrs.asdict(self, recurse=False)
        data["columns"] = list(self.columns)
        data["as_of"] = None if self.as_of is None else self.as_of.isoformat()
        data["rule"] = None if self.rule is None else json.loads(self.rule)
        return json.dumps({"v": 1, **data}, ensure_ascii=False, indent=2, default=str) + "\n"


def to_csv(
    result: Any,
    path: str | Path,
    *,
    labels: Language | None = "zh",
    rule: Rule | None = None,
    as_of: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    report: Report | None = None,
    money: tuple[str, ...] | None = None,
    digits: int = 2,
    minor: Mapping[str, int] | None = None,
) -> Manifest:
    r"""Writes a result as a CSV file for Excel, and `<path>.manifest.json` beside it.

    The file is UTF-8 with a byte order mark. Amounts of money are written with their decimals; a text that a
    spreadsheet would take for a formula (one that starts with `= + - @`) gets an apostrophe in front.

    Args:
        result: A frame of any engine; a lazy one is collected.
        path: The file, which is overwritten.
        labels: Language of the header and of segments and stages, or None for names and codes as they are.
        rule: The saved rule that the rows keep.
        as_of: The moment of the answer.
        parameters: What else the result was made with, for the manifest.
        report: The report of the call, for the manifest.
        money: Columns that are amounts of money; None for those that segmentation makes.
        digits: Decimals of amounts that are binary fractions.
        minor: Columns of whole smallest units, with their decimals.

    Returns:
        What the manifest says.

    Raises:
        InputError: Another language.

    Example:
        >>> import pandas as pd, tempfile
        >>> frame = pd.DataFrame(
        ...     {"customer": ["ann", "=1+1"], "monetary": [264.5, 15.0], "segment": ["champions", "new"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     manifest = to_csv(frame, Path(folder) / "best.csv", labels="zh", as_of=datetime(2026, 11, 24))
        ...     print((Path(folder) / "best.csv").read_text("utf-8-sig"))
        客户,消费金额,客户分层
        ann,264.50,冠军客户
        '=1+1,15.00,新客户
        <BLANKLINE>
        >>> manifest.rows, manifest.columns
        (2, ('customer', 'monetary', 'segment'))
    """
    if labels not in ("en", "zh", None):
        raise InputError(f"labels is 'en', 'zh' or None, got {labels!r}.")
    target = Path(path)
    columns, rows = _rows_of(result)
    amounts = MONEY if money is None else money
    cells: list[Callable[[Any], str]] = [
        partial(_cell, name, labels, _digits(name, amounts, digits), (minor or {}).get(name)) for name in columns
    ]
    count = _written(target, [guarded(_heading(name, labels)) for name in columns], cells, rows)
    manifest = Manifest(
        file=target.name,
        sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
        rows=count,
        columns=columns,
        labels=labels,
        as_of=as_of,
        rule=None if rule is None else rule.dump(),
        rule_digest=None if rule is None else rule.digest,
        rule_in_words=None if rule is None else rule.in_words(labels or "en"),
        parameters=dict(parameters or {}),
        report=None if report is None else _facts(report),
    )
    target.with_name(target.name + ".manifest.json").write_text(manifest.to_json(), "utf-8")
    return manifest


def _rows_of(result: Any) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    import narwhals.stable.v2 as nw

    rows = nw.from_native(result)
    rows = rows.collect() if isinstance(rows, nw.LazyFrame) else rows
    return tuple(rows.columns), rows.iter_rows()


def _written(
    target: Path, header: list[str], cells: list[Callable[[Any], str]], rows: Iterator[tuple[Any, ...]]
) -> int:
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        written = 0
        for row in rows:
            writer.writerow([write(value) for write, value in zip(cells, row, strict=True)])
            written += 1
    return written


def _heading(name: str, labels: Language | None) -> str:
    from crmkit.segmentation.rules.wording import FIELDS

    known = FIELDS.get(name)
    if labels is None or known is None:
        return name
    return known[0] if labels == "en" else known[1]


def _digits(name: str, money: tuple[str, ...], digits: int) -> int | None:
    return digits if name in money else None


def _cell(name: str, labels: Language | None, digits: int | None, minor: int | None, value: Any) -> str:
    if value is None or _is_missing(value):
        return ""
    if isinstance(value, str):
        from crmkit.segmentation.rules.wording import label_of

        return guarded(value if labels is None else label_of(name, value, labels))
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return _YES_NO[labels][bool(value)]
    if isinstance(value, float):
        return _fraction(float(value), digits)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if minor is not None:
        return format(Decimal(int(value)).scaleb(-minor), "f")
    return guarded(str(value)) if not hasattr(value, "__index__") else str(int(value))


def _is_missing(value: Any) -> bool:
    """Whether a value is NaN, or one of the nulls of pandas."""
    import pandas as pd

    return value is pd.NA or value is pd.NaT or value != value


def _fraction(value: float, digits: int | None) -> str:
    if digits is None or not math.isfinite(value):
        return repr(value)
    size = math.floor(abs(value) * 10.0**digits + 0.5)  # the one rounding rule of segmentation
    return format(Decimal(-size if value < 0 else size).scaleb(-digits), "f")


def guarded(text: str) -> str:
    """Returns a text that no spreadsheet takes for a formula.

    Example:
        >>> guarded("=HYPERLINK(0)"), guarded("a=b")
        ("'=HYPERLINK(0)", 'a=b')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _facts(report: Report) -> Mapping[str, Any]:
    facts = attrs.asdict(report.facts)
    return {**facts, "seen": report.seen, "problems": [str(problem) for problem in report.problems]}
