"""Measures what one arriving record costs: find or make the person under an adopted model, with so many records known.

    python benchmarks/identity/arrivals.py [--known 10000 100000] [--arrivals 500] [--stores memory sqlite]

Each arrival is a unit of its own, with its commit; the SQLite file is in WAL mode. The known records are taken in
before the model is adopted, in units of 500, and adopting is timed as well.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from population import FIELDS, MIXTURES, population

from crmkit.identity import IdentityRegistry, dedupe, resolve_many
from crmkit.identity.taking import sightings_of
from crmkit.ids import UlidGenerator
from crmkit.storage.memory import MemoryStore
from crmkit.storage.sqlalchemy import SqlAlchemyStore

COLUMNS = {name: name for name in FIELDS[:21]}


def store_of(kind: str, folder: str) -> Any:
    if kind == "memory":
        return MemoryStore()
    store = SqlAlchemyStore(f"sqlite:///{Path(folder) / 'arrivals.db'}")
    store.create_schema()
    return store


def measure(kind: str, known: int, arrivals: int) -> dict[str, Any]:
    rows = pd.DataFrame(population(MIXTURES["even"], 1, known + arrivals))
    rows = rows.sample(frac=1.0, random_state=1)
    model = dedupe(rows[FIELDS[:21]].head(min(known, 20_000)), columns=COLUMNS).model
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(kind, folder)
        registry = IdentityRegistry(store, model=model)
        began = time.perf_counter()
        registry.take(rows.head(known), columns=COLUMNS)
        taken = time.perf_counter() - began
        began = time.perf_counter()
        registry.adopt(untrained=True)
        adopted = time.perf_counter() - began
        ids, spent = UlidGenerator(), []
        for sighting in sightings_of(rows.tail(arrivals), COLUMNS):
            began = time.perf_counter()
            with store.unit() as unit:
                resolve_many(unit, [sighting], now=sighting.at, ids=ids)
                unit.commit()
            spent.append(1000 * (time.perf_counter() - began))
        if kind == "sqlite":
            store.close()
    p50, p99 = np.quantile(spent, [0.5, 0.99])
    return {"store": kind, "known": known, "p50 ms": round(float(p50), 2), "p99 ms": round(float(p99), 2),
            "max ms": round(max(spent), 1), "take s": round(taken, 1), "adopt s": round(adopted, 1)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--known", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--arrivals", type=int, default=500)
    parser.add_argument("--stores", nargs="+", default=["memory", "sqlite"])
    chosen = parser.parse_args()
    for kind in chosen.stores:
        for known in chosen.known:
            print(measure(kind, known, chosen.arrivals), flush=True)


if __name__ == "__main__":
    main()
