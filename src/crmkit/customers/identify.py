"""From a written value to an identifier, or to the reason why it is none."""

from __future__ import annotations

from typing import Literal

import attrs

from crmkit.customers.emails import email
from crmkit.customers.phones import phone
from crmkit.identifiers import Identifier

__all__ = ["Unusable", "identify"]


@attrs.frozen(kw_only=True, slots=True)
class Unusable:
    """Says why a value that was there recognises nobody.

    Attributes:
        code: Stable machine name: "bad_email" or "bad_phone".
        reason: One sentence for a person.
        shown: The value as it may be shown: its ends only.
    """

    code: str
    reason: str
    shown: str


def identify(
    kind: Literal["email", "phone"],
    raw: str,
    *,
    shop: str = "",
    region: str | None = None,
    verified: bool = False,
) -> Identifier | Unusable | None:
    """Returns the identifier that a written e-mail address or phone number is.

    Args:
        kind: "email" or "phone".
        raw: The cell as it came.
        shop: Scope of the shop ("shopify/paper-lantern"), in which alone a relay address holds.
        region: ISO 3166 code for national phone numbers.
        verified: The shop proved the value.

    Returns:
        The identifier; `Unusable` where something was there and is damaged; None where nothing was there, or what was
        there names nobody (placeholders, masked, relayed and service numbers).

    Example:
        >>> print(identify("email", "Mei@Example.com"), identify("phone", "138****0001"))
        email:mei@example.com None
        >>> identify("email", "a@@b").code
        'bad_email'
    """
    if kind == "phone":
        number = phone(raw, region)
        if number.reason:
            return Unusable(code="bad_phone", reason=number.reason, shown=number.shown)
        if number.form not in ("plain", "shared"):
            return None
        form: Literal["plain", "shared"] = "plain" if number.form == "plain" else "shared"
        return Identifier("phone", number.value, form=form, verified=verified)
    box = email(raw)
    if box.reason:
        return Unusable(code="bad_email", reason=box.reason, shown=box.shown)
    if box.form == "relay":
        scope = f"{shop}/{box.domain}" if shop else box.domain
        return Identifier("email", box.value, scope=scope, form="relay", verified=verified)
    if box.form in ("plain", "shared"):
        mail_form: Literal["plain", "shared"] = "plain" if box.form == "plain" else "shared"
        return Identifier("email", box.value, form=mail_form, verified=verified)
    return None
