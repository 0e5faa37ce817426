"""What a written address is found to be."""

from __future__ import annotations

from typing import Literal

import attrs

from crmkit.problems import Problem

__all__ = ["AddressForm", "AddressReading"]

AddressForm = Literal["home", "masked", "pickup", "locker", "forwarder", "none"]
"""home: a place of its own, as far as one can see; masked: parts are hidden; pickup, locker: a pick-up point, a parcel
locker; forwarder: a forwarding warehouse; none: nothing usable. All but "home" are shared by many."""


@attrs.frozen(kw_only=True, slots=True)
class AddressReading:
    """Says where a written address is; a level that is not known is "" and compares as nothing.

    Attributes:
        display: The address as it was written, cleaned.
        form: What kind of place it is.
        province: Province, short ("广东"); abroad the country's code, where it is known.
        city: Prefecture or city, short.
        district: County, district or, where there is none, the town, short.
        town: Town or subdistrict.
        road: Road, or village.
        number: Its number.
        estate: Estate or building name.
        building: Building's number.
        unit: Entrance's number.
        room: Flat's number.
        rest: What was not taken apart.
        district_key: Province, city and district, for comparison, or "".
        street_key: Road and number, for comparison, or "".
        unit_key: Road, number, building, entrance and flat, for comparison, or "".
        account: The customer's code at a forwarding warehouse, or "".
        account_scope: Where that code holds: the warehouse.
        reason: Why it cannot be used, one sentence; "" where nothing was there or it can.
        remark: What was taken off a value that was used nevertheless, one sentence, or "".
        shown: The value as it may stand in a report, where there is a reason or a remark.
    """

    display: str = ""
    form: AddressForm = "none"
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    road: str = ""
    number: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    rest: str = ""
    district_key: str = ""
    street_key: str = ""
    unit_key: str = ""
    account: str = ""
    account_scope: str = ""
    reason: str = ""
    remark: str = attrs.field(default="", eq=False)
    shown: str = attrs.field(default="", eq=False)

    @property
    def city_key(self) -> str:
        """Province and city, for comparison, or ""."""
        return "|".join(filter(None, (self.province, self.city))) if self.city else ""

    @property
    def is_shared(self) -> bool:
        """Whether it is known to be a place of many: a pick-up point, a locker, a warehouse."""
        return self.form in ("pickup", "locker", "forwarder")

    @property
    def problem(self) -> Problem | None:
        """What there is to say about it; source and line are the caller's to add."""
        if self.reason:
            return Problem(source="", code="bad_address", reason=self.reason, column="address", value=self.shown)
        if self.remark:
            code, value = "untidy_address", self.shown
            return Problem(source="", code=code, reason=self.remark, column="address", value=value, severity="warning")
        return None
