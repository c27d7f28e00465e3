"""Runs the jobs of a teacher and keeps the examples that a validator accepts.

All that a run writes follows from its jobs and its request cache: a run that was killed and started again leaves the
same files as one that was left alone.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI
from tqdm import tqdm

from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest, read_jsonl, write_json, write_jsonl
from paperlib.data.examples import Example, data_hash
from paperlib.teacher.client import TOO_LONG, Reply, complete
from paperlib.teacher.instructions import HASHES
from paperlib.teacher.request_cache import RequestCache
from paperlib.teacher.tasks import Job, UnusableReplyError

Validator = Callable[[Example], list[str]]  # the errors of an example, which is accepted where there are none
COUNTED = ("prompt_tokens", "completion_tokens")  # of a reply's usage


@dataclass
class Outcome:
    """What became of one job."""

    job: Job
    replies: list[Reply] = field(default_factory=list)  # in order
    unusable: list[str] = field(default_factory=list)  # what is wrong with each reply that holds no example
    example: Example | None = None  # in the last reply
    errors: list[str] = field(default_factory=list)  # why there is no example, or why it is rejected
    second: Reply | None = None  # to the job's second request, which is to confirm the example
    confirmed: dict[str, Any] = field(default_factory=dict)  # what it says

    @property
    def all_replies(self) -> list[Reply]:
        return [*self.replies, self.second] if self.second else self.replies

    @property
    def reason(self) -> str:
        """Why the example is rejected, without particulars; "accepted" where it is not."""
        return self.errors[0].partition(":")[0] if self.errors else "accepted"


def teach(
    jobs: Sequence[Job],
    client: AsyncOpenAI,
    cache: RequestCache,
    validator: Validator,
    concurrency: int = 8,
    attempts: int = 3,
) -> dict[str, Any]:
    """Makes an example of every job and writes, beside the cache, the job's file (the accepted ones; examples.jsonl,
    most often), rejected.jsonl (with errors and raw reply) and report.json, whose content is returned.

    ``concurrency`` requests are open at a time; a job is given up after ``attempts`` replies without an example. Raises
    PaperlibError where the server refuses or stays down, or where nothing is accepted; the cache is kept.
    """
    if not jobs:
        raise PaperlibError("there is nothing to ask for: no examples to rewrite, or no schemas")
    outcomes = asyncio.run(_run(jobs, client, cache, validator, concurrency, attempts))
    _refuse_copies(outcomes)
    accepted = [outcome.example for outcome in outcomes if outcome.example and not outcome.errors]
    report, rejected = _report(outcomes, accepted), cache.path.with_name("rejected.jsonl")
    rows = [{**one.job.row(one.example), **one.confirmed} for one in outcomes if one.example and not one.errors]
    made = cache.path.with_name(jobs[0].file)
    if jobs[0].corrected_by_hand:
        rows, report["kept_as_they_stood"] = _as_corrected(made, rows)
    write_jsonl(made, rows)
    write_jsonl(rejected, (_rejection(outcome) for outcome in outcomes if outcome.errors))
    write_json(cache.path.with_name("report.json"), report)
    if not accepted:
        common = Counter(error for outcome in outcomes for error in outcome.errors).most_common(1)[0][0]
        raise PaperlibError(f"none of {len(jobs)} examples was accepted, mostly for: {common}; see {rejected}")
    return report


def _as_corrected(path: Path, rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """``rows``, those whose text ``path`` has already with what stands there, then what else it has, under ids that are
    free; and how many stood there."""
    standing = [row for _, row in read_jsonl(path)] if path.is_file() else []
    first = {row.get("text"): row for row in reversed(standing)}
    kept = [first.get(row["text"], row) for row in rows]
    merged = [{**one, "id": row["id"]} for one, row in zip(kept, rows, strict=True)]
    taken = {row["id"] for row in merged}
    for row in standing:
        if any(row is one for one in kept):
            continue
        name = id = str(row.get("id"))
        number = 1
        while id in taken:
            id, number = f"{name} ({number})", number + 1
        taken.add(id)
        merged.append({**row, "id": id})
    return merged, len(standing)


async def _run(
    jobs: Sequence[Job], client: AsyncOpenAI, cache: RequestCache, validator: Validator, concurrency: int, attempts: int
) -> list[Outcome]:
    """One outcome for each job, in order. The first error cancels all requests and is raised."""
    outcomes = [Outcome(job) for job in jobs]
    queue = iter(outcomes)

    async def work() -> None:
        for outcome in queue:
            await _ask(outcome, client, cache, attempts)
            await _check(outcome, client, cache, validator)
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
        reply = await _reply(outcome.job.request(attempt), client, cache)
        outcome.replies.append(reply)
        try:
            outcome.example = outcome.job.example(reply)
            return
        except UnusableReplyError as error:
            outcome.unusable.append(str(error))


async def _check(outcome: Outcome, client: AsyncOpenAI, cache: RequestCache, validator: Validator) -> None:
    """Sets the errors of an outcome: by the validator, and where it has none, by the reply to a second request."""
    job, example = outcome.job, outcome.example
    if example is None:
        outcome.errors = [outcome.unusable[-1]]
    elif job.source and example.text == job.source.text.strip():
        outcome.errors = ["the text is the one to be rewritten"]
    else:
        outcome.errors = validator(example)
    if example and not outcome.errors and (request := job.second_request(example)):
        outcome.second = await _reply(request, client, cache)
        try:
            outcome.confirmed = job.confirm(example, outcome.second)
        except UnusableReplyError as error:
            outcome.errors = [str(error)]


async def _reply(request: dict[str, Any], client: AsyncOpenAI, cache: RequestCache) -> Reply:
    """The reply in the cache, or a new one; that a request is too long for this server is not kept for another, and
    what is no chat completion, such as a gateway's remark, is asked for again."""
    reply = cache.get(request)
    if reply is None or reply.finish_reason is None:
        reply = await complete(client, request)
        if reply.finish_reason != TOO_LONG:
            cache.add(request, reply)
    return reply


