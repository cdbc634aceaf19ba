"""The verbs of every door, each with the action that it is and a way to do it; and what the table promises everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.git import pktline
from hubshare.git.objects import read_tree
from hubshare.store.access.actions import RULES, Action
from hubshare.store.import_tables import Import
from hubshare.store.models import Offer, Origin, Project, Team
from hubshare.store.offers import offer_place
from hubshare.store.origins import begin_fork, begin_import, write_taken
from hubshare.vocabulary import Role
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject
from tests.helpers.server_acts import ask_for_server, decline_server_request, end_server_share
from tests.helpers.zips import zipped

API = "/services/hubshare/api/v1"
GIT = "/services/hubshare/git/{owner}/{name}.git"

#: Does what a play is about, as somebody on a stage; gives the status.
Act = Callable[[Stage, Subject], int]


class Play(NamedTuple):
    """One verb of a door.

    Attributes:
        verb: method and path as the service declares them, or a type of event; words behind `#` tell several apart.
        action: what the design says that it is; written down here, and not read from the service.
        act: does it.
        changes: whether it changes something, so that whoever passes leaves a used stage behind.
        deleted: whether it is about a project in the trash.
        own: whether it is about something of the person's own, which somebody who is not signed in does not have.
    """

    verb: str
    action: Action
    act: Act
    changes: bool = False
    deleted: bool = False
    own: bool = False


def expected(action: Action, who: Subject, stage: Stage) -> int:
    """What the table of actions promises somebody; 200 for whoever passes."""
    rule = RULES[action]
    if rule.scope is None:
        return 200
    if who.kind == "expired":
        return 401
    if not who.user:
        return 200 if rule.public and stage.visibility == "public" else 401
    if rule.scope not in who.scopes:
        return 403
    if rule.people and who.user.startswith("service:"):
        return 403
    if rule.hub_admin and who.hub_admin and "custom:hubshare:admin" in who.scopes:
        return 200
    if rule.role is None and rule.team is None:
        return 403 if rule.hub_admin else 200
    everybodys = Role.reader if stage.visibility in ("hub", "public") else None
    if rule.role is not None:
        has: int | None = max((role for role in (who.role, everybodys) if role), default=None)
        least: int = rule.role
    else:
        has, least = who.team, rule.team or 0
    if has is None:
        return 404
    if has < least:
        return 403
    return 409 if stage.archived and not rule.archived else 200


# how each verb is played


def call(method: str, path: str, changes: Callable[[Stage, Subject], dict[str, Any]] | None = None, **more: Any) -> Act:
    """A request to the API.

    Args:
        path: with names of the stage in braces.
        changes: gives further arguments for a person on a stage.
        more: arguments of the request.
    """

    def act(stage: Stage, who: Subject) -> int:
        values = {
            "owner": stage.owner,
            "name": stage.name,
            "id": stage.id,
            "first": stage.first,
            "newest": stage.commit,
            "team": stage.team,
            "secret": stage.secret,
            "invitation": stage.invitation,
            "webhook": stage.webhook,
            "mirror": stage.mirror,
            "delivery": stage.delivery,
            "reader": stage["reader"].user,
            "member": stage["member"].user,
            "checkout": stage.checkouts.get(who.user, new_id()),
            "conflict": stage.conflicts.get(who.user) or stage.conflicts[stage["reader"].user],
            "new": new_id(),
        }
        arguments = more | (changes(stage, who) if changes else {})
        return stage.api(who.token, method, path.format(**values), **arguments).status_code

    # Where names of the stage stand in it, for those who put others there.
    act.path = path  # type: ignore[attr-defined]
    return act


def be_fork(stage: Stage) -> None:
    """Have a stage's project be one that was begun from another one: who may read that is tested elsewhere."""
    with stage.centre.centre.database.begin() as session:
        if _is_to_be(session, stage, outside=False):
            begin_fork(session, stage.id, stage.id)
            session.flush()
            write_taken(session, stage.id, stage.first, 0, {})


def of_fork(method: str, path: str, **more: Any) -> Act:
    """A request to the API about a project that was begun from another one."""
    asked = call(method, path, **more)

    def act(stage: Stage, who: Subject) -> int:
        be_fork(stage)
        return asked(stage, who)

    act.path = path  # type: ignore[attr-defined]
    return act


