"""Who may do what on a real Hub: its tokens, scopes, groups, admins and users who leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.hub_config import STACK
from demo.stack import LocalStack
from hubshare.jupyterhub import ACCESS
from hubshare.secret_file import load_or_create_secret
from hubshare.testing.centre import wait_until


class Api:
    """The service's API through the proxy, as the owner of a Hub token."""

    def __init__(self, stack: LocalStack, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"{stack.service_url}api/v1", headers={"Authorization": f"token {token}"}, timeout=20
        )

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._client.request(method, path, **more)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def api(servers: LocalStack) -> Iterator[Any]:
    """Makes an `Api` of a user, with a token of these scopes, or with one that is there."""
    made: list[Api] = []

    def make(user: str, note: str = "a test", scopes: list[str] | None = None, token: str = "") -> Api:
        made.append(Api(servers, token or servers.token(user, note, scopes)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def share(stack: LocalStack, user: str, name: str, *more: str) -> Path:
    """A folder of a user with one file, shared as `user/name`."""
    folder = stack.home(user) / name
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    done = stack.run(user, "share", folder, "--as", f"{user}/{name}", *more)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_token_does_what_its_scopes_allow_and_nothing_more(servers: LocalStack, api: Any) -> None:
    share(servers, "alice", "scoped")
    full, read, access = api("alice"), api("alice", "r", [ACCESS, "custom:hubshare:read"]), api("alice", "a", [ACCESS])
    write = api("alice", "w", [ACCESS, "custom:hubshare:write"])
    assert full("GET", "/me").json()["scopes"] == [f"custom:hubshare:{name}" for name in ("admin", "read", "write")]
    assert read("GET", "/me").json() == {
        "name": "alice",
        "admin": False,
        "groups": [],
        "scopes": ["custom:hubshare:read"],
    }
    assert access("GET", "/me").status_code == 403
    assert read("GET", "/projects/alice/scoped").status_code == 200
    assert read("POST", "/projects", json={"name": "more"}).status_code == 403
    assert read("POST", "/agent/session", json={}).status_code == 403
    assert write("POST", "/projects", json={"name": "more"}).status_code == 201
    assert write("PUT", "/projects/alice/scoped/grants/bob", json={"role": "reader"}).status_code == 403
    assert full("PUT", "/projects/alice/scoped/grants/bob", json={"role": "reader"}).status_code == 204
    entry = full("GET", "/projects/alice/scoped/audit").json()["items"][0]
    assert (entry["action"], entry["user"], entry["token"]) == ("project.grant", "alice", "a test")


def test_a_group_of_the_hub_gives_access_for_as_long_as_one_is_in_it(servers: LocalStack, api: Any) -> None:
    alice, bob = api("alice"), api("bob")
    share(servers, "alice", "grouped")
    servers.api("POST", "groups/physics", {"users": ["bob"]})
    for name in ("none", "physics"):
        path = f"/projects/alice/grouped/grants/group:{name}"
        assert alice("PUT", path, json={"role": "reader"}).status_code == 404, (
            "it is not for alice to know which there are"
        )
    servers.api("POST", "groups/physics/users", {"users": ["alice"]})
    assert bob("GET", "/projects/alice/grouped").status_code == 404
    assert alice("PUT", "/projects/alice/grouped/grants/group:physics", json={"role": "writer"}).status_code == 204
    found = alice("GET", "/projects/alice/grouped/access").json()["people"]
    assert {"role": "writer", "through": "group physics"} in found[1]["through"]
    assert bob("GET", "/projects/alice/grouped").json()["role"] == "writer"
    done = servers.run("bob", "checkout", "alice/grouped", "--auto")
    assert done.returncode == 0, done.stderr
    servers.api("DELETE", "groups/physics/users", {"users": ["bob"]})
    wait_until(lambda: bob("GET", "/projects/alice/grouped").status_code == 404, "bob is out of the project")
    wait_until(
        lambda: "no access" in servers.run("bob", "status", cwd=servers.home("bob") / "grouped").stdout,
        "bob's agent says that access has ended",
    )
    assert (servers.home("bob") / "grouped" / "a.txt").read_text() == "one\n", "the files stay"


def test_an_admin_takes_over_what_somebody_left_behind(servers: LocalStack, api: Any) -> None:
    servers.api("POST", "users/dave", None)
    dave = api("dave")
    assert dave("POST", "/projects", json={"name": "left", "grants": {"bob": "reader"}}).status_code == 201
    root, alice = api("admin"), api("alice")
    wanted = {"owner": "alice"}
    assert root("PUT", "/projects/dave/left/owner", json=wanted).status_code == 403, "dave is still there"
    assert alice("PUT", "/projects/dave/left/owner", json=wanted).status_code == 404
    servers.api("DELETE", "users/dave")
    assert alice("PUT", "/projects/dave/left/owner", json=wanted).status_code == 404
    assert root("GET", "/projects/dave/left").status_code == 404, "an admin of the Hub does not read along"
    assert root("PUT", "/projects/dave/left/owner", json=wanted).json()["name"] == "alice/left"
    assert api("bob")("GET", "/projects/dave/left").json()["name"] == "alice/left"
    assert alice("GET", "/projects/alice/left").json()["role"] == "owner"
    assert {"project.transfer"} <= {entry["action"] for entry in root("GET", "/audit").json()["items"]}


def test_a_newcomer_by_the_name_of_a_deleted_user_gets_nothing_of_theirs(servers: LocalStack, api: Any) -> None:
    servers.api("POST", "users/zoe")
    former = api("zoe")
    assert former("POST", "/projects", json={"name": "diary"}).status_code == 201
    assert former("GET", "/projects/zoe/diary").status_code == 200
    servers.api("DELETE", "users/zoe")
    servers.api("POST", "users/zoe")
    newcomer = api("zoe")
    assert newcomer("GET", "/projects/zoe/diary").status_code == 404
    assert newcomer("GET", "/projects").json()["items"] == []
    assert newcomer("POST", "/projects", json={"name": "diary"}).status_code == 201
    wait_until(lambda: former("GET", "/projects/zoe/diary").status_code == 401, "the former one's token ends")
    servers.api("DELETE", "users/zoe")


def test_no_log_holds_what_opens_something(servers: LocalStack, api: Any) -> None:
    """Nor what is in the files: tokens, the secret of an invitation, the password of an agent's Redis user, contents."""
    folder = share(servers, "alice", "logged")
    (folder / "a.txt").write_text("a-content-that-nobody-logs\n")
    assert servers.run("alice", "push", folder).returncode == 0
    token = servers.token("alice", "a test")
    alice = api("alice")
    secret = alice("POST", "/projects/alice/logged/invitations", json={}).json()["secret"]
    session = alice("POST", "/agent/session", json={"server": "another"}).json()
    with httpx.Client(base_url=f"{servers.service_url}api/v1", headers={"Authorization": f"token {token}"}) as client:
        assert client.post("/projects", json={"name": "by-a-token"}).status_code == 201
        assert client.get("/projects/alice/none").status_code == 404
    assert api("bob")("POST", f"/invitations/{secret}/accept").is_success
    assert api("bob")("POST", f"/invitations/{secret}x/accept").status_code == 404
    logs = [path.read_text(errors="replace") for path in (servers.log, *servers.home("alice").rglob("agent.log"))]
    assert len(logs) > 1 and "alice" in logs[0]
    for hidden in (token, secret, session["password"], "a-content-that-nobody-logs"):
        assert not [log for log in logs if hidden in log]


def test_a_service_of_the_hub_asks_with_its_own_token_and_is_named_as_what_it_is(servers: LocalStack, api: Any) -> None:
    share(servers, "alice", "for-a-service")
    service = api(STACK, token=load_or_create_secret(servers.data, STACK))
    me = service("GET", "/me").json()
    assert me["name"] == f"service:{STACK}" and me["scopes"] == ["custom:hubshare:read", "custom:hubshare:write"]
    project = "/projects/alice/for-a-service"
    assert service("GET", project).status_code == 404
    alice = api("alice")
    assert alice("PUT", f"{project}/grants/service:{STACK}?check=true", json={"role": "writer"}).status_code < 300
    assert alice("PUT", f"{project}/grants/service:nobody?check=true", json={"role": "writer"}).status_code == 422
    newest = alice("GET", project).json()["version"]
    made = service("POST", f"{project}/changes", json={"base": newest, "write": {"built.txt": "by a program"}})
    assert made.status_code == 200, made.text
    assert alice("GET", f"{project}/versions").json()["items"][0]["author"] == f"service:{STACK}"
    refused = service("POST", "/projects", json={"name": "own"})
    assert refused.status_code == 403 and "that is for people" in refused.json()["detail"]
    assert service("DELETE", project).status_code == 403, "its token has no scope for that"
    # A token that a service has got for a user is the user's, as far as its scopes go.
    of_alice = api("alice", "given to a service", [ACCESS, "custom:hubshare:read"])
    assert of_alice("GET", project).json()["role"] == "owner"
    assert of_alice("POST", f"{project}/changes", json={"base": newest + 1, "delete": ["a.txt"]}).status_code == 403
