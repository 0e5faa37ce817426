"""What is known about numbers and mailboxes that name nobody, or more than one: tables that a host replaces.

A policy is a frozen value. `attrs.evolve` makes another one, and every reading function takes it:

    >>> import attrs
    >>> from crmkit.customers import email
    >>> ours = attrs.evolve(EMAILS, role_boxes=EMAILS.role_boxes | {"kasse"})
    >>> email("kasse@example.com").form, email("kasse@example.com", ours).form
    ('plain', 'shared')
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

__all__ = ["EMAILS", "PHONES", "EmailPolicy", "PhonePolicy"]


def _lower(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.lower() for value in values)


def _beginnings(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(_lower(values)))


def _any(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


def _pairs(values: dict[str, str] | tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    given = values.items() if isinstance(values, dict) else values
    return tuple(sorted((left.lower(), right.lower()) for left, right in given))


@attrs.frozen(kw_only=True, slots=True, cache_hash=True)
class PhonePolicy:
    """Says which numbers name nobody.

    Attributes:
        home: ISO 3166 code by which numbers of records without a country are read.
        placeholders: Numbers that people type to get past a form, without country code; repeated and ascending digits
            are known by their shape.

    Example:
        >>> from crmkit.customers import phone
        >>> phone("13900001234", policy=PhonePolicy(placeholders={"13900001234"})).form
        'placeholder'
    """

    home: str = "CN"
    placeholders: frozenset[str] = attrs.field(
        default=frozenset({"13800138000", "12345678901", "12345678910", "1234567890", "123456789", "0123456789"}),
        converter=_any,
    )


@attrs.frozen(kw_only=True, slots=True, cache_hash=True)
class EmailPolicy:
    """Says how providers read what stands before the @, and which mailboxes are no person's own.

    Attributes:
        ignore_dots: Domains whose provider ignores dots and everything from `+` on.
        ignore_plus: Domains whose provider ignores everything from `+` on, and no dots.
        same: Pairs of domains that are one: (as written, as kept).
        relays: Domains of relay addresses, which hold in one shop only.
        relay_beginnings: Beginnings of such domains, for those that end in a country's code.
        role_boxes: Mailboxes of a role, not of a person.
        placeholders: Mailboxes that people type to get past a form.
        mistyped: Pairs of a mistyped domain and what was probably meant.
        mistyped_ends: The same for the last part of any domain.
        qq: Domains whose numeric mailboxes are QQ numbers.
    """

    ignore_dots: frozenset[str] = attrs.field(default=frozenset({"gmail.com"}), converter=_lower)
    ignore_plus: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de"),
                *("outlook.de", "outlook.fr", "outlook.jp", "live.cn", "icloud.com", "me.com", "mac.com"),
                *("fastmail.com", "fastmail.fm", "proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
            }
        ),
        converter=_lower,
    )
    same: tuple[tuple[str, str], ...] = attrs.field(default=(("googlemail.com", "gmail.com"),), converter=_pairs)
    relays: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("privaterelay.appleid.com", "mozmail.com", "relay.firefox.com", "duck.com", "members.ebay.com"),
                *("reply.etsy.com", "simplelogin.com", "simplelogin.co", "aleeas.com", "slmails.com", "slmail.me"),
                *("passmail.net", "passinbox.com", "addy.io", "anonaddy.com", "anonaddy.me"),
            }
        ),
        converter=_lower,
    )
    relay_beginnings: tuple[str, ...] = attrs.field(
        default=("marketplace.amazon.", "members.ebay."), converter=_beginnings
    )
    role_boxes: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("info", "sales", "shop", "service", "support", "admin", "office", "contact", "kontakt", "hello"),
                *("noreply", "no-reply", "donotreply", "do-not-reply", "postmaster", "webmaster", "orders", "order"),
                *("billing", "accounts", "accounting", "marketing", "team", "hr", "jobs", "purchasing", "einkauf"),
                *("buchhaltung", "invoice", "invoices", "reception", "customerservice", "kefu"),
            }
        ),
        converter=_lower,
    )
    placeholders: frozenset[str] = attrs.field(
        default=frozenset(
            {
                *("test", "noemail", "no-email", "no.email", "none", "na", "n/a", "null", "nil", "guest", "nobody"),
                *("anonymous", "unknown", "example", "asdf", "xxx"),
            }
        ),
        converter=_lower,
    )
    mistyped: tuple[tuple[str, str], ...] = attrs.field(
        default={
            **dict.fromkeys(("gamil.com", "gmial.com", "gmal.com", "gnail.com", "gmai.com", "gmail.co"), "gmail.com"),
            **dict.fromkeys(("hotmial.com", "hotmai.com", "hotmal.com", "hotmil.com"), "hotmail.com"),
            **dict.fromkeys(("outlok.com", "outloo.com", "outlook.co"), "outlook.com"),
            **dict.fromkeys(("yaho.com", "yahooo.com", "yhaoo.com"), "yahoo.com"),
            "qq.cm": "qq.com",
            "iclod.com": "icloud.com",
        },
        converter=_pairs,
    )
    mistyped_ends: tuple[tuple[str, str], ...] = attrs.field(
        default={
            **dict.fromkeys(("con", "cmo", "comm", "ocm", "vom", "xom", "cpm", "coom"), "com"),
            "nte": "net",
        },
        converter=_pairs,
    )
    qq: frozenset[str] = attrs.field(default=frozenset({"qq.com", "vip.qq.com"}), converter=_lower)


PHONES = PhonePolicy()
"""The tables that phones are read with unless a host brings its own."""
EMAILS = EmailPolicy()
"""The tables that e-mail addresses are read with unless a host brings its own."""
