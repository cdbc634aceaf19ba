"""The holes that other sharing systems had in what a copy of a project does to the disk that it is on.

Each is played as in `test_holes`: a test is named after its hole and names where it was seen.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hubshare_agents.checkout.disk import Changed, Disk

from hubshare.git import pktline
from hubshare.names import link_fault
from hubshare.sync.trees import EXECUTABLE, LINK
from hubshare.testing.centre import wait_until
from hubshare.wire.agent import Push, new_id
from tests.helpers.access_fixture import Stages
from tests.helpers.access_template import FILES
from tests.helpers.centre_fixture import git
from tests.helpers.pushing import apply_push
from tests.helpers.tree_pushes import Tree, refused_everywhere, through_the_agent


@pytest.mark.parametrize(
    "files",
    [
        {".git": {"hooks": {"post-checkout": (EXECUTABLE, b"#!/bin/sh\ntouch /tmp/owned\n")}}},
        {".GIT": {"config": b"[core]\nfsmonitor = touch /tmp/owned\n"}},
        {"sub2": {".git": b"gitdir: /tmp/evil\n"}},
        {"git~1": {"config": b"x"}},
        {"GIT~1": {"config": b"x"}},
        {".g\u200cit": {"config": b"x"}},
        {".git\u200d": {"config": b"x"}},
        {".git.": {"config": b"x"}},
        {".git ": {"config": b"x"}},
        {".git::$INDEX_ALLOCATION": {"config": b"x"}},
        {".git\\hooks\\post-checkout": (EXECUTABLE, b"x")},
        {"..\\.git\\config": b"x"},
    ],
    ids=lambda files: ascii(next(iter(files))),
)
def test_git_hooks_or_git_folders_written_by_a_checkout(stages: Stages, files: Tree) -> None:
    """CVE-2014-9706, CVE-2026-52726, CVE-2026-42305 (dulwich), CVE-2025-64111, CVE-2026-52813 (Gogs)."""
    refused_everywhere(stages.take(), files)


@pytest.mark.parametrize(
    "target", ["/etc", "../..", "../../../home", "..", "sub/../../x", ".git/hooks", "./.GIT", "a\\..\\..\\x", ""]
)
def test_write_through_a_symlink_in_the_tree(stages: Stages, target: str) -> None:
    """GHSA-8w8g-wq8h-fq33 (dulwich), CVE-2025-8110 (Gogs), syncthing#4286."""
    if target == "..":
        # At the top that is out of the project; a level deeper it is the top itself.
        refused_everywhere(stages.take(), {"link": (LINK, b"../..")})
        return
    refused_everywhere(stages.take(), {"link": (LINK, target.encode())})


def test_write_through_a_symlink_that_is_on_the_disk_already(tmp_path: Path) -> None:
    """GHSA-8w8g-wq8h-fq33 (dulwich), CVE-2025-8110 (Gogs): the agent writes through no link, whoever made it."""
    from hubshare.git.objects import BLOB, Object
    from hubshare.sync.trees import Entry

    outside, root = tmp_path / "outside", tmp_path / "course"
    outside.mkdir()
    root.mkdir()
    (root / "sub").symlink_to(outside)
    (root / "a.txt").symlink_to(outside / "a.txt")
    disk = Disk(root)
    entry = Entry(0o100644, Object(BLOB, b"owned").id)
    for path in ("sub/a.txt", "sub/deeper/a.txt"):
        with pytest.raises((OSError, Changed)):
            disk.write(path, entry, [b"owned"], None, None)
    with pytest.raises(OSError), disk.open("a.txt") as file:
        file.read()
    assert list(outside.iterdir()) == []


