"""Services of the Hub ask with their own tokens, and are what they are in versions, commits and the audit log."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from hubshare.client import Client
from hubshare.errors import Forbidden, NotFound
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id


@pytest.fixture(scope="module")
def owner(centre: TestCentre) -> Client:
    return Client(centre.url, "hanna")


@pytest.fixture(scope="module")
def service(centre: TestCentre) -> Client:
    return Client(centre.url, "service:ci")


def test_a_service_reads_hears_and_pushes_where_it_was_let_in(
    centre: TestCentre, owner: Client, service: Client, tmp_path: Path
) -> None:
    name = owner.create_project(f"built-{new_id()[:8]}").name
    with pytest.raises(NotFound):
        service.project(name)
    owner.grant(name, "service:ci", "writer")
    assert service.project(name).role == "writer" and service.me().name == "service:ci"
    events = f"{centre.url}api/v1/projects/{name}/events"
    with httpx.stream("GET", events, headers={"Authorization": "token service:ci"}, timeout=30) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": connected"
        service.change_files(name, {"built.txt": "by a program"}, message="Build", base=0)
        assert "service:ci" in next(line for line in lines if line.startswith("data:"))
    newest = next(iter(owner.versions(name)))
    assert (newest.author, newest.number) == ("service:ci", 1)
    assert ("service:ci", "project.push") in {(one.user, one.action) for one in owner.project_audit(name)}
    address = centre.url.replace("://", "://x:service:ci@") + f"git/{name}.git"
    subprocess.run(["git", "clone", "-q", address, tmp_path / "clone"], check=True)
    said = subprocess.run(["git", "log", "-1", "--format=%an"], cwd=tmp_path / "clone", capture_output=True, text=True)
    assert said.stdout.strip() == "service:ci"
    owner.revoke(name, "service:ci")
    with pytest.raises(NotFound):
        service.project(name)


def test_a_service_is_asked_into_a_team_and_owns_nothing(owner: Client, service: Client) -> None:
    team = owner.create_team(f"crew{new_id()[:8]}").name
    owner.put_member(team, "service:ci", "member")
    (offer,) = [one for one in service.offers() if one.name == team]
    service.accept_offer(offer.id)
    name = owner.create_project(f"ours-{new_id()[:8]}", owner=team).name
    assert service.project(name).role == "writer"
    for refused in (
        lambda: service.create_project("own"),
        lambda: service.create_team(f"own{new_id()[:8]}"),
        lambda: service.fork_project(name),
        lambda: service.create_checkout(name, "", "/x"),
        lambda: service.import_project("https://example.org/a.zip"),
    ):
        with pytest.raises(Forbidden, match="that is for people"):
            refused()
    mine = owner.create_project(f"mine-{new_id()[:8]}").name
    owner.grant(mine, "service:ci", "admin")
    with pytest.raises(Forbidden, match="cannot own projects"):
        owner.transfer_project(mine, "service:ci")


def test_a_user_who_is_called_as_services_are_is_let_in_nowhere(centre: TestCentre) -> None:
    answer = httpx.get(f"{centre.url}api/v1/me", headers={"Authorization": "token service:ci+user"})
    assert answer.status_code == 403 and "how a service of the Hub is called" in answer.json()["detail"]


def test_a_token_of_a_service_does_no_more_than_its_scopes_say(owner: Client, centre: TestCentre) -> None:
    name = owner.create_project(f"read-{new_id()[:8]}").name
    owner.grant(name, "service:ci", "admin")
    reader = Client(centre.url, "service:ci+read")
    assert reader.project(name).role == "admin"
    with pytest.raises(Forbidden, match="lacks the scope"):
        reader.change_files(name, {"a.txt": "a"}, base=0)
