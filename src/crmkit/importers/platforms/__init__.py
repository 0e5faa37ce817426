"""The marketplaces' and shop systems' own formats: one file each, every format in it a value."""

from __future__ import annotations

from crmkit.importers.form import TableFormat
from crmkit.importers.platforms import shopify, taobao

__all__ = ["FORMATS"]

FORMATS: tuple[TableFormat, ...] = (
    *shopify.FORMATS,
    *taobao.FORMATS,
)
"""Every format of ours but the template, by platform."""
