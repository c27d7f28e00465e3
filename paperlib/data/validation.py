"""JSON Schema validity, decided by ``jsonschema``: in Draft 2020-12, or the draft a schema names; formats are checked.

Nothing is ever fetched: a ``$ref`` leads to a place in the schema itself or to a published meta-schema. Every format of
Draft 2020-12 is checked, whichever optional packages of ``jsonschema`` are installed, by its own checks but for

- ``date-time``, where the offset may be missing: records in practice, the published ones among them, leave it out;
- ``email`` and ``idn-email``, of which ``jsonschema`` asks for nothing but an ``@``;
- ``iri`` and ``iri-reference``, mapped to URIs (RFC 3987, section 3.1) and checked as these: the package that
  ``jsonschema`` asks about them takes a second to import.

``multipleOf`` is decided on the decimal numbers as they are written, since 1.15 is a multiple of 0.01 and its binary
fraction is not. Patterns that may backtrack without end are stopped; ``\\d`` and ``\\w`` are ASCII, as in
ECMA-262. Where a node is ``nullable``, as in OpenAPI 3.0, null is valid.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, partial
from typing import Any, cast
from urllib.parse import quote

import regex
from jsonschema import Draft3Validator, Draft202012Validator, FormatChecker, SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from jsonschema_specifications import REGISTRY
from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with
from rfc3986_validator import validate_rfc3986

from paperlib.core.errors import PaperlibError

Keyword = Callable[[Any, Any, Any, Any], Any]  # validator, the keyword's value, instance, node; gives errors
NULLABLE = ("type", "enum", "const", "allOf", "anyOf", "oneOf", "$ref")  # what null could break
MATCH_SECONDS = 1.0
ASCII_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_"}
ASCII = "".join(map(chr, range(128)))
LETTER = r"A-Za-z0-9\x80-\U0010ffff"  # of a domain, which may be any beyond ASCII
ATOM, LABEL = r'[^\x00-\x20@"(),:;<>\[\]\\.]+', rf"[{LETTER}](?:[-{LETTER}]*[{LETTER}])?"
OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
EMAIL = re.compile(
    rf'(?:"(?:[^"\\]|\\.)+"|{ATOM}(?:\.{ATOM})*)'
    rf"@(?:\[(?:IPv6:[0-9a-fA-F:.]+|{OCTET}(?:\.{OCTET}){{3}})\]|{LABEL}(?:\.{LABEL})*)"
)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")


def build_validator(body: dict[str, Any] | bool) -> Validator:
    """A validator of the JSON Schema ``body``, which :func:`check_schema` should have passed.

    Its ``is_valid(value)`` tells whether a value follows the schema, its ``iter_errors(value)`` says what breaks it.
    Raises SchemaError where ``$schema`` names no draft from 4 on.
    """
    draft = _draft(body)
    nullable = {keyword: _or_null(draft.VALIDATORS[keyword]) for keyword in NULLABLE if keyword in draft.VALIDATORS}
    exact = extend(draft, {"multipleOf": _multiple_of, "pattern": _pattern, **nullable})
    return cast(Validator, exact(body, registry=REGISTRY, format_checker=_formats(draft)))


def check_schema(body: dict[str, Any] | bool) -> None:
    """Raises SchemaError, which has a ``message`` and an ``absolute_path``, where ``body`` is no valid JSON Schema:
    against its draft's meta-schema, or for a reference that leads to no schema or outside of it."""
    draft = _draft(body)
    draft.check_schema(body)
    resource = Resource.from_contents(body, default_specification=_specification(draft))
    for node, fault in _broken_references(resource, REGISTRY.resolver_with_root(resource), draft, set()):
        raise SchemaError(fault, path=_path_of(node, body) or ())


def is_datetime(value: str) -> bool:
    """Whether ``value`` is an ISO 8601 date and time; unlike in RFC 3339, it may lack the offset."""
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return DATE_TIME.match(value) is not None


def is_iri(value: str, rule: str = "URI") -> bool:
    """Whether ``value`` is an IRI (RFC 3987), or follows another rule of RFC 3986's grammar once it is mapped to ASCII.

    Raises ValueError for half of a surrogate pair, which is no character.
    """
    return bool(validate_rfc3986(quote(value, safe=ASCII), rule=rule))


def matches(pattern: str, value: str) -> bool:
    """Whether the regular expression ``pattern`` matches anywhere in ``value``.

    Raises PaperlibError where that takes more than MATCH_SECONDS, as repeated groups may.
    """
    try:
        return _search(pattern)(value) is not None
    except TimeoutError:
        raise PaperlibError(
            f"pattern {pattern!r}: not matched with {len(value)} characters in {MATCH_SECONDS} s, "
            "expected one without repeats inside repeats"
        ) from None


