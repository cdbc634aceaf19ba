"""Access to each other's servers: asked for because of a project, given by the owner in person, ended by both or by itself.

A share is made by the rights of the owner's browser alone: HubShare can end shares and cannot make one, and neither can the
token of a server, which is in the hands of whatever runs there.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from hubshare.centre import Centre
from hubshare.errors import Clash, Invalid, NotFound, Unavailable
from hubshare.names import check_user
from hubshare.operations.caller import Caller
from hubshare.operations.hub_servers import HubServers, OwnersHub, SharedAtHub
from hubshare.store import server_shares
from hubshare.store.beside import Beside
from hubshare.store.database import Session
from hubshare.store.models import Project, now
from hubshare.store.offers import refuse_giver
from hubshare.store.server_shares import OpenRequest
from hubshare.store.server_tables import ServerRequest as RequestRow
from hubshare.store.server_tables import ServerShare as Row
from hubshare.wire.api.servers import ProjectThere, ServerRequest, ServerShare, SharedServer

#: How long access can be given for, in days.
DAYS = (1, 7, 30)
#: So many projects of a server are named.
_PROJECTS_MOST = 50


def ask_for_server(caller: Caller, centre: Centre, *, owner: str, name: str) -> ServerRequest:
    """Ask a project's owner for access to the owner's server; to ask twice is to ask once.

    Raises:
        Clash: when the project is the caller's own, or a team's.
    """
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        if project.owner == caller.user and project.team_id is None:
            raise Clash(f"{project.full_name} is yours, and so is the server: there is nobody to ask.")
        if not server_shares.has_one_to_ask(project):
            raise Clash(f"{project.full_name} belongs to a team, which has no server: ask one of its members.")
        row = server_shares.ask(session, project, caller.user)
        caller.note(session, project, asked=project.owner)
        made, whom = to_resource(OpenRequest(row, project)), [] if row.ignored else [project.owner]
    centre.access_changed([], whom)
    return made


def list_requests(caller: Caller, centre: Centre) -> list[ServerRequest]:
    """What waits for the caller's answer, and then what the caller has asked, each the oldest first."""
    with centre.database.read() as session:
        found = [*server_shares.requests_to(session, caller.user), *server_shares.requests_of(session, caller.user)]
        return [to_resource(one) for one in found]


def decline_request(caller: Caller, centre: Centre, *, request: str, always: bool = False) -> None:
    """Say no; whoever asked is told, and can ask again when the request is too old.

    Args:
        always: the caller wants to hear of no request or offer of this person any more; then nothing is told, and access
            that was given to the person ends.
    """
    with centre.database.begin() as session:
        row, project = server_shares.find_request(session, caller.user, request)
        caller.note(session, project, declined=row.asker, always=always)
        asker = row.asker
        if always:
            refuse_giver(session, caller.user, asker)
        else:
            row.declined = now()
    centre.access_changed([], [caller.user] if always else [caller.user, asker])


def grant_request(
    caller: Caller, centre: Centre, hub: OwnersHub, *, request: str, server: str, days: int
) -> ServerShare:
    """Let whoever asked use a server of the caller's for some days.

    What has to be ended is written down before the Hub is told: whatever dies between, no share is left without an end.

    Args:
        hub: acts by the rights of the caller's browser.
        server: its name; "" for the default one.

    Raises:
        NotFound: when there is no such request, or the Hub has no such server.
        NotSignedIn: when the caller has signed in without the right to share.
    """
    if days not in DAYS:
        raise Invalid(f"Access is given for {', '.join(map(str, DAYS[:-1]))} or {DAYS[-1]} days.")
    with centre.database.begin() as session:
        found = server_shares.find_request(session, caller.user, request)
        asker = found.request.asker
        earlier = server_shares.end_of(session, caller.user, server, asker)
        made = _of_row(session, server_shares.put_share(session, found, server, days))
    try:
        hub.share(caller.user, server, asker)
    except BaseException:
        # It may have been made all the same.
        with centre.database.begin() as session:
            server_shares.take_back(session, caller.user, server, asker, earlier)
        raise
    with centre.database.begin() as session:
        project = session.get(Project, found.project.id)
        server_shares.answered(session, request)
        caller.note(session, project, shared=server, user=asker, days=days)
    centre.access_changed([], [caller.user, asker])
    return made


def list_shares(caller: Caller, centre: Centre, hub: HubServers) -> list[ServerShare]:
    """Who may use the caller's servers by the Hub's word, also where it was given elsewhere; and what has ended lately."""
    found = hub.shares_of(caller.user)
    with centre.database.read() as session:
        rows = {(row.server, row.user): row for row in server_shares.shares_of(session, caller.user)}
        good = [_joined(session, one, rows.pop((one.server, one.user or ""), None)) for one in found]
        return good + [_of_row(session, row) for row in rows.values() if row.ended is not None]


