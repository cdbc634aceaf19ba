"""Both clients, waiting and not, from the beginning of a course to its end, and the errors they raise."""

from __future__ import annotations

import io
from typing import Any

import pytest

from hubshare import errors
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Push, new_id
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.projects import Project
from tests.helpers.clients import Clients
from tests.helpers.faulty_proxy import Wire
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push


def test_a_course_from_its_beginning_to_its_end(clients: Clients, centre: TestCentre) -> None:
    name = f"course-{new_id()[:8]}"
    owner, bob = clients("owner"), clients("bob")
    assert owner("me").name == "owner"
    # Of who reads the outboxes a worker tells a moment after it has begun.
    wait_until(lambda: owner("health").status == "ok", "the centre is well")
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
    assert [one.number for one in bob("versions", made.name, path="data/b.csv")] == [1]
    assert [one.number for one in bob("versions", made.name, path="data")] == [1]
    assert not [*bob("versions", made.name, path="other")]
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
    assert [one.user for one in owner("team", team.name).invited] == ["carol"]
    carol = clients("carol")
    [asked] = [one for one in carol("offers") if one.name == team.name]
    assert carol("accept_offer", asked.id).role == "member"
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
    for times in range(2):
        asked = next(one for one in bob("offers") if one.name == f"{team.name}-2")
        if times == 0:
            bob("decline_offer", asked.id)
            owner("put_member", f"{team.name}-2", "bob", "maintainer")
    bob("accept_offer", asked.id)
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
        ("costs", [], errors.Forbidden, "admins of the Hub"),
        ("team", [".."], errors.BadName, "'..'"),
        ("team", [""], errors.BadName, "''"),
        ("team", ["a/../b"], errors.BadName, "a/../b"),
        ("team", ["\udcff"], errors.BadName, "cannot be a name"),
        ("accept_invitation", ["wrong?x=1#y"], errors.NotFound, "not valid any more"),
        ("download_archive", ["owner/none", io.BytesIO()], errors.NotFound, "owner/none"),
        ("download_file", ["owner/none", "a.txt", io.BytesIO()], errors.NotFound, "owner/none"),
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
