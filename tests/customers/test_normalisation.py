"""Each row of the tables of phones and e-mails is a test."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.customers import Unusable, email, identify, phone
from crmkit.identifiers import Identifier

MOBILE = "+8613812345678"


@pytest.mark.parametrize(
    "raw",
    [
        "138 1234 5678",
        "+86-138-1234-5678",
        "008613812345678",
        "8613812345678",
        "'13812345678",
        "１３８１２３４５６７８",
        "13812345678.0",
        "tel:13812345678",
        "13812345678",
    ],
)
@pytest.mark.parametrize("region", ["CN", None])
def test_mainland_numbers_have_one_form(raw: str, region: str | None) -> None:
    reading = phone(raw, region)
    assert (reading.value, reading.form, reading.mask) == (MOBILE, "plain", ("138", "5678"))


def test_a_number_destroyed_by_a_spreadsheet_is_said_to_be() -> None:
    assert "spreadsheet" in phone("1.38123E+10", "CN").reason


@pytest.mark.parametrize("region", ["US", "HK"])
def test_a_mainland_shape_abroad_is_assumed_only_where_the_region_has_no_such_number(region: str) -> None:
    reading = phone("13812345678", region)
    assert (reading.value, reading.assumed_region) == (MOBILE, True)


def test_the_region_wins_where_it_has_such_a_number() -> None:
    reading = phone("13102345678", "US")
    assert (reading.value, reading.assumed_region) == ("+13102345678", False)


@pytest.mark.parametrize(
    "raw", ["13812345678转1234", "13812345678-1234", "13812345678,1234", "13812345678 ext 1234", "13812345678 # 1234"]
)
def test_a_mobile_with_an_extension_is_a_privacy_number(raw: str) -> None:
    reading = phone(raw, "CN")
    assert (reading.value, reading.form, reading.extension) == (MOBILE, "virtual", "1234")
    assert identify("phone", raw) is None


def test_digits_are_not_glued_to_a_number() -> None:
    assert phone("18877771111-123", "CN").form == "virtual"


@pytest.mark.parametrize("raw", ["17012345678", "16212345678", "16512345678"])
def test_numbers_of_virtual_operators_are_ordinary(raw: str) -> None:
    assert phone(raw, "CN").value == f"+86{raw}"


@pytest.mark.parametrize("raw", ["138****5678", "138xxxx5678", "138••••5678", "+86 138****5678", "86-138****5678"])
def test_masked_numbers_give_their_ends_only(raw: str) -> None:
    reading = phone(raw, "CN")
    assert (reading.value, reading.form, reading.mask) == ("", "masked", ("138", "5678"))


def test_a_number_masked_in_front_has_its_last_digits() -> None:
    assert phone("*******5678", "CN").mask == ("", "5678")


def test_landlines() -> None:
    assert phone("010-62345678", "CN").value == "+861062345678"
    switchboard = phone("(021)61234567-801", "CN")
    assert (switchboard.value, switchboard.form, switchboard.extension) == ("+862161234567", "shared", "801")


@pytest.mark.parametrize(("raw", "region"), [("400-820-8820", "CN"), ("95588", "CN"), ("1-800-555-0100", "US")])
def test_service_numbers_are_nobody(raw: str, region: str) -> None:
    assert (phone(raw, region).form, identify("phone", raw, region=region)) == ("service", None)


@pytest.mark.parametrize("raw", ["(212) 555-0123", "2125550123", "1 212 555 0123"])
def test_american_numbers(raw: str) -> None:
    assert phone(raw, "US").value == "+12125550123"


def test_short_numbers_need_their_region() -> None:
    assert phone("91234567", "HK").value == "+85291234567"
    assert phone("91234567", "CN").reason


def test_two_numbers_in_a_cell() -> None:
    reading = phone("13812345678/13912345678", "CN")
    assert (reading.value, reading.others) == (MOBILE, ("+8613912345678",))
    assert phone("13812345678，13912345678").others == ("+8613912345678",)


def test_what_is_not_a_number() -> None:
    assert phone("138-1234-567", "CN").reason
    for raw in ("nan", "无", ""):
        assert (phone(raw, "CN").value, phone(raw, "CN").reason) == ("", "")


@pytest.mark.parametrize("raw", ["13800138000", "11111111111", "12345678901", "0000000000"])
def test_placeholder_numbers_are_nobody(raw: str) -> None:
    assert (phone(raw, "CN").form, identify("phone", raw)) == ("placeholder", None)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (" Mei.Li+Shop@GMail.com", "meili@gmail.com"),
        ("mei.li@googlemail.com", "meili@gmail.com"),
        ("mei.li+a@outlook.com", "mei.li@outlook.com"),
        ("mei.li+a@example-shop.cn", "mei.li+a@example-shop.cn"),
        ("12345678@QQ.com", "12345678@qq.com"),
        ("12345678@vip.qq.com", "12345678@vip.qq.com"),
        ("x@bücher.de", "x@xn--bcher-kva.de"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_keys_of_mailboxes(raw: str, key: str) -> None:
    assert (email(raw).value, email(raw).form) == (key, "plain")


def test_qq_numbers_are_a_weak_cross_key() -> None:
    assert email("12345678@qq.com").qq == email("12345678@vip.qq.com").qq == "qq:12345678"
    assert email("12345678@foxmail.com").qq == ""


@pytest.mark.parametrize(
    ("raw", "meant"), [("a@b.con", "a@b.com"), ("x@gamil.com", "x@gmail.com"), ("x@163.con", "x@163.com")]
)
def test_mistyped_domains_are_kept_and_only_suggested(raw: str, meant: str) -> None:
    assert (email(raw).value, email(raw).suggestion) == (raw, meant)


@pytest.mark.parametrize(
    "raw", ["abc@marketplace.amazon.de", "x@privaterelay.appleid.com", "x@mozmail.com", "x@duck.com"]
)
def test_relay_addresses_hold_in_their_shop(raw: str) -> None:
    identifier = identify("email", raw, shop="shopify/paper-lantern")
    assert isinstance(identifier, Identifier)
    assert identifier.form == "relay"
    assert identifier.scope == "shopify/paper-lantern/" + raw.partition("@")[2]


@pytest.mark.parametrize("raw", ["info@example.com", "Sales@example.com", "noreply@example.com"])
def test_boxes_of_a_role_are_shared(raw: str) -> None:
    assert email(raw).form == "shared"


@pytest.mark.parametrize("raw", ['"a b"@x.com', "a@@b", "a@localhost", "mei", "a b@example.com"])
def test_what_is_not_an_address(raw: str) -> None:
    found = identify("email", raw)
    assert isinstance(found, Unusable)
    assert found.code == "bad_email"
    assert raw not in found.shown


@pytest.mark.parametrize("raw", ["test@example.com", "noemail@example.com", "none@example.com", "n/a", "无", ""])
def test_placeholder_addresses_are_nobody(raw: str) -> None:
    assert identify("email", raw) is None


def test_masked_addresses_are_no_key() -> None:
    assert email("t***@example.com").form == "masked"
    assert identify("email", "t***@example.com") is None


@given(st.text(max_size=40))
def test_reading_never_fails_and_is_idempotent(raw: str) -> None:
    number, box = phone(raw), email(raw)
    if number.form == "plain":
        assert phone(number.value).value == number.value
    if box.value:
        assert email(box.value).value == box.value


def test_the_fast_path_loads_no_phonenumbers() -> None:
    code = (
        "import sys; from crmkit.customers import phone, email; phone('13800000001'); email('mei@example.com');"
        "sys.exit('phonenumbers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