def list_shared(caller: Caller, centre: Centre, hub: HubServers) -> list[SharedServer]:
    """The servers that are shared with the caller, each with the projects there that the caller may read."""
    found = hub.shared_with(caller.user)
    with centre.database.read() as session:
        rows = server_shares.shares_with(session, caller.user)
        until = {(row.owner, row.server): row.expires for row in rows if row.ended is None}
        return [
            SharedServer(
                owner=one.owner,
                server=one.server,
                address=one.address,
                running=one.running,
                until=until.get((one.owner, one.server)),
                projects=[
                    ProjectThere(project=project.full_name, folder=checkout.folder if checkout else None)
                    for project, checkout in server_shares.projects_on(
                        session, one.owner, one.server, caller.user, _PROJECTS_MOST
                    )
                ],
            )
            for one in found
        ]


class OwnersServer(NamedTuple):
    """What is to be said of the server of a project's owner.

    Attributes:
        asked: what whoever looks has asked.
        until: until when they may use it; None if they may not.
        open: the servers that they may use, as the Hub has them.
    """

    asked: RequestRow | None
    until: datetime | None
    open: list[SharedAtHub]


def find_open(caller: Caller, hub: HubServers, owner: str, found: OwnersServer) -> OwnersServer:
    """The same with the owner's servers that the caller may use, as the Hub has them; none while it does not answer.

    Args:
        owner: of the project.
        found: see `owners_server`.
    """
    if found.until is None:
        return found
    with suppress(Unavailable):
        return found._replace(open=[one for one in hub.shared_with(caller.user) if one.owner == owner])
    return found


def owners_server(
    session: Session, centre: Centre, caller: Caller, project: Project, beside: Beside
) -> OwnersServer | None:
    """What is to be said of the server of a project's owner; None where there is nobody to ask, or nothing to ask for.

    Which servers are open the Hub says, for whom nobody waits who holds a connection to the database: see `find_open`.
    """
    if not centre.settings.server_shares or not caller.user or caller.user == project.owner:
        return None
    if not server_shares.has_one_to_ask(project):
        return None
    given = server_shares.given_by(session, project.owner, caller.user) if beside.shares else []
    asked = server_shares.request_about(session, project, caller.user) if beside.requests else None
    return OwnersServer(asked, max((one.expires for one in given), default=None), [])


def list_ended(caller: Caller, centre: Centre) -> list[ServerShare]:
    """What was shared with the caller and has ended lately."""
    with centre.database.read() as session:
        rows = server_shares.shares_with(session, caller.user)
        return [_of_row(session, row) for row in rows if row.ended is not None]


def end_share(caller: Caller, centre: Centre, hub: HubServers, *, owner: str, server: str, user: str) -> None:
    """End somebody's access to the caller's server, or the caller's own to somebody's.

    Raises:
        NotFound: when it is neither, or there is no such access.
    """
    nothing = NotFound("There is no such access to a server of yours, or of yours to another: it may have ended.")
    if caller.user not in (check_user(owner), check_user(user)):
        raise nothing
    with centre.database.begin() as session:
        server_shares.end_share(session, owner, server, user, f"{caller.user} has ended it.")
    if not hub.end(owner, server, user):
        raise nothing
    with centre.database.begin() as session:
        because = server_shares.set_ended(session, owner, server, user, now())
        project = session.get(Project, because) if because else None
        caller.note(session, project, ended=server, owner=owner, user=user)
    centre.access_changed([], [owner, user])


def to_resource(found: OpenRequest) -> ServerRequest:
    """A request as the API shows it."""
    row, project = found
    return ServerRequest(
        id=row.id,
        project=project.full_name,
        asker=row.asker,
        owner=row.owner,
        state="declined" if row.declined is not None else "waiting",
        created=row.created,
        expires=row.expires,
    )


def _of_row(session: Session, row: Row) -> ServerShare:
    project = session.get(Project, row.project_id)
    return ServerShare(
        owner=row.owner,
        server=row.server,
        user=row.user,
        group=None,
        project=project.full_name if project is not None and project.owner == row.owner else None,
        until=row.expires,
        ended=row.ended,
        reason=row.reason,
    )


def _joined(session: Session, one: SharedAtHub, row: Row | None) -> ServerShare:
    """A share as the Hub knows it, with what is known here."""
    if row is not None and row.ended is None:
        return _of_row(session, row)
    return ServerShare(
        owner=one.owner,
        server=one.server,
        user=one.user,
        group=one.group,
        project=None,
        until=None,
        ended=None,
        reason="",
    )
