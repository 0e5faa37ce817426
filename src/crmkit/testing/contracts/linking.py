"""What every store must keep that holds records and a linking model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from crmkit.errors import InputError, NotFoundError, PolicyError
from crmkit.identifiers import Identifier
from crmkit.identity import (
    MAX_KEY,
    Contact,
    IdentityRegistry,
    LinkModel,
    MergeVetoed,
    Sighting,
    dedupe,
    resolve_many,
)
from crmkit.ids import UlidGenerator
from crmkit.testing.clocks import TickingClock
from crmkit.testing.people import RECORD_COLUMNS, a_model, some_records
from crmkit.unit import in_unit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LinkingContract"]

_START = datetime(2026, 11, 1, tzinfo=UTC)


@cache
def _population() -> tuple[tuple[Mapping[str, str], ...], LinkModel]:
    return tuple(some_records(7, 48)), a_model()


def _frame(rows: Iterable[Mapping[str, str]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([dict(row) for row in rows])


def _groups(labels: Mapping[str, str]) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for record, label in labels.items():
        groups.setdefault(label, set()).add(record)
    return {frozenset(group) for group in groups.values()}


def _by_frame(frame: Any, label: str) -> set[frozenset[str]]:
    return _groups(dict(zip(frame["record_id"], frame[label], strict=True)))


class LinkingContract:
    """Holds the laws I18 to I30 of linking as records arrive; subclass it and give the fixture `make_store`."""

    @pytest.fixture
    def make_store(self) -> Any:
        """Gives a function that returns a fresh, empty store."""
        raise NotImplementedError("Give a fixture `make_store` that returns a function making a fresh store.")

    def test_I18_records_in_any_order_give_the_persons_of_dedupe(self, make_store: Any) -> None:
        rows, model = _population()
        wanted = _by_frame(dedupe(_frame(rows), columns=RECORD_COLUMNS, model=model).persons, "person_id")
        assert len(wanted) < len(rows)
        for size, seed in ((48, 1), (7, 2), (1, 3)):
            registry = self._registry(make_store, model)
            shuffled = list(rows)
            Random(seed).shuffle(shuffled)
            registry.take(_frame(shuffled), columns=RECORD_COLUMNS, chunk=size)
            assert self._persons(registry, rows) == wanted

    def test_I19_a_pair_weighs_what_it_weighs_in_a_frame(self, make_store: Any) -> None:
        rows, model = _population()
        registry = self._registry(make_store, model)
        registry.take(_frame(rows), columns=RECORD_COLUMNS)
        found = dedupe(_frame(rows), columns=RECORD_COLUMNS, model=model)
        pairs = found.review if len(found.review) else found.pairs[found.pairs["by"] == "model"]
        told = 0
        for left, right in zip(pairs["left"][:8], pairs["right"][:8], strict=True):
            here, there = registry.explain(left, right), found.explain(left, right)
            assert (here.weight, [bar.bits for bar in here.bars]) == (there.weight, [bar.bits for bar in there.bars])
            told += 1
        assert told

    def test_I20_a_model_changes_nothing_until_it_is_adopted(self, make_store: Any) -> None:
        rows, model = _population()
        registry = IdentityRegistry(make_store(), clock=TickingClock(), model=model)
        registry.take(_frame(rows), columns=RECORD_COLUMNS)
        before = self._persons(registry, rows)
        told = registry.preview()
        assert registry.adopted() is None
        assert self._persons(registry, rows) == before
        assert told.persons == len(before)
        registry.adopt()
        after = self._persons(registry, rows)
        assert (told.after, told.digest) == (len(after), model.digest)
        assert told.joining == len([group for group in before if group not in after and self._is_joined(group, after)])
        again = registry.preview()
        assert (again.joining, again.parting, again.persons) == (0, 0, len(after))

    def test_I21_an_adoption_that_was_broken_off_is_finished_by_the_same_call(self, make_store: Any) -> None:
        rows, model = _population()
        registry = IdentityRegistry(make_store(), clock=TickingClock(), model=model)
        registry.take(_frame(rows), columns=RECORD_COLUMNS)

        def stop(done: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            registry.adopt(progress=stop)
        done = registry.adopt()
        assert (done.cursor, done.digest) == (None, model.digest)
        wanted = dedupe(_frame(rows), columns=RECORD_COLUMNS, model=model).persons
        assert self._persons(registry, rows) == _by_frame(wanted, "person_id")
        assert registry.adopt() == done == registry.adopted()

    def test_I22_a_record_that_comes_again_changes_nothing_and_a_changed_one_counts_alone(
        self, make_store: Any
    ) -> None:
        rows, model = _population()
        registry = self._registry(make_store, model)
        first = registry.take(_frame(rows), columns=RECORD_COLUMNS)
        before = registry.reviews()
        again = registry.take(_frame(rows), columns=RECORD_COLUMNS)
        assert first["identity"].tolist() == again["identity"].tolist()
        assert registry.reviews() == before
        changed = [{**rows[0], "receiver_name": "Boris Sample", "name": "", "address": ""}, *rows[1:]]
        registry.take(_frame(changed[:1]), columns=RECORD_COLUMNS)
        wanted = dedupe(_frame(changed), columns=RECORD_COLUMNS, model=model).persons
        assert self._persons(registry, rows) == _by_frame(wanted, "person_id")

    def test_I23_what_somebody_decides_outweighs_the_model(self, make_store: Any) -> None:
        rows, model = _population()
        registry = self._registry(make_store, model)
        registry.take(_frame(rows), columns=RECORD_COLUMNS)
        before = self._persons(registry, rows)
        person = next(p for p in self._all_persons(registry, rows) if registry.links(p))
        link = registry.links(person)[0]
        members = registry.identities_of(person)
        vetoes = registry.split(person, [[m for m in members if m != link.a], [link.a]], by="lin", reason="sisters")
        assert registry.person_of(link.a) != registry.person_of(link.b)
        assert any(refusal.veto in {veto.id for veto in vetoes} for refusal in registry.refused(link.a))
        with pytest.raises(MergeVetoed):
            registry.merge(link.a, link.b, by="wei", reason="", key="m")
        for veto in vetoes:
            registry.unmerge(veto.id, by="lin", reason="one person after all")
        assert self._persons(registry, rows) == before
        one, other = sorted(self._all_persons(registry, rows))[:2]
        decision = registry.merge(one, other, by="lin", reason="", key="n")
        assert registry.person_of(one) == registry.person_of(other)
        registry.unmerge(decision.id, by="lin", reason="")
        assert self._persons(registry, rows) == before

    def test_I24_a_doubt_waits_until_somebody_answers(self, make_store: Any) -> None:
        store, one, other = self._doubtful(make_store)
        registry = IdentityRegistry(store, clock=TickingClock())
        (review,) = registry.reviews()
        assert {review.a, review.b} == {one, other}
        assert review.weight is not None
        with store.unit() as unit:
            told = [entry for entry in unit.outbox.read(after=0, limit=100) if entry.name == "ReviewNeeded"]
        assert [entry.data["review"] for entry in told] == [review.id]
        veto = registry.reject(review.id, by="lin", reason="two people")
        assert registry.reject(review.id, by="lin", reason="two people") == veto
        assert registry.reviews() == ()
        assert registry.person_of(one) != registry.person_of(other)
        registry.unmerge(veto.id, by="lin", reason="")
        assert registry.reviews() == (review,)
        merge = registry.confirm(review.id, by="lin")
        assert registry.confirm(review.id, by="lin") == merge
        assert (registry.person_of(one) == registry.person_of(other), registry.reviews()) == (True, ())
        with pytest.raises(NotFoundError):
            registry.confirm("nothing", by="lin")

    def test_I25_a_record_comes_back_as_it_was(self, make_store: Any) -> None:
        store = make_store()
        said = Contact(
            platform="jd", account="mei🐱", receiver_name="欧阳*", receiver_phone="138****5678", city="深圳市"
        )
        at = _START + timedelta(microseconds=1)
        registry = IdentityRegistry(store, clock=TickingClock())
        person = registry.resolve(at=at, record="order:jd/1", contact=said)
        with store.unit() as unit:
            (record,) = unit.identity_records.by_keys(["order:jd/1", "order:jd/2"]).values()
            assert unit.identity_records.holders(after="", limit=5) == (person.id,)
            assert unit.identity_records.holders(after=person.id, limit=5) == ()
        assert (record.key, record.identity, record.at) == ("order:jd/1", person.id, at)
        assert (record.reading.name.surname, record.reading.mask) == ("ouyang", "138…5678")
        assert record.reading.phone == ""

    def test_I26_leaving_without_commit_keeps_no_record_and_no_model(self, make_store: Any) -> None:
        store, (rows, model) = make_store(), _population()
        with store.unit() as unit:
            seen = [Sighting((), _START, record=row["record_id"], contact=Contact(phone=row["phone"])) for row in rows]
            resolve_many(unit, seen, now=_START, ids=UlidGenerator())
        registry = IdentityRegistry(store, clock=TickingClock(), model=model)
        assert (registry.adopted(), registry.reviews()) == (None, ())
        assert registry.preview().persons == 0

    def test_I27_a_key_of_too_many_ties_nobody_whoever_came_first(self, make_store: Any) -> None:
        _, model = _population()
        crowd = [
            {**dict.fromkeys(RECORD_COLUMNS, ""), "record_id": f"c{at:03}", "seen_at": _START.isoformat(),
             "platform": "jd", "account": f"buyer{at}", "receiver_phone": "13900010001", "receiver_name": "王小明"}
            for at in range(MAX_KEY + 1)
        ]  # fmt: skip
        registry = self._registry(make_store, model)
        registry.take(_frame(crowd[:MAX_KEY]), columns=RECORD_COLUMNS)
        assert len(self._persons(registry, crowd[:MAX_KEY])) < MAX_KEY
        registry.take(_frame(crowd[MAX_KEY:]), columns=RECORD_COLUMNS)
        wanted = dedupe(_frame(crowd), columns=RECORD_COLUMNS, model=model).persons
        assert self._persons(registry, crowd) == _by_frame(wanted, "person_id")
        assert len(self._persons(registry, crowd)) == MAX_KEY + 1

    def test_I28_a_sighting_without_a_contact_leaves_the_models_links_standing(self, make_store: Any) -> None:
        rows, model = _population()
        registry = self._registry(make_store, model)
        registry.take(_frame(rows), columns=RECORD_COLUMNS)
        before = self._persons(registry, rows)
        accounts = {(row["platform"], row["account"]) for row in rows if row["account"]}
        for platform, account in sorted(accounts)[:4]:
            seen = [Identifier("account", account, scope=platform), Identifier("customer_id", account, scope="app")]
            registry.resolve(seen[:1], at=_START - timedelta(days=1))
        assert self._persons(registry, rows) == before

    def test_I29_the_map_of_another_day_knows_the_records_of_then(self, make_store: Any) -> None:
        rows, model = _population()
        registry = self._registry(make_store, model)
        registry.take(_frame(rows), columns=RECORD_COLUMNS)
        ordered = sorted(rows, key=lambda row: row["seen_at"])
        half = ordered[: len(rows) // 2]
        then = datetime.fromisoformat(half[-1]["seen_at"])
        half = [row for row in rows if datetime.fromisoformat(row["seen_at"]) <= then]
        wanted = dedupe(_frame(half), columns=RECORD_COLUMNS, model=model).persons
        owner = self._owners(registry, half)
        persons = {record: registry.as_of(identity, then).id for record, identity in owner.items()}
        assert _groups(persons) == _by_frame(wanted, "person_id")

    def test_I30_a_model_that_cannot_decide_arrivals_is_refused(self, make_store: Any) -> None:
        _, model = _population()
        registry = IdentityRegistry(make_store(), clock=TickingClock())
        with pytest.raises(PolicyError):
            registry.adopt(attrs.evolve(model, max_key=MAX_KEY + 1))
        with pytest.raises(PolicyError):
            registry.adopt(LinkModel(comparisons={"card": ()}))
        with pytest.raises(InputError):
            registry.adopt()
        with pytest.raises(InputError):
            registry.explain("a", "b")
        assert registry.adopted() is None

    @staticmethod
    def _registry(make_store: Any, model: LinkModel) -> IdentityRegistry:
        registry = IdentityRegistry(make_store(), clock=TickingClock(), model=model)
        registry.adopt()
        return registry

    @staticmethod
    def _owners(registry: IdentityRegistry, rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
        keys = [row["record_id"] for row in rows]
        records = in_unit(registry._linking, lambda unit: unit.identity_records.by_keys(keys))
        return {key: record.identity for key, record in records.items()}

    def _persons(self, registry: IdentityRegistry, rows: Sequence[Mapping[str, str]]) -> set[frozenset[str]]:
        owner = self._owners(registry, rows)
        found = in_unit(registry._linking, lambda unit: unit.identities.find(ids=set(owner.values())))
        person = {identity.id: identity.person for identity in found}
        return _groups({record: person[identity] for record, identity in owner.items()})

    def _all_persons(self, registry: IdentityRegistry, rows: Sequence[Mapping[str, str]]) -> list[str]:
        return sorted({registry.person_of(identity) for identity in self._owners(registry, rows).values()})

    @staticmethod
    def _is_joined(group: frozenset[str], after: set[frozenset[str]]) -> bool:
        return any(group & other and other - group for other in after)

    @staticmethod
    def _doubtful(make_store: Any) -> tuple[Any, str, str]:
        """A store with two accounts of one masked phone and a name, of which the model makes nothing sure."""
        store, (_, model) = make_store(), _population()
        registry = IdentityRegistry(store, clock=TickingClock())
        registry.adopt(attrs.evolve(model, accept=500.0, review=-100.0))
        seen = {"receiver_name": "王小明", "receiver_phone": "13900010001", "city": "深圳市"}
        found = [
            registry.resolve(at=_START, record=name, contact=Contact(platform=name, account="invented", **seen)).id
            for name in ("taobao", "jd")
        ]
        return store, found[0], found[1]
