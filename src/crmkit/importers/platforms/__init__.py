"""The marketplaces' and shop systems' own formats: one file each, every format in it a value."""

from __future__ import annotations

from crmkit.importers.bills.form import BillFormat
from crmkit.importers.documents.form import Format
from crmkit.importers.platforms import (
    alibaba_1688,
    alipay,
    amazon,
    douyin,
    ebay,
    etsy,
    jd,
    kuaishou,
    lazada,
    magento,
    pinduoduo,
    shopee,
    shopify,
    shopify_json,
    taobao,
    tiktok,
    wechat_pay,
    wechat_shop,
    woocommerce,
    xiaohongshu,
    youzan,
)

__all__ = ["FORMATS"]

FORMATS: tuple[Format | BillFormat, ...] = (
    *alibaba_1688.FORMATS,
    *alipay.FORMATS,
    *amazon.FORMATS,
    *douyin.FORMATS,
    *ebay.FORMATS,
    *etsy.FORMATS,
    *jd.FORMATS,
    *kuaishou.FORMATS,
    *lazada.FORMATS,
    *magento.FORMATS,
    *pinduoduo.FORMATS,
    *shopee.FORMATS,
    *shopify.FORMATS,
    *shopify_json.FORMATS,
    *taobao.FORMATS,
    *tiktok.FORMATS,
    *wechat_pay.FORMATS,
    *wechat_shop.FORMATS,
    *woocommerce.FORMATS,
    *xiaohongshu.FORMATS,
    *youzan.FORMATS,
)
"""Every format of ours but the template, by platform."""
