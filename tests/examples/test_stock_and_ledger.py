"""The host's own books of examples/stock_and_ledger.py keep the laws of sinks, and its story tells the truth."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crmkit.testing import FulfilmentSinkContract, LedgerSinkContract

EXAMPLE = Path(__file__).parents[2] / "examples" / "stock_and_ledger.py"
_spec = importlib.util.spec_from_file_location("stock_and_ledger", EXAMPLE)
assert _spec is not None
assert _spec.loader is not None
shop = importlib.util.module_from_spec(_spec)
sys.modules["stock_and_ledger"] = shop
_spec.loader.exec_module(shop)


@pytest.fixture
def sessions(tmp_path):
    numbers = itertools.count()
    made = []

    def make():
        engine = shop.opened(f"sqlite:///{tmp_path / f'shop{next(numbers)}.db'}")
        made.append((engine, Session(engine)))
        return made[-1][1]

    yield make
    for engine, session in made:
        session.close()
        engine.dispose()


class TestStock(FulfilmentSinkContract):
    @pytest.fixture
    def make_sink(self, sessions):
        return lambda: shop.Stock(sessions())

    def units_out(self, sink):
        return shop.units_out(sink._session)

    def shipped(self, sink):
        return shop.shipped(sink._session)


class TestMoneyBook(LedgerSinkContract):
    @pytest.fixture
    def make_sink(self, sessions):
        return lambda: shop.MoneyBook(sessions())

    def balance(self, sink):
        return {currency: money.amount for currency, money in shop.balance(sink._session).items()}


def test_the_story_is_told_as_it_is(tmp_path):
    command = [sys.executable, "-W", "error", str(EXAMPLE)]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "after a failure: nothing left the stock, no money",
        "after the same call: {'LAMP-1': 2} left the stock, 119.80 CNY",
        "after once more: {'LAMP-1': 2} left the stock, 119.80 CNY",
        "2 orders removed, 0 restored, 0 refused",
        "after undoing it: nothing left the stock, no money",
    ]
