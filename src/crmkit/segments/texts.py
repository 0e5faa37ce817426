"""Which texts snapshots can hold, and the short texts that stand for longer ones."""

from __future__ import annotations

from hashlib import blake2b

from crmkit.errors import InputError

__all__ = ["digest_of", "require_text"]


def require_text(name: str, value: object, *, longest: int, is_needed: bool = False) -> str:
    """Returns `value` if it is text that every database can keep.

    Args:
        name: What it is, for the message.
        value: What was given.
        longest: The most signs it may have.
        is_needed: It must not be empty.

    Raises:
        InputError: Not text, empty though needed, too long, or with a NUL or half a surrogate pair in it.

    Example:
        >>> require_text("the name", "weekly", longest=128)
        'weekly'
    """
    if not isinstance(value, str):
        raise InputError(f"A snapshot takes text as {name}, got {value!r} of type {type(value).__name__}.")
    if is_needed and not value:
        raise InputError(f"A snapshot takes no empty text as {name}.")
    if len(value) > longest:
        raise InputError(f"A snapshot takes at most {longest} signs as {name}, got {len(value)}: {value[:40]!r}…")
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise InputError(f"A NUL or half a surrogate pair is in {name}, and no database keeps it: {value!r}.")
    return value


def digest_of(*parts: str) -> str:
    """Returns 32 hex signs (128 bits of BLAKE2b) that stand for these texts, whatever their length.

    Example:
        >>> digest_of("weekly", "4f") == digest_of("weekly", "4f") != digest_of("weekly4", "f")
        True
    """
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
