"""The managing pages, as plays for the matrix of access."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from hubshare.store.access.actions import Action
from hubshare.wire.agent import new_id
from tests.helpers.access_acts import (
    MIRROR,
    WEBHOOK,
    Act,
    Play,
    be_fork,
    be_import,
    offered,
    sides,
)
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject
from tests.helpers.inbox_acts import hub_webhook, own_webhook
from tests.helpers.job_acts import ACTS_ON_JOBS, UNSEEN_ACT, act_on_job, act_on_jobs, own_act
from tests.helpers.page_plays import PAGES, page
from tests.helpers.server_acts import ask_for_server, asked_for_server, share_server

_AT = PAGES + "/projects/{owner}/{name}"

Form = dict[str, str]


def form(method: str, path: str, *fine: int, data: Form | Callable[[Stage, Subject], Form] | None = None) -> Act:
    """A request for a page, with names of the stage in braces.

    Args:
        fine: answers besides a redirect that only somebody gets who has been let in.
        data: what a form brings.
    """

    def act(stage: Stage, who: Subject) -> int:
        place = path.format(
            owner=quote(stage.owner),
            name=stage.name,
            team=stage.team,
            secret=stage.secret,
            invitation=stage.invitation,
            webhook=stage.webhook,
            mirror=stage.mirror,
            conflict=stage.conflicts.get(who.user) or stage.conflicts[stage["reader"].user],
        )
        headers = {"Authorization": f"token {who.token}"} if who.user else {}
        brought = data(stage, who) if callable(data) else data
        answer = stage.api.client.request(method, f"{stage.api.root}{place}", headers=headers, data=brought)
        stage.api.last = answer
        assert answer.status_code < 500, answer.text
        return 200 if answer.status_code in (303, *fine) else answer.status_code

    return act


def _project(verb: str, action: Action, data: Form | Callable[[Stage, Subject], Form] | None = None) -> Play:
    method, _, path = verb.partition(" ")
    return Play(
        f"{method} {_AT}/{path}",
        action,
        form(method, f"projects/{{owner}}/{{name}}/{path}", data=data),
        method == "POST",
    )


def _of_fork(play: Play) -> Play:
    """The same about a project that was begun from another one."""

    def act(stage: Stage, who: Subject) -> int:
        be_fork(stage)
        return play.act(stage, who)

    return play._replace(act=act)


def _of_import(play: Play) -> Play:
    """The same about a project that comes from the internet."""

    def act(stage: Stage, who: Subject) -> int:
        be_import(stage, "done")
        return play.act(stage, who)

    return play._replace(act=act)


def _setting(name: str, value: str) -> Play:
    return Play(
        f"POST {_AT}/settings/{{setting}} #{name}",
        Action.CONFIGURE,
        form("POST", f"projects/{{owner}}/{{name}}/settings/{name}", data={name: value}),
        True,
    )


def _team(verb: str, action: Action, data: Form | Callable[[Stage, Subject], Form] | None = None) -> Play:
    method, _, path = verb.partition(" ")
    below = f"/{path}" if path else ""
    return Play(
        f"{method} {PAGES}/teams/{{team}}{below}",
        action,
        form(method, f"teams/{{team}}{below}", data=data),
        method == "POST",
    )


def pause_on_the_page(stage: Stage, who: Subject) -> int:
    """Pause a kind of jobs, and let it go on at once: others use the same queue."""
    found = form("POST", "ops/queues/pause", data={"what": "kind:index", "reason": "a look"})(stage, who)
    stage.api("root+hubadmin", "DELETE", "/ops/pauses/kind:index")
    return found


def _webhooks(path: str, action: Action) -> Play:
    return Play(f"POST {PAGES}/{path}", action, form("POST", path, data=WEBHOOK), changes=True)


def _pick(stage: Stage, who: Subject) -> Form:
    held = sides(stage, who)["json"]
    conflict = stage.conflicts.get(who.user) or stage.conflicts[stage["reader"].user]
    return {"picked": f"{conflict}:{held['ours']}:{held['theirs']}"}


_FILES = {"files": ("uploaded.txt", b"x")}


def _begin_by_upload(stage: Stage, who: Subject) -> int:
    return page("POST", "projects/upload", files=_FILES, data={"called": f"n{new_id()}"})(stage, who)


PLAYS = [
    _project("GET access", Action.SEE_ACCESS),
    _project("GET audit", Action.SEE_AUDIT),
    _project("POST access/visibility", Action.CONFIGURE, {"visibility": "hub"}),
    _project("POST access/grants", Action.GRANT, {"kind": "user", "to": "somebody", "role": "reader"}),
    _project("POST access/revoke", Action.GRANT, lambda stage, _: {"subject": stage["reader"].user}),
    _project("POST access/invitations", Action.GRANT, {"role": "reader", "days": "7", "uses": "1"}),
    _project("POST access/invitations/{invitation}/withdraw", Action.GRANT),
    Play(f"GET {PAGES}/invite/{{secret}}", Action.ACCEPT, form("GET", "invite/{secret}")),
    Play(f"POST {PAGES}/invite/{{secret}}", Action.ACCEPT, form("POST", "invite/{secret}"), changes=True),
    _project("GET settings", Action.SEE_SETTINGS),
    _setting("description", "New"),
    _setting("brake", "3"),
    _setting("outputs", "strip"),
    _project("GET ignore", Action.READ),
    _project("POST ignore", Action.PUSH, {"rules": "*.log", "do": "publish"}),
    Play(f"GET {PAGES}/projects/new", Action.CREATE_PROJECT, form("GET", "projects/new")),
    Play(
        f"POST {PAGES}/projects/new",
        Action.CREATE_PROJECT,
        form("POST", "projects/new", data=lambda *_: {"called": f"n{new_id()}"}),
    ),
    Play(f"GET {PAGES}/projects/upload", Action.CREATE_PROJECT, form("GET", "projects/upload")),
    Play(f"POST {PAGES}/projects/upload", Action.CREATE_PROJECT, _begin_by_upload),
    _project("GET upload", Action.PUSH),
    Play(f"POST {_AT}/upload", Action.PUSH, page("POST", "projects/{owner}/{name}/upload", files=_FILES), changes=True),
    _project("GET edit", Action.PUSH),
    _project("POST edit", Action.PUSH, {"path": "new.txt", "base": "1", "text": "new", "new": "true"}),
    Play(f"GET {_AT}/change", Action.PUSH, form("GET", "projects/{owner}/{name}/change?path=a.txt")),
    _project("POST rename", Action.PUSH, {"path": "a.txt", "to": "b.txt", "base": "1"}),
    _project("POST remove", Action.PUSH, {"path": "a.txt", "base": "1"}),
    _project("GET fork", Action.FORK),
    _project("POST fork", Action.FORK, lambda *_: {"called": f"n{new_id()}"}),
    *(
        _of_fork(play)
        for play in (
            _project("GET origin", Action.PUSH),
            _project("POST origin", Action.PUSH, {"version": "1", "base": "1"}),
            Play(f"GET {_AT}/origin/file", Action.READ, form("GET", "projects/{owner}/{name}/origin/file?path=a.txt")),
        )
    ),
    *(
        _of_import(play)
        for play in (
            _project("GET source", Action.PUSH),
            _project("POST source", Action.PUSH, {"act": "fetch"}),
            _project("POST source/settings", Action.CONFIGURE, {"follow": "hourly"}),
        )
    ),
    Play(f"GET {PAGES}/import", Action.CREATE_PROJECT, form("GET", "import?link=https://example.org/course.zip")),
    Play(
        f"POST {PAGES}/import",
        Action.CREATE_PROJECT,
        form("POST", "import", data=lambda *_: {"link": "https://127.0.0.1/a.zip", "called": f"n{new_id()}"}),
    ),
    Play(
        f"GET {PAGES}/import/links", Action.BROWSE_OWN, form("GET", "import/links?link=https://example.org/course.zip")
    ),
    _project("POST settings/rename", Action.RENAME, {"called": "other"}),
    _project("POST settings/transfer", Action.TRANSFER, lambda stage, _: {"kind": "user", "to": stage["admin"].user}),
    _project("POST settings/archive", Action.ARCHIVE, {"archived": "true"}),
    _project("POST settings/delete", Action.DELETE, lambda stage, _: {"typed": stage.name}),
    _project("POST settings/restore", Action.RESTORE)._replace(deleted=True),
    Play(f"GET {PAGES}/trash", Action.BROWSE_OWN, form("GET", "trash")),
    Play(f"GET {PAGES}/conflicts", Action.BROWSE_OWN, form("GET", "conflicts")),
    Play(f"GET {PAGES}/conflicts/pick", Action.BROWSE_OWN, form("GET", "conflicts/pick?side=ours&project=a/b")),
    Play(f"GET {PAGES}/conflicts/{{conflict}}", Action.READ, form("GET", "conflicts/{conflict}"), own=True),
    Play(f"GET {PAGES}/conflicts/{{conflict}}/ours", Action.READ, form("GET", "conflicts/{conflict}/ours"), own=True),
    # What is there is no notebook, which is not told to everybody.
    Play(
        f"GET {PAGES}/conflicts/{{conflict}}/cells",
        Action.READ,
        form("GET", "conflicts/{conflict}/cells", 422),
        own=True,
    ),
    Play(
        f"POST {PAGES}/conflicts/{{conflict}}/cells",
        Action.PUSH,
        form("POST", "conflicts/{conflict}/cells", 422, data=_pick),
        changes=True,
    ),
    Play(f"POST {PAGES}/conflicts/ours", Action.PUSH, form("POST", "conflicts/ours", data=_pick), changes=True),
    Play(
        f"POST {PAGES}/conflicts/theirs", Action.CHECK_OUT, form("POST", "conflicts/theirs", data=_pick), changes=True
    ),
    Play(f"GET {PAGES}/teams", Action.BROWSE_OWN, form("GET", "teams")),
    Play(
        f"POST {PAGES}/teams",
        Action.CREATE_TEAM,
        form("POST", "teams", data=lambda *_: {"name": f"n{new_id()}", "role": "writer"}),
    ),
    Play(f"POST {PAGES}/", Action.READ_INBOX, form("POST", "")),
    Play(
        f"POST {PAGES}/offers/{{offer}}",
        Action.ACCEPT,
        lambda stage, who: form("POST", f"offers/{offered(stage, who)}", data={"answer": "yes"})(stage, who),
        changes=True,
    ),
    Play(
        f"POST {_AT}/server-request",
        Action.ASK_SERVER,
        ask_for_server(form("POST", "projects/{owner}/{name}/server-request")),
        changes=True,
    ),
    Play(f"GET {PAGES}/servers", Action.BROWSE_OWN, form("GET", "servers")),
    Play(
        f"POST {PAGES}/servers/end", Action.SHARE_SERVER, form("POST", "servers/end", data=share_server), changes=True
    ),
    Play(
        f"GET {PAGES}/servers/requests/{{request_id}}",
        Action.SHARE_SERVER,
        lambda stage, who: form("GET", f"servers/requests/{asked_for_server(stage, who)}")(stage, who),
    ),
    # Only the owner's browser can say yes.
    Play(
        f"POST {PAGES}/servers/requests/{{request_id}}",
        Action.SHARE_SERVER,
        lambda stage, who: form("POST", f"servers/requests/{asked_for_server(stage, who)}", data={"answer": "no"})(
            stage, who
        ),
        changes=True,
    ),
    _project("GET mirrors", Action.MIRRORS),
    _project("POST mirrors", Action.MIRRORS, MIRROR),
    *(
        Play(
            f"POST {_AT}/mirrors/{{mirror}} #{act}",
            Action.MIRRORS,
            form("POST", "projects/{owner}/{name}/mirrors/{mirror}", data={"act": act, "branch": "other"}),
            changes=True,
        )
        for act in ("push", "pause", "change", "delete")
    ),
    _project("GET webhooks", Action.WEBHOOKS),
    _webhooks("projects/{owner}/{name}/webhooks", Action.WEBHOOKS),
    _team("GET webhooks", Action.TEAM_WEBHOOKS),
    _webhooks("teams/{team}/webhooks", Action.TEAM_WEBHOOKS),
    Play(f"GET {PAGES}/webhooks", Action.HUB_WEBHOOKS, form("GET", "webhooks")),
    *(
        Play(f"GET {PAGES}/ops{tab}", Action.SEE_OPS, form("GET", f"ops{tab}"))
        for tab in ("", "/queues", "/workers", "/projects")
    ),
    Play(f"GET {PAGES}/metrics", Action.SEE_OPS, form("GET", "metrics")),
    Play(f"POST {PAGES}/ops/queues/pause", Action.RUN_OPS, pause_on_the_page),
    Play(
        f"POST {PAGES}/ops/queues/resume",
        Action.RUN_OPS,
        form("POST", "ops/queues/resume", data={"what": "kind:index"}),
    ),
    Play(
        f"POST {PAGES}/ops/workers/order",
        Action.RUN_OPS,
        form("POST", "ops/workers/order", data={"worker": "all", "order": "work"}),
    ),
    *(
        Play(f"POST {PAGES}/ops/jobs/{{job}}/{act}", Action.RUN_OPS, act_on_job(form, f"ops/jobs/{{job}}/{act}"))
        for act in ACTS_ON_JOBS
    ),
    Play(f"POST {PAGES}/ops/acts", Action.RUN_OPS, act_on_jobs(form, "ops/acts", data=UNSEEN_ACT)),
    Play(f"POST {PAGES}/ops/acts/{{act}}/cancel", Action.RUN_OPS, own_act(form, "POST", "ops/acts/{act}/cancel")),
    Play(
        f"POST {PAGES}/ops/jobs/searches",
        Action.RUN_OPS,
        form("POST", "ops/jobs/searches?state=failed", data={"name": "failed"}),
    ),
    Play(
        f"POST {PAGES}/ops/jobs/searches/delete",
        Action.RUN_OPS,
        form("POST", "ops/jobs/searches/delete", 404, data={"search": "999999"}),
    ),
    Play(f"POST {PAGES}/webhooks", Action.HUB_WEBHOOKS, hub_webhook(form("POST", "webhooks", data=WEBHOOK))),
    Play(f"GET {PAGES}/settings/webhooks", Action.OWN_WEBHOOKS, form("GET", "settings/webhooks")),
    Play(
        f"POST {PAGES}/settings/webhooks",
        Action.OWN_WEBHOOKS,
        own_webhook(form("POST", "settings/webhooks", data=WEBHOOK)),
    ),
    Play(f"GET {PAGES}/webhooks/{{webhook}}", Action.WEBHOOKS, form("GET", "webhooks/{webhook}")),
    *(
        Play(
            f"POST {PAGES}/webhooks/{{webhook}} #{act}",
            Action.WEBHOOKS,
            form("POST", "webhooks/{webhook}", data={"act": act, "url": WEBHOOK["url"]}),
            changes=True,
        )
        for act in ("test", "pause", "secret", "change", "delete", "redeliver failed")
    ),
    _team("GET ", Action.SEE_TEAM),
    _team("GET audit", Action.SEE_TEAM_AUDIT),
    _team("POST members", Action.MANAGE_TEAM, {"user": "new", "role": "member"}),
    _team("POST members/remove", Action.MANAGE_TEAM, lambda stage, _: {"user": stage["member"].user}),
    _team("POST leave", Action.LEAVE_TEAM),
    _team("POST settings", Action.CONFIGURE_TEAM, lambda stage, _: {"name": stage.team, "role": "reader"}),
    _team("POST delete", Action.DELETE_TEAM, lambda stage, _: {"typed": stage.team}),
]
