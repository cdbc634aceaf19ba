"""The API to people of every role and to strangers: who gets what, and that errors tell nobody too much."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from hubshare_workers.publish.publication import PublishOutcome

from hubshare.git.packs import Pack
from hubshare.service.api.uploads import PIECE_BYTES
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import Push, new_id
from tests.helpers.centre_fixture import BRAKE, sound
from tests.helpers.forge import Content, packed, snapshot
from tests.helpers.pushing import apply_push

pytestmark = pytest.mark.both_databases


class Api:
    """Calls the API as somebody."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}api/v1", timeout=20)

    def close(self) -> None:
        self._client.close()

    def __call__(
        self, who: str, method: str, path: str, headers: dict[str, str] | None = None, **more: object
    ) -> httpx.Response:
        sent = (headers or {}) | ({"Authorization": f"token {who}"} if who != "nobody" else {})
        answer = self._client.request(method, path, headers=sent, **more)  # type: ignore[arg-type]
        if answer.status_code >= 400:
            body = answer.json()
            assert answer.headers["content-type"] == "application/problem+json", path
            assert body.keys() == {"type", "title", "status", "detail", "code"}
            assert body["status"] == answer.status_code and body["type"] == f"urn:hubshare:{body['code']}"
            assert answer.status_code < 500, body
        return answer


@dataclass
class Played:
    """A project in which something has happened.

    Attributes:
        first, published: its first and its newest version.
        kept: the writer's snapshot, of which a conflict has been kept back.
    """

    id: str
    first: str
    published: str
    kept: str
    checkout: str


@pytest.fixture(scope="module")
def api(centre: TestCentre) -> Iterator[Api]:
    made = Api(centre.url)
    yield made
    made.close()


def make(api: Api, centre: TestCentre, name: str, grants: dict[str, str], visibility: str = "private") -> Played:
    """A project of `owner` with one file, and a conflict of `writer` about it."""
    wanted = {"name": name, "visibility": visibility, "grants": grants}
    project = api("owner", "POST", "/projects", json=wanted).json()
    first = project["commit"]
    outcomes = []
    for who, text in (("owner", b"published"), ("writer", b"not published")):
        checkout = api(who, "POST", "/checkouts", json={"project": f"owner/{name}", "folder": "/x"}).json()["id"]
        objects = snapshot(first, {"a.txt": text, f"{who}.txt": b"x"}, who)
        push = Push(project=project["id"], checkout=checkout, commit=objects[-1].id)
        outcomes.append(apply_push(centre.centre, who, push, packed(objects)))
    assert [found.status for found in outcomes] == ["applied", "conflict"]
    return Played(project["id"], first, str(outcomes[1].commit), objects[-1].id, checkout)


@pytest.fixture(scope="module")
def played(api: Api, centre: TestCentre) -> Played:
    return make(api, centre, "played", {"reader": "reader", "writer": "writer", "admin": "admin"})


def test_another_kind_of_authorization_is_none(api: Api, centre: TestCentre) -> None:
    for header in ("", "token", "Basic b3duZXI6", "Basic %%%", "Digest owner", "owner", "bearer"):
        answer = httpx.get(f"{centre.url}api/v1/projects", headers={"Authorization": header})
        assert answer.status_code == 401, header
    assert httpx.get(f"{centre.url}api/v1/projects?token=owner").status_code == 401
    assert httpx.get(f"{centre.url}api/v1/projects", cookies={"token": "owner"}).status_code == 401


# packs


def test_a_pack_of_a_published_version_brings_a_checkout_on(api: Api, centre: TestCentre, played: Played) -> None:
    answer = api("reader", "GET", f"/packs/{played.id}/{played.first}/{played.published}")
    with Pack(answer.content, centre.settings) as pack:
        assert played.published in pack and played.kept not in pack
    # From wherever the checkout is, also from a snapshot that was kept back.
    assert api("writer", "GET", f"/packs/{played.id}/{played.kept}/{played.published}").status_code == 200


@pytest.mark.parametrize("who", ["reader", "writer", "owner"])
def test_a_snapshot_that_was_kept_back_is_handed_to_nobody(api: Api, played: Played, who: str) -> None:
    assert api(who, "GET", f"/packs/{played.id}/{played.first}/{played.kept}").status_code == 404
    wanted = {"commit": played.kept, "paths": ["a.txt"]}
    assert api(who, "POST", f"/packs/{played.id}", json=wanted).status_code == 404
    for route in ("entry", "file", "tree"):
        answer = api(who, "GET", f"/projects/owner/played/{route}", params={"path": "a.txt", "version": played.kept})
        assert answer.status_code == 404


