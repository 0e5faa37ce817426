"""A shop linked by us and by Splink with our exported model, pair by pair."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import attrs
import pandas as pd

from crmkit.identity import Linked, LinkModel, SplinkRecords, dedupe, link, splink_records
from crmkit.identity.matching.features import FIELDS

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "identity"))

from population import MIXTURES, population

COLUMNS = {name: name for name in FIELDS}
Key = tuple[str, str]


@attrs.frozen(kw_only=True)
class Shop:
    """Is a frame, what we make of it, and what Splink is given."""

    frame: pd.DataFrame
    columns: dict[str, str]
    found: Linked
    records: SplinkRecords

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: dict[str, str] = COLUMNS, *, source: str | None = None) -> Shop:
        found = dedupe(frame, columns=columns) if source is None else link(frame, columns=columns, source=source)
        records = splink_records(frame, columns=columns, model=found.model, source=source)
        return cls(frame=frame, columns=columns, found=found, records=records)

    def weights(self) -> dict[Key, float]:
        """Our candidates and their weights, by the ids of the faces' first records."""
        assert self.found.trace is not None
        solved, ids = self.found.trace.solved, self.found.trace.features.ids
        name = [str(ids[at]) for at in solved.faces.first.tolist()]
        pairs = zip(solved.candidates.left.tolist(), solved.candidates.right.tolist(), strict=True)
        return {_key(name[a], name[b]): w for (a, b), w in zip(pairs, solved.scored.weight.tolist(), strict=True)}


def shop_of(mixture: str, records: int, seed: int = 3) -> Shop:
    return Shop.of(pd.DataFrame(population(MIXTURES[mixture], seed, records)))


def predictions(shop: Shop, model: LinkModel, api: Any, dialect: Any = "duckdb", **options: Any) -> pd.DataFrame:
    """What Splink predicts with the exported model, records and frequencies."""
    from splink import Linker, SettingsCreator

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = model.to_splink(dialect, **options).settings
    linker = Linker(api.register(shop.records.records), SettingsCreator.from_path_or_dict(dict(settings)))
    for column, table in shop.records.frequencies.items():
        registered = api.register(table, table_name=f"rare_{column}")
        linker.table_management.register_term_frequency_lookup(registered, column)
    frame: pd.DataFrame = linker.inference.predict().as_pandas_dataframe()
    return frame


def weights_of(frame: pd.DataFrame) -> dict[Key, float]:
    rows = zip(frame["record_id_l"], frame["record_id_r"], frame["match_weight"], strict=True)
    return {_key(a, b): float(weight) for a, b, weight in rows}


def worst(ours: dict[Key, float], theirs: dict[Key, float]) -> float:
    """The largest difference of two weights of one pair."""
    assert ours.keys() == theirs.keys()
    return max(abs(ours[pair] - theirs[pair]) for pair in ours)


def persons_of(found: Linked) -> dict[str, str]:
    return dict(zip(found.persons["record_id"], found.persons["person_id"], strict=True))


def _key(a: str, b: str) -> Key:
    return (a, b) if a < b else (b, a)
