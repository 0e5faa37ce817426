"""What is asked of a frame by a rule: the rule, the moment of the answer, and which columns mean what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.days import Window, window
from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.rules.binding import BoundLeaf, bound
from crmkit.segmentation.rules.kinds import Kind
from crmkit.segmentation.rules.model import Node, leaves
from crmkit.segmentation.rules.refusals import RuleError

__all__ = ["Question", "asked", "bound_to", "fields_of", "of_texts", "one_column"]


@attrs.frozen(slots=True, kw_only=True)
class Question:
    """Holds a rule with what it is asked with.

    Attributes:
        node: The rule.
        window: The moment of the answer and the shop's zone.
        customer: Column of ids.
        currency: Column of currency codes, which may be missing, or None.
        minor: Decimals of columns that hold amounts in whole smallest units.
    """

    node: Node
    window: Window
    customer: str = "customer"
    currency: str | None = "currency"
    minor: Mapping[str, int] = attrs.field(factory=dict)


def asked(
    node: Node,
    *,
    as_of: datetime,
    customer: str,
    zone: str | tzinfo | None,
    currency: str | None,
    minor: Mapping[str, int] | None,
) -> Question:
    """Returns the question, its arguments checked.

    Raises:
        InputError: `as_of` is no datetime, there is no such zone, or `minor` names no number of decimals.
    """
    for name, digits in (minor or {}).items():
        if isinstance(digits, bool) or digits not in range(13):
            raise InputError(f"minor says how many decimals a column's unit has, from 0 to 12; {name!r}: {digits!r}.")
    return Question(
        node=node, window=window(as_of, None, zone), customer=customer, currency=currency, minor=dict(minor or {})
    )


def fields_of(node: Node) -> list[str]:
    """Returns the fields of a rule, each once, in the order of their first leaf."""
    return list(dict.fromkeys(leaf.field for _, leaf in leaves(node)))


def bound_to(question: Question, kinds: Mapping[str, Kind], names: list[str]) -> Mapping[str, BoundLeaf]:
    """Returns the rule bound to columns.

    Args:
        question: What is asked.
        kinds: What each field holds.
        names: All columns, for the words of a refusal and to see whether rows have a currency.

    Raises:
        RuleError: A field is no column, or a value cannot be compared with it.
    """
    scaled = {name: _with_digits(name, kind, question.minor) for name, kind in kinds.items()}
    has_currency = question.currency is not None and question.currency in names
    return bound(question.node, _looked_up(scaled, names), question.window, has_currency=has_currency)


def _with_digits(name: str, kind: Kind, minor: Mapping[str, int]) -> Kind:
    digits = minor.get(name)
    if not digits or kind.name == "nothing":
        return kind
    if not kind.is_number:
        raise FrameError(name, str(kind), "numbers, since minor names it")
    return attrs.evolve(kind, digits=digits)


def _looked_up(kinds: Mapping[str, Kind], names: list[str]) -> Callable[[str, str], Kind]:
    def kind_of(field: str, path: str) -> Kind:
        if field not in kinds:
            raise RuleError(path, f"{field!r} is no column of the frame; there are {', '.join(map(repr, names))}")
        return kinds[field]

    return kind_of


def of_texts(currency: str, kind: Kind) -> None:
    """Refuses a column of currency codes that holds something else.

    Raises:
        FrameError: It does.
    """
    if kind.name not in ("text", "nothing"):
        raise FrameError(currency, str(kind), "currency codes such as CNY, since the rule compares amounts of money")


def one_column(name: str, names: list[Any]) -> None:
    """Refuses a column that is missing or there several times.

    Raises:
        FrameError: It is.
    """
    count = names.count(name)
    if count != 1:
        there = ", ".join(map(repr, names)) or "no column"
        found = f"{count} columns of that name" if count else f"no such column among {there}"
        raise FrameError(name, found, "one column")
