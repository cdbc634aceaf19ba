"""Rates of pushes. What is over a rate is refused for now and sent again by the agent: nothing is lost."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import TooMany
from hubshare.names import count
from hubshare.store.versions import Branch


def check_rate(centre: Centre, user: str) -> None:
    """Count a push of a user.

    Raises:
        TooMany: when the user has pushed too often within this minute.
    """
    most = centre.settings.pushes_per_minute
    if centre.bus.over("pushes", user, most):
        raise TooMany(f"You push more than {count(most, 'time')} a minute: this push waits and is sent again.")


def check_team_rate(centre: Centre, branch: Branch) -> None:
    """Count a push to a project, where a team owns it.

    Raises:
        TooMany: when the team has got too many within this minute.
    """
    most = centre.settings.team_pushes_per_minute
    if branch.team_id and centre.bus.over("team-pushes", branch.team_id, most):
        raise TooMany(f"{branch.owner} gets more than {most:,} pushes a minute: this push waits and is sent again.")
