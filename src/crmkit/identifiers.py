"""Identifiers: the values by which a buyer can be recognised, with the class that says how far each one carries."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from crmkit.clock import require_aware
from crmkit.errors import InputError

__all__ = ["KINDS", "Form", "Identifier", "Kind", "strongest"]

Form = Literal["plain", "masked", "virtual", "relay", "shared", "placeholder"]
"""How the value was given: in full, with masks, as an expiring privacy number or token, as a relay address that holds
in its scope only, as a value known to be shared (`info@`), or as a placeholder that names nobody."""


@attrs.frozen(slots=True)
class Kind:
    """Says what a kind of identifier is worth.

    Attributes:
        name: The kind's name.
        rank: Smaller is stronger; decides which identifier becomes an identity's key.
        owning: It may be an identity's key.
        alone: Equality of two plain values is a link by itself.
        alone_if_verified: Equality links by itself only where both values were verified.
    """

    name: str
    rank: int
    owning: bool
    alone: bool
    alone_if_verified: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("customer_no", 1, owning=True, alone=True),
        Kind("unionid", 2, owning=True, alone=True),
        Kind("ouid", 3, owning=True, alone=True),
        Kind("omid", 4, owning=True, alone=True),
        Kind("open_uid", 5, owning=True, alone=True),
        Kind("openid", 6, owning=True, alone=True),
        Kind("customer_id", 7, owning=True, alone=True),
        Kind("account", 8, owning=True, alone=True),
        Kind("email", 9, owning=True, alone=True),
        Kind("payer_id", 10, owning=True, alone=True),
        Kind("phone", 11, owning=True, alone=False, alone_if_verified=True),
        Kind("card", 12, owning=True, alone=False),
        Kind("id_number", 13, owning=False, alone=True),
        Kind("oaid", 14, owning=False, alone=False),
        Kind("token", 15, owning=False, alone=False),
        Kind("receiver_phone", 16, owning=False, alone=False),
        Kind("tax_number", 17, owning=False, alone=False),
        Kind("record", 99, owning=True, alone=False),
    )
}
"""The kinds crmkit knows. `account` is a platform's user name (a Taobao nick, a JD pin), `record` the order or sign-up
itself: the key of a guest of whom nothing else is known."""


@attrs.frozen(slots=True)
class Identifier:
    """Is one value by which a buyer may be recognised: a key is (kind, scope, value), never the value alone.

    Attributes:
        kind: One of `KINDS`.
        value: The normalised value, at most 255 signs.
        scope: Where the value holds: "world", a platform ("taobao"), a shop ("shopify/paper-lantern"), an app.
        form: How the value was given; only "plain" (and, in its scope, "relay") values are ever keys.
        verified: The shop proved it (a code sent to the phone, a confirmed e-mail).
        valid_until: From then on it names nobody (privacy numbers, tokens), or None.

    Raises:
        InputError: Unknown kind, or an empty or overlong value.

    Example:
        >>> print(Identifier("account", "mei_shop", scope="taobao"), Identifier("email", "mei@example.com"))
        account:taobao:mei_shop email:mei@example.com
        >>> Identifier("account", "m**i", scope="taobao", form="masked").is_owning
        False
    """

    kind: str
    value: str
    scope: str = attrs.field(default="world", kw_only=True)
    form: Form = attrs.field(default="plain", kw_only=True)
    verified: bool = attrs.field(default=False, kw_only=True)
    valid_until: datetime | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"{self.kind!r} is not a kind of identifier; known are {', '.join(KINDS)}.")
        if not self.value or len(self.value) > 255:
            raise InputError(f"The value of an identifier of kind {self.kind!r} must have 1 to 255 signs.")
        if self.valid_until is not None:
            require_aware(self.valid_until, "valid_until")

    @property
    def key(self) -> str:
        """The text that makes it this identifier: kind, scope and value; `str()` gives the same, without "world"."""
        return f"{self.kind}:{self.scope}:{self.value}"

    @property
    def is_whole(self) -> bool:
        """Whether the value is given in full: an address or a number with a star in it is masked, whoever says what."""
        return self.form in ("plain", "relay") and not (self.kind in ("email", "phone") and "*" in self.value)

    @property
    def is_owning(self) -> bool:
        """Whether it may be an identity's key."""
        return KINDS[self.kind].owning and self.is_whole

    @property
    def links_alone(self) -> bool:
        """Whether two identities that both hold it are one person by this alone."""
        kind = KINDS[self.kind]
        if not self.is_whole or self.valid_until is not None:
            return False
        return kind.alone or (kind.alone_if_verified and self.verified)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.scope == "world" else self.key


def strongest(identifiers: tuple[Identifier, ...]) -> Identifier | None:
    """Returns the strongest owning identifier, or None where there is none; ties go to the smaller key.

    Example:
        >>> print(strongest((Identifier("phone", "+8613800000001"), Identifier("account", "mei", scope="taobao"))))
        account:taobao:mei
    """
    owning = [identifier for identifier in identifiers if identifier.is_owning]
    return min(owning, key=lambda i: (KINDS[i.kind].rank, i.key)) if owning else None