def be_import(stage: Stage, state: str) -> None:
    """Have a stage's project be one that comes from the internet; nothing can be fetched from there.

    Args:
        state: of the last fetch.
    """
    with stage.centre.centre.database.begin() as session:
        if _is_to_be(session, stage, outside=True):
            begin_import(session, stage.id, new_id(), "https://192.0.2.1/course.zip", history=False)
            source = "https://192.0.2.1/course.zip"
            session.merge(Import(project_id=stage.id, source=source, user="nobody", run=new_id(), state=state))


def _is_to_be(session: Session, stage: Stage, outside: bool) -> bool:
    """Return whether a stage's project has no origin of a kind yet; one of the other kind is taken away."""
    found = session.get(Origin, stage.id)
    if found is not None and bool(found.address) is not outside:
        session.delete(found)
        session.flush()
        found = None
    return found is None and session.get(Project, stage.id) is not None


def of_import(method: str, path: str, state: str = "done", **more: Any) -> Act:
    """A request to the API about a project that comes from the internet."""
    asked = call(method, path, **more)

    def act(stage: Stage, who: Subject) -> int:
        be_import(stage, state)
        return asked(stage, who)

    act.path = path  # type: ignore[attr-defined]
    return act


def listen(path: str) -> Act:
    return lambda stage, who: stage.api.listens(
        who.token, path.format(owner=stage.owner, name=stage.name, team=stage.team)
    )


def git_refs(service: str) -> Act:
    def act(stage: Stage, who: Subject) -> int:
        answer = stage.api.git(who.token, "GET", f"{stage.full}.git/info/refs", params={"service": service})
        assert (stage.commit in answer.text) == (answer.status_code == 200)
        return answer.status_code

    return act


def git_fetch(stage: Stage, who: Subject) -> int:
    wants = pktline.line(f"want {stage.commit}\n".encode()) + pktline.FLUSH + pktline.line(b"done\n")
    headers = {"Content-Type": "application/x-git-upload-pack-request"}
    answer = stage.api.git(who.token, "POST", f"{stage.full}.git/git-upload-pack", content=wants, headers=headers)
    assert (b"PACK" in answer.content) == (answer.status_code == 200)
    return answer.status_code


def git_push(stage: Stage, who: Subject) -> int:
    commit, pack = stage.snapshot(who.user or "nobody")
    head = f"{stage.commit} {commit} refs/heads/main\0report-status".encode()
    content = pktline.line(head) + pktline.FLUSH + pack
    headers = {"Content-Type": "application/x-git-receive-pack-request"}
    answer = stage.api.git(who.token, "POST", f"{stage.full}.git/git-receive-pack", content=content, headers=headers)
    assert ("ok refs/heads/main" in answer.text) == (answer.status_code == 200), answer.text
    return answer.status_code


def finish_upload(stage: Stage, who: Subject) -> int:
    upload = new_id()
    if who.user:
        stage.centre.centre.uploads.append(who.user, upload, 0, b"x")
    return stage.api(who.token, "POST", f"/uploads/{upload}/finish").status_code


def publish_upload(stage: Stage, who: Subject) -> int:
    upload = new_id()
    if who.user:
        stage.centre.centre.uploads.append(who.user, upload, 0, zipped({"uploaded.txt": b"x"}))
        stage.centre.centre.uploads.finish(who.user, upload)
    path = f"/projects/{stage.owner}/{stage.name}/uploads"
    return stage.api(who.token, "POST", path, json={"upload": upload}).status_code


def offered(stage: Stage, who: Subject) -> str:
    """The id of a place in the stage's team that its maintainer has offered to somebody just now."""
    with stage.centre.centre.database.begin() as session:
        team = session.get_one(Team, stage.team_id)
        offer_place(session, team, who.user or "nobody", "member", stage["maintainer"].user)
        return session.scalars(
            select(Offer.id).where(Offer.team_id == team.id, Offer.user == (who.user or "nobody"))
        ).one()


def answer_offer(path: str, **body: Any) -> Act:
    """The answer to an offer of a place in the stage's team."""
    return lambda stage, who: (
        stage.api(who.token, "POST", f"/offers/{offered(stage, who)}/{path}", json=body).status_code
    )


def sides(stage: Stage, who: Subject) -> dict[str, Any]:
    """A pick, of what both sides of the conflict hold."""
    repository = stage.centre.centre.repositories.open(stage.id)
    found = {}
    for side, commit in (("ours", stage.template.kept), ("theirs", stage.commit)):
        tree = repository.tree(repository.commit(commit).tree)
        found[side] = read_tree(tree)["a.txt"][1]
    return {"json": found}


_FILE = {"params": {"path": "a.txt"}}
_WEBHOOK, WEBHOOK = "/webhooks/{webhook}", {"url": "https://192.0.2.1/hook"}
_PROJECT = "/projects/{owner}/{name}"
#: One that waits until somebody asks.
MIRROR = {"url": "https://192.0.2.1/new.git", "push_on": "manual"}
_MIRROR = _PROJECT + "/mirrors/{mirror}"


def _settled(verb: str, action: Action, path: str, **more: Any) -> Play:
    """A request that changes something."""
    return Play(verb, action, call(verb.partition(" ")[0], path, **more), changes=True)


PLAYS = [
    # projects
    Play("GET /projects/{owner}/{name}", Action.READ, call("GET", _PROJECT)),
    Play("GET /projects/{owner}/{name}/versions", Action.READ, call("GET", _PROJECT + "/versions")),
    Play("GET /projects/{owner}/{name}/commits", Action.READ, call("GET", _PROJECT + "/commits")),
    Play("GET /projects/{owner}/{name}/entry", Action.READ, call("GET", _PROJECT + "/entry", **_FILE)),
    Play("GET /projects/{owner}/{name}/file", Action.READ, call("GET", _PROJECT + "/file", **_FILE)),
    Play("GET /projects/{owner}/{name}/tree", Action.READ, call("GET", _PROJECT + "/tree")),
    Play("GET /projects/{owner}/{name}/archive", Action.READ, call("GET", _PROJECT + "/archive")),
    Play("GET /projects/{owner}/{name}/archive #tar", Action.READ, call("GET", _PROJECT + "/archive?format=tar")),
    Play("GET /projects/{owner}/{name}/events", Action.READ, listen("/projects/{owner}/{name}/events")),
    Play("GET /teams/{team}/events", Action.SEE_TEAM, listen("/teams/{team}/events")),
    Play("GET /hub/events", Action.SEE_ALL_AUDIT, listen("/hub/events?format=cloudevents")),
    Play("GET /packs/{project}/{have}/{want}", Action.READ, call("GET", "/packs/{id}/{first}/{newest}")),
    Play(
        "POST /packs/{project}",
        Action.READ,
        call("POST", "/packs/{id}", lambda stage, _: {"json": {"commit": stage.commit, "paths": ["a.txt"]}}),
    ),
    Play("GET /conflicts/{conflict}", Action.READ, call("GET", "/conflicts/{conflict}"), own=True),
    Play("GET /conflicts/{conflict}/ours", Action.READ, call("GET", "/conflicts/{conflict}/ours"), own=True),
    _settled(
        "POST /checkouts",
        Action.CHECK_OUT,
        "/checkouts",
        changes=lambda stage, _: {"json": {"project": stage.full, "folder": "/x"}},
    ),
    _settled("PUT /conflicts/{conflict}/theirs", Action.CHECK_OUT, "/conflicts/{conflict}/theirs", changes=sides),
    _settled("PUT /conflicts/{conflict}/ours", Action.PUSH, "/conflicts/{conflict}/ours", changes=sides),
    _settled(
        "POST /projects/{owner}/{name}/versions/{version}/restore",
        Action.PUSH,
        _PROJECT + "/versions/v0/restore",
        json={"confirmed": True},
    ),
    _settled(
        "POST /projects/{owner}/{name}/changes",
        Action.PUSH,
        _PROJECT + "/changes",
        json={"write": {"new.txt": "new"}, "delete": ["a.txt"]},
    ),
    Play("POST /projects/{owner}/{name}/uploads", Action.PUSH, publish_upload, changes=True),
    Play(
        "POST /projects/{owner}/{name}/forks",
        Action.FORK,
        call("POST", _PROJECT + "/forks", lambda *_: {"json": {"name": f"n{new_id()}"}}),
        changes=True,
    ),
    Play("GET /projects/{owner}/{name}/origin", Action.READ, call("GET", _PROJECT + "/origin")),
    Play("GET /projects/{owner}/{name}/origin/plan", Action.READ, of_fork("GET", _PROJECT + "/origin/plan")),
    Play(
        "POST /projects/{owner}/{name}/origin/pull",
        Action.PUSH,
        of_fork("POST", _PROJECT + "/origin/pull", json={"version": 1, "base": 1}),
        changes=True,
    ),
    Play(
        "GET /projects/{owner}/{name}/origin/entry", Action.READ, of_fork("GET", _PROJECT + "/origin/entry?path=a.txt")
    ),
    Play("GET /projects/{owner}/{name}/origin/file", Action.READ, of_fork("GET", _PROJECT + "/origin/file?path=a.txt")),
    Play("GET /projects/{owner}/{name}/import", Action.PUSH, of_import("GET", _PROJECT + "/import")),
    Play(
        "POST /projects/{owner}/{name}/import/fetch",
        Action.PUSH,
        of_import("POST", _PROJECT + "/import/fetch"),
        changes=True,
    ),
    Play(
        "POST /projects/{owner}/{name}/import/cancel",
        Action.PUSH,
        of_import("POST", _PROJECT + "/import/cancel", "queued"),
        changes=True,
    ),
    Play(
        "PATCH /projects/{owner}/{name}/import",
        Action.CONFIGURE,
        of_import("PATCH", _PROJECT + "/import", json={"follow": "daily"}),
        changes=True,
    ),
    _settled(
        "POST /projects/{owner}/{name}/commits/{version}/restore",
        Action.PUSH,
        _PROJECT + "/commits/v0/restore",
        json={"confirmed": True},
    ),
    Play("GET /projects/{owner}/{name}/access", Action.SEE_ACCESS, call("GET", _PROJECT + "/access")),
    Play("GET /projects/{owner}/{name}/grants", Action.SEE_ACCESS, call("GET", _PROJECT + "/grants")),
    Play("GET /projects/{owner}/{name}/checkouts", Action.SEE_ACCESS, call("GET", _PROJECT + "/checkouts")),
    Play("GET /projects/{owner}/{name}/audit", Action.SEE_AUDIT, call("GET", _PROJECT + "/audit")),
    _settled(
        "PUT /projects/{owner}/{name}/grants/{subject}",
        Action.GRANT,
        _PROJECT + "/grants/somebody",
        json={"role": "reader"},
    ),
    _settled("DELETE /projects/{owner}/{name}/grants/{subject}", Action.GRANT, _PROJECT + "/grants/{reader}"),
    _settled("POST /projects/{owner}/{name}/invitations", Action.GRANT, _PROJECT + "/invitations", json={}),
    Play("GET /projects/{owner}/{name}/invitations", Action.GRANT, call("GET", _PROJECT + "/invitations")),
    _settled(
        "DELETE /projects/{owner}/{name}/invitations/{invitation}", Action.GRANT, _PROJECT + "/invitations/{invitation}"
    ),
    _settled("PATCH /projects/{owner}/{name}", Action.CONFIGURE, _PROJECT, json={"visibility": "hub"}),
    _settled("PUT /projects/{owner}/{name}/archived", Action.ARCHIVE, _PROJECT + "/archived", json={"archived": True}),
    _settled("PUT /projects/{owner}/{name}/name", Action.RENAME, _PROJECT + "/name", json={"name": "other"}),
    _settled(
        "PUT /projects/{owner}/{name}/owner",
        Action.TRANSFER,
        _PROJECT + "/owner",
        changes=lambda stage, _: {"json": {"owner": stage["admin"].user}},
    ),
    _settled("DELETE /projects/{owner}/{name}", Action.DELETE, _PROJECT),
    _settled("POST /projects/{owner}/{name}/restore", Action.RESTORE, _PROJECT + "/restore")._replace(deleted=True),
    # webhooks
    Play("GET /projects/{owner}/{name}/webhooks", Action.WEBHOOKS, call("GET", _PROJECT + "/webhooks")),
    _settled("POST /projects/{owner}/{name}/webhooks", Action.WEBHOOKS, _PROJECT + "/webhooks", json=WEBHOOK),
    Play("GET /teams/{team}/webhooks", Action.TEAM_WEBHOOKS, call("GET", "/teams/{team}/webhooks")),
    _settled("POST /teams/{team}/webhooks", Action.TEAM_WEBHOOKS, "/teams/{team}/webhooks", json=WEBHOOK),
    Play("GET /webhooks", Action.HUB_WEBHOOKS, call("GET", "/webhooks")),
    _settled("POST /webhooks", Action.HUB_WEBHOOKS, "/webhooks", json={"url": "https://192.0.2.1/"}),
    Play("GET /webhooks/{webhook}", Action.WEBHOOKS, call("GET", _WEBHOOK)),
    Play("GET /webhooks/{webhook}/deliveries", Action.WEBHOOKS, call("GET", _WEBHOOK + "/deliveries")),
    _settled("PATCH /webhooks/{webhook}", Action.WEBHOOKS, _WEBHOOK, json={"name": "other"}),
    _settled("DELETE /webhooks/{webhook}", Action.WEBHOOKS, _WEBHOOK),
    _settled("POST /webhooks/{webhook}/secret", Action.WEBHOOKS, _WEBHOOK + "/secret"),
    _settled("POST /webhooks/{webhook}/test", Action.WEBHOOKS, _WEBHOOK + "/test"),
    _settled(
        "POST /webhooks/{webhook}/deliveries/redeliver",
        Action.WEBHOOKS,
        _WEBHOOK + "/deliveries/redeliver",
        json={"since": "2020-01-01T00:00:00Z"},
    ),
    _settled(
        "POST /webhooks/{webhook}/deliveries/{delivery}/redeliver",
        Action.WEBHOOKS,
        _WEBHOOK + "/deliveries/{delivery}/redeliver",
    ),
    # mirrors
    Play("GET /projects/{owner}/{name}/mirrors", Action.MIRRORS, call("GET", _PROJECT + "/mirrors")),
    _settled("POST /projects/{owner}/{name}/mirrors", Action.MIRRORS, _PROJECT + "/mirrors", json=MIRROR),
    Play("GET /projects/{owner}/{name}/mirrors/{mirror}", Action.MIRRORS, call("GET", _MIRROR)),
    _settled("PATCH /projects/{owner}/{name}/mirrors/{mirror}", Action.MIRRORS, _MIRROR, json={"branch": "other"}),
    _settled("DELETE /projects/{owner}/{name}/mirrors/{mirror}", Action.MIRRORS, _MIRROR),
    _settled("POST /projects/{owner}/{name}/mirrors/{mirror}/push", Action.MIRRORS, _MIRROR + "/push", json={}),
    # teams
    Play("GET /teams/{team}", Action.SEE_TEAM, call("GET", "/teams/{team}")),
    _settled("DELETE /teams/{team}/membership", Action.LEAVE_TEAM, "/teams/{team}/membership"),
    _settled(
        "PUT /teams/{team}/members/{user}", Action.MANAGE_TEAM, "/teams/{team}/members/new", json={"role": "member"}
    ),
    _settled("DELETE /teams/{team}/members/{user}", Action.MANAGE_TEAM, "/teams/{team}/members/{member}"),
    _settled("PATCH /teams/{team}", Action.CONFIGURE_TEAM, "/teams/{team}", json={"role": "reader"}),
    Play("GET /teams/{team}/audit", Action.SEE_TEAM_AUDIT, call("GET", "/teams/{team}/audit")),
    _settled("DELETE /teams/{team}", Action.DELETE_TEAM, "/teams/{team}"),
    # what concerns the person alone
    Play("GET /me", Action.BROWSE_OWN, call("GET", "/me")),
    Play("GET /people", Action.BROWSE_OWN, call("GET", "/people")),
    Play("GET /me/cost", Action.BROWSE_OWN, call("GET", "/me/cost")),
    Play("GET /projects", Action.BROWSE_OWN, call("GET", "/projects")),
    Play("GET /teams", Action.BROWSE_OWN, call("GET", "/teams")),
    Play("GET /checkouts", Action.BROWSE_OWN, call("GET", "/checkouts")),
    Play("GET /conflicts", Action.BROWSE_OWN, call("GET", "/conflicts")),
    Play("GET /events", Action.BROWSE_OWN, listen("/events")),
    Play("POST /agent/session", Action.SYNC, call("POST", "/agent/session", json={"server": ""})),
    Play("GET /uploads/{upload}", Action.SYNC, call("GET", "/uploads/{new}")),
    Play("PATCH /uploads/{upload}", Action.SYNC, call("PATCH", "/uploads/{new}", params={"offset": 0}, content=b"x")),
    Play("POST /uploads/{upload}/finish", Action.SYNC, finish_upload),
    _settled("DELETE /checkouts/{checkout}", Action.SYNC, "/checkouts/{checkout}"),
    Play(
        "POST /projects",
        Action.CREATE_PROJECT,
        call("POST", "/projects", lambda *_: {"json": {"name": f"n{new_id()}"}}),
    ),
    Play(
        "POST /imports",
        Action.CREATE_PROJECT,
        call("POST", "/imports", lambda *_: {"json": {"source": "https://192.0.2.1/a.zip", "name": f"n{new_id()}"}}),
    ),
    Play("GET /links", Action.BROWSE_OWN, call("GET", "/links?link=https://example.org/course.zip")),
    Play("POST /teams", Action.CREATE_TEAM, call("POST", "/teams", lambda *_: {"json": {"name": f"n{new_id()}"}})),
    _settled("POST /invitations/{secret}/accept", Action.ACCEPT, "/invitations/{secret}/accept"),
    Play("GET /offers", Action.BROWSE_OWN, call("GET", "/offers")),
    Play("POST /offers/{offer}/accept", Action.ACCEPT, answer_offer("accept"), changes=True),
    Play("POST /offers/{offer}/decline", Action.ACCEPT, answer_offer("decline"), changes=True),
    # servers
    Play(
        "PUT /projects/{owner}/{name}/server-request",
        Action.ASK_SERVER,
        ask_for_server(call("PUT", _PROJECT + "/server-request")),
        changes=True,
    ),
    Play("GET /server-requests", Action.BROWSE_OWN, call("GET", "/server-requests")),
    Play("POST /server-requests/{request}/decline", Action.ACCEPT, decline_server_request, changes=True),
    Play("GET /servers", Action.BROWSE_OWN, call("GET", "/servers")),
    Play("GET /server-shares", Action.BROWSE_OWN, call("GET", "/server-shares")),
    Play("DELETE /server-shares/{owner}/{user}", Action.SHARE_SERVER, end_server_share, changes=True),
    # the Hub
    Play("GET /audit", Action.SEE_ALL_AUDIT, call("GET", "/audit")),
    Play("GET /costs", Action.SEE_COSTS, call("GET", "/costs")),
    Play("GET /services/hubshare/health", Action.HEALTH, lambda stage, who: knock(stage, who, "health")),
    Play("GET /openapi.json", Action.HEALTH, call("GET", "/openapi.json")),
    # git over HTTP
    Play(f"GET {GIT}/info/refs #fetch", Action.READ, git_refs("git-upload-pack")),
    Play(f"GET {GIT}/info/refs #push", Action.PUSH, git_refs("git-receive-pack")),
    Play(f"POST {GIT}/git-upload-pack", Action.READ, git_fetch),
    Play(f"POST {GIT}/git-receive-pack", Action.PUSH, git_push, changes=True),
    # agents over Redis; to get there, the token has to be good for a session
    Play("push", Action.PUSH, lambda stage, who: stage.agent_pushes(who), changes=True, own=True),
    Play("pull", Action.SYNC, lambda stage, who: stage.agent_pulled(who), changes=True, own=True),
    Play("sync", Action.READ, lambda stage, who: stage.agent_syncs(who), own=True),
]


def knock(stage: Stage, who: Subject, path: str) -> int:
    headers = {"Authorization": f"token {who.token}"} if who.user else {}
    return stage.api.client.get(f"{stage.api.root}{path}", headers=headers).status_code


def promised(play: Play, who: Subject, stage: Stage) -> int:
    """What has to come of a play: what the table says, and before that what it says of the way to the door."""
    if play.verb in ("push", "pull", "sync"):
        session = expected(Action.SYNC, who, stage)
        return session if session != 200 else expected(play.action, who, stage)
    found = expected(play.action, who, stage)
    # Nobody who is not signed in has conflicts, on public projects as well as on others.
    return 404 if play.own and not who.user else found


OF_PROJECTS = [action for action, rule in RULES.items() if rule.role is not None]
OF_TEAMS = [action for action, rule in RULES.items() if rule.team is not None]
