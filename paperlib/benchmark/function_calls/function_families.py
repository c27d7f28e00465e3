"""Families of functions of one shape, from the lines of ``data/words/calls_families.yaml``.

- Quantities: ``name; what has it; argument=values unit: description; …``: one function calculates it.
- Lookups: ``thing: values; names; property=asked for as; …``: one function for each property, one for all of them.
- Records: ``one; several; values of its number; attribute=values 'told as <>': description; …``: functions that search
  them, show or delete the one of a number, and make a new one.
"""

import re
from collections.abc import Iterator

from paperlib.benchmark.function_calls.argument_values import AN
from paperlib.benchmark.function_calls.functions import Argument, Function
from paperlib.benchmark.words import Topic

words = Topic("calls_families")
QUANTITY = re.compile(r"(\?)?([^=]+)=((?:int|num|money|percent) \S+|flag|enum \S+)(?: ([^:]+))?: (.+)")
ATTRIBUTE = re.compile(r"([^=]+)=(.+?) '(.+)': (.+)")
FORMAT = Argument("enum json=JSON,text=text", "format/output format", "Form of the result", "text")
SINGULAR = re.compile(r"(mass|radius|thickness|axis)$")  # nouns in -s that are no plurals
CRITERION = re.compile(r"\b(min|max|limit|since|from|after|before|radius|budget)\b")  # of a search, not of what is made
ASKING = (
    "what is the {} of <x>?",
    "what's the {} of <x>?",
    "I need the {} of <x>.",
    "do you know the {} of <x>?",
    "I'd like to know the {} of <x>.",
    "{} of <x>?",
    "we are talking about <x>, what's the {}?",
)
DOING = "(get|find|look up|tell me|give me|check|find out|show me|return) the {} of <x>"


def family_functions() -> list[Function]:
    """All functions of all families."""
    makers = {"quantities": _quantity, "lookups": _lookups, "records": _records}
    return [
        function
        for kind, make in makers.items()
        for domain, lines in getattr(words, kind).items()
        for line in lines
        for function in make(domain, [part.strip() for part in line.split(";")])
    ]


def _quantity(domain: str, parts: list[str]) -> Iterator[Function]:
    name, thing, *given = parts
    arguments, said, optional, flags = {}, [], "", ""
    for number, line in enumerate(given):
        match = QUANTITY.fullmatch(line)
        assert match, line
        key, called = f"a{number}", match[2].partition("/")[0]
        unit = f" {match[4]}" if match[4] and match[4] != called else ""
        described = match[5].capitalize() + (f" in{unit}" if unit else "")
        arguments[key] = Argument(match[3], match[2], described)
        counted = match[3].startswith("int") and called.endswith("s") and not unit
        one = f"<{key}> {called}" if counted else f"{_article(called)}{called} of <{key}>{unit}"
        if match[3] == "flag":
            flags += f"<{key}=true;, {called}>"
        elif match[1]:
            optional += f"[, with {one}]"
        else:
            said.append((one, f"{called}( = | is |: )<{key}>{unit}", f"{called} <{key}>{unit}"))
    arguments["decimals"] = Argument("int 2-5", "decimals/precision/round to", "Decimals of the result")
    end = f"{optional}{flags}[, rounded to <decimals> decimals]"
    words_for, symbols, bare = (_joined([forms[n] for forms in said]) for n in range(3))
    whole, owner = (name, "") if " of " in name else (f"{name} of {thing}", f" (of|for) {thing}")
    do = [
        f"(calculate|compute|find|work out|determine) the {name}{owner} (with|that has) {words_for}{end}",
        f"(calculate|compute|find) the {name} (if|when|given that) {symbols}{end}",
        f"(calculate|compute|work out|get|give me) the {name}{owner} with {bare}{end}",
        f"use {words_for} to (get|find|work out) the {name}{end}",
    ]
    ask = [
        f"what is the {whole} with {words_for}{end}?",
        f"{thing} has {words_for}{end}. What is the {name}?",
        f"given {words_for}{optional}, what is the {name}?",
        f"what's the {name} if {symbols}{end}?",
        f"I have {thing} with {bare}{optional}, so what's the {name}?",
        f"{bare}: what {name} does that (give|make){end}?",
    ]
    verbs = (
        f"calculate {name}",
        name,
        f"compute {name}",
        f"{domain}.{name}",
        f"get {name}",
        f"{domain}.calculate {name}",
    )
    about = (f"Calculate the {whole}", f"Compute the {name} from given values", f"Returns the {name}")
    lacking = [f"what is the {whole}?"]
    if len(said) > 1:
        lacking.append(f"calculate the {name} with {_without_value(said[0][0], arguments['a0'].values)}")
    yield Function(f"{domain}/{name}", verbs, about, arguments, tuple(do), tuple(ask), tuple(lacking))


def _without_value(phrase: str, values: str) -> str:
    """The phrase with any number of a range in place of the value that it marks, which is of no argument then."""
    low, high = (part.partition(".")[0] for part in values.split()[-1].split("-"))
    return re.sub(r"<\w+>", f"{{{low}-{high}}}", phrase)


