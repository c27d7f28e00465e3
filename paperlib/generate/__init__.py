"""The study's own data: records drawn from word lists, written as text, checked. Never imports torch."""

from paperlib.generate.build import generate
from paperlib.generate.validate import Report, validate

__all__ = ["Report", "generate", "validate"]
