"""Why somebody is a member: each part of a rule with its verdict, each leaf with the value it saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import InputError, NotFoundError
from crmkit.segmentation.labels import Language
from crmkit.segmentation.rules.model import AllOf, Leaf, Node, Not

if TYPE_CHECKING:
    from crmkit.segmentation.rules.asked import Question
    from crmkit.segmentation.rules.binding import BoundLeaf
    from crmkit.segmentation.rules.kinds import Kind

__all__ = ["Verdict", "explained"]

_WORDS: dict[str, dict[Language, str]] = {
    "all": {"en": "all of", "zh": "满足全部"},
    "any": {"en": "any of", "zh": "满足任一"},
    "not": {"en": "not", "zh": "不满足"},
    "yes": {"en": "yes", "zh": "是"},
    "no": {"en": "no ", "zh": "否"},
}


@attrs.frozen(slots=True, kw_only=True)
class Verdict:
    """Says whether a part of a rule holds for one customer.

    Attributes:
        path: Its place in the rule, "" for the whole.
        holds: Whether it is true.
        words: What it says.
        leaf: The leaf, or None for all, any and not.
        value: The value that a leaf saw; None where there is none.
        parts: What all, any and not are made of.
        lang: Language of the words.
    """

    path: str
    holds: bool
    words: str
    leaf: Leaf | None = None
    value: Any = None
    parts: tuple[Verdict, ...] = ()
    lang: Language = "en"

    def leaves(self) -> Iterator[Verdict]:
        """Yields the verdicts of the leaves from left to right.

        Example:
            >>> from crmkit.segmentation import Rule
            >>> rule = Rule.load({"v": 1, "not": {"field": "region", "op": "is_null"}})
            >>> verdict = rule.explain({"region": "Hunan"}, as_of=datetime(2026, 11, 24))
            >>> [(leaf.path, leaf.value, leaf.holds) for leaf in verdict.leaves()], verdict.holds
            ([('not', 'Hunan', False)], True)
        """
        if self.leaf is not None:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        said = _WORDS["yes" if self.holds else "no"][self.lang]
        value = "" if self.leaf is None else f": {'–' if self.value is None else self.value}"
        yield f"{'  ' * depth}{said}  {self.words}{value}"
        for part in self.parts:
            yield from part._lines(depth + 1)


def explained(row: Any, customer: Any, question: Question, lang: Language) -> Verdict:
    """Returns the verdict on one customer of a frame, or on a row of values; see `Rule.explain`."""
    from crmkit.segmentation.rules.asked import bound_to, fields_of
    from crmkit.segmentation.rules.members import kinds_in

    fields = fields_of(question.node)
    if isinstance(row, Mapping):
        import pandas as pd

        row = pd.DataFrame({name: pd.Series([value], dtype=object) for name, value in row.items()})
        names, values = list(row.columns), {name: row[name].iloc[0] for name in row.columns}
    else:
        names, values = _row_of(row, customer, question, fields)
    kinds = kinds_in(row, fields)
    found = bound_to(question, kinds, names)
    currency = values.get(question.currency) if question.currency is not None else None
    seen = {name: _plain(values[name], kinds[name]) for name in fields}
    return _verdict(question.node, "", found, seen, currency if isinstance(currency, str) else None, lang)


def _row_of(frame: Any, customer: Any, question: Question, fields: list[str]) -> tuple[list[str], dict[str, Any]]:
    import narwhals.stable.v2 as nw

    from crmkit.segmentation.rules.asked import one_column

    rows = nw.from_native(frame)
    names = list(rows.collect_schema())
    one_column(question.customer, names)
    wanted = [name for name in (*fields, question.currency) if name in names]
    picked = rows.filter(nw.col(question.customer) == customer).select(*dict.fromkeys(wanted)).head(2)
    found = (picked.collect() if hasattr(picked, "collect") else picked).rows(named=True)
    if not found:
        raise NotFoundError("customer", str(customer))
    if len(found) > 1:
        raise InputError(f"The frame has several rows of customer {customer!r}; a rule takes one row a customer.")
    return names, dict(found[0])


def _plain(value: Any, kind: Kind) -> Any:
    """Returns a value of any engine as what the tests compare, None where there is none."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if kind.name == "fraction":
        return float(value)
    if kind.name == "whole":
        return int(value)
    if kind.name == "boolean":
        return bool(value)
    if kind.name == "moment" and isinstance(value, datetime) and kind.aware:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if kind.name == "date" and isinstance(value, datetime):
        return value.date()
    return value if not isinstance(value, date) or isinstance(value, datetime) or kind.name == "date" else None


def _verdict(
    node: Node,
    path: str,
    found: Mapping[str, BoundLeaf],
    seen: Mapping[str, Any],
    currency: str | None,
    lang: Language,
) -> Verdict:
    if isinstance(node, Leaf):
        from crmkit.segmentation.rules.plain import holds
        from crmkit.segmentation.rules.wording import leaf_in_words

        value = seen[node.field]
        words = leaf_in_words(node, lang, {})
        is_true = holds(found[path], value, currency)
        return Verdict(path=path, holds=is_true, words=words, leaf=node, value=value, lang=lang)
    word = "not" if isinstance(node, Not) else "all" if isinstance(node, AllOf) else "any"
    dot = f"{path}." if path else ""
    places = {f"{dot}not": node.part} if isinstance(node, Not) else _places(node.parts, f"{dot}{word}")
    parts = tuple(_verdict(part, place, found, seen, currency, lang) for place, part in places.items())
    each = [part.holds for part in parts]
    is_true = not each[0] if word == "not" else all(each) if word == "all" else any(each)
    return Verdict(path=path, holds=is_true, words=_WORDS[word][lang], parts=parts, lang=lang)


def _places(parts: tuple[Node, ...], word: str) -> dict[str, Node]:
    return {f"{word}[{place}]": part for place, part in enumerate(parts)}
