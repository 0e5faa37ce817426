"""What the page shows of where customers stand: the stages then and now, and the flow between."""

from __future__ import annotations

from decimal import Decimal

import attrs

from crmkit.charts import flow_words, stage_flow
from crmkit.charts.flow import Flow, flow_of
from crmkit.report.pictures import Pictures, in_both_themes
from crmkit.report.sections import StageSection
from crmkit.report.strings import say
from crmkit.segmentation.labels import Language

__all__ = ["StageRow", "StageView", "stage_view"]

_PROSPECT = "prospect"


@attrs.frozen(kw_only=True, slots=True)
class StageRow:
    """Is one stage: how many were in it then, how many are now, and their share of all who are customers now."""

    name: str
    before: int
    after: int
    part: Decimal | None

    @property
    def change(self) -> int:
        """How many more there are now."""
        return self.after - self.before


@attrs.frozen(kw_only=True, slots=True)
class StageView:
    """Is the section, ready to be written.

    Attributes:
        rows: The stages of customers, without those who had not bought.
        total: All of them.
        top: The largest share, which the bars are drawn against.
        words: The flow in sentences; empty where nobody was a customer before.
        pictures: The flow as a map; empty then, too.
    """

    rows: tuple[StageRow, ...]
    total: StageRow
    top: Decimal
    words: str
    pictures: Pictures
    days: int
    limits: dict[str, int]


def stage_view(section: StageSection, lang: Language) -> StageView:
    """Returns what the page shows of where customers stand."""
    flow = flow_of(section.flow, lang=lang)
    stages = [(stage, name) for stage, name in zip(flow.stages, flow.names, strict=True) if stage != _PROSPECT]
    before, now = (sum(counted(stage) for stage, _ in stages) for counted in (flow.before, flow.after))
    rows = tuple(_row(flow, stage, name, now) for stage, name in stages)
    words = flow_words(section.flow, lang=lang) if before else ""
    return StageView(
        rows=rows,
        total=StageRow(name=say(lang, "all"), before=before, after=now, part=None),
        top=max((row.part or Decimal(0) for row in rows), default=Decimal(1)),
        words=words,
        pictures=in_both_themes(
            lambda theme: stage_flow(section.flow, lang=lang, theme=theme),
            title=say(lang, "flow_title", days=section.days),
            desc=words,
        )
        if before
        else (),
        days=section.days,
        limits=section.thresholds.days(),
    )


def _row(flow: Flow, stage: str, name: str, now: int) -> StageRow:
    after = flow.after(stage)
    return StageRow(name=name, before=flow.before(stage), after=after, part=Decimal(after) / now if now else None)
