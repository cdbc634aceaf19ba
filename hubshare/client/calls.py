"""Every call of the API, described. Pure: these functions send nothing.

In all of them `project` is an owner, a slash and a name; `match` is the `revision` that the caller has seen: a change of what
somebody else has changed meanwhile is refused (`Changed`). `page` is how many items of a list come at once, 500 at most.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar, Unpack
from uuid import uuid4

from pydantic import BaseModel

from hubshare.client.call import (
    Call,
    Download,
    Listening,
    Listing,
    Progress,
    Steps,
    api,
    many,
    nothing,
    one,
    page,
    project_path,
)
from hubshare.project_settings import SettingsChange
from hubshare.vocabulary import GrantedRole, MembersRole, TeamRoleName, VisibilityName
from hubshare.wire import api as r

Model = TypeVar("Model", bound=BaseModel)

#: How much of a file is uploaded at once.
_PIECE = 8 * 1024 * 1024


def _get(path: str, model: type[Model], /, **query: str | int | None) -> Call[Model]:
    return Call("GET", path, one(model), query, repeat=True)


def _list(path: str, model: type[Model], size: int | None = None, /, **query: str | int | None) -> Listing[Model]:
    limit = {"limit": size} if size is not None else {}
    return Listing(Call("GET", path, page(model), {**query, **limit}, repeat=True))


def _put(path: str, model: type[Model], body: Any, match: int | None = None, repeat: bool = True) -> Call[Model]:
    return Call("PUT", path, one(model), body=body, headers=_if(match), repeat=repeat and match is None)


def _create(path: str, model: type[Model], body: Any) -> Call[Model]:
    """Something is made; a key of its own lets the service know a repetition."""
    return Call("POST", path, one(model), body=body, headers={"Idempotency-Key": uuid4().hex}, repeat=True)


def _delete(path: str, match: int | None = None) -> Call[None]:
    return Call("DELETE", path, nothing, headers=_if(match), repeat=True, gone=True)


def _if(match: int | None) -> dict[str, str]:
    return {} if match is None else {"If-Match": f'"{match}"'}


def _given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def _silent(done: int, total: int) -> None:
    """No progress to show."""


# who


def me() -> Call[r.Me]:
    """Whom the token belongs to, and what it allows."""
    return _get(api("me"), r.Me)


def health() -> Call[r.Health]:
    """Whether all parts of the centre are well; an answer as well when they are not."""
    return Call("GET", "/health", one(r.Health), repeat=True, fine=(503,))


# projects


def projects(own: bool = False, page: int = 500) -> Listing[r.Project]:
    """The projects that you may read, by name.

    Args:
        own: only those on which you have a role of your own.
    """
    return _list(api("projects"), r.Project, page, own="true" if own else None)


def project(project: str) -> Call[r.Project]:
    """One project; an address that it had formerly leads to it too."""
    return _get(project_path(project), r.Project)


def create_project(
    name: str,
    visibility: VisibilityName = "private",
    grants: Mapping[str, GrantedRole] | None = None,
    *,
    owner: str | None = None,
    description: str = "",
) -> Call[r.Project]:
    """Make a project with an empty first version.

    Args:
        grants: who gets which role: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub.
        owner: a team that you are in; you yourself if not given.
    """
    body = _given(name=name, owner=owner, visibility=visibility, description=description, grants=dict(grants or {}))
    return _create(api("projects"), r.Project, body)


def change_project(
    project: str,
    *,
    match: int | None = None,
    **settings: Unpack[SettingsChange],
) -> Call[r.Project]:
    """Change a project's settings, which `hubshare.project_settings` declares; what is left out or None stays as it is."""
    body = _given(**settings)
    return Call("PATCH", project_path(project), one(r.Project), body=body, headers=_if(match), repeat=match is None)


def rename_project(project: str, name: str, *, match: int | None = None) -> Call[r.Project]:
    """Rename a project; the address that it had goes on leading to it."""
    return _put(project_path(project, "name"), r.Project, {"name": name}, match)