def _lookups(domain: str, parts: list[str]) -> Iterator[Function]:
    (thing, _, values), names, *properties = parts[0].partition(": "), *parts[1:]
    subject = Argument(values, names, f"Name of the {thing}")
    asked = {name.strip(): said.split("~") for name, _, said in (one.partition("=") for one in properties)}
    for name, said in asked.items():
        verbs = (
            f"get {thing} {name}",
            f"{thing} {name}",
            f"{thing}.get {name}",
            f"find {name}",
            f"{thing} info.{name}",
        )
        about = (f"Get the {said[0]} of {_article(thing)}{thing}", f"Look up the {said[0]} of a given {thing}")
        do, ask = _asking(said)
        vague = (f"what is the {said[0]}?",)
        arguments = {"x": subject, "format": FORMAT}
        yield Function(f"{domain}/{thing} {name}", verbs, about, arguments, do, ask, vague)
    yield _lookup_of_all(domain, thing, subject, asked)


def _lookup_of_all(domain: str, thing: str, subject: Argument, asked: dict[str, list[str]]) -> Function:
    """The function that is told which property is wanted."""
    every = ",".join(f"{name.replace(' ', '_')}={'~'.join(said)}" for name, said in asked.items())
    which = Argument(f"enum {every}", "property/field/info type/attribute", "What to look up")
    called = (f"get {thing} info", f"{thing} info", f"{thing} details", f"{thing}.lookup")
    about = (f"Look up facts about {_article(thing)}{thing}", f"Get one property of a given {thing}")
    do, ask = _asking(["<p>"])
    arguments = {"x": subject, "p": which, "format": FORMAT}
    return Function(f"{domain}/{thing}", called, about, arguments, do, ask, family=f"{domain}/{thing}")


def _asking(said: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    phrase = said[0] if len(said) == 1 else f"({'|'.join(said)})"
    return (DOING.format(phrase),), tuple(one.format(phrase) for one in ASKING)


def _records(domain: str, parts: list[str]) -> Iterator[Function]:
    one, several, values, *lines = parts
    matches = [match for line in lines if (match := ATTRIBUTE.fullmatch(line))]
    assert len(matches) == len(lines), lines
    arguments = {f"a{n}": Argument(m[2], m[1], m[4].capitalize()) for n, m in enumerate(matches)}
    told = [
        f"<a{n}=true; {m[3]}>" if m[2] == "flag" else f" {m[3].replace('<>', f'<a{n}>')}" for n, m in enumerate(matches)
    ]
    first, rest = told[0], [part if part.startswith("<") else f"[{part}]" for part in told[1:]]
    verbs = "(find|search for|show me|list|look for|get me)"
    do = (f"{verbs} {several}{first}{''.join(rest)}", f"{verbs} all {several}{first}{''.join(reversed(rest))}")
    ask = (
        f"(which|what) {several}{first}{''.join(rest)} (are there|do we have)?",
        f"are there any {several}{first}{''.join(rest)}?",
    )
    called = (f"search {several}", f"find {several}", f"list {several}", f"{several}.search", f"query {several}")
    about = (f"Search {several} by several criteria", f"Find {several} that match")
    yield Function(f"{domain}/search {several}", called, about, arguments, do, ask)
    number = Argument(values, f"{one} id/id/{one} number/reference", f"Number of the {one}")
    for verb, names, asked in _by_number(one):
        phrases = (f"({asked}) (the |){one} <id>", f"({asked}) (the |){one} with the number <id>")
        about = (f"{verb.capitalize()} {_article(one)}{one} by its number", f"{verb.capitalize()} one {one}")
        yield Function(
            f"{domain}/{verb} {one}",
            names,
            about,
            {"id": number},
            phrases,
            (),
            (f"{asked.partition('|')[0]} my {one}",),
        )
    if len(facts := _facts(arguments)) > 1:
        yield _creation(domain, one, facts)


def _by_number(one: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    yield "show", (f"get {one}", f"{one} details", f"{one}.get", f"fetch {one}"), "show me|open|pull up|get|display"
    yield (
        "delete",
        (f"delete {one}", f"remove {one}", f"{one}.delete", f"cancel {one}"),
        "delete|remove|get rid of|erase",
    )


def _facts(arguments: dict[str, Argument]) -> dict[str, Argument]:
    """The attributes that a new record is told, which criteria of a search are not."""
    facts = (row for row in arguments.items() if row[1].values != "flag")
    return {key: one for key, one in facts if not CRITERION.search(one.names)}


def _creation(domain: str, one: str, facts: dict[str, Argument]) -> Function:
    parts = [f"{argument.names.partition('/')[0]} <{key}>" for key, argument in facts.items()]
    rest = "".join(f"[, {part}]" for part in parts[1:])
    do = (
        f"(create|add|register|enter) a new {one}: {parts[0]}{rest}",
        f"(create|add|register) {_article(one)}{one} with {parts[0]}{rest}",
        f"put a new {one} into the records, {parts[0]}{rest}",
    )
    names = (f"create {one}", f"add {one}", f"{one}.create", f"register {one}", f"new {one}")
    about = (f"Create {_article(one)}{one}", f"Add a new {one} to the records")
    return Function(f"{domain}/create {one}", names, about, facts, do)


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _article(noun: str) -> str:
    """The article that stands before a noun, with a space; plural nouns have none."""
    if noun.endswith("s") and not SINGULAR.search(noun):
        return ""
    return "an " if AN.match(noun) else "a "
