"""Records of the nine medium schemas, one function a schema."""

import datetime
from decimal import Decimal

from paperlib.benchmark.records.draw import Draw, Record, days_after, percent, slug
from paperlib.benchmark.words import general, goods, medicine, phrases

TAX_RATES = (0, 5, 7, 8, 10, 19, 20, 21)


def api_response(d: Draw) -> Record:
    metadata = {
        "request_id": d.key("REQ", 6),
        "timestamp": d.rfc3339(d.timestamp()),
        "version": d.maybe(70, f"v{d.between(1, 4)}.{d.between(0, 9)}"),
    }
    if d.between(1, 2) == 1:
        total, size = d.between(30, 4800), d.pick((10, 20, 25, 50))
        page = d.between(1, -(-total // size))
        return {
            "status_code": d.pick((200, 200, 206)),
            "message": d.fill(d.pick(phrases.successes), total=total, page=page),
            "pagination": {"page": page, "per_page": size, "total": total},
            "metadata": d.maybe(85, metadata),
        }
    status = d.pick((400, 422, d.pick(tuple(phrases.failures))))
    errors = [{"field": field, "message": d.fill(message)} for field, message in d.some(phrases.refusals, 1, 3)]
    in_fields = status in (400, 422)
    return {
        "status_code": status,
        "message": d.fill(d.pick(phrases.failures[status]), refused=len(errors)),
        "errors": errors if in_fields else None,
        "metadata": d.maybe(85, metadata) if in_fields else metadata,
    }


def email_metadata(d: Draw) -> Record:
    sender, *others = (p.email for p in d.people(3, 6))
    cut = d.between(1, len(others))
    files = [_attachment(d, *kind) for kind in d.some(general.attachments, 1, 2)]
    return {
        "message_id": f"{d.shape('##??#?##').lower()}.{d.between(100, 999)}@mx{d.between(1, 9)}.example.net",
        "from": sender,
        "to": others[:cut],
        "cc": d.maybe(60, others[cut:][:2]),
        "subject": d.sentence(phrases.subjects),
        "date": d.rfc3339(d.timestamp()),
        "is_read": d.maybe(80, d.pick((True, False))),
        "attachments": d.maybe(55, files),
    }


def _attachment(d: Draw, stem: str, ending: str, kind: str, low: int, high: int) -> Record:
    name = d.pick((f"{stem}.{ending}", f"{stem}-{d.year}.{ending}", f"{stem}_v{d.between(2, 9)}.{ending}"))
    return {
        "filename": name,
        "content_type": d.maybe(80, kind),
        "size": d.maybe(80, d.between(low * 1000, high * 1000)),
    }


def event_registration(d: Draw) -> Record:
    person, contact = d.people(2, 2)
    opened = d.timestamp()
    ahead = d.between(3, 120)
    year = (opened + datetime.timedelta(days=ahead)).year
    name = f"{d.place()} {d.pick(general.event_topics)} {d.pick(general.event_kinds)}" + d.pick(("", f" {year}"))
    return {
        "event_name": name,
        "event_date": d.maybe(85, days_after(opened, ahead)),
        "attendee_name": person.name,
        "attendee_email": person.email,
        "ticket_type": d.pick(("standard", "standard", "student", "vip", "early_bird", "speaker")),
        "dietary_requirements": d.maybe(60, d.some(general.dietary_requirements, 1, 2)),
        "emergency_contact": d.maybe(60, {"name": contact.name, "phone": d.phone()}),
        "registration_date": d.maybe(80, days_after(opened, 0)),
    }


def invoice(d: Draw) -> Record:
    issued = d.timestamp()
    lines = [_line(d, *position) for position in _positions(d)]
    subtotal = sum((line["total"] for line in lines), Decimal(0))
    tax = percent(subtotal, d.pick(TAX_RATES))
    with_tax = d.between(1, 100) <= 80
    return {
        "invoice_number": d.pick((d.key("INV"), d.code("INV"), d.shape("RE######"))),
        "invoice_date": issued.date().isoformat(),
        "due_date": d.maybe(80, days_after(issued, d.pick((7, 14, 21, 30, 45)))),
        "customer_name": d.pick((d.person().name, d.company())),
        "line_items": lines,
        "subtotal": d.maybe(80, subtotal),
        "tax": tax if with_tax else None,
        "total_amount": subtotal + (tax if with_tax else 0),
        "payment_status": d.maybe(80, d.pick(("paid", "unpaid", "overdue", "partial"))),
    }


def _positions(d: Draw) -> list[tuple[str, Decimal]]:
    """Description and unit price of what an invoice bills: either work or goods."""
    if d.between(1, 2) == 1:
        return [(name, d.price(low, high)) for name, low, high in d.some(goods.services, 1, 3)]
    return [(article.name, article.price) for article in d.articles(1, 3)]


def _line(d: Draw, name: str, price: Decimal) -> Record:
    quantity = d.pick((1, 1, 2, 3, d.between(2, 24)))
    return {"description": name, "quantity": quantity, "unit_price": price, "total": quantity * price}


def medical_record(d: Draw) -> Record:
    test = d.pick(tuple(medicine.lab_tests))
    return {
        "patient_id": d.key("PAT", 6),
        "test_type": test,
        "test_date": d.timestamp().date().isoformat(),
        "ordering_physician": d.maybe(75, f"Dr. {d.person().name}"),
        "lab_name": d.maybe(75, d.sentence(medicine.labs)),
        "results": [_measured(d, *kind) for kind in d.some(medicine.lab_tests[test], 1, 3)],
        "status": d.maybe(75, d.pick(("final", "final", "preliminary", "corrected"))),
    }


def _measured(d: Draw, parameter: str, unit: str, low: float, high: float, digits: int) -> Record:
    """A value in its reference range or a little beyond, with the number of decimals that laboratories report."""
    scale = 10**digits
    bottom, top = round(low * scale), round(high * scale)
    margin = max((top - bottom) // 4, 1)
    value = d.decimal(max(bottom - margin, 1), top + margin, digits)
    return {
        "parameter": parameter,
        "value": value if digits else int(value),
        "unit": unit,
        "reference_range": d.maybe(70, f"{low}-{high}"),
    }


def meeting_notes(d: Draw) -> Record:
    start, people = d.timestamp(), d.people(2, 4)
    roles = d.some(general.roles, 4, 4)
    with_role, with_email = d.maybe(60, True), d.maybe(40, True)
    tasks = [
        {
            "task": d.fill(task),
            "assigned_to": d.pick(people).name,
            "due_date": d.maybe(75, days_after(start, d.between(2, 40))),
        }
        for task in d.some(phrases.tasks, 1, 2)
    ]
    return {
        "meeting_title": d.sentence(phrases.meetings),
        "date": start.date().isoformat(),
        "duration_minutes": d.maybe(75, 15 * d.between(1, 10)),
        "attendees": [
            {"name": p.name, "role": role if with_role else None, "email": p.email if with_email else None}
            for p, role in zip(people[:3], roles, strict=False)
        ],
        "location": d.maybe(60, d.sentence(phrases.rooms)),
        "action_items": d.maybe(65, tasks),
        "notes": d.maybe(50, d.sentence(phrases.notes)),
    }


def order_details(d: Draw) -> Record:
    person = d.person()
    items: list[Record] = [
        {"product_name": a.name, "quantity": d.pick((1, 1, 1, 2, 3, 4)), "price": a.price} for a in d.articles(1, 3)
    ]
    return {
        "order_id": d.key("ORD"),
        "order_date": d.maybe(80, d.timestamp().date().isoformat()),
        "customer_name": person.name,
        "customer_email": d.maybe(70, person.email),
        "items": items,
        "shipping_address": d.maybe(80, d.address(d.location())),
        "total_amount": sum((item["quantity"] * item["price"] for item in items), Decimal(0)),
        "status": d.maybe(70, d.pick(("pending", "processing", "shipped", "delivered", "cancelled"))),
    }


def shopping_cart(d: Draw) -> Record:
    items = [
        {
            "product_id": d.code("P", 4),
            "product_name": a.name,
            "price": a.price,
            "quantity": d.pick((1, 1, 2, 3)),
            "discount_percentage": d.maybe(35, d.pick((5, 10, 15, 20, 25))),
        }
        for a in d.articles(1, 3)
    ]
    subtotal = sum((_discounted(item) for item in items), Decimal(0))
    tax = d.maybe(60, percent(subtotal, d.pick(TAX_RATES)))
    shipping = d.maybe(
        60, d.pick((Decimal("0.00"), Decimal("4.90"), Decimal("5.99"), Decimal("7.50"), Decimal("12.00")))
    )
    return {
        "cart_id": d.key("CART"),
        "user_id": d.code("U", 6),
        "items": items,
        "subtotal": d.maybe(75, subtotal),
        "tax": tax,
        "shipping_cost": shipping,
        "coupon_code": d.maybe(30, d.shape(d.pick(("SPRING##", "HELLO#", "SAVE##", "VIP-????")))),
        "total": subtotal + (tax or 0) + (shipping or 0),
        "last_updated": d.maybe(60, d.rfc3339(d.timestamp())),
    }


def _discounted(item: Record) -> Decimal:
    """What the articles of one line of a cart cost: the price less its discount, to the cent, times the quantity."""
    return int(item["quantity"]) * percent(item["price"], 100 - (item["discount_percentage"] or 0))


def support_ticket(d: Draw) -> Record:
    category = d.pick(tuple(phrases.tickets))
    subject, description = d.pick(phrases.tickets[category])
    person, opened = d.person(), d.timestamp()
    return {
        "ticket_id": d.key("TCK"),
        "customer_name": person.name,
        "customer_email": d.maybe(75, person.email),
        "subject": subject,
        "description": d.maybe(75, d.fill(description)),
        "category": d.maybe(70, category),
        "priority": d.pick(("low", "medium", "high", "urgent")),
        "status": d.pick(("open", "in_progress", "waiting", "resolved", "closed")),
        "created_at": d.maybe(80, d.rfc3339(opened)),
        "updated_at": d.maybe(50, d.rfc3339(d.later(opened, 5, 9000))),
        "assigned_to": d.maybe(60, slug(d.person().name)[:12]),
    }
