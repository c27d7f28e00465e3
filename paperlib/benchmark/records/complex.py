"""Records of the five complex schemas, one function a schema."""

import datetime
from decimal import Decimal

from paperlib.benchmark.records.draw import Article, Draw, Record, cents, days_after, percent, slug
from paperlib.benchmark.words import general, medicine, phrases


def ecommerce_analytics(d: Draw) -> Record:
    start, (kind, days) = d.timestamp(), d.pick((("weekly", 6), ("monthly", 29), ("quarterly", 90)))
    sellers = sorted((_seller(d, a) for a in d.articles(2, 3)), key=lambda s: Decimal(s["revenue"]), reverse=True)
    customers = d.between(80, 2400), d.between(60, 3900)
    counts = {
        "total_customers": sum(customers),
        "new_customers": customers[0],
        "returning_customers": customers[1],
        "churn_rate": d.maybe(60, d.decimal(8, 190, 1)),
    }
    trends = {
        "revenue_growth_percentage": d.decimal(-180, 420, 1),
        "customer_growth_percentage": d.maybe(60, d.decimal(-120, 300, 1)),
    }
    return {
        "report_id": d.key("REP"),
        "report_period": {
            "start_date": days_after(start, 0),
            "end_date": days_after(start, days),
            "period_type": d.maybe(75, kind),
        },
        "sales_metrics": _sales(d, sum((s["revenue"] for s in sellers), Decimal(0)), sum(customers)),
        "product_performance": {"top_selling_products": sellers},
        "customer_metrics": d.maybe(65, counts),
        "trends": d.maybe(45, trends),
    }


def _seller(d: Draw, article: Article) -> Record:
    units = d.between(24, 640)
    stock = {"current_stock": d.between(0, 900), "reorder_point": d.maybe(60, 10 * d.between(2, 20))}
    return {
        "product_id": d.code("P", 4),
        "product_name": article.name,
        "units_sold": units,
        "revenue": units * article.price,
        "inventory_status": d.maybe(40, stock),
    }


def _sales(d: Draw, best: Decimal, customers: int) -> Record:
    """Revenue well above that of the best sellers, its split by channel, and the averages that follow from it."""
    revenue, orders = cents(best * d.between(160, 540) / 100), customers + d.between(10, customers)
    names = d.some(("mobile_app", "marketplace", "physical_store"), 1, 3)
    shares = {name: percent(revenue, d.decimal(500, 2900, 2)) for name in names}
    split = {
        "website": revenue - sum(shares.values()),
        **{name: shares.get(name) for name in ("mobile_app", "marketplace", "physical_store")},
    }
    return {
        "total_revenue": revenue,
        "total_orders": orders,
        "average_order_value": d.maybe(75, cents(revenue / orders)),
        "conversion_rate": d.maybe(60, d.decimal(90, 680, 2)),
        "revenue_by_channel": d.maybe(70, split),
    }


def iot_device_network(d: Draw) -> Record:
    seen = d.timestamp()
    devices = [_device(d, seen, place) for place in d.some(general.places, 2, 3)]
    owner = d.pick((f"{d.pick(general.last_names)} Estate", d.company(), f"{d.place()} {d.pick(general.buildings)}"))
    where = {
        "building": d.pick(general.buildings),
        "floor": d.maybe(75, d.pick(general.floors)),
        "room": d.maybe(40, f"Room {d.between(1, 420)}"),
    }
    online = sum(device["status"] == "online" for device in devices)
    health = {
        "overall_status": d.maybe(75, "healthy" if online == len(devices) else "degraded" if online else "critical"),
        "devices_online": online,
        "devices_offline": len(devices) - online,
        "uptime_percentage": d.maybe(60, d.decimal(9000, 9999, 2)),
    }
    return {
        "network_id": d.key("NET"),
        "network_name": owner,
        "location": d.maybe(60, where),
        "devices": devices,
        "automation_rules": d.maybe(55, [_rule(d, devices)]),
        "network_health": d.maybe(60, health),
    }


