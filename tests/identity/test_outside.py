"""Links from outside: any engine's pairs in our shape, and persons of them under our rules, guards and vetoes."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmkit.errors import InputError
from crmkit.identity import Linked, cluster, dedupe, import_links
from crmkit.identity.matching.codes import joined_labels, numbered
from crmkit.identity.matching.features import FIELDS

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "identity"))

from population import MIXTURES, population

COLUMNS = {name: name for name in FIELDS}
SPLINK = pd.DataFrame({
    "match_weight": [3.0, 9.25, 9.25, 4.0], "match_probability": [0.1, 0.2, 0.3, 0.4],
    "record_id_l": ["b", "c", "a", "d"], "record_id_r": ["a", "b", "b", "c"],
    "mw_name": [2.0, 8.0, 8.0, 1.0], "mw_tf_adj_name": [0.5, 0.25, 0.25, None], "mw_shoe": [0.1, 0.1, 0.1, 0.1],
})  # fmt: skip


@pytest.fixture(scope="module")
def found() -> tuple[pd.DataFrame, Linked]:
    shop = pd.DataFrame(population(MIXTURES["even"], 11, 1500))
    return shop, dedupe(shop, columns=COLUMNS)


def all_pairs(found: Linked) -> pd.DataFrame:
    """The candidates of an answer as another engine would give them: ids and weights alone."""
    assert found.trace is not None
    solved, ids = found.trace.solved, found.trace.features.ids
    name = [ids[at] for at in solved.faces.first.tolist()]
    return pd.DataFrame({
        "left": [name[at] for at in solved.candidates.left.tolist()],
        "right": [name[at] for at in solved.candidates.right.tolist()],
        "weight": solved.scored.weight,
    })  # fmt: skip


def persons(answer: Linked) -> dict[Any, Any]:
    return dict(zip(answer.persons["record_id"], answer.persons["person_id"], strict=True))


def test_predictions_of_splink_come_in_our_shape() -> None:
    links = import_links(SPLINK)
    assert links[["left", "right", "weight", "by"]].to_numpy().tolist() == [
        ["a", "b", 9.25, "model"],  # once, by its strongest
        ["b", "c", 9.25, "model"],
        ["c", "d", 4.0, "model"],
    ]
    assert links["bits_name"].tolist() == [8.25, 8.25, 1.0]
    assert links["probability"].tolist() == pytest.approx([1 / (1 + 2**-9.25)] * 2 + [16 / 17])
    assert import_links(links).equals(links)


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_frames_of_any_kind_come_back_as_they_are(kind: Any) -> None:
    links = import_links(kind(SPLINK))
    assert isinstance(links, (pl.DataFrame, pa.Table))
    assert links["left"].to_pylist() if isinstance(links, pa.Table) else links["left"].to_list() == ["a", "b", "c"]


def test_a_probability_is_a_weight_and_never_endless() -> None:
    links = import_links(pd.DataFrame({"left": [1, 1, 1], "right": [2, 3, 4], "probability": [0.5, 1.0, 0.0]}))
    assert links["weight"].round(6).tolist() == [53.0, 0.0, -53.0]


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ({"left": ["a"], "weight": [1.0]}, "no two columns of ids"),
        ({"left": ["a"], "right": ["b"]}, "no weight"),
        ({"left": ["a"], "right": ["a"], "weight": [1.0]}, "1 pairs .*rows 0"),
        ({"left": ["a", None], "right": ["b", "b"], "weight": [1.0, 1.0]}, "rows 1"),
        ({"left": ["a", "a"], "right": ["b", "c"], "weight": [float("nan"), float("inf")]}, "2 pairs .*rows 0, 1"),
        ({"left": ["a"], "right": ["b"], "probability": [1.5]}, "rows 0"),
    ],
)
def test_pairs_that_cannot_be_used_are_refused(pairs: dict[str, list[Any]], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        import_links(pd.DataFrame(pairs))


def test_no_frame_is_refused() -> None:
    with pytest.raises(InputError, match="pairs is a int"):
        import_links(7)


def test_without_any_pair_the_rules_alone_join() -> None:
    records = pd.DataFrame({"id": ["a", "b", "c"], "mail": ["mei@x.example.com", "MEI@x.example.com", None]})
    none = pd.DataFrame({"left": [], "right": [], "weight": []})
    answer = cluster(none, records, columns={"record_id": "id", "email": "mail"})
    assert persons(answer) == {"a": "a", "b": "a", "c": "c"}
    assert answer.trace is None
    empty = cluster(none, records[:0], columns={"record_id": "id", "email": "mail"})
    assert len(empty.persons) == 0


def test_weights_alone_give_nearly_the_same_persons(found: tuple[pd.DataFrame, Linked]) -> None:
    shop, answer = found
    again = persons(cluster(all_pairs(answer), shop, columns=COLUMNS, model=answer.model))
    same = sum(again[record] == person for record, person in persons(answer).items())
    assert same > 0.98 * len(again)


def test_any_order_and_either_side_give_the_same_persons(found: tuple[pd.DataFrame, Linked]) -> None:
    shop, answer = found
    pairs = all_pairs(answer)
    first = cluster(pairs, shop, columns=COLUMNS, model=answer.model)
    for seed in range(3):
        mixed = pairs.sample(frac=1, random_state=seed)
        if seed % 2:
            mixed = mixed.rename(columns={"left": "right", "right": "left"})
        again = cluster(mixed, shop.sample(frac=1, random_state=seed), columns=COLUMNS, model=answer.model)
        assert persons(again) == persons(first)
        assert again.pairs.equals(first.pairs)
        assert again.review.equals(first.review)


def test_whole_components_can_be_clustered_apart(found: tuple[pd.DataFrame, Linked]) -> None:
    shop, answer = found
    pairs = all_pairs(answer)
    whole = persons(cluster(pairs, shop, columns=COLUMNS, model=answer.model))
    place = {record: at for at, record in enumerate(shop["record_id"])}
    label = _components(shop, pairs, place)
    parts = random.Random(1).choices(range(3), k=len(shop))
    apart: dict[str, str] = {}
    for part in range(3):
        inside = [parts[at] == part for at in label]
        names = set(shop["record_id"][inside])
        some = pairs[pairs["left"].isin(names)]
        apart |= persons(cluster(some, shop[inside], columns=COLUMNS, model=answer.model))
    assert apart == whole


def _components(shop: pd.DataFrame, pairs: pd.DataFrame, place: dict[str, int]) -> list[int]:
    """The smallest row that pairs, accounts and shared values tie each row to."""
    import numpy as np

    shared = ["account", "customer_no", "email", "payer_id", "nick", "card", "phone", "receiver_phone", "address"]
    ties = [np.array(numbered([value or None for value in shop[name]])[0]) for name in shared]
    label = np.arange(len(shop))
    for _ in range(50):
        before = label
        label = joined_labels(len(shop), [*ties, label])
        for a, b in zip(pairs["left"].map(place), pairs["right"].map(place), strict=True):
            low = min(label[a], label[b])
            label[label == label[a]] = low
            label[label == label[b]] = low
        if np.array_equal(before, label):
            break
    return [int(each) for each in label]


NAMED = pd.DataFrame({"id": ["a", "b", "c", "d"], "to": ["Mei Invented"] * 3 + ["Bo Other"], "from": list("xxyy")})
WHO = {"record_id": "id", "receiver_name": "to"}
CHAIN = pd.DataFrame({"left": ["a", "b", "c"], "right": ["b", "c", "d"], "weight": [9.0, 8.0, 12.0]})


def test_guards_vetoes_and_the_review_band_are_ours() -> None:
    answer = cluster(CHAIN, NAMED, columns=WHO)
    assert persons(answer) == {"a": "a", "b": "a", "c": "a", "d": "d"}
    assert answer.review[["left", "right", "reason"]].to_numpy().tolist() == [["c", "d", "name"]]
    parted = cluster(CHAIN, NAMED, columns=WHO, vetoes=[("a", "c")])
    assert persons(parted) == {"a": "a", "b": "a", "c": "c", "d": "d"}
    assert parted.report.refused == {"name": 1, "veto": 1}
    weak = cluster(CHAIN.assign(weight=[2.0, 8.0, 1.0]), NAMED, columns=WHO)
    assert weak.review["reason"].tolist() == ["band", "band"]


def test_a_veto_is_stronger_than_one_account() -> None:
    records = NAMED.assign(account=["m", "m", "m", None], platform="jd")
    columns = {**WHO, "account": "account", "platform": "platform"}
    assert len(set(persons(cluster(CHAIN[:0], records, columns=columns)).values())) == 2
    parted = persons(cluster(CHAIN[:0], records, columns=columns, vetoes=[("a", "b")]))
    assert parted["a"] != parted["b"]


def test_sources_are_heeded() -> None:
    across = cluster(CHAIN, NAMED, columns=WHO, source="from", across=True)
    assert persons(across) == {"a": "a", "b": "b", "c": "b", "d": "d"}
    single = cluster(CHAIN, NAMED, columns=WHO, source="from", distinct=["x"])
    assert persons(single) == {"a": "a", "b": "b", "c": "b", "d": "d"}
    with pytest.raises(InputError, match="source"):
        cluster(CHAIN, NAMED, columns=WHO, across=True)
    with pytest.raises(InputError, match="distinct names z"):
        cluster(CHAIN, NAMED, columns=WHO, source="from", distinct=["z"])


def test_records_that_are_not_there_are_refused() -> None:
    strange = pd.DataFrame({"left": ["a", "a"], "right": ["zz", "yy"], "weight": [1.0, 1.0]})
    with pytest.raises(InputError, match="pairs names 2 records that are not there: yy, zz"):
        cluster(strange, NAMED, columns=WHO)
    with pytest.raises(InputError, match="vetoes names 1 records"):
        cluster(CHAIN, NAMED, columns=WHO, vetoes=[("a", "zz")])
    with pytest.raises(InputError, match="two records"):
        cluster(CHAIN, NAMED, columns=WHO, vetoes=[("a", "a")])
