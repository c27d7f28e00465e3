"""Word lists of the unseen schemas' records. Written for this project; airport codes and names of crops are facts."""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


# hazard -> range of its gusts in km/h, None for calm weather
HAZARDS: dict[str, tuple[int, int] | None] = {
    "gale": (75, 135),
    "thunderstorm": (60, 110),
    "heavy_rain": (45, 85),
    "snowfall": (40, 95),
    "black_ice": None,
    "dense_fog": None,
    "heat": None,
}
REGIONS = _listed(
    "North Coast, Upper Valley, Lake Country, Eastern Hills, Southern Plain, River Delta, Western Isles, High Moors, "
    "Border Marches, Central Basin, Pine Forest, Amber Bay, Lower Reaches, Old Harbour, Granite Ridge, Heathlands"
)

PLATES = ("??## ???", "??-###-??", "### ???", "?-?? ####", "???-####")
ZONES = "ABCDEFGHK"

TITLE_TRAITS = _listed(
    "Silent, Crooked, Last, Hidden, Paper, Winter, Blue, Forgotten, Salt, Second, Borrowed, Golden, Narrow, Glass"
)
TITLE_THINGS = _listed(
    "Orchard, Lighthouse, Ferry, Clockmaker, Garden, Railway, Cartographer, Bridge, Meadow, Letter, Harbour, "
    "Staircase, Beekeeper, Island"
)
TITLE_TOPICS = _listed(
    "Bread, Maps, Tides, Cathedrals, Mountain Rescue, Beekeeping, Bicycles, Ink, Night Trains, Wool, Comets, "
    "Small Birds"
)

# part of a car, range of what mending it costs
FAULTS = (
    ("front brake pads", 90, 320),
    ("rear brake discs", 140, 460),
    ("left headlamp", 35, 280),
    ("windscreen", 180, 640),
    ("exhaust pipe", 110, 520),
    ("steering rack", 260, 980),
    ("front tyres", 120, 420),
    ("rear shock absorbers", 160, 540),
    ("parking brake cable", 60, 210),
    ("number plate light", 8, 45),
    ("driver's seat belt", 70, 260),
    ("fuel line", 85, 330),
    ("horn", 20, 90),
    ("wiper blades", 15, 60),
)

# dish -> cuisine, free of meat and fish, allergens, oven (°C), minutes, ingredients with grams for one and their cut
DISHES = {
    "mushroom lasagne": (
        *("Italian", True, ("gluten", "milk", "egg"), (180, 200), (70, 95)),
        (("lasagne sheets", 60, None), ("mushrooms", 120, "thinly sliced"), ("ricotta", 70, None)),
    ),
    "chicken tagine": (
        *("Moroccan", False, ("almonds",), None, (80, 120)),
        (("chicken thighs", 180, "skinned"), ("apricots", 40, "halved"), ("almonds", 15, "toasted")),
    ),
    "lentil soup": (
        *("Turkish", True, ("celery",), None, (35, 55)),
        (("red lentils", 60, "rinsed"), ("carrots", 45, "diced"), ("celery", 25, "finely chopped")),
    ),
    "salmon traybake": (
        *("Nordic", False, ("fish", "mustard"), (190, 210), (35, 50)),
        (("salmon fillet", 150, None), ("new potatoes", 200, "halved"), ("mustard", 8, None)),
    ),
    "spinach pie": (
        *("Greek", True, ("gluten", "milk"), (175, 190), (55, 80)),
        (("filo pastry", 45, None), ("spinach", 150, "washed and drained"), ("feta", 60, "crumbled")),
    ),
    "pad thai": (
        *("Thai", False, ("peanuts", "egg", "shellfish"), None, (25, 40)),
        (("rice noodles", 90, "soaked"), ("prawns", 100, "peeled"), ("peanuts", 20, "crushed")),
    ),
    "chickpea curry": (
        *("Indian", True, ("mustard",), None, (30, 50)),
        (("chickpeas", 120, "drained"), ("tomatoes", 110, "roughly chopped"), ("onions", 60, "finely chopped")),
    ),
    "beef goulash": (
        *("Hungarian", False, ("celery",), None, (110, 160)),
        (("stewing beef", 180, "cubed"), ("onions", 130, "sliced"), ("red peppers", 70, "cut into strips")),
    ),
    "apple crumble": (
        *("British", True, ("gluten", "milk"), (180, 195), (50, 70)),
        (("cooking apples", 160, "peeled and sliced"), ("butter", 30, "chilled"), ("plain flour", 45, None)),
    ),
    "fish stew": (
        *("Portuguese", False, ("fish", "shellfish"), None, (45, 65)),
        (("cod", 150, "cut into chunks"), ("mussels", 110, "scrubbed"), ("tomatoes", 120, "skinned")),
    ),
    "black bean tacos": (
        *("Mexican", True, ("milk",), None, (20, 35)),
        (("black beans", 110, "drained"), ("corn tortillas", 75, "warmed"), ("cheddar", 30, "grated")),
    ),
    "potato gratin": (
        *("French", True, ("milk",), (160, 180), (75, 100)),
        (("potatoes", 230, "thinly sliced"), ("cream", 80, None), ("gruyère", 35, "grated")),
    ),
}
STYLES = ("", "", "quick ", "weekday ", "old-fashioned ", "light ", "spicy ", "party ")

TARIFFS = _listed("Night Saver, Fixed 24, Easy Variable, Weekend Plus, Home Basic, Solar Friend, Fixed 12, Family Flat")
# charges beside those for energy and supply, range of each
CHARGES = (("grid access", 9, 64), ("meter rental", 4, 22), ("climate levy", 3, 38), ("remote readings", 2, 14))

AIRPORTS = _listed(
    "OPO, LYS, BLQ, EDI, KRK, BGO, BRE, GOT, TMP, VLC, BRI, ORK, GRZ, BHX, AUS, BOI, PDX, ALB, YOW, YYC, CPT, NBO, BNE"
)
CARRIERS = (
    ("Meridian Air", "M4"),
    ("Northlight Airways", "N8"),
    ("Silver Crane", "X6"),
    ("Aerolume", "E1"),
    ("Blue Lagoon Air", "L7"),
    ("Tern Airlines", "T0"),
)
SERVICES = _listed(
    "vegetarian meal, wheelchair to the gate, aisle seat, extra legroom, bassinet, gluten-free meal, "
    "guide dog on board, bicycle in the hold, early boarding"
)

# crop -> varieties
CROPS = {
    "tomato": ("Roma", "Marmande", "Gardener's Delight"),
    "cucumber": ("Marketmore", "Lemon", "Telegraph"),
    "sweet pepper": ("Corno di Toro", "Gypsy", "California Wonder"),
    "aubergine": ("Black Beauty", "Listada", "Rosa Bianca"),
    "lettuce": ("Little Gem", "Lollo Rosso", "Butterhead"),
    "basil": ("Genovese", "Dark Opal", "Thai"),
    "melon": ("Charentais", "Galia", "Honeydew"),
    "spinach": ("Matador", "Bloomsdale", "Giant Winter"),
    "chilli": ("Cayenne", "Jalapeño", "Habanero"),
    "radish": ("French Breakfast", "Cherry Belle", "Icicle"),
}
BAYS = _listed("North, South, East, West, A1, A2, B1, B2, C3, Long Bench, Annex, Propagation")
POLLINATORS = _listed("bumblebees, honeybees, hoverflies, mason bees, lacewings")
