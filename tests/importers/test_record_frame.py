"""Orders as records to be linked: what stands in which column, and that linking takes it as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from crmkit.identifiers import Identifier
from crmkit.identity import dedupe
from crmkit.identity.matching.features import FIELDS
from crmkit.importers import read, record_frame
from crmkit.money import Money
from crmkit.orders import Address, Buyer, Order, OrderKey, OrderStatus, Recipient

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


def an_order(number: str = "1", *identifiers: Identifier, **more: object) -> Order:
    zero = Money("1.00", "CNY")
    return Order(
        key=OrderKey("taobao", "lantern", number), status=OrderStatus.PAID, currency="CNY", total=zero, paid=zero,
        placed_at=AT, buyer=Buyer(identifiers=identifiers, name="梅"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def row_of(order: Order) -> dict[str, object]:
    (row,) = record_frame([order]).to_dict("records")
    return row


def test_its_columns_are_those_that_linking_knows() -> None:
    assert set(record_frame([]).columns) <= set(FIELDS)
    assert record_frame([])["seen_at"].dtype == "datetime64[us, UTC]"


def test_a_recipient_is_not_the_buyer() -> None:
    address = Address(
        text="x", province="广东省", city="深圳市", district="南山区", street="科技路12号", postcode="518000"
    )
    row = row_of(an_order(recipient=Recipient(name="王小明", phone="139****0001", address=address)))
    assert (row["name"], row["receiver_name"], row["phone"], row["receiver_phone"]) == (
        "梅",
        "王小明",
        "",
        "139****0001",
    )
    assert (row["province"], row["address"], row["postcode"]) == ("广东省", "科技路12号", "518000")
    assert row_of(an_order(recipient=Recipient(address=Address(text="科技路12号"))))["address"] == "科技路12号"
    assert row_of(an_order())["receiver_name"] == ""


def test_a_lasting_id_is_the_account_and_the_name_is_the_nick() -> None:
    nick = Identifier("account", "mei_shop", scope="taobao")
    stable = Identifier("open_uid", "AAH-1", scope="taobao-app")
    assert (row_of(an_order("1", nick))["account"], row_of(an_order("1", nick))["nick"]) == ("mei_shop", "")
    assert (row_of(an_order("1", nick, stable))["account"], row_of(an_order("1", nick, stable))["nick"]) == (
        "AAH-1", "mei_shop",
    )  # fmt: skip
    row = row_of(an_order("1", Identifier("customer_id", "77", scope="shopify/lantern"), Identifier("email", "a@b.cc")))
    assert (row["customer_no"], row["email"], row["record_id"]) == ("77", "a@b.cc", "taobao/lantern/1")


def test_a_privacy_number_is_no_phone() -> None:
    virtual = Identifier("phone", "+8613900010001", form="virtual", valid_until=AT)
    assert row_of(an_order("1", virtual))["phone"] == ""


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_linking_takes_it_as_it_is(backend: str) -> None:
    orders = [an_order("1", Identifier("email", "a@example.com")), an_order("2", Identifier("email", "a@example.com"))]
    frame = record_frame(orders, backend=backend)  # type: ignore[arg-type]
    columns = frame.column_names if backend == "pyarrow" else list(frame.columns)
    found = dedupe(frame, columns={name: name for name in columns})
    assert found.report.persons == 1


def test_orders_without_a_moment_have_none() -> None:
    data = b"order_number,currency,unit_price,quantity\n1,EUR,5,2\n"
    frame = record_frame(read(data, name="o.csv").orders)
    assert pd.isna(frame["seen_at"].iloc[0])
