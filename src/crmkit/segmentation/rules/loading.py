"""From JSON to a rule; what is unknown or cannot be meant is refused here, with its path."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from crmkit.segmentation.rules.model import MAX_DEPTH, MAX_VALUES, OPERATORS, AllOf, AnyOf, Leaf, Node, Not, Scalar
from crmkit.segmentation.rules.refusals import RuleError

__all__ = ["VERSION", "node_of", "plain_decimal"]

VERSION = 1
_ORDERED = ("<", "<=", ">", ">=", "between")
_WITH_TEXT = ("starts_with", "contains")
_LISTS = ("in", "not_in")
_MOST_DIGITS, _LARGEST_EXPONENT = 38, 38
_MOST_DAYS = 1_000_000
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NODES = ("all", "any", "not", "field")


def node_of(source: str | bytes | Mapping[str, Any]) -> Node:
    """Returns the tree of a rule that is given as JSON text or as what `json.loads` makes of it.

    Raises:
        RuleError: Something is unknown, or of a type that cannot be meant.
    """
    data = _parsed(source) if isinstance(source, str | bytes) else source
    if not isinstance(data, Mapping):
        raise RuleError("", f"a rule is an object with v and one of {', '.join(_NODES)}, got {_name(data)}")
    version = data.get("v")
    if isinstance(version, bool) or version != VERSION:
        found = "missing" if "v" not in data else f"{version!r}"
        raise RuleError("v", f"the version is {VERSION}, and here it is {found}")
    return _node({key: value for key, value in data.items() if key != "v"}, "", 1)


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except RecursionError:
        raise RuleError("", f"it is nested deeper than {MAX_DEPTH}") from None
    except RuleError:
        raise
    except (ValueError, InvalidOperation) as error:
        raise RuleError("", f"it is no JSON ({error})") from error


def _no_constant(name: str) -> NoReturn:
    raise RuleError("", f"{name} is no value that anything can be compared with")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RuleError("", f"{twice!r} stands twice in one object")
    return found


def _node(data: Any, path: str, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise RuleError(path, f"it is nested deeper than {MAX_DEPTH}")
    if not isinstance(data, Mapping):
        raise RuleError(path, f"here stands an object with one of {', '.join(_NODES)}, got {_name(data)}")
    words = [word for word in _NODES if word in data]
    if len(words) != 1:
        found = " and ".join(words) if words else ", ".join(map(repr, data)) or "nothing"
        raise RuleError(path, f"an object has exactly one of {', '.join(_NODES)}, got {found}")
    word = words[0]
    if word == "field":
        return _leaf(data, path)
    _no_others(data, (word,), path)
    dot = f"{path}." if path else ""
    if word == "not":
        return Not(_node(data["not"], f"{dot}not", depth + 1))
    parts = data[word]
    if not isinstance(parts, list | tuple):
        raise RuleError(f"{dot}{word}", f"{word} is a list, got {_name(parts)}")
    nodes = tuple(_node(part, f"{dot}{word}[{place}]", depth + 1) for place, part in enumerate(parts))
    return AllOf(nodes) if word == "all" else AnyOf(nodes)


def _no_others(data: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
    for key in data:
        if key not in known:
            dot = f"{path}." if path else ""
            raise RuleError(f"{dot}{key}", f"{key!r} is not known here; there may be {', '.join(known)}")


def _leaf(data: Mapping[str, Any], path: str) -> Leaf:
    _no_others(data, ("field", "op", "value", "currency"), path)
    dot = f"{path}." if path else ""
    field, op = data["field"], data.get("op")
    if not isinstance(field, str) or not field:
        raise RuleError(f"{dot}field", f"a field is the name of a column, got {field!r}")
    _checked_text(field, f"{dot}field")
    if not isinstance(op, str) or op not in OPERATORS:
        raise RuleError(f"{dot}op", f"{op!r} is no operator; there are {' '.join(OPERATORS)}")
    place = f"{dot}value"
    if op == "is_null":
        if "value" in data:
            raise RuleError(place, "is_null has no value")
        value: Scalar | tuple[Scalar, ...] | None = None
    elif "value" not in data:
        raise RuleError(place, f"{op} needs a value")
    else:
        value = _value(op, data["value"], place)
    currency = data.get("currency")
    if "currency" in data:
        value = _money(op, value, currency, dot)
    return Leaf(field=field, op=op, value=value, currency=currency)


def _value(op: str, given: Any, path: str) -> Scalar | tuple[Scalar, ...]:
    if op == "between" or op in _LISTS:
        return _list(op, given, path)
    if op == "within_days":
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _MOST_DAYS:
            raise RuleError(path, f"within_days takes a whole number of days from 0 on, got {given!r}")
        return given
    value = _scalar(given, path)
    if op in _WITH_TEXT and (not isinstance(value, str) or not value):
        raise RuleError(path, f"{op} takes a text that is not empty, got {given!r}")
    if op in _ORDERED and isinstance(value, bool):
        raise RuleError(path, f"true and false have no order for {op}; use == or !=")
    return value


def _list(op: str, given: Any, path: str) -> tuple[Scalar, ...]:
    if not isinstance(given, list | tuple):
        raise RuleError(path, f"{op} takes a list, got {_name(given)}")
    if op == "between" and len(given) != 2:
        raise RuleError(path, f"between takes the lowest and the highest value, got {len(given)} values")
    if len(given) > MAX_VALUES:
        raise RuleError(path, f"{op} takes at most {MAX_VALUES:,} values, got {len(given):,}")
    values = tuple(_scalar(value, f"{path}[{place}]") for place, value in enumerate(given))
    kinds = {_kind(value) for value in values}
    if len(kinds) > 1:
        raise RuleError(path, f"the values are of one kind, got {' and '.join(sorted(kinds))}")
    if op == "between" and kinds == {"true or false"}:
        raise RuleError(path, "true and false have no order for between; use ==")
    return values


def _scalar(given: Any, path: str) -> Scalar:
    if isinstance(given, str):
        return _checked_text(given, path)
    if isinstance(given, bool):
        return given
    if isinstance(given, float):
        if not math.isfinite(given):
            raise RuleError(path, f"{given!r} is no value that anything can be compared with")
        given = Decimal(repr(given))  # as JSON writes it
    if isinstance(given, int | Decimal):
        return _checked_number(given, path)
    way_out = "; use is_null" if given is None else ""
    raise RuleError(path, f"a value is a text, a number, true or false, got {_name(given)}{way_out}")


def _checked_text(text: str, path: str) -> str:
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise RuleError(path, "a text has no zero byte and no half of a surrogate pair, which no database can hold")
    return text


def _checked_number(number: int | Decimal, path: str) -> int | Decimal:
    small = abs(number) < 10**_MOST_DIGITS if isinstance(number, int) else _is_small(number)
    if not small:
        raise RuleError(path, f"a number has at most {_MOST_DIGITS} digits")
    return number


def _is_small(number: Decimal) -> bool:
    if not number.is_finite():
        return False
    exponent = int(number.as_tuple().exponent)
    return abs(exponent) <= _LARGEST_EXPONENT and number.adjusted() < _MOST_DIGITS and _digits(number) <= _MOST_DIGITS


def _digits(number: Decimal) -> int:
    return len(number.as_tuple().digits)


def plain_decimal(text: str) -> Decimal | None:
    """Returns the number that a text such as "500.00" is, or None."""
    if not _PLAIN.fullmatch(text) or len(text) > _MOST_DIGITS + 2:
        return None
    number = Decimal(text)
    return number if _is_small(number) else None


def _money(op: str, value: Any, currency: Any, dot: str) -> Any:
    if op not in (*_ORDERED, *_LISTS, "==", "!="):
        raise RuleError(f"{dot}currency", f"{op} compares no amounts and has no currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise RuleError(f"{dot}currency", f"a currency is an ISO 4217 code such as CNY, got {currency!r}")
    if not isinstance(value, tuple):
        return _amount(value, f"{dot}value")
    return tuple(_amount(one, f"{dot}value[{place}]") for place, one in enumerate(value))


def _amount(value: Scalar, path: str) -> Scalar:
    number = plain_decimal(value) if isinstance(value, str) else value
    if number is None or isinstance(number, bool):
        raise RuleError(path, f"an amount is a number or a text such as '500.00', got {value!r}")
    return number


def _kind(value: Scalar) -> str:
    return "text" if isinstance(value, str) else "true or false" if isinstance(value, bool) else "number"


def _name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else repr(value)
