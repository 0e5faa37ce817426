"""Guards: who speaks in an account, what keeps groups apart, and that order has no say."""

from __future__ import annotations

import pandas as pd
import pytest

from crmkit.identity.matching.features import FIELDS, features_of
from crmkit.identity.matching.guarding import Groups
from crmkit.identity.matching.linking import dedupe
from crmkit.identity.matching.speaking import speaking_of


def _speaks(rows: list[dict[str, str]]) -> list[bool]:
    frame = pd.DataFrame([{"record_id": f"{at:03d}", "platform": "taobao", **row} for at, row in enumerate(rows)])
    columns = {name: name for name in frame.columns if name in FIELDS}
    return [bool(value) for value in speaking_of(features_of(frame, columns)).speaks]


def _parcels(*names: str) -> list[dict[str, str]]:
    return [{"account": "x", "receiver_name": name} for name in names]


def test_the_dominant_receiver_speaks() -> None:
    assert _speaks(_parcels("王伟", "王伟", "王伟", "王伟", "李娜")) == [True] * 4 + [False]


def test_with_two_receivers_neither_speaks_until_a_third_parcel_tells() -> None:
    assert _speaks(_parcels("王伟", "李娜")) == [False, False]
    assert _speaks(_parcels("王伟", "李娜", "王*")) == [True, False, True]


def test_a_relative_of_the_same_surname_does_not_speak() -> None:
    assert _speaks(_parcels("王伟", "王伟", "王伟", "王娜芳")) == [True, True, True, False]
    assert _speaks(_parcels("王伟", "王娜芳")) == [False, False]
    assert _speaks(_parcels("王小明", "王小明", "王晓明", "王*")) == [True, True, True, False]


def test_one_receiver_speaks_and_so_does_a_guest() -> None:
    assert _speaks(_parcels("王伟", "王伟")) == [True, True]
    assert _speaks([{"receiver_name": "王伟"}, {"receiver_name": "李娜"}]) == [True, True]


def test_of_an_agent_only_the_own_receiver_speaks() -> None:
    rows = _parcels("王伟", "李娜", "张敏", "刘洋", "陈晨", "王伟", "王伟")
    for row, phone in zip(rows, ("1", "2", "3", "4", "5", "1", "1"), strict=True):
        row["receiver_phone"] = f"1390001000{phone}"
    assert _speaks(rows) == [True, False, False, False, False, True, True]


def test_an_agent_without_a_top_receiver_is_silent() -> None:
    rows = _parcels("王伟", "李娜", "张敏", "刘洋")
    assert _speaks(rows) == [False] * 4


def test_the_buyer_named_beside_the_receiver_decides() -> None:
    rows = [{"account": "x", "name": "王伟", "receiver_name": name} for name in ("王伟", "李娜")]
    assert _speaks(rows) == [True, False]


def _groups(**options: object) -> Groups:
    settings: dict[str, object] = {"max_person": 60} | options
    groups = Groups([0, 1, 2], [1, 1, 1], ["wang wei", "li na", "wang wie"], surname_of=[4, 5, 4], **settings)  # type: ignore[arg-type]
    groups.names = {0: {0: 3}, 1: {1: 2}, 2: {2: 1}}
    return groups


def test_unlike_names_keep_groups_apart() -> None:
    groups = _groups()
    assert not groups.join(0, 1, 9.0)
    assert groups.join(0, 2, 9.0)
    assert [(r.left, r.right, r.guard) for r in groups.refused] == [(0, 1, "name")]


def test_a_name_known_on_the_other_side_is_no_contradiction() -> None:
    groups = _groups()
    groups.names[1] = {1: 2, 0: 1}
    assert groups.join(0, 1, 9.0)


def test_surnames_speak_where_full_names_are_unknown() -> None:
    groups = _groups()
    groups.names = {2: {2: 1}}
    groups.surnames = {0: {4: 1}, 1: {5: 1}}
    assert not groups.join(0, 1, 9.0)
    assert groups.join(0, 2, 9.0)
    assert groups.refused[0].guard == "surname"


def test_a_person_of_too_many_records_joins_no_more_by_model() -> None:
    groups = _groups(max_person=1)
    assert not groups.join(0, 2, 9.0)
    assert groups.refused[0].guard == "size"
    assert groups.join(0, 2, 9.0, by_model=False)


def test_vetoes_and_distinct_sources_hold_through_unions() -> None:
    groups = _groups(vetoes=[(1, 2)])
    groups.names = {}
    assert groups.join(0, 1, 9.0)
    assert not groups.join(0, 2, 9.0)
    assert groups.refused[0].guard == "veto"
    distinct = _groups(sources={0: frozenset({7}), 2: frozenset({7})})
    assert not distinct.join(0, 2, 9.0)
    assert distinct.refused[0].guard == "distinct"


def test_worked_account_with_gifts() -> None:
    """X ships to Wang four times and once to Li at her phone: the guest Li of that phone is not X."""
    rows = [{"account": "x", "receiver_name": "王伟", "receiver_phone": "13900010001"}] * 4
    rows += [{"account": "x", "receiver_name": "李娜", "receiver_phone": "13900010002"}]
    rows += [{"receiver_name": "李娜", "receiver_phone": "13900010002"}]
    frame = pd.DataFrame([{"record_id": f"r{at}", "platform": "jd", **row} for at, row in enumerate(rows)])
    found = dedupe(frame, columns={name: name for name in frame.columns})
    assert found.persons["person_id"].tolist() == ["r0"] * 5 + ["r5"]


@pytest.mark.parametrize("kind", ["email", "payer_id"])
def test_a_shared_mailbox_or_payer_of_unlike_names_is_no_link(kind: str) -> None:
    rows = [{"name": "Anna Example", kind: "home@example.com"}, {"name": "Victor Sample", kind: "home@example.com"}]
    rows += [{"name": "Anna Exampel", kind: "home@example.com"}]
    frame = pd.DataFrame([{"record_id": f"r{at}", **row} for at, row in enumerate(rows)])
    found = dedupe(frame, columns={name: name for name in frame.columns})
    assert found.persons["person_id"].tolist() == ["r0", "r1", "r0"]
