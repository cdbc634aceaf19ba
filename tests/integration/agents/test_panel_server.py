"""What the panel in JupyterLab calls and hears: a real Jupyter server with the extension, and the agent that it starts."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator

import httpx
import pytest
from hubshare_agents.jupyter.commands import MOST_AT_A_TIME, MOST_BYTES
from hubshare_agents.jupyter.events import MOST_WINDOWS
from hubshare_agents.jupyter.surroundings import NO_HUB

from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, Refused, content, write
from tests.helpers.jupyter_server import JupyterServer
from tests.helpers.panel import Event, Panel


@pytest.fixture(scope="module")
def server(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    home = Home(tmp_path_factory.mktemp("p") / "petra", "petra", centre.url)
    with JupyterServer(home, None) as started:
        yield started


@pytest.fixture
def panel(server: JupyterServer) -> Panel:
    return Panel(server.url, server.headers)


# commands


def test_a_command_is_answered_as_the_agent_answers_it_with_progress_on_the_way(
    server: JupyterServer, panel: Panel
) -> None:
    server.home.folder("first", {"a.txt": "1\n", "b.txt": "2\n"})
    # Paths start from what the file browser shows.
    shared = panel.call("share", folder="first")
    assert (shared["project"], shared["pushed"]) == ("petra/first", 2)
    assert ["scan", 0, 0] in panel.progress
    assert panel.call("status", folder="first") == server.home.ask("status", folder=str(server.home.home / "first"))


def test_an_error_is_the_one_that_the_agent_gives(panel: Panel) -> None:
    with pytest.raises(Refused) as refused:
        panel.call("push", folder="nowhere")
    assert refused.value.code == "not-found" and "There is no folder" in str(refused.value)


@pytest.mark.parametrize("command", ["follow", "ping-pong", "reset"])
def test_no_command_is_passed_on_that_is_not_one_of_the_agreed_ones(panel: Panel, command: str) -> None:
    with pytest.raises(Refused) as refused:
        panel.call(command)
    assert refused.value.code == "invalid" and f"knows no command '{command}'" in str(refused.value)


def test_nobody_asks_who_has_not_signed_in_or_comes_from_another_page(server: JupyterServer) -> None:
    ping = f"{server.url}hubshare/command/ping"
    assert httpx.post(ping, json={}).status_code == 403
    with httpx.Client(base_url=server.url) as browser:
        # A browser that has signed in: its cookie alone is not enough for another site to ask in its name.
        assert browser.get("tree", params=server.query, follow_redirects=True).status_code in (200, 404)
        assert browser.get("api/me").status_code == 200
        assert browser.post("hubshare/command/ping", json={}).status_code == 403
        xsrf = {"X-XSRFToken": browser.cookies["_xsrf"]}
        assert browser.post("hubshare/command/ping", json={}, headers=xsrf).status_code == 200
        assert browser.get("hubshare/events", headers={"Connection": "upgrade"}).status_code in (400, 426)


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b"3"])
def test_arguments_that_are_no_object_are_refused_in_words(server: JupyterServer, body: bytes) -> None:
    done = httpx.post(f"{server.url}hubshare/command/ping", content=body, headers=server.headers)
    assert done.status_code == 422
    assert json.loads(done.text)["error"]["code"] == "invalid"


@pytest.mark.parametrize("told", [True, False], ids=["told its size", "in pieces"])
def test_arguments_that_are_too_long_are_not_read(server: JupyterServer, told: bool) -> None:
    body = b'{"cwd": "' + b"x" * MOST_BYTES + b'"}'
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    try:
        done = httpx.post(
            f"{server.url}hubshare/command/ping", content=body if told else pieces, headers=server.headers
        )
    except httpx.TransportError:
        return  # the server has closed while it was sent
    assert done.status_code in (413, 400)


def test_a_command_ends_when_the_browser_has_gone_and_what_is_under_way_is_heard_of(
    server: JupyterServer, panel: Panel, centre: TestCentre
) -> None:
    folder, _ = server.home.share("left", {"a.txt": "1\n"})
    write(folder, {"a.txt": "2\n"})
    # The centre does not answer the push, and whatever comes next waits for its turn.
    centre.stop_workers()
    try:
        with panel.follow() as events, panel.begin("push", folder="left") as push:
            said = push.iter_lines()
            assert any('"sent"' in line for line in said)
            one = events.of(folder, lambda one: one["step"] is not None and one["step"]["what"] == "sent")
            assert (one["step"]["command"], one["pushing"]) == ("push", True)
            with panel.begin("pull", folder="left") as pull:
                assert any('"wait"' in line for line in pull.iter_lines())
            # Its browser has gone: it waits no more.
            wait_until(lambda: "pull" not in panel.call("cancel", folder="left")["stopped"], "the pull has ended")
            assert any('"cancelled"' in line for line in said)
            events.of(folder, lambda one: one["step"] is None)
    finally:
        centre.start_workers()


def test_a_person_cannot_have_any_number_of_commands_under_way(server: JupyterServer, panel: Panel) -> None:
    agent = panel.call("ping")["pid"]
    os.kill(agent, signal.SIGSTOP)
    codes: list[int] = []

    def ask() -> None:
        with panel.begin("ping") as response:
            codes.append(response.status_code)

    threads = [threading.Thread(target=ask) for _ in range(MOST_AT_A_TIME + 3)]
    try:
        for thread in threads:
            thread.start()
        wait_until(lambda: codes.count(429) == 3, "those that are too many are refused")
    finally:
        os.kill(agent, signal.SIGCONT)
        for thread in threads:
            thread.join(30)
    assert sorted(codes) == [200] * MOST_AT_A_TIME + [429] * 3
    assert panel.call("ping")["user"] == "petra"


# events


def test_a_window_hears_where_it_is_and_how_everything_is(server: JupyterServer, panel: Panel) -> None:
    folder, _ = server.home.share("heard", {"a.txt": "1\n"})
    with panel.follow() as events:
        assert events.next() == {
            "kind": "hello",
            "root": str(server.home.home),
            "user": "",
            "server": "",
            "person": "",
            "pages": "",
            "servers": False,
            "needs": "",
        }
        hello = events.until(lambda event: True, "hello")
        assert (hello["root"], hello["user"], hello["pages"]) == (str(server.home.home), "petra", "/services/hubshare/")
        one = events.of(folder, lambda one: one["counts"] is not None)
        assert (one["project"], one["mode"], one["role"], one["version"]) == ("petra/heard", "manual", "owner", 1)
        assert one["counts"] == {"outgoing": 0, "incoming": 0, "conflicts": 0, "held": 0}


def test_an_edit_in_a_checkout_that_is_synced_by_hand_is_heard_of_without_a_question(
    server: JupyterServer, panel: Panel, bob: Home
) -> None:
    folder, _ = server.home.share("byhand", {"a.txt": "1\n", "b.txt": "1\n"}, **{"with": ["bob:writer"]})
    his = bob.checkout("petra/byhand", "byhand-of-petra")
    with panel.follow() as events:
        events.of(folder, lambda one: one["counts"] is not None)
        write(folder, {"a.txt": "2\n"})
        events.of(folder, lambda one: one["counts"]["outgoing"] == 1)
        write(his, {"a.txt": "3\n", "b.txt": "3\n"})
        bob.ask("push", folder=str(his))
        one = events.of(folder, lambda one: one["counts"]["conflicts"] == 1)
        assert one["counts"] == {"outgoing": 0, "incoming": 1, "conflicts": 1, "held": 0}
        events.until(
            lambda event: [need["about"] for need in event["needs"] if need["folder"] == str(folder)], "waiting"
        )
        panel.call("pull", folder="byhand")
        written = events.until(lambda event: event["folder"] == str(folder), "written")
        assert (written["paths"], written["deleted"], written["everything"]) == (["b.txt"], [], False)
        assert (written["version"], written["by"]) == (2, "bob")
        panel.call("resolve", folder="byhand", all=True, pick="theirs")
        assert events.until(lambda event: event["folder"] == str(folder), "written")["paths"] == ["a.txt"]
        events.of(folder, lambda one: one["counts"] == {"outgoing": 0, "incoming": 0, "conflicts": 0, "held": 0})


def test_a_checkout_that_is_not_tracked_any_more_is_gone_from_the_list(server: JupyterServer, panel: Panel) -> None:
    folder, _ = server.home.share("let-go", {"a.txt": "1\n"})
    with panel.follow() as events:
        events.of(folder, lambda one: True)
        panel.call("unlink", folder="let-go")
        events.until(lambda event: str(folder) not in {one["folder"] for one in event["checkouts"]})


def test_a_question_about_deletions_is_heard_of_with_the_command_that_says_yes(
    server: JupyterServer, panel: Panel
) -> None:
    folder, _ = server.home.share("asked", {f"{number}.txt": "1\n" for number in range(8)}, auto=True)
    with panel.follow() as events:
        events.of(folder, lambda one: one["mode"] == "auto")
        for number in range(7):
            (folder / f"{number}.txt").unlink()

        def needs(event: Event) -> list[tuple[str, str]]:
            return [(need["about"], need["words"]) for need in event["needs"] if need["folder"] == str(folder)]

        # They may be noticed one after the other, and the first be published already: all of them are asked about.
        one = events.of(folder, lambda one: one["counts"]["outgoing"] > 0 and "7 files" in one["paused"])
        assert one["question"] == "push"
        assert needs(events.until(lambda event: "7 files" in str(needs(event)), "waiting")) == [
            ("deletions", one["paused"])
        ]
        panel.call("push", folder="asked", confirm=True)
        events.of(folder, lambda one: not one["question"] and one["counts"]["outgoing"] == 0)
        events.until(lambda event: not needs(event), "waiting")


def test_an_offer_is_heard_of_until_it_was_answered(
    server: JupyterServer, panel: Panel, bob: Home, centre: TestCentre
) -> None:
    with Client(centre.url, "bob") as giver:
        giver.create_team("with-petra")
        giver.put_member("with-petra", "petra")
    with panel.follow() as events:

        def offers(event: Event) -> list[tuple[str, str]]:
            return [(need["project"], need["words"]) for need in event["needs"] if need["about"] == "offer"]

        words = "bob offers you to be member of the team with-petra."
        assert offers(events.until(offers, "waiting")) == [("with-petra", words)]
        panel.call("accept", offer=panel.call("offers")["offers"][0]["id"])
        events.until(lambda event: not offers(event), "waiting")


def test_what_the_person_was_told_is_heard_of_until_it_was_read(
    server: JupyterServer, panel: Panel, centre: TestCentre
) -> None:
    with Client(centre.url, "bob") as bob, panel.follow() as events:
        project = bob.create_project("told-of", visibility="private").name

        def told(event: Event) -> list[Event]:
            return [need for need in event["needs"] if need["about"] == "told" and need["project"] == project]

        bob.grant(project, "petra", "writer")
        [need] = told(events.until(told, "waiting"))
        assert need["words"] == f"bob made you writer of {project}."
        assert need["page"] == f"projects/{project}"
        assert [one["number"] for one in panel.call("inbox")["notifications"] if one["project"] == project] == [
            need["number"]
        ]
        assert panel.call("read", number=need["number"]) == {"read": 1}
        events.until(lambda event: not told(event), "waiting")


def test_who_asks_for_the_server_is_heard_of_until_that_was_answered(
    server: JupyterServer, panel: Panel, centre: TestCentre
) -> None:
    server.home.share("asked-for", {"a.txt": "1\n"})
    with Client(centre.url, "petra") as petra, Client(centre.url, "bob") as bob, panel.follow() as events:

        def requests(event: Event) -> list[str]:
            return [need["words"] for need in event["needs"] if need["about"] == "server"]

        assert events.until(lambda event: event["servers"], "hello")["user"] == "petra"
        petra.grant("petra/asked-for", "bob", "reader")
        asked = bob.ask_for_server("petra/asked-for")
        assert requests(events.until(requests, "waiting")) == [
            "bob requests access to your server for petra/asked-for: answer on HubShare's pages."
        ]
        petra.decline_server_request(asked.id)
        events.until(lambda event: not requests(event), "waiting")


def test_the_centre_goes_away_and_that_is_heard_of(server: JupyterServer, panel: Panel, centre: TestCentre) -> None:
    folder, _ = server.home.share("away", {"a.txt": "1\n"})
    with panel.follow() as events:
        events.of(folder, lambda one: not one["offline"])
        centre.tokens.revoked.add("petra")
        try:
            # Its session ends, and it gets no new one.
            for session in centre.centre.bus.sessions():
                if "petra" in session:
                    centre.centre.bus.redis.execute_command("ACL", "DELUSER", session)
            events.of(folder, lambda one: "restart the server" in one["offline"])
        finally:
            centre.tokens.revoked.discard("petra")
        events.of(folder, lambda one: not one["offline"])


def test_the_agent_dies_and_comes_back_and_the_window_hears_it(server: JupyterServer, panel: Panel) -> None:
    with panel.follow() as events:
        events.until(lambda event: True)
        os.kill(panel.call("ping")["pid"], signal.SIGKILL)
        events.until(lambda event: event["why"], "gone")
        events.until(lambda event: True)
    # The next one answers from its first moment on; the Hub tells it who it is for.
    wait_until(lambda: panel.call("ping")["user"] == "petra", "the agent is connected")


def test_more_windows_than_one_has_are_closed(panel: Panel) -> None:
    windows = [panel.follow() for _ in range(MOST_WINDOWS)]
    try:
        assert all(window.next()["kind"] == "hello" for window in windows)
        with panel.follow() as one_more:
            assert one_more.closed_with() == 4429
    finally:
        for window in windows:
            window.close()


# in bounds


def test_thousands_of_changes_are_a_few_events(server: JupyterServer, panel: Panel) -> None:
    folder, _ = server.home.share("many", {f"{part}/{n}.txt": "1\n" for part in range(100) for n in range(10)})
    with panel.follow() as events:
        events.of(folder, lambda one: one["counts"] is not None)
        before = len(events.told)
        write(folder, {f"{part}/{n}.txt": "2\n" for part in range(100) for n in range(5)})
        events.of(folder, lambda one: one["counts"]["outgoing"] == 500)
        heard = [event for event in events.told[before:] if event["kind"] != "hello"]
        assert len(heard) <= 20, [event["kind"] for event in heard]
    assert content(folder)["99/4.txt"] == b"2\n"


def test_a_window_that_does_not_read_holds_nothing_up(server: JupyterServer, panel: Panel) -> None:
    folder, _ = server.home.share("deaf", {f"{number:03}.txt": "1\n" for number in range(20)}, auto=True)
    with panel.follow() as deaf, panel.follow() as events:
        for number in range(20):
            write(folder, {f"{number:03}.txt": "2\n"})
            panel.call("push", folder="deaf")
        newest = panel.call("status", folder="deaf")["version"]
        events.of(folder, lambda one: one["version"] == newest)
        # It hears the newest state in the end, and not each that there was.
        deaf.of(folder, lambda one: one["version"] == newest)


# a link of the pages, where JupyterLab with the panel is not there


def test_a_link_asks_on_a_plain_page_where_there_is_no_panel_and_opens_the_file(
    server: JupyterServer, bob: Home
) -> None:
    bob.share("by-link", {"notes/one.txt": "1", "two.ipynb": "{}"}, **{"with": ["petra:reader"]})
    with httpx.Client(base_url=server.url, headers=server.headers) as browser:
        wanted = {"project": "bob/by-link", "file": "notes/one.txt"}
        asked = browser.get("hubshare/open", params=wanted)
        assert asked.status_code == 200 and "Check out bob/by-link?" in asked.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text))
        assert fields["project"] == "bob/by-link" and fields["file"] == "notes/one.txt"
        target = server.home.home / "by-link"
        assert not target.exists(), "looking changes nothing"
        # Notebook 7 opens a folder, a notebook and any other file at addresses of their own.
        assert browser.post("hubshare/open", data=fields).headers["location"] == "/edit/by-link/notes/one.txt"
        assert content(target)["notes/one.txt"] == b"1"
        for file, address in {
            "": "/tree/by-link",
            "notes": "/tree/by-link/notes",
            "two.ipynb": "/notebooks/by-link/two.ipynb",
            "gone.txt": "/tree/by-link",
        }.items():
            assert browser.get("hubshare/open", params=wanted | {"file": file}).headers["location"] == address
        for file in ("../../secret", "/etc/passwd", "notes/../../x"):
            answer = browser.get("hubshare/open", params=wanted | {"file": file})
            assert answer.status_code in (400, 422) and "location" not in answer.headers


# without a Hub


def test_on_a_server_that_no_hub_has_started_it_is_said_what_is_needed_and_nothing_else_happens(
    centre: TestCentre, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = Home(tmp_path_factory.mktemp("n") / "nora", "nora", centre.url)
    with JupyterServer(home, None, hub=False) as plain:
        panel = Panel(plain.url, plain.headers)
        with panel.follow() as events:
            hello = events.next()
            assert hello["kind"] == "hello" and hello["needs"] == NO_HUB
        with panel.begin("ping") as response:
            assert response.status_code == 503
            assert json.loads(response.read())["error"] == {"code": "unavailable", "message": NO_HUB}
        # Nothing is there of an agent: neither its process nor a folder for its state.
        assert not home.state.exists()
        assert httpx.get(f"{plain.url}api/contents", headers=plain.headers).status_code == 200
