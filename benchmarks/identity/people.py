"""The people of an invented population: who lives with whom, their names, where and how they can be reached."""

from __future__ import annotations

from random import Random
from typing import Any

import attrs
from words import DIAL, FIRST, GARDENS, GIVEN, LAST, MAILS, PLACES, PLATFORMS, ROADS, STREETS, SURNAMES, TOWNS


@attrs.define
class Place:
    """Is where somebody lives."""

    country: str
    province: str
    city: str
    district: str
    road: str
    number: int
    garden: str
    building: int
    entrance: int
    room: int
    postcode: str


@attrs.define
class Person:
    """Is one invented person."""

    id: str
    surname: str
    given: tuple[str, ...]
    script: str
    phones: list[str]
    places: list[Place]
    change: int
    email: str
    accounts: dict[str, list[str]]
    card: str
    birthday: str
    payer: str
    main: str = "web"
    is_agent: bool = False
    relay: bool = False
    pool: list[str] = attrs.field(factory=list)
    household: list[Person] = attrs.field(factory=list, repr=False)
    friends: list[Person] = attrs.field(factory=list, repr=False)

    def place(self, day: int) -> Place:
        return self.places[-1 if day >= self.change else 0]

    def phone(self, day: int, random: Random, mixture: Any) -> str:
        if self.pool and random.random() < 0.4:
            return self.pool[0]
        return self.phones[-1 if day >= self.change else 0]


def people_of(mixture: Any, random: Random, count: int) -> list[Person]:
    """Returns the people; households share a home and often a surname and a phone."""
    popular = [max(1, round(400 / (rank + 3))) for rank in range(len(SURNAMES))]
    people: list[Person] = []
    given_up: list[str] = []
    while len(people) < count:
        western = random.random() < mixture.western
        home, surname = _place(random, western), _surname(random, western, popular)
        size = random.choice((2, 2, 3, 4)) if random.random() < mixture.in_household * 0.55 else 1
        home_phone = _phone(random, home.country)
        together = []
        for place in range(size):
            own = surname if place == 0 or random.random() < 0.6 else _surname(random, western, popular)
            person = _person(f"p{len(people):07d}", own, western, home, mixture, random, given_up)
            if size > 1 and random.random() < mixture.shared_phone:
                person.pool = [home_phone]
            together.append(person)
            people.append(person)
        for person in together:
            person.household = together
    people = people[:count]
    for person in people:
        person.friends = random.choices(people, k=2)
    return people


def _person(
    key: str, surname: str, western: bool, home: Place, mixture: Any, random: Random, given_up: list[str]
) -> Person:
    script = "latin" if western else "simplified"
    if not western and random.random() < mixture.traditional:
        script = "traditional"
    elif not western and random.random() < mixture.romanised:
        script = "mixed"
    given = (random.choice(FIRST),) if western else tuple(random.choices(list(GIVEN), k=random.choice((1, 2, 2, 2))))
    phones = [_phone(random, home.country)]
    if given_up and random.random() < mixture.recycled and not western:
        phones = [given_up.pop(random.randrange(len(given_up)))]
    places = [home]
    if random.random() < mixture.moved:
        places.append(_place(random, western))
        if random.random() < 0.5:
            if not western:
                given_up.append(phones[0])
            phones.append(_phone(random, home.country))
    ascii_given = "".join(GIVEN.get(c, c.split(":")[0].lower()) for c in given)
    reading = SURNAMES.get(surname, surname.lower())
    stem = random.choice((f"{ascii_given}{reading}", f"{ascii_given}.{reading}", f"{reading}{random.randrange(9999)}"))
    stem = "".join(c for c in stem if c.isascii() and (c.isalnum() or c == "."))
    accounts = {}
    for platform in ("taobao", "jd", "douyin", "web", "wechat"):
        number = 1 + (random.random() < mixture.second_account)
        accounts[platform] = [f"{platform[:2]}{random.getrandbits(36):09x}" for _ in range(number)]
    person = Person(
        id=key, surname=surname, given=given, script=script, phones=phones, places=places, change=random.randrange(900),
        email=f"{stem or 'mail'}{random.randrange(100000)}@{random.choice(MAILS)}", accounts=accounts,
        card=f"c{random.getrandbits(32):08x}" if random.random() < 0.3 else "",
        birthday=f"{random.randrange(1950, 2006)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}",
        payer=f"pay{random.getrandbits(36):09x}" if random.random() < 0.5 else "",
        main=random.choices(PLATFORMS, mixture.channels)[0],
        is_agent=random.random() < mixture.agents, relay=random.random() < mixture.relayed,
    )  # fmt: skip
    if person.is_agent:
        person.accounts = {p: [f"{p[:2]}{random.getrandbits(36):09x}" for _ in range(2)] for p in person.accounts}
    return person


def _surname(random: Random, western: bool, popular: list[int]) -> str:
    return random.choice(LAST) if western else random.choices(list(SURNAMES), popular)[0]


def _phone(random: Random, country: str) -> str:
    if country == "CN":
        return f"1{random.choice('3356788899')}{random.randrange(10)}{random.randrange(10**8):08d}"
    if country == "US":
        return DIAL["US"].format(random.choice((510, 503, 415, 971)), random.randrange(10**4))
    digits = {"GB": 9, "DE": 8, "FR": 8, "ES": 8}[country]
    return DIAL[country].format(random.randrange(10**digits))


def _place(random: Random, western: bool) -> Place:
    if western:
        country, province, city, code = random.choice(TOWNS)
        return Place(
            country, province, city, "", random.choice(STREETS), random.randrange(1, 240), "", 0, 0,
            random.choice((0, 0, random.randrange(1, 40))),
            code + f"{random.randrange(1000):03d}"[: max(0, 5 - len(code))],
        )  # fmt: skip
    province, city, *districts = random.choice(PLACES)
    return Place(
        "CN", province, city, random.choice(districts), random.choice(ROADS), random.randrange(1, 300),
        random.choice(("", *GARDENS)), random.randrange(1, 20), random.randrange(1, 5),
        random.randrange(1, 30) * 100 + random.randrange(1, 5), "",
    )  # fmt: skip
