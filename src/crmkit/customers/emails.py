"""E-mail addresses: one key for each mailbox, and which addresses do not speak for a person."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import attrs

from crmkit.customers.cleaning import NOTHING, cleaned, shown
from crmkit.customers.tables import EMAILS, EmailPolicy
from crmkit.problems import Problem

__all__ = ["EmailForm", "EmailReading", "email"]

EmailForm = Literal["plain", "relay", "shared", "masked", "placeholder", "none"]
"""plain: a mailbox of its own; relay: an alias that holds in one shop only; shared: a role's box (`info@`);
masked: letters are hidden; placeholder: names nobody; none: nothing usable."""

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9\-]{2,59})")
_FAST = re.compile(r"([a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*)@([a-z0-9.\-]{1,190})")
_NAMED = re.compile(r"[^<>]*<([^<>]+)>")
_HIDDEN = re.compile(r"\*{2,}|\*[^@]*$|\*@|…|\.{3,}|•|●")


@attrs.frozen(kw_only=True, slots=True)
class EmailReading:
    """Says what a written e-mail address is.

    Attributes:
        value: The key of the mailbox, or "" where there is none to compare.
        form: What kind of address it is; a "relay" holds within its shop only.
        domain: The key's domain.
        suggestion: What was probably meant by a mistyped domain; never used by itself.
        qq: The QQ number as a weak cross-key (`qq:12345678`), or "".
        reason: Why it cannot be used, one sentence; "" where nothing was there or it can.
        remark: What was taken off a value that was used nevertheless, one sentence, or "".
        shown: The value as it may stand in a report, where there is a reason or a remark.
    """

    value: str = ""
    form: EmailForm = "none"
    domain: str = ""
    suggestion: str = ""
    qq: str = ""
    reason: str = ""
    remark: str = attrs.field(default="", eq=False)
    shown: str = attrs.field(default="", eq=False)

    @property
    def user(self) -> str:
        """What stands before the @ of the key; never compared for relay addresses."""
        return self.value.partition("@")[0]

    @property
    def problem(self) -> Problem | None:
        """What there is to say about it; source and line are the caller's to add."""
        if self.reason:
            return Problem(source="", code="bad_email", reason=self.reason, column="email", value=self.shown)
        if self.remark:
            code, value = "untidy_email", self.shown
            return Problem(source="", code=code, reason=self.remark, column="email", value=value, severity="warning")
        return None

    @property
    def display(self) -> str:
        """One way to write it that is read as the same again, or "" where there is no address."""
        return self.value


@lru_cache(maxsize=65536)
def email(raw: object, policy: EmailPolicy = EMAILS) -> EmailReading:
    """Reads a written e-mail address.

    Args:
        raw: The cell as it came.
        policy: The tables to read with: providers, relays, role boxes, placeholders.

    Returns:
        What it is; the key has lower case, and dots and `+tag` go only where the provider is known to ignore them.

    Example:
        >>> email(" Mei.Li+Shop@GMail.com").value, email("mei.li+a@shop.example.com").value
        ('meili@gmail.com', 'mei.li+a@shop.example.com')
        >>> email("abc@marketplace.amazon.de").form, email("info@example.com").form, email("a@@b").reason
        ('relay', 'shared', 'is not an e-mail address')
    """
    fast = _FAST.fullmatch(raw) if isinstance(raw, str) else None
    if fast and len(fast[1]) <= 64:
        domain = _domain(fast[2], policy)
        if domain:
            return _boxed(fast[1], domain, policy)
    text, remark = cleaned(raw)
    text = _trimmed(text)
    if text in NOTHING:
        return EmailReading()
    reading = _read(text, policy)
    return attrs.evolve(reading, remark=remark, shown=shown(raw)) if remark or reading.reason else reading


@attrs.frozen(slots=True)
class _Domain:
    """What is known about the mailboxes of one domain."""

    name: str
    ignores_dots: bool
    ignores_plus: bool
    is_relay: bool
    is_qq: bool
    meant: str


def _trimmed(text: str) -> str:
    named = _NAMED.fullmatch(text) if text.endswith(">") else None
    text = (named[1] if named else text).lower().strip(" '\"`‘’“”\n")
    return text.removeprefix("mailto:").strip(" <>,;\n")


def _read(text: str, policy: EmailPolicy) -> EmailReading:
    if _HIDDEN.search(text):
        return EmailReading(form="masked")
    local, at, written = text.rpartition("@")
    domain = _domain(written, policy) if at else None
    if not domain or len(local) > 64 or not _LOCAL.fullmatch(local):
        placeholder = text in policy.placeholders
        return EmailReading(form="placeholder") if placeholder else EmailReading(reason="is not an e-mail address")
    return _boxed(local, domain, policy)


def _boxed(local: str, domain: _Domain, policy: EmailPolicy) -> EmailReading:
    if domain.ignores_plus and "+" in local:
        local = local.partition("+")[0] or local
    if domain.ignores_dots:
        local = local.replace(".", "") or local
    value = f"{local}@{domain.name}"
    if local in policy.placeholders or value in policy.placeholders:
        return EmailReading(form="placeholder")
    form: EmailForm = "relay" if domain.is_relay else "shared" if local in policy.role_boxes else "plain"
    suggestion = f"{local}@{domain.meant}" if domain.meant else ""
    qq = f"qq:{local}" if domain.is_qq and local.isdigit() else ""
    return EmailReading(value=value, form=form, domain=domain.name, suggestion=suggestion, qq=qq)


@lru_cache(maxsize=16384)
def _domain(written: str, policy: EmailPolicy) -> _Domain | None:
    name = _ascii(written.rstrip("."))
    if len(name) > 190 or not _DOMAIN.fullmatch(name):
        return None
    name = dict(policy.same).get(name, name)
    known, ends = dict(policy.mistyped), dict(policy.mistyped_ends)
    front, _, end = name.rpartition(".")
    meant = f"{front}.{ends[end]}" if end in ends else name
    meant = known.get(meant, meant)
    return _Domain(
        name,
        ignores_dots=name in policy.ignore_dots,
        ignores_plus=name in policy.ignore_dots | policy.ignore_plus,
        is_relay=name in policy.relays or name.startswith(policy.relay_beginnings),
        is_qq=name in policy.qq,
        meant=meant if meant != name else "",
    )


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
