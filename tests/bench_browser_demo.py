"""How the page of `paperlib export --to web` answers beside `paperlib extract`: equal answers, tokens/s, load time.

    PYTHONPATH=. python tests/bench_browser_demo.py DIR [--model reader-135m] [--screenshots DIR]

``DIR`` is an exported page. Needs Chromium; its first visit, which loads the model, is timed from the click on.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import devtools

from paperlib import Extractor

IDLE = "document.querySelector('main:not([hidden])') && document.getElementById('extract').textContent === 'Extract'"
SIZES = {"wide": (1280, 920, False), "dark": (1280, 920, True), "narrow": (390, 1400, False)}


def _fields(**types: Any) -> dict[str, Any]:
    named = {name: {"type": kind} if isinstance(kind, str | list) else kind for name, kind in types.items()}
    return {"type": "object", "properties": named}


DAY = {"type": "string", "format": "date"}
CASES = (
    (
        "The shuttle from Aveiro to Coimbra leaves at 07:40 on 9 May 2027. Ines Prado drives it, there are 14 seats, "
        "and a ticket costs 6.50 euros.",
        _fields(**{"from": "string"}, to="string", date=DAY, driver="string", seats="integer", price="number")
        | {"required": ["from", "to", "date"]},
    ),
    (
        "Sensor K-17 in the greenhouse reported 21.4 degrees and 63 percent humidity; its battery is at 88 percent. "
        "Status: ok.",
        _fields(
            sensor_id="string",
            location="string",
            temperature="number",
            humidity="number",
            status={"enum": ["ok", "warning", "failed"]},
        )
        | {"required": ["sensor_id", "temperature"]},
    ),
    (
        "Please ship 3 boxes of candles and 12 jars of honey to Tomasz Wilk, 8 Mill Lane, Norwich. His order is "
        "no. 55820.",
        _fields(
            order_number="string",
            customer="string",
            address="string",
            items={
                "type": "array",
                "items": _fields(name="string", quantity="integer") | {"required": ["name", "quantity"]},
            },
        )
        | {"required": ["customer", "items"]},
    ),
    (
        "Dr. Helena Voss will speak about tidal power in room B2 on 21 October 2026. Write to helena.voss@example.org "
        "to register; the lecture is free.",
        _fields(
            speaker="string",
            topic="string",
            room="string",
            date=DAY,
            email={"type": "string", "format": "email"},
            free="boolean",
        )
        | {"required": ["speaker", "date"]},
    ),
    (
        "Meeting notes: Omar and Lucia agreed to move the launch to 2 June 2027. Omar tells the press, Lucia books the "
        "hall. The budget is 4200 pounds.",
        _fields(
            attendees={"type": "array", "items": {"type": "string"}},
            new_date={"type": ["string", "null"], "format": "date"},
            budget="number",
            location=["string", "null"],
        )
        | {"required": ["attendees", "new_date", "budget", "location"]},
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="reader-135m")
    parser.add_argument("--screenshots", type=Path, help="where pictures of the second example go")
    arguments = parser.parse_args()
    extractor, equal = Extractor.load(arguments.model), 0
    with (
        tempfile.TemporaryDirectory() as profile,
        devtools.serving(arguments.folder) as url,
        devtools.chromium(Path(profile)) as page,
    ):
        page.open(url, f"crossOriginIsolated && {IDLE}")
        page.run("examples.value = 1; examples.dispatchEvent(new Event('change'))")
        print(f"first answer, with the load of the model: {_ask(page):.1f} s; {_shown(page, 'status')}")
        for name, (width, height, dark) in SIZES.items() if arguments.screenshots else ():
            page.screenshot(arguments.screenshots / f"{name}.png", width, height, dark)
        for text, schema in CASES:
            _fill(page, text=text, schema=json.dumps(schema, indent=1))
            seconds = _ask(page)
            ours, theirs = extractor(text, schema).value, json.loads(_shown(page, "answer"))
            equal += ours == theirs
            print(f"{'equal' if ours == theirs else 'not equal'}, {seconds:.1f} s; {_shown(page, 'status')}")
            if ours != theirs:
                print(f"  extract: {json.dumps(ours)}\n  page:    {json.dumps(theirs)}")
    print(f"{equal} of {len(CASES)} answers are equal")


def _ask(page: devtools.Page) -> float:
    began = time.perf_counter()
    page.run("document.getElementById('extract').click()")
    page.until(IDLE)
    return time.perf_counter() - began


def _fill(page: devtools.Page, **fields: str) -> None:
    for name, value in fields.items():
        page.run(f"document.getElementById('{name}').value = {json.dumps(value)}")
        page.run(f"document.getElementById('{name}').dispatchEvent(new Event('input', {{ bubbles: true }}))")


def _shown(page: devtools.Page, name: str) -> str:
    return str(page.run(f"document.getElementById('{name}').textContent"))


if __name__ == "__main__":
    main()
