from __future__ import annotations

import pytest

from crmkit.testing import LoyaltyContract


class TestLoyalty(LoyaltyContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker
