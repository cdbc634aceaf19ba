"""The holes that other sharing systems had, each played here: a test is named after its hole and names where it was seen.

What is deeper in one part has tests of its own there: forged packs in `test_verify`, hostile folders in `test_bad_folders`,
git's door in `test_git_hostile`, Redis in `test_redis_acl`, rendering in `test_render_hostile` and `test_render_sandbox`,
browsers in `test_pages`, every way of losing access in `test_revocation`, every hostile text in `test_hostile_names`.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
import zipfile
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from hubshare_workers.render.kinds import RENDERERS

from hubshare.git import pktline
from hubshare.git.objects import Commit, read_tree
from hubshare.git.packs import pack_of
from hubshare.rendering.kinds import Kind
from hubshare.store.access.actions import Action
from hubshare.sync.trees import LINK
from hubshare.testing.centre import PREFIX, TestCentre
from hubshare.vocabulary import Role
from hubshare.wire.agent import Push, new_id
from tests.helpers.access_fixture import Stages
from tests.helpers.access_matrix import OF_PROJECTS, PLAYS
from tests.helpers.access_template import FILES
from tests.helpers.forge import folder
from tests.helpers.pushing import apply_push
from tests.helpers.tree_pushes import Tree, through_the_agent

# what people see


SCRIPT = "<script>alert(1)<script>"


def test_script_in_a_file_name_an_author_or_a_summary(stages: Stages) -> None:
    """CVE-2026-44727 (jupyter-server), CVE-2026-52798 (Gogs), GHSA-9rp6-23gf-4c3h (Syncthing)."""
    stage = stages.new()
    author = '"><img src=x onerror=alert(1)>'
    path = f"/projects/{stage.full}/grants/{quote(author, safe='')}"
    assert stage.api(stage["owner"].token, "PUT", path, json={"role": "writer"}).status_code == 204
    made = stage.api(author, "POST", "/checkouts", json={"project": stage.full, "folder": SCRIPT}).json()
    commit, pack = stage.snapshot(author, FILES | {f"{SCRIPT}.html": b"<script>alert(1)</script>"}, f"{SCRIPT}\n")
    push = Push(project=stage.id, checkout=made["id"], commit=commit)
    assert apply_push(stage.centre.centre, author, push, pack).status == "applied"
    for path in (
        "",
        "/versions",
        "/tree",
        "/grants",
        "/access",
        "/checkouts",
        "/audit",
        "/entry?path=" + quote(f"{SCRIPT}.html"),
    ):
        answer = stage.api(stage["owner"].token, "GET", f"/projects/{stage.full}{path}")
        assert answer.headers["content-type"] == "application/json", path
        assert answer.headers["x-content-type-options"] == "nosniff"
    answer = stage.api(stage["owner"].token, "GET", f"/projects/{stage.full}/file", params={"path": f"{SCRIPT}.html"})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert (
        answer.headers["content-disposition"] == "attachment" and answer.headers["x-content-type-options"] == "nosniff"
    )
    # An error that names it is no page either.
    answer = stage.api(stage["owner"].token, "GET", f"/projects/{stage.full}/file", params={"path": f"x{SCRIPT}"})
    assert SCRIPT in answer.json()["detail"] and answer.headers["content-type"] == "application/problem+json"
    answer = stage.api.git(
        stage["owner"].token, "GET", f"{stage.owner}/{quote(SCRIPT)}.git/info/refs?service=git-upload-pack"
    )
    assert (
        answer.headers["content-type"].startswith("text/plain")
        and answer.headers["x-content-type-options"] == "nosniff"
    )


def test_script_in_a_rendered_notebook_and_files_of_the_host_in_it() -> None:
    """CVE-2021-32862, CVE-2026-39378 (nbconvert, the latter reads host files), GHSA-2q59-h24c-w6fg (Voilà reads any file).

    The rest of it, as browsers read it and in the sandbox, is in `test_render_hostile`, `test_render_sandbox` and `test_pages`;
    dashboards are not there yet, and have to be played here when they are.
    """
    html = '<script>alert(1)</script><img src=x onerror=alert(1)><iframe src="javascript:alert(1)"></iframe>'
    reads = '![x](../../../../../../etc/passwd)\n\n<img src="file:///etc/passwd">\n\n{% include "/etc/passwd" %}\n'
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": html + "\n\n" + reads},
        {"cell_type": "raw", "id": "b", "metadata": {"raw_mimetype": "text/html"}, "source": html},
        {
            "cell_type": "code",
            "id": "c",
            "metadata": {},
            "source": html,
            "execution_count": 1,
            "outputs": [
                {"output_type": "display_data", "metadata": {}, "data": {"text/html": html, "image/svg+xml": html}},
                {"output_type": "error", "ename": html, "evalue": html, "traceback": [html]},
                {"output_type": "stream", "name": "stdout", "text": html},
            ],
        },
    ]
    metadata = {"title": html, "language_info": {"name": html}, "kernelspec": {"name": html, "display_name": html}}
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}).encode()
    made = RENDERERS[Kind.NOTEBOOK]([notebook], {}).html
    assert "<script" not in made and "<iframe" not in made and not re.search(r"<[^>]*\bon\w+=", made)
    assert "root:" not in made and "file:///" not in re.sub(r"&lt;.*?&gt;", "", made)


# what outlives what it hung on


def test_access_that_outlives_revocation(stages: Stages) -> None:
    """CVE-2026-24451, CVE-2026-0798, CVE-2026-27775 (Gitea): forks, notifications, cached permission.

    Every way and every door is played in `test_revocation`; here all doors are used just before, so that what can be cached is.
    """
    stage = stages.new()
    who = stage["reader"]
    reads = [play for play in PLAYS if play.action is Action.READ]
    for play in reads:
        assert play.act(stage, who) == 200, play.verb
    made = stage.api(who.token, "POST", "/checkouts", json={"project": stage.full, "folder": "/x"}).json()
    assert stage.api(stage["owner"].token, "DELETE", f"/projects/{stage.full}/grants/{who.user}").is_success
    for play in reads:
        assert play.act(stage, who) == 404, play.verb
    # Whoever had a copy is not told what comes after it, and by the copy nothing is found out about the project.
    assert stage.agent_pushes(stage["owner"]) == 200
    for path in ("/checkouts", "/conflicts", "/projects"):
        assert stage.full not in stage.api(who.token, "GET", path).text
    assert stage.api(who.token, "POST", "/checkouts", json={"project": stage.full, "folder": "/x"}).status_code == 404
    assert stage.api(who.token, "DELETE", f"/checkouts/{made['id']}").status_code == 204, "it is theirs to forget"


def test_a_reader_who_writes(stages: Stages) -> None:
    """CVE-2026-23632 (Gogs)."""
    stage = stages.take()
    before = stage.state()
    for play in PLAYS:
        # What readers make of a project for themselves changes nothing of it.
        own = play.action in (Action.CHECK_OUT, Action.FORK, Action.ASK_SERVER)
        if play.action in OF_PROJECTS and play.changes and not own and not play.deleted:
            for label in ("reader", "room server"):
                assert play.act(stage, stage[label]) in (403, 404), (play.verb, label)
    assert stage.state() == before
    # Nor by the checkout of somebody who may: identity is the channel's, never the message's.
    event, pack = stage.push(stage["writer"].user)
    outcome = apply_push(stage.centre.centre, stage["reader"].user, event, pack)
    assert (outcome.status, outcome.code) == ("refused", "not-found")


@pytest.mark.parametrize("label", ["reader", "writer", "admin", "member", "admin by a group"])
def test_a_share_that_escalates(stages: Stages, label: str) -> None:
    """GHSA-jjm3-j9xh-5xmq (Nextcloud)."""
    stage = stages.new()
    who, role = stage[label], stage[label].role
    assert role is not None
    for subject in (who.user, f"team:{stage.team}", f"group:{stage.group}"):
        answer = stage.api(who.token, "PUT", f"/projects/{stage.full}/grants/{subject}", json={"role": "admin"})
        assert answer.is_success == (role >= Role.admin)
    for wanted in ("reader", "writer", "admin"):
        answer = stage.api(who.token, "POST", f"/projects/{stage.full}/invitations", json={"role": wanted})
        assert answer.is_success == (role >= Role.admin)
    assert stage.api(who.token, "PUT", f"/projects/{stage.full}/owner", json={"owner": who.user}).status_code == 403
    for forged in ("owner", "Admin", "admin ", 4, None, ["admin"]):
        answer = stage.api(who.token, "PUT", f"/projects/{stage.full}/grants/x", json={"role": forged})
        assert answer.status_code in (403, 422)
    # An invitation to be reader, followed by an admin or by a reader, makes nobody anything else.
    assert stage.api(who.token, "POST", f"/invitations/{stage.secret}/accept").json()["role"] == role.name
    got = stage.api(who.token, "GET", f"/projects/{stage.full}").json()["role"]
    assert got == ("admin" if role >= Role.admin else role.name)
    assert stage.api(who.token, "DELETE", f"/projects/{stage.full}").status_code == 403


def test_a_share_by_a_forged_request_of_another_site(stages: Stages, centre: TestCentre) -> None:
    """CVE-2026-40864 (JupyterHub share XSRF): a browser's sign-in changes nothing without the token of a page of ours."""
    stage = stages.new()
    path = f"{PREFIX}api/v1/projects/{stage.full}"
    with httpx.Client(base_url=centre.url.partition(PREFIX)[0], headers={"Accept": "text/html"}) as browser:
        sent = browser.get(f"{PREFIX}login?next={PREFIX}")
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        browser.get(f"{PREFIX}oauth_callback?state={state}&code={stage.owner}")
        assert browser.get(path).json()["role"] == "owner"
        for headers in (
            {},
            {"Origin": "https://evil.example"},
            {"X-CSRF-Token": "0" * 64},
            {"Content-Type": "text/plain"},
        ):
            for answer in (
                browser.put(f"{path}/grants/mallory", json={"role": "admin"}, headers=headers),
                browser.post(f"{path}/invitations", content=b"{}", headers=headers),
                browser.request("DELETE", path, headers=headers),
            ):
                assert answer.status_code == 403, headers
    assert "mallory" not in stage.api(stage["owner"].token, "GET", f"/projects/{stage.full}/grants").text


