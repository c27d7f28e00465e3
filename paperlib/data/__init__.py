"""Examples and their JSON: schemas, prompts, predictions, third-party sets, label lines, equality and leaves of JSON values."""
