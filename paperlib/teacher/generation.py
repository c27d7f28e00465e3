"""Runs the jobs of a teacher and keeps the examples that a validator accepts.

All that a run writes follows from its jobs and its request cache: a run that was killed and started again leaves the
same files as one that was left alone.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import openai
from tqdm import tqdm

from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest, write_json, write_jsonl
from paperlib.data.examples import Example, data_hash, save_examples
from paperlib.teacher.client import Reply, complete
from paperlib.teacher.instructions import HASHES
from paperlib.teacher.request_cache import RequestCache
from paperlib.teacher.tasks import Job, UnusableReplyError

Validator = Callable[[Example], list[str]]  # the errors of an example, which is accepted where there are none


@dataclass(frozen=True)
class Outcome:
    """What became of one job: its replies in order, and the example in the last one, if any."""

    job: Job
    replies: list[Reply]
    unusable: list[str]  # what is wrong with each reply that holds no example
    example: Example | None = None


def teach(
    jobs: Sequence[Job],
    client: openai.AsyncOpenAI,
    cache: RequestCache,
    validator: Validator,
    folder: Path,
    concurrency: int = 8,
    attempts: int = 3,
) -> dict[str, Any]:
    """Makes an example of every job; returns the content of report.json.

    Accepted examples go to examples.jsonl in ``folder``, the others to rejected.jsonl, with errors and raw reply.
    ``concurrency`` requests are open at a time; a job is given up after ``attempts`` replies without an example. Raises
    PaperlibError where the server refuses or stays down, or where nothing is accepted; the cache is kept.
    """
    if not jobs:
        raise PaperlibError("there is nothing to ask for: no examples to rewrite, or no schemas")
    outcomes = asyncio.run(_run(jobs, client, cache, concurrency, attempts))
    errors = _errors(outcomes, validator)
    accepted = [o.example for o in outcomes if o.example and not errors[o.job.id]]
    save_examples(folder / "examples.jsonl", accepted)
    rejected = folder / "rejected.jsonl"
    write_jsonl(rejected, (_rejection(o, errors[o.job.id]) for o in outcomes if errors[o.job.id]))
    report = _report(outcomes, accepted)
    write_json(folder / "report.json", report)
    if not accepted:
        common = Counter(error for each in errors.values() for error in each).most_common(1)[0][0]
        raise PaperlibError(f"none of {len(jobs)} examples was accepted, mostly for: {common}; see {rejected}")
    return report


async def _run(
    jobs: Sequence[Job], client: openai.AsyncOpenAI, cache: RequestCache, concurrency: int, attempts: int
) -> list[Outcome]:
    """One outcome for each job, in order. The first error cancels all requests and is raised."""
    outcomes: dict[str, Outcome] = {}
    queue = iter(jobs)

    async def work() -> None:
        for job in queue:
            outcomes[job.id] = await _ask(job, client, cache, attempts)
            progress.update()

    try:
        with tqdm(total=len(jobs), desc="teach", disable=None) as progress:
            async with client, asyncio.TaskGroup() as workers:
                for _ in range(concurrency):
                    workers.create_task(work())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return [outcomes[job.id] for job in jobs]


async def _ask(job: Job, client: openai.AsyncOpenAI, cache: RequestCache, attempts: int) -> Outcome:
    """Requests with other seeds, until a reply holds an example; those in the cache are not made again."""
    outcome = Outcome(job, [], [])
    for attempt in range(attempts):
        request = job.request(attempt)
        reply = cache.get(request)
        if reply is None:
            reply = await complete(client, request)
            cache.add(request, reply)
        outcome.replies.append(reply)
        try:
            return replace(outcome, example=job.example(reply))
        except UnusableReplyError as error:
            outcome.unusable.append(str(error))
    return outcome


def _errors(outcomes: Sequence[Outcome], validator: Validator) -> dict[str, list[str]]:
    """The errors of every job's example by job id; of two examples with the same text, the later has one."""
    accepted: dict[tuple[str, str], str] = {}  # (schema, text) -> example id
    errors: dict[str, list[str]] = {}
    for outcome in outcomes:
        example, source = outcome.example, outcome.job.source
        if example is None:
            errors[outcome.job.id] = [outcome.unusable[-1]]
        elif source and example.text == source.text.strip():
            errors[outcome.job.id] = ["the text is the one to be rewritten"]
        elif first := accepted.get((example.schema_id, example.text)):
            errors[outcome.job.id] = [f"the text is that of {first}"]
        elif not (errors.setdefault(example.id, validator(example))):
            accepted[example.schema_id, example.text] = example.id
    return errors


def _rejection(outcome: Outcome, errors: list[str]) -> dict[str, Any]:
    job, request = outcome.job, outcome.job.request(len(outcome.replies) - 1)
    row = {"id": job.id, "schema_id": job.schema.id, "surface": job.plan.surface, "errors": errors}
    return {**row, "request": digest(request), "reply": outcome.replies[-1].text}


def _report(outcomes: Sequence[Outcome], accepted: Sequence[Example]) -> dict[str, Any]:
    """What the examples were made with, and counts, with those replies that were in the request cache already."""
    plan, usages = outcomes[0].job.plan, [reply.usage for outcome in outcomes for reply in outcome.replies]
    tokens = {
        name: sum(usage[name] for usage in usages if isinstance(usage.get(name), int))
        for name in ("prompt_tokens", "completion_tokens")
    }
    return {
        **asdict(plan),
        "prompt_hash": HASHES[plan.task],
        "jobs": len(outcomes),
        "accepted": len(accepted),
        "rejected": len(outcomes) - len(accepted),
        "replies": len(usages),
        "unusable": dict(sorted(Counter(kind for outcome in outcomes for kind in outcome.unusable).items())),
        **tokens,
        "data_hash": data_hash(accepted),
    }
