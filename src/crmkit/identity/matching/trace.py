"""What an answer came from, kept with it so that it can be explained."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.errors import NotFoundError

if TYPE_CHECKING:
    from crmkit.identity.matching.comparing import Comparer
    from crmkit.identity.matching.features import Features
    from crmkit.identity.matching.solving import Solved

__all__ = ["Trace"]


@attrs.frozen(slots=True, kw_only=True, eq=False)
class Trace:
    """Is everything that an answer came from.

    Attributes:
        features: What the records could be compared by.
        solved: What came of them.
        frame: The caller's frame, from which values are told, or None.
        columns: Our field names to its columns.
    """

    features: Features = attrs.field(repr=False)
    solved: Solved = attrs.field(repr=False)
    frame: Any = attrs.field(default=None, repr=False)
    columns: Mapping[str, str] = attrs.field(factory=dict)

    @cached_property
    def comparer(self) -> Comparer:
        """What compares the faces anew; made at the first question."""
        from crmkit.identity.matching.comparing import Comparer

        return Comparer(self.features, self.solved.faces)

    @cached_property
    def digest(self) -> str:
        """The model's digest."""
        return self.solved.model.digest

    def place(self, record: object) -> int:
        """Returns the place of a record among the features, which are sorted by id.

        Raises:
            NotFoundError: There is no such record.
        """
        ids = self.features.ids
        if "record_id" not in self.columns:  # the rows' numbers, in their own order
            at = int(record) if isinstance(record, int) and 0 <= record < len(ids) else -1
        else:
            at = bisect_left(ids, str(record), key=str)
        if at < 0 or at == len(ids) or ids[at] != record:
            raise NotFoundError("record", str(record))
        return at
