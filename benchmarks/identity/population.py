"""Shop populations, made up from a seed: records of several channels with the person behind each, in several mixtures.

    python benchmarks/identity/population.py households 7 100000 population.parquet

The truth is the buyer: gifts and an agent's parcels go to others. Names, numbers and streets are drawn from lists;
no real person is meant.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import attrs

sys.path.insert(0, str(Path(__file__).parent))

from people import Person, people_of
from writing import address_as_written, channel_row, name_as_written, phone_as_written

START = datetime(2024, 1, 1)
DAYS = 900
FIELDS = (
    "record_id seen_at platform shop account customer_no email phone name receiver_name receiver_phone province city "
    "district address postcode country birthday card payer_id nick person cause"
).split()


@attrs.frozen(kw_only=True)
class Mixture:
    """Says what a population is like; shares are of people, or of their orders."""

    orders: float = 2.8
    in_household: float = 0.45
    shared_phone: float = 0.12
    gifts: float = 0.08
    agents: float = 0.0012
    masked: float = 0.55
    relayed: float = 0.10
    guests: float = 0.25
    recycled: float = 0.03
    western: float = 0.15
    traditional: float = 0.06
    romanised: float = 0.08
    mistakes: float = 0.04
    moved: float = 0.15
    second_account: float = 0.12
    faithful: float = 0.7
    channels: tuple[float, ...] = (0.30, 0.18, 0.14, 0.22, 0.08, 0.08)


MIXTURES = {
    "even": Mixture(),
    "masked": Mixture(masked=0.9, guests=0.1, channels=(0.42, 0.22, 0.22, 0.06, 0.04, 0.04)),
    "households": Mixture(in_household=0.8, shared_phone=0.35, gifts=0.16, masked=0.6),
    "agents": Mixture(agents=0.004, faithful=0.85, gifts=0.12, recycled=0.06),
    "western": Mixture(
        western=0.75, masked=0.2, relayed=0.25, guests=0.5, channels=(0.08, 0.04, 0.05, 0.65, 0.15, 0.03)
    ),
    "loyal": Mixture(orders=6.0, faithful=0.8, mistakes=0.08, moved=0.3, second_account=0.25),
}


def population(mixture: Mixture, seed: int, records: int) -> list[dict[str, str | None]]:
    """Returns the records by date, with `person` (the truth) and `cause` (why the record is hard)."""
    random = Random(seed)
    people = people_of(mixture, random, max(2, round(records / mixture.orders)))
    rows: list[dict[str, str | None]] = []
    while len(rows) < records:
        for person in people:
            for _ in range(_number_of_orders(person, mixture, random, first=not rows or len(rows) < records // 2)):
                rows.append(_order(person, people, mixture, random))
            if len(rows) >= records:
                break
    rows = sorted(rows[:records], key=lambda row: (row["seen_at"], row["person"], row["account"] or ""))
    for place, row in enumerate(rows):
        row["record_id"] = f"r{random.getrandbits(40):010x}{place:07d}"
    return rows


def _number_of_orders(person: Person, mixture: Mixture, random: Random, *, first: bool) -> int:
    if not first:
        return random.random() < 0.2
    if person.is_agent:
        return random.randint(15, 55)
    return min(40, 1 + int(random.expovariate(1 / (mixture.orders - 0.6)) * random.choice((0.5, 0.8, 1.0, 1.7))))


def _order(person: Person, people: list[Person], mixture: Mixture, random: Random) -> dict[str, str | None]:
    day = random.randrange(DAYS)
    receiver, cause = person, "own"
    if person.is_agent:
        if random.random() > 0.18:
            receiver, cause = random.choice(people), "agent"
    elif random.random() < mixture.gifts:
        near = person.household if len(person.household) > 1 and random.random() < 0.5 else person.friends
        receiver, cause = random.choice(near), "gift"
    row: dict[str, str | None] = dict.fromkeys(FIELDS)
    row |= channel_row(person, mixture, random, day)
    masked = row["platform"] in ("taobao", "jd", "douyin") and random.random() < mixture.masked
    place = receiver.place(day)
    row |= address_as_written(place, masked, mixture, random)
    phone = phone_as_written(receiver.phone(day, random, mixture), masked, mixture, random)
    name = name_as_written(receiver, masked, mixture, random)
    if row["platform"] == "till":
        row |= dict.fromkeys(("province", "city", "district", "address", "postcode"))
        row |= {"name": name_as_written(person, False, mixture, random)}
        row |= {"phone": phone_as_written(person.phone(day, random, mixture), False, mixture, random)}
    elif row["platform"] == "web":
        row |= {"receiver_name": name, "receiver_phone": phone}
        if random.random() < 0.6:
            row["name"] = name if receiver is person else name_as_written(person, False, mixture, random)
            row["phone"] = (
                phone
                if receiver is person
                else phone_as_written(person.phone(day, random, mixture), False, mixture, random)
            )
    else:
        row |= {"receiver_name": name, "receiver_phone": phone}
    return row | {
        "seen_at": (START + timedelta(days=day, seconds=random.randrange(86_400))).isoformat(sep=" "),
        "country": place.country,
        "person": person.id,
        "cause": cause,
    }


if __name__ == "__main__":
    import pandas as pd

    name, seed, records, path = sys.argv[1:]
    pd.DataFrame(population(MIXTURES[name], int(seed), int(records)))[FIELDS].to_parquet(path)
