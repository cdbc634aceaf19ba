"""The Python client, waiting and not: it knows every route, and what is lost on the way is done once all the same."""

from __future__ import annotations

import asyncio
import inspect
import io
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any, Protocol

import httpx
import pytest

from hubshare import errors
from hubshare.client import AsyncClient, Client, calls
from hubshare.client.call import Call, Download, Listening, Listing
from hubshare.client.methods import Method, Methods
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Push, new_id
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.hub import Event
from hubshare.wire.api.projects import Project
from tests.helpers.faulty_proxy import Wire
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push

# every route

#: A value for each parameter of a description, by its name.
SAMPLES: dict[str, Any] = {
    "project": "alice/course",
    "team": "physics",
    "user": "bob",
    "subject": "team:physics",
    "invitation": "1" * 32,
    "secret": "s3cret",
    "checkout": "1" * 32,
    "conflict": "1" * 32,
    "upload": "1" * 32,
    "project_id": "1" * 32,
    "have": "1" * 40,
    "want": "1" * 40,
    "commit": "1" * 40,
    "paths": ["a.txt"],
    "path": "a.txt",
    "version": "v1",
    "ours": "1" * 40,
    "theirs": None,
    "name": "other",
    "owner": "bob",
    "role": "reader",
    "visibility": "hub",
    "description": "words",
    "server": "",
    "folder": "/x",
    "offset": 0,
    "piece": b"x",
    "target": io.BytesIO(),
    "match": 3,
    "last": "1-1",
    "own": True,
    "page": 7,
}
METHODS = {name: found for name, found in vars(Methods).items() if isinstance(found, Method)}


def described(name: str) -> list[Call[Any]]:
    """The calls that a method makes with all its arguments given."""
    describe = getattr(Methods, name)
    wanted = describe(
        **{
            name: SAMPLES[name]
            for name in inspect.signature(describe).parameters
            if name in SAMPLES and name != "source"
        }
        | ({"source": Path(__file__)} if name == "upload" else {})
    )
    match wanted:
        case Call():
            return [wanted]
        case Listing():
            return [wanted.first, wanted.after("place")] if "limit" in wanted.first.query else [wanted.first]
        case Download():
            return [wanted.call]
        case Listening():
            return [wanted.behind("1-1")]
    return [next(wanted)]


@pytest.fixture(scope="module")
def routes(centre: TestCentre) -> dict[tuple[str, str], Any]:
    """What the running service says of itself: (method, path below the service) to the operation."""
    found = httpx.get(f"{centre.url}api/v1/openapi.json").json()
    prefix = "/services/hubshare"
    return {
        (method.upper(), path.removeprefix(prefix)): operation | {"components": found["components"]["schemas"]}
        for path, operations in found["paths"].items()
        for method, operation in operations.items()
    }


def route_of(call: Call[Any], routes: dict[tuple[str, str], Any]) -> tuple[str, str]:
    fitting = [
        (method, path)
        for method, path in routes
        if method == call.method and re.fullmatch(re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(path)), call.path)
    ]
    # `/members/{user}` and the like fit what is said in full as well.
    exact = [found for found in fitting if found[1].count("{") == min(path.count("{") for _, path in fitting)]
    assert exact, f"there is no route {call.method} {call.path}"
    return exact[0]


def test_every_route_of_the_service_has_a_method_of_the_client(routes: dict[tuple[str, str], Any]) -> None:
    reached = {route_of(call, routes) for name in METHODS for call in described(name)}
    assert routes.keys() - reached == set()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_sends_what_its_route_takes(name: str, routes: dict[tuple[str, str], Any]) -> None:
    for call in described(name):
        operation = routes[route_of(call, routes)]
        takes = {(one["in"], one["name"]): one.get("required") for one in operation.get("parameters", ())}
        sent = {("query", key) for key, value in call.query.items() if value is not None}
        assert sent <= takes.keys()
        assert {one for one, required in takes.items() if required and one[0] == "query"} <= sent
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            assert call.body is None
            continue
        reference = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = operation["components"][reference]
        assert set(schema.get("required", ())) <= call.body.keys() <= set(schema["properties"])