def test_what_is_no_commit_gives_no_pack(api: Api, played: Played) -> None:
    blob = api("reader", "GET", "/projects/owner/played/entry", params={"path": "a.txt"}).json()["id"]
    for have, want in (
        (played.first, blob),
        (blob, played.published),
        ("0" * 40, played.published),
        (played.first, "0" * 40),
    ):
        assert api("reader", "GET", f"/packs/{played.id}/{have}/{want}").status_code == 404
    for bad in ("main", "HEAD", played.first.upper(), "..", played.first[:7], "%2e%2e%2f"):
        assert api("reader", "GET", f"/packs/{played.id}/{bad}/{played.published}").status_code in (404, 405, 422)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", ".git/config", "a\0b", "a\n", "x" * 4000, "\\", "a//b", "."])
def test_a_bad_path_is_named_as_one(api: Api, played: Played, path: str) -> None:
    for route in ("entry", "file", "tree"):
        answer = api("reader", "GET", f"/projects/owner/played/{route}", params={"path": path})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-path")
    wanted = {"commit": played.published, "paths": [path]}
    assert api("reader", "POST", f"/packs/{played.id}", json=wanted).json()["code"] == "bad-path"


@pytest.mark.parametrize(
    "version", ["-1", "v-1", "999999999", "9" * 40, "x", "%", "main", "v", "٣", "0x1", "' OR 1=1 --"]
)
def test_a_version_that_is_none_is_not_found(api: Api, played: Played, version: str) -> None:
    answer = api("reader", "GET", "/projects/owner/played/file", params={"path": "a.txt", "version": version})
    assert answer.status_code == 404


def test_a_file_is_a_download_that_no_browser_runs(api: Api, played: Played) -> None:
    answer = api("reader", "GET", "/projects/owner/played/file", params={"path": "a.txt"})
    assert answer.content == b"published"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"


# grants


ODD = [
    "b b",
    "b:b",
    "b*",
    "[b]",
    "b%2Fb",
    "%",
    "é🎉",
    "b'b\"",
    "<script>",
    "b\\b",
    "b?c",
    "b#c",
    "a" * 255,
    "-b",
    "..b",
    "b;c",
]


@pytest.mark.parametrize("user", ODD)
def test_users_of_odd_names_are_granted_served_and_revoked(
    api: Api, centre: TestCentre, played: Played, user: str
) -> None:
    address = f"/projects/owner/played/grants/{quote(user, safe='')}"
    assert api("owner", "PUT", address, json={"role": "reader"}).status_code == 204
    assert user in [found["subject"] for found in api("owner", "GET", "/projects/owner/played/grants").json()["items"]]
    assert api("owner", "DELETE", address).status_code == 200
    assert user not in api("owner", "GET", "/projects/owner/played/grants").text
    # Such a user has streams and uploads like everybody.
    name = new_id()
    assert centre.centre.uploads.append(user, name, 0, b"x") == 1
    assert centre.centre.uploads.size(user, name) == 1


