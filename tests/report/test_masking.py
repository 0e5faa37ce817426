"""What is shown of a person is enough to recognise them and too little to reach them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.report import mask, mask_within


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("zhang.san@example.com", "z***@example.com"),
        ("13800005678", "138****5678"),
        ("+86 138-0000-5678", "138****5678"),
        ("0086 13800005678", "138****5678"),
        ("+4915123456789", "+491****789"),
        ("5550123", "55****23"),
        ("陈小美", "陈**"),
        ("Ada Byron", "A**"),
        (" 王 ", "王**"),
        ("account:taobao:mei_shop", "account:taobao:m**"),
        ("phone:13800005678", "phone:138****5678"),
        ("4026100100000000349", "4**"),
        ("<b>", "<**"),
        ("", ""),
    ],
)
def test_most_of_it_is_hidden(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.text(max_size=30) | st.emails() | st.from_regex(r"\+?[0-9 ]{7,18}", fullmatch=True))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.emails(), st.integers(10**10, 10**11 - 1))
def test_neither_mail_nor_phone_stays_in_a_sentence(mail: str, phone: int) -> None:
    shown = mask_within(f"Write to {mail} or call {phone} please")
    assert str(phone) not in shown
    assert mail not in shown or len(mail.split("@")[0]) == 1 or "***@" in shown


@pytest.mark.parametrize(
    "text", ["order 4026100100000000349", "on 2026-11-24", "2 boxes of 150", "SF1234567890123", ""]
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_within(text) == text
