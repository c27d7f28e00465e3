"""Runs the jobs of a teacher and keeps the examples that a validator accepts.

All that a run writes follows from its jobs and its request cache: a run that was killed and started again leaves the
same files as one that was left alone.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from openai import AsyncOpenAI
from tqdm import tqdm

from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest, write_json, write_jsonl
from paperlib.data.examples import Example, data_hash, save_examples
from paperlib.teacher.client import Reply, complete
from paperlib.teacher.instructions import HASHES
from paperlib.teacher.request_cache import RequestCache
from paperlib.teacher.tasks import Job, UnusableReplyError

Validator = Callable[[Example], list[str]]  # the errors of an example, which is accepted where there are none


@dataclass
class Outcome:
    """What became of one job."""

    job: Job
    replies: list[Reply] = field(default_factory=list)  # in order
    unusable: list[str] = field(default_factory=list)  # what is wrong with each reply that holds no example
    example: Example | None = None  # in the last reply
    errors: list[str] = field(default_factory=list)  # why there is no example, or why it is rejected


def teach(
    jobs: Sequence[Job],
    client: AsyncOpenAI,
    cache: RequestCache,
    validator: Validator,
    concurrency: int = 8,
    attempts: int = 3,
) -> dict[str, Any]:
    """Makes an example of every job and writes, beside the cache, examples.jsonl (the accepted ones), rejected.jsonl
    (with errors and raw reply) and report.json, whose content is returned.

    ``concurrency`` requests are open at a time; a job is given up after ``attempts`` replies without an example. Raises
    PaperlibError where the server refuses or stays down, or where nothing is accepted; the cache is kept.
    """
    if not jobs:
        raise PaperlibError("there is nothing to ask for: no examples to rewrite, or no schemas")
    outcomes = asyncio.run(_run(jobs, client, cache, concurrency, attempts))
    _validate(outcomes, validator)
    accepted = [outcome.example for outcome in outcomes if outcome.example and not outcome.errors]
    report, rejected = _report(outcomes, accepted), cache.path.with_name("rejected.jsonl")
    save_examples(cache.path.with_name("examples.jsonl"), accepted)
    write_jsonl(rejected, (_rejection(outcome) for outcome in outcomes if outcome.errors))
    write_json(cache.path.with_name("report.json"), report)
    if not accepted:
        common = Counter(error for outcome in outcomes for error in outcome.errors).most_common(1)[0][0]
        raise PaperlibError(f"none of {len(jobs)} examples was accepted, mostly for: {common}; see {rejected}")
    return report


async def _run(
    jobs: Sequence[Job], client: AsyncOpenAI, cache: RequestCache, concurrency: int, attempts: int
) -> list[Outcome]:
    """One outcome for each job, in order. The first error cancels all requests and is raised."""
    outcomes = [Outcome(job) for job in jobs]
    queue = iter(outcomes)

    async def work() -> None:
        for outcome in queue:
            await _ask(outcome, client, cache, attempts)
            progress.update()

    try:
        with tqdm(total=len(jobs), desc="teach", disable=None) as progress:
            async with client, asyncio.TaskGroup() as workers:
                for _ in range(concurrency):
                    workers.create_task(work())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return outcomes


async def _ask(outcome: Outcome, client: AsyncOpenAI, cache: RequestCache, attempts: int) -> None:
    """Requests with other seeds, until a reply holds an example; those in the cache are not made again."""
    for attempt in range(attempts):
        request = outcome.job.request(attempt)
        reply = cache.get(request)
        if reply is None:
            reply = await complete(client, request)
            cache.add(request, reply)
        outcome.replies.append(reply)
        try:
            outcome.example = outcome.job.example(reply)
            return
        except UnusableReplyError as error:
            outcome.unusable.append(str(error))


def _validate(outcomes: Sequence[Outcome], validator: Validator) -> None:
    """Sets the errors of all outcomes; of two examples with the same text, the later has one."""
    accepted: dict[tuple[str, str], str] = {}  # (schema, text) -> example id
    for outcome in outcomes:
        example, source = outcome.example, outcome.job.source
        if example is None:
            outcome.errors = [outcome.unusable[-1]]
        elif source and example.text == source.text.strip():
            outcome.errors = ["the text is the one to be rewritten"]
        elif first := accepted.get((example.schema_id, example.text)):
            outcome.errors = [f"the text is that of {first}"]
        else:
            outcome.errors = validator(example)
        if example and not outcome.errors:
            accepted[example.schema_id, example.text] = example.id


def _rejection(outcome: Outcome) -> dict[str, Any]:
    """One row of rejected.jsonl."""
    job, request = outcome.job, outcome.job.request(len(outcome.replies) - 1)
    row = {"id": job.id, "schema_id": job.schema.id, "surface": job.plan.surface, "errors": outcome.errors}
    return {**row, "request": digest(request), "reply": outcome.replies[-1].text}


def _report(outcomes: Sequence[Outcome], accepted: Sequence[Example]) -> dict[str, Any]:
    """What the examples were made with, and counts, with those replies that were in the cache already."""
    plan, replies = outcomes[0].job.plan, [reply for outcome in outcomes for reply in outcome.replies]
    counts = {"jobs": len(outcomes), "accepted": len(accepted), "rejected": len(outcomes) - len(accepted)}
    tokens = {
        name: sum(reply.usage[name] for reply in replies if isinstance(reply.usage.get(name), int))
        for name in ("prompt_tokens", "completion_tokens")
    }
    unusable = Counter(kind for outcome in outcomes for kind in outcome.unusable)
    made_with = {**asdict(plan), "prompt_hash": HASHES[plan.task]}
    counts |= {"replies": len(replies), **tokens}
    return {**made_with, **counts, "unusable": dict(sorted(unusable.items())), "data_hash": data_hash(accepted)}
