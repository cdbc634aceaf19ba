"""Workers and queues as lines of text, for whoever looks at them in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hubshare.names import count, quoted
from hubshare.wire.api.ops import Overview, Queues, WorkerProcess


def duration(seconds: float) -> str:
    """A length of time as people say it: `8 s`, `12 min`, `3 h`, `2 d`."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def milliseconds(number: float) -> str:
    """A short time as people say it: `40 ms`, `1.2 s`, `12 min`."""
    if number < 1000:
        return f"{number:.0f} ms"
    return f"{number / 1000:.1f} s" if number < 10_000 else duration(number / 1000)


def of_findings(found: Overview) -> list[str]:
    """Whether sharing is healthy, and a line for each thing that is wrong or to be known."""
    first = "Sharing is healthy." if found.healthy else "Sharing is not healthy:"
    return [first, *(f"  {one.severity:<7} {one.words}" for one in found.findings)]


def of_workers(workers: Sequence[WorkerProcess]) -> list[str]:
    """A line for each process, and one for each job that it runs."""
    lines = ["PROCESS                         PART       BUSY   MEMORY   VERSION    STATE"]
    for one in workers:
        place = f"{one.host}:{one.pid}"
        lines.append(
            f"{place:<31} {one.part:<10} {one.busy:>2}/{one.threads:<3} {one.memory_bytes >> 20:>4} MiB  "
            f" {one.version:<10} {state_of(one)}"
        )
        for job in one.running:
            of = " of ".join(part for part in (job.kind, quoted(job.person)) if part)
            about = f", {job.project}" if job.project else ""
            step = f", {job.step} for {duration(job.step_seconds)}" if job.step else ""
            was = f", ran for {duration(job.seconds)} then{f': {job.now}' if job.now else ''}" if one.lost else ""
            lines.append(f"    {of}{about}{step}{was}")
    return lines if workers else ["No process of workers or of the service was seen within the last hour."]


def state_of(one: WorkerProcess) -> str:
    """What is to be said of a process in a word or two."""
    if one.lost:
        return f"lost since {one.seen:%H:%M:%S} UTC, {duration(one.seen_seconds_ago)} ago"
    if one.ending:
        return "ends: finishes what it has begun"
    return ", ".join(
        [
            "quiet: begins no jobs" if one.quiet else "works",
            *(["reads the outboxes"] if one.reads else []),
        ]
    )


def of_queues(found: Queues) -> list[str]:
    """A line for each queue, then what is paused and what agents have sent."""
    lines = ["QUEUE          WAITING  RUNNING  DELAYED  DEAD  OLDEST   WORKERS"]
    for queue in found.queues:
        lines.append(
            f"{queue.name:<14} {queue.waiting:>7}  {queue.running:>7}  {queue.delayed:>7}  {queue.dead:>4}  "
            f"{duration(queue.oldest_seconds) if queue.waiting else '–':<8} {queue.workers}"
            f"{'   PAUSED' if queue.paused else ''}"
        )
    for pause in found.pauses:
        why = f": {quoted(pause.reason)}" if pause.reason else ""
        lines.append(f"{pause.what} is paused by {quoted(pause.user)} since {pause.since:%Y-%m-%d %H:%M} UTC{why}")
    if found.outbox_messages is None:
        lines.append("Nobody reads what agents send.")
    elif found.outbox_messages:
        oldest = duration(found.outbox_oldest_seconds)
        lines.append(f"{count(found.outbox_messages, 'message')} of agents wait, the oldest for {oldest} at least.")
    return lines