def transfer_project(project: str, owner: str, name: str | None = None, *, match: int | None = None) -> Call[r.Project]:
    """Give a project to another owner.

    Args:
        owner: `NAME` a user, `team:NAME` a team.
        name: its name there; the present one if not given.
    """
    # Not sent again by itself: after the first time the caller may not be its owner any more.
    return _put(project_path(project, "owner"), r.Project, _given(owner=owner, name=name), match, repeat=False)


def archive_project(project: str, archived: bool = True, *, match: int | None = None) -> Call[r.Project]:
    """Archive a project, so that nothing can be pushed to it, or undo that."""
    return _put(project_path(project, "archived"), r.Project, {"archived": archived}, match)


def delete_project(project: str, *, match: int | None = None) -> Call[None]:
    """Put a project into the trash, where it can be restored from for a while."""
    return _delete(project_path(project), match)


def restore_project(project: str, *, match: int | None = None) -> Call[r.Project]:
    """Take a project out of the trash, with its access as it was."""
    return Call("POST", project_path(project, "restore"), one(r.Project), headers=_if(match))


# what projects hold


def versions(project: str, page: int = 500) -> Listing[r.Version]:
    """Published versions, the newest first."""
    return _list(project_path(project, "versions"), r.Version, page)


def restore_version(project: str, version: str, path: str = "", confirmed: bool = False) -> Call[r.Settled]:
    """Publish a file, a folder or all of an earlier version again, as a new version.

    Args:
        version: a number, `v` and a number, or at least 7 digits of a commit.
        path: a file or folder; the whole project if empty.
        confirmed: that many files may be deleted by it.
    """
    body = {"path": path, "confirmed": confirmed}
    return Call("POST", project_path(project, "versions", version, "restore"), one(r.Settled), body=body)


def tree(project: str, path: str = "", version: str | None = None) -> Listing[r.Entry]:
    """The files and folders in a folder of a version; the top of the newest one if they are not named."""
    return _list(project_path(project, "tree"), r.Entry, path=path, version=version)


def entry(project: str, path: str, version: str | None = None) -> Call[r.Entry]:
    """What lies at a path of a version; the newest one unless it is named."""
    return _get(project_path(project, "entry"), r.Entry, path=path, version=version)


def file(project: str, path: str, version: str | None = None) -> Call[bytes]:
    """A file's content at a version; the newest one unless it is named."""
    return Call("GET", project_path(project, "file"), bytes, {"path": path, "version": version}, repeat=True)


def download_archive(
    project: str,
    target: BinaryIO,
    format: Literal["zip", "tar"] = "zip",
    version: str | None = None,
    progress: Progress = _silent,
) -> Download:
    """Fetch a version as one zip or tar file."""
    query = {"format": format, "version": version}
    return Download(Call("GET", project_path(project, "archive"), nothing, query, repeat=True), target, progress)


# access


def who(project: str) -> Call[r.Who]:
    """Everybody who has a role of their own on a project, and what gives it."""
    return _get(project_path(project, "access"), r.Who)


def grants(project: str) -> Listing[r.Grant]:
    """Who has been given a role on a project: users, then teams, then groups of the Hub."""
    return _list(project_path(project, "grants"), r.Grant)


def grant(project: str, subject: str, role: GrantedRole, *, match: int | None = None) -> Call[None]:
    """Give a role, or change it.

    Args:
        subject: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub.
    """
    return Call(
        "PUT",
        project_path(project, "grants", subject),
        nothing,
        body={"role": role},
        headers=_if(match),
        repeat=match is None,
    )


def revoke(project: str, subject: str, *, match: int | None = None) -> Call[list[r.RevocationReport]]:
    """Take a role away; takes effect at once. Answers with a receipt for every user who lost something."""
    return Call("DELETE", project_path(project, "grants", subject), many(r.RevocationReport), headers=_if(match))


def invitations(project: str) -> Listing[r.Invitation]:
    """The invitations that can still be followed."""
    return _list(project_path(project, "invitations"), r.Invitation)


