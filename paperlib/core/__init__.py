"""Paths, files, errors, configuration and records, on which everything else builds. Knows no data, model or metric."""
