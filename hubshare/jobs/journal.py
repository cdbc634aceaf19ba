"""The journal: what becomes of each job, noted in memory and told to a stream in Redis a moment later.

Nobody who works waits for it. What cannot be kept or told (too much at once, Redis away) is dropped and counted: jobs run all
the same, and the reader of the stream finds out what became of those whose notes are missing.
"""

from __future__ import annotations

import json
import logging
import math
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_type_hints

import redis
from pydantic_core import to_json

log = logging.getLogger(__name__)

#: The stream; its one reader writes down in the database what it tells.
JOURNAL = "hubshare:journal"
#: About so many entries wait in it at most, should nobody read.
STREAM_ENTRIES = 20_000
#: So many notes are in one entry, or fewer, where they take so many bytes.
_TOGETHER, _TOGETHER_BYTES = 16, 4096
#: So many wait in the memory of a process.
_MOST = 4096
#: Notes are told after so many seconds, or once there are so many. Where more than a few are noted the pause grows up to the
#: longest one: what is told together costs less.
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _FEW, _AT_ONCE = 0.25, 0.5, 8, 128
#: That a try has begun is told once it has lasted so long: how it ended tells that, too.
_SHORT_MS = 500
#: Most characters of an error, of a traceback, and of any other text.
_ERROR, _TRACEBACK, _TEXT = 500, 4000, 255

#: What becomes of a job: the states that are not the last, in their order within one try, and the last ones. `retried` is one
#: that had failed or been cancelled, and that another job does once more: no note says so, see `hubshare.store.retries`.
PASSING = ("queued", "running", "waiting")
LAST = ("done", "refused", "failed", "cancelled", "lost", "retried")


class Note(NamedTuple):
    """One thing that became of a job. All but the first three may be left out where nothing is known.

    It travels as a list of its values: a new attribute goes to the end.

    Attributes:
        job: 32 hexadecimal digits; another job each time that one is put on the queue.
        state: of `PASSING` or `LAST`. `waiting` is for a time that was set: between two tries, or before the first.
        at: when, in milliseconds since 1970.
        kind: name in the registry; of a message of an agent what it is: `push`, `pull` or `sync`.
        queue: where it waits.
        message: by which dramatiq knows it.
        queued, began: when it was put on the queue, and when the try began, in milliseconds since 1970.
        attempt: number of the try, from 1.
        due: when it is tried, while it is `waiting`, in milliseconds since 1970.
        worker: process that works on it, as `HOST:PID`.
        user: whose work it is.
        project: id.
        trace: id of the event or request that it comes from.
        token: note of the token, never its value.
        token_id: which token it is, of a push that nobody else counts for it.
        door: which way it came in, as the audit log says.
        outcome: of a publication: `applied`, `merged` or `conflict`.
        version: that was made.
        code, error: stable code, and what was said.
        traceback: where nobody raised it on purpose.
        arguments: what it is about, as JSON.
        published, fanned_out: of what made a version: when its branch had moved, and when all who follow the project had been
            told, in milliseconds since 1970.
        saved: of a push, when what it holds was taken from the disk, in milliseconds since 1970, as its sender tells it.
        minor: whether nobody wants to see it once it is done: an acknowledgement, not a change.
        retry_of: id of the job that this one does once more.
    """

    job: str
    state: str
    at: int
    kind: str = ""
    queue: str = ""
    message: str = ""
    queued: int = 0
    began: int = 0
    attempt: int = 1
    worker: str = ""
    user: str = ""
    project: str = ""
    trace: str = ""
    arguments: str = ""
    token: str = ""
    token_id: str = ""
    door: str = ""
    minor: bool = False
    outcome: str = ""
    version: int = 0
    published: int = 0
    fanned_out: int = 0
    due: int = 0
    code: str = ""
    error: str = ""
    traceback: str = ""
    saved: int = 0
    retry_of: str = ""


def encode_notes(notes: Iterable[Note]) -> Iterator[bytes]:
    """As the entries of the journal that hold them, in JSON: few at a time, since each may be long."""
    told = [*map(_values, notes)]
    for at in range(0, len(told), _TOGETHER):
        yield from _encode(told[at : at + _TOGETHER])


def _values(note: Note) -> list[Any]:
    """Its values, without what is too long."""
    values = [*note]
    for at, value in enumerate(note):
        if type(value) is str and len(value) > _TEXT:
            values[at] = value[: _LONGEST.get(note._fields[at], _TEXT)]
    return values


def _encode(told: list[list[Any]]) -> Iterator[bytes]:
    try:
        entry = to_json(told)
    except ValueError:
        # There is half of a character in it.
        entry = json.dumps(told).encode()
    if len(entry) <= _TOGETHER_BYTES or len(told) == 1:
        yield entry
        return
    middle = len(told) // 2
    yield from _encode(told[:middle])
    yield from _encode(told[middle:])


def decode_notes(raw: bytes) -> list[Note]:
    """What `encode_notes` wrote, maybe in another version; what is anything else is left out."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return []
    # What a database does not keep, ASCII can only say this way.
    odd = b"\\u" in raw or not raw.isascii()
    made = (_make(told, odd) for told in found) if isinstance(found, list) else ()
    return [note for note in made if note is not None]


def _make(told: Any, odd: bool) -> Note | None:
    if not isinstance(told, list):
        return None
    known = told[: len(_TYPES)]
    if [*map(type, known)] != _TYPES[: max(len(known), _NEEDED)] or known[1] not in _STATES:
        return None
    return Note(*([_kept(value) if isinstance(value, str) else value for value in known] if odd else known))


def _kept(text: str) -> str:
    """A text as every database keeps it: names and errors are of other people's making."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


