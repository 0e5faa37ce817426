"""What orders say under a linking model: the order as it is stored, whichever report told what, and as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from crmkit import Crm
from crmkit.identifiers import Identifier
from crmkit.orders import Address, Buyer, Order, Recipient
from crmkit.storage.memory import MemoryStore
from crmkit.testing import a_model, an_order

HOME = Recipient(name="欧阳小明", phone="13900010001", address=Address(text="科技路12号3栋2室", city="深圳市"))
ELSEWHERE = Recipient(name="陈建国", phone="13700099999", address=Address(text="人民路1号", city="杭州市"))


def order(platform: str, recipient: Recipient | None, day: int) -> Order:
    buyer = Buyer(identifiers=(Identifier("account", f"mei_{platform}", scope=platform),))
    made = an_order(number=platform, platform=platform, buyer=buyer, recipient=recipient)
    return attrs.evolve(made, reported_at=datetime(2026, 12, day, tzinfo=UTC))


def persons(crm: Crm) -> int:
    found = [crm.identity.lookup(kind="account", value=f"mei_{x}", scope=x) for x in ("jd", "taobao")]
    return len({person.id for person in found})


@pytest.fixture
def crm() -> Crm:
    crm = Crm(MemoryStore())
    crm.identity.adopt(a_model())
    crm.take([order("jd", HOME, 1), order("taobao", HOME, 1)])
    assert persons(crm) == 1
    return crm


@pytest.mark.parametrize("recipient", [None, Recipient(name="欧**", phone="139****0001")])
def test_a_later_report_that_hides_the_recipient_takes_nothing_back(crm, recipient):
    later = order("taobao", recipient, 2)
    crm.take([attrs.evolve(later, remark="gift")])
    assert persons(crm) == 1


def test_what_an_undone_batch_said_of_a_known_order_is_forgotten(crm):
    moved = crm.take([order("taobao", ELSEWHERE, 3)])
    assert (moved.changed, persons(crm)) == (1, 2)
    assert crm.revert(moved.batch).restored == 1
    assert persons(crm) == 1
