"""Every format passes the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from importers.acme import ACME

from crmkit.importers import TableFormat
from crmkit.testing import ImporterContract

SAMPLES = Path(__file__).parent / "samples"
ORDERS = SAMPLES / "ExportOrderList202611302130.csv"
ITEMS = SAMPLES / "ExportOrderDetailList202611302130.csv"


class TestTaobaoPair(ImporterContract):
    samples = (ORDERS, ITEMS)
    golden = SAMPLES / "taobao.golden.json"
    encoding = "gb18030"


class TestTaobaoOrders(ImporterContract):
    samples = (ORDERS,)
    golden = SAMPLES / "taobao_orders.golden.json"
    encoding = "gb18030"


class TestTaobaoItems(ImporterContract):
    samples = (ITEMS,)
    golden = SAMPLES / "taobao_items.golden.json"
    encoding = "gb18030"


class TestShopify(ImporterContract):
    samples = (SAMPLES / "shopify_orders.csv",)
    golden = SAMPLES / "shopify.golden.json"
    options: ClassVar[dict[str, Any]] = {"shop": "kornblume"}


class TestTemplate(ImporterContract):
    samples = (SAMPLES / "template.csv",)
    golden = SAMPLES / "template.golden.json"
    encoding = "utf-8-sig"
    defaults = frozenset({"refunded"})


class TestChineseTemplate(ImporterContract):
    samples = (SAMPLES / "template_zh.csv",)
    golden = SAMPLES / "template_zh.golden.json"
    encoding = "utf-8-sig"
    defaults = frozenset({"已退金额"})


class TestAcme(ImporterContract):
    samples = (SAMPLES / "acme.csv",)
    golden = SAMPLES / "acme.golden.json"
    format: ClassVar[TableFormat] = ACME
