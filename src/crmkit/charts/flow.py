"""The flow between two moments: how many customers went from which stage to which."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.charts.figures import check_language, count, share
from crmkit.charts.looks import SMALL, load_altair, styled
from crmkit.charts.palette import RATE_BANDS, Palette, Theme, band, palette
from crmkit.charts.reading import columns_of, whole_numbers
from crmkit.charts.wording import WORDS, band_names, joined
from crmkit.errors import InputError
from crmkit.segmentation.labels import LABELS, Language, label
from crmkit.segmentation.ladders import LIFE_CYCLE, Ladder
from crmkit.segmentation.refusals import FrameError

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Flow", "flow_of", "flow_words", "stage_flow"]

_WIDE, _HIGH, _GAP = 84, 42, 4
_MOST = 40
_PROSPECT = "prospect"
Row = dict[str, Any]


@attrs.frozen(slots=True)
class Flow:
    """Is who went where between two moments.

    Attributes:
        stages: Codes of the stages that somebody is in, in the order of a customer's life.
        names: Their names for people.
        customers: Customers by stage before and after; pairs without customers are missing.
    """

    stages: tuple[str, ...]
    names: tuple[str, ...]
    customers: dict[tuple[str, str], int]

    def before(self, stage: str) -> int:
        """Returns how many were in a stage before."""
        return sum(number for (came, _), number in self.customers.items() if came == stage)

    def after(self, stage: str) -> int:
        """Returns how many are in a stage after."""
        return sum(number for (_, went), number in self.customers.items() if went == stage)

    @property
    def everybody(self) -> int:
        """All customers, each once."""
        return sum(self.customers.values())


def flow_of(frame: Any, *, ladder: Ladder = LIFE_CYCLE, lang: Language = "en") -> Flow:
    """Returns the flow of a table of transitions.

    Args:
        frame: Result of `segmentation.transitions`, `rfm_transitions` or `transition_table`, any frame that Narwhals
            takes; a lazy one is collected.
        ladder: The stages, their order and names. Where the table holds a name that the ladder has not, all of them
            are taken as segments.
        lang: Language of the names.

    Raises:
        FrameError: A column is missing or holds what cannot be.

    Example:
        >>> import pandas as pd
        >>> flow = flow_of(pd.DataFrame({"from": ["new", "lost"], "to": ["lost", "lost"], "customers": [2, 3]}))
        >>> flow.names, flow.before("new"), flow.after("lost"), flow.everybody
        (('New', 'Lost'), 2, 5, 5)
    """
    columns = columns_of(frame, ("from", "to", "customers"), "transitions")
    customers: dict[tuple[str, str], int] = {}
    for came, went, number in zip(
        columns["from"], columns["to"], whole_numbers("customers", columns["customers"]), strict=True
    ):
        if not isinstance(came, str) or not isinstance(went, str):
            raise FrameError("from" if not isinstance(came, str) else "to", repr(came), "names of stages")
        if number:
            customers[came, went] = customers.get((came, went), 0) + number
    found = {name for pair in customers for name in pair}
    is_ladder = found <= {*ladder.stages, _PROSPECT}
    known = list(ladder.stages) if is_ladder else [_PROSPECT, *LABELS]
    order = {name: place for place, name in enumerate(dict.fromkeys([_PROSPECT, *known]))}
    stages = sorted(found, key=lambda name: (order.get(name, len(order)), name))
    names = [_name(stage, ladder if is_ladder else None, lang) for stage in stages]
    # Two stages of one name would be drawn over each other; their codes are apart.
    return Flow(tuple(stages), tuple(names if len(set(names)) == len(names) else stages), customers)


def stage_flow(
    frame: Any, *, ladder: Ladder = LIFE_CYCLE, lang: Language = "en", theme: Theme = "light"
) -> alt.LayerChart:
    """Returns the flow of customers as a map: a row for where they were, a column for where they are.

    A cell tells how many went that way and which share of its row they are, which also gives the colour; a way that
    nobody went has no fill. The last row and column are the sums, so the numbers can be added up.

    Args:
        frame: As for `flow_of`.
        ladder: As for `flow_of`.
        lang: "en" or "zh".
        theme: "light" or "dark".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown language or theme, or more than 40 stages.
        MissingExtraError: Altair is not installed.

    Example:
        >>> import pandas as pd
        >>> moved = pd.DataFrame({"from": ["new", "new"], "to": ["active", "lost"], "customers": [3, 1]})
        >>> rows = [row for one in stage_flow(moved).to_dict()["datasets"].values() for row in one]
        >>> [(row["before"], row["after"], row["count"], row["part"]) for row in rows if row["kind"] == "some"]
        [('New', 'Active', '3', '75%'), ('New', 'Lost', '1', '25%')]
    """
    altair = load_altair()
    look, words = palette(theme), WORDS[check_language(lang)]
    flow = flow_of(frame, ladder=ladder, lang=lang)
    if len(flow.stages) > _MOST:
        raise InputError(f"A map of {len(flow.stages)} stages cannot be read; up to {_MOST} can.")
    named = dict(zip(flow.stages, flow.names, strict=True))
    every = words["everybody"] + ("\N{NO-BREAK SPACE}" if words["everybody"] in flow.names else "")
    high = [*(named[stage] for stage in flow.stages if flow.before(stage)), every]
    wide = [*(named[stage] for stage in flow.stages if flow.after(stage)), every]
    apart = {"paddingInner": _GAP / _WIDE, "paddingOuter": 0}
    x = altair.X("after:O", title=words["flow_to"], scale=altair.Scale(domain=wide, **apart))
    y = altair.Y("before:O", title=words["flow_from"], scale=altair.Scale(domain=high, **apart))
    place = {"x": x.axis(orient="top", labelLimit=_WIDE), "y": y.axis(labelLimit=200)}
    layers = _layers(altair, _rows(flow, every, look, lang), look, lang, place)
    chart: alt.LayerChart = styled(altair.layer(*layers), look)
    return chart.properties(width=altair.Step(_WIDE), height=altair.Step(_HIGH))


def flow_words(frame: Any, *, ladder: Ladder = LIFE_CYCLE, lang: Language = "en") -> str:
    """Returns the numbers of a flow as plain sentences, one for each way that somebody went, the widest first.

    Args:
        frame: As for `stage_flow`.
        ladder: As for `stage_flow`.
        lang: "en" or "zh".

    Raises:
        FrameError: A column is missing or holds what cannot be.
        InputError: An unknown language.

    Example:
        >>> import pandas as pd
        >>> moved = pd.DataFrame({"from": ["new", "new"], "to": ["active", "new"], "customers": [3, 1]})
        >>> flow_words(moved)
        '4 customers, of whom 1 are where they were. New to Active: 3 (75%). New to New: 1 (25%).'
    """
    words = WORDS[check_language(lang)]
    flow = flow_of(frame, ladder=ladder, lang=lang)
    if not flow.everybody:
        return words["nobody"]
    named = dict(zip(flow.stages, flow.names, strict=True))
    stayed = sum(number for (came, went), number in flow.customers.items() if came == went)
    found = [words["flow_all"].format(customers=count(flow.everybody), stayed=count(stayed))]
    ways = sorted(flow.customers.items(), key=lambda item: (-item[1], item[0]))
    for (came, went), number in ways:
        facts = {"before": named[came], "after": named[went], "customers": count(number)}
        found.append(words["flow_one"].format(**facts, share=share(Decimal(number) / flow.before(came))))
    return joined(found, lang)


def _name(stage: str, ladder: Ladder | None, lang: Language) -> str:
    if ladder is not None and stage in ladder.labels:
        return ladder.label(stage, lang)
    return LIFE_CYCLE.label(stage, lang) if stage == _PROSPECT else label(stage, lang)


def _rows(flow: Flow, every: str, look: Palette, lang: Language) -> list[Row]:
    """Gives the cells, then the sums of rows and columns."""
    legend, rows = band_names(lang, RATE_BANDS), []
    stages = list(zip(flow.stages, flow.names, strict=True))
    for (came, before), (went, after) in product(stages, stages):
        if not flow.before(came) or not flow.after(went):
            continue
        row: Row = {"before": before, "after": after, "kind": "none"}
        if number := flow.customers.get((came, went), 0):
            part = Decimal(number) / flow.before(came)
            step = band(part, RATE_BANDS)
            row |= {"kind": "some", "count": count(number), "part": share(part), "band": legend[step]}
            row["ink"] = look.text_on(look.steps[step])
        rows.append(row)
    for stage, name in stages:
        for key, number in (("before", flow.before(stage)), ("after", flow.after(stage))):
            if number:
                sums = {"before": every, "after": every, key: name}
                rows.append({**sums, "kind": "sum", "count": count(number)})
    return [*rows, {"before": every, "after": every, "kind": "sum", "count": count(flow.everybody)}]


def _layers(altair: Any, rows: list[Row], look: Palette, lang: Language, place: dict[str, Any]) -> list[Any]:
    words = WORDS[lang]
    scale = altair.Scale(domain=band_names(lang, RATE_BANDS)[1:], range=list(look.steps[1:]))
    fills = altair.Fill("band:N", title=words["flow_share"], scale=scale)
    hints = [
        altair.Tooltip(f"{key}:N", title=words[word])
        for key, word in (
            ("before", "flow_from"),
            ("after", "flow_to"),
            ("count", "customers_here"),
            ("part", "flow_share"),
        )
    ]

    def of(kind: str) -> Any:
        return altair.Chart(altair.InlineData(values=[row for row in rows if row["kind"] == kind])).encode(**place)

    some, ink = of("some"), altair.Color("ink:N", scale=None)
    text = {"baseline": "middle"}
    return [
        some.mark_rect(cornerRadius=5).encode(fill=fills, tooltip=hints),
        of("none").mark_rect(cornerRadius=5, filled=False, stroke=look.line, strokeDash=[3, 3]),
        some.mark_text(**text, fontSize=15, fontWeight=600, dy=-6).encode(text="count:N", color=ink),
        some.mark_text(**text, fontSize=SMALL, dy=11).encode(text="part:N", color=ink),
        of("sum").mark_text(**text, fontSize=13, color=look.ink).encode(text="count:N"),
    ]