def _refuse_copies(outcomes: Sequence[Outcome]) -> None:
    """Gives the later of two examples with the same text an error."""
    accepted: dict[tuple[str, str], str] = {}  # (schema, text) -> example id
    for outcome in outcomes:
        if (example := outcome.example) and not outcome.errors:
            first = accepted.setdefault((example.schema_id, example.text), example.id)
            outcome.errors = [] if first == example.id else [f"the text is that of {first}"]


def _rejection(outcome: Outcome) -> dict[str, Any]:
    """One row of rejected.jsonl."""
    job, request = outcome.job, outcome.job.request(len(outcome.replies) - 1)
    row = {"id": job.id, "schema_id": job.schema.id, "surface": job.surface, "errors": outcome.errors}
    second = {"second_reply": outcome.second.text} if outcome.second else {}
    return {**row, "request": digest(request), "reply": outcome.replies[-1].text, **second}


def _report(outcomes: Sequence[Outcome], accepted: Sequence[Example]) -> dict[str, Any]:
    """What the examples were made with, and counts, with those replies that were in the cache already."""
    plan, replies = outcomes[0].job.plan, [reply for outcome in outcomes for reply in outcome.all_replies]
    counts = {"jobs": len(outcomes), "accepted": len(accepted), "rejected": len(outcomes) - len(accepted)}
    tokens = _tokens(replies)
    unusable = Counter(kind for outcome in outcomes for kind in outcome.unusable)
    made_with = {**asdict(plan), "prompt_hash": HASHES[plan.task]}
    counts |= {"replies": len(replies), **tokens}
    return {
        **made_with,
        **counts,
        "unusable": dict(sorted(unusable.items())),
        **_tables(outcomes),
        "data_hash": data_hash(accepted),
    }


def _tokens(replies: Sequence[Reply]) -> dict[str, int]:
    return {
        name: sum(reply.usage[name] for reply in replies if isinstance(reply.usage.get(name), int)) for name in COUNTED
    }


def _tables(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What became of the jobs and what they cost, by each of their groups and, if they have any, by reason."""
    tables: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        groups = outcome.job.groups
        for name, group in {**groups, "reason": outcome.reason}.items() if groups else ():
            tables[f"by_{name}"][group].append(outcome)
    return {name: {group: _costs(table[group]) for group in sorted(table)} for name, table in sorted(tables.items())}


def _costs(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Counts of some jobs; seconds are those of their requests, which overlap where several are open at a time."""
    replies = [reply for outcome in outcomes for reply in outcome.all_replies]
    n = sum(not outcome.errors for outcome in outcomes)
    counts = {"jobs": len(outcomes), "accepted": n, "accepted_share": round(n / len(outcomes), 3)}
    return {**counts, "seconds": round(sum(reply.seconds for reply in replies), 1), **_tokens(replies)}