def test_the_two_clients_have_the_same_methods() -> None:
    def public(client: type) -> set[str]:
        return {name for name in dir(client) if not name.startswith("_")}

    assert public(Client) == public(AsyncClient)
    described_here = {
        name
        for kind in calls.__all__
        for name, one in vars(getattr(calls, kind)).items()
        if inspect.isfunction(one) and one.__module__ == f"{calls.__name__}.{kind}" and not name.startswith("_")
    }
    assert METHODS.keys() == described_here
    for name in METHODS:
        assert getattr(Client, name).__doc__, f"{name} says nothing about itself"


def test_a_client_that_waits_needs_no_more_than_urllib3() -> None:
    heavy = (
        "import hubshare.client, sys; print([n for n in ('httpx', 'anyio', 'fastapi', 'redis') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True).stdout.strip() == "[]"


def test_without_httpx_the_other_one_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"pip install 'hubshare\[client\]'"):
        AsyncClient("http://127.0.0.1:1/", "alice")


# both, one after the other


class Calling(Protocol):
    """Calls a method by its name; what is an iterator comes as a list."""

    def __call__(self, method: str, /, *args: Any, **kwargs: Any) -> Any: ...


Clients = Callable[..., Calling]


@pytest.fixture(params=["waiting", "not-waiting"])
def clients(request: pytest.FixtureRequest, centre: TestCentre) -> Iterator[Clients]:
    """Makes clients of both kinds: `clients("alice")`, or `clients("alice", url=…)`."""
    ends: list[Callable[[], object]] = []

    def waiting(user: str, url: str = "", **more: Any) -> Calling:
        client = Client(url or centre.url, user, **more)
        ends.append(client.close)

        def call(method: str, /, *args: Any, **kwargs: Any) -> Any:
            answer = getattr(client, method)(*args, **kwargs)
            return list(answer) if isinstance(answer, Iterator) else answer

        return call

    def not_waiting(user: str, url: str = "", **more: Any) -> Calling:
        runner = asyncio.Runner()
        client = AsyncClient(url or centre.url, user, **more)
        ends.append(lambda: (runner.run(client.close()), runner.close()))

        async def finish(answer: Any) -> Any:
            return [item async for item in answer] if isinstance(answer, AsyncIterator) else await answer

        return lambda method, /, *args, **kwargs: runner.run(finish(getattr(client, method)(*args, **kwargs)))

    yield waiting if request.param == "waiting" else not_waiting
    for end in ends:
        end()


@pytest.fixture
def wire(centre: TestCentre) -> Iterator[Wire]:
    with Wire(centre.url).running() as made:
        yield made


