"""Users whom the Hub calls otherwise, and users who leave: what they have, what they lose, and who does not inherit it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from hubshare.bus.keys import inbox, outbox
from hubshare.client import Client
from hubshare.errors import Forbidden, NotFound
from hubshare.service.admin import main
from hubshare.store.models import AuditEntry
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home

Admin = Callable[..., str]


@pytest.fixture
def names() -> tuple[str, str]:
    mark = new_id()[:8]
    return f"old-{mark}", f"new-{mark}"


@pytest.fixture
def admin(centre: TestCentre, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Admin:
    """The command of whoever runs the Hub, which must pass; gives what it says."""
    monkeypatch.setenv("HUBSHARE_REDIS_URL", centre.settings.redis_url.get_secret_value())

    def run(*args: str, code: int = 0) -> str:
        assert main(["--data", str(centre.settings.data), *args]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return run


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose path is short enough for the agent's socket, also where several processes run the tests."""
    return tmp_path_factory.mktemp("u") / "home"


def as_(centre: TestCentre, user: str) -> Client:
    return Client(centre.url, user)


def answered(centre: TestCentre, user: str) -> None:
    wait_until(lambda: centre.centre.bus.outbox_length(user) == 0, f"all of {user} is answered")


def test_a_renamed_user_goes_on_with_everything(
    centre: TestCentre, names: tuple[str, str], admin: Admin, place: Path
) -> None:
    old, new = names
    before = Home(place, old, centre.url)
    before.start()
    folder, _ = before.share("course", {"a.txt": "one"})
    with as_(centre, old) as mine, as_(centre, "bob") as other:
        lent = other.create_project(f"lent-{new_id()[:8]}", grants={old: "writer"}).name
        mine.grant(f"{old}/course", "bob", "reader")
        team = mine.create_team(f"team-{old}").name
        secret = mine.invite(f"{old}/course").secret
    (folder / "a.txt").write_text("unsent")
    before.stop()
    answered(centre, old)
    assert f"{old} is {new} now: 1 project, 1 role, 1 team, 1 checkout." in admin("rename-user", old, new)

    after = Home(place, new, centre.url)
    after.start()
    done = after.run("push", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert f"{new}/course" in after.run("list").stdout
    with as_(centre, new) as mine, as_(centre, "bob") as other, as_(centre, old) as another:
        assert mine.project(f"{old}/course").name == f"{new}/course", "the former address leads on"
        assert other.project(f"{old}/course").name == f"{new}/course"
        assert (mine.project(f"{new}/course").role, mine.project(lent).role) == ("owner", "writer")
        assert [(one.user, one.role) for one in mine.team(team).members] == [(new, "maintainer")]
        assert [one.subject for one in other.grants(lent)] == [new]
        assert other.accept_invitation(str(secret)).project == f"{new}/course"
        assert next(one.author for one in mine.versions(f"{new}/course")) == new
        # Somebody else who is called so afterwards is a stranger, and is not told what was there.
        assert list(another.projects(own=True)) == []
        with pytest.raises(NotFound):
            another.project(f"{old}/course")
    with centre.centre.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "hub.rename-user")).all()[-1]
    assert (entry.door, entry.details) == ("hub", {"before": old, "after": new})
    after.stop()
    answered(centre, new)
    assert admin("rename-user", new, old), "and back"
    with as_(centre, old) as mine:
        assert mine.project(f"{new}/course").name == f"{old}/course"


def test_two_users_do_not_become_one(centre: TestCentre, names: tuple[str, str], admin: Admin) -> None:
    old, new = names
    with as_(centre, old) as mine, as_(centre, new) as other:
        mine.create_project("first")
        other.create_project("second")
        assert "two users cannot become one" in admin("rename-user", old, new, code=1)
        assert (mine.project(f"{old}/first").role, other.project(f"{new}/second").role) == ("owner", "owner")
        other.create_team(f"crew-{new}")
        assert f"{old} is crew-{new} now" in admin("rename-user", old, f"crew-{new}"), "a user's name is the user's"
        assert [team.name for team in other.teams()] == [f"crew-{new}-team"]
    assert "check the spelling" in admin("rename-user", "nobody-at-all", "anybody", code=1)
    assert "check the spelling" in admin("remove-user", "nobody-at-all", code=1)


def test_nothing_is_renamed_while_pushes_wait_for_an_answer(
    centre: TestCentre, names: tuple[str, str], admin: Admin
) -> None:
    old, new = names
    with as_(centre, old) as mine:
        mine.create_project("first")
        centre.stop_workers()
        try:
            centre.centre.bus.redis.xadd(outbox(old), {"event": b"x"})
            assert "still to be answered" in admin("rename-user", old, new, code=1)
            assert mine.project(f"{old}/first").role == "owner"
        finally:
            centre.centre.bus.redis.delete(outbox(old))
            centre.start_workers()


def test_who_is_called_as_a_removed_user_was_inherits_nothing(
    centre: TestCentre, names: tuple[str, str], admin: Admin, place: Path
) -> None:
    old, _ = names
    gone = Home(place, old, centre.url)
    gone.start()
    folder, _ = gone.share("thesis", {"a.txt": "one"})
    with as_(centre, old) as mine, as_(centre, "bob") as other:
        lent = other.create_project(f"lent-{new_id()[:8]}", grants={old: "admin"}).name
        crew = other.create_team(f"crew-{old}").name
        other.put_member(crew, old)
        [asked] = list(mine.offers())
        mine.accept_offer(asked.id)
        invited = [str(mine.invite(project).secret) for project in (f"{old}/thesis", lent)]
        # A running agent would ask for new credentials before one can look.
        gone.stop()
        mine.open_session("")
        said = admin("remove-user", old)
        assert f"{old} was removed: 1 project, 1 role, 1 team, 1 checkout." in said
        aside = said.split("`hubshare transfer '")[1].split("'")[0]
        assert not [name for name in centre.centre.bus.sessions() if old in name], "its agents are signed out"
        assert not centre.centre.bus.redis.exists(inbox(old))
        # The same name is another person's now.
        assert list(mine.projects(own=True)) == [] and list(mine.checkouts()) == [] and list(mine.teams()) == []
        for project in (f"{old}/thesis", aside, lent):
            with pytest.raises(NotFound):
                mine.project(project)
        assert mine.create_project("thesis").name == f"{old}/thesis"
        for secret in invited:
            with pytest.raises(NotFound):
                as_(centre, "clara").accept_invitation(secret)
        with as_(centre, aside.partition("/")[0]) as thief, pytest.raises(Forbidden, match="removed user"):
            list(thief.projects())
    with as_(centre, "root+hubadmin") as root, as_(centre, "bob") as other:
        assert root.transfer_project(aside, "bob", f"thesis-{old}").name == f"bob/thesis-{old}"
        assert other.project(aside).role == "owner", "the project went on"
        with pytest.raises(NotFound):
            # The address is the newcomer's, and leads nobody to what was somebody else's.
            other.project(f"{old}/thesis")
    assert (folder / "a.txt").read_text() == "one"


def test_the_only_maintainer_of_a_team_is_not_removed(centre: TestCentre, names: tuple[str, str], admin: Admin) -> None:
    old, _ = names
    with as_(centre, old) as mine:
        team = mine.create_team(f"crew-{old}").name
        assert f"only maintainer of {team}" in admin("remove-user", old, code=1)
        assert [one.user for one in mine.team(team).members] == [old], "nothing was changed"
