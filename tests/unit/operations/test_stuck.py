"""What keeps sharing from working is named with its cause; each case is what is seen, and the words for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubshare.operations.ops.stuck import Busy, Disk, Held, Redis, Sight, find_causes
from hubshare.wire.api.ops import Pause, RunningJob
from tests.helpers.sights import AT, GIB, WELL, job, queue, queues, worker

PAUSE = Pause(what="queue:apply", user="bob", reason="moving disks", since=AT)
HOLDING = job(person="bob", kind="edit", project="alice/course", step="holds the lock", step_seconds=40)
ELSEWHERE = HOLDING.model_copy(update={"now": "runs on w1:7"})
WAITING = job(project="alice/course", step="waits for the lock", step_seconds=38)


def test_of_what_works_nothing_is_said() -> None:
    assert find_causes(WELL) == []
    busy = queues(queue(waiting=3, running=4, oldest_seconds=10, people={"alice": 3}))
    assert find_causes(replace(WELL, queues=busy, workers=[worker(busy=4, running=[replace_step("", 0.0)])])) == []


def replace_step(step: str, seconds: float) -> RunningJob:
    return job(project="alice/course", step=step, step_seconds=seconds)


CASES: list[tuple[Sight, str, str, str]] = [
    (replace(WELL, redis=None, queues=None), "redis-away", "broken", "Redis does not answer"),
    (replace(WELL, redis=Redis(GIB, GIB, "OOM")), "redis-full", "broken", "takes nothing new ('OOM')"),
    (replace(WELL, redis=Redis(GIB - 1, GIB)), "redis-nearly-full", "stuck", "nearly full: 1023 MiB of 1024 MiB"),
    (replace(WELL, database_seconds=None), "database-away", "broken", "does not answer, or somebody holds it locked"),
    (replace(WELL, database_seconds=9.0), "database-slow", "stuck", "one look took 9 s"),
    (
        replace(WELL, journal_seconds=40.0),
        "journal-behind",
        "notice",
        "written down late, by 40 s so far. Lists of jobs",
    ),
    (replace(WELL, journal_seconds=None), "journal-behind", "notice", "the journal cannot be read."),
    (replace(WELL, mail="550 <no>"), "mail-fails", "notice", "wait: 550 <no>"),
    (replace(WELL, disks=[Disk("the repositories", 0, GIB)]), "disk-full", "broken", "repositories is full: 0 B of"),
    (replace(WELL, disks=[Disk("the data folder", GIB, 50 * GIB)]), "disk-nearly-full", "stuck", "1024 MiB of 50 GiB"),
    (
        replace(WELL, workers=[worker(), worker("w3", lost=True, seen_seconds_ago=130, running=[WAITING])]),
        "worker-lost",
        "notice",
        f"w3:7 is lost since {AT:%H:%M:%S} UTC. It had apply_event of 'alice' on alice/course in hand. "
        "It goes to other workers.",
    ),
    (
        replace(WELL, workers=[worker("w3", lost=True, seen_seconds_ago=20, running=[WAITING, HOLDING])]),
        "worker-lost",
        "stuck",
        "and 1 other job in hand. No other worker takes it over.",
    ),
    (
        replace(WELL, workers=[worker(), worker("w3", lost=True, seen_seconds_ago=130, running=[ELSEWHERE])]),
        "worker-lost",
        "notice",
        "edit of 'bob' on alice/course in hand. It: runs on w1:7.",
    ),
    (
        replace(WELL, workers=[worker("w3", seen_seconds_ago=8.0), worker("w4", seen_seconds_ago=12.0)]),
        "no-worker",
        "broken",
        "No worker begins jobs: the last one was heard of 8 s ago. 0 jobs wait.",
    ),
    (
        replace(WELL, workers=[worker("w3", ending=True), worker("w4", seen_seconds_ago=12.0)]),
        "no-worker",
        "broken",
        "No worker begins jobs: those that are there end once the jobs are over that they have begun.",
    ),
    (
        replace(WELL, workers=[worker(), worker("w3", seen_seconds_ago=12.0, running=[HOLDING])]),
        "worker-silent",
        "notice",
        "w3:7 says nothing since 12 s. It had edit of 'bob' on alice/course in hand. Others take it over in 3 s.",
    ),
    (
        replace(WELL, workers=[worker(skew_seconds=-7.0)]),
        "clock-skew",
        "stuck",
        "clock of w1 is 7 s behind that of Redis",
    ),
    (
        replace(WELL, queues=queues(queue(paused=True, waiting=5, oldest_seconds=900), pauses=(PAUSE,))),
        "paused",
        "notice",
        "queue:apply is paused by 'bob': 'moving disks'. 5 jobs wait.",
    ),
    (
        replace(
            WELL,
            queues=queues(
                queue(waiting=1, aside={"apply_event": 1}, oldest_seconds=900),
                pauses=(PAUSE.model_copy(update={"what": "kind:apply_event"}),),
            ),
        ),
        "paused",
        "notice",
        "kind:apply_event is paused by 'bob': 'moving disks'. 1 job waits.",
    ),
    (
        replace(WELL, workers=[], queues=queues(queue(waiting=2, workers=0))),
        "no-worker",
        "broken",
        "No worker begins jobs: none is running. 2 jobs wait.",
    ),
    (
        replace(WELL, workers=[worker(threads=0, part="service")]),
        "no-worker",
        "broken",
        "No worker begins jobs: none is running. 0 jobs wait.",
    ),
    (
        replace(WELL, workers=[worker(quiet=True)], queues=queues(queue(waiting=1, workers=0))),
        "no-worker",
        "broken",
        "all that are there were asked to begin no more jobs. 1 job waits.",
    ),
    (
        replace(WELL, queues=queues(queue(waiting=2, workers=0))),
        "no-taker",
        "broken",
        "No worker takes jobs of the queue apply, although others work: 2 jobs wait.",
    ),
    (
        replace(WELL, queues=queues(queue(waiting=2, oldest_seconds=31))),
        "queue-stands",
        "stuck",
        "Nothing of the queue apply is begun, although workers are there: the oldest job waits for 31 s.",
    ),
    (
        replace(WELL, queues=queues(queue(waiting=9, running=4, oldest_seconds=200, people={"carol": 7, "": 2}))),
        "queue-behind",
        "stuck",
        "9 jobs wait, most of them of 'carol', the oldest for 3 min; 4 run.",
    ),
    (
        replace(WELL, workers=[worker(running=[HOLDING]), worker("w2", running=[WAITING])]),
        "lock",
        "stuck",
        "apply_event of 'alice' on alice/course waits for the lock of the repository for 38 s, "
        "held by w1:7 for 40 s to do edit of 'bob'.",
    ),
    (
        replace(WELL, workers=[worker(running=[WAITING])]),
        "lock",
        "stuck",
        "held by none of the workers that are known: something else on the disk may have it.",
    ),
    (
        replace(WELL, workers=[worker(running=[HOLDING])], busy=[Busy("alice/course", "carol", "edit", 45)]),
        "lock",
        "stuck",
        "edit of 'carol' on alice/course waits for the lock of the repository for 45 s, held by w1:7 for 40 s",
    ),
    (replace(WELL, queues=queues(queue(), messages=None)), "nobody-reads", "broken", "No worker process reads"),
    (
        replace(WELL, queues=queues(queue(), messages=3, oldest=70)),
        "outbox-waits",
        "stuck",
        "3 messages of agents wait, the oldest for 70 s at least",
    ),
    (replace(WELL, floods=[("mallory", 300.0)]), "flood", "notice", "outbox of 'mallory' was over its limits"),
    (
        replace(WELL, held=[Held("alice/course", "bob", 60)]),
        "brake",
        "notice",
        "A push of 'bob' to alice/course waits for a confirmation since it deletes many files.",
    ),
]


@pytest.mark.parametrize(
    ("seen", "code", "severity", "words"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_cause_is_named(seen: Sight, code: str, severity: str, words: str) -> None:
    found = {one.code: one for one in find_causes(seen)}
    # Where the only worker is lost, that is said as well.
    assert found.keys() <= {code, "no-worker"}
    assert found[code].severity == severity and words in found[code].words


def test_what_keeps_everybody_from_sharing_comes_first() -> None:
    seen = replace(WELL, floods=[("mallory", 3.0)], database_seconds=9.0, disks=[Disk("the data folder", 0, GIB)])
    assert [one.severity for one in find_causes(seen)] == ["broken", "stuck", "notice"]


def test_names_and_reasons_cannot_pass_for_words_of_ours() -> None:
    pause = PAUSE.model_copy(update={"reason": "x\n\x1b[31mall is well"})
    (found,) = find_causes(replace(WELL, queues=queues(queue(paused=True), pauses=(pause,))))
    assert "\n" not in found.words and "\x1b" not in found.words


def test_a_short_wait_is_nothing() -> None:
    short = [worker(running=[replace_step("waits for the lock", 2.0)])]
    assert find_causes(replace(WELL, workers=short, busy=[Busy("alice/course", "carol", "edit", 9)])) == []


def test_what_a_silent_process_does_by_now_is_not_guessed() -> None:
    silent = worker(seen_seconds_ago=7.0, running=[replace_step("waits for the lock", 11.0)])
    assert find_causes(replace(WELL, workers=[silent])) == []
