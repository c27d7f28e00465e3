"""Medicine: conditions with their codes and usual treatment, laboratory tests with their units and ranges. Facts."""

FOLLOW_UPS = (
    "Drink plenty of water.",
    "Return if the fever exceeds 39 degrees.",
    "Keep a diary of the symptoms.",
    "No sports for {few} days.",
    "Bring the results from {place}.",
    "Rest until {weekday}.",
    "Measure blood pressure twice a day.",
)

# complaint, (ICD-10 code, name), medicine, dosage, frequency, specialty
CONDITIONS = (
    (
        "Persistent headache and dizziness",
        ("I10", "Essential hypertension"),
        "Lisinopril",
        ("10 mg", "20 mg"),
        "once daily",
        "Internal Medicine",
    ),
    (
        "Increased thirst and fatigue",
        ("E11.9", "Type 2 diabetes mellitus"),
        "Metformin",
        ("500 mg", "850 mg"),
        "twice daily",
        "Endocrinology",
    ),
    (
        "Wheezing at night",
        ("J45.909", "Asthma, unspecified"),
        "Salbutamol",
        ("100 mcg", "200 mcg"),
        "as needed",
        "Pulmonology",
    ),
    (
        "Sore throat and fever",
        ("J02.0", "Streptococcal pharyngitis"),
        "Amoxicillin",
        ("500 mg", "250 mg"),
        "three times daily",
        "Family Medicine",
    ),
    (
        "Burning pain after meals",
        ("K21.9", "Gastro-esophageal reflux disease"),
        "Omeprazole",
        ("20 mg", "40 mg"),
        "before breakfast",
        "Gastroenterology",
    ),
    (
        "Throbbing pain on one side of the head",
        ("G43.909", "Migraine, unspecified"),
        "Sumatriptan",
        ("50 mg", "100 mg"),
        "as needed",
        "Neurology",
    ),
    (
        "Lower back pain after lifting",
        ("M54.50", "Low back pain"),
        "Ibuprofen",
        ("400 mg", "600 mg"),
        "every 8 hours",
        "Orthopedics",
    ),
    (
        "Itchy rash on both arms",
        ("L20.9", "Atopic dermatitis"),
        "Hydrocortisone cream",
        ("1 %", "2.5 %"),
        "twice daily",
        "Dermatology",
    ),
    (
        "Tiredness and weight gain",
        ("E03.9", "Hypothyroidism"),
        "Levothyroxine",
        ("50 mcg", "75 mcg"),
        "every morning",
        "Endocrinology",
    ),
    (
        "Painful urination",
        ("N39.0", "Urinary tract infection"),
        "Nitrofurantoin",
        ("100 mg", "50 mg"),
        "twice daily",
        "Family Medicine",
    ),
    (
        "Runny nose and sneezing",
        ("J30.9", "Allergic rhinitis"),
        "Cetirizine",
        ("10 mg", "5 mg"),
        "once daily",
        "Allergology",
    ),
    ("Trouble falling asleep", ("G47.00", "Insomnia"), "Melatonin", ("3 mg", "5 mg"), "at bedtime", "Family Medicine"),
    ("Palpitations", ("I48.91", "Atrial fibrillation"), "Metoprolol", ("25 mg", "50 mg"), "twice daily", "Cardiology"),
    (
        "Ear pain since {weekday}",
        ("H66.90", "Otitis media"),
        "Cefuroxime",
        ("250 mg", "500 mg"),
        "twice daily",
        "Family Medicine",
    ),
)

DURATIONS = ("5 days", "7 days", "10 days", "14 days", "30 days", "3 months")

INSURERS = ("Harbour Health", "Unity Care", "Bluefield Mutual", "Evergreen Assurance", "Public Health Fund")

CLINICS = (
    "{city} Family Practice",
    "{city} General Hospital",
    "{surname} Clinic",
    "Riverside Health Centre",
    "{city} Medical Group",
)

# test -> (parameter, unit, low and high of the reference range, decimals)
LAB_TESTS = {
    "Complete Blood Count": (
        ("Hemoglobin", "g/dL", 12.0, 17.5, 1),
        ("White Blood Cells", "10^9/L", 4.0, 11.0, 1),
        ("Platelets", "10^9/L", 150, 400, 0),
        ("Hematocrit", "%", 36.0, 50.0, 1),
    ),
    "Lipid Panel": (
        ("Total Cholesterol", "mg/dL", 125, 200, 0),
        ("HDL", "mg/dL", 40, 60, 0),
        ("LDL", "mg/dL", 50, 130, 0),
        ("Triglycerides", "mg/dL", 50, 150, 0),
    ),
    "Metabolic Panel": (
        ("Glucose", "mg/dL", 70, 99, 0),
        ("Sodium", "mmol/L", 135, 145, 0),
        ("Potassium", "mmol/L", 3.5, 5.1, 1),
        ("Creatinine", "mg/dL", 0.6, 1.3, 2),
        ("Calcium", "mg/dL", 8.5, 10.5, 1),
    ),
    "Thyroid Panel": (
        ("TSH", "mIU/L", 0.4, 4.0, 2),
        ("Free T4", "ng/dL", 0.8, 1.8, 2),
        ("Free T3", "pg/mL", 2.3, 4.2, 1),
    ),
    "Liver Panel": (
        ("ALT", "U/L", 7, 56, 0),
        ("AST", "U/L", 10, 40, 0),
        ("Bilirubin", "mg/dL", 0.1, 1.2, 1),
        ("Albumin", "g/dL", 3.4, 5.4, 1),
    ),
    "Iron Studies": (
        ("Ferritin", "ng/mL", 20, 250, 0),
        ("Serum Iron", "mcg/dL", 60, 170, 0),
        ("Transferrin", "mg/dL", 200, 360, 0),
    ),
}

LABS = ("Central Laboratory", "{place} Diagnostics", "{surname} & {surname} Labs", "Riverside Pathology")
