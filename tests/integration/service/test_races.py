"""Several people do something at the same moment: each gets an answer as if the others had come before or after."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import Push
from tests.helpers.centre_fixture import published, repository_of, sound
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push

pytestmark = pytest.mark.both_databases

PEOPLE = [f"racer{number}" for number in range(6)]


@pytest.fixture(scope="module")
def client(centre: TestCentre) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{centre.url}api/v1", timeout=30) as made:
        yield made


def at_once(*acts: Callable[[], httpx.Response]) -> Counter[int]:
    """Let all begin at the same moment; how often each status was the answer."""
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], httpx.Response]) -> int:
        together.wait(10)
        return act().status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def say(client: httpx.Client, who: str, method: str, path: str, **more: object) -> Callable[[], httpx.Response]:
    return lambda: client.request(method, path, headers={"Authorization": f"token {who}"}, **more)  # type: ignore[arg-type]


def test_one_of_many_gets_a_name(client: httpx.Client) -> None:
    wanted = {"name": "wanted", "grants": {"bob": "reader"}}
    assert at_once(*[say(client, "racer", "POST", "/projects", json=wanted)] * 6) == {201: 1, 409: 5}


def test_a_request_that_is_repeated_while_it_runs_is_carried_out_once(client: httpx.Client) -> None:
    headers = {"Authorization": "token racer", "Idempotency-Key": "again"}
    found = []

    def make() -> httpx.Response:
        found.append(client.post("/projects", headers=headers, json={"name": "repeated"}))
        return found[-1]

    assert at_once(*[make] * 6) == {201: 6}
    assert len({answer.json()["id"] for answer in found}) == 1


def test_one_role_given_by_many_is_given(client: httpx.Client) -> None:
    say(client, "racer", "POST", "/projects", json={"name": "given"})().raise_for_status()
    path = "/projects/racer/given/grants/bob"
    acts = [say(client, "racer", "PUT", path, json={"role": role}) for role in ("reader", "writer", "admin") * 2]
    assert all(status < 300 for status in at_once(*acts))


def test_the_last_maintainer_stays_when_all_leave_at_once(client: httpx.Client) -> None:
    say(client, PEOPLE[0], "POST", "/teams", json={"name": "leaving"})().raise_for_status()
    for user in PEOPLE[1:]:
        path, wanted = f"/teams/leaving/members/{user}", {"role": "maintainer"}
        say(client, PEOPLE[0], "PUT", path, json=wanted)().raise_for_status()
        offer = say(client, user, "GET", "/offers")().json()["items"][0]["id"]
        say(client, user, "POST", f"/offers/{offer}/accept", json={})().raise_for_status()
    assert at_once(*(say(client, user, "DELETE", "/teams/leaving/membership") for user in PEOPLE)) == {200: 5, 409: 1}


def test_pushes_to_one_project_and_to_several_all_arrive(client: httpx.Client, centre: TestCentre) -> None:
    pushes: list[tuple[str, Push, bytes]] = []
    for name in ("crowded", "beside"):
        wanted = {"name": name, "grants": {user: "writer" for user in PEOPLE}}
        project = say(client, "racer", "POST", "/projects", json=wanted)().json()
        for user in PEOPLE:
            place = {"project": f"racer/{name}", "folder": "/x"}
            checkout = say(client, user, "POST", "/checkouts", json=place)().json()["id"]
            objects = snapshot(project["commit"], {f"{user}.txt": b"x"}, user)
            push = Push(project=project["id"], checkout=checkout, commit=objects[-1].id)
            pushes.append((user, push, packed(objects)))

    def apply(push: tuple[str, Push, bytes]) -> str:
        return apply_push(centre.centre, *push).status

    with ThreadPoolExecutor(4) as pool:
        first = list(pool.map(apply, pushes))
        # Each comes a second time, as after a crash.
        assert list(pool.map(apply, pushes)) == first
    assert set(first) <= {"applied", "merged"}
    for name in ("crowded", "beside"):
        assert published(centre, f"racer/{name}").keys() == {f"{user}.txt" for user in PEOPLE}
        sound(repository_of(centre, f"racer/{name}"))
        listed = say(client, "racer", "GET", f"/projects/racer/{name}/versions")().json()["items"]
        assert [version["number"] for version in listed] == list(range(6, -1, -1))
