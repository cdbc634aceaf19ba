"""What comes of a try to deliver something: done, tried again after a while, or given up; pure. Times are in seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

#: Waits between the tries of one delivery: three days in all.
WAITS = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
#: A webhook of which nothing was taken for so long, and not only once, is disabled.
GIVEN_UP_AFTER, GIVEN_UP_FAILURES = timedelta(days=5), 5
_LONGEST_WAIT = 24 * 3600
#: Answers that are about what was sent, or its address, and not about the moment.
REFUSALS = frozenset(range(400, 500)) - {408, 409, 410, 423, 425, 429}
#: An address that fails is left alone for longer and longer, whatever else waits for it.
_LONGEST_REST = 60


def is_refusal(status: int | None) -> bool:
    """Return whether a receiver says by a status that it will not take what was sent, whenever it comes."""
    return status in REFUSALS


class Answer(NamedTuple):
    """What a receiver said.

    Attributes:
        status: of HTTP; None where there was no answer.
        text: the beginning of its body.
        error: why there was none, in words.
        retry_after: seconds that it asked for; 0 for none.
        milliseconds: that it took.
    """

    status: int | None
    text: str = ""
    error: str = ""
    retry_after: float = 0
    milliseconds: int = 0

    @property
    def taken(self) -> bool:
        """Whether the receiver has taken what was sent. Only 2xx says so."""
        return self.status is not None and 200 <= self.status < 300


class Verdict(NamedTuple):
    """What comes of a try.

    Attributes:
        state: of the delivery: `waiting`, `delivered` or `failed`.
        wait: before the next try.
        rest: for how long the address is left alone.
        gone: whether the receiver wants to hear nothing more.
    """

    state: str
    wait: float = 0
    rest: float = 0
    gone: bool = False


def judge(tries: int, failures: int, answer: Answer) -> Verdict:
    """Return what comes of a try. Only 2xx is taken; a redirect is never followed, and counts as a failure.

    Args:
        tries: of this delivery, with this one.
        failures: of the webhook, before this one, since something was taken last.
    """
    if answer.taken:
        return Verdict("delivered")
    if answer.status == 410:
        return Verdict("failed", gone=True)
    asked = min(answer.retry_after, _LONGEST_WAIT)
    rest = max(min(2.0**failures, _LONGEST_REST), min(asked, 3600) if answer.status in (429, 502, 503, 504) else 0)
    if tries > len(WAITS):
        return Verdict("failed", rest=rest)
    return Verdict("waiting", max(WAITS[tries - 1], asked), rest)
