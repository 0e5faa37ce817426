"""`crmkit identity`: what a reviewer sees, decides and takes back, on an invented shop."""

from __future__ import annotations

import csv
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crmkit import Crm, importers
from crmkit.cli.commands import cli
from crmkit.cli.words import without_password
from crmkit.identity import dedupe
from crmkit.storage.sqlalchemy import SqlAlchemyStore

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "identity"))

from population import MIXTURES, population

HEAD = {
    "record_id": "order_number", "platform": "platform", "shop": "shop", "account": "account", "email": "email",
    "phone": "phone", "receiver_name": "recipient_name", "receiver_phone": "recipient_phone", "province": "province",
    "city": "city", "district": "district", "address": "street", "postcode": "postcode",
}  # fmt: skip
PHONE = re.compile(r"(?<![\w*])1[3-9]\d{9}(?!\d)")
DECIDE = ["--by", "lin", "--reason", "seen on the page"]


def crmkit(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the orders of an invented shop, and a database that took them."""
    folder = tmp_path_factory.mktemp("shop")
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow([*HEAD.values(), "currency", "unit_price", "quantity", "placed_at"])
        for row in population(MIXTURES["even"], 5, 250):
            moment = str(row["seen_at"])[:19].replace(" ", "T") + "Z"
            rows.writerow([*(row[field] or "" for field in HEAD), "CNY", "10", "1", moment])
    with Crm.open(f"sqlite:///{folder / 'shop.db'}") as crm:
        crm.take(importers.read(folder / "orders.csv"))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("orders.csv", "shop.db"):
        shutil.copy(made / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def persons(folder: Path) -> dict[str, str]:
    store = SqlAlchemyStore(f"sqlite:///{folder / 'shop.db'}")
    try:
        with store.unit(read_only=True) as unit:
            rows = unit.orders.page(None, 1000)
            known = {i.id: i.person for i in unit.identities.find(ids=[row.customer for row in rows])}
        return {str(row.order.key): known[row.customer] for row in rows}
    finally:
        store.close()


def pairs(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def test_review_of_files_lists_and_writes_the_same_pairs(folder: Path) -> None:
    told = crmkit("identity", "review", "orders.csv")
    assert told.exit_code in (0, 1)
    assert re.search(r"^1\. \w+/\S+ – \w+/\S+: ", told.output, flags=re.MULTILINE)
    done = crmkit(
        "identity", "review", "orders.csv", "--html", "r.html", "--to", "r.csv", "--lang", "zh", "--limit", "2"
    )
    assert done.exit_code == told.exit_code
    rows = pairs(folder / "r.csv")
    assert f"2 of {len(rows)} pairs on r.html" in done.output
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "是否为同一人？" in page
    assert rows[0]["left"] in page
    assert page.count('class="case"') == 2
    assert not PHONE.search(page)


def test_values_are_on_the_page_when_asked_for(folder: Path) -> None:
    crmkit("identity", "review", "orders.csv", "--html", "open.html", "--show-values")
    plain = (folder / "open.html").read_text(encoding="utf-8")
    assert PHONE.search(plain)
    assert "personal data as it is" in plain


def test_review_of_a_database_asks_what_it_has_as_two(folder: Path) -> None:
    done = crmkit("identity", "review", "--db", "sqlite:///shop.db", "--to", "r.csv", "--html", "r.html")
    assert done.exit_code == 0, done.output
    rows, person_of = pairs(folder / "r.csv"), persons(folder)
    asked = [frozenset((person_of[row["left"]], person_of[row["right"]])) for row in rows]
    assert rows
    assert all(len(two) == 2 for two in asked)
    assert len(set(asked)) == len(asked)
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "--db sqlite:///shop.db" in " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_merge_joins_and_unmerge_takes_it_back(folder: Path) -> None:
    before = persons(folder)
    a, b = two_persons(before)
    done = crmkit("identity", "merge", a, b, "--db", "sqlite:///shop.db", *DECIDE)
    assert done.exit_code == 0, done.output
    assert persons(folder)[a] == persons(folder)[b]
    assert crmkit("identity", "merge", a, b, "--db", "sqlite:///shop.db", *DECIDE).output == done.output
    told = crmkit("identity", "explain", a, b, "--db", "sqlite:///shop.db")
    assert told.exit_code == 0
    assert f"{a} – {b}: " in told.output
    assert f"In the database they are one person: {persons(folder)[a]}" in told.output
    decision = re.search(r"unmerge (\w+)", done.output)
    assert decision is not None
    gone = crmkit("identity", "unmerge", decision[1], "--db", "sqlite:///shop.db", *DECIDE)
    assert gone.exit_code == 0, gone.output
    assert persons(folder) == before
    again = crmkit("identity", "merge", a, b, "--db", "sqlite:///shop.db", *DECIDE)
    assert (again.exit_code, "give --key" in again.output) == (2, True)
    anew = crmkit("identity", "merge", a, b, "--db", "sqlite:///shop.db", *DECIDE, "--key", "second")
    assert anew.exit_code == 0


def test_an_open_review_can_be_rejected(folder: Path) -> None:
    found = importers.read(folder / "orders.csv")
    records = importers.record_frame(found.orders)
    with Crm.open("sqlite:///adopted.db") as crm:
        crm.identity.adopt(dedupe(records, columns={name: name for name in records.columns}).model, untrained=True)
        crm.take(found)
        waiting = crm.identity.reviews()
    assert waiting
    done = crmkit("identity", "review", "--db", "sqlite:///adopted.db", "--to", "r.csv", "--html", "r.html")
    assert done.exit_code == 0, done.output
    first = pairs(folder / "r.csv")[0]
    a, b = first["left"], first["right"]
    assert {f"order:{a}", f"order:{b}"} == set(waiting[0].records)
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert f"crmkit identity reject {a} {b}" in " ".join(re.sub(r"<[^>]+>", " ", page).split())
    gone = crmkit("identity", "reject", a, b, "--db", "sqlite:///adopted.db", *DECIDE)
    assert gone.exit_code == 0, gone.output
    crmkit("identity", "review", "--db", "sqlite:///adopted.db", "--to", "again.csv")
    assert (a, b) not in {(row["left"], row["right"]) for row in pairs(folder / "again.csv")}
    refused = crmkit("identity", "merge", a, b, "--db", "sqlite:///adopted.db", *DECIDE)
    assert (refused.exit_code, "different people" in refused.output) == (2, True)


def test_customers_are_named_by_id_too(folder: Path) -> None:
    known = persons(folder)
    one, other = two_persons(known)
    assert crmkit("identity", "merge", known[one], known[other], "--db", "sqlite:///shop.db", *DECIDE).exit_code == 0
    assert persons(folder)[one] == persons(folder)[other]


def two_persons(person_of: dict[str, str]) -> tuple[str, str]:
    """Two orders of two persons, neither of which has the other's identity."""
    first = {person: order for order, person in reversed(person_of.items())}
    one, other = list(first.values())[:2]
    return one, other


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["review"], "Give order files, or --db URL"),
        (["review", "orders.csv", "--db", "sqlite:///shop.db"], "one of the two"),
        (["review", "--db", "sqlite:///none.db"], "There is no database none.db"),
        (["review", "orders.csv", "--html", "nowhere/r.html"], "There is no folder nowhere"),
        (["explain", "a", "b", "orders.csv"], "There is no record 'a'"),
        (["merge", "a", "b", "--db", "sqlite:///shop.db", *DECIDE], "There is no customer or order 'a'"),
        (["reject", "a", "b", "--db", "sqlite:///shop.db", *DECIDE], "There is no customer or order 'a'"),
        (["unmerge", "a", "--db", "sqlite:///shop.db", *DECIDE], "There is no"),
        (["merge", "a", "b", "--db", "sqlite:///shop.db", "--by", "lin"], "Missing option '--reason'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(words: list[str], told: str, folder: Path) -> None:
    done = crmkit("identity", *words)
    assert done.exit_code == 2
    assert told in done.output
    assert not (folder / "none.db").exists()


def test_a_password_is_never_printed() -> None:
    assert (
        without_password("postgresql+psycopg://shop:s3cret@db:5432/crm") == "postgresql+psycopg://shop:***@db:5432/crm"
    )
    assert without_password("sqlite:///shop.db") == "sqlite:///shop.db"
