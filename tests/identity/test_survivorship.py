"""Which value is shown: the rules one by one, their order, and the worked example."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InputError
from crmkit.identity import SURVIVORSHIP, Telling, consents, survivor

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _told(value: str, days: int = 10, **known: object) -> Telling:
    return Telling(value=value, record=f"{value}-{days}", seen_at=NOW - timedelta(days=days), **known)  # type: ignore[arg-type]


def _shown(field: str, *tellings: Telling) -> str | None:
    found = survivor(field, tellings, as_of=NOW)
    mixed = list(tellings)
    random.Random(3).shuffle(mixed)
    assert survivor(field, mixed, as_of=NOW) == found
    return None if found is None else found.value


def test_the_worked_name() -> None:
    tellings = [_told("王**", days=n) for n in range(7)]
    tellings += [_told("王小明", 30), _told("王小明", 31), _told("王晓明", 20), _told("李娜", 8, speaks=False)]
    assert _shown("name", *tellings) == "王小明"


def test_names_unmasked_then_speaking_then_most_then_newest() -> None:
    assert _shown("name", _told("王**", 1), _told("王小明", 90, speaks=False)) == "王小明"
    assert _shown("name", _told("李娜", 1, speaks=False), _told("李娜", 2, speaks=False), _told("王小明")) == "王小明"
    assert _shown("name", _told("王小明", 1), _told("王晓明", 5), _told("王晓明", 6)) == "王晓明"
    assert _shown("name", _told("王小明", 5), _told("王晓明", 1)) == "王晓明"
    assert _shown("name", _told("王小明", 9), _told("ＷＡＮＧ Wei", 3), _told("wang wei", 1)) == "wang wei"


def test_phones_proved_then_real_then_newest() -> None:
    assert _shown("phone", _told("13900010001", 50, verified=True), _told("13900010002", 1)) == "13900010001"
    assert _shown("phone", _told("13900010001", 50), _told("13900010002转1234", 1)) == "13900010001"
    assert _shown("phone", _told("13900010001", 50), _told("139****0002", 1)) == "13900010001"
    ended = _told("13900010002", 1, valid_until=NOW - timedelta(days=1))
    assert _shown("phone", _told("13900010001", 50), ended) == "13900010001"
    assert _shown("phone", _told("13900010001", 50), _told("13900010002", 1)) == "13900010002"
    assert _shown("phone", _told("13800138000", 1), _told("无", 2)) is None


def test_mails_proved_then_own_then_newest() -> None:
    assert _shown("email", _told("x@privaterelay.appleid.com", 1), _told("mei@example.com", 90)) == "mei@example.com"
    assert _shown("email", _told("a@example.com", 90, verified=True), _told("b@example.com", 1)) == "a@example.com"
    assert _shown("email", _told("A@Example.com", 1), _told("a@example.com", 2)) == "A@Example.com"


def test_addresses_of_the_last_year_count() -> None:
    old, new = "深圳市南山区科技路12号3栋2单元1501室", "深圳市南山区海德路8号1栋1单元101室"
    tellings = [_told(old, 400), _told(old, 500), _told(old, 600), _told(new, 300)]
    assert _shown("address", *tellings) == new
    assert _shown("address", _told(old, 300), _told(old, 200), _told(new, 10)) == old
    assert _shown("address", _told(new, 10, speaks=False), _told(old, 300)) == old


def test_equal_values_fall_to_the_smaller_key_and_record() -> None:
    one, other = Telling(value="王小明", record="r2"), Telling(value="王晓明", record="r1")
    assert survivor("name", [one, other], as_of=NOW) == survivor("name", [other, one], as_of=NOW)
    same = [Telling(value="王小明", record="r2"), Telling(value="王小明", record="r1")]
    assert survivor("name", same, as_of=NOW) == same[1]


def test_rules_may_be_the_hosts_own() -> None:
    newest = {**SURVIVORSHIP, "name": ("newest",)}
    found = survivor("name", [_told("王**", 1), _told("王小明", 9)], as_of=NOW, rules=newest)
    assert found is not None
    assert found.value == "王**"
    with pytest.raises(InputError, match="longest is no rule"):
        survivor("name", [], as_of=NOW, rules={"name": ("longest",)})
    with pytest.raises(InputError, match="'shoe' has no rules"):
        survivor("shoe", [], as_of=NOW)
    with pytest.raises(InputError):
        survivor("name", [], as_of=datetime(2026, 11, 24))  # noqa: DTZ001
    with pytest.raises(InputError):
        Telling(value="a", seen_at=datetime(2026, 11, 24))  # noqa: DTZ001


@given(st.lists(st.sampled_from([True, False, None])))
@settings(max_examples=30)
def test_any_no_wins(answers: list[bool | None]) -> None:
    said = consents(answers)
    assert said is (False if False in answers else True if True in answers else None)
