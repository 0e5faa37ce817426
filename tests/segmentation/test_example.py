from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_notebook_runs_without_a_database() -> None:
    program = ROOT / "examples" / "notebook_rfm.py"
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", str(program)], capture_output=True, check=True
    )
    assert "Champions: customer-09, customer-10" in answer.stdout.decode()


def test_the_benchmark_gives_the_same_scores_as_by_hand() -> None:
    program = ROOT / "benchmarks" / "segmentation_rfm.py"
    answer = subprocess.run([sys.executable, str(program), "5000", "1"], capture_output=True, check=True)
    assert answer.stdout.decode().count("ratio") == 6
