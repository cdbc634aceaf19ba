"""Projects are begun, and their files edited, renamed and deleted, on the pages; nothing that anybody typed is lost."""

from __future__ import annotations

import html
import re
import stat

import httpx
import pytest

from hubshare.git.objects import tree_entry
from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import published
from tests.helpers.page_visitors import Browser, Shared, forms, needs_assets, send, words

pytestmark = needs_assets


def _area(answer: httpx.Response, name: str) -> str:
    """What a browser shows in a text area: without the line break that begins it."""
    found = re.search(rf'<textarea[^>]* id="{name}"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert found, answer.text
    return html.unescape(found[1])


def _fields(answer: httpx.Response, action: str) -> dict[str, str]:
    return next(hidden for address, hidden in forms(answer) if address.endswith(action))


def test_a_project_is_begun_and_its_first_file_written_without_a_terminal(centre: TestCentre) -> None:
    ida = Browser(centre, "ida")
    assert "New project" in words(ida.get("")) and "Browse projects" in words(ida.get(""))
    refused = ida.post("projects/new", {"called": "No Such Name", "description": "Waves"})
    assert refused.status_code == 422 and 'value="No Such Name"' in refused.text and 'value="Waves"' in refused.text
    said = words(send(ida, "projects/new", "projects/new", called="waves", description="All of them"))
    assert "All of them" in said and "Create the first file" in said
    said = words(send(ida, "projects/ida/waves/edit", "/edit", path="week-1/notes.md", text="# One\r\n"))
    assert "week-1" in said
    assert published(centre, "ida/waves") == {"week-1/notes.md": b"# One\n"}
    again = ida.post("projects/ida/waves/edit", {"path": "week-1/notes.md", "text": "x", "base": "1", "new": "true"})
    assert again.status_code == 409 and "choose another name" in again.text and _area(again, "text") == "x"


@pytest.mark.parametrize(
    "before",
    [b"\r\none\r\ntwo", b"one\ntwo\n", b"\xef\xbb\xbfone\r\ntwo\r\n", b"\n\none\n", b"a\nb\r\nc</textarea>\r\n&amp;\n"],
)
def test_what_is_saved_unchanged_is_the_same_to_the_byte(centre: TestCentre, before: bytes) -> None:
    shared = Shared(centre, "jon", f"same{abs(hash(before))}")
    shared.push({"a.txt": (0o100755, before)})
    jon = Browser(centre, "jon")
    shown = jon.get(f"{shared.page}/edit?path=a.txt")
    typed = re.sub(r"\r\n|\r|\n", "\r\n", _area(shown, "text"))
    jon.post(f"{shared.page}/edit", _fields(shown, "/edit") | {"text": typed})
    assert published(centre, shared.full) == {"a.txt": before}
    jon.post(f"{shared.page}/edit", _fields(shown, "/edit") | {"text": f"{typed}more"})
    assert published(centre, shared.full)["a.txt"] == before + b"more"
    repository = centre.centre.repositories.open(shared.id)
    found = tree_entry(repository.tree, repository.commit(repository.main).tree, "a.txt")
    assert found is not None and found[0] & stat.S_IXUSR


def test_what_somebody_published_meanwhile_is_shown_beside_what_was_typed_before_it_is_saved(
    centre: TestCentre,
) -> None:
    shared = Shared(centre, "kim", "met", grants={"lou": "writer"})
    shared.push({"a.txt": b"first\n", "b.txt": b"b\n"})
    kim, lou = Browser(centre, "kim"), Browser(centre, "lou")
    mine, other = kim.get(f"{shared.page}/edit?path=a.txt"), kim.get(f"{shared.page}/edit?path=b.txt")
    send(lou, f"{shared.page}/edit?path=a.txt", "/edit", text="lou's\n")
    # Another file is nobody's business.
    assert kim.post(f"{shared.page}/edit", _fields(other, "/edit") | {"text": "kim's b\n"}).status_code == 303
    met = kim.post(f"{shared.page}/edit", _fields(mine, "/edit") | {"text": "kim's\r\n"})
    assert met.status_code == 409
    assert _area(met, "text").strip() == "kim's" and _area(met, "theirs") == "lou's\n"
    assert published(centre, shared.full)["a.txt"] == b"lou's\n"
    kim.post(f"{shared.page}/edit", _fields(met, "/edit") | {"text": "both\r\n"})
    assert published(centre, shared.full) == {"a.txt": b"both\n", "b.txt": b"kim's b\n"}


def test_what_was_deleted_meanwhile_is_said_and_can_be_published_again(centre: TestCentre) -> None:
    shared = Shared(centre, "moe", "deleted")
    shared.push({"a.txt": b"first\n", "b.txt": b"b\n"})
    moe = Browser(centre, "moe")
    mine = moe.get(f"{shared.page}/edit?path=a.txt")
    assert send(moe, f"{shared.page}/change?path=a.txt", "/remove").status_code == 200
    met = moe.post(f"{shared.page}/edit", _fields(mine, "/edit") | {"text": "mine"})
    assert met.status_code == 409 and _area(met, "text") == "mine" and "There is no file" in html.unescape(met.text)
    assert moe.post(f"{shared.page}/edit", _fields(met, "/edit") | {"text": "mine"}).status_code == 303
    assert published(centre, shared.full) == {"a.txt": b"mine", "b.txt": b"b\n"}


def test_a_sign_in_that_has_ended_keeps_the_text_until_one_is_back(centre: TestCentre) -> None:
    shared = Shared(centre, "nia", "ended")
    shared.push({"a.txt": b"first\n"})
    nia = Browser(centre, "nia")
    wanted = _fields(nia.get(f"{shared.page}/edit?path=a.txt"), "/edit") | {
        "text": "\r\nlong <b>work",
        "csrf": nia.csrf,
    }
    nia.client.cookies.clear()
    ended = nia.client.post(f"{shared.page}/edit", data=wanted)
    assert ended.status_code == 401 and _area(ended, "text") == "\r\nlong <b>work" and "another tab" in ended.text
    nia.sign_in("nia")
    stale = nia.client.post(f"{shared.page}/edit", data=wanted)
    assert stale.status_code == 403 and _area(stale, "text") == "\r\nlong <b>work"
    saved = nia.post(f"{shared.page}/edit", _fields(stale, "/edit") | {"text": _area(stale, "text")})
    assert saved.status_code == 303 and published(centre, shared.full) == {"a.txt": b"\nlong <b>work"}
    # What another site has sent is not put beside a button.
    foreign = nia.client.post(f"{shared.page}/edit", data=wanted, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403 and "long" not in foreign.text


def test_workers_that_are_away_do_not_take_the_text_with_them(
    centre: TestCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Shared(centre, "oda", "away")
    shared.push({"a.txt": b"first\n"})
    oda = Browser(centre, "oda")
    shown = oda.get(f"{shared.page}/edit?path=a.txt")
    monkeypatch.setattr("hubshare.operations.edits._REPLY_SECONDS", 0.0)
    monkeypatch.setattr(centre.centre.bus, "wait_for_reply", lambda *_: None)
    away = oda.post(f"{shared.page}/edit", _fields(shown, "/edit") | {"text": "work"})
    assert away.status_code == 503 and _area(away, "text") == "work" and "do not answer" in away.text


def test_files_and_folders_are_renamed_and_deleted_each_as_one_version(centre: TestCentre) -> None:
    shared = Shared(centre, "pia", "moved", grants={"quin": "reader"})
    shared.push({"a.txt": b"a", "sub": {"b.txt": b"b", "c.txt": b"c"}})
    pia = Browser(centre, "pia")
    assert "sub" in words(send(pia, f"{shared.page}/change?path=sub", "/rename", to="week/one"))
    assert published(centre, shared.full) == {"a.txt": b"a", "week/one/b.txt": b"b", "week/one/c.txt": b"c"}
    taken = pia.post(
        f"{shared.page}/rename", _fields(pia.get(f"{shared.page}/change?path=a.txt"), "/rename") | {"to": "week"}
    )
    assert taken.status_code == 409 and "already" in taken.text and 'value="week"' in taken.text
    for bad in ("../out", ".git/config", "/etc/passwd", "a\\b", ""):
        answer = pia.post(f"{shared.page}/rename", {"path": "a.txt", "to": bad, "base": "2"})
        assert answer.status_code == 422, bad
    assert published(centre, shared.full).keys() == {"a.txt", "week/one/b.txt", "week/one/c.txt"}
    version = shared.api("GET", f"projects/{shared.full}").json()["version"]
    send(pia, f"{shared.page}/change?path=week/one/c.txt", "/remove")
    found = shared.api("GET", f"projects/{shared.full}").json()
    assert found["version"] == version + 1 and "week/one/c.txt" not in published(centre, shared.full)
    quin = Browser(centre, "quin")
    assert "New file" not in words(quin.get(shared.page)) and quin.get(f"{shared.page}/edit").status_code == 403


def test_files_change_by_the_api_as_one_version_or_not_at_all(centre: TestCentre) -> None:
    shared = Shared(centre, "rob", "changes")
    shared.push({"a.txt": b"a", "b.txt": b"b"})
    change = f"projects/{shared.full}/changes"
    made = shared.api("POST", change, json={"write": {"c.txt": "c"}, "move": {"a.txt": "d.txt"}, "base": 1})
    assert made.json() == {"version": 2}
    assert published(centre, shared.full) == {"b.txt": b"b", "c.txt": b"c", "d.txt": b"a"}
    stale = shared.api("POST", change, json={"write": {"c.txt": "other"}, "base": 1})
    assert stale.status_code == 409 and "c.txt" in stale.json()["detail"]
    for wrong in ({}, {"delete": ["none"]}, {"write": {".git/config": "x"}}, {"write": {"x" * 300: ""}}):
        assert shared.api("POST", change, json=wrong).status_code in (404, 422), wrong
    assert shared.api("GET", f"projects/{shared.full}").json()["version"] == 2


def test_a_name_that_differs_in_case_only_from_one_that_is_there_is_refused(centre: TestCentre) -> None:
    shared = Shared(centre, "pia", "twins")
    shared.push({"Notes.md": b"n\n", "week-1": {"a.txt": b"a\n"}, "caf\u00e9.txt": b"c\n"})
    before = published(centre, shared.full)
    pia = Browser(centre, "pia")
    for path, other in (("notes.md", "Notes.md"), ("Week-1/b.txt", "week-1"), ("cafe\u0301.txt", "caf\u00e9.txt")):
        refused = pia.post(f"{shared.page}/edit", {"path": path, "text": "mine", "base": "1", "new": "true"})
        assert refused.status_code == 409 and repr(other) in html.unescape(refused.text), refused.text
        assert _area(refused, "text") == "mine"
    moved = pia.post(f"{shared.page}/rename", {"path": "week-1/a.txt", "to": "NOTES.md", "base": "1"})
    assert moved.status_code == 409 and "choose another" in moved.text
    by_program = shared.api("POST", f"projects/{shared.full}/changes", json={"write": {"A/x": "1", "a/y": "2"}})
    assert by_program.status_code == 409, by_program.text
    assert len(before) == 3 and published(centre, shared.full) == before
    # The same file may be spelt in another way, and one that is there be edited.
    assert pia.post(f"{shared.page}/rename", {"path": "Notes.md", "to": "notes.md", "base": "1"}).status_code == 303
    assert pia.post(f"{shared.page}/edit", {"path": "notes.md", "text": "m", "base": "2"}).status_code == 303


def test_an_edit_of_what_git_reads_itself_is_held_to_what_git_accepts(centre: TestCentre) -> None:
    shared = Shared(centre, "quin", "attributes")
    shared.push({".gitattributes": b"*.txt text\n", "plain.txt": b"x" * 3000 + b"\n"})
    quin = Browser(centre, "quin")
    long = "x" * 2048
    refused = quin.post(f"{shared.page}/edit", {"path": ".gitattributes", "text": f"a text\n{long}\n", "base": "1"})
    assert refused.status_code == 422 and "2048 bytes or more" in refused.text and long in _area(refused, "text")
    moved = quin.post(f"{shared.page}/rename", {"path": "plain.txt", "to": "sub/.gitattributes", "base": "1"})
    assert moved.status_code == 422 and "2048 bytes or more" in moved.text
    assert published(centre, shared.full)[".gitattributes"] == b"*.txt text\n"
    short = quin.post(f"{shared.page}/edit", {"path": ".gitattributes", "text": "x" * 2047, "base": "1"})
    assert short.status_code == 303
