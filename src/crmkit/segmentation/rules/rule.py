"""A saved rule: a segment as data, which means the same on every frame and in every database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Self

import attrs

from crmkit.segmentation.labels import Language
from crmkit.segmentation.report import Report
from crmkit.segmentation.rules.loading import node_of
from crmkit.segmentation.rules.model import AllOf, AnyOf, Leaf, Node, Not
from crmkit.segmentation.rules.refusals import RuleError
from crmkit.segmentation.rules.writing import digest_of, json_of

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

    from crmkit.segmentation.rules.explaining import Verdict
    from crmkit.segmentation.rules.snapshots import Change, Snapshot

__all__ = ["Rule"]


@attrs.frozen(slots=True)
class Rule:
    """Holds a rule over the columns of a frame with one row a customer.

    Attributes:
        node: Its tree of leaves, all, any and not.

    Example:
        >>> import pandas as pd
        >>> from datetime import datetime
        >>> rule = Rule.load('{"v": 1, "all": [{"field": "recency", "op": "<=", "value": 30},'
        ...                  ' {"field": "monetary", "op": ">=", "value": "500.00", "currency": "CNY"}]}')
        >>> customers = pd.DataFrame({"customer": ["ann", "bo"], "recency": [4, 40], "monetary": [800.0, 900.0]})
        >>> rule.members(customers, as_of=datetime(2026, 11, 24))["customer"].tolist()
        ['ann']
        >>> print(rule.in_words("en"))
        days since the last purchase is at most 30 and total spent is at least 500.00 CNY
    """

    node: Node = attrs.field()

    @node.validator
    def _is_node(self, _: Any, node: Any) -> None:
        if not isinstance(node, Leaf | AllOf | AnyOf | Not):
            raise RuleError("", f"a rule is made by Rule.load, got {type(node).__name__}")

    @classmethod
    def load(cls, source: str | bytes | Mapping[str, Any]) -> Self:
        """Returns the rule that is given as JSON text, or as the object that `json.loads` makes of it.

        Args:
            source: `{"v": 1, …}` with one of `all`, `any`, `not`, `field`.

        Raises:
            RuleError: Something is unknown or cannot be meant; it names the place.

        Example:
            >>> Rule.load({"v": 1, "all": [{"field": "segment", "op": "is_null", "value": 1}]})
            Traceback (most recent call last):
            crmkit.segmentation.rules.refusals.RuleError: The rule at all[0].value: is_null has no value.
        """
        return cls(node_of(source))

    def dump(self) -> str:
        """Returns the rule as JSON text, which loads as the same rule.

        Example:
            >>> Rule.load({"v": 1, "field": "monetary", "op": ">=", "value": "500.00", "currency": "CNY"}).dump()
            '{"v": 1, "field": "monetary", "op": ">=", "value": "500.00", "currency": "CNY"}'
        """
        return json_of(self.node)

    @property
    def digest(self) -> str:
        """SHA-256 of what the rule says, whatever its spaces, the order of its keys and the zeros of its numbers.

        Example:
            >>> short = Rule.load('{"v":1,"op":">=","value":"5","field":"monetary","currency":"CNY"}')
            >>> long = Rule.load('{"v": 1, "field": "monetary", "op": ">=", "value": "5.00", "currency": "CNY"}')
            >>> short.digest == long.digest
            True
        """
        return digest_of(self.node)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the columns that the rule looks at, each once."""
        from crmkit.segmentation.rules.asked import fields_of

        return tuple(fields_of(self.node))

    def in_words(self, lang: Language = "zh", *, names: Mapping[str, str] | None = None) -> str:
        """Returns the rule as a sentence.

        Args:
            lang: "zh" or "en".
            names: What people call the shop's own fields.

        Example:
            >>> Rule.load({"v": 1, "not": {"field": "region", "op": "is_null"}}).in_words("zh")
            '不满足（地区为空）'
        """
        from crmkit.segmentation.rules.wording import in_words

        return in_words(self.node, lang, names or {})

    def members(
        self,
        frame: IntoFrameT,
        *,
        as_of: datetime,
        customer: str = "customer",
        zone: str | tzinfo | None = None,
        currency: str | None = "currency",
        minor: Mapping[str, int] | None = None,
        strict: bool = False,
        report: Report | None = None,
    ) -> IntoFrameT:
        """Returns the ids of the customers for whom the rule is true.

        Args:
            frame: One row a customer, whose columns are the fields; never changed.
            as_of: The moment of the answer, from which `within_days` counts; naive where moments are naive.
            customer: Column of the customer's id.
            zone: The shop's zone, in which days are counted; without it the zone of an aware `as_of`.
            currency: Column of currency codes. Where it is there, a leaf with a currency is false for rows in another
                one; where it is missing, amounts are taken to be in the rule's currency.
            minor: Columns that hold amounts in whole smallest units, with their decimals: `{"monetary": 2}` for fen.
            strict: Whether a row without an id is an error (on a lazy frame, this runs a query).
            report: Takes the counts of rows, of rows without an id and of repeated ids.

        Returns:
            The same kind of frame with one column `customer`, each id once, ordered; a lazy frame stays lazy and has
            no order.

        Raises:
            RuleError: A field is no column, or a value cannot be compared with it.
            FrameError: There is no column of ids, or a field holds nothing that can be compared.
            CurrencyMismatch: The rule compares several currencies, and the rows do not tell theirs.
            InputError: `strict`, and a row has no id.

        Example:
            >>> import pandas as pd
            >>> from datetime import UTC, datetime
            >>> seen = pd.DataFrame({"customer": [1, 2, 3],
            ...                      "last": pd.to_datetime(["2026-11-20", "2026-09-01", None], utc=True)})
            >>> rule = Rule.load({"v": 1, "not": {"field": "last", "op": "within_days", "value": 30}})
            >>> rule.members(seen, as_of=datetime(2026, 11, 24, tzinfo=UTC))["customer"].tolist()
            [2, 3]
        """
        from crmkit.segmentation.rules.asked import asked
        from crmkit.segmentation.rules.members import members

        question = asked(self.node, as_of=as_of, customer=customer, zone=zone, currency=currency, minor=minor)
        result: IntoFrameT = members(frame, question, Report() if report is None else report, strict=strict)
        return result

    def count(self, frame: Any, *, as_of: datetime, **options: Any) -> int:
        """Returns the number of members; the options are those of `members`.

        Example:
            >>> import pandas as pd
            >>> from datetime import datetime
            >>> rule = Rule.load({"v": 1, "field": "r", "op": ">=", "value": 4})
            >>> rule.count(pd.DataFrame({"customer": ["ann", "bo"], "r": [5, 3]}), as_of=datetime(2026, 11, 24))
            1
        """
        report = Report()
        self.members(frame, as_of=as_of, report=report, **options)
        return report.facts.customers

    def matching(
        self,
        frame: IntoFrameT,
        *,
        as_of: datetime,
        zone: str | tzinfo | None = None,
        currency: str | None = "currency",
        minor: Mapping[str, int] | None = None,
    ) -> IntoFrameT:
        """Returns the rows for which the rule is true with all their columns, in the order they have.

        Example:
            >>> import pandas as pd
            >>> from datetime import datetime
            >>> frame = pd.DataFrame({"customer": ["ann", "bo"], "r": [5, 3], "f": [2, 2]})
            >>> Rule.load({"v": 1, "field": "r", "op": "<", "value": 4}).matching(
            ...     frame, as_of=datetime(2026, 11, 24)).to_dict("records")
            [{'customer': 'bo', 'r': 3, 'f': 2}]
        """
        from crmkit.segmentation.rules.asked import asked
        from crmkit.segmentation.rules.members import matching

        question = asked(self.node, as_of=as_of, customer="", zone=zone, currency=currency, minor=minor)
        result: IntoFrameT = matching(frame, question)
        return result

    def explain(
        self,
        row: Any,
        customer: Any = None,
        *,
        as_of: datetime,
        column: str = "customer",
        zone: str | tzinfo | None = None,
        currency: str | None = "currency",
        minor: Mapping[str, int] | None = None,
        lang: Language = "en",
    ) -> Verdict:
        """Returns each part of the rule with its verdict for one customer, and each leaf with the value it saw.

        Args:
            row: A frame with one row a customer, or the customer's values by column.
            customer: Id of the customer in the frame.
            as_of: The moment of the answer, as for `members`; so are `zone`, `currency` and `minor`.
            column: The frame's column of ids.
            zone: The shop's zone.
            currency: Column of currency codes.
            minor: Columns of whole smallest units, with their decimals.
            lang: Language of the words.

        Raises:
            NotFoundError: The frame has no such customer.
            InputError: The frame has several rows of this customer.

        Example:
            >>> from datetime import datetime
            >>> rule = Rule.load({"v": 1, "any": [{"field": "recency", "op": "<=", "value": 30},
            ...                                   {"field": "segment", "op": "==", "value": "loyal"}]})
            >>> print(rule.explain({"recency": 41, "segment": "loyal"}, as_of=datetime(2026, 11, 24)))
            yes  any of
              no   days since the last purchase is at most 30: 41
              yes  segment is Loyal: loyal
        """
        from crmkit.segmentation.rules.asked import asked
        from crmkit.segmentation.rules.explaining import explained

        question = asked(self.node, as_of=as_of, customer=column, zone=zone, currency=currency, minor=minor)
        return explained(row, customer, question, lang)

    def snapshot(self, frame: Any, *, as_of: datetime, **options: Any) -> Snapshot:
        """Returns who the members are now, as a value to keep; the options are those of `members`.

        Example:
            >>> import pandas as pd
            >>> from datetime import datetime
            >>> rule = Rule.load({"v": 1, "field": "r", "op": ">=", "value": 4})
            >>> frame = pd.DataFrame({"customer": ["ann", "bo"], "r": [5, 3]})
            >>> kept = rule.snapshot(frame, as_of=datetime(2026, 11, 24))
            >>> kept.engine, kept.rows, kept.count, kept.ids
            ('pandas', 2, 1, ('ann',))
        """
        from crmkit.segmentation.rules.snapshots import taken

        return taken(self, frame, as_of, options)

    def entered_left(
        self, before: Any, after: Any, *, as_of_before: datetime, as_of: datetime, **options: Any
    ) -> Change:
        """Returns who became a member between two dates and who is none any more.

        Args:
            before: The frame as it was for `as_of_before`.
            after: The frame as it is for `as_of`.
            as_of_before: The earlier moment.
            as_of: The later moment.
            options: Those of `members`.

        Example:
            >>> import pandas as pd
            >>> from datetime import datetime
            >>> rule = Rule.load({"v": 1, "field": "r", "op": ">=", "value": 4})
            >>> change = rule.entered_left(
            ...     pd.DataFrame({"customer": ["ann", "bo"], "r": [5, 3]}),
            ...     pd.DataFrame({"customer": ["ann", "bo"], "r": [3, 4]}),
            ...     as_of_before=datetime(2026, 10, 24), as_of=datetime(2026, 11, 24))
            >>> change.entered, change.left
            (('bo',), ('ann',))
        """
        later = self.snapshot(after, as_of=as_of, **options)
        return later.since(self.snapshot(before, as_of=as_of_before, **options))
