"""Limits of pushes, by count, by cost and by what is kept. What is over one is refused, and the files stay where they are."""

from __future__ import annotations

from hubshare.bus.taken import PushCount, Taken
from hubshare.centre import Centre
from hubshare.errors import TooMany
from hubshare.names import count
from hubshare.store.held import check_kept, log_full
from hubshare.store.versions import Branch

#: A push is followed by a message that says what the checkout holds then, if at all.
_MESSAGES_A_PUSH = 2


def check_messages(centre: Centre, taken: Taken) -> None:
    """Look whether a message of an agent is answered now.

    Raises:
        TooMany: when its user has sent too many within this minute, or what cost too much lately.
    """
    if is_over(centre, taken.push.debt):
        raise too_dear(taken.push.debt)
    if taken.lately > _MESSAGES_A_PUSH * centre.settings.pushes_per_minute:
        raise _too_often(centre)


def check_rate(centre: Centre, user: str, known: PushCount | None = None) -> None:
    """Count a push of a user.

    Args:
        known: what stands against it, of one that is counted when it is answered.

    Raises:
        TooMany: when the user has pushed too often within this minute, or what cost too much lately, or the audit log holds
            too much of the user.
    """
    pushes, debt, full = known or centre.bus.count_push(user)
    if full:
        raise log_full(centre.settings)
    if pushes > centre.settings.pushes_per_minute:
        raise _too_often(centre)
    if is_over(centre, debt):
        raise too_dear(debt)


def is_over(centre: Centre, debt: float) -> bool:
    """Whether somebody with such a debt, in seconds, waits until some of it is forgiven."""
    return debt > centre.settings.max_cost_seconds > 0


def too_dear(debt: float) -> TooMany:
    """What somebody is told whose work has cost too much lately."""
    return TooMany(
        f"What you did lately keeps the Hub busy for {debt:,.0f} s more than your share: this push waits and is sent again."
    )


def check_team_rate(centre: Centre, branch: Branch) -> None:
    """Count a push to a project, where a team owns it.

    Raises:
        TooMany: when the team has got too many within this minute.
    """
    most = centre.settings.team_pushes_per_minute
    if branch.team_id and centre.bus.over("team-pushes", branch.team_id, most):
        raise TooMany(f"{branch.owner} gets more than {most:,} pushes a minute: this push waits and is sent again.")


def check_conflicts(centre: Centre, branch: Branch, user: str, more: int) -> None:
    """Whether so many more bytes of a user's pushes may be kept as sides of conflicts.

    Args:
        more: of all that is published together.

    Raises:
        OverQuota: when not.
    """
    with centre.database.read() as session:
        check_kept(session, centre.settings, user, branch.full_name, more)


def _too_often(centre: Centre) -> TooMany:
    most = count(centre.settings.pushes_per_minute, "time")
    return TooMany(f"You push more than {most} a minute: this push waits and is sent again.")