# what a token opens


def test_scope_not_checked_on_archives_feeds_and_raw_files(stages: Stages) -> None:
    """CVE-2026-20706, CVE-2026-27761 (Gitea), CVE-2026-26196 (Gogs)."""
    stage = stages.take()
    for play in PLAYS:
        if play.action in OF_PROJECTS and not play.deleted:
            assert play.act(stage, stage["owner with a token without scopes"]) == 403, play.verb
            if play.action not in (Action.READ, Action.SEE_ACCESS, Action.SEE_AUDIT):
                assert play.act(stage, stage["owner with a token that only reads"]) == 403, play.verb


def test_tokens_in_urls(stages: Stages, centre: TestCentre) -> None:
    """CVE-2026-27761 (Gitea), CVE-2026-26196 (Gogs): a token in an address is none."""
    stage = stages.take()
    token = stage["owner"].token
    root = centre.url
    for name in ("token", "access_token", "private_token", "api_key", "Authorization", "auth"):
        for path in ("", "/archive", "/events", "/file?path=a.txt", "/tree"):
            sign = "&" if "?" in path else "?"
            address = f"{root}api/v1/projects/{stage.full}{path}{sign}{name}={token}"
            assert httpx.get(address).status_code == 401, address
        address = f"{root}git/{stage.full}.git/info/refs?service=git-upload-pack&{name}={token}"
        assert httpx.get(address).status_code == 401
    # No answer hands one out in an address, nor writes one down.
    made = stage.api(token, "GET", f"/projects/{stage.full}")
    assert "token=" not in made.text and "@" not in json.dumps(made.json()["name"])


