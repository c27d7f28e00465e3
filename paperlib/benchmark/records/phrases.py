"""Phrases with slots, and small tables of facts. ``{name}`` is filled by the provider of that name in values.py."""

# level -> (component, message)
LOGS = {
    "DEBUG": (
        ("session-store", "Cache {word} holds {count} entries"),
        ("search-index", "Query took {few} ms and returned {count} rows"),
        ("scheduler", "Retry {few} planned for job {count}"),
        ("report-worker", "Loaded {few} plugins from {host}"),
        ("gateway", "Parsed {count} bytes of header from {ip}"),
    ),
    "INFO": (
        ("auth-service", "User {username} signed in from {ip}"),
        ("backup-agent", "Backup of {host} finished in {count} s"),
        ("scheduler", "Worker {few} started on {host}"),
        ("inventory", "Imported {count} records from {host}"),
        ("web-frontend", "Configuration reloaded by {username}"),
        ("search-index", "Index {word} rebuilt with {count} documents"),
    ),
    "WARNING": (
        ("disk-monitor", "Disk usage on {host} at {high} percent"),
        ("gateway", "Slow response from {host}: {count} ms"),
        ("mailer", "Queue {word} holds {count} messages"),
        ("web-frontend", "Certificate of {host} expires in {few} days"),
        ("auth-service", "{few} failed sign-ins for {username}"),
    ),
    "ERROR": (
        ("gateway", "Connection to {host} refused after {few} attempts"),
        ("report-worker", "Cannot write {word}.tmp: no space left on device"),
        ("billing", "Payment {count} was declined by the provider"),
        ("web-frontend", "Request from {ip} timed out after {few} s"),
        ("image-resizer", "Upload by {username} failed its checksum"),
    ),
    "CRITICAL": (
        ("billing", "Database on {host} is not reachable"),
        ("scheduler", "Out of memory on {host}, {few} workers killed"),
        ("power-monitor", "Power supply {few} of {host} has failed"),
        ("session-store", "Replication of {word} is {count} s behind"),
    ),
}
HOSTS = ("db", "web", "cache", "mail", "build", "store", "proxy", "queue")
WORDS = (
    "orders",
    "sessions",
    "invoices",
    "thumbnails",
    "accounts",
    "events",
    "catalog",
    "metrics",
    "uploads",
    "drafts",
)

# title, body, priority
NOTIFICATIONS = (
    ("Parcel on its way", "Your order {order} leaves our warehouse today.", "normal"),
    ("Table confirmed", "We expect you on {weekday} at {clock}, party of {few}.", "normal"),
    ("Payment received", "We have received your payment of {amount} dollars.", "low"),
    ("Unusual sign-in", "Somebody signed in to your account from {place}.", "high"),
    ("Storm warning", "Strong winds expected near {place} from {clock}.", "high"),
    ("Library reminder", "{count} pages to go: your loan ends on {weekday}.", "low"),
    ("New message", "{name} sent you {few} photos.", "normal"),
    ("Gate changed", "Your flight to {place} now leaves from gate {few}.", "high"),
    ("Battery low", "Sensor {sensor} has {percent} percent left.", "normal"),
    ("Price drop", "The {product} on your list is now {few} percent cheaper.", "low"),
    ("Appointment moved", "Your visit with Dr. {surname} is now on {weekday} at {clock}.", "normal"),
    ("Goal reached", "You walked {count} steps before {clock}.", "low"),
    ("Water shut-off", "No water in {street} on {weekday} until {clock}.", "high"),
    ("Delivery failed", "Nobody was at home; collect {order} at {street}.", "normal"),
)

# stars -> openings and endings of a review
REVIEWS = {
    1: (
        (
            "Broke after {few} days.",
            "Arrived scratched.",
            "Stopped working on {weekday}.",
            "Nothing like the {product} shown.",
        ),
        ("I want my money back.", "Avoid it.", "Support never answered.", "My {relative} warned me."),
    ),
    2: (
        (
            "Cheaper than the {product} it replaced.",
            "Smaller than it looks.",
            "Works, but barely.",
            "Late by {few} days.",
        ),
        ("I would not buy it again.", "Returned it after {few} days.", "Disappointing.", "It smells of glue."),
    ),
    3: (
        (
            "Does what it says, no more.",
            "Decent quality, slow delivery.",
            "Average finish.",
            "My {relative} likes it, I do not.",
        ),
        ("Fine for occasional use.", "The manual is unclear.", "I expected more.", "Needed {few} hours to set up."),
    ),
    4: (
        ("Solid and easy to clean.", "Better than my old {product}.", "Here within {few} days.", "Good value."),
        ("Only the colour is a bit off.", "My {relative} likes it too.", "The box was torn.", "Bought {few} of them."),
    ),
    5: (
        ("Exactly what I was looking for.", "I use it every day.", "Beautifully made.", "Goes well with my {product}."),
        ("Bought one for my {relative}.", "Worth every cent.", "Still like new after {few} months.", "Thank you!"),
    ),
}
RELATIVES = ("sister", "brother", "father", "mother", "daughter", "son", "neighbour", "uncle")

