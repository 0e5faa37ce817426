"""The main job: files in, customers, points and segments known, the report out."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from crmkit import importers, loyalty, report
from crmkit.cli.exits import DONE, WITH_PROBLEMS
from crmkit.cli.gather import gather
from crmkit.cli.reading import tell_problems
from crmkit.cli.steps import Steps
from crmkit.cli.words import end_of, without_password, zone_named
from crmkit.clock import SystemClock
from crmkit.crm import Crm
from crmkit.errors import InputError
from crmkit.importers import ImportReport
from crmkit.intake import Taken
from crmkit.intake.shops import PLATFORM_WIDE
from crmkit.orders import DEFAULT_SHOP
from crmkit.segmentation.labels import Language, label

__all__ = ["run_files"]

_ZONE = "Asia/Shanghai"


def run_files(
    steps: Steps,
    files: Sequence[Path],
    *,
    url: str,
    page: Path,
    as_of: date | datetime | None,
    zone: str | None,
    per: str,
    shop: str | None,
    format_name: str | None,
    lang: Language,
    keep_raw: bool = False,
    meanwhile: Callable[[Steps, Crm], None] | None = None,
) -> int:
    """Reads files into a database and writes the report; says what happens step by step.

    `meanwhile` may do something with the open database before the report is written.
    """
    shop_zone = zone_named(zone or _ZONE)
    if not page.absolute().parent.is_dir():
        raise InputError(f"There is no folder {page.parent} for the report; make it, or give another --report.")
    now = SystemClock().now().astimezone(shop_zone)
    until = as_of if isinstance(as_of, datetime) else end_of(as_of, shop_zone) if as_of else now
    found = _read(steps, files, shop, format_name, keep_raw, zone)
    gc.freeze()  # what was read stays until the end: looking through it again and again costs a fifth of the time
    programme = _programme(per, found)
    steps.say(f"Taking them into {without_password(url)}")
    with Crm.open(url, programme=programme) as crm:
        with steps.bar("orders") as advance:
            taken = crm.take(found, progress=advance)
        _tell(steps, taken, programme)
        if meanwhile is not None:
            meanwhile(steps, crm)
        with steps.bar("report"):
            data = gather(crm, found, taken, shop=_name(found, shop), as_of=until, generated_at=now, lang=lang)
            report.write(data, page)
    _tell_segments(steps, data, lang)
    tell_problems(steps, taken.problems)
    steps.say(f"Report: {page}")
    return WITH_PROBLEMS if taken.problems else DONE


def _read(
    steps: Steps, files: Sequence[Path], shop: str | None, format_name: str | None, keep_raw: bool, zone: str | None
) -> ImportReport:
    with steps.bar("reading"):
        found = importers.read(*files, shop=shop, format=format_name, keep_raw=keep_raw, zone=zone)
    for name, format_ in found.formats.items():
        steps.say(f"  {name}: {format_}")
    steps.say(f"Read: {found}")
    if any(order.shop == DEFAULT_SHOP and order.platform not in PLATFORM_WIDE for order in found.orders):
        steps.say(
            "  No file names its shop: orders go under 'default'. With more than one shop, give --shop NAME for each."
        )
    return found


def _programme(per: str, found: ImportReport) -> loyalty.Programme | None:
    """Makes the programme: a point for each `per`, where "auto" is one unit of the currency of most orders."""
    if per == "none":
        return None
    if per == "auto":
        currencies = Counter(order.currency for order in found.orders)
        if not currencies:
            return None
        per = f"1 {min(currencies, key=lambda code: (-currencies[code], code))}"
    return loyalty.Programme(earn=[loyalty.PerSpend(1, per=per)])


def _name(found: ImportReport, shop: str | None) -> str:
    """Gives the name on the page: the shop's, where there is one and it says anything."""
    shops = [shop] if shop else sorted({order.shop for order in found.orders} - {DEFAULT_SHOP})
    return " · ".join(shops[:3]) if shops else "crmkit"


def _tell(steps: Steps, taken: Taken, programme: loyalty.Programme | None) -> None:
    if taken.orders and taken.is_nothing_new:
        steps.say(f"Nothing new: all {taken.orders:,} orders are known already.")
    else:
        steps.say(
            f"Orders: {taken.new:,} new, {taken.changed:,} changed, {taken.known:,} known, {taken.refused:,} refused"
        )
    merges = f", {taken.merges:,} of them found under a second account" if taken.merges else ""
    steps.say(f"Customers: {taken.customers:,}{merges}")
    if programme is not None:
        steps.say(f"Points booked: {taken.points:,}")


def _tell_segments(steps: Steps, data: report.ReportData, lang: Language) -> None:
    for section in data.rfm:
        counts = Counter(section.frame["segment"])
        told = ", ".join(f"{label(name, lang)} {number:,}" for name, number in counts.most_common(5))
        if told:
            steps.say(f"Segments ({section.currency}): {told}")
