"""All that decides how raw values become keys, as one frozen document that a model carries and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import attrs

from crmkit.customers.tables import EMAILS, PHONES, EmailPolicy, PhonePolicy
from crmkit.errors import PolicyError
from crmkit.identity.normalise.address_tables import ADDRESSES, AddressPolicy
from crmkit.identity.normalise.name_tables import NAMES, NamePolicy

__all__ = ["POLICY", "NormalisePolicy"]

_FILES = ("divisions.txt", "readings.txt", "simplified.txt")
_P = TypeVar("_P", PhonePolicy, EmailPolicy, NamePolicy, AddressPolicy)


@attrs.frozen(kw_only=True, slots=True, cache_hash=True)
class NormalisePolicy:
    """Holds the tables of all four kinds of value.

    Attributes:
        phones: How phones are read.
        emails: How e-mail addresses are read: which providers ignore dots and `+tag` is said here.
        names: How names are read, and where readings come from.
        addresses: How addresses are read.

    Example:
        >>> import attrs
        >>> from crmkit.identity.normalise import EMAILS
        >>> ours = attrs.evolve(POLICY, emails=attrs.evolve(EMAILS, ignore_plus=EMAILS.ignore_plus | {"example.com"}))
        >>> ours.digest == POLICY.digest, NormalisePolicy.from_document(ours.document()) == ours
        (False, True)
    """

    phones: PhonePolicy = PHONES
    emails: EmailPolicy = EMAILS
    names: NamePolicy = NAMES
    addresses: AddressPolicy = ADDRESSES

    def document(self) -> dict[str, Any]:
        """Returns the policy as a document for JSON, with the digests of the package's own tables.

        Example:
            >>> sorted(POLICY.document())
            ['addresses', 'emails', 'names', 'phones', 'tables']
        """
        parts = {field.name: getattr(self, field.name) for field in attrs.fields(NormalisePolicy)}
        plain = {name: {key: _plain(value) for key, value in _fields(part).items()} for name, part in parts.items()}
        return {**plain, "tables": dict(_tables())}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> NormalisePolicy:
        """Returns the policy that a document describes.

        Raises:
            PolicyError: The document has parts or fields that are not known, or was made with other tables.
        """
        known = {field.name for field in attrs.fields(cls)} | {"tables"}
        if set(document) != known:
            raise PolicyError(f"A policy has the parts {', '.join(sorted(known))}, not {', '.join(sorted(document))}.")
        other = [file for file, digest in _tables() if document["tables"].get(file) != digest]
        if other:
            raise PolicyError(f"The policy was made with other tables: {', '.join(other)} differ in this version.")
        return cls(
            phones=_made(PhonePolicy, document["phones"]),
            emails=_made(EmailPolicy, document["emails"]),
            names=_made(NamePolicy, document["names"]),
            addresses=_made(AddressPolicy, document["addresses"]),
        )

    @property
    def digest(self) -> str:
        """A digest of the document: another table, another digest."""
        text = json.dumps(self.document(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _fields(part: Any) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in attrs.fields(type(part))}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _made(kind: type[_P], fields: Mapping[str, Any]) -> _P:
    unknown = set(fields) - {field.name for field in attrs.fields(kind)}
    if unknown:
        raise PolicyError(f"{kind.__name__} has no {', '.join(sorted(unknown))}.")
    return kind(**fields)


@cache
def _tables() -> tuple[tuple[str, str], ...]:
    folder = files("crmkit.identity.normalise") / "data"
    return tuple((file, hashlib.sha256((folder / file).read_bytes()).hexdigest()[:16]) for file in _FILES)


POLICY = NormalisePolicy()
"""The tables that everything is read with unless a host brings its own."""