SUCCESSES = (
    "{total} records found.",
    "Request completed in {few} ms.",
    "Page {page} of the catalogue.",
    "Search finished with {total} matches.",
    "List of {word} returned.",
    "Showing {word}, page {page}.",
)
FAILURES = {
    400: ("The request could not be read.", "Some parameters are missing."),
    401: ("The access token has expired.", "Sign in before you call this address."),
    403: ("Account {username} may not change these {word}.", "Your plan does not include {word}."),
    404: ("There is no order {order}.", "No {word} match this address."),
    409: ("Order {order} was changed by somebody else.", "User name {username} is already taken."),
    422: ("Number of refused fields: {refused}.", "The {word} you sent do not pass validation."),
    429: ("Too many calls; try again in {few} seconds.", "Limit of {count} calls an hour reached."),
    500: ("An internal error occurred.", "Host {host} failed unexpectedly."),
    503: ("The service is down for maintenance until {clock}.", "Host {host} is overloaded."),
}
REFUSALS = (
    ("email", "is not a valid address"),
    ("zip_code", "must have five digits"),
    ("quantity", "must be at least 1"),
    ("start_date", "lies in the past"),
    ("password", "is shorter than {few} characters"),
    ("phone", "contains letters"),
    ("coupon", "expired on {weekday}"),
    ("age", "must be a whole number"),
    ("country", "is not supported"),
)

SUBJECTS = (
    "Agenda for {weekday}",
    "Re: offer for {few} chairs",
    "Photos from {place}",
    "Your order {order}",
    "Budget draft, version {few}",
    "Lunch on {weekday}?",
    "Minutes of the {place} meeting",
    "Fwd: train tickets to {place}",
    "Contract with {company}",
    "Question about {product}",
    "Handover to {name}",
    "Invitation: {name} retires",
    "Room change to {street}",
)

# category -> (subject, description)
TICKETS = {
    "account": (
        ("Cannot sign in", "The sign-in page rejects my password since {weekday}, even after a reset."),
        ("Change of address", "Please move my account to {street} from {weekday} on."),
        ("Second account", "{name} and I need separate accounts but share one e-mail address."),
    ),
    "billing": (
        ("Charged twice", "My card was charged {amount} twice for order {order}."),
        ("Wrong amount on the bill", "The bill says {amount}, but the offer was lower."),
        ("Missing receipt", "I never got a receipt for order {order}."),
    ),
    "shipping": (
        ("Parcel has not arrived", "Order {order} should have been here on {weekday}."),
        ("Wrong delivery address", "Order {order} went to {street} instead of my office."),
        ("Damaged box", "The box of the {product} was torn open when it came."),
    ),
    "technical": (
        ("App crashes on start", "Since version {version} the app closes after {few} seconds."),
        ("Export is empty", "The export of {word} holds no rows, though the screen shows {count}."),
        ("Slow search", "A search for {product} takes {few} seconds or more."),
    ),
    "returns": (
        ("Return label needed", "I want to send back the {product} from order {order}."),
        ("Wrong article", "I ordered a {product} but received something else."),
        ("Refund still open", "I returned the {product} {few} days ago and wait for {amount}."),
    ),
    "other": (
        ("Opening hours", "Is your shop at {street} open on {weekday}?"),
        ("Gift wrapping", "Can you wrap the {product} as a gift?"),
        ("Praise for your staff", "{name} was very helpful on the phone."),
    ),
}

MEETINGS = (
    "Weekly planning",
    "Budget review",
    "Launch of {product}",
    "Visit of {company}",
    "Hiring round",
    "Incident review {host}",
    "Roadmap for {word}",
    "Retrospective, sprint {few}",
    "Office move to {street}",
    "Supplier talks with {company}",
)
ROOMS = (
    "Room {few}",
    "Video call",
    "Canteen",
    "Conference room {surname}",
    "Office in {place}",
    "{street}, {few}th floor",
)
TASKS = (
    "Send offer to {company}",
    "Book a room for {weekday}",
    "Update the plan for {word}",
    "Call {name} about the contract",
    "Order {few} new monitors",
    "Write a summary of {word}",
    "Fix the export of {word}",
    "Draft the invitation for {weekday}",
    "Check the figures for {place}",
    "Compare prices of {few} suppliers",
    "Renew the licence for {host}",
)
NOTES = (
    "Next meeting on {weekday} at {clock}.",
    "Decision on {company} postponed.",
    "{name} joined after {few} minutes.",
    "Costs are {percent} percent of the plan.",
    "All agreed to move to {place}.",
    "Figures for {word} still missing.",
)
RULES = {  # quantity watched -> names of rules
    "temperature": ("Frost guard", "Heat alert for {surname}", "Keep it mild on {weekday}"),
    "humidity": ("Ventilate", "Damp alert for {surname}", "Dry out from {clock}"),
    "motion": ("Burglar alarm", "Watch from {clock}", "Motion at night"),
    "state": ("Closing time {clock}", "Call {name}", "Door left open"),
    "brightness": ("Lights on at dusk", "Evening mode {clock}", "Porch light on {weekday}"),
    "clients": ("Crowded network", "Busy {weekday}", "Guest limit"),
}