def test_a_course_from_its_beginning_to_its_end(clients: Clients, centre: TestCentre) -> None:
    name = f"course-{new_id()[:8]}"
    owner, bob = clients("owner"), clients("bob")
    assert owner("me").name == "owner" and owner("health").status == "ok"
    team = owner("create_team", f"team-{name}", role="reader")
    assert (team.mine, [one.user for one in team.members]) == ("maintainer", ["owner"])
    made: Project = owner("create_project", name, "private", {"bob": "reader"}, description="first")
    assert (made.name, made.role, made.version, made.description) == (f"owner/{name}", "owner", 0, "first")

    checkout = bob("create_checkout", made.name, "", "/home/bob/course")
    assert checkout.role == "reader" and [one.id for one in owner("project_checkouts", made.name)] == [checkout.id]
    assert checkout.id in [one.id for one in bob("checkouts")]
    own = owner("create_checkout", made.name, "", "/x")
    objects = snapshot(made.commit, {"a.txt": b"hello", "data": {"b.csv": b"1,2"}}, "owner")
    push = Push(project=made.id, checkout=own.id, commit=objects[-1].id)
    assert apply_push(centre.centre, "owner", push, packed(objects)).status == "applied"

    assert [one.number for one in bob("versions", made.name)] == [1, 0]
    assert [one.path for one in bob("tree", made.name)] == ["a.txt", "data"]
    assert [one.path for one in bob("tree", made.name, "data", "v1")] == ["data/b.csv"]
    assert bob("entry", made.name, "a.txt").mode == 33188 and bob("file", made.name, "a.txt", "v1") == b"hello"
    archive, told = io.BytesIO(), list[tuple[int, int]]()
    bob("download_archive", made.name, archive, "tar", "v1", lambda *step: told.append(step))
    assert archive.getvalue().startswith(f"{name}-v1/a.txt".encode()) and told[-1] == (len(archive.getvalue()), 0)
    pack = io.BytesIO()
    bob("download_update", made.id, made.commit, objects[-1].id, pack)
    assert pack.getvalue().startswith(b"PACK")
    bob("download_contents", made.id, objects[-1].id, ["a.txt"], contents := io.BytesIO())
    assert contents.getvalue().startswith(b"PACK")

    owner("grant", made.name, f"team:{team.name}", "writer")
    owner("put_member", team.name, "carol")
    found = {one.user: one for one in owner("who", made.name).people}
    assert found["carol"].through[0].through == f"team {team.name}" and found["carol"].role == "writer"
    assert [one.subject for one in owner("grants", made.name)] == ["bob", f"team:{team.name}"]
    receipt: RevocationReport = owner("remove_member", team.name, "carol")
    assert [(one.project, one.before, one.after) for one in receipt.lost] == [(made.name, "writer", None)]
    invitation = owner("invite", made.name, "writer", days=1, uses=2)
    assert clients("dave")("accept_invitation", invitation.secret).role == "writer"
    assert [one.uses for one in owner("invitations", made.name)] == [1]
    owner("withdraw_invitation", made.name, invitation.id)
    [receipt] = owner("revoke", made.name, "bob")
    assert [one.where for one in receipt.copies if one.kind == "checkout"] == ["default server: /home/bob/course"]

    seen = owner("project", made.name).revision
    changed = owner("change_project", made.name, visibility="hub", match=seen)
    with pytest.raises(errors.Changed):
        owner("change_project", made.name, visibility="public", match=seen)
    assert owner("archive_project", made.name, match=changed.revision).archived is not None
    assert owner("archive_project", made.name, False).archived is None
    assert owner("rename_project", made.name, f"{name}-2").name == f"owner/{name}-2"
    moved = owner("transfer_project", made.name, f"team:{team.name}", name)
    assert (moved.name, moved.role, moved.owned_by_team) == (f"{team.name}/{name}", "owner", True)
    owner("delete_project", moved.name)
    with pytest.raises(errors.NotFound, match="was deleted"):
        owner("project", moved.name)
    assert owner("restore_project", moved.name).deleted is None
    assert "project.transfer" in [one.action for one in owner("project_audit", moved.name)]
    assert "team.manage" in [one.action for one in owner("team_audit", team.name)]
    assert clients("root+hubadmin")("hub_audit", page=500)

    assert owner("change_team", team.name, name=f"{team.name}-2", role="writer").role == "writer"
    owner("delete_project", f"{team.name}-2/{name}")
    owner("put_member", f"{team.name}-2", "bob", "maintainer")
    assert owner("leave_team", f"{team.name}-2").user == "owner"
    assert f"{team.name}-2" in [one.name for one in bob("teams")] and bob("team", f"{team.name}-2").mine == "maintainer"
    with pytest.raises(errors.Clash, match="still to be restored"):
        bob("delete_team", f"{team.name}-2")


def test_lists_go_on_from_page_to_page(clients: Clients) -> None:
    lister = clients("lister")
    names = [f"p{number}" for number in range(5)]
    if not lister("projects", own=True):
        for name in names:
            lister("create_project", name)
    for page in (1, 2, 5, 500):
        assert [one.name for one in lister("projects", own=True, page=page)] == [f"lister/{name}" for name in names]


@pytest.mark.parametrize(
    ("name", "args", "kind", "words"),
    [
        ("project", ["owner/none"], errors.NotFound, "owner/none"),
        ("project", ["none"], errors.BadName, "OWNER/NAME"),
        ("create_project", ["UPPER"], errors.BadName, "UPPER"),
        ("create_project", ["fine", "everybody"], errors.Invalid, "visibility"),
        ("create_project", ["x", "private", {"b": "king"}], errors.Invalid, "grants"),
        ("hub_audit", [], errors.Forbidden, "admins of the Hub"),
        ("team", [".."], errors.BadName, "'..'"),
        ("team", [""], errors.BadName, "''"),
        ("team", ["a/../b"], errors.BadName, "a/../b"),
        ("team", ["\udcff"], errors.BadName, "cannot be a name"),
        ("accept_invitation", ["wrong?x=1#y"], errors.NotFound, "not valid any more"),
        ("download_archive", ["owner/none", io.BytesIO()], errors.NotFound, "owner/none"),
    ],
)
def test_errors_are_those_of_the_tree(
    clients: Clients, name: str, args: list[Any], kind: type[errors.HubShareError], words: str
) -> None:
    with pytest.raises(kind) as error:
        clients("nobody-special")(name, *args)
    assert words in error.value.message