# what others have


def test_deduplicated_blobs_that_hand_out_others_private_content(stages: Stages) -> None:
    """CVE-2026-52812 (Gogs), CVE-2026-28740 (Gitea): who knows the id of somebody's file gets nothing by it."""
    theirs, mine = stages.new(), stages.new()
    secret = b"the exam of next week"
    commit, pack = theirs.snapshot(theirs.owner, FILES | {"exam.txt": secret})
    push = Push(project=theirs.id, checkout=theirs.checkouts[theirs.owner], commit=commit)
    assert apply_push(theirs.centre.centre, theirs.owner, push, pack).status == "applied"
    repository = theirs.centre.centre.repositories.open(theirs.id)
    blob = read_tree(repository.tree(repository.commit(commit).tree))["exam.txt"][1]

    # In a tree of one's own, without its content: an agent's push and git's.
    tree = folder({"stolen.txt": (0o100644, blob)})[-1]
    forged = Commit(tree.id, (mine.commit,), mine.owner, int(time.time()), "x\n").encode()
    event = Push(project=mine.id, checkout=mine.checkouts[mine.owner], commit=forged.id)
    outcome = apply_push(mine.centre.centre, mine.owner, event, pack_of([tree, forged]))
    assert (outcome.status, outcome.code) == ("refused", "bad-pack")
    head = f"{mine.commit} {forged.id} refs/heads/main\0report-status".encode()
    content = pktline.line(head) + pktline.FLUSH + pack_of([tree, forged])
    headers = {"Content-Type": "application/x-git-receive-pack-request"}
    answer = mine.api.git(
        mine["owner"].token, "POST", f"{mine.full}.git/git-receive-pack", content=content, headers=headers
    )
    assert "ng refs/heads/main" in answer.text and "ok refs/heads/main" not in answer.text

    # By its id, or its commit's, at every door of one's own project.
    token = mine["owner"].token
    for path in (f"/packs/{mine.id}/{mine.first}/{commit}", f"/packs/{mine.id}/{commit}/{mine.commit}"):
        assert mine.api(token, "GET", path).status_code == 404
    assert (
        mine.api(token, "POST", f"/packs/{mine.id}", json={"commit": commit, "paths": ["exam.txt"]}).status_code == 404
    )
    assert mine.api(token, "GET", f"/projects/{mine.full}/file?path=exam.txt&version={commit}").status_code == 404
    wants = pktline.line(f"want {blob}\n".encode()) + pktline.FLUSH + pktline.line(b"done\n")
    headers = {"Content-Type": "application/x-git-upload-pack-request"}
    for project in (mine, theirs):
        who = project["owner"].token if project is mine else mine["owner"].token
        answer = mine.api.git(who, "POST", f"{project.full}.git/git-upload-pack", content=wants, headers=headers)
        assert secret not in answer.content and b"PACK" not in answer.content
    # An upload of somebody else's under one's own push.
    upload = new_id()
    theirs.centre.centre.uploads.append(theirs.owner, upload, 0, pack)
    theirs.centre.centre.uploads.finish(theirs.owner, upload)
    event = Push(project=mine.id, checkout=mine.checkouts[mine.owner], commit=commit, upload=upload)
    assert apply_push(mine.centre.centre, mine.owner, event).code == "not-found"


