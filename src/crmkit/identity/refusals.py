"""What the identity map refuses, and why."""

from __future__ import annotations

from typing import ClassVar

import attrs

from crmkit.errors import RefusedError

__all__ = ["MergeVetoed", "SharedIdentifier"]


@attrs.define(slots=False)
class MergeVetoed(RefusedError):
    """Says that two customers cannot be merged because somebody decided that they are not one person.

    Attributes:
        a: The first customer; `b` the other.
        veto: Id of the decision that forbids it.

    Example:
        >>> print(MergeVetoed("c1", "c2", "d7"))
        The customers 'c1' and 'c2' were declared to be different people by the decision 'd7'; withdraw that one first.
    """

    code: ClassVar[str] = "merge_vetoed"
    a: str
    b: str
    veto: str

    def __str__(self) -> str:
        return (
            f"The customers {self.a!r} and {self.b!r} were declared to be different people by the decision "
            f"{self.veto!r}; withdraw that one first."
        )


@attrs.define(slots=False)
class SharedIdentifier(RefusedError):
    """Says that a look-up has no single answer: several persons were seen with the value.

    Attributes:
        kind: The kind of identifier that was looked up.
        persons: Ids of the persons that hold it, sorted.

    Example:
        >>> print(SharedIdentifier("phone", ("c1", "c2")))
        2 persons were seen with this phone ('c1', 'c2'); ask for something that only one of them has.
    """

    code: ClassVar[str] = "shared_identifier"
    kind: str
    persons: tuple[str, ...]

    def __str__(self) -> str:
        some = ", ".join(map(repr, self.persons[:5])) + (", ..." if len(self.persons) > 5 else "")
        return (
            f"{len(self.persons)} persons were seen with this {self.kind} ({some}); "
            "ask for something that only one of them has."
        )
