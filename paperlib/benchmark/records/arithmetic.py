"""What the numbers of an answer must satisfy, schema by schema, to the cent and computed from the answer alone."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from paperlib.benchmark.records.draw import cents

Rules = Mapping[str, Callable[[Any], Iterator["Claim"]]]  # by schema
Claim = tuple[str, Any, Any]  # what is stated, the value stated (None where left out), the value that follows


def mistakes(schema_id: str, answer: Any, rules: Rules | None = None) -> Iterator[str]:
    """One sentence for each stated number that does not follow from the others by ``rules`` (by default those of the
    24 schemas); nothing for schemas without sums."""
    for name, stated, expected in (RULES if rules is None else rules).get(schema_id, _nothing)(answer):
        if stated is not None and exact(stated) != exact(expected):
            yield f"{name} is {stated}, but the other numbers give {expected}"


def exact(number: float | int | Decimal) -> Decimal:
    """A JSON number as the decimal it is written as."""
    return Decimal(str(number))


def total(rows: list[Any], value: Callable[[Any], Decimal]) -> Decimal:
    return sum((value(row) for row in rows), Decimal(0))


def _invoice(a: Any) -> Iterator[Claim]:
    lines = a["line_items"]
    for place, line in enumerate(lines):
        yield f"line_items/{place}/total", line["total"], line["quantity"] * exact(line["unit_price"])
    subtotal = total(lines, lambda line: exact(line["total"]))
    yield "subtotal", a.get("subtotal"), subtotal
    yield "total_amount", a["total_amount"], subtotal + exact(a.get("tax", 0))


def _order(a: Any) -> Iterator[Claim]:
    yield "total_amount", a["total_amount"], total(a["items"], lambda item: item["quantity"] * exact(item["price"]))


def _cart(a: Any) -> Iterator[Claim]:
    subtotal = total(a["items"], _discounted)
    yield "subtotal", a.get("subtotal"), subtotal
    yield "total", a["total"], subtotal + exact(a.get("tax", 0)) + exact(a.get("shipping_cost", 0))


def _discounted(item: Any) -> Decimal:
    return int(item["quantity"]) * cents(exact(item["price"]) * (100 - exact(item.get("discount_percentage", 0))) / 100)


def _analytics(a: Any) -> Iterator[Claim]:
    sales, customers = a["sales_metrics"], a.get("customer_metrics", {})
    revenue = exact(sales["total_revenue"])
    yield "average_order_value", sales.get("average_order_value"), cents(revenue / sales["total_orders"])
    if channels := sales.get("revenue_by_channel"):
        yield "total_revenue", sales["total_revenue"], total(list(channels.values()), exact)
    yield (
        "total_customers",
        customers.get("total_customers"),
        customers.get("new_customers", 0) + customers.get("returning_customers", 0),
    )


def _network(a: Any) -> Iterator[Claim]:
    online = sum(device["status"] == "online" for device in a["devices"])
    health = a.get("network_health", {})
    yield "devices_online", health.get("devices_online"), online
    yield "devices_offline", health.get("devices_offline"), len(a["devices"]) - online


def _transaction(a: Any) -> Iterator[Claim]:
    def paid(*sides: str) -> Decimal:
        return total([p for p in a["parties"] if p["party_type"] in sides], lambda p: exact(p["amount_involved"]))

    yield "total_amount", a["total_amount"], paid("payer")
    yield "what payees and agents receive", paid("payee", "agent"), paid("payer")
    for place, party in enumerate(a["parties"]):
        if fees := party.get("fees"):
            yield (
                f"parties/{place}/fees/total_fees",
                fees["total_fees"],
                exact(fees["processing_fee"]) + exact(fees["platform_fee"]),
            )


def _organization(a: Any) -> Iterator[Claim]:
    yield (
        "total_employees",
        a.get("total_employees"),
        sum(team["team_size"] for dep in a["departments"] for team in dep["teams"]),
    )


def _nothing(_: Any) -> Iterator[Claim]:
    yield from ()


RULES: dict[str, Callable[[Any], Iterator[Claim]]] = {
    "invoice": _invoice,
    "order_details": _order,
    "shopping_cart": _cart,
    "ecommerce_analytics": _analytics,
    "iot_device_network": _network,
    "multi_party_transaction": _transaction,
    "nested_organization": _organization,
}
