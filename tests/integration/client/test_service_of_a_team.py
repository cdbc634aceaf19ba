"""The service of the page `docs/how-to/services.md`: it makes a project of a team, and has what the team gave it."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hubshare.client import Client
from hubshare.errors import Forbidden, HubShareError, NotFound, NotSignedIn
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.faulty_proxy import Wire

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "services.md"


@pytest.fixture
def owner(centre: TestCentre) -> Client:
    return Client(centre.url, "hanna")


def program() -> dict[str, Any]:
    """What the program on the page defines."""
    found: dict[str, Any] = {"__name__": "news"}
    exec(re.findall(r"```python\n(import os.*?)```", PAGE.read_text(), re.DOTALL)[0], found)
    return found


def crew(owner: Client, service: str) -> str:
    """A team that has asked a service in."""
    team = owner.create_team(f"crew{new_id()[:8]}").name
    owner.put_member(team, service, "member")
    return team


def test_the_service_of_the_page_joins_a_team_and_writes_its_news(
    centre: TestCentre, wire: Wire, owner: Client
) -> None:
    service = f"service:news{new_id()[:8]}"
    team, ended = crew(owner, service), threading.Event()
    watched = owner.create_team_project(team, "watched").name

    def run() -> None:
        with suppress(HubShareError), Client(wire.url, service) as client:
            program()["follow"](client, team)
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    wait_until(lambda: wire.begun, "the service listens")
    owner.change_files(watched, {"a.txt": "1"}, message="A first look", base=0)
    wait_until(lambda: owner.project(f"{team}/news").version == 1, "the news are written down")
    text = owner.file(f"{team}/news", "watched.txt").decode()
    assert text == f"{watched}, version 1: A first look\n"
    (newest, _) = owner.versions(f"{team}/news")
    assert newest.author == service
    made = [one for one in owner.project_audit(f"{team}/news") if one.action == "team.create-project"]
    assert [one.user for one in made] == [service]
    owner.remove_member(team, service)
    assert ended.wait(60), "who was taken out of a team hears nothing of it any more"
    with pytest.raises(NotFound):
        Client(centre.url, service).project(f"{team}/news")


def test_who_makes_a_project_of_a_team_has_no_more_of_it_than_the_team_gave(centre: TestCentre, owner: Client) -> None:
    name = f"service:maker{new_id()[:8]}"
    team, service = crew(owner, name), Client(centre.url, name)
    with pytest.raises(NotFound):
        service.create_team_project(team, "early")
    program()["begin"](service, team)
    assert service.project(f"{team}/news").role == "writer"
    assert program()["begin"](service, team) == f"{team}/news", "what is there is taken"
    refused: list[Callable[[], Any]] = [
        lambda: service.create_team_project(team, "mine", grants={name: "admin"}),
        lambda: service.grant(f"{team}/news", name, "admin"),
        lambda: service.change_project(f"{team}/news", visibility="public"),
        lambda: Client(centre.url, f"{name}+read").create_team_project(team, "read"),
    ]
    for ask in refused:
        with pytest.raises(Forbidden):
            ask()
    assert owner.create_team_project(team, "lent", grants={"bob": "reader"}).role == "owner"
    owner.change_team(team, role="reader")
    with pytest.raises(Forbidden, match="only read"):
        service.create_team_project(team, "late")


def test_a_token_that_the_hub_took_back_is_no_services_any_more(centre: TestCentre, owner: Client) -> None:
    name = f"service:ended{new_id()[:8]}"
    team, service = crew(owner, name), Client(centre.url, name)
    project = program()["begin"](service, team)
    centre.tokens.revoked.add(name)
    with pytest.raises(NotSignedIn):
        service.change_files(project, {"a.txt": "1"}, base=0)
    address = centre.url.replace("://", f"://x:{name}@") + f"git/{project}.git"
    said = subprocess.run(
        ["git", "ls-remote", address], capture_output=True, text=True, env={"GIT_TERMINAL_PROMPT": "0"}
    )
    assert said.returncode and "Authentication failed" in said.stderr
