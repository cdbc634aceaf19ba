"""Fan-out: tell every subscriber who may read a project at this moment that it has moved on."""

from __future__ import annotations

from collections import defaultdict

from hubshare.centre import Centre
from hubshare.store.access.decisions import subscribers
from hubshare.store.models import Project, Version
from hubshare.vocabulary import Role
from hubshare.wire.agent import Update


def fan_out(
    centre: Centre, project: Project, before: str, after: str, number: int, pack: bytes, confirmed: bool
) -> None:
    """Send one update to the inbox of every subscriber.

    Args:
        before, after: the published commits; `before` is "" when it is not known.
        number: of the version.
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
        by_role: dict[Role, list[str]] = defaultdict(list)
        for user, role in subscribers(session, project).items():
            if role is not None:
                by_role[role].append(user)
        version = session.get(Version, (project.id, number))
        outputs = session.get_one(Project, project.id).outputs
    event = {"type": "version", "project": project.full_name, "number": number, "commit": after}
    if version is not None:
        event |= {"author": version.author, "summary": version.summary}
    centre.bus.announce(project.id, event)
    for role, users in by_role.items():
        update = Update(
            project=project.id,
            name=project.full_name,
            commit=after,
            parent=before or None,
            number=number,
            role=role.name,
            confirmed=confirmed,
            outputs=outputs,
        )
        centre.bus.tell(users, update.encode(), pack)
