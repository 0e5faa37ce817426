"""Shopify: orders as JSON, from the REST Admin API, from webhooks and from GraphQL."""

from __future__ import annotations

from crmkit.importers import cells
from crmkit.importers.columns import LineColumns, OrderColumns
from crmkit.importers.documents.form import JsonBody, JsonFormat
from crmkit.importers.documents.values import branch
from crmkit.importers.drafts import Draft
from crmkit.importers.platforms.shopify_settling import (
    FULFILMENT,
    LINE_WORDS,
    Refunds,
    allocated,
    allocated_in_sets,
    at,
    consent_of,
    financial,
    name_of,
    refunds_of,
    settled,
    shipped_at,
    shipping_of,
    sold_at,
    street_of,
    tags_of,
)

__all__ = ["FORMATS", "GRAPHQL", "REST"]

_LINES = {
    "quantity": "line_items[].quantity",
    "price": "line_items[].price",
    "discount": "line_items[].discount_allocations",
}
_EXPECTED_REST = {
    "currency": "currency",
    "total": "total_price",
    "outstanding": "total_outstanding",
    "refunds": "refunds",
    "fulfilment": "fulfillment_status",
    "cancelled_at": "cancelled_at",
    "shipping": "shipping_lines",
    "reported_at": "updated_at",
    "placed_at": "created_at",
    "test": "test",
}


def _settle_rest(draft: Draft) -> str | None:
    values = draft.values
    if values.get("test"):
        return "test orders"
    draft.miss(_EXPECTED_REST, _LINES)
    if values.get("total") is None:
        draft.say("bad_money", "tells no total", column="total_price", error=True)
    else:
        settled(draft)
    return None


_CUSTOMER = ({"email", "addresses", "default_address"}, {"email", "verified_email"}, {"email", "first_name", "state"})
_BODIES = (
    JsonBody(
        known_by={"order_id", "transactions", "refund_line_items"},
        reason="refunds",
        order_id="order_id",
        into="refunds",
    ),
    JsonBody(known_by={"order_edit"}, reason="edits of orders"),
    JsonBody(known_by={"order_id", "additions", "removals"}, reason="edits of orders"),
    JsonBody(known_by={"order_id", "gateway", "kind", "status"}, reason="single transactions"),
    JsonBody(known_by={"order_id", "tracking_number", "line_items"}, reason="single fulfilments"),
    JsonBody(known_by={"shop_id", "shop_domain"}, reason="requests about personal data"),
    JsonBody(known_by={"customer_id", "email_marketing_consent"}, reason="customers"),
    JsonBody(known_by={"admin_graphql_api_customer_kept_id"}, reason="customers"),
    *(JsonBody(known_by=keys, reason="customers", without={"line_items"}) for keys in _CUSTOMER),
    JsonBody(known_by={"id"}, reason="deletions", only=True),
)

REST = JsonFormat(
    name="shopify.rest",
    title="Shopify orders as JSON: REST Admin API and webhooks",
    family="shopify.orders",
    known_by=(
        {"financial_status", "line_items", "total_price"},
        {"financial_status", "line_items", "admin_graphql_api_id"},
        {"financial_status", "total_price", "admin_graphql_api_id"},
    ),
    number="name",
    lines_in="line_items",
    wrappers={"orders": set(), "order": set(), "customers": set(), "customer": set()},
    bodies=_BODIES,
    together={"financial_status", "total_price", "total_outstanding", "refunds"},
    settle=_settle_rest,
    tells_refunds=True,
    order=OrderColumns(
        currency=cells.text("currency"),
        total=cells.money("total_price"),
        discount=cells.money("total_discounts"),
        shipping=branch("shipping_lines", shipping_of),
        tax=cells.money("total_tax"),
        placed_at=at("created_at"),
        paid_at=branch("transactions", sold_at),
        shipped_at=branch("fulfillments", shipped_at),
        cancelled_at=at("cancelled_at"),
        reported_at=at("updated_at"),
        customer_id=cells.identifier("customer.id"),
        email=cells.text("email", "contact_email", "customer.email", personal=True),
        phone=cells.text("phone", "customer.phone", personal=True),
        buyer_name=name_of("first_name", "last_name", "billing_address", "customer"),
        accepts_marketing=cells.flag("buyer_accepts_marketing"),
        recipient_name=name_of("first_name", "last_name", "shipping_address"),
        recipient_phone=cells.text("shipping_address.phone", personal=True),
        country=cells.text("shipping_address.country_code", "shipping_address.country"),
        province=cells.text("shipping_address.province_code", "shipping_address.province"),
        city=cells.text("shipping_address.city"),
        street=street_of("shipping_address"),
        postcode=cells.text("shipping_address.zip"),
        remark=cells.text("note", personal=True),
        tags=branch("tags", tags_of, blank=()),
        close_reason=cells.text("cancel_reason"),
        extra={
            "financial": financial("financial_status"),
            "fulfilment": cells.choice("fulfillment_status", FULFILMENT, code="unknown_status"),
            "outstanding": cells.money("total_outstanding"),
            "refunds": branch("refunds", refunds_of, blank=Refunds()),
            "processed_at": at("processed_at"),
            "included": cells.flag("taxes_included"),
            "duty": cells.money("original_total_duties_set.shop_money.amount"),
            "tip": cells.money("total_tip_received"),
            "test": cells.flag("test"),
            "region": cells.text("billing_address.country_code", "shipping_address.country_code"),
        },
    ),
    line=LineColumns(
        id=cells.identifier("id"),
        sku=cells.text("sku"),
        product_id=cells.identifier("product_id"),
        title=cells.text("title", "name"),
        variant=cells.text("variant_title"),
        quantity=cells.whole("quantity"),
        price=cells.money("price"),
        discount=branch("discount_allocations", allocated),
        status=cells.choice("fulfillment_status", LINE_WORDS, code="unknown_status"),
    ),
)
"""The amounts as they were ordered: `current_…` values are after edits and refunds and are not read."""


