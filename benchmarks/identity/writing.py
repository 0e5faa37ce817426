"""How people and platforms write what a person is: masks, mistakes, other scripts, other orders of an address."""

from __future__ import annotations

from random import Random
from typing import Any

from people import Person, Place
from words import GIVEN, PLATFORMS, RELAYS, SURNAMES, TRADITIONAL

_NUMERALS = "零一二三四五六七八九"
Row = dict[str, str | None]


def channel_row(person: Person, mixture: Any, random: Random, day: int) -> Row:
    """Returns what the channel tells of the buyer."""
    platform = person.main if random.random() < mixture.faithful else random.choices(PLATFORMS, mixture.channels)[0]
    shop = f"{platform}-{random.choices((1, 2, 3), (6, 2, 1))[0]}"
    row: Row = {"platform": platform, "shop": shop}
    if platform == "till":
        if person.card and random.random() < 0.8:
            row |= {"card": person.card, "birthday": person.birthday if random.random() < 0.5 else None}
        return row
    if platform == "web":
        email = person.email
        if person.relay:
            email = f"{person.id[1:]}{shop[-1]}@{RELAYS[int(person.id[1:]) % 3]}"
        elif random.random() < mixture.mistakes:
            email = _mistyped(email, random)
        elif random.random() < 0.1:
            email = email.upper()
        row["email"] = email if random.random() < 0.92 else None
        if random.random() > mixture.guests:
            row["customer_no"] = f"{shop}-{person.accounts['web'][0][2:]}"
        if person.card and random.random() < 0.2:
            row["card"] = person.card
        if person.payer and random.random() < 0.3:
            row["payer_id"] = person.payer
        return row
    row["account"] = random.choices(person.accounts[platform], (4, 1)[: len(person.accounts[platform])])[0]
    if random.random() < 0.04:
        row["account"] = None
    row["nick"] = row["account"][0] + "***" + row["account"][-1] if row["account"] else None
    if platform == "wechat" and person.payer and random.random() < 0.6:
        row["payer_id"] = person.payer
    return row


def name_as_written(person: Person, masked: bool, mixture: Any, random: Random) -> str | None:
    """Returns the name as one order bears it."""
    if person.script == "latin":
        return _western(person, masked, mixture, random)
    given = list(person.given)
    if random.random() < mixture.mistakes:
        place = random.randrange(len(given))
        same = [c for c, reading in GIVEN.items() if reading == GIVEN[given[place]]]
        given[place] = random.choice(same if random.random() < 0.7 else list(GIVEN))
    written = person.surname + "".join(given)
    if masked:
        if random.random() < 0.5:
            return written[0] + "*" * (len(written) - 1)
        return written[0] + "*" * (len(written) - 2) + written[-1] if len(written) > 2 else written[0] + "*"
    chance = random.random()
    if chance < 0.04:
        return person.surname + random.choice(("先生", "女士"))
    if chance < 0.05:
        return "小" + person.surname[0]
    if person.script == "mixed" and chance < 0.6:
        first = "".join(GIVEN[c] for c in given).capitalize()
        last = SURNAMES[person.surname].capitalize()
        return random.choice((f"{first} {last}", f"{last} {first}", f"{last.upper()}, {first.upper()}"))
    if person.script == "traditional" and chance < 0.8:
        return written.translate(TRADITIONAL)
    if chance > 0.97:
        return "".join(chr(ord(c)) for c in written) + "（收）"
    return written


def _western(person: Person, masked: bool, mixture: Any, random: Random) -> str:
    full, _, short = person.given[0].partition(":")
    surname = person.surname
    if masked:
        return f"{full[0]}{'*' * (len(full) - 1)} {surname[0]}{'*' * (len(surname) - 1)}"
    if random.random() < mixture.mistakes:
        surname = _mistyped(surname, random)
    chance = random.random()
    if short and chance < 0.2:
        full = short
    if chance > 0.92:
        return f"{full[0]}. {surname}"
    if chance > 0.85:
        return f"{surname}, {full}"
    return f"{full} {surname}".upper() if chance > 0.8 else f"{full} {surname}"


def phone_as_written(number: str, masked: bool, mixture: Any, random: Random) -> str | None:
    """Returns the number as one order bears it: plain, masked, with an extension, with a wrong digit, or none."""
    if not number.startswith("+"):
        if masked:
            if random.random() < 0.85:
                return f"{number[:3]}****{number[-4:]}"
            return f"1{random.randrange(10**9, 10**10 - 1) | 7 * 10**9}-{random.randrange(1000, 9999)}"
        number = random.choice((number, number, number, f"+86{number}", f"{number[:3]} {number[3:7]} {number[7:]}"))
    elif masked:
        return f"{number[:4]}****{number[-4:]}"
    if random.random() < mixture.mistakes / 2:
        place = random.randrange(len(number) - 6, len(number))
        number = number[:place] + str(random.randrange(10)) + number[place + 1 :]
    return number if random.random() < 0.96 else random.choice((None, "13800138000", "无"))


def address_as_written(place: Place, masked: bool, mixture: Any, random: Random) -> Row:
    """Returns the columns of the address."""
    if place.country != "CN":
        flat = random.choice((f" Apt. {place.room}", f" #{place.room}", f", Unit {place.room}")) if place.room else ""
        road = place.road
        if random.random() < 0.4:
            road = road.replace("Street", "St").replace("Road", "Rd").replace("Avenue", "Ave").replace("Lane", "Ln")
        return {
            "province": place.province or None, "city": place.city, "postcode": place.postcode,
            "address": f"{place.number} {place.road[0]}****" if masked else f"{place.number} {road}{flat}",
        }  # fmt: skip
    row: Row = {"province": place.province, "city": place.city, "district": place.district}
    if masked:
        return row | {"address": random.choice((f"{place.road[0]}****", f"**{place.road[-1]}**号", "****"))}
    number = str(place.number)
    if place.number < 10 and random.random() < 0.2:
        number = _NUMERALS[place.number]
    garden = place.garden if random.random() < 0.6 else ""
    flat = random.choice(
        (
            f"{place.building}栋{place.entrance}单元{place.room}室",
            f"{place.building}#{place.entrance}单元{place.room}",
            f"{place.building}幢{place.entrance}单元{place.room}",
        )
    )
    if random.random() < mixture.mistakes * 2:
        flat = ""
    blank = random.choice(("", "", " "))
    return row | {"address": f"{place.road}{number}号{blank}{garden}{flat}"}


def _mistyped(text: str, random: Random) -> str:
    place = random.randrange(1, max(2, min(len(text), text.find("@") if "@" in text else len(text)) - 1))
    kind = random.randrange(3)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
    return text[:place] + random.choice("abcdefghijklmnopqrstuvwxyz") + text[place + 1 :]