def test_a_prefix_check_that_admits_a_sibling_folder(stages: Stages) -> None:
    """CVE-2026-5422 (jupyter-server)."""
    stage, sibling = stages.take(), stages.new()
    # `course-2` begins as `course` does and is another folder.
    for target in ("../course-2/x", "../coursex", "../course/../course-2"):
        assert link_fault("link", target)
        refused_everywhere(stage, {"link": (LINK, target.encode())})
    for path in (f"../{sibling.id}.git/HEAD", f"../{sibling.name}/a.txt", "sub/../../x", f"../{stage.id}.git-2/HEAD"):
        for route in ("file", "entry", "tree"):
            answer = stage.api(stage["reader"].token, "GET", f"/projects/{stage.full}/{route}", params={"path": path})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad-path")
    # A name that begins as another one does gives nothing of that one.
    assert stage.api(stage["reader"].token, "GET", f"/projects/{stage.owner}/{stage.name}x").status_code == 404
    assert stage.api(stage["reader"].token, "GET", f"/projects/{stage.owner}/{stage.name[:-1]}").status_code == 404
    assert (
        stage.api(stage["reader"].token, "GET", f"/packs/{stage.id}x/{stage.first}/{stage.commit}").status_code == 422
    )
    # Nor does a file of the project whose name begins as a folder's does.
    assert stage.api(stage["reader"].token, "GET", f"/projects/{stage.full}/tree?path=su").status_code == 404


def test_submodules_that_run_code(stages: Stages) -> None:
    """CVE-2024-32002, CVE-2025-48384 (git)."""
    stage = stages.take()
    evil = b'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% /tmp/owned\n'
    for files in (
        {".gitmodules": evil},
        {".GITMODULES": evil},
        {"gitmod~1": evil},
        {"gi7eba~1": evil},
        {".gitmodules": (LINK, b"a.txt")},
        {"x": (0o160000, "1" * 40)},
        {"x\r": b"the name ends in a carriage return"},
    ):
        refused_everywhere(stage, files)


def test_merge_drivers_and_filters_that_run_code(stages: Stages, tmp_path: Path) -> None:
    """CVE-2026-42563 (dulwich): attributes may be published, and nothing here does what they say."""
    stage = stages.new()
    owned = tmp_path / "owned"
    attributes = b"* merge=evil filter=evil diff=evil\n*.txt ident export-subst export-ignore\n"
    assert through_the_agent(stage, FILES | {".gitattributes": attributes, "id.txt": b"$Id$ $Format:%H$"}) == ""
    config = git(stage.repository(), "config", "--list", "--local").decode()
    assert not [line for line in config.splitlines() if line.startswith(("merge.", "filter.", "diff.", "include"))]
    # A second push from the same base is merged by path; whoever is named in the attributes is not asked.
    other = stage["owner"].user
    commit, pack = stage.snapshot(other, FILES | {"other.txt": b"other"})
    push = Push(project=stage.id, checkout=stage.checkouts[other], commit=commit)
    assert apply_push(stage.centre.centre, other, push, pack).status == "merged"
    # What is served is what was pushed, to the byte: no filter, no ident, no export-ignore.
    answer = stage.api(stage["reader"].token, "GET", f"/projects/{stage.full}/archive")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read(f"{stage.name}-v3/id.txt") == b"$Id$ $Format:%H$"
    assert not owned.exists()


OPTIONS = [
    "--upload-pack=touch /tmp/owned",
    "--output=/tmp/owned",
    "-oProxyCommand=touch /tmp/owned",
    "ext::sh -c touch% /tmp/owned",
    "file:///etc/passwd",
    "@{upstream}",
    ":/x",
    "main..HEAD",
    "HEAD^{tree}",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "--",
    "-",
]