def test_a_token_that_is_not_accepted_and_one_that_may_not(clients: Clients) -> None:
    with pytest.raises(errors.NotSignedIn):
        clients("alice+expired")("me")
    with pytest.raises(errors.Forbidden, match="lacks the scope"):
        clients("alice+read")("create_project", "x")


def test_nobody_there_and_somebody_else_there(clients: Clients, wire: Wire) -> None:
    with pytest.raises(errors.Unavailable, match=r"does not answer at http://127\.0\.0\.1:1"):
        clients("alice", url="http://127.0.0.1:1/services/hubshare/")("me")
    wire.faults = ["html"] * 9
    with pytest.raises(errors.Unavailable, match="status 502"):
        clients("alice", url=wire.url)("me")


# what gets lost


@pytest.mark.parametrize("fault", ["drop", "cut"])
def test_a_lost_answer_makes_nothing_twice(clients: Clients, wire: Wire, fault: str) -> None:
    name = f"once-{new_id()[:8]}"
    alice = clients("alice", url=wire.url)
    wire.faults = [fault, fault]
    made = alice("create_project", name)
    sent = [one for one in wire.seen if one.method == "POST"]
    assert [one.status for one in sent] == [201, 201, 201] and len(
        {one.headers["idempotency-key"] for one in sent}
    ) == 1
    assert made.name == f"alice/{name}"
    wire.faults = [fault]
    checkout = alice("create_checkout", made.name, "", f"/home/{name}")
    assert [one.id for one in alice("project_checkouts", made.name)] == [checkout.id]
    wire.faults = [fault]
    alice("create_team", f"t-{name}")
    assert [one.name for one in alice("teams")].count(f"t-{name}") == 1
    keys = {one.headers["idempotency-key"] for one in wire.seen if one.method == "POST"}
    assert len(keys) == 3, "each call has a key of its own"


def test_reads_and_what_is_the_same_twice_are_sent_again(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url)
    name = alice("create_project", f"again-{new_id()[:8]}").name
    for call in (
        ["project", name],
        ["projects"],
        ["grant", name, "bob", "reader"],
        ["archive_project", name],
        ["archive_project", name, False],
    ):
        for faults in (["drop"], ["503"], ["503", "drop", "503"]):
            wire.faults = list(faults)
            alice(*call)
            assert not wire.faults, call
    wire.faults = ["drop"]
    alice("delete_project", name)
    assert wire.seen[-1].status == 404, "it was done by the first try, and that is no error"


def test_what_cannot_be_repeated_is_not(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url)
    name = alice("create_project", f"not-again-{new_id()[:8]}").name
    seen = alice("project", name).revision
    for call, kwargs in ((["invite", name], {}), (["change_project", name], {"description": "x", "match": seen})):
        wire.faults, before = ["drop"], len(wire.seen)
        with pytest.raises(errors.Unavailable):
            alice(*call, **kwargs)
        assert len(wire.seen) == before + 1


def test_a_service_that_asks_for_patience_is_waited_for_only_so_long(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url, patience=3)
    wire.faults = ["429"]
    with pytest.raises(errors.TooMany, match="Not now"):
        alice("me")
    wire.faults = ["503"] * 9
    with pytest.raises(errors.Unavailable, match="Not now"):
        alice("me")
    assert len(wire.faults) == 5, "four tries and no more"


def test_an_upload_goes_on_where_it_broke_off(clients: Clients, wire: Wire, tmp_path: Path, centre: TestCentre) -> None:
    name, source, told = new_id(), tmp_path / "big", list[tuple[int, int]]()
    source.write_bytes(bytes(range(256)) * 8000)
    alice = clients("alice", url=wire.url)
    wire.faults = ["", "drop"]
    with pytest.raises(errors.Unavailable):
        alice("upload", name, source)
    sent = len(wire.seen)
    alice("upload", name, source, lambda *step: told.append(step))
    assert centre.centre.uploads.path("alice", name).read_bytes() == source.read_bytes()
    assert [one.method for one in wire.seen[sent:]] == ["GET", "POST"], "what had arrived is not sent once more"
    other = new_id()
    alice("upload", other, source, lambda *step: told.append(step))
    assert told == [(source.stat().st_size, source.stat().st_size)]


