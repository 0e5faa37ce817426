"""What the page shows of one RFM result: the picture in both schemes, sentences, and the table."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import attrs

from crmkit.charts import SegmentShare, rfm_map, rfm_words, segment_shares
from crmkit.money import Money
from crmkit.report.pictures import Pictures, in_both_themes
from crmkit.report.sections import RfmSection
from crmkit.report.strings import say, say_count
from crmkit.segmentation.labels import Language, label

__all__ = ["RfmView", "Saying", "SegmentRow", "rfm_view"]

_SAYINGS = (
    ("say_champions", ("champions",)),
    ("say_loyal", ("loyal",)),
    ("say_young", ("new", "promising", "potential_loyalists")),
    ("say_slipping", ("at_risk", "cannot_lose")),
    ("say_fading", ("need_attention", "about_to_sleep")),
    ("say_gone", ("hibernating", "lost")),
)


class Saying(NamedTuple):
    """Is a share of the money, and the words that follow it."""

    share: Decimal
    words: str


@attrs.frozen(kw_only=True, slots=True)
class SegmentRow:
    """Is one row of the table; `each` is the money of one customer, on average."""

    name: str
    customers: int
    customer_share: Decimal
    value: Money
    value_share: Decimal | None
    each: Money


@attrs.frozen(kw_only=True, slots=True)
class RfmView:
    """Is one RFM section, ready to be written.

    Attributes:
        top: The largest share in the table, which the bars are drawn against.
        pictures: The map for light and for dark paper; empty where the extra `charts` is not installed.
    """

    currency: str
    rows: tuple[SegmentRow, ...]
    customers: int
    value: Money
    each: Money
    top: Decimal
    sayings: tuple[Saying, ...]
    pictures: Pictures
    left_out: int


def rfm_view(section: RfmSection, lang: Language) -> RfmView:
    """Returns what the page shows of one RFM result."""
    shares = segment_shares(section.frame)
    customers = sum(one.customers for one in shares)
    value = sum((one.value for one in shares), Decimal(0))
    return RfmView(
        currency=section.currency,
        rows=tuple(_row(one, section.currency, lang) for one in shares),
        customers=customers,
        value=Money.round(value, section.currency),
        each=Money.round(value / max(customers, 1), section.currency),
        top=max(
            (part for one in shares for part in (one.customer_share, one.value_share or Decimal(0))), default=Decimal(1)
        ),
        sayings=_sayings(shares, lang),
        pictures=in_both_themes(
            lambda theme: rfm_map(section.frame, lang=lang, theme=theme, currency=section.currency),
            title=say(lang, "rfm_title"),
            desc=rfm_words(section.frame, lang=lang, currency=section.currency),
        )
        if shares
        else (),
        left_out=section.left_out,
    )


def _row(one: SegmentShare, currency: str, lang: Language) -> SegmentRow:
    return SegmentRow(
        name=label(one.segment or "–", lang),
        customers=one.customers,
        customer_share=one.customer_share,
        value=Money.round(one.value, currency),
        value_share=one.value_share,
        each=Money.round(one.value / one.customers, currency),
    )


def _sayings(shares: tuple[SegmentShare, ...], lang: Language) -> tuple[Saying, ...]:
    found: list[Saying] = []
    for key, segments in _SAYINGS:
        chosen = [one for one in shares if one.segment in segments]
        parts = [one.value_share for one in chosen if one.value_share is not None]
        number = sum(one.customers for one in chosen)
        if parts and number:
            found.append(Saying(sum(parts, Decimal(0)), say_count(lang, key, number, n=f"{number:,}")))
    return tuple(found)
