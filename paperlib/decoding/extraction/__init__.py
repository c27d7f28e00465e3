"""From your own text and schema to checked JSON: what was found, what is missing, what breaks the schema."""
