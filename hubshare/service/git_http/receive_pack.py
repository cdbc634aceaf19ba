"""A push by git, on the service's side: into quarantine, to the workers, and their answer to the client.

Nothing in the pack is looked at here. Source: git's Documentation/gitprotocol-pack.txt.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import IO, NamedTuple

import dramatiq
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from hubshare import jobs
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.config import MIB, CentreSettings
from hubshare.errors import Invalid, TooMany, Unavailable
from hubshare.git.pktline import ANSWER, FLUSH, MESSAGE, NOTHING, PushHead, RefCommand, report, side_band
from hubshare.git.repository import MAIN
from hubshare.git.waiting import check_waiting, claim, discard, spool
from hubshare.operations.caller import Caller
from hubshare.room import check_room
from hubshare.service.web.request_body import body
from hubshare.wire.agent import new_id

#: The person confirms a push that deletes many files with `git push -o confirm`.
CONFIRM = "confirm"

_PIECE = MIB
#: The client hears something at least as often, in seconds, so that nothing between takes the line for dead.
_EVERY = 5.0


class Received(NamedTuple):
    """A push that has come in.

    Attributes:
        head: what it wants.
        id: names its quarantine.
        size: of its pack, in bytes; one that is over the limit was not kept.
        fault: why it was not kept, when too much of the person's waits already.
    """

    head: PushHead
    id: str
    size: int
    fault: TooMany | None = None


async def receive(settings: CentreSettings, request: Request, user: str) -> Received:
    """Read a push to its end, and write its pack into quarantine.

    What is over the limit is not kept, but read on up to twice as much: git listens only when all was taken.

    Raises:
        Invalid: when it is not what git sends.
        TooLarge: when it is far over the limit.
    """
    head, name, begun = PushHead(), new_id(), False
    writing = _Spool(settings, name, user)
    try:
        async for chunk in body(request, 2 * settings.max_push_bytes + MIB):
            piece = chunk if begun else head.feed(chunk)
            begun = piece is not None
            if piece:
                await writing.add(piece)
        if not begun:
            raise Invalid("The push was cut short: push again.")
        await writing.close()
    except BaseException:
        writing.drop()
        discard(settings.quarantine, name)
        raise
    return Received(head, name, writing.size, writing.fault)


async def answer(
    centre: Centre, broker: dramatiq.Broker, caller: Caller, project: str, received: Received
) -> AsyncIterator[bytes]:
    """Have a push applied; give what the client is to be told, as it comes to be known.

    Args:
        project: id.
    """
    head = received.head
    if not head.commands:
        # Git asks like this whether it may push before it sends much.
        discard(centre.settings.quarantine, received.id)
        return
    banded = "side-band-64k" in head.capabilities
    results = {command.ref: _fault(command, head.commands) for command in head.commands}
    wanted = next((command for command in head.commands if command.ref == MAIN), None)
    if wanted is None or results[MAIN].reason:
        discard(centre.settings.quarantine, received.id)
    else:
        async for found in _apply(centre, broker, caller, project, received, wanted):
            if found is not None:
                results[MAIN] = found
            elif banded:
                yield b"".join(side_band(ANSWER, b""))
    if banded:
        for message in dict.fromkeys(result.message for result in results.values() if result.message):
            yield b"".join(side_band(MESSAGE, f"{message}\n".encode()))
    if "report-status" in head.capabilities:
        told = report("ok", [(ref, result.reason) for ref, result in results.items()])
        yield b"".join(side_band(ANSWER, told)) if banded else told
    if banded:
        yield FLUSH


def _fault(command: RefCommand, all_commands: list[RefCommand]) -> Reply:
    """Why a command cannot be carried out whatever the project holds; without a reason if it can."""
    if command.ref != MAIN:
        kind, _, name = command.ref.removeprefix("refs/").partition("/")
        if kind == "heads" and re.fullmatch(r"[\w./-]+", name):
            message = f"HubShare publishes the branch main alone: run `git push origin {name}:main` to publish {name} as main."
        else:
            words = "a tag" if kind == "tags" else "another branch"
            message = f"HubShare publishes the branch main alone, not {words}: run `git push origin main`."
        return Reply("only main is published", message)
    if command.new == NOTHING:
        return Reply("deletion prohibited", "main is what is published and cannot be deleted.")
    if sum(other.ref == MAIN for other in all_commands) > 1:
        return Reply("multiple updates", "The push moves main twice: push again.")
    return Reply("", "")


async def _apply(
    centre: Centre, broker: dramatiq.Broker, caller: Caller, project: str, received: Received, wanted: RefCommand
) -> AsyncIterator[Reply | None]:
    """Ask the workers, and wait for their answer; None now and then, until it comes."""
    settings, most = centre.settings, centre.settings.max_push_bytes
    if received.size > most:
        discard(settings.quarantine, received.id)
        message = f"The push has {received.size:,} bytes; at most {most:,} are accepted: push it in parts."
        yield Reply("too-large", message)
        return
    if received.fault is not None:
        discard(settings.quarantine, received.id)
        yield Reply(received.fault.code, received.fault.message)
        return
    confirmed = CONFIRM in received.head.options
    job = jobs.GitPush(received.id, project, caller.user, caller.person.token, wanted.old, wanted.new, confirmed)
    try:
        await run_in_threadpool(jobs.APPLY_GIT.enqueue, broker, job)
    except Unavailable as error:
        discard(settings.quarantine, received.id)
        yield Reply(error.code, error.message)
        return
    async for found in centre.bus.answers(received.id, _EVERY, settings.git_push_seconds):
        yield found
        if found is not None:
            return
    # Pushed again it is published then, or was published meanwhile; both are well.
    yield Reply("no answer yet", "The Hub has not answered in time; it may still publish this: push again in a while.")


class _Spool:
    """Writes a pack to a file as it comes in, as far as it is accepted.

    Args:
        name: of the push.
        user: whose it is.

    Attributes:
        size: bytes that came in.
        fault: why nothing more is kept.
    """

    def __init__(self, settings: CentreSettings, name: str, user: str) -> None:
        self._settings, self._name, self._user = settings, name, user
        self._file: IO[bytes] | None = None
        self._waiting = bytearray()
        self.size = 0
        self.fault: TooMany | None = None

    async def add(self, piece: bytes) -> None:
        """Take in the next piece."""
        self._waiting += piece
        if len(self._waiting) >= _PIECE:
            await run_in_threadpool(self._write)

    async def close(self) -> None:
        """Write the rest; the file is there then, also when nothing came in."""
        await run_in_threadpool(self._write)
        self.drop()

    def drop(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        piece, self._waiting = self._waiting, bytearray()
        self.size += len(piece)
        folder = self._settings.quarantine
        if self._file is None:
            claim(folder, self._name, self._user)
            self._file = spool(folder, self._name).open("wb", buffering=0)
        check_room(folder, len(piece))
        if self.size > self._settings.max_push_bytes or self.fault is not None:
            return
        try:
            check_waiting(folder, self._user, self._name, len(piece), self._settings)
        except TooMany as error:
            # Git is told when it has sent all.
            self.fault = error
            self._file.truncate(0)
        else:
            self._file.write(piece)
