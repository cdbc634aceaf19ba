"""When a mirror that took nothing is tried again, and when it is given up; pure."""

from __future__ import annotations

from datetime import timedelta

#: Waits where the other host was not to be had: it may be a moment later. The last one again and again.
UNREACHABLE = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
#: Waits where it refused: nothing is otherwise before a person has done something, here or there.
REFUSED = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
#: A mirror that took nothing for so long, and not only once, is disabled.
GIVEN_UP_AFTER, GIVEN_UP_FAILURES = timedelta(days=7), 5


def wait(refused: bool, failures: int) -> timedelta:
    """Return how long a mirror is left alone.

    Args:
        refused: whether the other host said no; else it was not to be had.
        failures: since it took something, with this one.
    """
    waits = REFUSED if refused else UNREACHABLE
    return waits[min(failures, len(waits)) - 1]


def given_up(failing_for: timedelta, failures: int) -> bool:
    """Return whether a mirror is disabled."""
    return failing_for >= GIVEN_UP_AFTER and failures >= GIVEN_UP_FAILURES