def _device(d: Draw, seen: datetime.datetime, place: str) -> Record:
    kind, status = d.pick(tuple(general.devices)), d.pick(("online", "online", "online", "offline", "maintenance"))
    state = {
        "power": d.maybe(60, status == "online"),
        "battery_level": d.maybe(70, d.between(4, 100)) if kind not in ("light", "gateway") else None,
        "signal_strength": -d.between(32, 92),
    }
    return {
        "device_id": d.code(kind[:3].upper(), 4),
        "device_name": f"{place} {kind.title()}",
        "device_type": kind,
        "status": status,
        "firmware_version": d.maybe(40, d.fill("{version}")),
        "last_seen": d.maybe(30, d.rfc3339(d.later(seen, 0, 240))),
        "current_state": d.maybe(65, state),
    }


def _rule(d: Draw, devices: list[Record]) -> Record:
    watched = d.pick(devices)
    quantity, operator, values = d.pick(general.devices[watched["device_type"]])
    trigger = {
        "device_id": watched["device_id"],
        "condition_type": quantity,
        "operator": operator,
        "condition_value": d.pick(values),
    }
    return {
        "rule_id": d.code("RULE", 3),
        "rule_name": d.sentence(phrases.rules[quantity]),
        "enabled": d.pick((True, False)),
        "triggers": [trigger],
    }


def medical_encounter(d: Draw) -> Record:
    visit, place = d.timestamp(), d.location()
    main, other = d.some(medicine.conditions, 2, 2)
    found = [main] if d.between(1, 100) <= 60 else [main, other]
    kinds = ("primary", d.pick(("secondary", "differential")))
    diagnoses = [
        {"icd10_code": condition["code"], "diagnosis_name": condition["name"], "diagnosis_type": d.maybe(75, kind)}
        for condition, kind in zip(found, kinds, strict=False)
    ]
    clinic = {
        "facility_name": d.fill(d.pick(medicine.clinics), city=place.city),
        "address": d.maybe(60, d.address(place)),
    }
    follow_up = {
        "recommended_in_days": d.pick((3, 7, 10, 14, 21, 30, 60, 90)),
        "instructions": d.maybe(65, d.sentence(medicine.follow_ups)),
    }
    return {
        "encounter_id": d.key("ENC"),
        "visit_date": d.rfc3339(visit),
        "facility": d.maybe(50, clinic),
        "patient": _patient(d),
        "provider": {
            "provider_id": d.maybe(40, d.code("DR", 4)),
            "name": f"Dr. {d.person().name}",
            "specialty": d.maybe(75, main["specialty"]),
        },
        "chief_complaint": d.fill(main["complaint"]),
        "vitals": d.maybe(70, _vitals(d, "fever" in main["complaint"])),
        "diagnoses": diagnoses,
        "medications": d.maybe(75, [_medicine(d, condition) for condition in found]),
        "follow_up": d.maybe(60, follow_up),
    }


def _patient(d: Draw) -> Record:
    person, born = d.person(), d.timestamp() - datetime.timedelta(days=d.between(6700, 31000))
    cover = {"provider": d.pick(medicine.insurers), "policy_number": d.shape("??######")}
    return {
        "patient_id": d.code("PAT", 6),
        "name": person.name,
        "date_of_birth": born.date().isoformat(),
        "gender": d.maybe(60, person.gender),
        "insurance": d.maybe(50, cover),
    }


def _vitals(d: Draw, feverish: bool) -> Record:
    high = d.between(98, 172)
    with_pressure = d.between(1, 100) <= 75
    return {
        "blood_pressure_systolic": high if with_pressure else None,
        "blood_pressure_diastolic": high - d.between(32, 58) if with_pressure else None,
        "heart_rate": d.between(52, 118),
        "temperature": d.maybe(70, d.decimal(381, 395, 1) if feverish else d.decimal(361, 374, 1)),
        "oxygen_saturation": d.maybe(60, d.between(91, 100)),
    }


def _medicine(d: Draw, condition: Record) -> Record:
    return {
        "medication_name": condition["medicine"],
        "dosage": d.pick(condition["dosages"]),
        "frequency": condition["frequency"],
        "duration": d.maybe(70, d.pick(medicine.durations)),
    }


