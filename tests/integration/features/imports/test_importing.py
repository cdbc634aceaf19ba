"""A project that comes from the internet: fetched, kept up to date, cancelled; what was changed on both sides waits."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hubshare_workers.maintenance import housekeeping
from sqlalchemy import select

from hubshare.client import Client
from hubshare.errors import Clash, HubShareError, OverQuota
from hubshare.features.imports.operations import begin_run
from hubshare.features.imports.slimming import slim
from hubshare.features.imports.worker import _Teller, look
from hubshare.store.import_tables import Import
from hubshare.store.models import Origin, now
from hubshare.store.quotas import room_to_fetch
from hubshare.store.versions import read_branch
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import git, repository_of, sound
from tests.helpers.ended_imports import ended
from tests.helpers.internet import Internet
from tests.helpers.page_visitors import Browser
from tests.helpers.zip_site import COURSE, Site


def files(client: Client, project: str) -> dict[str, bytes]:
    found = {}
    for path in ("01.ipynb", "data/a.csv", "readme.md", "new.md", "mine.md"):
        try:
            found[path] = client.file(project, path)
        except HubShareError:
            continue
    return found


def test_a_link_becomes_a_project_with_what_it_leads_to(client: Client, site: Site, name: str) -> None:
    made = client.import_project(site.put(f"{name}.zip", COURSE), name)
    assert (made.role, made.visibility) == ("owner", "private")
    done = ended(client, made.name)
    assert (done.state, done.message, done.stage) == ("done", "", "")
    assert done.address == f"{site.url}/{name}.zip" and done.label and not done.has_secret
    assert files(client, made.name) == {path.removeprefix("course/"): content for path, content in COURSE.items()}
    assert client.project(made.name).version == 1
    assert client.origin(made.name).address == done.address
    # Nothing new: no version, and no word of a conflict.
    again = client.fetch_import(made.name, take=True)
    assert again.run != done.run
    assert ended(client, made.name).state == "done" and client.project(made.name).version == 1


def test_what_is_new_is_taken_file_by_file_and_what_both_sides_changed_waits(
    client: Client, site: Site, name: str
) -> None:
    made = client.import_project(site.put(f"{name}.zip", COURSE), name).name
    ended(client, made)
    client.change_files(made, write={"readme.md": "# Mine\n", "mine.md": "mine\n"})
    site.put(f"{name}.zip", COURSE | {"course/readme.md": b"# Theirs\n", "course/new.md": b"new\n"})
    client.fetch_import(made)
    assert ended(client, made).state == "done"
    plan = client.plan_origin(made)
    assert (plan.added, [one.path for one in plan.conflicts]) == (["new.md"], ["readme.md"])
    client.fetch_import(made, take=True)
    told = ended(client, made)
    assert told.state == "done" and "pick a version" in told.message
    held = files(client, made)
    assert (held["readme.md"], held["new.md"], held["mine.md"]) == (b"# Mine\n", b"new\n", b"mine\n")
    assert client.origin(made).open == 1
    plan = client.plan_origin(made)
    client.pull_origin(made, plan.version, plan.base, theirs=["readme.md"])
    assert files(client, made)["readme.md"] == b"# Theirs\n" and client.origin(made).open == 0


def due_now(centre: TestCentre, project: str) -> None:
    with centre.centre.database.begin() as session:
        session.get_one(Import, project).due = now()


def test_a_project_that_follows_its_source_takes_what_is_new_by_itself(
    centre: TestCentre, client: Client, site: Site, name: str
) -> None:
    made = client.import_project(site.put(f"{name}.zip", COURSE), name, follow="hourly")
    first = ended(client, made.name)
    assert first.due is not None
    site.put(f"{name}.zip", COURSE | {"course/new.md": b"new\n"})
    due_now(centre, made.id)
    wait_until(lambda: client.project(made.name).version == 2, "what is new was taken", 40)
    later = ended(client, made.name)
    assert later.due is not None and later.due > first.due
    assert client.change_import(made.name, "manual").due is None


def test_somebody_who_may_not_push_any_more_has_nothing_fetched_into_a_project(
    centre: TestCentre, client: Client, site: Site, name: str
) -> None:
    made = client.import_project(site.put(f"{name}.zip", COURSE), name)
    ended(client, made.name)
    with centre.centre.database.begin() as session:
        session.get_one(Import, made.id).user = "somebody"
    site.put(f"{name}.zip", COURSE | {"course/new.md": b"new\n"})
    with centre.centre.database.begin() as session:
        row = session.get_one(Import, made.id)
        row.follow, row.due = "daily", now()
    look(centre.centre)
    wait_until(lambda: client.get_import(made.name).state == "failed", "it is refused")
    assert client.project(made.name).version == 1
    told = client.get_import(made.name)
    assert (told.follow, told.due) == ("manual", None) and "somebody" in told.message
    client.change_import(made.name, "daily")
    due_now(centre, made.id)
    look(centre.centre)
    wait_until(
        lambda: client.project(made.name).version == 2, "it is followed in the name of who has it followed again"
    )


def test_a_fetch_whose_job_was_lost_goes_on_and_takes_only_what_it_was_to_take(
    centre: TestCentre, client: Client, site: Site, name: str
) -> None:
    made = client.import_project(site.put(f"{name}.zip", COURSE), name)
    ended(client, made.name)
    site.put(f"{name}.zip", COURSE | {"course/new.md": b"new\n"})
    with centre.centre.database.begin() as session:
        row = session.get_one(Import, made.id)
        lost = begin_run(row, take=False)
        row.state, row.due = "running", now()
    teller = _Teller(centre.centre, lost, iter(range(9)).__next__)
    assert not teller.cancelled()
    look(centre.centre)
    with centre.centre.database.begin() as session:
        row = session.get_one(Import, made.id)
        assert row.due is not None and row.due > now() and row.state == "running", "it has given a sign of life"
        row.due = now()
    look(centre.centre)
    found = ended(client, made.name)
    assert (found.state, found.run, found.due) == ("done", lost.run, None)
    assert client.project(made.name).version == 1 and client.plan_origin(made.name).added == ["new.md"]


def test_a_fetch_is_cancelled_and_goes_on_when_it_is_asked_for_again(client: Client, site: Site, name: str) -> None:
    made = client.import_project(site.put_slow(f"slow/{name}.zip", COURSE), name).name
    assert site.asked.wait(20)
    assert client.cancel_import(made).state == "cancelled"
    site.gate.set()
    client.fetch_import(made, take=True)
    assert ended(client, made).state == "done" and client.project(made).version == 1


@pytest.mark.parametrize("link", ["http://10.0.0.1/a.zip", "https://[::1]/a.zip", "http://169.254.169.254/latest.zip"])
def test_nothing_is_fetched_from_inside(client: Client, name: str, link: str) -> None:
    made = client.import_project(link, f"{name}{len(link)}").name
    found = ended(client, made)
    assert found.state == "failed" and "nothing is fetched from" in found.message
    assert client.project(made).version == 0
    [told] = [one for one in client.notifications() if one.project == made]
    client.read_notification(told.number)
    client.fetch_import(made)
    ended(client, made)
    [again] = [one for one in client.notifications(everything=True) if one.project == made]
    assert (again.count, again.read is not None) == (2, True), "it stands as it stood"


def test_what_nothing_ever_was_in_gives_its_name_back_and_can_be_brought_back(
    centre: TestCentre, client: Client, site: Site, name: str
) -> None:
    made = client.import_project(f"{site.url}/wrong.zip", name)
    assert ended(client, made.name).state == "failed"
    page = Browser(centre, made.name.partition("/")[0]).get(f"projects/{made.name}/source")
    assert f'{made.name}/settings#delete">' in page.text
    client.delete_project(made.name)
    again = client.import_project(site.put(f"{name}.zip", COURSE), name)
    assert again.name == made.name and again.id != made.id and ended(client, again.name).state == "done"
    client.delete_project(again.name)
    with pytest.raises(Clash, match="trash"):
        client.import_project(f"{site.url}/{name}.zip", name)
    assert client.restore_project(f"{made.name}-{made.id[:8]}").id == made.id


def test_what_a_member_who_left_followed_and_gave_ends_and_the_team_is_told(
    centre: TestCentre, client: Client, site: Site, name: str
) -> None:
    team = client.create_team(f"team-{name}").name
    with Client(centre.url, "leaver") as leaver:
        client.put_member(team, "leaver")
        leaver.accept_offer(next(offer.id for offer in leaver.offers() if offer.name == team))
        link = site.put(f"{name}.zip", COURSE)
        made = leaver.import_project(link, name, owner=team, follow="daily", user="u", secret="s3cret-word")
        assert ended(leaver, made.name).has_secret
    client.remove_member(team, "leaver")
    due_now(centre, made.id)
    look(centre.centre)
    wait_until(lambda: client.get_import(made.name).state == "failed", "it is refused")
    found = ended(client, made.name)
    assert (found.state, found.follow, found.has_secret) == ("failed", "manual", False)
    assert any("leaver, who may not push to this project any more, is forgotten" in line.text for line in found.log)
    told = [one for one in client.notifications() if one.project == made.name]
    assert [one.kind for one in told] == ["import"] and "leaver" in told[0].words


def test_a_link_that_leads_nowhere_makes_no_project(client: Client, name: str) -> None:
    with pytest.raises(HubShareError):
        client.import_project("file:///etc/passwd", name)
    with pytest.raises(HubShareError, match="There is no"):
        client.project(f"{client.me().name}/{name}")


def test_a_secret_is_sealed_and_in_no_answer(centre: TestCentre, client: Client, site: Site, name: str) -> None:
    # Of a link that somebody has signed, too.
    link = site.put(f"{name}.zip", COURSE) + "?token=s3cret-word"
    made = client.import_project(link, name, user="u", secret="s3cret-word")
    found = ended(client, made.name)
    assert found.state == "done" and found.has_secret and "s3cret-word" not in found.model_dump_json()
    with centre.centre.database.read() as session:
        row = session.get_one(Import, made.id)
        assert "s3cret-word" not in str({column.name: getattr(row, column.name) for column in Import.__table__.columns})
    assert not client.change_import(made.name, secret="").has_secret
    # Whose secret it was has left the project: nobody goes on with it.
    assert client.change_import(made.name, user="u", secret="other-word").has_secret
    with centre.centre.database.begin() as session:
        session.get_one(Import, made.id).giver = "somebody"
    client.fetch_import(made.name)
    found = ended(client, made.name)
    assert not found.has_secret and any("somebody" in line.text for line in found.log)


def test_a_second_project_of_the_name_is_refused(client: Client, site: Site, name: str) -> None:
    link = site.put(f"{name}.zip", COURSE)
    ended(client, client.import_project(link, name).name)
    with pytest.raises(Clash):
        client.import_project(link, name)


def test_what_was_fetched_goes_with_the_project(centre: TestCentre, client: Client, site: Site, name: str) -> None:
    made = client.import_project(site.put(f"{name}.zip", COURSE), name)
    ended(client, made.name)
    with centre.centre.database.read() as session:
        source = session.scalar(select(Origin.origin_id).where(Origin.project_id == made.id))
    assert source is not None and centre.centre.repositories.path(source).exists()
    client.delete_project(made.name)
    later = now().replace(year=now().year + 2)
    housekeeping.empty_trash(centre.centre, later)
    assert not centre.centre.repositories.path(source).exists()


@pytest.fixture
def fetcher(centre: TestCentre) -> Iterator[Client]:
    """Somebody who has much fetched: only so much may be in a minute."""
    with Client(centre.url, "fetcher") as made:
        yield made


def test_former_versions_of_a_source_go_and_what_is_held_counts_in_the_quota(
    centre: TestCentre, fetcher: Client, site: Site, name: str
) -> None:
    def put(readme: bytes) -> str:
        return site.put(f"{name}.zip", {"course/readme.md": readme, "course/data/a.csv": os.urandom(50_000)})

    made = fetcher.import_project(put(b"# 1\n"), name)
    ended(fetcher, made.name)
    fetcher.change_files(made.name, write={"readme.md": "# Mine\n"})
    for number in range(3):
        put(b"# Theirs %d\n" % number)
        fetcher.fetch_import(made.name, take=True)
        assert ended(fetcher, made.name).state == "done"

    def read() -> Origin:
        with centre.centre.database.read() as session:
            return session.get_one(Origin, made.id)

    before = read()
    assert before.held > 4 * 50_000
    slim(centre.centre, made.id, least=0, still=lambda session: False)
    assert read().origin_id == before.origin_id, "another run works in it"
    slim(centre.centre, made.id, least=0)
    after = read()
    assert after.origin_id != before.origin_id and after.held < 2 * 50_000
    assert not centre.centre.repositories.path(before.origin_id).exists()
    sound(centre.centre.repositories.path(after.origin_id), dangling=True)
    slim(centre.centre, made.id, least=0)
    assert read().origin_id == after.origin_id, "nothing is left that could go"
    with centre.centre.database.read() as session:
        branch = read_branch(session, made.id)
        assert branch is not None
        limits = centre.settings.model_copy(update={"max_owner_bytes": 1 << 40})
        room = room_to_fetch(session, limits.model_copy(update={"fetch_max_bytes": 1 << 41}), branch)
        assert room <= (1 << 40) - max(branch.bytes, branch.unpacked) - after.held
        with pytest.raises(OverQuota, match="fetched"):
            room_to_fetch(session, limits.model_copy(update={"max_owner_bytes": after.held}), branch)
    plan = fetcher.plan_origin(made.name)
    fetcher.pull_origin(made.name, plan.version, plan.base, theirs=["readme.md"])
    assert files(fetcher, made.name)["readme.md"] == b"# Theirs 2\n"
    put(b"# Theirs 5\n")
    fetcher.fetch_import(made.name, take=True)
    assert ended(fetcher, made.name).state == "done" and files(fetcher, made.name)["readme.md"] == b"# Theirs 5\n"


def test_the_history_of_a_repository_is_kept_where_it_is_wished(
    centre: TestCentre, client: Client, internet: Internet, name: str
) -> None:
    author = internet.repository(name)
    names = [author.commit({"a.txt": f"{number}\n"}) for number in range(3)]
    made = client.import_project(author.url, name, history=True)
    assert ended(client, made.name).state == "done"
    repository = repository_of(centre, made.name)
    assert names[0] in git(repository, "rev-list", "main").decode().split()
    assert client.project(made.name).version == 1
    sound(repository)
    newest = author.commit({"b.txt": "new\n"})
    client.fetch_import(made.name, take=True)
    assert ended(client, made.name).state == "done"
    assert newest in git(repository, "rev-list", "main").decode().split() and client.project(made.name).version == 2
    sound(repository)
    plain = client.import_project(author.url, f"{name}-plain").name
    assert ended(client, plain).state == "done"
    assert newest not in git(repository_of(centre, plain), "rev-list", "main").decode().split()
