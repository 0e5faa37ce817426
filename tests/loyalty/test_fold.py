"""The pure fold against a slow one that looks at every entry and every lot at each instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest

from crmkit.errors import InputError
from crmkit.loyalty import Account, Balance, Entry, Take, balance, lots, member_balance, statement, takes, verify

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(seq, kind, points, at, **facts):
    return Entry(
        id=f"e{seq:03}",
        account="a",
        seq=seq,
        kind=kind,
        points=points,
        at=at,
        occurred_at=at,
        key=f"key:{seq}",
        **facts,
    )


def history(seed: int, size: int = 40) -> list[Entry]:
    """A long account by the slow way: before each debit all lots are looked through anew."""
    random, made, at = Random(seed), [], START
    for seq in range(1, size + 1):
        at += HOUR * random.choice([0, 0, 1, 2, 5])
        end = None if random.random() < 0.3 else at + HOUR * random.randint(1, 30)
        ready = at + HOUR * random.randint(1, 9) if random.random() < 0.2 else None
        if ready and end and end <= ready:
            ready = None
        room = spendable(made, at)
        if random.random() < 0.5 or not room:
            made.append(entry(seq, "earn", random.randint(1, 20), at, available_at=ready, expires_at=end))
            continue
        wanted = random.randint(1, sum(left for _, left in room))
        debit, found = -wanted, []
        for lot, left in room:
            if wanted:
                found.append(Take(lot.id, min(wanted, left)))
                wanted -= found[-1].points
        made.append(entry(seq, "redeem", debit, at, takes=tuple(found)))
    return made


def left_of(lot: Entry, made: list[Entry], at: datetime) -> int:
    return lot.points - sum(t.points for e in made if e.at <= at for t in e.takes if t.lot == lot.id)


def spendable(made: list[Entry], at: datetime) -> list[tuple[Entry, int]]:
    open_ = [
        (lot, left_of(lot, made, at))
        for lot in made
        if lot.points > 0 and (lot.available_at or lot.at) <= at and (lot.expires_at is None or lot.expires_at > at)
    ]
    never = datetime.max.replace(tzinfo=UTC)
    return sorted((pair for pair in open_ if pair[1]), key=lambda p: (p[0].expires_at or never, p[0].at, p[0].seq))


@pytest.mark.parametrize("seed", range(40))
def test_the_fold_is_the_slow_one_at_every_hour(seed):
    made = history(seed)
    shuffled = Random(seed).sample(made, len(made))
    derived = takes(shuffled)
    assert derived == {one.id: one.takes for one in made if one.points < 0}
    moments = [START + HOUR * hour for hour in range(0, 130, 3)]
    answers = [balance(shuffled, as_of=moment) for moment in moments]
    for moment, answer in zip(moments, answers, strict=True):
        seen = [one for one in made if one.at <= moment]
        assert answer.available == sum(left for _, left in spendable(seen, moment))
        assert sum(one.points for one in seen) == answer.available + answer.pending + answer.lapsed
        assert balance(seen, as_of=moment) == answer
        if answer.next_change is not None:
            before = balance(seen, as_of=answer.next_change - timedelta(microseconds=1))
            assert before == answer
            assert balance(seen, as_of=answer.next_change) != answer


@pytest.mark.parametrize("seed", range(20))
def test_the_statement_ends_where_the_balance_stands(seed):
    made = history(seed)
    for hours in (10, 40, 90, 200):
        until = START + HOUR * hours
        told = balance(made, as_of=until - timedelta(microseconds=1)).available
        whole = statement(made, until=until, limit=1000)
        assert whole.closing == told
        assert whole.after is None
        lines, cursor = [], None
        while True:
            page = statement(made, until=until, after=cursor, limit=7)
            assert page.opening == (lines[-1].available if lines else 0)
            lines += page.lines
            cursor = page.after
            if cursor is None:
                break
        assert tuple(lines) == whole.lines
        since = START + HOUR * 20
        part = statement(made, since=since, until=max(until, since), limit=1000)
        assert part.opening == balance(made, as_of=since - timedelta(microseconds=1)).available


def test_at_one_instant_what_waits_comes_first_then_what_lapses_then_entries():
    noon = START + 12 * HOUR
    made = [
        entry(1, "earn", 10, START, expires_at=noon),
        entry(2, "earn", 5, START, available_at=noon),
        entry(3, "redeem", -5, noon, takes=(Take("e002", 5),)),
    ]
    assert [(line.kind, line.points, line.available) for line in statement(made, until=noon + HOUR).lines] == [
        ("earn", 10, 10),
        ("earn", 5, 10),
        ("available", 5, 15),
        ("lapse", -10, 5),
        ("redeem", -5, 0),
    ]
    assert balance(made[:2], as_of=noon) == Balance(available=5, lapsed=10)
    assert [lot.state for lot in lots(made[:2], as_of=noon - HOUR)] == ["open", "pending"]
    assert [lot.state for lot in lots(made, as_of=noon)] == ["lapsed", "spent"]


def test_writing_a_lapse_down_moves_nothing():
    made = [entry(1, "earn", 10, START, expires_at=START + HOUR)]
    late = entry(2, "expire", -10, START + HOUR, takes=(Take("e001", 10),))
    for moment in (START, START + HOUR, START + 9 * HOUR):
        assert balance(made, as_of=moment) == balance([*made, late], as_of=moment)
    assert statement([*made, late], until=START + 9 * HOUR) == statement(made, until=START + 9 * HOUR)


def test_verify_names_what_was_changed_by_hand():
    made = history(3)
    last = made[-1].at
    account = Account(id="a", seq=len(made), last_at=last, balance=balance(made, as_of=last))
    assert verify(account, made) == ()
    assert [one.what for one in verify(attrs.evolve(account, balance=Balance(available=1)), made)] == ["balance"]
    assert "seq" in [one.what for one in verify(account, made[1:2])]
    first, other = next((a, b) for a in made if a.points < 0 for b in made if b.points > 0 and b.id != a.takes[0].lot)
    bent = attrs.evolve(first, takes=(Take(other.id, first.takes[0].points), *first.takes[1:]))
    found = verify(account, [bent if one.id == first.id else one for one in made])
    assert ("takes", first.id) in [(one.what, one.entry) for one in found]


def test_a_person_is_the_sum_of_the_accounts():
    early, late = START, START + HOUR
    told = member_balance([Balance(available=5, lapsed=1, next_change=late), Balance(pending=2, next_change=early)])
    assert told == Balance(available=5, pending=2, lapsed=1, next_change=early)
    assert member_balance([]) == Balance()


def test_naive_instants_and_bad_cursors_are_refused():
    for call in (
        lambda: balance([], as_of=datetime(2026, 1, 1)),  # noqa: DTZ001 - a naive instant is what is refused
        lambda: statement([], until=datetime(2026, 1, 1)),  # noqa: DTZ001 - the same
        lambda: statement([], until=START, after="page 2"),
        lambda: statement([], until=START, limit=0),
    ):
        with pytest.raises(InputError):
            call()
