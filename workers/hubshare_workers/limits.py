"""Rates and quotas of pushes. What is over a rate is refused for now and sent again by the agent: nothing is lost."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import TooMany
from hubshare.store.models import Project
from hubshare.store.quotas import check_bytes


def check_push(centre: Centre, user: str, project: Project, size: int) -> None:
    """Count a push, and say whether it may go on.

    Args:
        size: of its pack, in bytes.

    Raises:
        TooMany: when the user, or the team that owns the project, has pushed too often within this minute.
        OverQuota: when the project's owner would have too much.
    """
    settings = centre.settings
    if centre.bus.over("pushes", user, settings.pushes_per_minute):
        most = f"You push more than {settings.pushes_per_minute:,} times a minute"
        raise TooMany(f"{most}: this push waits and is sent again.")
    if project.team_id and centre.bus.over("team-pushes", project.team_id, settings.team_pushes_per_minute):
        most = f"{project.owner} gets more than {settings.team_pushes_per_minute:,} pushes a minute"
        raise TooMany(f"{most}: this push waits and is sent again.")
    with centre.database.read() as session:
        check_bytes(session, settings, project, size)
