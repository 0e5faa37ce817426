"""Raw columns read by the normalisers, each distinct value once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crmkit.identity.matching.codes import combined, recoded
from crmkit.identity.matching.parts import address_parts, name_parts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmkit.identity.matching.features import Names

    Codes = NDArray[np.int32]
    Raw = tuple[Codes, list[str]]

__all__ = ["accounts", "addresses", "birthdays", "emails", "names", "one_table", "phones"]

_NO_BIRTHDAYS = ("-01-01", "0101")


def one_table(
    first: Codes, first_texts: list[str], second: Codes, second_texts: list[str]
) -> tuple[Codes, Codes, list[str]]:
    """Returns two columns of the same kind with codes from one table, and the table."""
    import numpy as np

    apart = np.where(second >= 0, second + len(first_texts), -1)
    codes, texts = recoded(np.concatenate([first, apart]), [*first_texts, *second_texts])
    return codes[: len(first)], codes[len(first) :], texts


def _count(counts: dict[str, int], reason: str, codes: Codes, places: Sequence[int]) -> None:
    import numpy as np

    if places:
        counts[reason] = counts.get(reason, 0) + int(np.isin(codes, places).sum())


def emails(codes: Codes, texts: list[str], shop: Codes, counts: dict[str, int]) -> tuple[Codes, Codes, list[str]]:
    """Returns codes of the addresses and of the parts before the @, and the addresses by code.

    A relay's address belongs to one shop alone; boxes of a role and placeholders are nothing.
    """
    import numpy as np

    from crmkit.customers.emails import email

    readings = [email(text) for text in texts]
    for form in ("placeholder", "shared"):
        _count(counts, f"email {form}", codes, [at for at, r in enumerate(readings) if r.form == form])
    _count(counts, "email unusable", codes, [at for at, r in enumerate(readings) if r.reason and not r.value])
    plain, values = recoded(codes, [r.value if r.form in ("plain", "relay") and r.value else None for r in readings])
    users, _ = recoded(codes, [r.value.partition("@")[0] if r.form == "plain" and r.value else None for r in readings])
    relayed = np.append(np.array([r.form == "relay" for r in readings], bool), False)[codes]
    scope = np.where(relayed, shop + 1, 0)
    scoped = combined(plain, scope)
    table = [""] * (int(scoped.max(initial=-1)) + 1)
    for at in np.flatnonzero(scoped >= 0).tolist():
        table[scoped[at]] = "" if relayed[at] else values[plain[at]]
    return scoped, users, table


def phones(
    codes: Codes, texts: list[str], country: Codes, countries: list[str], counts: dict[str, int]
) -> tuple[Codes, tuple[Codes, list[str]], list[str]]:
    """Returns codes of the full numbers, codes and texts of the visible digits, and the numbers by code."""
    import numpy as np

    from crmkit.customers.phones import phone

    regions = [text.upper() if len(text) == 2 else None for text in countries]
    both = combined(codes, country, optional=(1,))
    _, first = np.unique(both, return_index=True)
    first = first[both[first] >= 0]
    readings = [phone(texts[codes[at]], regions[country[at]] if country[at] >= 0 else None) for at in first.tolist()]
    for form in ("placeholder", "virtual", "service", "shared"):
        _count(counts, f"phone {form}", both, [at for at, r in enumerate(readings) if r.form == form])
    _count(counts, "phone unusable", both, [at for at, r in enumerate(readings) if r.reason and not r.value])
    full, numbers = recoded(both, [r.value if r.form == "plain" and r.value else None for r in readings])
    masks = ["…".join(r.mask) if r.mask and all(r.mask) and r.form in ("plain", "masked") else None for r in readings]
    return full, recoded(both, masks), numbers


def names(parcel: Raw, own: Raw, counts: dict[str, int]) -> tuple[Codes, Codes, Names]:
    """Returns codes of the names on the parcels and of the buyers, and the table of names."""
    import numpy as np

    from crmkit.identity.matching.features import Names

    first, second, texts = one_table(parcel[0], parcel[1], own[0], own[1])
    parts = [name_parts(text) for text in texts]
    both = np.concatenate([first, second])
    _count(counts, "name unusable", both, [at for at, part in enumerate(parts) if part is None])
    codes, known = recoded(both, parts)
    return codes[: len(first)], codes[len(first) :], Names.of(known)


def addresses(columns: Mapping[str, Raw]) -> tuple[dict[str, Codes], dict[str, list[str]]]:
    """Returns codes of flat, street, district, city, postcode and of a street's area; and the texts of the first four.

    A Chinese street is one of its city; elsewhere city and postcode are typed wrong too often to part a street.
    """
    import numpy as np

    order = ("province", "city", "district", "address", "postcode")
    both = combined(*(columns[name][0] for name in order), optional=range(5))
    _, first = np.unique(both, return_index=True)
    tables = [[*columns[name][1], ""] for name in order]
    rows = [[table[columns[name][0][at]] for name, table in zip(order, tables, strict=True)] for at in first.tolist()]
    parts = [address_parts(*row) for row in rows]
    values: dict[str, list[str | None]] = {
        name: [getattr(part, name) or None for part in parts] for name in ("unit", "street", "district", "city")
    }
    values["postcode"] = [row[4] or None for row in rows]
    values["area"] = [part.city if not part.street.isascii() else "-" for part in parts]
    coded = {name: recoded(both, column) for name, column in values.items()}
    texts = {name: coded[name][1] for name in ("unit", "street", "district", "city")}
    return {name: codes for name, (codes, _) in coded.items()}, texts


def accounts(account: Raw, nick: Raw, customer_no: Raw, platform: Codes, shop: Codes) -> tuple[Codes, ...]:
    """Returns codes of the account, of the shop's customer number and of a plain nick, each in its scope.

    A short bare number is a shop's own: two shops of a platform may both have a customer 1001.
    """
    import numpy as np

    short = np.append(np.array([len(t) < 8 and t.isdigit() for t in account[1]], bool), False)[account[0]]
    hidden = [None if "*" in t or t.startswith("~") else t for t in account[1]]
    own = combined(recoded(account[0], hidden)[0], platform, np.where(short, shop + 1, 0), optional=(1,))
    plain = recoded(nick[0], [None if set("*~") & set(t) else t for t in nick[1]])[0]
    return own, combined(customer_no[0], shop, optional=(1,)), combined(plain, platform, optional=(1,))


def birthdays(codes: Codes, texts: list[str]) -> Codes:
    """Returns codes of the days of birth; the first of January is what people choose who do not tell."""
    return recoded(codes, [None if text[:10].endswith(_NO_BIRTHDAYS) else text[:10] for text in texts])[0]