def multi_party_transaction(d: Draw) -> Record:
    kind, start = d.pick(("escrow", "split_payment", "marketplace")), d.timestamp()
    purpose = {
        "purpose": d.pick(general.purposes),
        "reference_number": d.maybe(60, d.code("REF", 6)),
        "tags": d.maybe(40, d.some(general.payment_tags, 1, 3)),
    }
    checks = {
        "kyc_verified": d.pick((True, True, False)),
        "aml_checked": d.pick((True, True, False)),
        "jurisdiction": d.maybe(75, d.pick(general.jurisdictions)),
    }
    parties = _split(d) if kind == "split_payment" else _brokered(d, "Escrow" if kind == "escrow" else "Market")
    return {
        "transaction_id": d.key("TXN"),
        "transaction_type": kind,
        "initiation_timestamp": d.rfc3339(start),
        "completion_timestamp": d.maybe(55, d.rfc3339(d.later(start, 20, 20000))),
        "total_amount": sum((p["amount_involved"] for p in parties if p["party_type"] == "payer"), Decimal(0)),
        "currency": d.pick(general.currencies),
        "parties": parties,
        "compliance": d.maybe(50, checks),
        "metadata": d.maybe(60, purpose),
    }


def _split(d: Draw) -> list[Record]:
    """Two payers who share what one payee receives."""
    shares = [d.price(60, 4200), d.price(60, 4200)]
    payers = [_party(d, "payer", person.name, share) for person, share in zip(d.people(2, 2), shares, strict=True)]
    return [*payers, _party(d, "payee", d.company(), sum(shares, Decimal(0)))]


def _brokered(d: Draw, trade: str) -> list[Record]:
    """A payer, a payee, and an agent between them who keeps part of the amount as a fee."""
    amount = d.price(400, 48000)
    fee = percent(amount, d.decimal(50, 600, 2))
    buyer, seller = d.people(2, 2)
    agent = f"{d.pick(general.company_roots)} {trade}{d.pick(general.company_forms)}"
    return [
        _party(d, "payer", buyer.name, amount),
        _party(d, "payee", d.pick((seller.name, d.company())), amount - fee),
        _party(d, "agent", agent, fee),
    ]


def _party(d: Draw, side: str, name: str, amount: Decimal) -> Record:
    account = {
        "account_number": d.shape(d.mask),
        "bank_name": d.pick(general.banks),
        "account_type": d.maybe(60, "business" if side == "agent" else d.pick(("checking", "savings"))),
    }
    processing, platform = d.decimal(25, 1900, 2), d.decimal(100, 4900, 2)
    fees = {"processing_fee": processing, "platform_fee": platform, "total_fees": processing + platform}
    return {
        "party_id": d.code("PTY", 4),
        "name": name,
        "party_type": side,
        "amount_involved": amount,
        "account": d.maybe(45, account),
        "fees": d.maybe(35, fees) if side != "agent" else None,
    }


def nested_organization(d: Draw) -> Record:
    company, place = d.company(), d.location()
    departments = [_department(d, name, slug(company.split()[0])) for name in d.some(tuple(general.departments), 2, 3)]
    founded = datetime.date(d.between(1921, 2017), d.between(1, 12), d.between(1, 28))
    total = sum(team["team_size"] for department in departments for team in department["teams"])
    return {
        "company_id": d.key("ORG", 4),
        "company_name": company,
        "founded_date": d.maybe(60, founded.isoformat()),
        "headquarters": {"address": d.address(place), "timezone": d.maybe(55, place.timezone)},
        "departments": departments,
        "total_employees": d.maybe(75, total),
    }


def _department(d: Draw, name: str, domain: str) -> Record:
    person = d.person()
    manager = {"name": person.name, "email": d.maybe(50, f"{person.email.split('@')[0]}@{domain}.example")}
    teams = [
        {"team_name": team, "team_lead": d.maybe(50, d.person().name), "team_size": d.between(2, 38)}
        for team in d.some(general.departments[name], 1, 2)
    ]
    return {
        "department_id": d.code(general.department_codes[name], 3),
        "department_name": name,
        "manager": d.maybe(65, manager),
        "budget": d.maybe(60, 1000 * d.between(60, 2900) + Decimal("0.00")),
        "teams": teams,
    }