def _tail(name: str, *also: str) -> cells.Cell:
    """A cell of `gid://shopify/<kind>/<id>`: the id, as REST names it."""
    return cells.parsed(name, lambda value: value.rpartition("/")[2].partition("?")[0], *also, blank="")


def _money(name: str, *also: str) -> cells.Cell:
    return cells.money(f"{name}.shopMoney.amount", also=tuple(f"{other}.shopMoney.amount" for other in also))


_EXPECTED_GRAPHQL = {
    "currency": "currencyCode",
    "total": "totalPriceSet",
    "received": "totalReceivedSet",
    "refunded": "totalRefundedSet",
    "fulfilment": "displayFulfillmentStatus",
    "cancelled_at": "cancelledAt",
    "shipping": "totalShippingPriceSet",
    "reported_at": "updatedAt",
    "placed_at": "createdAt",
    "test": "test",
}


def _settle_graphql(draft: Draft) -> str | None:
    values = draft.values
    if values.get("test"):
        return "test orders"
    of_lines = {"quantity": "lineItems[].quantity"}
    if values.get("discount"):
        of_lines |= {"discount": "lineItems[].discountAllocations", "price": "lineItems[].originalUnitPriceSet"}
    draft.miss(_EXPECTED_GRAPHQL, of_lines)
    if values.get("total") is None:
        draft.say("bad_money", "tells no total", column="totalPriceSet.shopMoney.amount", error=True)
    else:
        settled(draft)
    return None


GRAPHQL = JsonFormat(
    name="shopify.graphql",
    title="Shopify orders as JSON: GraphQL Admin API and bulk operations",
    family="shopify.orders",
    known_by={"displayFinancialStatus", "name"},
    number="name",
    lines_in="lineItems",
    wrappers=dict.fromkeys(("data", "orders", "order", "node", "nodes", "edges"), frozenset()),
    together={"displayFinancialStatus", "totalPriceSet", "totalReceivedSet", "totalRefundedSet", "totalOutstandingSet"},
    children={"LineItem": "lineItems", "Refund": "refunds", "Fulfillment": "fulfillments"},
    settle=_settle_graphql,
    order=OrderColumns(
        currency=cells.text("currencyCode", "totalPriceSet.shopMoney.currencyCode"),
        total=_money("totalPriceSet"),
        refunded=_money("totalRefundedSet"),
        discount=_money("totalDiscountsSet"),
        shipping=_money("totalShippingPriceSet"),
        tax=_money("totalTaxSet"),
        placed_at=at("createdAt"),
        paid_at=branch("transactions", sold_at),
        shipped_at=branch("fulfillments", shipped_at),
        cancelled_at=at("cancelledAt"),
        reported_at=at("updatedAt"),
        customer_id=_tail("customer.legacyResourceId", "customer.id"),
        email=cells.text("email", "customer.email", "customer.defaultEmailAddress.emailAddress", personal=True),
        phone=cells.text("phone", "customer.phone", "customer.defaultPhoneNumber.phoneNumber", personal=True),
        buyer_name=name_of("firstName", "lastName", "billingAddress", "customer"),
        accepts_marketing=branch("customer.emailMarketingConsent.marketingState", consent_of),
        recipient_name=name_of("firstName", "lastName", "shippingAddress"),
        recipient_phone=cells.text("shippingAddress.phone", personal=True),
        country=cells.text("shippingAddress.countryCodeV2", "shippingAddress.countryCode", "shippingAddress.country"),
        province=cells.text("shippingAddress.provinceCode", "shippingAddress.province"),
        city=cells.text("shippingAddress.city"),
        street=street_of("shippingAddress"),
        postcode=cells.text("shippingAddress.zip"),
        remark=cells.text("note", personal=True),
        tags=branch("tags", tags_of, blank=()),
        close_reason=cells.text("cancelReason"),
        extra={
            "financial": financial("displayFinancialStatus"),
            "fulfilment": cells.choice("displayFulfillmentStatus", FULFILMENT, code="unknown_status"),
            "received": _money("totalReceivedSet"),
            "outstanding": _money("totalOutstandingSet"),
            "processed_at": at("processedAt"),
            "included": cells.flag("taxesIncluded"),
            "duty": _money("originalTotalDutiesSet"),
            "tip": _money("totalTipReceivedSet"),
            "test": cells.flag("test"),
            "region": cells.text("billingAddress.countryCodeV2", "shippingAddress.countryCodeV2"),
        },
    ),
    line=LineColumns(
        id=_tail("id"),
        sku=cells.text("sku"),
        product_id=_tail("product.legacyResourceId", "product.id"),
        title=cells.text("title", "name"),
        variant=cells.text("variantTitle", "variant.title"),
        quantity=cells.whole("quantity"),
        price=_money("originalUnitPriceSet"),
        discount=branch("discountAllocations", allocated_in_sets),
        total=_money("discountedTotalSet"),
    ),
)
"""A query gives what it asks for; the page on Shopify names what an import needs."""

FORMATS = (REST, GRAPHQL)
