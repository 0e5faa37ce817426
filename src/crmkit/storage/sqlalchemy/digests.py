"""Digests of long keys: what indexes are made on."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["digest_of"]


def digest_of(key: str) -> str:
    """Returns 128 bits of BLAKE2b of a long key, as 32 hexadecimal digits: what indexes are made on."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
