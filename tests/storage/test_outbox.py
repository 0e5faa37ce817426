from __future__ import annotations

import pytest

from crmkit.testing import OutboxContract


class TestOutbox(OutboxContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker
