"""The commands write whole reports again and again: sketches stand in for pictures, but in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from report.sketches import sketched


@pytest.fixture(autouse=True)
def _sketches() -> Iterator[None]:
    with sketched():
        yield