def test_a_download_that_breaks_off_says_so(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url)
    made = alice("create_project", f"broken-{new_id()[:8]}")
    wire.faults = ["cut"]
    with pytest.raises(errors.Unavailable, match="broke off"):
        alice("download_contents", made.id, made.commit, [], io.BytesIO())


# events


class Listener:
    """Somebody who listens in the background, with either client."""

    def __init__(self, kind: str, url: str, user: str, project: str | None = None, last: str | None = None) -> None:
        self.heard: Queue[Event | Exception | None] = Queue()
        run = self._wait if kind == "waiting" else lambda *args: asyncio.run(self._await(*args))
        threading.Thread(target=run, args=(url, user, project, last), daemon=True).start()

    def _wait(self, url: str, user: str, project: str | None, last: str | None) -> None:
        with Client(url, user) as client:
            try:
                for event in client.project_events(project, last) if project else client.events(last):
                    self.heard.put(event)
                self.heard.put(None)
            except errors.HubShareError as error:
                self.heard.put(error)

    async def _await(self, url: str, user: str, project: str | None, last: str | None) -> None:
        async with AsyncClient(url, user) as client:
            try:
                async for event in client.project_events(project, last) if project else client.events(last):
                    self.heard.put(event)
                self.heard.put(None)
            except errors.HubShareError as error:
                self.heard.put(error)

    def next(self) -> Any:
        return self.heard.get(timeout=30)


def streams(wire: Wire) -> list[str]:
    return [one.headers.get("last-event-id", "") for one in wire.seen if one.path.endswith("/events")]


@pytest.mark.parametrize("kind", ["waiting", "not-waiting"])
def test_a_stream_of_events_that_breaks_is_taken_up_and_nothing_is_missed(
    kind: str, wire: Wire, centre: TestCentre
) -> None:
    with Client(centre.url, "alice") as alice:
        name = alice.create_project(f"heard-{new_id()[:8]}", grants={"bob": "reader"}).name
        listener = Listener(kind, wire.url, "bob", name)
        wait_until(lambda: wire.seen, "bob listens")
        time.sleep(0.3)
        alice.change_project(name, description="1")
        first = listener.next()
        assert (first.type, first.project, first.lost) == ("project", name, False)
        wire.cut()
        alice.change_project(name, description="2")
        alice.change_project(name, description="3")
        second, third = listener.next(), listener.next()
        assert len({first.id, second.id, third.id}) == 3
        wait_until(lambda: len(streams(wire)) > 1, "bob has come again")
        assert streams(wire)[:2] == ["", first.id]
        alice.revoke(name, "bob")
        while not (last := listener.next()).lost:
            pass
        assert last.project == name
        assert listener.next() is None, "that was the last one"
        with pytest.raises(errors.NotFound):
            raise Listener(kind, wire.url, "bob", name).next()


@pytest.mark.parametrize("kind", ["waiting", "not-waiting"])
def test_a_stream_that_breaks_before_anything_was_heard_misses_nothing_either(
    kind: str, wire: Wire, centre: TestCentre
) -> None:
    with Client(centre.url, "alice") as alice:
        name = alice.create_project(f"unheard-{new_id()[:8]}", grants={"bob": "reader"}).name
        listener = Listener(kind, wire.url, "bob", name)
        wait_until(lambda: wire.seen, "bob listens")
        time.sleep(0.3)
        wire.cut()
        alice.change_project(name, description="1")
        assert listener.next().project == name
        assert streams(wire)[1] != "", "it was taken up from where it began"


@pytest.mark.parametrize("kind", ["waiting", "not-waiting"])
def test_somebody_who_comes_back_hears_what_happened_meanwhile(kind: str, centre: TestCentre) -> None:
    with Client(centre.url, "alice") as alice:
        name = alice.create_project(f"later-{new_id()[:8]}").name
        listener = Listener(kind, centre.url, "alice")
        time.sleep(0.5)
        alice.change_project(name, description="1")
        first = listener.next()
        alice.change_project(name, description="2")
        again = Listener(kind, centre.url, "alice", last=first.id).next()
        assert again.project == name and again.id != first.id and again == listener.next()
