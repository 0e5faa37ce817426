"""Amazon: the words of states, the currencies of sites, and the columns that are left alone."""

from __future__ import annotations

from crmkit.orders import OrderStatus

__all__ = ["CAME_BACK", "COUNTRIES", "ITEM_WORDS", "LEFT_ALONE", "SITES", "WORDS"]

CAME_BACK = ("returning to seller", "returned to seller", "rejected by buyer", "lost in transit", "damaged")
WORDS = {
    "Pending": OrderStatus.PENDING_PAYMENT,
    "Pending - Waiting for Pick Up": OrderStatus.PENDING_PAYMENT,
    "PendingAvailability": OrderStatus.PENDING_PAYMENT,
    "Unshipped": OrderStatus.PAID,
    "PartiallyShipped": OrderStatus.PAID,
    "Shipping": OrderStatus.PAID,
    "InvoiceUnconfirmed": OrderStatus.PAID,
    "Unfulfillable": OrderStatus.PAID,
    "Shipped": OrderStatus.SHIPPED,
    "Shipped - Picked Up": OrderStatus.SHIPPED,
    "Shipped - Out for Delivery": OrderStatus.SHIPPED,
    "Shipped - Delivered to Buyer": OrderStatus.RECEIVED,
    "Complete": OrderStatus.COMPLETED,
    "Cancelled": OrderStatus.CANCELLED,
    "Canceled": OrderStatus.CANCELLED,
} | {f"Shipped - {word}": OrderStatus.SHIPPED for word in CAME_BACK}
ITEM_WORDS = {
    "Shipped": OrderStatus.SHIPPED,
    "Unshipped": None,
    "Cancelled": OrderStatus.CANCELLED,
    "Canceled": OrderStatus.CANCELLED,
}
SITES = {
    site: currency
    for currency, sites in {
        "EUR": "de fr it es nl ie com.be", "USD": "com", "CAD": "ca", "MXN": "com.mx", "BRL": "com.br", "GBP": "co.uk",
        "SEK": "se", "PLN": "pl", "TRY": "com.tr", "JPY": "co.jp", "INR": "in", "AUD": "com.au", "SGD": "sg",
        "AED": "ae", "SAR": "sa", "EGP": "eg",
    }.items()
    for site in sites.split()
}  # fmt: skip
COUNTRIES = {site.rpartition(".")[2].upper(): currency for site, currency in SITES.items() if site != "com"} | {
    "US": "USD",
    "GB": "GBP",
}
_LEFT_ALONE = """
merchant-order-id fulfillment-channel order-channel url ship-service-level number-of-items tax-collection-model
tax-collection-responsible-party address-type promotion-ids payment-method-details cpf item-extensions-data
purchase-order-number price-designation customized-url customized-page original-order-id is-transparency
signature-confirmation-recommended buyer-tax-registration-country buyer-tax-registration-type is-sold-by-ab
default-ship-from-address-name default-ship-from-address-field-1 default-ship-from-address-field-2
default-ship-from-address-field-3 default-ship-from-city default-ship-from-state default-ship-from-country
default-ship-from-postal-code actual-ship-from-address-name actual-ship-from-address-field-1
actual-ship-from-address-field-2 actual-ship-from-address-field-3 actual-ship-from-city actual-ship-from-state
actual-ship-from-country actual-ship-from-postal-code
"""
LEFT_ALONE = frozenset(_LEFT_ALONE.split())
