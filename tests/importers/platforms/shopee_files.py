"""Shopee's samples, and small files made of their rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crmkit import importers
from crmkit.importers.platforms import shopee
from crmkit.importers.texts import normalised
from crmkit.orders import Order

SAMPLES = Path(__file__).parents[1] / "samples" / "shopee"
FILES = {
    "id": "Order.all.20261101_20261107.id.csv",
    "en": "Order.all.20261101_20261104.en.csv",
    "ph": "Order.all.20261105_20261105.ph.csv",
    "th": "Order.all.20261101_20261102.th.csv",
    "vn": "Order.all.20261101_20261102.vn.csv",
    "tw": "Order.all.20261101_20261102.tw.csv",
    "br": "Order.all.20261101_20261103.br.csv",
}
FORMATS = {known.name.rpartition(".")[2]: known for known in shopee.FORMATS}


def golden(language: str) -> Path:
    return SAMPLES / FILES[language].replace(".csv", ".golden.json")


def rows_of(language: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO((SAMPLES / FILES[language]).read_text(encoding="utf-8"), newline="")))


def text(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def first(language: str, changed: Mapping[str, str] = MappingProxyType({}), *, lines: int = 1) -> bytes:
    """The first rows of a sample, with some cells changed by column."""
    header, *rows = rows_of(language)
    names = [normalised(name) for name in header]
    wanted = {normalised(name): value for name, value in changed.items()}
    assert set(wanted) <= set(names)
    told = [[wanted.get(name, cell) for name, cell in zip(names, row, strict=True)] for row in rows[:lines]]
    return text([header, *told])


def only(data: bytes, **options: Any) -> Order:
    (order,) = importers.read(data, name="o.csv", **options).orders
    return order


def codes(data: bytes, **options: Any) -> list[str]:
    return [problem.code for problem in importers.read(data, name="o.csv", **options).problems]
