"""The one error tree of crmkit.

Every error is an attrs class with typed fields, a stable `code` for programs, and a message for people of
the form *fact, place, way out*. Errors survive pickling, so they cross process pools and task queues.
Feature packages add their own refusals below these classes; they never start a second tree.
"""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

__all__ = [
    "CrmkitError",
    "CurrencyMismatch",
    "DuplicateError",
    "InputError",
    "MissingExtraError",
    "NotFoundError",
    "PolicyError",
    "RefusedError",
    "StaleRecordError",
    "StorageError",
    "StoreUnavailable",
]


def _rebuild(cls: type[CrmkitError], fields: dict[str, Any]) -> CrmkitError:
    return cls(**fields)


@attrs.define(slots=False)
class CrmkitError(Exception):
    """Is the root of everything crmkit raises on purpose.

    Example:
        >>> from crmkit.errors import NotFoundError
        >>> try:
        ...     raise NotFoundError("ticket", "t-1")
        ... except CrmkitError as error:
        ...     print(error.code, "|", error)
        not_found | There is no ticket 't-1'.
    """

    code: ClassVar[str] = "crmkit"

    def __str__(self) -> str:
        fields = ", ".join(f"{a.name}={getattr(self, a.name)!r}" for a in attrs.fields(type(self)))
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {a.name: getattr(self, a.name) for a in attrs.fields(type(self))}
        return _rebuild, (type(self), fields)


@attrs.define(slots=False)
class InputError(CrmkitError, ValueError):
    """Says that an argument can never be right, whatever the store holds.

    Attributes:
        reason: What is wrong and what would be right, one sentence.
    """

    code: ClassVar[str] = "input"
    reason: str

    def __str__(self) -> str:
        return self.reason


@attrs.define(slots=False)
class PolicyError(InputError):
    """Says that a rule, table or programme contradicts itself, when it is built."""

    code: ClassVar[str] = "policy"


@attrs.define(slots=False)
class CurrencyMismatch(InputError):
    """Says that amounts of several currencies met where one was needed.

    Attributes:
        currencies: The ISO 4217 codes that met, sorted.
    """

    code: ClassVar[str] = "currency_mismatch"
    currencies: tuple[str, ...] = ()


@attrs.define(slots=False)
class RefusedError(CrmkitError):
    """Says that the call was understood and a rule forbids it now; another moment may differ."""

    code: ClassVar[str] = "refused"


@attrs.define(slots=False)
class NotFoundError(CrmkitError, LookupError):
    """Says that nothing of that kind has this key.

    Attributes:
        kind: What was looked for, in the singular ("ticket").
        key: The key that was given.
    """

    code: ClassVar[str] = "not_found"
    kind: str
    key: str

    def __str__(self) -> str:
        return f"There is no {self.kind} {self.key!r}."


@attrs.define(slots=False)
class StorageError(CrmkitError):
    """Says that the store could not do its work; the driver's own error is the cause.

    Attributes:
        reason: What happened, where, and what to do.
    """

    code: ClassVar[str] = "storage"
    reason: str

    def __str__(self) -> str:
        return self.reason


@attrs.define(slots=False)
class DuplicateError(StorageError):
    """Says that a unique key exists already."""

    code: ClassVar[str] = "duplicate"


@attrs.define(slots=False)
class StaleRecordError(StorageError):
    """Says that somebody else changed the record since it was read; read it again and retry.

    Attributes:
        kind: The kind of record ("ticket").
        key: Its key.
        expected: The version that the caller had read.
        found: The version in the store, or None where it is not known.
    """

    code: ClassVar[str] = "stale_record"
    reason: str = attrs.field(init=False, default="")
    kind: str
    key: str
    expected: int
    found: int | None = None

    def __str__(self) -> str:
        found = "another version" if self.found is None else f"version {self.found}"
        return (
            f"The {self.kind} {self.key!r} was changed by somebody else: version {self.expected} was read, "
            f"{found} is stored. Read it again and repeat the change."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {"kind": self.kind, "key": self.key, "expected": self.expected, "found": self.found}
        return _rebuild, (type(self), fields)


@attrs.define(slots=False)
class StoreUnavailable(StorageError):
    """Says that the store is locked or gone; the only error where the same call is worth repeating."""

    code: ClassVar[str] = "store_unavailable"


@attrs.define(slots=False)
class MissingExtraError(CrmkitError, ImportError):
    """Says that an optional dependency is not installed and how to install it.

    Attributes:
        extra: The name of the extra ("charts").
        needed_for: What the caller wanted to do.
    """

    code: ClassVar[str] = "missing_extra"
    extra: str
    needed_for: str

    def __str__(self) -> str:
        return f"{self.needed_for} needs the extra '{self.extra}': pip install 'crmkit[{self.extra}]'."
