"""Examples and their JSON: schemas and validity, prompts, predictions, third-party sets, label lines, leaves."""