def test_what_was_kept_back_is_handed_to_nobody_else(stages: Stages) -> None:
    """CVE-2026-52812 (Gogs): a conflict's other side is in the repository, and is its pusher's alone."""
    stage = stages.take()
    kept = stage.template.kept
    for label in ("reader", "writer", "owner"):
        token = stage[label].token
        assert stage.api(token, "GET", f"/packs/{stage.id}/{stage.first}/{kept}").status_code == 404
        assert (
            stage.api(token, "POST", f"/packs/{stage.id}", json={"commit": kept, "paths": ["a.txt"]}).status_code == 404
        )
        assert stage.api(token, "GET", f"/projects/{stage.full}/file?path=a.txt&version={kept}").status_code == 404
        wants = pktline.line(f"want {kept}\n".encode()) + pktline.FLUSH + pktline.line(b"done\n")
        headers = {"Content-Type": "application/x-git-upload-pack-request"}
        answer = stage.api.git(token, "POST", f"{stage.full}.git/git-upload-pack", content=wants, headers=headers)
        assert b"PACK" not in answer.content
        others = stage.conflicts[stage["stranger"].user]
        assert stage.api(token, "GET", f"/conflicts/{others}/ours").status_code == 404
    refs = stage.api.git(stage["reader"].token, "GET", f"{stage.full}.git/info/refs?service=git-upload-pack").text
    assert "refs/hubshare" not in refs and kept not in refs


