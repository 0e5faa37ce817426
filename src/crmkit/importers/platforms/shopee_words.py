"""Shopee's words: states of orders and of returns in every language; and its order numbers."""

from __future__ import annotations

import re
from unicodedata import normalize

from crmkit.importers import cells
from crmkit.importers.texts import sound_identifier
from crmkit.orders import OrderStatus

__all__ = ["APPROVED", "NOT_APPROVED", "number", "state"]

_WORDS = {
    OrderStatus.PENDING_PAYMENT: "belum bayar|unpaid|ที่ต้องชำระ|chờ xác nhận|待付款|尚未付款|não pago",
    OrderStatus.PAID: "perlu dikirim|to ship|ที่ต้องจัดส่ง|chờ lấy hàng|待出貨|a enviar",
    OrderStatus.SHIPPED: "sedang dikirim|telah dikirim|shipping|การจัดส่ง|đang giao|chờ giao hàng|運送中|enviado",
    OrderStatus.RECEIVED: "đã giao|đã nhận được hàng",
    OrderStatus.COMPLETED: "selesai|completed|สำเร็จแล้ว|hoàn thành|已完成|concluído",
    OrderStatus.CANCELLED: "batal|dibatalkan|cancelled|canceled|ยกเลิกแล้ว|đã hủy|不成立|已取消|cancelado",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split("|")}
_RECEIVED_STARTS = ("pesanan diterima", "order received", "người mua xác nhận đã nhận được hàng")
APPROVED = {"permintaan disetujui", "request approved", "devolução aprovada", "reembolso concluído"}
NOT_APPROVED = {
    *("menunggu persetujuan", "sedang diproses", "permintaan ditolak", "permintaan dibatalkan"),
    *("request pending", "request processing", "request rejected", "request cancelled"),
    *("em análise", "devolução rejeitada", "devolução cancelada"),
}
_NUMBER = re.compile(r"\d{6}[0-9A-Z]{8}", re.ASCII)


def state(word: str) -> OrderStatus:
    """The state of a status word; "received" comes as a sentence with a date inside."""
    told = normalize("NFC", word).casefold()
    found = _STATES.get(told)
    if found is None and told.startswith(_RECEIVED_STARTS):
        return OrderStatus.RECEIVED
    if found is None:
        raise cells.CellFlaw("unknown_status", "is not a word that this column knows", fatal=False)
    return found


def number(value: str) -> str:
    """An order number: a date and eight letters or digits, so an `E` among digits is no exponent."""
    return value if _NUMBER.fullmatch(value) else sound_identifier(value)
