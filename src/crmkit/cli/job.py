"""The main job: files in, customers, points and segments known, the report out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from crmkit import importers, loyalty, report
from crmkit.cli.buyerless import folded
from crmkit.cli.exits import DONE, WITH_PROBLEMS
from crmkit.cli.gather import gather
from crmkit.cli.refusing import Refusal
from crmkit.cli.sentences import told
from crmkit.cli.steps import Steps
from crmkit.cli.telling import summary, tell_problems
from crmkit.cli.words import end_of, tell_future, without_password, zone_named
from crmkit.clock import SystemClock
from crmkit.crm import Crm
from crmkit.garbage import heap_set_aside
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
        what = {"path": page.parent, "what": told(lang, "the_report"), "option": "--report"}
        raise Refusal(told(lang, "no_folder_for", **what))
    now = SystemClock().now().astimezone(shop_zone)
    until = as_of if isinstance(as_of, datetime) else end_of(as_of, shop_zone) if as_of else now
    if not isinstance(as_of, datetime):  # the day of the demo is no choice of whoever runs it
        tell_future(steps, until, now, lang)
    found = _read(steps, files, shop, format_name, keep_raw, zone, lang)
    programme = _programme(per, found)
    steps.say(told(lang, "taking", url=without_password(url)))
    # What was read stays until the end: looking through it again and again costs a fifth of the time.
    with heap_set_aside(), Crm.open(url, programme=programme) as crm:
        with steps.bar("orders") as advance:
            taken = crm.take(found, progress=advance)
        _tell(steps, taken, programme, lang)
        if meanwhile is not None:
            meanwhile(steps, crm)
        with steps.bar("report"):
            data = gather(crm, found, taken, shop=_name(found, shop), as_of=until, generated_at=now, lang=lang)
            report.write(data, page)
    _tell_segments(steps, data, lang)
    tell_problems(steps, folded(found, taken.problems, lang), lang)
    steps.say(told(lang, "page", path=page))
    return WITH_PROBLEMS if taken.problems else DONE


def _read(
    steps: Steps, files: Sequence[Path], shop: str | None, format_name: str | None, keep_raw: bool, zone: str | None,
    lang: Language,
) -> ImportReport:  # fmt: skip
    with steps.bar("reading"):
        found = importers.read(*files, shop=shop, format=format_name, keep_raw=keep_raw, zone=zone)
    for name, format_ in found.formats.items():
        steps.say(f"  {name}: {format_}")
    steps.say(told(lang, "reading", summary=summary(found, lang)))
    if any(order.shop == DEFAULT_SHOP and order.platform not in PLATFORM_WIDE for order in found.orders):
        steps.say(told(lang, "no_shop"))
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


def _tell(steps: Steps, taken: Taken, programme: loyalty.Programme | None, lang: Language) -> None:
    steps.say(_news(taken, lang))
    merges = told(lang, "merges", n=taken.merges) if taken.merges else ""
    steps.say(told(lang, "customers", n=taken.customers, merges=merges))
    if programme is not None:
        steps.say(told(lang, "points", n=taken.points))


def _news(taken: Taken, lang: Language) -> str:
    if taken.orders and taken.refused == taken.orders:
        return told(lang, "none_taken", n=taken.orders)
    if taken.orders and taken.is_nothing_new:
        key = "nothing_new_but" if taken.refused else "nothing_new"
        return told(lang, key, n=taken.orders, known=taken.known, refused=taken.refused)
    counts = {"new": taken.new, "changed": taken.changed, "known": taken.known, "refused": taken.refused}
    return told(lang, "taken", **counts)


def _tell_segments(steps: Steps, data: report.ReportData, lang: Language) -> None:
    for section in data.rfm:
        counts = Counter(section.frame["segment"])
        shown = ("、" if lang == "zh" else ", ").join(
            f"{label(name, lang)} {number:,}" for name, number in counts.most_common(5)
        )
        if shown:
            steps.say(told(lang, "segments", currency=section.currency, segments=shown))
