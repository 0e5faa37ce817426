from __future__ import annotations

import pytest

from crmkit.testing import IdentityContract, LinkingContract


class TestIdentity(IdentityContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker


class TestLinking(LinkingContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker
