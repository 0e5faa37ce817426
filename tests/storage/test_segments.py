from __future__ import annotations

import pytest

from crmkit.testing import SegmentsContract


class TestSegments(SegmentsContract):
    @pytest.fixture
    def make_store(self, store_maker):
        return store_maker