@pytest.mark.parametrize("user", [" b", "b ", "b\n", "\t", "a" * 256, "..", ".", "a/b", "b\u2028", "", "\u200b"])
def test_a_name_that_no_user_has_is_refused(api: Api, played: Played, user: str) -> None:
    wanted = {"name": f"p{new_id()}", "grants": {user: "reader"}}
    answer = api("owner", "POST", "/projects", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-name")
    assert api("owner", "GET", f"/projects/owner/{wanted['name']}").status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"name": None},
        {"name": "../x"},
        {"name": "x.git"},
        {"name": "A"},
        {"name": "x" * 101},
        {"name": "x" * 10_000},
        {"name": "<b>"},
        {"name": "fine", "visibility": "everybody"},
        {"name": "fine", "grants": {"b": "king"}},
        {"name": "fine", "grants": {"owner": "reader"}},
        {"name": "fine", "grants": {f"u{number}": "reader" for number in range(1001)}},
        {"name": "\ud800"},
        {"name": "fine", "grants": {"\ud800": "reader"}},
        [],
        "fine",
    ],
)
def test_a_project_that_cannot_be_made_leaves_nothing(api: Api, wanted: object) -> None:
    before = api("owner", "GET", "/projects").text
    answer = api("owner", "POST", "/projects", content=json.dumps(wanted), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and len(answer.json()["detail"]) < 500
    assert api("owner", "GET", "/projects").text == before


def test_a_taken_name_is_a_clash(api: Api, played: Played) -> None:
    answer = api("owner", "POST", "/projects", json={"name": "played"})
    assert (answer.status_code, answer.json()["code"]) == (409, "clash")
    assert api("reader", "POST", "/projects", json={"name": "played"}).status_code == 201


def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    for body in (b"", b"{", b"\xff", b"[" * 100_000, b'{"name":' * 5000):
        answer = api("owner", "POST", "/projects", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), body[:10]


# uploads


def test_an_upload_goes_on_where_it_broke_off(api: Api, centre: TestCentre) -> None:
    name, data = new_id(), bytes(range(256)) * 100
    assert api("writer", "GET", f"/uploads/{name}").json() == {"size": 0}
    assert api("writer", "PATCH", f"/uploads/{name}", params={"offset": 0}, content=data[:1000]).json() == {
        "size": 1000
    }
    for wrong in (0, 999, 1001, 2**40, 10**30):
        answer = api("writer", "PATCH", f"/uploads/{name}", params={"offset": wrong}, content=data)
        assert answer.status_code in (409, 413)
    assert api("writer", "PATCH", f"/uploads/{name}", params={"offset": -1}, content=b"x").status_code == 422
    size = api("writer", "GET", f"/uploads/{name}").json()["size"]
    api("writer", "PATCH", f"/uploads/{name}", params={"offset": size}, content=data[size:])
    assert not centre.centre.uploads.complete("writer", name), "it may be applied before it is on disk"
    assert api("writer", "POST", f"/uploads/{name}/finish").json() == {"size": len(data)}
    assert centre.centre.uploads.path("writer", name).read_bytes() == data
    assert api("writer", "POST", f"/uploads/{name}/finish").json() == {"size": len(data)}, "twice is once"


def test_nothing_is_added_to_a_finished_upload(api: Api, centre: TestCentre) -> None:
    name = new_id()
    api("writer", "PATCH", f"/uploads/{name}", params={"offset": 0}, content=b"verified")
    api("writer", "POST", f"/uploads/{name}/finish")
    assert api("writer", "PATCH", f"/uploads/{name}", params={"offset": 8}, content=b"x").status_code == 409
    assert centre.centre.uploads.path("writer", name).read_bytes() == b"verified"


def test_an_upload_is_its_users_alone(api: Api, centre: TestCentre) -> None:
    name = new_id()
    api("writer", "PATCH", f"/uploads/{name}", params={"offset": 0}, content=b"mine")
    assert api("owner", "GET", f"/uploads/{name}").json() == {"size": 0}
    assert api("owner", "POST", f"/uploads/{name}/finish").status_code == 404
    api("owner", "PATCH", f"/uploads/{name}", params={"offset": 0}, content=b"other")
    assert centre.centre.uploads.path("writer", name).read_bytes() == b"mine"


def test_an_upload_over_the_limit_is_refused_in_any_pieces(api: Api, centre: TestCentre) -> None:
    name, most = new_id(), centre.settings.max_push_bytes
    for offset in range(0, most, most // 2):
        assert api(
            "writer", "PATCH", f"/uploads/{name}", params={"offset": offset}, content=b"x" * (most // 2)
        ).is_success
    assert api("writer", "PATCH", f"/uploads/{name}", params={"offset": most}, content=b"x").status_code == 413
    assert api("writer", "GET", f"/uploads/{name}").json() == {"size": most}
    answer = api("writer", "PATCH", f"/uploads/{new_id()}", params={"offset": 0}, content=b"x" * (PIECE_BYTES + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["..", "x", "0" * 31, "0" * 33, "%2e%2e%2fx", "G" * 32, "A" * 32])
def test_a_bad_upload_name_reaches_no_file(api: Api, name: str) -> None:
    assert api("writer", "GET", f"/uploads/{name}").status_code in (404, 422)
    assert api("writer", "PATCH", f"/uploads/{name}", params={"offset": 0}, content=b"x").status_code in (404, 405, 422)


def test_a_push_that_names_an_unfinished_upload_is_sent_again(api: Api, centre: TestCentre, played: Played) -> None:
    objects = snapshot(played.published, {"more.txt": b"x"}, "writer")
    pack, upload = packed(objects), new_id()
    push = Push(project=played.id, checkout=played.checkout, commit=objects[-1].id, upload=upload)
    assert apply_push(centre.centre, "writer", push).retry
    api("writer", "PATCH", f"/uploads/{upload}", params={"offset": 0}, content=pack)
    assert apply_push(centre.centre, "writer", push).retry
    theirs = apply_push(centre.centre, "owner", push)
    assert (theirs.status, theirs.code) == ("refused", "not-found")


def test_a_push_that_the_brake_stops_leaves_nothing_in_the_repository(api: Api, centre: TestCentre) -> None:
    project = make(api, centre, "braked", {"writer": "writer"})
    repository = centre.centre.repositories.path(project.id)
    checkout = api("owner", "POST", "/checkouts", json={"project": "owner/braked", "folder": "/x"}).json()["id"]

    def push(parent: str, files: dict[str | bytes, Content], confirmed: bool = False) -> PublishOutcome:
        objects = snapshot(parent, files, "owner")
        known = {item.id for item in objects if item.id in centre.centre.repositories.open(project.id)}
        event = Push(project=project.id, checkout=checkout, commit=objects[-1].id, confirmed=confirmed)
        return apply_push(centre.centre, "owner", event, packed(objects, known))

    full = push(project.published, {f"{number}.txt": b"%d" % number for number in range(BRAKE + 1)}, confirmed=True)
    stopped = push(str(full.commit), {})
    assert (stopped.status, stopped.code) == ("refused", "paused")
    sound(repository)
    assert push(str(full.commit), {}, confirmed=True).status == "applied"
    sound(repository)


def test_a_push_under_the_id_of_somebody_elses_is_refused(api: Api, centre: TestCentre) -> None:
    project = make(api, centre, "same-id", {"writer": "writer"})
    checkout = api("owner", "POST", "/checkouts", json={"project": "owner/same-id", "folder": "/x"}).json()["id"]
    outcomes, event = [], new_id()
    for who, where in (("owner", checkout), ("writer", project.checkout), ("owner", checkout)):
        objects = snapshot(project.published, {"a.txt": b"published", f"{who}-2.txt": b"x"}, who)
        known = {item.id for item in objects if item.id in centre.centre.repositories.open(project.id)}
        push = Push(id=event, project=project.id, checkout=where, commit=objects[-1].id)
        outcomes.append(apply_push(centre.centre, who, push, packed(objects, known)))
    assert [(found.status, found.code) for found in outcomes[:2]] == [("applied", ""), ("refused", "bad-event")]
    assert outcomes[2] == outcomes[0], "the first answer stands"


# checkouts, conflicts, sessions


def test_checkouts_and_conflicts_are_their_users_alone(api: Api, played: Played) -> None:
    assert "a.txt" in [found["path"] for found in api("writer", "GET", "/conflicts").json()["items"]]
    for who in ("owner", "reader", "stranger"):
        assert api(who, "GET", "/conflicts").json()["items"] == []
        assert api(who, "DELETE", f"/checkouts/{played.checkout}").status_code == 404
    long = {"project": "owner/played", "folder": "x" * 5000}
    assert api("writer", "POST", "/checkouts", json=long).status_code == 422


def test_a_session_names_no_secret_of_the_centre(api: Api, centre: TestCentre) -> None:
    made = api("reader", "POST", "/agent/session", json={"server": "x"}).json()
    secret = re.sub(r".*:(.*)@.*", r"\1", centre.settings.redis_url.get_secret_value())
    assert len(secret) > 8 and secret not in str(made)
    assert made["outbox"] != made["inbox"] and "reader" in made["outbox"]
    assert api("reader", "POST", "/agent/session", json={"server": "x" * 256}).status_code == 422


def test_what_there_is_not_is_a_problem_with_details_as_well(api: Api) -> None:
    assert api("owner", "GET", "/nothing").status_code == 404
    assert api("owner", "DELETE", "/projects").status_code == 405
    assert api("owner", "GET", "/projects/owner/played/versions?limit=0").status_code == 422
    assert api("owner", "GET", "/projects/owner/played/versions?limit=99999999999999999999").status_code == 422
    assert api("owner", "GET", f"/projects/owner/played/versions?after={2**80}").status_code == 422