def test_an_archive_that_writes_outside_of_its_folder(stages: Stages) -> None:
    """CVE-2025-8110 (Gogs), as whoever unpacks an archive would meet it: all lies below one folder, links too."""
    stage = stages.new()
    files: Tree = FILES | {"link": (LINK, b"a.txt"), "sub": {"up": (LINK, b"../a.txt"), "b.txt": b"b"}}
    assert through_the_agent(stage, files) == ""
    for form in ("zip", "tar"):
        answer = stage.api(stage["reader"].token, "GET", f"/projects/{stage.full}/archive?format={form}")
        if form == "zip":
            names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        else:
            with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
                names = archive.getnames()
                for member in archive.getmembers():
                    tarfile.data_filter(member, "/nowhere")
        assert names and all(name.startswith(f"{stage.name}-v2/") and ".." not in name.split("/") for name in names)


# what admins see


def test_dashboards_without_login_or_csrf_protection(stages: Stages, centre: TestCentre) -> None:
    """CVE-2022-30034 (Flower), CVE-2023-1892 (Sidekiq), GHSA-hf2m-86fv-rjw5 (Hatchet).

    A dashboard of jobs is not there yet; script in a job's data is to be played here when it is. Until then: what is open to
    somebody who is not signed in is counted up, and what only admins see is refused to everybody else.
    """
    from hubshare.service.app import make_app
    from hubshare.service.web.authorize import declarations

    app = make_app(centre.centre, centre.tokens, centre.hub, centre.login, PREFIX)
    open_to_all = {route.path.removeprefix(PREFIX) for route in declarations(app) if Action.HEALTH in route.actions}
    pages = {"login", "logout", "oauth_callback", "static/{name}", "static/draw/diagrams"}
    # By a link that is sealed, out of a mail: who has it needs not sign in to have no more of them.
    sealed = "settings/mail/unsubscribe"
    assert open_to_all <= {"api/v1/openapi.json", "health", "health/ready", sealed, *pages}
    told: Any = httpx.get(f"{centre.url}health").json()
    names = {"status", "database", "redis", "workers", "intake", "disk", "housekeeping", "redis_settings"}
    assert told.keys() == names and {*told.values()} == {"ok"}
    for path in ("docs", "redoc", "openapi.json", "debug", "admin", "dashboard", ".git/config"):
        assert httpx.get(f"{centre.url}{path}").status_code == 404, path
    for path in (
        "metrics",
        "jobs",
        f"jobs/{'1' * 32}",
        "ops/jobs",
        f"ops/jobs/{'1' * 32}",
        "ops/acts",
        "ops/acts/new?verb=retry",
    ):
        assert httpx.get(f"{centre.url}{path}").status_code == 401, path
    stage = stages.take()
    for who in (
        stage["owner"].token,
        stage["owner with a token that only reads"].token,
        "adminish+read",
        "x+adminread",
    ):
        assert {stage.api(who, "GET", path).status_code for path in ("/audit", "/jobs")} == {403}
    assert stage.api("", "GET", "/audit").status_code == 401
