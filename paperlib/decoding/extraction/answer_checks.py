"""What an answer lacks, and what breaks its schema."""

from dataclasses import dataclass
from typing import Any

from paperlib.data.leaves import json_pointer
from paperlib.data.schemas import Schema, validator, violation


@dataclass(frozen=True)
class Findings:
    """What keeps an answer from following its schema: fields that are missing, and all else."""

    missing: list[str]  # JSON pointers of required fields that the answer leaves out
    violations: list[str]  # JSON pointers of other faults, each with what is wrong there

    @property
    def total(self) -> int:
        return len(self.missing) + len(self.violations)


def repeating_arrays(answer: Any, schema: Schema) -> list[tuple[str | int, ...]]:
    """The paths of arrays that hold equal items where the schema forbids it."""
    found, errors = [], list(validator(schema).iter_errors(answer))
    while errors:
        error = errors.pop()
        errors += error.context or ()
        found += [tuple(error.absolute_path)] if error.validator == "uniqueItems" else []
    return found


def check(answer: Any, schema: Schema) -> Findings:
    """Validates ``answer`` against ``schema``. A required field that is absent is missing, and no violation."""
    missing, violations = [], []
    for error in validator(schema).iter_errors(answer):
        if error.validator == "required":
            place = json_pointer(*error.absolute_path)
            missing += [place + json_pointer(key) for key in error.validator_value if key not in error.instance]
        else:
            violations.append(violation(error))
    return Findings(sorted(set(missing)), violations)
