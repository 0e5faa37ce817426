"""kill -9 at random moments of `crmkit run`, then the same command again: as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_content import content_of

from crmkit.storage.sqlalchemy import SqlAlchemyStore

ROOT = Path(__file__).parents[2]
SHOPS = [sys.executable, ROOT / "benchmarks/shops.py", "taobao"]
ORDERS = int(os.environ.get("CRMKIT_TEST_KILL_ORDERS", "2000"))
MOMENTS = int(os.environ.get("CRMKIT_TEST_KILLS", "3"))


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shop")
    subprocess.run(
        [*SHOPS, folder, "--orders", f"{ORDERS}", "--lines", f"{ORDERS * 8 // 5}", "--seed", "7"],
        check=True,
    )
    return sorted(folder.glob("Export*.csv"))


def start(files: list[Path], folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "crmkit.cli", "run", *map(str, files), "--db", f"sqlite:///{folder / 'shop.db'}"]
    command += ["--report", str(folder / "report.html"), "--as-of", "2026-11-24"]
    with (folder / "stderr.txt").open("w") as errors:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)


def finish(process: subprocess.Popen[bytes], folder: Path) -> None:
    assert process.wait() in (0, 1), (folder / "stderr.txt").read_text()


def held(folder: Path) -> dict[str, object]:
    store = SqlAlchemyStore(f"sqlite:///{folder / 'shop.db'}")
    try:
        return content_of(store)
    finally:
        store.close()


def test_a_killed_run_is_finished_by_the_same_command(files, tmp_path_factory):
    calm = tmp_path_factory.mktemp("calm")
    begun = time.monotonic()
    finish(start(files, calm), calm)
    whole = time.monotonic() - begun
    expected = held(calm)
    assert len(expected["orders"]) >= ORDERS * 0.99
    moments = random.Random(20261124)
    killed = 0
    for number in range(MOMENTS):
        folder = tmp_path_factory.mktemp(f"killed{number}")
        process = start(files, folder)
        time.sleep(whole * moments.uniform(0.15, 0.95))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        finish(start(files, folder), folder)
        assert held(folder) == expected, f"killed at moment {number}"
    assert killed, "the runs were over before they could be killed"


REVERT = """
import sys
from crmkit import Crm
crm = Crm.open("sqlite:///" + sys.argv[1])
with crm.store.unit() as unit:
    batches = unit.batches.latest(10)
for batch in batches:
    crm.revert(batch.id, progress=lambda done, total: print(done, flush=True))
"""


def undo(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", REVERT, str(folder / "shop.db")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_killed_undoing_is_finished_by_the_same_call(files, tmp_path_factory):
    calm, folder = (tmp_path_factory.mktemp(name) for name in ("undone", "undoing"))
    for place in (calm, folder):
        finish(start(files, place), place)
    _, errors = undo(calm).communicate()
    expected = held(calm)
    assert expected["orders"] == {}, errors.decode()
    killed = undo(folder)
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"1000\n"  # one unit is kept, and the next one is under way
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    left = held(folder)["orders"]
    assert 0 < len(left) < ORDERS
    undo(folder).communicate()
    assert held(folder) == expected
