"""Access to somebody's server: asked for, given by the owner in person alone, and ended whatever happens to either of both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import delete, event, update

from hubshare.client import Client
from hubshare.errors import Clash, Forbidden, NotFound, OverQuota, Unavailable
from hubshare.operations.users import remove_user, rename_user
from hubshare.service.background import server_ends
from hubshare.service.background.server_ends import ServerEnds
from hubshare.store import server_shares
from hubshare.store.models import now
from hubshare.store.server_tables import ServerRequest, ServerShare
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.page_visitors import Browser, Shared, doors, forms, needs_assets, send, words

pytestmark = needs_assets


class Two:
    """An owner with a project, and a reader of it; of names that no other test has."""

    def __init__(self, centre: TestCentre) -> None:
        mark = uuid4().hex[:8]
        self.centre, self.owner, self.reader = centre, f"olga{mark}", f"rob{mark}"
        self.project = Shared(centre, self.owner, "work", grants={self.reader: "reader"})
        self.full = self.project.full

    def client(self, user: str) -> Client:
        return Client(self.centre.url, user)

    def ask(self) -> str:
        """The reader asks; returns the request's id."""
        return self.client(self.reader).ask_for_server(self.full).id

    def answer(self, request: str, answer: str = "yes", **fields: str) -> Any:
        browser = Browser(self.centre, self.owner)
        return browser.post(f"servers/requests/{request}", {"answer": answer, "server": "", "days": "7"} | fields)

    def share(self) -> None:
        assert self.answer(self.ask()).status_code == 303
        assert self.shared

    @property
    def shared(self) -> bool:
        """Whether the Hub lets the reader in."""
        return (self.owner, "", self.reader) in self.centre.hub.servers.shares

    def end_due(self) -> None:
        """Play the task of the service, which looks every few seconds."""
        asyncio.run(ServerEnds(self.centre.centre, self.centre.hub).look())

    def end_here_and_give_elsewhere(self) -> None:
        """What was given here has ended, and the Hub's own API has given it anew."""
        self.share()
        self.client(self.owner).end_server_share(self.owner, self.reader)
        self.centre.hub.servers.shares.add((self.owner, "", self.reader))

    def ended(self, user: str) -> list[str]:
        """Why access has ended, as a person is told on the page."""
        page = words(Browser(self.centre, user).get("servers"))
        return [page.partition("Recently ended")[2]] if "Recently ended" in page else []


@pytest.fixture
def two(centre: TestCentre) -> Iterator[Two]:
    yield Two(centre)
    centre.hub.servers.fault = None


def test_a_reader_asks_the_owner_reads_what_it_means_and_both_see_what_came_of_it(two: Two) -> None:
    reader, owner = Browser(two.centre, two.reader), Browser(two.centre, two.owner)
    page = send(reader, two.project.page, "server-request")
    assert f"{two.owner} has not answered yet" in words(page)
    assert f"{two.reader} requests access to your server" in words(owner.get(""))
    assert {
        "name": "HubShare",
        "path": "/services/hubshare/servers",
        "words": "1 request for your server",
    } in owner.get("hub-home").json()["needs"]
    (request,) = two.client(two.owner).server_requests()
    consent = words(owner.get(f"servers/requests/{request.id}"))
    assert f"{two.reader} can do everything on that server in your name" in consent
    for part in ("all your files there", "run programs", "use HubShare as you"):
        assert part in consent
    assert not two.shared, "to look at it gives nothing"
    listed = send(owner, f"servers/requests/{request.id}", request.id, answer="yes", days="7")
    assert f"{two.reader} may use your server" in words(listed) and two.shared
    two.centre.hub.servers.running.add((two.owner, ""))
    page = reader.get(two.project.page)
    assert f'href="/user/{two.owner}/"' in page.text and "You have access until" in words(page)
    two.centre.hub.servers.running.clear()
    assert f"Stopped: only {two.owner} can start it" in words(reader.get(two.project.page))
    assert two.project.full in words(reader.get("servers"))
    assert "1 request" not in owner.get("hub-home").text
    ended = send(owner, "servers", "servers/end", {"user": two.reader})
    assert not two.shared and f"{two.reader} on your server {two.owner} has ended it." in words(ended)
    assert f"You on {two.owner}’s server {two.owner} has ended it." in words(reader.get("servers"))
    assert ("project.ask-server", "page") in doors(two.centre, user=two.reader)
    assert doors(two.centre, user=two.owner, action="me.share-server") == [("me.share-server", "page")] * 2