@cache
def _search(pattern: str) -> Callable[[str], Any]:
    """What searches for a pattern: ``re`` or, where a group is repeated, ``regex``, slower but it can be stopped."""
    written = as_ecma(pattern)
    if not re.search(r"\)[*+{]", written):
        return re.compile(written).search
    return partial(regex.compile(written).search, timeout=MATCH_SECONDS)


@cache
def as_ecma(pattern: str) -> str:
    """A pattern whose digits and word characters are those of ECMA-262."""
    written, inside = "", False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        inside = part != "]" and (inside or part == "[")
        kind = ASCII_CLASSES.get(part[1:].lower()) if part[0] == "\\" else None
        if kind and part[1:].islower():
            part = kind if inside else f"[{kind}]"
        elif kind and not inside:
            part = f"[^{kind}]"
        written += part
    return re.sub(r"(?<!\\)\{(?!\d+(,\d*)?\})", r"\{", written)  # which regex takes for fuzzy matching


def is_email(value: str) -> bool:
    """Whether ``value`` is a mailbox: words divided by points or a quoted string, an ``@``, and a domain."""
    return EMAIL.fullmatch(value) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": is_datetime,
    "email": is_email,
    "idn-email": is_email,
    "iri": is_iri,
    "iri-reference": partial(is_iri, rule="URI_reference"),
}


def _draft(body: dict[str, Any] | bool) -> type[Validator]:
    named = body.get("$schema") if isinstance(body, dict) else None
    try:
        draft = Draft202012Validator if named is None else validator_for(body, default=None)
    except (AttributeError, TypeError, ValueError):  # of what is no address
        draft = None
    if draft is None or draft is Draft3Validator:
        raise SchemaError(f"unknown meta-schema {named!r} in $schema, expected that of a draft from 4 to 2020-12")
    return cast(type[Validator], draft)


def _specification(draft: type[Validator]) -> Any:
    return specification_with(str(draft.META_SCHEMA.get("$schema", "")))


def _or_null(check: Keyword) -> Keyword:
    """Of a keyword's check, one that lets null pass where the node is nullable."""

    def checked(validator: Validator, value: Any, instance: Any, node: Any) -> Any:
        return (
            ()
            if instance is None and (node.get("nullable") is True or node.get("x-nullable") is True)
            else check(validator, value, instance, node)
        )

    return checked


def _multiple_of(validator: Validator, factor: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "number") and (Fraction(str(value)) / Fraction(str(factor))).denominator != 1:
        yield ValidationError(f"{value!r} is not a multiple of {factor!r}")


def _pattern(validator: Validator, pattern: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "string") and not matches(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _formats(draft: type[Validator]) -> FormatChecker:
    checker = FormatChecker(())
    checker.checkers = dict(draft.FORMAT_CHECKER.checkers)
    for name, check in FORMATS.items():
        checker.checks(name, raises=ValueError)(_of_strings(check))
    return checker


def _of_strings(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """A format says nothing of values other than strings."""
    return lambda value: not isinstance(value, str) or check(value)


def _path_of(node: Any, within: Any) -> tuple[str | int, ...] | None:
    """Where the very object ``node`` stands inside a JSON value; None where it does not."""
    if node is within:
        return ()
    children = within.items() if isinstance(within, dict) else enumerate(within) if isinstance(within, list) else ()
    found = ((key, _path_of(node, child)) for key, child in children)
    return next(((key, *path) for key, path in found if path is not None), None)


def _broken_references(
    resource: Any, resolver: Any, draft: type[Validator], seen: set[int]
) -> Iterator[tuple[dict[str, Any], str]]:
    """What is wrong with the references below a resource, those that they lead to included, and in which node."""
    contents = resource.contents
    if not isinstance(contents, dict) or id(contents) in seen:
        return
    seen.add(id(contents))
    for key in ("$ref", "$dynamicRef"):
        if key not in contents:
            continue
        try:
            found = resolver.lookup(contents[key])
            draft.check_schema(found.contents)
        except Unresolvable:
            yield contents, f"{key} {contents[key]!r} does not exist in this schema, and nothing outside it is fetched"
        except SchemaError as error:
            yield contents, f"{key} {contents[key]!r} leads to no valid JSON Schema: {error.message}"
        else:
            target = Resource.from_contents(found.contents, default_specification=_specification(draft))
            yield from _broken_references(target, found.resolver, draft, seen)
    for child in resource.subresources():
        yield from _broken_references(child, resolver.in_subresource(child), draft, seen)
