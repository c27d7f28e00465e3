"""Records of the ten simple schemas, one function a schema."""

from paperlib.benchmark.records.draw import Draw, Record
from paperlib.benchmark.words import general, phrases


def contact_info(d: Draw) -> Record:
    person = d.person()
    return {"name": person.name, "email": person.email, "phone": d.maybe(85, d.phone())}


def location(d: Draw) -> Record:
    place = d.location()
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "address": d.maybe(75, f"{place.street}, {place.city}"),
        "timezone": d.maybe(75, place.timezone),
    }


def log_entry(d: Draw) -> Record:
    level = d.pick(tuple(phrases.logs))
    source, message = d.pick(phrases.logs[level])
    return {
        "timestamp": d.rfc3339(d.timestamp()),
        "level": level,
        "message": d.fill(message),
        "source": d.maybe(75, source),
    }


def notification(d: Draw) -> Record:
    title, body, priority = d.pick(phrases.notifications)
    return {
        "title": title,
        "body": d.fill(body),
        "timestamp": d.maybe(85, d.rfc3339(d.timestamp())),
        "priority": d.maybe(80, priority),
    }


def product_info(d: Draw) -> Record:
    article = d.article()
    both = d.between(1, 4)  # at most one of the two optional fields is left out
    return {
        "product_name": article.name,
        "price": article.price,
        "quantity": d.between(0, 480),
        "category": article.category if both != 1 else None,
        "sku": f"{article.category[:3].upper()}-{d.shape('####')}" if both != 2 else None,
    }


def rating(d: Draw) -> Record:
    stars = d.between(1, 5)
    openings, endings = phrases.reviews[stars]
    return {
        "reviewer_name": d.person().name,
        "rating": stars,
        "review_text": d.maybe(80, f"{d.sentence(openings)} {d.sentence(endings)}"),
        "date": d.maybe(75, d.timestamp().date().isoformat()),
    }


def sensor_reading(d: Draw) -> Record:
    number, place, at = d.code("SN", 4), d.pick(general.places).lower().replace(" ", "-"), d.between(1, 40)
    return {
        "sensor_id": d.pick((number, f"{place}-{at}", d.key("SENSOR", 4))),
        "temperature": d.decimal(-180, 420, d.pick((1, 1, 2))),
        "humidity": d.maybe(80, d.decimal(120, 980, 1)),
        "timestamp": d.rfc3339(d.timestamp()),
    }


def simple_config(d: Draw) -> Record:
    return {
        "theme": d.pick(general.themes),
        "language": d.pick(general.locales),
        "notifications_enabled": d.maybe(85, d.pick((True, False))),
        "font_size": d.maybe(80, d.between(8, 28)),
    }


def tag_list(d: Draw) -> Record:
    return {
        "item_id": d.key(d.pick(("ITEM", "POST", "IMG", "DOC"))),
        "tags": d.some(general.tags, 2, 5),
        "created_by": d.maybe(80, d.person().username),
    }


def user_profile(d: Draw) -> Record:
    return {
        "username": d.person().username,
        "age": d.between(16, 84),
        "city": d.place(),
        "preferences": d.maybe(75, d.some(general.topics, 2, 4)),
    }
