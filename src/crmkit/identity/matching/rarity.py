"""How rare the values are: frequencies counted once, kept in the model, and never moved by what arrives later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import log2
from typing import TYPE_CHECKING

from crmkit.identity.matching.codes import distinct
from crmkit.identity.matching.model_document import Rarity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.facing import Faces
    from crmkit.identity.matching.features import Features

__all__ = ["counted", "digest_of_value", "rarities"]

_COLUMNS: Mapping[str, str] = {"name": "full", "phone": "phone", "email": "email", "card": "card", "address": "home"}


def digest_of_value(comparison: str, text: str) -> str:
    """Returns 64 bits of BLAKE2b of a value, as 16 hexadecimal digits: a model holds no name and no number.

    Example:
        >>> digest_of_value("card", "c-1") == digest_of_value("card", "c-2")
        False
    """
    return blake2b(f"{comparison}|{text}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def counted(features: Features, faces: Faces) -> dict[str, Rarity]:
    """Returns by comparison how often each value is borne: names by faces, other values by distinct surnames.

    The bits are log2 e - log2 tf with tf a value's share and e the sum of the squared shares.
    """
    import numpy as np

    found: dict[str, Rarity] = {}
    for name in _COLUMNS:
        codes, texts = _values(name, features, faces)
        if name == "name":
            held = np.bincount(codes[codes >= 0], minlength=len(texts))
        else:
            held = np.bincount(distinct(codes, faces.columns["surname"])[0], minlength=len(texts))
            held = np.maximum(held, np.bincount(codes[codes >= 0], minlength=len(texts)) > 0)
        total = int(held.sum())
        if not total:
            continue
        squares = sum(int(count) ** 2 for count in held)
        several = np.flatnonzero(held > 1).tolist()
        counts = {digest_of_value(name, texts[at]): int(held[at]) for at in several if texts[at]}
        found[name] = Rarity(base=log2(squares) - log2(total), counts=counts)
    return found


def rarities(features: Features, faces: Faces, frequencies: Mapping[str, Rarity]) -> dict[str, NDArray[np.float64]]:
    """Returns by comparison and face the bits that the rarity of the face's value adds, by the model's frequencies.

    NaN stands where a face has no value.
    """
    import numpy as np

    found: dict[str, NDArray[np.float64]] = {}
    for name, rarity in frequencies.items():
        codes, texts = _values(name, features, faces)
        bits = np.full(len(texts) + 1, rarity.base)
        if rarity.counts:
            known = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(texts))).tolist()
            for at in known:
                count = rarity.counts.get(digest_of_value(name, texts[at])) if texts[at] else None
                if count is not None:
                    bits[at] = rarity.base - log2(count)
        bits[-1] = np.nan
        found[name] = bits[codes]
    return found


def _values(name: str, features: Features, faces: Faces) -> tuple[NDArray[np.int64], Sequence[str]]:
    """By face the code of its value, and by code what the value is."""
    import numpy as np

    codes = faces.columns[_COLUMNS[name]].astype(np.int64)
    if name == "name":
        return codes, features.names.keys
    if name == "phone":  # both owners of a recycled number bear one number
        return np.where(codes >= 0, faces.numbers[codes], -1), features.tables["phone"]
    if name != "address":
        return codes, features.tables[name]
    texts = [""] * (int(codes.max(initial=-1)) + 1)
    known = np.flatnonzero(codes >= 0)
    units, cities = features.tables["unit"], features.tables["city"]
    first = dict(zip(codes[known][::-1].tolist(), faces.first[known][::-1].tolist(), strict=True))
    for code, row in first.items():
        texts[code] = f"{units[features.unit[row]]}|{cities[features.city[row]]}"
    return codes, texts