def test_what_runs_in_a_server_cannot_let_anybody_in(two: Two) -> None:
    request = two.ask()
    browser = Browser(two.centre)
    headers = {"Authorization": f"token {two.owner}"}
    answer = browser.client.post(f"servers/requests/{request}", data={"answer": "yes"}, headers=headers)
    assert answer.status_code == 403 and "for a person with a browser" in words_of(answer)
    api = f"api/v1/server-requests/{request}"
    for method, path in (("POST", f"{api}/accept"), ("POST", f"{api}/grant"), ("PUT", api)):
        assert browser.client.request(method, path, headers=headers, json={}).status_code in (404, 405)
    assert not two.shared and len(list(two.client(two.owner).server_requests())) == 1


def words_of(answer: Any) -> str:
    return str(answer.text)


def test_nobody_answers_for_the_owner_and_no_other_site_does(two: Two) -> None:
    request = two.ask()
    for who in (two.reader, "stranger-to-both"):
        browser = Browser(two.centre, who)
        assert browser.get(f"servers/requests/{request}").status_code == 404
        assert browser.post(f"servers/requests/{request}", {"answer": "yes"}).status_code == 404
    owner = Browser(two.centre, two.owner)
    forged = owner.client.post(f"servers/requests/{request}", data={"answer": "yes", "csrf": "0" * 64})
    assert forged.status_code == 403 and not two.shared


def test_to_ask_again_is_to_have_asked_once_and_a_no_is_told_and_lasts(two: Two) -> None:
    request = two.ask()
    assert two.ask() == request
    assert len(list(two.client(two.owner).server_requests())) == 1
    two.client(two.owner).decline_server_request(request)
    assert list(two.client(two.owner).server_requests()) == []
    assert [one.state for one in two.client(two.reader).server_requests()] == ["declined"]
    page = Browser(two.centre, two.reader).get(two.project.page)
    assert f"{two.owner} declined" in words(page) and "server-request" not in page.text
    assert two.ask() == request and list(two.client(two.owner).server_requests()) == []
    with two.centre.centre.database.begin() as session:
        session.execute(update(ServerRequest).where(ServerRequest.id == request).values(expires=now()))
    two.ask()
    assert [one.state for one in two.client(two.owner).server_requests()] == ["waiting"]


def test_who_is_not_listened_to_is_told_nothing_and_loses_what_was_given(two: Two) -> None:
    two.share()
    two.client(two.owner).decline_server_request(two.ask(), always=True)
    two.end_due()
    assert not two.shared and two.ended(two.owner)
    two.ask()
    assert list(two.client(two.owner).server_requests()) == []
    assert [one.state for one in two.client(two.reader).server_requests()] == ["waiting"]


def test_there_is_somebody_to_ask_only_where_the_project_is_anothers(two: Two) -> None:
    with pytest.raises(Clash, match="nobody to ask"):
        two.client(two.owner).ask_for_server(two.full)
    assert "server-request" not in Browser(two.centre, two.owner).get(two.project.page).text
    with pytest.raises(NotFound):
        two.client("stranger-to-both").ask_for_server(two.full)
    team = f"team{two.owner}"
    two.client(two.owner).create_team(team)
    two.client(two.owner).transfer_project(two.full, f"team:{team}")
    with pytest.raises(Clash, match="belongs to a team, which has no server: ask one of its members"):
        two.client(two.reader).ask_for_server(f"{team}/work")
    assert "server-request" not in Browser(two.centre, two.reader).get(f"projects/{team}/work").text


def test_no_more_waits_for_one_than_offers_may(two: Two) -> None:
    for number in range(20):
        made = Shared(two.centre, two.owner, f"more-{number}", grants={two.reader: "reader"})
        two.client(two.reader).ask_for_server(made.full)
    with pytest.raises(OverQuota, match="Too many requests"):
        two.ask()


def test_a_request_is_gone_with_the_access_to_the_project(two: Two) -> None:
    request = two.ask()
    two.client(two.owner).revoke(two.full, two.reader)
    assert list(two.client(two.owner).server_requests()) == []
    assert two.answer(request).status_code == 404 and not two.shared