@pytest.mark.parametrize("text", OPTIONS)
def test_arguments_or_urls_taken_for_options_or_helpers(stages: Stages, text: str) -> None:
    """CVE-2021-39160 (nbgitpuller), CVE-2022-42968 (Gitea), CVE-2017-16228 (dulwich), CVE-2022-24439 (GitPython),
    CVE-2025-30370 (jupyterlab-git): where git is run, nothing that somebody sent stands on its command line."""
    stage = stages.take()
    who = stage["owner"].token
    raw = quote(text, safe="")
    for path in (
        f"/projects/{stage.full}/file?path=a.txt&version={raw}",
        f"/projects/{stage.full}/tree?version={raw}",
        f"/projects/{stage.full}/archive?version={raw}",
        f"/projects/{raw}/{stage.name}",
        f"/projects/{stage.owner}/{raw}",
        f"/packs/{stage.id}/{raw}/{stage.commit}",
        f"/packs/{stage.id}/{stage.first}/{raw}",
    ):
        assert stage.api(who, "GET", path).status_code in (404, 422), path
    for body in ({"name": text}, {"name": "x", "owner": text}, {"name": "x", "visibility": text}):
        assert stage.api(who, "POST", "/projects", json=body).status_code in (404, 422)
    # What git's own door takes from a request: address, service, protocol, wants, refs.
    assert stage.api.git(who, "GET", f"{raw}/x.git/info/refs?service=git-upload-pack").status_code in (404, 422)
    assert stage.api.git(who, "GET", f"{stage.full}.git/info/refs", params={"service": text}).status_code == 422
    answer = stage.api.git(
        who, "GET", f"{stage.full}.git/info/refs?service=git-upload-pack", headers={"Git-Protocol": text}
    )
    assert answer.status_code == 200 and stage.commit in answer.text
    for want in (f"want {text}\n", f"command={text}\n"):
        content = pktline.line(want.encode()) + pktline.FLUSH + pktline.line(b"done\n")
        headers = {
            "Authorization": f"token {who}",
            "Content-Type": "application/x-git-upload-pack-request",
            "Git-Protocol": "version=2",
        }
        address = f"{stage.api.root}git/{stage.full}.git/git-upload-pack"
        answer = stage.api.client.post(address, content=content, headers=headers)
        assert answer.status_code != 500 and b"PACK" not in answer.content
    commit, pack = stage.snapshot("x")
    head = f"{stage.commit} {commit} {text}\0report-status push-options".encode()
    content = pktline.line(head) + pktline.FLUSH + pktline.line(text.encode()) + pktline.FLUSH + pack
    headers = {"Content-Type": "application/x-git-receive-pack-request"}
    answer = stage.api.git(who, "POST", f"{stage.full}.git/git-receive-pack", content=content, headers=headers)
    assert "ok " not in answer.text.replace("unpack ok", "")
    assert not Path("/tmp/owned").exists()


def test_a_url_import_that_reaches_private_addresses(stages: Stages) -> None:
    """CVE-2026-58418, CVE-2026-22874 (Gitea), CVE-2026-52805 (Gogs): what is fetched for somebody goes through one guard.

    Whoever adds something that does, a webhook or an import, plays here that it refuses private addresses, also by redirect.
    """
    document = stages.api("", "GET", "/openapi.json").json()
    taken = {
        each["name"].lower() for path in document["paths"].values() for op in path.values() for each in op["parameters"]
    }
    for schema in document["components"]["schemas"].values():
        taken |= {name.lower() for name in schema.get("properties", {})}
    suspicious = re.compile(r"url|uri|href|link|remote|callback|webhook|endpoint|host|fetch|mirror|import")
    # The address of Redis and the host of a worker are what the service gives out; the rest but `url` is read, not fetched.
    assert {name for name in taken if suspicious.search(name)} == {
        "redis_url",
        "host",
        "link",
        "mirror",
        "url",
        "urlpath",
        "webhook",
    }
    root = Path(__file__).parents[3]
    speaks = re.compile(r"^\s*(?:import|from) (?:httpx|requests|aiohttp|urllib3|urllib\.request|http\.client)\b", re.M)
    callers = {
        str(path.relative_to(root))
        for part in ("service", "features", "operations", "store", "git")
        for path in (root / "hubshare" / part).rglob("*.py")
        if "node_modules" not in path.parts and speaks.search(path.read_text())
    } | {str(path.relative_to(root)) for path in (root / "workers").rglob("*.py") if speaks.search(path.read_text())}
    of_the_hub = {f"hubshare/service/web/{name}.py" for name in ("hub_api", "hub_servers", "hub_tokens")}
    fetch = "workers/hubshare_workers/fetch"
    # What these reach goes through one guard, whose tests play each way inside.
    guarded = {f"{fetch}/guard.py", f"{fetch}/web.py", "hubshare/features/webhooks/sending.py"}
    assert callers == of_the_hub | guarded
    stage = stages.new()
    who, name = stage["owner"], f"n{new_id()}"
    for address in ("http://10.0.0.1/a.zip", "http://169.254.169.254/a.zip", "http://[::1]/a.zip"):
        made = stages.api(
            who.token, "POST", "/imports", json={"source": address, "name": f"{name}{len(address)}"}
        ).json()
        of_it = f"/projects/{made['name']}/import"
        ended = lambda at=of_it: stages.api(who.token, "GET", at).json()["state"] == "failed"  # noqa: E731
        wait_until(ended, f"{address} is refused")
        assert "nothing is fetched from" in stages.api(who.token, "GET", of_it).json()["message"]
