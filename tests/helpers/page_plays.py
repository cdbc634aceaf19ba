"""The pages, as plays for the matrix of access; with a token here, which doors treat as they treat a browser's sign-in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hubshare.store.access.actions import Action
from tests.helpers.access_acts import Act, Play, be_released
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject
from tests.helpers.job_acts import own_act, own_job
from tests.helpers.token_acts import own_token, revoke_token
from tests.helpers.usage_acts import no_history

PAGES = "/services/hubshare"
_AT = PAGES + "/projects/{owner}/{name}"


def page(method: str, path: str, *fine: int, **more: Any) -> Act:
    """A request for a page.

    Args:
        path: below the service, with names of the stage in braces.
        fine: answers that only somebody gets who has been let in.
        more: arguments of the request.
    """

    def act(stage: Stage, who: Subject) -> int:
        place = path.format(owner=quote(stage.owner), name=stage.name)
        headers = {"Authorization": f"token {who.token}"} if who.user else {}
        answer = stage.api.client.request(method, f"{stage.api.root}{place}", headers=headers, **more)
        stage.api.last = answer
        assert answer.status_code < 500, answer.text
        return 200 if answer.status_code in (303, *fine) else answer.status_code

    return act


def _released(path: str, method: str = "GET") -> Act:
    """The same about a release, which is put into the database first."""

    def act(stage: Stage, who: Subject) -> int:
        be_released(stage)
        return page(method, path)(stage, who)

    return act


_READ = {
    "": "projects/{owner}/{name}",
    "/files/{version}": "projects/{owner}/{name}/files/latest",
    "/files/{version}/{path:path}": "projects/{owner}/{name}/files/latest/a.txt",
    "/files/{version}/{path:path} #folder": "projects/{owner}/{name}/files/v1/sub",
    "/raw/{version}/{path:path}": "projects/{owner}/{name}/raw/latest/a.txt",
    "/history": "projects/{owner}/{name}/history",
    "/history #file": "projects/{owner}/{name}/history?path=a.txt",
    "/versions/{version}": "projects/{owner}/{name}/versions/1",
    "/versions/{version}/difference/{path:path}": "projects/{owner}/{name}/versions/1/difference/a.txt",
    "/releases": "projects/{owner}/{name}/releases",
}

PLAYS = [
    *(Play(f"GET {_AT}{route}", Action.READ, page("GET", path)) for route, path in _READ.items()),
    # What is there is no notebook, which is not told to everybody.
    Play(
        f"GET {_AT}/live/{{version}}/{{path:path}}",
        Action.READ,
        page("GET", "projects/{owner}/{name}/live/latest/a.txt", 422),
    ),
    Play(f"GET {_AT}/releases/{{called}}", Action.READ, _released("projects/{owner}/{name}/releases/exam")),
    Play(
        f"POST {_AT}/versions/{{version}}/restore",
        Action.PUSH,
        page("POST", "projects/{owner}/{name}/versions/v0/restore", data={"confirmed": "true"}),
        changes=True,
    ),
    Play(
        f"POST {_AT}/releases",
        Action.RELEASE,
        page("POST", "projects/{owner}/{name}/releases", data={"called": "named", "version": "v1"}),
        changes=True,
    ),
    Play(
        f"POST {_AT}/releases/{{called}}/pin",
        Action.RELEASE,
        _released("projects/{owner}/{name}/releases/exam/pin", "POST"),
        changes=True,
    ),
    Play(
        f"POST {_AT}/releases/{{called}}/delete",
        Action.RELEASE,
        _released("projects/{owner}/{name}/releases/exam/delete", "POST"),
        changes=True,
    ),
    Play(f"GET {PAGES}/", Action.BROWSE_OWN, page("GET", "")),
    Play(f"GET {PAGES}/hub-home", Action.BROWSE_OWN, page("GET", "hub-home")),
    Play(f"GET {PAGES}/projects", Action.BROWSE_OWN, page("GET", "projects")),
    Play(f"GET {PAGES}/jobs", Action.BROWSE_OWN, page("GET", "jobs")),
    Play(f"GET {PAGES}/jobs/{{job}}", Action.BROWSE_OWN, own_job(page, "jobs/{job}")),
    Play(f"GET {PAGES}/ops/acts", Action.RUN_OPS, page("GET", "ops/acts")),
    Play(f"GET {PAGES}/ops/acts/new", Action.RUN_OPS, page("GET", "ops/acts/new?verb=retry")),
    Play(f"GET {PAGES}/ops/acts/{{act}}", Action.RUN_OPS, own_act(page, "GET", "ops/acts/{act}")),
    Play(f"GET {PAGES}/servers/usage", Action.BROWSE_OWN, page("GET", "servers/usage")),
    Play(f"GET {PAGES}/servers/usage/history", Action.BROWSE_OWN, no_history(page, "servers/usage/history")),
    Play(f"GET {PAGES}/ops/servers", Action.SEE_OPS, page("GET", "ops/servers")),
    Play(f"GET {PAGES}/ops/servers/{{user}}", Action.SEE_OPS, no_history(page, "ops/servers/nobody")),
    Play(f"GET {PAGES}/ops/jobs", Action.SEE_JOBS, page("GET", "ops/jobs")),
    Play(f"GET {PAGES}/ops/jobs/{{job}}", Action.SEE_JOBS, own_job(page, "ops/jobs/{job}")),
    Play(f"GET {PAGES}/token", Action.BROWSE_OWN, page("GET", "token")),
    Play(f"GET {PAGES}/token/{{token}}", Action.BROWSE_OWN, own_token(page, "token/{token}")),
    Play(
        f"POST {PAGES}/token/{{token}}/revoke", Action.REVOKE_TOKEN, revoke_token(page, "POST", "token/{token}/revoke")
    ),
    Play(
        f"POST {PAGES}/ops/tokens/{{user}}/{{token}}/revoke",
        Action.REVOKE_TOKENS,
        revoke_token(page, "POST", "ops/tokens/{user}/{token}/revoke"),
    ),
    Play(f"GET {PAGES}/ops/tokens", Action.SEE_TOKENS, page("GET", "ops/tokens")),
    Play(f"GET {PAGES}/ops/tokens/{{user}}", Action.SEE_TOKENS, page("GET", "ops/tokens/bob")),
    Play(f"GET {PAGES}/ops/tokens/{{user}}/{{token}}", Action.SEE_TOKENS, own_token(page, "ops/tokens/{user}/{token}")),
    Play(f"GET {PAGES}/settings/notifications", Action.BROWSE_OWN, page("GET", "settings/notifications")),
    Play(f"POST {PAGES}/settings/notifications", Action.READ_INBOX, page("POST", "settings/notifications")),
    Play(f"GET {PAGES}/settings/mail", Action.BROWSE_OWN, page("GET", "settings/mail")),
    Play(f"POST {PAGES}/settings/mail", Action.MAIL, page("POST", "settings/mail", data={"act": "forget"})),
    # No link is made by hand, and who has none is told that it is none.
    Play(f"GET {PAGES}/settings/mail/confirm", Action.BROWSE_OWN, page("GET", "settings/mail/confirm?link=x", 404)),
    Play(f"POST {PAGES}/settings/mail/confirm", Action.MAIL, page("POST", "settings/mail/confirm?link=x", 404)),
    Play(f"GET {PAGES}/settings/mail/unsubscribe", Action.HEALTH, page("GET", "settings/mail/unsubscribe?link=x", 404)),
    Play(
        f"POST {PAGES}/settings/mail/unsubscribe", Action.HEALTH, page("POST", "settings/mail/unsubscribe?link=x", 404)
    ),
    Play(f"GET {PAGES}/search", Action.BROWSE_OWN, page("GET", "search?q=a")),
    Play(f"GET {PAGES}/static/{{name}}", Action.HEALTH, page("GET", "static/none.css", 404)),
    Play(f"GET {PAGES}/static/draw/diagrams", Action.HEALTH, page("GET", "static/draw/diagrams")),
    Play(f"GET {PAGES}/login", Action.HEALTH, page("GET", "login")),
    Play(f"GET {PAGES}/oauth_callback", Action.HEALTH, page("GET", "oauth_callback", 422)),
    Play(f"POST {PAGES}/logout", Action.HEALTH, page("POST", "logout")),
]
