"""Which texts a ticket can hold: such as every store gives back sign for sign."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import attrs

from crmkit.errors import InputError

__all__ = ["digest_of", "line", "require_text", "tag_set"]


def require_text(name: str, value: object, *, longest: int | None = None, needed: bool = False) -> str:
    """Returns `value` if it is text that every database can keep.

    Args:
        name: The field's name, for the message.
        value: What was given.
        longest: The most signs it may have.
        needed: It must not be empty.

    Raises:
        InputError: Not text, empty though needed, too long, or with a NUL or half a surrogate pair in it.
    """
    if not isinstance(value, str):
        raise InputError(f"{name} must be text, got {type(value).__name__}.")
    if needed and not value:
        raise InputError(f"{name} must not be empty.")
    if longest is not None and len(value) > longest:
        raise InputError(f"{name} must have at most {longest} signs, got {len(value)}.")
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value if sign >= "\ud800"):
        raise InputError(f"{name} holds a NUL or half a surrogate pair, which no database keeps; clean the text.")
    return value


def line(*, longest: int | None = None, needed: bool = False, **more: Any) -> Any:
    """Returns an attrs field for such a text; `None` passes where it is the default."""

    def check(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is None and attribute.default is None:
            return
        require_text(attribute.name, value, longest=longest, needed=needed)

    return attrs.field(validator=check, **more)


def tag_set(tags: str | Iterable[str]) -> tuple[str, ...]:
    """Returns tags sorted and each once; a single text is one tag.

    Example:
        >>> tag_set(["late", "vip", "late"])
        ('late', 'vip')
    """
    given = (tags,) if isinstance(tags, str) else tags
    return tuple(sorted({require_text("tag", tag, longest=64, needed=True) for tag in given}))


def digest_of(*parts: str) -> str:
    """Returns 32 hex signs (128 bits of BLAKE2b) that stand for these texts, whatever their length.

    Example:
        >>> digest_of("open", "mail-17") == digest_of("open", "mail-17"), len(digest_of(""))
        (True, 32)
    """
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
