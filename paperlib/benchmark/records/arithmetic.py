"""Checks that the sums, taxes and counts in an answer follow from its other numbers, to the cent, schema by schema."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from paperlib.benchmark.records.draw import cents, percent

Claim = tuple[str, Any, Any]  # a stated number's name, its value (None where it is left out), the value that follows


def mistakes(schema_id: str, answer: Any) -> Iterator[str]:
    """One sentence for each stated number that does not follow from the others; none for a schema without sums.

    ``answer`` must follow its schema: a missing required field raises KeyError.
    """
    for name, stated, expected in RULES[schema_id](answer) if schema_id in RULES else ():
        if stated is not None and _exact(stated) != _exact(expected):
            yield f"{name} is {stated}, but the other numbers give {expected}"


def _exact(number: float | int | Decimal) -> Decimal:
    """A JSON number as the decimal it is written as."""
    return Decimal(str(number))


def _total(rows: list[Any], value: Callable[[Any], Decimal]) -> Decimal:
    return sum((value(row) for row in rows), Decimal(0))


def _invoice(a: Any) -> Iterator[Claim]:
    lines = a["line_items"]
    for place, line in enumerate(lines):
        yield f"line_items/{place}/total", line["total"], line["quantity"] * _exact(line["unit_price"])
    subtotal = _total(lines, lambda line: _exact(line["total"]))
    yield "subtotal", a.get("subtotal"), subtotal
    yield "total_amount", a["total_amount"], subtotal + _exact(a.get("tax", 0))


def _order(a: Any) -> Iterator[Claim]:
    yield "total_amount", a["total_amount"], _total(a["items"], lambda item: item["quantity"] * _exact(item["price"]))


def _cart(a: Any) -> Iterator[Claim]:
    subtotal = _total(a["items"], _discounted)
    yield "subtotal", a.get("subtotal"), subtotal
    yield "total", a["total"], subtotal + _exact(a.get("tax", 0)) + _exact(a.get("shipping_cost", 0))


def _discounted(item: Any) -> Decimal:
    rest = 100 - _exact(item.get("discount_percentage", 0))
    return int(item["quantity"]) * percent(_exact(item["price"]), rest)


def _analytics(a: Any) -> Iterator[Claim]:
    sales, customers = a["sales_metrics"], a.get("customer_metrics", {})
    revenue = _exact(sales["total_revenue"])
    yield "average_order_value", sales.get("average_order_value"), cents(revenue / sales["total_orders"])
    if channels := sales.get("revenue_by_channel"):
        yield "total_revenue", sales["total_revenue"], _total(list(channels.values()), _exact)
    parts = customers.get("new_customers", 0) + customers.get("returning_customers", 0)
    yield "total_customers", customers.get("total_customers"), parts


def _network(a: Any) -> Iterator[Claim]:
    online = sum(device["status"] == "online" for device in a["devices"])
    health = a.get("network_health", {})
    yield "devices_online", health.get("devices_online"), online
    yield "devices_offline", health.get("devices_offline"), len(a["devices"]) - online


def _transaction(a: Any) -> Iterator[Claim]:
    def paid(*sides: str) -> Decimal:
        return _total([p for p in a["parties"] if p["party_type"] in sides], lambda p: _exact(p["amount_involved"]))

    yield "total_amount", a["total_amount"], paid("payer")
    yield "what payees and agents receive", paid("payee", "agent"), paid("payer")
    for place, party in enumerate(a["parties"]):
        if fees := party.get("fees"):
            parts = _exact(fees["processing_fee"]) + _exact(fees["platform_fee"])
            yield f"parties/{place}/fees/total_fees", fees["total_fees"], parts


def _organization(a: Any) -> Iterator[Claim]:
    sizes = sum(team["team_size"] for department in a["departments"] for team in department["teams"])
    yield "total_employees", a.get("total_employees"), sizes


def _inspection(a: Any) -> Iterator[Claim]:
    yield "repair_estimate", a.get("repair_estimate"), _total(a.get("defects", []), lambda x: _exact(x["repair_cost"]))


def _energy(a: Any) -> Iterator[Claim]:
    net = _total(a["charges"], lambda line: _exact(line["net_amount"]))
    taxes = _total(a["charges"], lambda line: percent(_exact(line["net_amount"]), line["tax_rate"]))
    meter = a["meter"]
    if "opening_reading" in meter and "closing_reading" in meter:
        yield "meter/consumed_kwh", meter["consumed_kwh"], meter["closing_reading"] - meter["opening_reading"]
    yield "tax_sum", a.get("tax_sum"), taxes
    yield "amount_payable", a["amount_payable"], net + taxes


def _itinerary(a: Any) -> Iterator[Claim]:
    fare = a["fare"]
    parts = [_exact(fare.get(key, 0)) for key in ("base_fare", "airport_charges", "bag_fees")]
    yield "fare/fare_total", fare["fare_total"], sum(parts, Decimal(0))


def _greenhouse(a: Any) -> Iterator[Claim]:
    rows = [row for bay in a["bays"] for row in bay["plantings"]]
    yield "seed_spend", a["seed_spend"], _total(rows, lambda row: _exact(row["seed_cost"]))


RULES: dict[str, Callable[[Any], Iterator[Claim]]] = {
    "invoice": _invoice,
    "order_details": _order,
    "shopping_cart": _cart,
    "ecommerce_analytics": _analytics,
    "iot_device_network": _network,
    "multi_party_transaction": _transaction,
    "nested_organization": _organization,
    "vehicle_inspection": _inspection,
    "energy_bill": _energy,
    "flight_itinerary": _itinerary,
    "greenhouse_plan": _greenhouse,
}
