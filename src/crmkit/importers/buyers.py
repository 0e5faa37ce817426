"""Who ordered: the identifiers in an order's cells, and who gets the parcel."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal

from crmkit.customers import Unusable, identify
from crmkit.identifiers import Form, Identifier
from crmkit.importers.drafts import Draft
from crmkit.importers.layouts import Values
from crmkit.orders import Address, Buyer, Recipient

__all__ = ["buyer_of", "recipient_of"]

_NOBODY = frozenset({"匿名用户", "匿名", "游客", "散客", "0", "***"})
_LONGEST = 255
_PARTS = ("country", "province", "city", "district", "street", "postcode")
_TOLD = ("customer_id", "account", "email", "payer", "phone", "buyer_name", "accepts_marketing")
_PHONE = re.compile(r"\+?[\d\s()\-]{7,20}", re.ASCII)
_NO_BUYER = Buyer()

Found = tuple[tuple[Identifier, ...], tuple[tuple[str, Unusable], ...]]


def buyer_of(draft: Draft, platform: str, shop: str) -> Buyer:
    """Returns the draft's buyer; identifiers that cannot be used become problems of the draft."""
    values = draft.values
    given = values.get("identifiers")
    if given:
        return Buyer(
            identifiers=given, name=values.get("buyer_name", ""), accepts_marketing=values.get("accepts_marketing")
        )
    told = tuple(map(values.get, _TOLD))
    if not any(told) and told[-1] is None:
        return _NO_BUYER
    region = values.get("region") or draft.format.region
    is_whole = bool(values.get("account_is_whole"))
    buyer, unusable = _buyer(told, platform, shop, region, draft.format.payer_scope, is_whole)
    for field, bad in unusable:
        draft.say(bad.code, bad.reason, column=field, value=bad.shown)
    return buyer


@lru_cache(maxsize=16384)
def _buyer(
    told: tuple[Any, ...], platform: str, shop: str, region: str | None, payer_scope: str, account_is_whole: bool
) -> tuple[Buyer, tuple[tuple[str, Unusable], ...]]:
    customer_id, account, email, payer, phone, name, accepts = told
    found: dict[str, Identifier] = {}
    unusable: list[tuple[str, Unusable]] = []
    in_shop = f"{platform}/{shop}"
    if customer_id:
        _add(found, Identifier("customer_id", customer_id[:_LONGEST], scope=in_shop))
    if account and account not in _NOBODY:
        is_masked = not account_is_whole and ("*" in account or "＊" in account)
        form: Form = "masked" if is_masked else "plain"
        _add(found, Identifier("account", account[:_LONGEST], scope=platform, form=form))
    for kind, value in (("email", email), ("phone", phone)):
        _identified(found, unusable, kind, value, in_shop, region)
    if payer and "*" not in payer and payer not in _NOBODY:
        _add(found, Identifier("payer_id", payer[:_LONGEST], scope=payer_scope))
        if "@" in payer or _PHONE.fullmatch(payer):
            _identified(found, [], "email" if "@" in payer else "phone", payer, in_shop, region)
    buyer = Buyer(identifiers=tuple(found.values()), name=name or "", accepts_marketing=accepts)
    return buyer, tuple(unusable)


def _add(found: dict[str, Identifier], identifier: Identifier) -> None:
    found.setdefault(identifier.key, identifier)


def _identified(
    found: dict[str, Identifier],
    unusable: list[tuple[str, Unusable]],
    kind: str,
    value: str | None,
    in_shop: str,
    region: str | None,
) -> None:
    if not value:
        return
    kinds: dict[str, Literal["email", "phone"]] = {"email": "email", "phone": "phone"}
    read = identify(kinds[kind], value, shop=in_shop, region=region)
    if isinstance(read, Identifier):
        _add(found, read)
    elif read is not None:
        unusable.append((kind, read))


def _one_line(parts: dict[str, str]) -> str:
    place = " ".join(part for part in (parts["postcode"], parts["city"]) if part)
    told = (parts["street"], parts["district"], place, parts["province"], parts["country"])
    return ", ".join(part for part in told if part)


def recipient_of(values: Values) -> Recipient | None:
    """Returns who gets the parcel, or None where the file does not say."""
    get = values.get
    address = get("address")
    if not isinstance(address, Address):
        parts = {part: get(part) or "" for part in _PARTS}
        if address or any(parts.values()):
            text = address or _one_line(parts)
            address = Address(text=text, **parts)
        else:
            address = None
    name, phone = get("recipient_name") or "", get("recipient_phone") or ""
    if address is None:
        return Recipient(name=name, phone=phone) if name or phone else None
    return Recipient(name=name, phone=phone, address=address)