_TYPES, _STATES = [*get_type_hints(Note).values()], frozenset(PASSING + LAST)
_NEEDED = len(Note._fields) - len(Note._field_defaults)
_LONGEST = {"error": _ERROR, "traceback": _TRACEBACK, "arguments": _TRACEBACK}


def clock() -> int:
    """The time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def process_name() -> str:
    """This process, as notes name it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def place_of(state: str, attempt: int) -> tuple[bool, int, int]:
    """Orders what became of a job, whatever the clocks of those who noted it say: a last state is the last."""
    return (True, int(state == "retried"), 0) if state in LAST else (False, attempt, PASSING.index(state))


def seconds_behind(client: redis.Redis, place: str) -> float:
    """For how long the oldest note waits to be written down; 0.0 where none does.

    Args:
        place: the last entry of the journal that was written down.

    Raises:
        RedisError: Redis does not answer.
    """
    found: Any = client.xrange(JOURNAL, min=f"({place}", count=1)
    if not found:
        return 0.0
    at: Any = client.time()
    noted = int(found[0][0].partition(b"-")[0]) / 1000
    return max(0.0, float(at[0] + at[1] / 1e6) - noted)


class Journal:
    """Takes notes, and tells them by a thread of its own, which is there once there is one.

    Args:
        client: connection to Redis.

    Attributes:
        dropped: how many notes were lost.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._notes: deque[Note] = deque()
        self._begun = list[Note]()
        self._guard = threading.Lock()
        self._some, self._many, self._ended = threading.Event(), threading.Event(), threading.Event()
        self._teller: threading.Thread | None = None
        self._answering = True
        self.dropped = 0

    def add(self, note: Note) -> None:
        """Take a note. It waits for nothing and raises nothing."""
        if len(self._notes) >= _MOST:
            self.dropped += 1
            return
        self._notes.append(note)
        if self._teller is None:
            self._begin()
        if not self._some.is_set():
            self._some.set()
        if len(self._notes) >= _AT_ONCE and not self._many.is_set():
            self._many.set()

    def flush(self, until: float = math.inf) -> int:
        """Tell what was noted so far; return how many notes that were.

        Args:
            until: of tries that began later, in milliseconds since 1970, it is told another time, unless they end.
        """
        told = 0
        while True:
            notes = [self._notes.popleft() for _ in range(min(len(self._notes), 2 * _AT_ONCE))]
            worth, self._begun = worth_telling(self._begun + notes, until)
            told += len(worth)
            try:
                with self._client.pipeline(transaction=False) as pipe:
                    for entry in encode_notes(worth):
                        pipe.xadd(JOURNAL, {"notes": entry}, maxlen=STREAM_ENTRIES, approximate=True)
                    pipe.execute()
                self._answering = True
            except redis.RedisError as error:
                self.dropped += len(worth)
                if self._answering:
                    log.warning("notes on jobs are lost, %d so far: %s", self.dropped, error)
                self._answering = False
            if not self._notes:
                return told

    def close(self) -> None:
        """Tell what is left, and end the thread."""
        self._ended.set()
        self._many.set()
        self._some.set()
        if self._teller is not None:
            self._teller.join(timeout=2)

    def _begin(self) -> None:
        with self._guard:
            if self._teller is None:
                self._teller = threading.Thread(target=self._run, name="journal", daemon=True)
                self._teller.start()

    def _run(self) -> None:
        told = 0
        while True:
            self._some.wait(_PAUSE_SECONDS if self._begun else None)
            self._many.wait(min(_LONGEST_PAUSE_SECONDS, _PAUSE_SECONDS * max(1.0, told / _FEW)))
            self._some.clear()
            self._many.clear()
            # Afterwards: what `close` sets is not taken back then without being seen.
            ended = self._ended.is_set()
            try:
                told = self.flush(math.inf if ended else clock() - _SHORT_MS)
            except Exception:
                log.exception("notes on jobs are lost")
            if ended:
                return


def worth_telling(notes: list[Note], until: float) -> tuple[list[Note], list[Note]]:
    """Part notes into those that are told now and those that can wait.

    That a try has begun is left out where its end is known, which tells that too, and can wait where that may be so soon.

    Args:
        until: tries that began later can wait.
    """
    ended = {(note.job, note.attempt) for note in notes if note.state not in ("queued", "running")}
    now, later = list[Note](), list[Note]()
    for note in notes:
        if note.state != "running":
            now.append(note)
        elif (note.job, note.attempt) not in ended:
            (later if note.at > until else now).append(note)
    return now, later


_running = threading.local()


def begin_telling() -> dict[str, Any]:
    """Return what collects what `tell` is told until `end_telling`: a job begins in this thread."""
    facts: dict[str, Any] = {}
    _running.facts = facts
    return facts


def end_telling() -> None:
    """The job in this thread has ended."""
    _running.facts = None


def tell(**facts: Any) -> None:
    """Say something of the job that runs in this thread, by the attributes of `Note`; nothing where none does."""
    if getattr(_running, "facts", None) is not None:
        _running.facts.update(facts)
