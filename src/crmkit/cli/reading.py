"""The ERP developer's door: files into orders, without a store."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from crmkit import importers
from crmkit.cli.exits import DONE, WITH_PROBLEMS
from crmkit.cli.refusing import Refusal
from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.cli.telling import summary, tell_problems
from crmkit.errors import InputError
from crmkit.events import plain
from crmkit.importers import FormatInfo
from crmkit.orders import Order
from crmkit.segmentation.labels import Language

__all__ = ["explain_files", "list_formats", "read_files"]


def read_files(
    steps: Steps,
    files: Sequence[Path],
    *,
    target: Path | None = None,
    shop: str | None = None,
    format_name: str | None = None,
    strict: bool = False,
    explain: bool = False,
    zone: str | None = None,
    lang: Language = "en",
) -> int:
    """Reads files and tells what they hold, and how it understands them, or writes their orders to `target`."""
    if target is not None and target.suffix not in (".csv", ".jsonl"):
        raise Refusal(told(lang, "no_orders_suffix", path=target))
    if explain:
        explain_files(steps, files, shop=shop, format_name=format_name)
    report = importers.read(*files, shop=shop, format=format_name, strict=strict, keep_raw=False, zone=zone)
    for name, found in report.formats.items():
        steps.say(f"{name}: {found}")
    steps.say(summary(report, lang))
    if target is not None:
        write_orders(report.orders, target)
        steps.say(told(lang, "written", n=len(report.orders), path=target))
    tell_problems(steps, report.problems, lang)
    return WITH_PROBLEMS if report.problems else DONE


def explain_files(steps: Steps, files: Sequence[Path], *, shop: str | None, format_name: str | None) -> None:
    """Tells of each file why it is read as it is; a file of no known format is explained too."""
    for file in files:
        steps.say(str(importers.explain(file, shop=shop, format=format_name)))
        steps.say("")


def write_orders(orders: Sequence[Order], target: Path) -> None:
    """Writes orders as the crmkit template, or as one JSON object a line; a file that is cut short never appears."""
    if target.suffix == ".csv":
        importers.write(orders, target)
        return
    partial = target.with_name(target.name + ".part")
    with partial.open("w", encoding="utf-8", newline="\n") as out:
        for order in orders:
            fields = {name: value for name, value in plain(order).items() if name != "raw"}
            out.write(json.dumps(fields, ensure_ascii=False) + "\n")
    os.replace(partial, target)


def list_formats(steps: Steps, name: str | None = None) -> int:
    """Lists every format in one line, or tells all of the one that is named; a platform's name lists its own."""
    known = importers.formats()
    chosen = [info for info in known if name is None or name == info.name]
    if chosen and name is not None:
        _describe(steps, chosen[0])
        return DONE
    chosen = chosen or [info for info in known if name in (info.family, info.name.partition(".")[0])]
    if not chosen:
        raise InputError(f"There is no format {name!r}; `crmkit formats` lists those that there are.")
    wide, family = (max(len(told) for told in column) for column in zip(*map(_named, chosen), strict=True))
    for info in chosen:
        steps.say(f"{info.name:{wide}}  {info.family:{family}}  {info.title}")
    return DONE


def _named(info: FormatInfo) -> tuple[str, str]:
    return info.name, info.family


def _describe(steps: Steps, info: FormatInfo) -> None:
    steps.say(f"{info.name}: {info.title}")
    steps.say(f"family: {info.family}")
    for columns in info.required:
        steps.say(f"recognised by: {', '.join(columns)}")
    steps.say(f"reads: {', '.join(info.columns)}")
    steps.say(f"encodings: {', '.join(info.encodings)}")
    steps.say(f"tells refunds: {'yes' if info.tells_refunds else 'no'}")
