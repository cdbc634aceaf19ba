"""The journal: what becomes of each job, noted in memory and told to a stream in Redis a moment later.

Nobody who works waits for it. What cannot be kept or told (too much at once, Redis away) is dropped and counted: jobs run all
the same, and the reader of the stream finds out what became of those whose notes are missing.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_type_hints

import redis

log = logging.getLogger(__name__)

#: The stream; its one reader writes down in the database what it tells.
JOURNAL = "hubshare:journal"
#: About so many entries wait in it at most, should nobody read.
STREAM_ENTRIES = 20_000
#: So many notes are in one entry, or fewer, where they take so many bytes.
_TOGETHER, _TOGETHER_BYTES = 16, 4096
#: So many wait in the memory of a process.
_MOST = 4096
#: Notes are told after so many seconds, or once there are so many.
_PAUSE_SECONDS, _AT_ONCE = 0.25, 64
#: Most characters of an error, of a traceback, and of any other text.
_ERROR, _TRACEBACK, _TEXT = 500, 4000, 255

#: What becomes of a job: the states that are not the last, in their order within one try, and the last ones.
PASSING = ("queued", "running", "waiting")
LAST = ("done", "refused", "failed", "cancelled", "lost")


class Note(NamedTuple):
    """One thing that became of a job. All but the first three may be left out where nothing is known.

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
        minor: whether nobody wants to see it once it is done: an acknowledgement, not a change.
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
    due: int = 0
    worker: str = ""
    user: str = ""
    project: str = ""
    trace: str = ""
    token: str = ""
    token_id: str = ""
    door: str = ""
    outcome: str = ""
    version: int = 0
    published: int = 0
    fanned_out: int = 0
    code: str = ""
    error: str = ""
    traceback: str = ""
    arguments: str = ""
    minor: bool = False

    def encode(self) -> bytes:
        """As JSON, without what is not known, and without what is too long."""
        told = {
            name: value[: _LONGEST.get(name, _TEXT)] if isinstance(value, str) else value
            for name, value in zip(self._fields, self, strict=True)
            if value != _DEFAULTS.get(name)
        }
        return json.dumps(told).encode()


def encode_notes(notes: Iterable[Note]) -> Iterator[bytes]:
    """As the entries of the journal that hold them: few at a time, since each may be long."""
    held, size = list[bytes](), 0
    for note in notes:
        held.append(note.encode())
        size += len(held[-1])
        if len(held) >= _TOGETHER or size >= _TOGETHER_BYTES:
            yield b"[%b]" % b",".join(held)
            held, size = [], 0
    if held:
        yield b"[%b]" % b",".join(held)


def decode_notes(raw: bytes) -> list[Note]:
    """What `encode_notes` wrote, maybe in another version; what is anything else is left out."""
    try:
        text = raw.decode()
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    # What a database does not keep, ASCII can only say this way.
    odd = "\\u" in text or not text.isascii()
    made = (_make(told, odd) for told in found) if isinstance(found, list) else ()
    return [note for note in made if note is not None]


def _make(told: Any, odd: bool) -> Note | None:
    if not isinstance(told, dict):
        return None
    known = {name: value for name, value in told.items() if name in _TYPES}
    whole = [*map(type, known.values())] == [_TYPES[name] for name in known]
    if not whole or not known.keys() >= _NEEDED or known["state"] not in _STATES:
        return None
    if odd:
        known = {name: _kept(value) if isinstance(value, str) else value for name, value in known.items()}
    return Note(**known)


def _kept(text: str) -> str:
    """A text as every database keeps it: names and errors are of other people's making."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


_DEFAULTS, _TYPES, _STATES = Note._field_defaults, get_type_hints(Note), frozenset(PASSING + LAST)
_NEEDED = frozenset(Note._fields) - _DEFAULTS.keys()
_LONGEST = {"error": _ERROR, "traceback": _TRACEBACK, "arguments": _TRACEBACK}


def clock() -> int:
    """The time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def process_name() -> str:
    """This process, as notes name it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def place_of(state: str, attempt: int) -> tuple[bool, int, int]:
    """Orders what became of a job, whatever the clocks of those who noted it say: a last state is the last."""
    return (True, 0, 0) if state in LAST else (False, attempt, PASSING.index(state))


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

    def flush(self) -> None:
        """Tell what was noted so far."""
        while notes := [self._notes.popleft() for _ in range(min(len(self._notes), 2 * _AT_ONCE))]:
            try:
                with self._client.pipeline(transaction=False) as pipe:
                    for entry in encode_notes(worth_telling(notes)):
                        pipe.xadd(JOURNAL, {"notes": entry}, maxlen=STREAM_ENTRIES, approximate=True)
                    pipe.execute()
                self._answering = True
            except redis.RedisError as error:
                self.dropped += len(notes)
                if self._answering:
                    log.warning("notes on jobs are lost, %d so far: %s", self.dropped, error)
                self._answering = False

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
        while True:
            self._some.wait()
            self._many.wait(_PAUSE_SECONDS)
            ended = self._ended.is_set()
            self._some.clear()
            self._many.clear()
            try:
                self.flush()
            except Exception:
                log.exception("notes on jobs are lost")
            if ended:
                return


def worth_telling(notes: Iterable[Note]) -> Iterator[Note]:
    """Leave out that a try has begun where it is known how it ended, which tells that too."""
    notes = list(notes)
    ended = {(note.job, note.attempt) for note in notes if note.state not in ("queued", "running")}
    return (note for note in notes if note.state != "running" or (note.job, note.attempt) not in ended)


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
