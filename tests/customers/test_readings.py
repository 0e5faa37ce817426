"""Laws and tables of the readings of phones and e-mails beyond the rows of everyday."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmkit.customers import EMAILS, PHONES, EmailPolicy, PhonePolicy, email, identify, phone
from crmkit.customers.cleaning import LONGEST, cleaned
from crmkit.problems import Problem

REGIONS = st.sampled_from([None, "CN", "HK", "US", "DE", "GB", "JP"])
NUMBERS = st.one_of(
    st.text(max_size=30),
    st.text("0123456789+-*xX()/,;. 转#ext", max_size=24),
    st.from_regex(r"\A(?:\+?86)?1[3-9][0-9]{9}(?:[-转,#/][0-9]{1,11})?\Z"),
)
BOXES = st.one_of(st.emails(), st.text("ab1.+*@qgmailvip<>com ", max_size=24), st.text(max_size=30))


@given(NUMBERS, REGIONS)
@example("13812345678", "US")
@example("13812345678转1234/138****5678", None)
@example("(021)61234567-801", "CN")
@example("*******5678", "CN")
@example("(212) 555-0123 x12", "US")
@settings(max_examples=500, deadline=None)
def test_a_number_as_we_write_it_is_read_as_the_same(raw: str, region: str | None) -> None:
    reading = phone(raw, region)
    if reading.display:
        assert phone(reading.display, region) == reading


@given(BOXES)
@settings(max_examples=500, deadline=None)
def test_an_address_as_we_write_it_is_read_as_the_same(raw: str) -> None:
    reading = email(raw)
    if reading.display:
        assert email(reading.display) == reading


@given(st.text(max_size=300))
@example("a\u200d\u0301")
@example("\ufeff \u200b x")
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    text, _ = cleaned(raw)
    assert cleaned(text) == (text, "")
    assert len(text) <= LONGEST


@pytest.mark.parametrize("raw", [None, float("nan"), "", "nan", "NaT", "<NA>", "无", "null", "—", " \u200b "])
def test_nothing_is_nothing(raw: object) -> None:
    assert (phone(raw).form, phone(raw).problem) == ("none", None)
    assert (email(raw).form, email(raw).problem) == ("none", None)


def test_numbers_as_numbers() -> None:
    assert phone(13812345678).value == phone(13812345678.0).value == "+8613812345678"


@pytest.mark.parametrize("raw", ["\u202a13812345678\u202c", "138\ud8001234\x005678"])
def test_signs_that_cannot_be_seen_are_left_out_and_said(raw: str) -> None:
    reading = phone(raw)
    assert reading.value == "+8613812345678"
    assert reading.problem is not None
    assert (reading.problem.severity, reading.problem.code) == ("warning", "untidy_phone")
    mail = email("mei\u200e@example.com")
    assert mail.value == "mei@example.com"
    assert mail.problem is not None
    assert mail.problem.code == "untidy_email"


def test_a_problem_shows_the_ends_only() -> None:
    assert phone("138-1234-567").problem == Problem(
        source="", code="bad_phone", column="phone", reason="is not a phone number that exists", value="13…67"
    )
    found = email("mei.li@@example.com").problem
    assert found is not None
    assert (found.code, found.value) == ("bad_email", "me…om")


@pytest.mark.parametrize("raw", ["1" * 10_000, "13812345678" * 900, "x@" + "y" * 10_000 + ".com"])
def test_endless_values_are_read_no_further(raw: str) -> None:
    for reading in (phone(raw), email(raw)):
        assert reading.value == ""
        assert len(reading.shown) < 10


@pytest.mark.parametrize("raw", ["138-123-45678转88", "[13812345678]转分机88", "13812345678 分机:88", "13812345678_88"])
def test_further_ways_to_write_an_extension(raw: str) -> None:
    reading = phone(raw.replace("[", "").replace("]", ""), "CN")
    assert (reading.value, reading.form, reading.extension) == ("+8613812345678", "virtual", "88")


@pytest.mark.parametrize(
    "raw", ["138****5678转1234", "138****5678-1234", "0086 138****5678", "138·····5678", "138…5678"]
)
def test_masked_numbers_with_something_around(raw: str) -> None:
    reading = phone(raw)
    assert (reading.form, reading.mask) == ("masked", ("138", "5678"))


@pytest.mark.parametrize("raw", ["13812345678 王小明", "王小明 13812345678", "电话：13812345678", "(家)138 1234 5678"])
def test_one_number_between_words(raw: str) -> None:
    assert phone(raw).value == "+8613812345678"
    assert phone("13812345678 王小明 12").value == ""


def test_a_number_of_stars_only() -> None:
    assert (phone("***********").form, phone("***********").mask) == ("masked", None)


@pytest.mark.parametrize(
    ("raw", "value", "others"),
    [
        ("13812345678、13912345678", "+8613812345678", ("+8613912345678",)),
        ("13812345678\n010-62345678", "+8613812345678", ("+861062345678",)),
        ("13812345678;13912345678;13712345678", "+8613812345678", ("+8613912345678", "+8613712345678")),
        ("13812345678，139 1234 5678", "+8613812345678", ("+8613912345678",)),
        ("13812345678/13812345678", "+8613812345678", ()),
        ("400-820-8820/13812345678", "+8613812345678", ()),
    ],
)
def test_several_numbers(raw: str, value: str, others: tuple[str, ...]) -> None:
    assert (phone(raw).value, phone(raw).others) == (value, others)


@pytest.mark.parametrize(
    ("raw", "region", "value", "form"),
    [
        ("0755-12345678", "CN", "+8675512345678", "plain"),
        ("021-6123-4567", "CN", "+862161234567", "plain"),
        ("+86 (010) 6234 5678 转 12", "CN", "+861062345678", "shared"),
        ("(212) 555-0123 x12", "US", "+12125550123", "shared"),
        ("030-123456-78", "DE", "+493012345678", "plain"),
        ("2345 6780", "HK", "+85223456780", "plain"),
        ("95123456", "HK", "+85295123456", "plain"),
        ("+44 20 7946 0958", "CN", "+442079460958", "plain"),
        ("8613812345678", "US", "+8613812345678", "plain"),
    ],
)
def test_region_rules(raw: str, region: str, value: str, form: str) -> None:
    assert (phone(raw, region).value, phone(raw, region).form) == (value, form)


@pytest.mark.parametrize(
    ("raw", "region"),
    [("1-800-555-0100", "CN"), ("4008208820", "HK"), ("95588", "US"), ("+1 800 555 0100", "CN"), ("10086", "CN")],
)
def test_service_numbers_everywhere(raw: str, region: str) -> None:
    assert phone(raw, region).form == "service"


@pytest.mark.parametrize("raw", ["+8613800138000", "23456789012", "8888888888", "12345678910", "86-11111111111"])
def test_further_placeholders(raw: str) -> None:
    assert phone(raw).form == "placeholder"


def test_a_host_brings_its_own_tables() -> None:
    ours = PhonePolicy(home="US", placeholders={*PHONES.placeholders, "2125550199"})
    assert phone("2125550123", policy=ours).value == "+12125550123"
    assert phone("2125550199", policy=ours).form == "placeholder"
    mails = attrs.evolve(EMAILS, relays=EMAILS.relays | {"Relay.Example"}, ignore_plus={"example-shop.cn"})
    assert email("a@relay.example", mails).form == "relay"
    assert email("mei.li+a@example-shop.cn", mails).value == "mei.li@example-shop.cn"
    assert EmailPolicy() == EMAILS
    assert mails != EMAILS


def test_a_relay_is_scoped_by_shop_and_a_suggestion_is_no_rewrite() -> None:
    assert email("abc@members.ebay.de").form == "relay"
    assert (email("x@gamil.con").value, email("x@gamil.con").suggestion) == ("x@gamil.con", "x@gmail.com")
    assert email("x@gmail.com").suggestion == ""


def test_named_and_linked_addresses() -> None:
    assert email("Mei Li <mei@example.com>").value == email("mailto:mei@example.com").value == "mei@example.com"


def test_identify_keeps_numbers_with_remarks() -> None:
    assert str(identify("phone", "\u202a13812345678\u202c")) == "phone:+8613812345678"
