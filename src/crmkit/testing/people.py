"""Invented records of a few people, and a model to judge them by: what linking is tried on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from crmkit.identity import Level, LinkModel, Rarity
from crmkit.identity.matching.comparing import LEVELS
from crmkit.identity.matching.training import start

__all__ = ["RECORD_COLUMNS", "a_model", "some_records"]

_START = datetime(2026, 11, 1, tzinfo=UTC)
_FIELDS = (
    "platform",
    "shop",
    "account",
    "email",
    "name",
    "phone",
    "receiver_name",
    "receiver_phone",
    "city",
    "address",
)
RECORD_COLUMNS = {name: name for name in ("record_id", "seen_at", *_FIELDS)}
"""The fields that the records have, as `dedupe` and `take` ask for them."""
_SURNAMES, _GIVEN = "王李张刘陈", ("小明", "娜", "伟", "秀英", "晓芳", "建国")


def some_records(seed: int, size: int) -> list[dict[str, str]]:
    """Returns records of a few invented people: accounts, guests, masks, households and gifts.

    Example:
        >>> len(some_records(1, 30)), some_records(1, 30) == some_records(1, 30)
        (30, True)
    """
    random = Random(seed)
    people = [
        {
            "name": random.choice(_SURNAMES) + random.choice(_GIVEN),
            "phone": f"139{random.randrange(10**8):08}",
            "email": f"invented{at}@example.com",
            "home": f"科技路{random.randrange(1, 9)}号{random.randrange(1, 3)}栋{random.randrange(1, 4)}室",
            "city": random.choice(("深圳市", "杭州市")),
        }
        for at in range(max(3, size // 4))
    ]
    rows = []
    for at in range(size):
        buyer = random.choice(people)
        to = random.choice(people) if random.random() < 0.2 else buyer
        hidden = random.random() < 0.4
        row = dict.fromkeys(RECORD_COLUMNS, "")
        row |= {
            "record_id": f"r{random.randrange(10**6):06}-{at}",
            "seen_at": (_START + timedelta(hours=random.randrange(5000))).isoformat(),
            "receiver_name": to["name"][0] + "*" * (len(to["name"]) - 1) if hidden else to["name"],
            "receiver_phone": f"{to['phone'][:3]}****{to['phone'][-4:]}" if hidden else to["phone"],
            "city": to["city"],
            "address": "" if hidden else to["home"],
        }
        if random.random() < 0.6:
            row |= {"platform": random.choice(("taobao", "jd")), "account": f"invented_{people.index(buyer)}"}
        else:
            row |= {"platform": "web", "shop": "lantern", "email": buyer["email"] if random.random() < 0.7 else ""}
            row |= {"name": buyer["name"], "phone": buyer["phone"]} if random.random() < 0.3 else {}
        rows.append(row)
    return rows


def a_model() -> LinkModel:
    """Returns a linking model with the values that training starts from, for shops of a few hundred records.

    Example:
        >>> a_model().checked() == a_model()
        True
    """
    m, u = start()
    levels = {
        name: tuple(
            Level(name=kind, m=float(m[name][at]), u=float(u[name][at])) for at, kind in enumerate(LEVELS[name])
        )
        for name in m
    }
    return LinkModel(comparisons=levels, prior=1e-3, frequencies={"name": Rarity(base=4.0)})