@pytest.mark.parametrize("how", ["revoked", "another owner", "deleted", "too old"])
def test_access_to_a_server_ends_with_what_it_was_given_for(two: Two, how: str) -> None:
    two.share()
    two.end_due()
    assert two.shared, "nothing was due"
    owner = two.client(two.owner)
    if how == "revoked":
        owner.revoke(two.full, two.reader)
    elif how == "deleted":
        owner.delete_project(two.full)
    elif how == "another owner":
        team = f"team{two.owner}"
        owner.create_team(team)
        owner.transfer_project(two.full, f"team:{team}")
    else:
        with two.centre.centre.database.begin() as session:
            past = now() - timedelta(seconds=1)
            session.execute(update(ServerShare).where(ServerShare.owner == two.owner).values(expires=past))
    two.end_due()
    assert not two.shared
    told = {
        "revoked": f"{two.reader} has no access any more to the project",
        "another owner": "has another owner",
        "deleted": "was deleted",
        "too old": "Its time was over.",
    }[how]
    for user in (two.owner, two.reader):
        (ended,) = two.ended(user)
        assert told in ended


def test_a_hub_that_cannot_end_it_now_is_asked_again(two: Two) -> None:
    two.share()
    # Before there is something to end: the service looks by itself as well.
    two.centre.hub.servers.fault = Unavailable("The Hub does not answer.")
    two.client(two.owner).revoke(two.full, two.reader)
    two.end_due()
    assert two.shared and two.ended(two.owner) == []
    assert "The Hub does not answer." in words(Browser(two.centre, two.owner).get("servers"))
    two.centre.hub.servers.fault = None
    two.end_due()
    assert not two.shared


def test_what_could_not_be_given_is_not_left_without_an_end(two: Two) -> None:
    request = two.ask()
    two.centre.hub.servers.fault = Unavailable("The Hub does not answer.")
    assert two.answer(request).status_code == 503
    # As if it had done it, and only the answer was lost.
    two.centre.hub.servers.fault = None
    two.centre.hub.servers.shares.add((two.owner, "", two.reader))
    two.end_due()
    assert not two.shared
    assert [one.id for one in two.client(two.owner).server_requests()] == [request], "it can be answered again"
    assert two.answer(request).status_code == 303 and two.shared


def test_a_failed_extension_leaves_what_was_given_before(two: Two) -> None:
    two.share()
    request = two.ask()
    two.centre.hub.servers.fault = Unavailable("The Hub does not answer.")
    assert two.answer(request).status_code == 503
    two.centre.hub.servers.fault = None
    two.end_due()
    assert two.shared


def test_a_sign_in_without_the_right_to_share_is_renewed_once_and_then_told(two: Two) -> None:
    request = two.ask()
    owner = Browser(two.centre)
    owner.sign_in(f"{two.owner}%2Bolder")  # a token of theirs that the Hub lets share nothing
    sent = owner.post(f"servers/requests/{request}", {"answer": "yes", "server": "", "days": "7"})
    assert sent.status_code == 303 and "/login?next=" in sent.headers["location"]
    again = f"servers/requests/{request}?again=true"
    assert "signed in once more" in words(owner.get(again))
    assert dict(forms(owner.get(again)))[f"servers/requests/{request}"]["again"] == "true"
    refused = owner.post(f"servers/requests/{request}", {"answer": "yes", "server": "", "days": "7", "again": "true"})
    assert refused.status_code == 403 and "ask one of its admins" in refused.text and not two.shared


def test_either_side_can_end_it_and_nobody_else(two: Two) -> None:
    two.share()
    with pytest.raises(NotFound):
        two.client("stranger-to-both").end_server_share(two.owner, two.reader)
    with pytest.raises(Forbidden):
        Client(two.centre.url, f"{two.owner}+write").end_server_share(two.owner, two.reader)
    assert two.shared
    two.client(two.reader).end_server_share(two.owner, two.reader)
    assert not two.shared
    with pytest.raises(NotFound):
        two.client(two.owner).end_server_share(two.owner, two.reader)