def invite(project: str, role: GrantedRole = "reader", days: float = 7, uses: int = 1) -> Call[r.Invitation]:
    """Make a link that gives whoever follows it a role. Its secret is in this answer only.

    Args:
        days: how long it lasts.
        uses: how many people can follow it.
    """
    body = {"role": role, "days": days, "uses": uses}
    return Call("POST", project_path(project, "invitations"), one(r.Invitation), body=body)


def withdraw_invitation(project: str, invitation: str) -> Call[None]:
    """Take an invitation back; who has followed it keeps the role."""
    return _delete(project_path(project, "invitations", invitation))


def accept_invitation(secret: str) -> Call[r.Accepted]:
    """Follow an invitation: you get its role on its project. Doing it again uses nothing up."""
    return Call("POST", api("invitations", secret, "accept"), one(r.Accepted), repeat=True)


# teams


def teams() -> Listing[r.Team]:
    """The teams that you are in."""
    return _list(api("teams"), r.Team)


def team(team: str) -> Call[r.Team]:
    """One team."""
    return _get(api("teams", team), r.Team)


def create_team(name: str, role: MembersRole = "writer") -> Call[r.Team]:
    """Make a team; you are its maintainer.

    Args:
        role: what members may do with the projects that the team owns.
    """
    return _create(api("teams"), r.Team, {"name": name, "role": role})


def change_team(
    team: str,
    *,
    name: str | None = None,
    role: MembersRole | None = None,
    match: int | None = None,
) -> Call[r.Team]:
    """Rename a team, or change what its members may do with its projects; what is None stays as it is."""
    return Call(
        "PATCH",
        api("teams", team),
        one(r.Team),
        body=_given(name=name, role=role),
        headers=_if(match),
        repeat=match is None and name is None,
    )


def delete_team(team: str, *, match: int | None = None) -> Call[None]:
    """Delete a team that owns no projects; what it was given ends."""
    return _delete(api("teams", team), match)


def put_member(team: str, user: str, role: TeamRoleName = "member", *, match: int | None = None) -> Call[None]:
    """Add somebody to a team, or make a member maintainer or a maintainer member."""
    return Call(
        "PUT",
        api("teams", team, "members", user),
        nothing,
        body={"role": role},
        headers=_if(match),
        repeat=match is None,
    )


def remove_member(team: str, user: str, *, match: int | None = None) -> Call[r.RevocationReport]:
    """Take somebody out of a team; takes effect everywhere at once. Answers with what that stopped."""
    return Call("DELETE", api("teams", team, "members", user), one(r.RevocationReport), headers=_if(match))


def leave_team(team: str) -> Call[r.RevocationReport]:
    """Leave a team."""
    return Call("DELETE", api("teams", team, "membership"), one(r.RevocationReport))


# checkouts and conflicts


def checkouts(page: int = 500) -> Listing[r.Checkout]:
    """Your checkouts, on all your servers, as far as you may still read their projects."""
    return _list(api("checkouts"), r.Checkout, page)


def project_checkouts(project: str, page: int = 500) -> Listing[r.Checkout]:
    """All checkouts of a project, and how fresh each is."""
    return _list(project_path(project, "checkouts"), r.Checkout, page)


def create_checkout(project: str, server: str, folder: str) -> Call[r.Begun]:
    """Register a folder as a checkout; from then on your agents are told of updates.

    Args:
        server: name of the single-user server.
        folder: its path there, for people to read.
    """
    return _create(api("checkouts"), r.Begun, {"project": project, "server": server, "folder": folder})


def delete_checkout(checkout: str) -> Call[None]:
    """Forget a checkout of yours; its files stay."""
    return _delete(api("checkouts", checkout))


def conflicts(page: int = 500) -> Listing[r.Conflict]:
    """The open conflicts in all your checkouts, as far as they have been pushed and you may read the projects."""
    return _list(api("conflicts"), r.Conflict, page)


