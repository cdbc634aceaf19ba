"""The job of mirrors, for both sides.

| job            | tries again | time limit | what happens when it is dead                                        |
|----------------|-------------|------------|---------------------------------------------------------------------|
| `push_mirror`  | never       | 2 h        | logged; its mirror is taken up again a minute after its last sign   |
"""

from __future__ import annotations

from typing import NamedTuple

from hubshare.jobs import Job


class Push(NamedTuple):
    """A mirror that may have something to be given.

    Attributes:
        mirror: id.
        owner: of the mirror, whose work it is.
        mark: tells a job from one that is under way and may not see any more what this one is for.
    """

    mirror: str
    owner: str
    mark: str


#: Other hosts may be slow. It has threads of its own, so that nobody's save waits for them.
PUSH = Job(
    "push_mirror",
    "mirrors",
    Push,
    run="hubshare.features.mirrors.worker:push",
    ended="hubshare.features.mirrors.worker:end_of_push",
    key=lambda wanted: f"{wanted.mirror}:{wanted.mark}",
    person=lambda wanted: wanted.owner,
    max_retries=0,
    time_limit=7_200_000,
    at_once=4,
)
JOBS = (PUSH,)
