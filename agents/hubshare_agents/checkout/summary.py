"""A checkout at a glance: from what its loop knows, without a look at the disk or the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

from hubshare.names import count
from hubshare.sync.plan import Tally
from hubshare.wire.api.notifications import Notification
from hubshare.wire.api.offers import Offer
from hubshare.wire.api.servers import ServerRequest
from hubshare.wire.socket.following import Counts, Need, Step, Summary
from hubshare.wire.socket.sharing import Unopened
from hubshare.wire.socket.syncing import Refusal
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.planning import MOST_REASONS
from hubshare_agents.checkout.status import RESTLESS, told_apart

#: What people are told that offers, requests and checkouts tell themselves.
_SHOWN = frozenset({"offer", "server", "conflict", "job", "access_lost"})


def summary(loop: CheckoutLoop) -> Summary:
    """Return how a checkout is, as it was seen last."""
    state, tally = loop.checkout.state, loop.checkout.tally
    reasons = (
        (tally.reasons if tally is not None else {}) | loop.left | dict.fromkeys(loop.looking.pace.restless, RESTLESS)
    )
    return Summary(
        checkout=state.checkout,
        project=state.name,
        folder=state.root,
        mode=state.mode,
        role=state.role,
        policy=state.policy,
        version=state.number,
        counts=None if tally is None else _counts(tally, len(reasons)),
        reasons=dict(islice(reasons.items(), MOST_REASONS)),
        pushing=state.pending is not None,
        waiting=loop.protocol.waiting if state.pending is not None else "",
        refused=Refusal(code=state.refused.code, message=state.refused.message) if state.refused else None,
        lost=state.lost,
        **told_apart(loop.pause),
        offline="" if state.lost else loop.offline or loop.waits,
        unwatched=loop.looking.fault,
        step=_step(loop),
    )


def _counts(tally: Tally, reasons: int) -> Counts:
    held = tally.held - len(tally.reasons) + reasons
    return Counts(outgoing=tally.outgoing, incoming=tally.incoming, conflicts=tally.conflicts, held=held)


def _step(loop: CheckoutLoop) -> Step | None:
    running = loop.at_work
    if running is None:
        return None
    what, done, total = running.last
    return Step(command=running.command, what="" if what == "alive" else what, done=done, total=total)


def offered(offers: Iterable[Offer]) -> Iterator[Need]:
    """Give what waits for the person's yes."""
    for one in offers:
        what = f"{one.role} of the team {one.name}" if one.kind == "team" else f"owner of {one.name}"
        yield Need(about="offer", project=one.name, folder="", words=f"{one.giver} offers you to be {what}.")


def asked(requests: Iterable[ServerRequest], owner: str) -> Iterator[Need]:
    """Give who asks for access to a server of the person's, which is answered on the service's pages alone."""
    for one in requests:
        if one.owner == owner and one.state == "waiting":
            words = f"{one.asker} requests access to your server for {one.project}: answer on HubShare's pages."
            yield Need(about="server", project=one.project, folder="", words=words)


def told(notifications: Iterable[Notification]) -> Iterator[Need]:
    """Give what the person was told and nothing else here shows."""
    for one in notifications:
        if one.kind not in _SHOWN:
            # What one may type in a terminal the panel has buttons for.
            advice = "" if "`" in one.advice else one.advice
            words = f"{one.words.rstrip('.')}. {advice}".strip()
            yield Need(about="told", project=one.project, folder="", words=words, number=one.number, page=one.page)


def needs(summaries: Iterable[Summary], unopened: Iterable[Unopened]) -> Iterator[Need]:
    """Give what needs a person."""
    for one in unopened:
        yield Need(about="unopened", project=one.project, folder=one.folder, words=one.fault)
    for known in summaries:
        if known.lost:
            yield Need(about="lost", project=known.project, folder=known.folder, words=known.lost)
            continue
        if known.counts is not None and known.counts.conflicts:
            yield Need(
                about="conflicts",
                project=known.project,
                folder=known.folder,
                count=known.counts.conflicts,
                words=f"{count(known.counts.conflicts, 'conflict')}: pick the version that is to stay.",
            )
        if known.paused:
            about: Literal["deletions", "paused"] = "deletions" if known.question else "paused"
            yield Need(about=about, project=known.project, folder=known.folder, words=known.paused)
        elif known.refused is not None:
            yield Need(about="refused", project=known.project, folder=known.folder, words=known.refused.message)
