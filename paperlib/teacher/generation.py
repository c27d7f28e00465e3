"""From jobs to a dataset: asks for what the journal does not hold, keeps what a validator accepts.

All that is written besides the journal follows from the journal and the jobs: a run that was killed and started again
leaves the same files as one that was left alone.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from paperlib.core.errors import PaperlibError
from paperlib.core.files import write_json, write_jsonl
from paperlib.data.examples import Example, data_hash, save_examples
from paperlib.data.schemas import Schemas, breaches
from paperlib.teacher.chat import Reply, Request
from paperlib.teacher.client import Client
from paperlib.teacher.rate_limiter import HaltedError
from paperlib.teacher.request_cache import Journal
from paperlib.teacher.tasks import Job, UnusableError

Check = Callable[[Example], list[str]]  # the faults of an example; none: it is accepted


def by_schema(schemas: Schemas) -> Check:
    """The check that an answer follows its JSON Schema, formats included; sorted faults name places in it."""

    def check(example: Example) -> list[str]:
        return sorted(breaches(example.answer, schemas[example.schema_id]))

    return check


@dataclass(frozen=True)
class Files:
    """What a run writes, all in one folder."""

    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"  # every reply

    @property
    def examples(self) -> Path:
        return self.folder / "examples.jsonl"  # the accepted ones

    @property
    def refused(self) -> Path:
        return self.folder / "refused.jsonl"  # the others: faults and raw reply

    @property
    def report(self) -> Path:
        return self.folder / "report.json"  # what they were made with, and counts


@dataclass(frozen=True)
class Outcome:
    """What became of one job: all replies to it in order, and the example in the last one, or its fault."""

    job: Job
    replies: tuple[tuple[Request, Reply], ...]
    example: Example | None
    unusable: tuple[str, ...]  # one fault for each reply without an example


@dataclass(frozen=True)
class Teacher:
    """Who is asked, and how persistently."""

    client: Client
    journal: Journal
    workers: int = 8
    again: int = 2  # times a job is asked again after a reply without an example in it

    def outcomes(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One for each job, in order. Raises the first PaperlibError of any worker, once the others have stopped."""
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                futures = [pool.submit(self._outcome, job) for job in jobs]
                _wait_for(futures)
            except BaseException:
                self.client.halt.call()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _outcome(self, job: Job) -> Outcome:
        try:
            return self._ask(job)
        except BaseException:
            self.client.halt.call()  # here, so that no worker starts another job meanwhile
            raise

    def _ask(self, job: Job) -> Outcome:
        replies: list[tuple[Request, Reply]] = []
        unusable: list[str] = []
        for attempt in range(self.again + 1):
            request = job.request(attempt)
            replies.append((request, self._reply(request, job.plan.prompt_hash)))
            try:
                return Outcome(job, tuple(replies), job.example(replies[-1][1]), tuple(unusable))
            except UnusableError as error:
                unusable.append(str(error))
        return Outcome(job, tuple(replies), None, tuple(unusable))

    def _reply(self, request: Request, prompt_hash: str) -> Reply:
        reply = self.journal.get(request)
        if reply is None:
            reply = self.client.ask(request.body())
            self.journal.append(request, reply, prompt_hash)
        return reply


@dataclass(frozen=True)
class Report:
    """Counts of a run, those replies included that an earlier start of it has left in the journal."""

    jobs: int
    accepted: int
    refused: int
    replies: int
    unusable: dict[str, int]  # replies without an example, by kind
    prompt_tokens: int
    completion_tokens: int

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.unusable.items()) or "none"
        return (
            f"{self.accepted} of {self.jobs} accepted, {self.refused} refused; "
            f"{self.replies} replies (unusable: {kinds}), {self.completion_tokens} tokens written"
        )


def teach(jobs: Sequence[Job], teacher: Teacher, check: Check, files: Files) -> Report:
    """Asks for every job and writes `Files`. Raises PaperlibError when the server cannot be had, or where nothing is
    accepted; the journal is kept."""
    if not jobs:
        raise PaperlibError("there is nothing to ask for")
    outcomes = teacher.outcomes(jobs)
    faults = dict(_judged(outcomes, check))
    accepted = [o.example for o in outcomes if o.example and not faults[o.job.id]]
    save_examples(files.examples, accepted)
    write_jsonl(files.refused, (_refusal(o, faults[o.job.id]) for o in outcomes if faults[o.job.id]))
    report = _count(outcomes, len(accepted))
    write_json(files.report, {**_origin(jobs[0]), **asdict(report), "data_hash": data_hash(accepted)})
    if not accepted:
        told = Counter(fault for each in faults.values() for fault in each).most_common(1)[0][0]
        raise PaperlibError(f"none of {len(jobs)} examples was accepted, mostly for: {told}; see {files.refused}")
    return report


def _wait_for(futures: Sequence[Future[Outcome]]) -> None:
    """Raises the error that made the workers halt, not that of those that were told to."""
    for future in tqdm(as_completed(futures), total=len(futures), desc="teach", disable=None):
        with contextlib.suppress(HaltedError):
            future.result()


def _judged(outcomes: Iterable[Outcome], check: Check) -> Iterator[tuple[str, list[str]]]:
    """Job ids with the faults of what came of them; of two with the same text the later one is refused."""
    seen: dict[tuple[str, str], str] = {}
    for outcome in outcomes:
        example, source = outcome.example, outcome.job.source
        if example is None:
            faults = [outcome.unusable[-1]]
        elif source and example.text == source.text.strip():
            faults = ["the text is the one to be rewritten"]
        elif first := seen.get((example.schema_id, example.text)):
            faults = [f"the text is that of {first}"]
        else:
            faults = check(example)
        if example and not faults:
            seen[example.schema_id, example.text] = example.id
        yield outcome.job.id, faults


def _refusal(outcome: Outcome, faults: list[str]) -> dict[str, Any]:
    request, reply = outcome.replies[-1]
    job = outcome.job
    row = {"id": job.id, "schema_id": job.schema.id, "surface": job.plan.surface}
    return {**row, "faults": faults, "request": request.hash, "reply": reply.text}


def _count(outcomes: Sequence[Outcome], accepted: int) -> Report:
    usages = [reply.usage for outcome in outcomes for _, reply in outcome.replies]
    return Report(
        jobs=len(outcomes),
        accepted=accepted,
        refused=len(outcomes) - accepted,
        replies=len(usages),
        unusable=dict(sorted(Counter(kind for outcome in outcomes for kind in outcome.unusable).items())),
        prompt_tokens=_total(usages, "prompt_tokens"),
        completion_tokens=_total(usages, "completion_tokens"),
    )


def _total(usages: Iterable[dict[str, Any]], name: str) -> int:
    return sum(usage[name] for usage in usages if isinstance(usage.get(name), int))


def _origin(job: Job) -> dict[str, Any]:
    return {**asdict(job.plan), "prompt_hash": job.plan.prompt_hash}
