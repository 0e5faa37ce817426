"""Shopee's column names, by language: which field each one fills, and which are left alone. Indonesian and English."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

__all__ = ["ENGLISH", "INDONESIAN", "Language"]

_VOUCHERS = ("seller_voucher", "shopee_voucher", "shopee_bundle", "seller_bundle", "coins", "card")
_AMOUNTS = frozenset({"price", "subtotal", *_VOUCHERS, "goods", "shipping", "total"})


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split("|"))


def _by_field(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {field: _split(names) for field, names in table.items()}


@attrs.frozen(kw_only=True, slots=True)
class Language:
    """Is the header of one language.

    Attributes:
        code: The language or country as the format's name ends in it.
        country: Country of the orders, ISO 3166; "" where the file must tell it.
        groups: Amounts are whole and both marks part thousands (3.480.000).
        names: Field → the names of its column; the first one that the file has counts.
        ignored: Columns that are known and not read.
        suffixes: What the names of amounts may have at their end in some layouts.
        are_all_suffixed: Every name may have it.
    """

    code: str
    country: str = ""
    groups: bool = False
    names: dict[str, tuple[str, ...]] = attrs.field(converter=_by_field)
    ignored: tuple[str, ...] = attrs.field(converter=_split)
    suffixes: tuple[str, ...] = ("",)
    are_all_suffixed: bool = False

    def columns(self, field: str) -> tuple[str, ...]:
        """The names of a field's column in every layout, or () where the language has none."""
        ends = self.suffixes if self.are_all_suffixed or field in _AMOUNTS else ("",)
        return tuple(name + end for name in self.names.get(field, ()) for end in ends)


INDONESIAN = Language(
    code="id",
    country="ID",
    groups=True,
    names={
        "number": "No. Pesanan",
        "status": "Status Pesanan",
        "account": "Username (Pembeli)",
        "close_reason": "Alasan Pembatalan",
        "return_status": "Status Pembatalan/ Pengembalian",
        "arranged_at": "Waktu Pengiriman Diatur",
        "placed_at": "Waktu Pesanan Dibuat",
        "paid_at": "Waktu Pembayaran Dilakukan",
        "completed_at": "Waktu Pesanan Selesai",
        "parent": "SKU Induk",
        "title": "Nama Produk",
        "sku": "Nomor Referensi SKU",
        "variant": "Nama Variasi",
        "price": "Harga Setelah Diskon",
        "quantity": "Jumlah",
        "returned": "Returned quantity",
        "subtotal": "Total Harga Produk | Subtotal Pesanan",
        "seller_voucher": "Voucher Ditanggung Penjual",
        "shopee_voucher": "Voucher Ditanggung Shopee",
        "shopee_bundle": "Paket Diskon (Diskon dari Shopee)",
        "seller_bundle": "Paket Diskon (Diskon dari Penjual)",
        "coins": "Potongan Koin Shopee",
        "card": "Diskon Kartu Kredit",
        "shipping": "Ongkos Kirim Dibayar oleh Pembeli",
        "total": "Total Pembayaran",
        "buyer_note": "Catatan dari Pembeli",
        "remark": "Catatan",
        "recipient_name": "Nama Penerima",
        "recipient_phone": "No. Telepon",
        "address": "Alamat Pengiriman",
        "city": "Kota/Kabupaten",
        "province": "Provinsi",
    },
    ignored="No. Resi | Opsi Pengiriman | Antar ke counter/ pick-up | Tipe Pesanan | Metode Pembayaran | Harga Awal"
    " | Pesanan Harus Dikirimkan Sebelum (Menghindari keterlambatan) | Total Diskon | Diskon Dari Penjual"
    " | Diskon Dari Shopee | Berat Produk | Jumlah Produk di Pesan | Total Berat | Cashback Koin | Paket Diskon"
    " | Estimasi Potongan Biaya Pengiriman | Ongkos Kirim Pengembalian Barang | Perkiraan Ongkos Kirim",
)

ENGLISH = Language(
    code="en",
    names={
        "number": "Order ID",
        "status": "Order Status",
        "account": "Username (Buyer)",
        "close_reason": "Cancel reason | Cancellation Reason",
        "return_status": "Return / Refund Status",
        "arranged_at": "Ship Time",
        "placed_at": "Order Creation Date",
        "paid_at": "Order Paid Time",
        "completed_at": "Order Complete Time",
        "parent": "Parent SKU Reference No.",
        "title": "Product Name",
        "sku": "SKU Reference No.",
        "variant": "Variation Name",
        "price": "Deal Price",
        "quantity": "Quantity",
        "returned": "Returned quantity",
        "subtotal": "Product Subtotal",
        "seller_voucher": "Seller Voucher | Discount Voucher Amount Sponsored by Seller",
        "shopee_voucher": "Shopee Voucher | Discount Voucher Amount Sponsored by Shopee",
        "shopee_bundle": "Shopee Bundle Discount",
        "seller_bundle": "Seller Bundle Discount",
        "coins": "Shopee Coins Offset",
        "card": "Credit Card Discount Total",
        "goods": "Total Amount | Products' Price Paid by Buyer",
        "shipping": "Buyer Paid Shipping Fee",
        "total": "Grand Total",
        "buyer_note": "Remark from buyer",
        "remark": "Note",
        "recipient_name": "Receiver Name",
        "recipient_phone": "Phone Number",
        "address": "Delivery Address",
        "town": "Town | Area",
        "district": "District",
        "city": "City",
        "province": "Province | State",
        "country": "Country",
        "postcode": "Zip Code",
    },
    ignored="Hot Listing | Tracking Number | Shipping Option | Shipment Method | Estimated Ship Out Date | Order Type"
    " | Payment Method | Original Price | Seller Rebate | Seller Discount | Shopee Rebate | SKU Total Weight"
    " | Total Discount | Price Discount(from Seller) | No of product in order | Number of Items in Order"
    " | Order Total Weight | Voucher Code | Voucher Code From Seller | Seller Absorbed Coin Cashback"
    " | Coin Cashback Voucher Amount Sponsored by Seller | Coin Cashback Voucher Amount Sponsored by Shopee"
    " | Bundle Deal Indicator | Bundle Deals Indicator(Y/N) | Shipping Rebate Estimate | Reverse Shipping Fee"
    " | Transaction Fee | Transaction Fee(Incl. GST) | Commission Fee | Commission Fee (Incl. GST) | Service Fee"
    " | Service Fee (incl. GST) | Estimated Shipping Fee",
    suffixes=("", "(PHP)", "(MYR)", "(RM)", "(SGD)", "(THB)", "(TWD)"),
)
