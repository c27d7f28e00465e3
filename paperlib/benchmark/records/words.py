"""Word lists: people, places, things. Written for this project; places, codes and units are facts."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


FEMALE_NAMES = _words(
    "Aaliyah Adaeze Agnes Alma Amara Anika Astrid Beatriz Camille Carmen Chiara Daniela Deepa Edith Esther Fatima "
    "Freya Gloria Hana Harriet Helena Ingrid Ivana Joana Johanna Kateryna Keiko Leila Linnea Lucia Maribel Marta "
    "Miriam Nadia Naomi Nora Olga Paloma Petra Priya Ramona Rosalind Ruth Selma Silvia Stella Sunita Tamar Teresa "
    "Ulla Uma Valeria Wanda Yara Zainab Zoë"
)
MALE_NAMES = _words(
    "Aidan Anders Arturo Bashir Bruno Cedric Darius Dmitri Elias Emeka Felix Gareth Goran Hassan Hugo Isaac Jamal "
    "Jasper Jorge Kaito Karim Lars Lorenzo Magnus Mateo Nikhil Oscar Owen Pavel Quentin Rafael Rashid René Samir "
    "Sergio Søren Thabo Theo Tomás Victor Wendell Xavier Yusuf"
)

LAST_NAMES = _words(
    "Abbott Acosta Adeyemi Almeida Andersson Aoki Ashworth Balogun Barros Beck Bellamy Bergström Bianchi Blackwood "
    "Boateng Brandt Callahan Castellano Chandra Chaudhry Cho Cooper Dalgaard Delacroix Dimitrov Donnelly Duarte "
    "Eklund Ellison Fairchild Farouk Ferrara Fischer Fonseca Gallagher Gupta Haddad Halvorsen Hartmann Hayashi "
    "Hollis Ibrahim Ivanova Jansen Jokinen Kaplan Kavanagh Keller Kimura Kowalski Lambert Larkin Lindqvist Lopes "
    "Maddox Mahlangu Marchetti McAllister Mensah Moreau Morozov Nakamura Navarro Ndlovu Nilsen Novotny Núñez "
    "O'Brien Okafor Olsen Osei Paredes Petrov Pham Pritchard Quintero Rahman Raman Reyes Rossi Saari Salazar "
    "Schneider Sharma Sinclair Sokolov Soto Stanton Suzuki Tanaka Thorne Torres Underwood Valdez Vasquez Villanueva "
    "Wallace Weiss Whitfield Yamada Zhang Ziegler"
)

# city, state or province, postal code (# is a digit, ? a letter), time zone, latitude, longitude
CITIES = (
    ("Albany", "New York", "122##", "America/New_York", 42.65, -73.75),
    ("Asheville", "North Carolina", "288##", "America/New_York", 35.59, -82.55),
    ("Austin", "Texas", "787##", "America/Chicago", 30.27, -97.74),
    ("Barcelona", "Catalonia", "080##", "Europe/Madrid", 41.39, 2.17),
    ("Bergen", "Vestland", "50##", "Europe/Oslo", 60.39, 5.32),
    ("Boise", "Idaho", "837##", "America/Boise", 43.62, -116.2),
    ("Bologna", "Emilia-Romagna", "401##", "Europe/Rome", 44.49, 11.34),
    ("Brisbane", "Queensland", "40##", "Australia/Brisbane", -27.47, 153.03),
    ("Calgary", "Alberta", "T#? #?#", "America/Edmonton", 51.05, -114.07),
    ("Cape Town", "Western Cape", "80##", "Africa/Johannesburg", -33.92, 18.42),
    ("Cork", "Munster", "T12 ??##", "Europe/Dublin", 51.9, -8.47),
    ("Curitiba", "Paraná", "80###-###", "America/Sao_Paulo", -25.43, -49.27),
    ("Des Moines", "Iowa", "503##", "America/Chicago", 41.59, -93.62),
    ("Dresden", "Saxony", "010##", "Europe/Berlin", 51.05, 13.74),
    ("Edinburgh", "Scotland", "EH# #??", "Europe/London", 55.95, -3.19),
    ("Fresno", "California", "937##", "America/Los_Angeles", 36.74, -119.79),
    ("Ghent", "East Flanders", "90##", "Europe/Brussels", 51.05, 3.72),
    ("Guadalajara", "Jalisco", "44###", "America/Mexico_City", 20.67, -103.35),
    ("Hamilton", "Waikato", "32##", "Pacific/Auckland", -37.79, 175.28),
    ("Knoxville", "Tennessee", "379##", "America/New_York", 35.96, -83.92),
    ("Kraków", "Lesser Poland", "30-###", "Europe/Warsaw", 50.06, 19.94),
    ("Kyoto", "Kyoto Prefecture", "60#-####", "Asia/Tokyo", 35.01, 135.77),
    ("Leeds", "England", "LS# #??", "Europe/London", 53.8, -1.55),
    ("Linz", "Upper Austria", "40##", "Europe/Vienna", 48.31, 14.29),
    ("Lyon", "Auvergne-Rhône-Alpes", "6900#", "Europe/Paris", 45.76, 4.84),
    ("Madison", "Wisconsin", "537##", "America/Chicago", 43.07, -89.4),
    ("Nairobi", "Nairobi County", "00###", "Africa/Nairobi", -1.29, 36.82),
    ("Ottawa", "Ontario", "K#? #?#", "America/Toronto", 45.42, -75.7),
    ("Pittsburgh", "Pennsylvania", "152##", "America/New_York", 40.44, -80.0),
    ("Porto", "Norte", "4###-###", "Europe/Lisbon", 41.16, -8.63),
    ("Portland", "Oregon", "972##", "America/Los_Angeles", 45.52, -122.68),
    ("Pune", "Maharashtra", "4110##", "Asia/Kolkata", 18.52, 73.86),
    ("Rochester", "Minnesota", "559##", "America/Chicago", 44.02, -92.47),
    ("Santa Fe", "New Mexico", "875##", "America/Denver", 35.69, -105.94),
    ("Savannah", "Georgia", "314##", "America/New_York", 32.08, -81.09),
    ("Spokane", "Washington", "992##", "America/Los_Angeles", 47.66, -117.43),
    ("Tampere", "Pirkanmaa", "33###", "Europe/Helsinki", 61.5, 23.76),
    ("Tucson", "Arizona", "857##", "America/Phoenix", 32.22, -110.97),
    ("Uppsala", "Uppsala County", "75# ##", "Europe/Stockholm", 59.86, 17.64),
    ("Utrecht", "Utrecht", "35## ??", "Europe/Amsterdam", 52.09, 5.12),
)

STREETS = _words(
    "Alder Elm Birch Chapel Church Mill Station River Harbour Market Orchard Quarry Garden Castle Bridge Cedar "
    "Maple Meadow Prospect Railway School Sycamore Union Victoria Walnut Willow Windmill Juniper Foundry Lakeview"
)
STREET_KINDS = ("Street", "Street", "Road", "Avenue", "Lane", "Court", "Drive", "Way")
AREA_CODES = ("202", "303", "312", "404", "415", "503", "512", "602", "617", "646", "702", "718", "804", "917")


COMPANY_ROOTS = _words(
    "Alderbrook Amberline Beacon Bluestone Cobalt Copperfield Crestview Driftwood Eastgate Evergreen Fairhaven "
    "Falconer Granite Greywater Harborline Heron Highfield Ironbridge Juniper Kingsmere Lakeshore Larkspur Meridian "
    "Millstone Northgate Oakhurst Pinecrest Quarrystone Redwood Ridgeway Saltmarsh Silverlake Stonebridge Summit "
    "Thornbury Tidewater Vantage Westbrook Whitestone Wrenfield"
)
COMPANY_TRADES = _words(
    "Logistics Foods Textiles Robotics Software Energy Instruments Publishing Interiors Analytics Pharma Marine "
    "Dairy Optics Freight Ceramics Media Motors"
)
COMPANY_FORMS = ("", "", " Ltd", " Inc.", " GmbH", " Group", " Co-op")
BANKS = _listed(
    "First Harbour Bank, Union Savings, Old Mill Loan & Trust, Cooperative Bank of Linden, Merrow Bank, Old Quay "
    "Bank, Prairie Credit Union, Citizens Mutual"
)
CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "SEK", "NZD")

ROLES = _listed(
    "Product Manager, Engineer, Designer, Finance Lead, Operations, Marketing Lead, Data Analyst, Project Lead, "
    "Customer Success, QA Lead, Legal Counsel, Head of Sales"
)

# department -> teams it may have
DEPARTMENTS = {
    "Engineering": ("Platform", "Mobile", "Data", "Quality", "Security", "Embedded"),
    "Sales": ("Key Accounts", "Inside Sales", "Partners", "Northern Region", "Southern Region"),
    "Finance": ("Payroll", "Controlling", "Treasury", "Procurement"),
    "Marketing": ("Brand", "Events", "Content", "Market Research"),
    "Operations": ("Warehouse", "Fleet", "Facilities", "Planning"),
    "Customer Service": ("Phone Support", "Chat Support", "Returns", "Field Service"),
    "Human Resources": ("Recruiting", "Training", "Benefits"),
    "Research": ("Materials", "Prototyping", "User Studies", "Lab"),
    "Legal": ("Contracts", "Compliance", "Patents"),
}
DEPARTMENT_CODES = {
    name: "".join(word[0] for word in name.split()) if " " in name else name[:3].upper() for name in DEPARTMENTS
}

THEMES = _listed(
    "light, dark, auto, sepia, high-contrast, solarized, midnight, forest, ocean, sand, paper, graphite, lavender, "
    "sunset, mono, nord"
)
LOCALES = _words(
    "en-US en-GB en-AU en-CA de-DE de-AT de-CH fr-FR fr-CA fr-BE es-ES es-MX es-AR pt-BR pt-PT it-IT nl-NL nl-BE "
    "sv-SE nb-NO da-DK fi-FI pl-PL cs-CZ hu-HU ro-RO el-GR tr-TR uk-UA ar-EG he-IL hi-IN bn-BD ta-IN th-TH vi-VN "
    "id-ID ja-JP ko-KR zh-CN zh-TW"
)
TOPICS = _words(
    "photography hiking cooking chess gardening astronomy cycling jazz pottery sailing baking climbing birdwatching "
    "woodworking travel history podcasts running knitting theatre painting swimming fishing films science-fiction "
    "football opera origami yoga tennis comics wine coffee robotics"
)
TAGS = _words(
    "archive autumn beginner bestseller black-and-white bulk ceramic clearance collectible draft eco-friendly "
    "featured fragile gift handmade heavy imported indoor interview kids landscape limited local long-read "
    "new-arrival organic outdoor portrait preorder recipe refurbished report review sale seasonal spring summer "
    "tutorial vegan vintage waterproof weekly wholesale winter"
)
PAYMENT_TAGS = _words(
    "contract deposit final goods insured international private recurring refundable rush second-hand services urgent"
)

DISHES = _listed(
    "vegetarian, vegan, gluten-free, no nuts, halal, kosher, lactose-free, no shellfish, low sodium, no pork, "
    "pescatarian, no soy"
)
EVENT_TOPICS = _listed(
    "Data Science, Open Source, Nursing, Renewable Energy, Book, Jazz, Urban Planning, Robotics, Food, Film, "
    "Teachers', Security, Startup, Design, Marine Biology, Accessibility"
)
EVENT_KINDS = ("Summit", "Conference", "Festival", "Forum", "Workshop", "Fair", "Symposium", "Days", "Meetup")

# file stem, ending, media type, smallest and largest size in kilobytes
ATTACHMENTS = (
    ("agenda", "pdf", "application/pdf", 40, 900),
    ("minutes", "doc", "application/msword", 20, 400),
    ("budget", "xls", "application/vnd.ms-excel", 30, 800),
    ("floor-plan", "png", "image/png", 200, 4000),
    ("team-photo", "jpg", "image/jpeg", 300, 6000),
    ("contract", "pdf", "application/pdf", 80, 1500),
    ("itinerary", "pdf", "application/pdf", 30, 500),
    ("figures", "csv", "text/csv", 2, 300),
    ("draft", "txt", "text/plain", 1, 60),
    ("slides", "pdf", "application/pdf", 400, 7000),
    ("invoice", "pdf", "application/pdf", 30, 400),
    ("backup", "zip", "application/zip", 500, 9000),
)

# kind of device -> (quantity watched, operator, values it is compared with)
DEVICES = {
    "sensor": (
        ("temperature", "greater_than", ("26", "28", "30", "32")),
        ("humidity", "greater_than", ("60", "65", "70", "75")),
    ),
    "camera": (("motion", "equals", ("detected",)),),
    "thermostat": (("temperature", "less_than", ("16", "17", "18", "19")),),
    "lock": (("state", "equals", ("unlocked", "jammed")),),
    "light": (("brightness", "less_than", ("10", "20", "30")),),
    "gateway": (("clients", "greater_than", ("20", "30", "40")),),
}
PLACES = _listed(
    "Hallway, Loading Dock, Server Room, Reception, Greenhouse, Cellar, Workshop, Archive, Kitchen, Attic, Back "
    "Door, Cold Store, Meeting Room, Stairwell, Garage, Roof"
)
BUILDINGS = _listed("North Wing, Mill House, Warehouse 3, Annex B, Depot, Main Building, Boathouse, Tower East")
FLOORS = ("Basement", "Ground floor", "1st floor", "2nd floor", "3rd floor", "4th floor")
PURPOSES = _listed(
    "sale of a used van, kitchen renovation, licence for stock photos, sale of a sailing boat, joint holiday "
    "rental, festival sound equipment, purchase of office furniture, delivery of oak flooring, website relaunch, "
    "sale of a vineyard share, repair of a church organ, shared solar panels"
)
JURISDICTIONS = _listed("Ontario, England and Wales, Ireland, New York, Bavaria, Sweden, New South Wales, Netherlands")
