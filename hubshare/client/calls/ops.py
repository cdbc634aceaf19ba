"""Calls about workers and queues; for admins of the Hub."""

from __future__ import annotations

from typing import Literal

from hubshare.client.call import Call, api, many
from hubshare.client.calls.verbs import delete, get, put
from hubshare.wire import api as r


def overview() -> Call[r.Overview]:
    """Whether sharing is healthy, and if not, what is wrong and why."""
    return get(api("ops", "overview"), r.Overview)


def history(range: r.HistoryRange = "hour", kind: str = "") -> Call[r.History]:
    """What became of jobs and how long they took, over time and for each kind.

    Args:
        range: how far back from now.
        kind: of which jobs the points tell; "" for all.
    """
    return get(api("ops", "history"), r.History, range=range, kind=kind)


def workers() -> Call[list[r.WorkerProcess]]:
    """All processes of workers and of the service that were seen within the last hour and have not ended in order."""
    return Call("GET", api("ops", "workers"), many(r.WorkerProcess), repeat=True)


def order_workers(worker: str, order: Literal["work", "quiet", "stop"]) -> Call[list[r.WorkerProcess]]:
    """Ask a worker process for something, by its name; `all` for all of them.

    Args:
        order: `quiet`: begin no more jobs; `work`: begin jobs again; `stop`: finish what has begun, and end.
    """
    path, body = api("ops", "workers", worker, "order"), {"order": order}
    return Call("POST", path, many(r.WorkerProcess), body=body, repeat=True)


def waiting_projects() -> Call[list[r.ProjectLag]]:
    """The projects that wait longest: for jobs to begin, or with checkouts that lack versions."""
    return Call("GET", api("ops", "projects"), many(r.ProjectLag), repeat=True)


def queues() -> Call[r.Queues]:
    """What waits in the queues, for how long, whose it is, and what is paused."""
    return get(api("ops", "queues"), r.Queues)


def pause_jobs(what: str, reason: str = "") -> Call[r.Pause]:
    """Begin no more jobs of a queue or a kind, on any worker, until it is let go on.

    Args:
        what: `queue:NAME` or `kind:NAME`.
    """
    return put(api("ops", "pauses", what), r.Pause, {"reason": reason})


def resume_jobs(what: str) -> Call[None]:
    """Let a queue or a kind of jobs go on."""
    return delete(api("ops", "pauses", what))
