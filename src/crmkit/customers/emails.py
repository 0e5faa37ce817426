"""E-mail addresses: one key for each mailbox, and which addresses do not speak for a person."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

import attrs

__all__ = ["PLUS_AND_DOTS", "PLUS_ONLY", "RELAY_DOMAINS", "ROLE_BOXES", "EmailForm", "EmailReading", "email"]

EmailForm = Literal["plain", "relay", "shared", "masked", "placeholder", "none"]
"""plain: a mailbox of its own; relay: an alias that holds in one shop only; shared: a role's box (`info@`);
masked: letters are hidden; placeholder: names nobody; none: nothing usable."""

PLUS_AND_DOTS = frozenset({"gmail.com"})
"""Providers that ignore dots and everything from `+` on."""
PLUS_ONLY = frozenset(
    [
        "outlook.com",
        "hotmail.com",
        "live.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "fastmail.com",
        "proton.me",
        "protonmail.com",
        "pm.me",
    ]
)
"""Providers that ignore everything from `+` on, and no dots."""
RELAY_DOMAINS = frozenset(
    ["privaterelay.appleid.com", "mozmail.com", "duck.com", "members.ebay.com", "reply.etsy.com", "relay.firefox.com"]
)
"""Domains of relay addresses; `marketplace.amazon.<tld>` is known by its shape."""
ROLE_BOXES = frozenset(
    [
        "info",
        "sales",
        "shop",
        "noreply",
        "no-reply",
        "donotreply",
        "do-not-reply",
        "service",
        "support",
        "admin",
        "office",
        "contact",
        "kontakt",
        "hello",
        "postmaster",
        "webmaster",
        "orders",
        "order",
        "billing",
        "accounts",
        "marketing",
        "team",
    ]
)
"""Boxes that belong to a role and not to a person."""
PLACEHOLDERS = frozenset(
    [
        "test",
        "noemail",
        "no-email",
        "none",
        "na",
        "n/a",
        "null",
        "guest",
        "nobody",
        "anonymous",
        "unknown",
        "example",
    ]
)

_SAME = {"googlemail.com": "gmail.com"}
_NOTHING = frozenset({"", "-", "--", "—", "/", "nan", "null", "none", "n/a", "无", "没有", "匿名"})
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9\-]{2,59})")
_MISTYPED_ENDS = {"con": "com", "cmo": "com", "comm": "com", "ocm": "com", "vom": "com", "nte": "net"}
_MISTYPED = {
    "gamil.com": "gmail.com",
    "gmial.com": "gmail.com",
    "gmal.com": "gmail.com",
    "gnail.com": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmai.com": "hotmail.com",
    "outlok.com": "outlook.com",
    "yaho.com": "yahoo.com",
    "qq.cm": "qq.com",
}


@attrs.frozen(kw_only=True, slots=True)
class EmailReading:
    """Says what a written e-mail address is.

    Attributes:
        value: The key of the mailbox, or "" where there is none to compare.
        form: What kind of address it is; a "relay" holds within its shop only.
        domain: The key's domain.
        suggestion: What was probably meant by a mistyped domain; never used by itself.
        reason: Why it cannot be used, one sentence; "" where nothing was there or it can.
    """

    value: str = ""
    form: EmailForm = "none"
    domain: str = ""
    suggestion: str = ""
    reason: str = ""

    @property
    def qq(self) -> str:
        """The QQ number as a weak cross-key (`qq:12345678`), or ""."""
        local, _, domain = self.value.partition("@")
        return f"qq:{local}" if domain in ("qq.com", "vip.qq.com") and local.isdigit() else ""


@lru_cache(maxsize=65536)
def email(raw: str) -> EmailReading:
    """Reads a written e-mail address.

    Args:
        raw: The cell as it came.

    Returns:
        What it is; the key has lower case, and dots and `+tag` go only where the provider is known to ignore them.

    Example:
        >>> email(" Mei.Li+Shop@GMail.com").value, email("mei.li+a@shop.example.com").value
        ('meili@gmail.com', 'mei.li+a@shop.example.com')
        >>> email("abc@marketplace.amazon.de").form, email("info@example.com").form, email("a@@b").reason
        ('relay', 'shared', 'is not an e-mail address')
    """
    text = unicodedata.normalize("NFKC", raw).strip().strip("'\"<>`").removeprefix("mailto:").strip().lower()
    if text in _NOTHING:
        return EmailReading()
    local, at, domain = text.rpartition("@")
    if "**" in text or "*" in domain or "…" in text or local.endswith("*"):
        return EmailReading(form="masked")
    domain = _ascii(domain.rstrip("."))
    if not at or len(text) > 254 or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return EmailReading(reason="is not an e-mail address")
    if local in PLACEHOLDERS:
        return EmailReading(form="placeholder")
    domain = _SAME.get(domain, domain)
    local = _mailbox(local, domain)
    value = f"{local}@{domain}"
    return EmailReading(value=value, form=_form(local, domain), domain=domain, suggestion=_suggestion(local, domain))


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _mailbox(local: str, domain: str) -> str:
    if domain in PLUS_AND_DOTS:
        return local.partition("+")[0].replace(".", "") or local
    if domain in PLUS_ONLY:
        return local.partition("+")[0] or local
    return local


def _form(local: str, domain: str) -> EmailForm:
    if domain in RELAY_DOMAINS or domain.startswith("marketplace.amazon."):
        return "relay"
    return "shared" if local in ROLE_BOXES else "plain"


def _suggestion(local: str, domain: str) -> str:
    name, _, end = domain.rpartition(".")
    meant = _MISTYPED.get(domain) or (f"{name}.{_MISTYPED_ENDS[end]}" if end in _MISTYPED_ENDS else "")
    return f"{local}@{_MISTYPED.get(meant, meant)}" if meant else ""
