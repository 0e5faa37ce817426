from __future__ import annotations

import pytest

from crmkit.testing import OrdersContract, UndoingContract


class TestOrders(OrdersContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker


class TestUndoing(UndoingContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker
