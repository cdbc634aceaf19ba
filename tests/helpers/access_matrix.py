"""The verbs of every door, each with the action that it is and a way to do it; and what the table promises everybody."""

from __future__ import annotations

from hubshare.store.access.actions import RULES, Action
from hubshare.vocabulary import Role
from hubshare.wire.agent import new_id
from tests.helpers.access_acts import (
    FILE,
    MIRROR,
    MIRROR_PATH,
    PROJECT,
    WEBHOOK,
    WEBHOOK_PATH,
    Play,
    answer_offer,
    call,
    finish_upload,
    git_fetch,
    git_push,
    git_refs,
    knock,
    listen,
    of_fork,
    of_import,
    of_release,
    pause_for_a_moment,
    publish_upload,
    settled,
    sides,
)
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject
from tests.helpers.inbox_acts import hub_webhook, let_in, own_webhook, read_own
from tests.helpers.job_acts import ACTS_ON_JOBS, UNSEEN_ACT, act_on_job, act_on_jobs, own_act, own_job
from tests.helpers.server_acts import ask_for_server, decline_server_request, end_server_share
from tests.helpers.token_acts import own_token, revoke_token
from tests.helpers.usage_acts import no_history

API = "/services/hubshare/api/v1"
GIT = "/services/hubshare/git/{owner}/{name}.git"


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


PLAYS = [
    # projects
    Play("GET /projects/{owner}/{name}", Action.READ, call("GET", PROJECT)),
    Play("GET /projects/{owner}/{name}/versions", Action.READ, call("GET", PROJECT + "/versions")),
    Play("GET /projects/{owner}/{name}/commits", Action.READ, call("GET", PROJECT + "/commits")),
    Play("GET /projects/{owner}/{name}/entry", Action.READ, call("GET", PROJECT + "/entry", **FILE)),
    Play("GET /projects/{owner}/{name}/file", Action.READ, call("GET", PROJECT + "/file", **FILE)),
    Play("GET /projects/{owner}/{name}/tree", Action.READ, call("GET", PROJECT + "/tree")),
    Play("GET /projects/{owner}/{name}/archive", Action.READ, call("GET", PROJECT + "/archive")),
    Play("GET /projects/{owner}/{name}/archive #tar", Action.READ, call("GET", PROJECT + "/archive?format=tar")),
    Play("GET /projects/{owner}/{name}/events", Action.READ, listen("/projects/{owner}/{name}/events")),
    Play(
        "GET /projects/{owner}/{name}/jobs/events",
        Action.READ,
        lambda stage, who: (
            # Of a public project nothing is told of this to who is not signed in.
            200
            if (code := listen("/projects/{owner}/{name}/jobs/events")(stage, who)) == 401
            and not who.user
            and stage.visibility == "public"
            else code
        ),
    ),
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
    settled(
        "POST /checkouts",
        Action.CHECK_OUT,
        "/checkouts",
        changes=lambda stage, _: {"json": {"project": stage.full, "folder": "/x"}},
    ),
    settled("PUT /conflicts/{conflict}/theirs", Action.CHECK_OUT, "/conflicts/{conflict}/theirs", changes=sides),
    settled("PUT /conflicts/{conflict}/ours", Action.PUSH, "/conflicts/{conflict}/ours", changes=sides),
    settled(
        "POST /projects/{owner}/{name}/versions/{version}/restore",
        Action.PUSH,
        PROJECT + "/versions/v0/restore",
        json={"confirmed": True},
    ),
    settled(
        "POST /projects/{owner}/{name}/changes",
        Action.PUSH,
        PROJECT + "/changes",
        json={"write": {"new.txt": "new"}, "delete": ["a.txt"]},
    ),
    Play("POST /projects/{owner}/{name}/uploads", Action.PUSH, publish_upload, changes=True),
    Play(
        "POST /projects/{owner}/{name}/forks",
        Action.FORK,
        call("POST", PROJECT + "/forks", lambda *_: {"json": {"name": f"n{new_id()}"}}),
        changes=True,
    ),
    Play("GET /projects/{owner}/{name}/origin", Action.READ, call("GET", PROJECT + "/origin")),
    Play("GET /projects/{owner}/{name}/origin/plan", Action.READ, of_fork("GET", PROJECT + "/origin/plan")),
    Play(
        "POST /projects/{owner}/{name}/origin/pull",
        Action.PUSH,
        of_fork("POST", PROJECT + "/origin/pull", json={"version": 1, "base": 1}),
        changes=True,
    ),
    Play(
        "GET /projects/{owner}/{name}/origin/entry", Action.READ, of_fork("GET", PROJECT + "/origin/entry?path=a.txt")
    ),
    Play("GET /projects/{owner}/{name}/origin/file", Action.READ, of_fork("GET", PROJECT + "/origin/file?path=a.txt")),
    Play("GET /projects/{owner}/{name}/import", Action.PUSH, of_import("GET", PROJECT + "/import")),
    Play(
        "POST /projects/{owner}/{name}/import/fetch",
        Action.PUSH,
        of_import("POST", PROJECT + "/import/fetch"),
        changes=True,
    ),
    Play(
        "POST /projects/{owner}/{name}/import/cancel",
        Action.PUSH,
        of_import("POST", PROJECT + "/import/cancel", "queued"),
        changes=True,
    ),
    Play(
        "PATCH /projects/{owner}/{name}/import",
        Action.CONFIGURE,
        of_import("PATCH", PROJECT + "/import", json={"follow": "daily"}),
        changes=True,
    ),
    settled(
        "POST /projects/{owner}/{name}/commits/{version}/restore",
        Action.PUSH,
        PROJECT + "/commits/v0/restore",
        json={"confirmed": True},
    ),
    Play("GET /projects/{owner}/{name}/access", Action.SEE_ACCESS, call("GET", PROJECT + "/access")),
    Play("GET /projects/{owner}/{name}/grants", Action.SEE_ACCESS, call("GET", PROJECT + "/grants")),
    Play("GET /projects/{owner}/{name}/checkouts", Action.SEE_ACCESS, call("GET", PROJECT + "/checkouts")),
    Play("GET /projects/{owner}/{name}/audit", Action.SEE_AUDIT, call("GET", PROJECT + "/audit")),
    settled(
        "PUT /projects/{owner}/{name}/grants/{subject}",
        Action.GRANT,
        PROJECT + "/grants/somebody",
        json={"role": "reader"},
    ),
    settled("DELETE /projects/{owner}/{name}/grants/{subject}", Action.GRANT, PROJECT + "/grants/{reader}"),
    settled("POST /projects/{owner}/{name}/invitations", Action.GRANT, PROJECT + "/invitations", json={}),
    Play("GET /projects/{owner}/{name}/invitations", Action.GRANT, call("GET", PROJECT + "/invitations")),
    settled(
        "DELETE /projects/{owner}/{name}/invitations/{invitation}", Action.GRANT, PROJECT + "/invitations/{invitation}"
    ),
    settled("PATCH /projects/{owner}/{name}", Action.CONFIGURE, PROJECT, json={"visibility": "hub"}),
    settled("PUT /projects/{owner}/{name}/archived", Action.ARCHIVE, PROJECT + "/archived", json={"archived": True}),
    settled("PUT /projects/{owner}/{name}/name", Action.RENAME, PROJECT + "/name", json={"name": "other"}),
    settled(
        "PUT /projects/{owner}/{name}/owner",
        Action.TRANSFER,
        PROJECT + "/owner",
        changes=lambda stage, _: {"json": {"owner": stage["admin"].user}},
    ),
    settled("DELETE /projects/{owner}/{name}", Action.DELETE, PROJECT),
    settled("POST /projects/{owner}/{name}/restore", Action.RESTORE, PROJECT + "/restore")._replace(deleted=True),
    # webhooks
    Play("GET /projects/{owner}/{name}/webhooks", Action.WEBHOOKS, call("GET", PROJECT + "/webhooks")),
    settled("POST /projects/{owner}/{name}/webhooks", Action.WEBHOOKS, PROJECT + "/webhooks", json=WEBHOOK),
    Play("GET /teams/{team}/webhooks", Action.TEAM_WEBHOOKS, call("GET", "/teams/{team}/webhooks")),
    settled("POST /teams/{team}/webhooks", Action.TEAM_WEBHOOKS, "/teams/{team}/webhooks", json=WEBHOOK),
    Play("GET /me/webhooks", Action.OWN_WEBHOOKS, call("GET", "/me/webhooks")),
    Play("POST /me/webhooks", Action.OWN_WEBHOOKS, own_webhook(call("POST", "/me/webhooks", json=WEBHOOK))),
    Play("GET /webhooks", Action.HUB_WEBHOOKS, call("GET", "/webhooks")),
    Play("POST /webhooks", Action.HUB_WEBHOOKS, hub_webhook(call("POST", "/webhooks", json=WEBHOOK))),
    Play("GET /webhooks/{webhook}", Action.WEBHOOKS, call("GET", WEBHOOK_PATH)),
    Play("GET /webhooks/{webhook}/deliveries", Action.WEBHOOKS, call("GET", WEBHOOK_PATH + "/deliveries")),
    settled("PATCH /webhooks/{webhook}", Action.WEBHOOKS, WEBHOOK_PATH, json={"name": "other"}),
    settled("DELETE /webhooks/{webhook}", Action.WEBHOOKS, WEBHOOK_PATH),
    settled("POST /webhooks/{webhook}/secret", Action.WEBHOOKS, WEBHOOK_PATH + "/secret"),
    settled("POST /webhooks/{webhook}/test", Action.WEBHOOKS, WEBHOOK_PATH + "/test"),
    settled(
        "POST /webhooks/{webhook}/deliveries/redeliver",
        Action.WEBHOOKS,
        WEBHOOK_PATH + "/deliveries/redeliver",
        json={"since": "2020-01-01T00:00:00Z"},
    ),
    settled(
        "POST /webhooks/{webhook}/deliveries/{delivery}/redeliver",
        Action.WEBHOOKS,
        WEBHOOK_PATH + "/deliveries/{delivery}/redeliver",
    ),
    # releases
    Play("GET /projects/{owner}/{name}/releases", Action.READ, call("GET", PROJECT + "/releases")),
    settled(
        "POST /projects/{owner}/{name}/releases",
        Action.RELEASE,
        PROJECT + "/releases",
        changes=lambda *_: {"json": {"name": f"n{new_id()}"}},
    ),
    Play("GET /projects/{owner}/{name}/releases/{release}", Action.READ, of_release("GET")),
    Play(
        "PATCH /projects/{owner}/{name}/releases/{release}",
        Action.RELEASE,
        of_release("PATCH", json={"pinned": True}),
        changes=True,
    ),
    Play("DELETE /projects/{owner}/{name}/releases/{release}", Action.RELEASE, of_release("DELETE"), changes=True),
    # mirrors
    Play("GET /projects/{owner}/{name}/mirrors", Action.MIRRORS, call("GET", PROJECT + "/mirrors")),
    settled("POST /projects/{owner}/{name}/mirrors", Action.MIRRORS, PROJECT + "/mirrors", json=MIRROR),
    Play("GET /projects/{owner}/{name}/mirrors/{mirror}", Action.MIRRORS, call("GET", MIRROR_PATH)),
    settled("PATCH /projects/{owner}/{name}/mirrors/{mirror}", Action.MIRRORS, MIRROR_PATH, json={"branch": "other"}),
    settled("DELETE /projects/{owner}/{name}/mirrors/{mirror}", Action.MIRRORS, MIRROR_PATH),
    settled("POST /projects/{owner}/{name}/mirrors/{mirror}/push", Action.MIRRORS, MIRROR_PATH + "/push", json={}),
    # teams
    Play("GET /teams/{team}", Action.SEE_TEAM, call("GET", "/teams/{team}")),
    settled("DELETE /teams/{team}/membership", Action.LEAVE_TEAM, "/teams/{team}/membership"),
    settled(
        "PUT /teams/{team}/members/{user}", Action.MANAGE_TEAM, "/teams/{team}/members/new", json={"role": "member"}
    ),
    settled("DELETE /teams/{team}/members/{user}", Action.MANAGE_TEAM, "/teams/{team}/members/{member}"),
    settled("PATCH /teams/{team}", Action.CONFIGURE_TEAM, "/teams/{team}", json={"role": "reader"}),
    Play("GET /teams/{team}/audit", Action.SEE_TEAM_AUDIT, call("GET", "/teams/{team}/audit")),
    settled("DELETE /teams/{team}", Action.DELETE_TEAM, "/teams/{team}"),
    settled(
        "POST /teams/{team}/projects", Action.CREATE_TEAM_PROJECT, "/teams/{team}/projects", json={"name": "other"}
    ),
    # what concerns the person alone
    Play("GET /me", Action.BROWSE_OWN, call("GET", "/me")),
    Play("GET /people", Action.BROWSE_OWN, call("GET", "/people")),
    Play("GET /me/cost", Action.BROWSE_OWN, call("GET", "/me/cost")),
    Play("GET /projects", Action.BROWSE_OWN, call("GET", "/projects")),
    Play("GET /teams", Action.BROWSE_OWN, call("GET", "/teams")),
    Play("GET /checkouts", Action.BROWSE_OWN, call("GET", "/checkouts")),
    Play("GET /conflicts", Action.BROWSE_OWN, call("GET", "/conflicts")),
    Play("GET /events", Action.BROWSE_OWN, listen("/events")),
    Play("GET /agent/place", Action.SYNC, call("GET", "/agent/place?entry=1-0")),
    Play("POST /agent/session", Action.SYNC, call("POST", "/agent/session", json={"server": ""})),
    Play("GET /uploads/{upload}", Action.SYNC, call("GET", "/uploads/{new}")),
    Play("PATCH /uploads/{upload}", Action.SYNC, call("PATCH", "/uploads/{new}", params={"offset": 0}, content=b"x")),
    Play("POST /uploads/{upload}/finish", Action.SYNC, finish_upload),
    settled("DELETE /checkouts/{checkout}", Action.SYNC, "/checkouts/{checkout}"),
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
    settled("POST /invitations/{secret}/accept", Action.ACCEPT, "/invitations/{secret}/accept"),
    Play("GET /offers", Action.BROWSE_OWN, call("GET", "/offers")),
    Play("POST /offers/{offer}/accept", Action.ACCEPT, answer_offer("accept"), changes=True),
    Play("POST /offers/{offer}/decline", Action.ACCEPT, answer_offer("decline"), changes=True),
    Play("GET /me/notifications", Action.BROWSE_OWN, call("GET", "/me/notifications")),
    Play("POST /me/notifications/read", Action.READ_INBOX, call("POST", "/me/notifications/read", json={})),
    Play(
        "POST /me/notifications/{number}/read",
        Action.READ_INBOX,
        read_own(call, "/me/notifications/{number}/read"),
    ),
    Play("GET /me/mail", Action.BROWSE_OWN, call("GET", "/me/mail")),
    Play(
        "PUT /me/mail/address",
        Action.MAIL,
        let_in(call("PUT", "/me/mail/address", json={"address": "no address"}), 409),
    ),
    Play("PATCH /me/mail", Action.MAIL, let_in(call("PATCH", "/me/mail", json={"wanted": False}), 404)),
    Play("DELETE /me/mail", Action.MAIL, call("DELETE", "/me/mail")),
    # servers
    Play(
        "PUT /projects/{owner}/{name}/server-request",
        Action.ASK_SERVER,
        ask_for_server(call("PUT", PROJECT + "/server-request")),
        changes=True,
    ),
    Play("GET /server-requests", Action.BROWSE_OWN, call("GET", "/server-requests")),
    Play("POST /server-requests/{request}/decline", Action.ACCEPT, decline_server_request, changes=True),
    Play("GET /servers", Action.BROWSE_OWN, call("GET", "/servers")),
    Play("GET /server-shares", Action.BROWSE_OWN, call("GET", "/server-shares")),
    Play("DELETE /server-shares/{owner}/{user}", Action.SHARE_SERVER, end_server_share, changes=True),
    # the Hub
    Play("GET /audit", Action.SEE_ALL_AUDIT, call("GET", "/audit")),
    Play("GET /me/jobs", Action.BROWSE_OWN, call("GET", "/me/jobs")),
    Play("GET /me/jobs/events", Action.BROWSE_OWN, listen("/me/jobs/events")),
    Play("GET /ops/events", Action.SEE_OPS, listen("/ops/events")),
    Play("GET /me/jobs/{job}", Action.BROWSE_OWN, own_job(call, "/me/jobs/{job}")),
    Play("GET /me/tokens", Action.BROWSE_OWN, call("GET", "/me/tokens")),
    Play("GET /me/tokens/{token}", Action.BROWSE_OWN, own_token(call, "/me/tokens/{token}")),
    Play("DELETE /me/tokens/{token}", Action.REVOKE_TOKEN, revoke_token(call, "DELETE", "/me/tokens/{token}")),
    Play("DELETE /tokens/{user}/{token}", Action.REVOKE_TOKENS, revoke_token(call, "DELETE", "/tokens/{user}/{token}")),
    Play("GET /tokens", Action.SEE_TOKENS, call("GET", "/tokens")),
    Play("GET /tokens/{user}", Action.SEE_TOKENS, call("GET", "/tokens/bob")),
    Play("GET /tokens/{user}/{token}", Action.SEE_TOKENS, own_token(call, "/tokens/{user}/{token}")),
    Play("GET /jobs", Action.SEE_JOBS, call("GET", "/jobs")),
    Play("GET /jobs/{job}", Action.SEE_JOBS, own_job(call, "/jobs/{job}")),
    *(
        Play(f"POST /jobs/{{job}}/{act}", Action.RUN_OPS, act_on_job(call, f"/jobs/{{job}}/{act}"))
        for act in ACTS_ON_JOBS
    ),
    Play("POST /jobs/acts/preview", Action.RUN_OPS, call("POST", "/jobs/acts/preview", json={"verb": "retry"})),
    Play("POST /jobs/acts", Action.RUN_OPS, act_on_jobs(call, "/jobs/acts", json=UNSEEN_ACT)),
    Play("GET /jobs/acts", Action.RUN_OPS, call("GET", "/jobs/acts")),
    Play("GET /jobs/acts/{act}", Action.RUN_OPS, own_act(call, "GET", "/jobs/acts/{act}")),
    Play("POST /jobs/acts/{act}/cancel", Action.RUN_OPS, own_act(call, "POST", "/jobs/acts/{act}/cancel")),
    Play("GET /costs", Action.SEE_COSTS, call("GET", "/costs")),
    Play("GET /ops/overview", Action.SEE_OPS, call("GET", "/ops/overview")),
    Play("GET /ops/history", Action.SEE_OPS, call("GET", "/ops/history?range=day")),
    Play("GET /ops/workers", Action.SEE_OPS, call("GET", "/ops/workers")),
    Play("GET /ops/projects", Action.SEE_OPS, call("GET", "/ops/projects")),
    Play("GET /ops/queues", Action.SEE_OPS, call("GET", "/ops/queues")),
    Play("POST /agent/usage", Action.SYNC, call("POST", "/agent/usage", json={"idle_seconds": 1.0})),
    Play("GET /me/servers", Action.BROWSE_OWN, call("GET", "/me/servers")),
    Play("GET /me/servers/history", Action.BROWSE_OWN, no_history(call, "/me/servers/history")),
    Play("GET /ops/servers", Action.SEE_OPS, call("GET", "/ops/servers")),
    Play("GET /ops/servers/{user}/history", Action.SEE_OPS, no_history(call, "/ops/servers/nobody/history")),
    Play(
        "POST /ops/workers/{worker}/order",
        Action.RUN_OPS,
        call("POST", "/ops/workers/all/order", json={"order": "work"}),
    ),
    Play("PUT /ops/pauses/{what}", Action.RUN_OPS, pause_for_a_moment),
    Play("DELETE /ops/pauses/{what}", Action.RUN_OPS, call("DELETE", "/ops/pauses/kind:index")),
    Play("GET /services/hubshare/health", Action.HEALTH, lambda stage, who: knock(stage, who, "health")),
    Play("GET /services/hubshare/health/ready", Action.HEALTH, lambda stage, who: knock(stage, who, "health/ready")),
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
