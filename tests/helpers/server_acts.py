"""What is done about somebody's server, for the plays of the matrix of access."""

from __future__ import annotations

from collections.abc import Callable

from hubshare.store.projects import create
from hubshare.store.server_shares import ask
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject

Act = Callable[[Stage, Subject], int]


def asked_for_server(stage: Stage, who: Subject) -> str:
    """The id of a request for somebody's server, because of a new project of theirs, to somebody else who may read it."""
    owner = who.user or "nobody"
    with stage.centre.centre.database.begin() as session:
        project = create(session, owner, f"n{new_id()}", "hub")
        return ask(session, project, stage["reader"].user if who is not stage["reader"] else "guest").id


def ask_for_server(act: Act) -> Act:
    """A request for the server of the stage's owner; whoever is told that there is nobody to ask has been let in."""

    def asked(stage: Stage, who: Subject) -> int:
        status = act(stage, who)
        return 200 if status == 409 else status

    asked.path = getattr(act, "path", "")  # type: ignore[attr-defined]
    return asked


def share_server(stage: Stage, who: Subject) -> dict[str, str]:
    """A share of somebody's server at the Hub, to end."""
    stage.centre.hub.servers.shares.add((who.user, "", "guest"))
    return {"owner": who.user, "user": "guest", "server": ""}


def end_server_share(stage: Stage, who: Subject) -> int:
    share_server(stage, who)
    return stage.api(who.token, "DELETE", f"/server-shares/{who.user or 'nobody'}/guest").status_code


def decline_server_request(stage: Stage, who: Subject) -> int:
    path = f"/server-requests/{asked_for_server(stage, who)}/decline"
    return stage.api(who.token, "POST", path, json={}).status_code
