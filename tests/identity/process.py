"""A second process that takes records in or puts a model into force, for tests of writers that share nothing.

Called with a database, what to do and its seed; it says when it is ready, begins at a word, and tells each step.
"""

from __future__ import annotations

import sys
from datetime import datetime
from random import Random

from crmkit.identity import IdentityRegistry
from crmkit.identity.adopting import adopt
from crmkit.identity.contacts import contact_of, fields_by
from crmkit.storage.sqlalchemy import SqlAlchemyStore
from crmkit.testing import RECORD_COLUMNS, FixedClock, a_model, some_records


def resolve_all(registry: IdentityRegistry, seed: int) -> None:
    """Takes the same records in one by one, in an order of its own."""
    rows, fields = some_records(7, 12), fields_by(RECORD_COLUMNS)
    Random(seed).shuffle(rows)
    for row in rows:
        seen_at = datetime.fromisoformat(row["seen_at"])
        registry.resolve(at=seen_at, record=row["record_id"], contact=contact_of(row, fields))


def tell(done: int) -> None:
    print(done, flush=True)


def main(url: str, what: str, seed: str) -> None:
    store = SqlAlchemyStore(url)
    print("ready", flush=True)
    sys.stdin.readline()
    if what == "resolve":
        resolve_all(IdentityRegistry(store), int(seed))
    elif what == "adopt":
        adopt(store, a_model(), now=FixedClock().now(), chunk=2, progress=tell)
    else:
        import pandas as pd

        rows = pd.DataFrame(some_records(7, 12))
        IdentityRegistry(store).take(rows, columns=RECORD_COLUMNS, chunk=3, progress=tell)


if __name__ == "__main__":
    main(*sys.argv[1:])
