from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.identifiers import Identifier
from crmkit.orders import Address, Buyer, Recipient, merged
from crmkit.testing import a_line, an_order
from crmkit.testing.strategies import orders

T1 = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = Identifier("account", "mei_shop", scope="taobao")
PHONE = Identifier("phone", "+8613800000001")


@settings(max_examples=40)
@given(orders(currency="CNY"), orders(currency="CNY"))
def test_merging_again_changes_nothing(before, report):
    report = attrs.evolve(report, key=before.key)
    once = merged(before, report)
    assert merged(once, report) == once
    assert merged(once, once) == once
    assert once.status is report.status
    assert once.total == report.total


@settings(max_examples=40)
@given(orders())
def test_an_order_merged_with_itself_is_itself(order):
    assert merged(order, order) == order


@settings(max_examples=40)
@given(orders(currency="CNY"), st.sampled_from(["placed_at", "lines", "remark", "shipping", "raw", "tags"]))
def test_what_the_report_has_counts(report, name):
    before = an_order(placed_at=T1, lines=(a_line(sku="old"),), remark="old", shipping=7, raw={"a": "b"}, tags=("old",))
    before = attrs.evolve(before, key=report.key)
    told = getattr(report, name)
    is_missing = told is None or told in ("", (), {})
    assert getattr(merged(before, report), name) == (getattr(before, name) if is_missing else told)


def test_a_refund_that_the_report_does_not_know_stays():
    before = an_order(refunded="5.00")
    after = merged(before, an_order(status="paid", refund_unknown=True, remark="x"))
    assert (str(after.refunded), after.refund_unknown) == ("5.00 CNY", False)
    moved = merged(before, an_order(status="completed", refund_unknown=True))
    assert (str(moved.refunded), moved.refund_unknown) == ("5.00 CNY", True)


def test_an_unknown_refund_becomes_known_by_a_report_that_knows():
    before = an_order(refund_unknown=True)
    after = merged(before, an_order(refunded="5.00"))
    assert (str(after.refunded), after.refund_unknown) == ("5.00 CNY", False)
    assert merged(an_order(), an_order(refund_unknown=True)).refund_unknown


def test_a_report_in_a_paid_state_that_names_no_payment_is_silent_about_it():
    after = merged(an_order(refunded="5.00"), an_order(status="completed", paid=0))
    assert (str(after.paid), str(after.refunded)) == ("30.00 CNY", "5.00 CNY")
    assert merged(an_order(), an_order(status="cancelled")).paid.is_zero
    assert merged(an_order(status="shipped", paid=0), an_order(status="completed", paid=0)).paid.is_zero


def test_identifiers_stay_that_the_report_has_not_in_full():
    before = an_order(buyer=Buyer(identifiers=(ACCOUNT, PHONE), name="Mei", accepts_marketing=True))
    masked = Identifier("phone", "138****0001", form="masked")
    after = merged(before, an_order(status="shipped", buyer=Buyer(identifiers=(masked,), name="M*")))
    assert after.buyer == Buyer(identifiers=(masked, ACCOUNT, PHONE), name="Mei", accepts_marketing=True)
    other = Identifier("phone", "+8613800000002")
    assert merged(before, an_order(buyer=Buyer(identifiers=(other,)))).buyer.identifiers == (other, ACCOUNT)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (None, ("Mei Zhang", "13800000001", "1 Lantern Road")),
        (Recipient(name="M**", phone="138****0001", address=Address(text="1 ***")), None),
        (
            Recipient(name="Lan", phone="", address=Address(text="2 Lantern Road")),
            ("Lan", "13800000001", "2 Lantern Road"),
        ),
    ],
)
def test_a_mask_does_not_overwrite_what_is_known_of_the_recipient(told, kept):
    full = Recipient(name="Mei Zhang", phone="13800000001", address=Address(text="1 Lantern Road"))
    after = merged(an_order(recipient=full), an_order(recipient=told)).recipient
    expected = kept or ("Mei Zhang", "13800000001", "1 Lantern Road")
    assert (after.name, after.phone, after.address.text) == expected


def test_a_masked_recipient_is_better_than_none():
    masked = Recipient(name="M**", address=Address(text="1 ***"))
    assert merged(an_order(), an_order(recipient=masked)).recipient == masked
    assert merged(an_order(recipient=Recipient()), an_order(recipient=masked)).recipient == masked
