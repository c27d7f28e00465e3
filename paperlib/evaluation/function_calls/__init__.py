"""Scores of function calls, by abstract syntax."""
