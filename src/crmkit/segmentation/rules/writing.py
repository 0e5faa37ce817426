"""From a rule to JSON, and the digest by which two rules are told apart."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from crmkit.segmentation.rules.loading import VERSION
from crmkit.segmentation.rules.model import AllOf, Leaf, Node, Not, Scalar

__all__ = ["digest_of", "json_of"]


def json_of(node: Node) -> str:
    """Returns the rule as JSON text, every number with the digits it came with."""
    return "{" + f'"v": {VERSION}, ' + _body(node, ", ", ": ", canonical=False) + "}"


def digest_of(node: Node) -> str:
    """Returns SHA-256 of the rule without spaces and with every number in its shortest form."""
    text = "{" + f'"v":{VERSION},' + _body(node, ",", ":", canonical=True) + "}"
    return hashlib.sha256(text.encode()).hexdigest()


def _body(node: Node, comma: str, colon: str, *, canonical: bool) -> str:
    if isinstance(node, Leaf):
        return _leaf(node, comma, colon, canonical=canonical)
    if isinstance(node, Not):
        return f'"not"{colon}{{{_body(node.part, comma, colon, canonical=canonical)}}}'
    parts = comma.join("{" + _body(part, comma, colon, canonical=canonical) + "}" for part in node.parts)
    return f'"{"all" if isinstance(node, AllOf) else "any"}"{colon}[{parts}]'


def _leaf(leaf: Leaf, comma: str, colon: str, *, canonical: bool) -> str:
    pairs = [("field", _text(leaf.field)), ("op", _text(leaf.op))]
    if leaf.value is not None:
        written = [_value(value, as_text=leaf.currency is not None, canonical=canonical) for value in leaf.values]
        pairs.append(("value", f"[{comma.join(written)}]" if isinstance(leaf.value, tuple) else written[0]))
    if leaf.currency is not None:
        pairs.append(("currency", _text(leaf.currency)))
    return comma.join(f'"{name}"{colon}{text}' for name, text in pairs)


def _value(value: Scalar, *, as_text: bool, canonical: bool) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    number = number_text(value, shortest=canonical)
    return f'"{number}"' if as_text else number


def number_text(value: int | Decimal, *, shortest: bool = False) -> str:
    """Returns a number without an exponent.

    Example:
        >>> number_text(Decimal("500.00")), number_text(Decimal("5E+2")), number_text(Decimal("500.00"), shortest=True)
        ('500.00', '500', '500')
    """
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if shortest and "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if shortest and text == "-0" else text


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