def conflict(conflict: str) -> Call[r.ConflictSides]:
    """One conflict of yours, with what both sides hold."""
    return _get(api("conflicts", conflict), r.ConflictSides)


def conflict_file(conflict: str) -> Call[bytes]:
    """The checkout's version of a path in conflict."""
    return Call("GET", api("conflicts", conflict, "ours"), bytes, repeat=True)


def pick_ours(conflict: str, ours: str | None, theirs: str | None) -> Call[r.Settled]:
    """Settle a conflict for your version, which is published.

    Args:
        ours, theirs: ids of the contents that you have seen; None for a deletion.
    """
    body = {"ours": ours, "theirs": theirs}
    return _put(api("conflicts", conflict, "ours"), r.Settled, body, repeat=False)


def pick_theirs(conflict: str, ours: str | None, theirs: str | None) -> Call[r.Settled]:
    """Settle a conflict for the published version; arguments as for `pick_ours`."""
    body = {"ours": ours, "theirs": theirs}
    return _put(api("conflicts", conflict, "theirs"), r.Settled, body, repeat=False)


# what happened, and what happens


def project_audit(project: str, page: int = 500) -> Listing[r.AuditEntry]:
    """What was done to a project, the newest first."""
    return _list(project_path(project, "audit"), r.AuditEntry, page)


def team_audit(team: str, page: int = 500) -> Listing[r.AuditEntry]:
    """What was done to a team and the projects that it owns, the newest first."""
    return _list(api("teams", team, "audit"), r.AuditEntry, page)


def hub_audit(page: int = 500) -> Listing[r.AuditEntry]:
    """What was done on the whole Hub, the newest first; for admins of the Hub."""
    return _list(api("audit"), r.AuditEntry, page)


def events(last: str | None = None) -> Listening:
    """What happens to all projects that you may read, as it happens; goes on by itself when the connection breaks.

    Args:
        last: `id` of the event behind which to begin; now if not given.
    """
    return Listening(Call("GET", api("events"), nothing, repeat=True), last, one=False)


def project_events(project: str, last: str | None = None) -> Listening:
    """What happens to one project, until you may not read it any more: that is the last event."""
    return Listening(Call("GET", project_path(project, "events"), nothing, repeat=True), last, one=True)


# agents


def open_session(server: str) -> Call[r.Session]:
    """Trade the token for Redis credentials; the same server's earlier ones end."""
    return Call("POST", api("agent", "session"), one(r.Session), body={"server": server})


def download_update(project_id: str, have: str, want: str, target: BinaryIO, progress: Progress = _silent) -> Download:
    """Fetch the pack that brings a checkout from one commit to another."""
    return Download(Call("GET", api("packs", project_id, have, want), nothing, repeat=True), target, progress)


def download_contents(
    project_id: str, commit: str, paths: list[str], target: BinaryIO, progress: Progress = _silent
) -> Download:
    """Fetch a pack of the contents at some paths of a published commit."""
    body = {"commit": commit, "paths": paths}
    return Download(Call("POST", api("packs", project_id), nothing, body=body, repeat=True), target, progress)


def upload_size(upload: str) -> Call[r.Upload]:
    """How many bytes of an upload have arrived."""
    return _get(api("uploads", upload), r.Upload)


def append_upload(upload: str, offset: int, piece: bytes) -> Call[r.Upload]:
    """Add a piece of at most 16 MiB at an offset."""
    return Call("PATCH", api("uploads", upload), one(r.Upload), {"offset": offset}, piece=piece)


def finish_upload(upload: str) -> Call[r.Upload]:
    """Flush an upload to disk, so that a push may name it."""
    return Call("POST", api("uploads", upload, "finish"), one(r.Upload), repeat=True)


def upload(upload: str, source: Path, progress: Progress = _silent) -> Steps[None]:
    """Bring a file to the centre, going on where an earlier try broke off."""
    with source.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        done = (yield upload_size(upload)).size
        while done < total:
            file.seek(done)
            done = (yield append_upload(upload, done, file.read(_PIECE))).size
            progress(done, total)
    yield finish_upload(upload)