def test_from_a_shared_server_one_sees_those_of_its_projects_that_one_may_read(two: Two) -> None:
    Shared(two.centre, two.owner, "secret")
    elsewhere = Shared(two.centre, f"third{two.owner}", "theirs", grants={two.owner: "reader"})
    there = {"project": elsewhere.full, "folder": "/home/olga/theirs", "server": ""}
    two.project.api("POST", "checkouts", json=there)
    assert list(two.client(two.reader).shared_servers()) == [], "without a share nothing is said of a server"
    two.share()
    (server,) = two.client(two.reader).shared_servers()
    assert [(one.project, one.folder) for one in server.projects] == [(two.full, "/home/x")]
    page = Browser(two.centre, two.reader).get("servers").text
    assert "secret" not in page and elsewhere.full not in page
    Client(two.centre.url, elsewhere.owner).grant(elsewhere.full, two.reader, "reader")
    (server,) = two.client(two.reader).shared_servers()
    assert (elsewhere.full, "/home/olga/theirs") in [(one.project, one.folder) for one in server.projects]


def test_shares_that_were_made_at_the_hub_are_listed_and_ended_too(two: Two) -> None:
    two.centre.hub.servers.shares.add((two.owner, "", two.reader))
    (share,) = two.client(two.owner).server_shares()
    assert (share.user, share.until, share.project) == (two.reader, None, None)
    two.end_due()
    assert two.shared, "what was not given here has no end here"
    two.end_here_and_give_elsewhere()
    (server,) = two.client(two.reader).shared_servers()
    assert server.until is None, "that is of what was given before"
    send(Browser(two.centre, two.owner), "servers", "servers/end", {"user": two.reader})
    assert not two.shared


def test_who_is_removed_loses_the_access_and_what_was_asked(two: Two) -> None:
    two.share()
    remove_user(two.centre.centre, user=two.reader)
    two.end_due()
    assert not two.shared and f"{two.reader} was removed." in two.ended(two.owner)[0]


def test_who_is_removed_and_had_nothing_but_the_access_loses_it_too(two: Two) -> None:
    two.client(two.owner).change_project(two.full, visibility="hub")
    two.client(two.owner).revoke(two.full, two.reader)
    two.share()
    remove_user(two.centre.centre, user=two.reader)
    two.end_due()
    assert not two.shared and f"{two.reader} was removed." in two.ended(two.owner)[0]


def test_a_user_who_is_called_otherwise_keeps_the_access_and_its_end(two: Two) -> None:
    two.share()
    renamed = f"new{two.reader}"
    two.centre.hub.servers.shares = {(two.owner, "", renamed)}
    rename_user(two.centre.centre, old=two.reader, new=renamed)
    two.reader = renamed
    two.end_due()
    assert two.shared
    two.client(two.owner).revoke(two.full, renamed)
    two.end_due()
    assert not two.shared


class CannotEnd:
    """A Hub that cannot end any share; it notes which it was asked to."""

    def __init__(self) -> None:
        self.servers, self.tried = self, list[str]()

    async def end(self, owner: str, server: str, user: str) -> bool:
        self.tried.append(server)
        raise Unavailable("The Hub does not answer.")


@pytest.mark.both_databases
def test_one_look_for_what_is_due_is_one_statement_and_what_cannot_be_ended_holds_up_nothing(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.centre.hub.servers.fault = Unavailable("The service itself is to end none of these.")
    database, mine = two.centre.centre.database, {new_id() for _ in range(50)}
    end = now() + timedelta(days=1)
    with database.begin() as session:
        for name in mine:
            made = {"id": name, "owner": two.owner, "user": f"nobody-{name}", "server": name, "expires": end}
            session.add(ServerShare(project_id=two.project.id, **made))
    said = list[str]()
    with database.read() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *given: said.append(given[2]))
        assert len(server_shares.due(session, now(), "", 20)) == 20
        assert mine <= {one.share.id for one in server_shares.due(session, now(), "", 1000)}
    assert len(said) == 2
    monkeypatch.setattr(server_ends, "_MOST", 20)
    hub = CannotEnd()
    ends = ServerEnds(two.centre.centre, cast(Any, hub))
    for _ in range(3):
        asyncio.run(ends.look())
    assert mine <= {*hub.tried}
    with database.begin() as session:
        session.execute(delete(ServerShare).where(ServerShare.owner == two.owner))
