"""Sketches in place of pictures: a page in a twentieth of the time, for tests that do not look at its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape

import pytest

from crmkit.report import return_view, rfm_view, spread_view, stage_view

VIEWS = (rfm_view, spread_view, return_view, stage_view)


def sketch(draw: Callable[[Any], Any], *, title: str, desc: str) -> tuple[str, ...]:
    """Gives what a screen reader would find, for both themes, and draws nothing."""
    return (f"<svg><title>{escape(title)}</title><desc>{escape(desc)}</desc></svg>",) * 2


def no_picture(draw: Callable[[Any], Any], *, title: str, desc: str) -> tuple[str, ...]:
    """Gives what there is without the extra `charts`."""
    return ()


@contextmanager
def sketched(drawn: Callable[..., tuple[str, ...]] = sketch) -> Iterator[None]:
    """Has the report take `drawn` for its pictures while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        for view in VIEWS:
            patch.setattr(view, "in_both_themes", drawn)
        yield
