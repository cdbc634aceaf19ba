"""Fan-out: tell every subscriber who may read a project at this moment that it has moved on."""

from __future__ import annotations

from collections import defaultdict

from hubshare.events import Update
from hubshare.store.access import Role, role_of, subscribers
from hubshare.store.models import Project
from hubshare.store.projects import latest
from hubshare_workers.centre import Centre


def fan_out(centre: Centre, project: Project, before: str, after: str, pack: bytes, confirmed: bool) -> None:
    """Send one update to the inbox of every subscriber.

    Args:
        before, after: the published commits; `before` is "" when it is not known.
        pack: what brings a checkout from the one to the other, when it is at hand.
        confirmed: whether the pusher confirmed that many files are deleted.
    """
    most = centre.settings.inline_update_bytes
    if not before:
        pack = b""
    elif not pack:
        path = centre.repositories.update(project.id, before, after)
        pack = path.read_bytes() if path.stat().st_size <= most else b""
    elif len(pack) > most:
        path = centre.repositories.update_path(project.id, before, after)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_bytes(pack)
        temporary.replace(path)
        pack = b""
    with centre.database.read() as session:
        newest = latest(session, project.id)
        by_role: dict[Role, list[str]] = defaultdict(list)
        for user, role in subscribers(session, project).items():
            by_role[role].append(user)
    for role, users in by_role.items():
        update = Update(
            project=project.id,
            name=project.full_name,
            commit=after,
            parent=before or None,
            number=newest.number if newest else 0,
            role=role.name,
            confirmed=confirmed,
        )
        centre.bus.tell(users, update.encode(), pack)


def state_of(centre: Centre, project: Project, user: str) -> Update | None:
    """Where a project stands, for one user; None when the user may not read it."""
    with centre.database.read() as session:
        role = role_of(session, project, user)
        newest = latest(session, project.id)
    if role is None or newest is None:
        return None
    return Update(
        project=project.id, name=project.full_name, commit=newest.commit, number=newest.number, role=role.name
    )
