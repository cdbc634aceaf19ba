"""What time it is for whoever forgets by age: a clock that was wrong for a moment makes nothing old."""

from __future__ import annotations

#: How far the clock of this server and that of the centre may be apart, in seconds.
AGREEMENT_SECONDS = 600.0
#: The time moves on once in so many seconds of the agent's life, and by so many at most: what a jump can do in one go.
STEP_EVERY_SECONDS, STEP_SECONDS = 3600.0, 86_400.0
#: So many of the newest kept versions of a checkout are never forgotten for their age.
KEPT_LEAST = 20


def next_time(known: float | None, own: float, centre: float | None) -> float | None:
    """The time by which ages are told from now on, in seconds since 1970; None to leave it as it is.

    It never goes back. It follows two clocks that agree, and after a long pause it follows in steps: only a clock that stays
    where it is for many of them makes something old. It may be behind, and then things are kept for longer.

    Args:
        known: the same, as it was; None for the first time.
        own: what the clock of this server says.
        centre: what the clock of the centre says; None while that cannot be asked.
    """
    if centre is None or abs(own - centre) > AGREEMENT_SECONDS:
        return None
    if known is None:
        return own
    reached = min(own, known + STEP_SECONDS)
    return reached if reached > known else None
