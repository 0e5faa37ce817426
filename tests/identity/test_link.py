"""dedupe and link: frames of several kinds, any order, sources, bad input, and the report."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import attrs
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmkit.errors import InputError, PolicyError
from crmkit.identity import dedupe, evaluate, link
from crmkit.identity.matching.features import FIELDS
from crmkit.identity.matching.model_document import Level, LinkModel

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "identity"))

from population import MIXTURES, population

COLUMNS = {name: name for name in FIELDS}


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return pd.DataFrame(population(MIXTURES["even"], 11, 5000))


@pytest.fixture(scope="module")
def model(shop: pd.DataFrame) -> LinkModel:
    return dedupe(shop, columns=COLUMNS).model


def _map(persons: object) -> dict[str, str]:
    return dict(zip(persons["record_id"], persons["person_id"], strict=True))  # type: ignore[index]


def test_it_finds_more_than_equal_keys_do(shop: pd.DataFrame) -> None:
    found = dedupe(shop, columns=COLUMNS)
    right = evaluate(found.persons, shop[["record_id", "person"]])
    by_account = shop["account"].fillna(shop["customer_no"]).fillna(shop["record_id"])
    alone = evaluate(dict(zip(shop["record_id"], by_account, strict=True)), shop[["record_id", "person"]])
    assert right.pairwise.f1 > 0.85 > alone.pairwise.f1
    assert right.b_cubed.precision > 0.95
    assert found.report.records == 5000
    assert found.report.persons == found.persons["person_id"].nunique()


@pytest.mark.parametrize(("size", "times"), [(5000, 2), (1000, 12)])
def test_any_order_of_the_rows_gives_the_same_persons(shop: pd.DataFrame, size: int, times: int) -> None:
    rows = shop.head(size)
    first = dedupe(rows, columns=COLUMNS)
    for seed in range(times):
        mixed = rows.sample(frac=1, random_state=seed)
        again = dedupe(mixed, columns=COLUMNS)
        assert _map(again.persons) == _map(first.persons)
        assert again.persons["record_id"].tolist() == mixed["record_id"].tolist()
        assert again.model.digest == first.model.digest
        assert again.pairs.equals(first.pairs)
        assert again.review.equals(first.review)


def test_a_person_bears_the_id_of_its_first_record(shop: pd.DataFrame, model: LinkModel) -> None:
    found = dedupe(shop, columns=COLUMNS, model=model)
    joined = shop.merge(found.persons, on="record_id").sort_values(["seen_at", "record_id"])
    first = joined.groupby("person_id")["record_id"].first()
    assert (first.index == first.to_numpy()).all()


def test_the_pairs_make_the_persons(shop: pd.DataFrame, model: LinkModel) -> None:
    found = dedupe(shop, columns=COLUMNS, model=model)
    persons = _map(found.persons)
    parent = {record: record for record in persons}

    def root(record: str) -> str:
        while parent[record] != record:
            record = parent[record]
        return record

    for left, right in zip(found.pairs["left"], found.pairs["right"], strict=True):
        assert persons[left] == persons[right]
        parent[root(left)] = root(right)
    assert len({root(record) for record in persons}) == len(set(persons.values()))
    assert set(found.pairs["by"]) == {"rule", "model"}
    weighed = found.pairs[found.pairs["by"] == "model"]
    assert (weighed["weight"] >= model.accept).mean() > 0.9
    assert weighed["probability"].between(0, 1).all()
    for left, right in zip(found.review["left"], found.review["right"], strict=True):
        assert persons[left] != persons[right]
    assert found.report.review == len(found.review)


@pytest.mark.parametrize("kind", ["polars", "lazy", "arrow"])
def test_any_frame_in_the_same_kind_out(kind: str, shop: pd.DataFrame, model: LinkModel) -> None:
    few = shop.head(600)
    wanted = _map(dedupe(few, columns=COLUMNS, model=model).persons)
    frames = {
        "polars": lambda: pl.from_pandas(few),
        "lazy": lambda: pl.from_pandas(few).lazy(),
        "arrow": lambda: pa.Table.from_pandas(few),
    }
    persons = dedupe(frames[kind](), columns=COLUMNS, model=model).persons
    assert isinstance(persons, pa.Table if kind == "arrow" else pl.DataFrame)
    assert _map((pl.from_arrow(persons) if kind == "arrow" else persons).to_dict()) == wanted


def test_a_saved_model_gives_the_same_weights(shop: pd.DataFrame, model: LinkModel) -> None:
    again = LinkModel.from_json(model.to_json())
    one, two = (dedupe(shop, columns=COLUMNS, model=chosen) for chosen in (model, again))
    assert one.pairs.equals(two.pairs)
    assert two.report.digest == model.digest


def test_a_higher_threshold_joins_less(shop: pd.DataFrame, model: LinkModel) -> None:
    strict = dedupe(shop, columns=COLUMNS, model=attrs.evolve(model, accept=12.0))
    assert strict.report.persons > dedupe(shop, columns=COLUMNS, model=model).report.persons


def test_the_frame_stays_as_it_was(shop: pd.DataFrame, model: LinkModel) -> None:
    before = shop.copy(deep=True)
    dedupe(shop, columns=COLUMNS, model=model)
    pd.testing.assert_frame_equal(shop, before)


def test_progress_tells_each_step_once(shop: pd.DataFrame) -> None:
    told: list[tuple[str, int, int]] = []
    dedupe(shop.head(100), columns=COLUMNS, progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert {whole for *_, whole in told} == {len(told)}


@pytest.mark.parametrize("rows", [0, 1])
def test_nothing_and_one_record(rows: int) -> None:
    frame = pd.DataFrame({"no": ["a"], "mail": ["mei.example@example.com"]}).head(rows)
    found = dedupe(frame, columns={"record_id": "no", "email": "mail"})
    assert len(found.persons) == rows
    assert len(found.pairs) == len(found.review) == 0
    assert "records are" in str(found.report)


def test_null_in_any_dress_is_no_evidence() -> None:
    empty = [None, float("nan"), "", "nan", "无", "13800138000", "n/a"]
    frame = pd.DataFrame({"id": range(len(empty)), "tel": empty, "mail": ["test@", "noemail@", "none@", *empty[:4]]})
    found = dedupe(frame, columns={"record_id": "id", "phone": "tel", "email": "mail", "name": "tel"})
    assert found.report.persons == len(empty)


def test_one_phone_for_all_makes_no_pairs_and_is_reported() -> None:
    last_names = ["Exa", "Sam", "Tes", "Inv", "Mad", "Unr"]
    names = [f"{given} {last}" for given in ("Ann", "Bea", "Cleo", "Dora") for last in last_names]
    frame = pd.DataFrame({"id": [f"{at:05d}" for at in range(4800)], "tel": "13900010001", "name": names * 200})
    found = dedupe(frame, columns={"record_id": "id", "phone": "tel", "name": "name"})
    assert found.report.hubs == {"phone": 1}


def test_a_key_of_too_many_identities_makes_no_pairs_and_is_reported() -> None:
    names = ["Anna Example", "Boris Sample", "Clara Invented"]
    frame = pd.DataFrame({"id": [f"{at:05d}" for at in range(3000)], "tel": "13900010001", "name": names * 1000})
    report = dedupe(frame, columns={"record_id": "id", "phone": "tel", "name": "name"}).report
    assert report.too_big["phone"] == (1, 3000 * 2999 // 2)
    assert report.persons == 3000
    assert "Block phone: 1 keys were too big, 4,498,500 pairs not compared" in str(report)


def test_a_loyal_buyer_is_no_hub() -> None:
    frame = pd.DataFrame({"id": [f"{at:03d}" for at in range(200)], "who": "mei", "tel": "13900010001", "shop": "s"})
    frame.loc[199, "who"] = None
    frame["name"] = "Anna Example"
    columns = {"record_id": "id", "customer_no": "who", "shop": "shop", "phone": "tel", "name": "name"}
    report = dedupe(frame, columns=columns).report
    assert (report.persons, report.too_big) == (2, {})  # 200 records are over `max_person`: a human decides
    assert report.refused == {"size": 1}


def test_text_that_no_one_typed_by_hand_does_no_harm() -> None:
    odd = ["\ud800", "\u202emoc.elpmaxe", "x" * 10_000, "王" * 10_000, "\x00", "  ", "(((", "@", "+", "*" * 50]
    texts = dict.fromkeys(("name", "phone", "email", "address", "city"), odd)
    frame = pd.DataFrame(
        {"id": range(len(odd))} | texts, dtype=object
    )  # pandas 3 has no text type for half a character
    columns = {
        "record_id": "id",
        "name": "name",
        "phone": "phone",
        "email": "email",
        "address": "address",
        "city": "city",
    }
    assert dedupe(frame, columns=columns).report.persons == len(odd)


def test_bad_arguments_are_refused() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "a"], "mail": ["x@example.com"] * 3})
    with pytest.raises(InputError, match=r"same id: a"):
        dedupe(frame, columns={"record_id": "id"})
    with pytest.raises(InputError, match="shoe"):
        dedupe(frame, columns={"shoe": "mail"})
    with pytest.raises(InputError, match="no column telephone"):
        dedupe(frame, columns={"phone": "telephone"})
    with pytest.raises(InputError, match="list"):
        dedupe([1], columns={})
    wrong = LinkModel(comparisons={"card": (Level(name="equal", m=1, u=1),)})
    with pytest.raises(PolicyError, match="card"):
        dedupe(frame.head(2), columns={"record_id": "id"}, model=wrong)


def _lists() -> tuple[pd.DataFrame, pd.DataFrame]:
    people = [("Anna Example", "13900010001"), ("Boris Sample", "13900010002"), ("Clara Invented", "13900010003")]
    shop = pd.DataFrame([{"id": f"s{at}", "name": name, "tel": tel} for at, (name, tel) in enumerate(people)])
    till = pd.DataFrame([{"id": f"t{at}", "name": name, "tel": tel} for at, (name, tel) in enumerate(people[:2] * 2)])
    return shop, till


NAMED = {"record_id": "id", "name": "name", "phone": "tel"}


def test_link_joins_two_sources_and_one_to_one_only_once() -> None:
    shop, till = _lists()
    found = link(shop, till, columns=NAMED, one_to_one=True)
    people = _map(found.persons)
    assert [people[f"t{at}"] for at in range(4)] == ["s0", "s1", "t2", "t3"]
    assert people["s2"] == "s2"
    many = _map(link(shop, till, columns=NAMED).persons)
    assert [many[f"t{at}"] for at in range(4)] == ["s0", "s1", "s0", "s1"]


def test_link_takes_one_frame_with_a_source_column() -> None:
    shop, till = _lists()
    both = pd.concat([shop.assign(where="shop"), till.assign(where="till")])
    assert _map(link(both, columns=NAMED, source="where").persons) == _map(link(shop, till, columns=NAMED).persons)
    with pytest.raises(InputError, match="two frames"):
        link(shop, columns=NAMED)
    with pytest.raises(InputError, match="distinct names erp"):
        link(both, columns=NAMED, source="where", distinct=["erp"])


def test_a_clean_list_keeps_its_records_apart() -> None:
    shop, till = _lists()
    both = pd.concat([shop.assign(where="shop"), till.assign(where="till")])
    apart = _map(dedupe(both, columns=NAMED, source="where", distinct=["till"]).persons)
    assert apart["t0"] != apart["t2"]
    together = _map(dedupe(both, columns=NAMED, source="where").persons)
    assert together["t0"] == together["t2"]


def test_half_of_the_records_do_not_move_when_the_rest_is_shuffled(shop: pd.DataFrame, model: LinkModel) -> None:
    rows = shop.to_dict("records")
    random.Random(4).shuffle(rows)
    assert _map(dedupe(pd.DataFrame(rows), columns=COLUMNS, model=model).persons) == _map(
        dedupe(shop, columns=COLUMNS, model=model).persons
    )
