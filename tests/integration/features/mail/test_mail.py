"""Notifications by mail, over a real mail server: who is sent what and when, and what comes of one that does not take it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hubshare_workers.context import Context
from hubshare_workers.maintenance.housekeeping import forget_rows

from hubshare.bus.mail_host import forget_mail_fault
from hubshare.client import Client
from hubshare.errors import Forbidden, Invalid, NotFound, TooMany
from hubshare.features.mail import operations, worker
from hubshare.features.mail.smtp import Post
from hubshare.jobs.payloads import Nothing
from hubshare.operations.caller import Caller, Person
from hubshare.operations.notifications.inbox import list_notifications
from hubshare.operations.ops.sight import read_overview
from hubshare.operations.users import remove_user
from hubshare.store import mail
from hubshare.store.access.actions import Action, Scope
from hubshare.store.models import now
from hubshare.store.notifications import News, settle_for, tell
from hubshare.testing.centre import TestCentre
from tests.helpers.mail_server import LOGIN, MailServer, mail_server, make_certificate
from tests.helpers.page_visitors import Browser, Shared, closing, needs_assets, words  # noqa: F401


class Reader:
    """Somebody who has mail; time passes as the test says."""

    def __init__(self, centre: TestCentre, server: MailServer) -> None:
        self.user = f"m{uuid4().hex[:8]}"
        self.address, self.centre, self.server, self.at = f"{self.user}@example.org", centre, server, now()

    @property
    def caller(self) -> Caller:
        return Caller(Action.MAIL, Person(self.user, scopes=frozenset(Scope)))

    @property
    def mails(self) -> list[EmailMessage]:
        return self.server.to(self.address)

    def told(self, thing: str, **details: Any) -> None:
        with self.centre.centre.database.begin("mail") as session:
            tell(session, [self.user], News("access_lost", thing, {"name": f"gone/{thing}", **details}))

    def send(self, **later: float) -> None:
        """Send what is due after some more time."""
        self.at += timedelta(**later)
        context = Context(self.centre.centre, None)  # type: ignore[arg-type]
        worker.send(context, Nothing(), lambda: self.at)

    def confirmed(self) -> Reader:
        operations.ask_address(self.caller, self.centre.centre, address=self.address)
        self.at = max(self.at, now())
        self.send()
        operations.confirm_address(self.caller, self.centre.centre, link=link_of(self.mails.pop()))
        self.server.taken.clear()
        return self

    @property
    def setting(self) -> operations.Mail:
        return operations.read_mail(self.caller, self.centre.centre)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_of(message: EmailMessage) -> str:
    found = re.search(r"\?link=([\w%=-]+)", text_of(message))
    assert found, text_of(message)
    return found[1].replace("%3D", "=")


@pytest.fixture
def settings(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets settings of mail for one test."""

    def set_to(**wanted: Any) -> None:
        for name, value in wanted.items():
            monkeypatch.setattr(centre.centre.settings, name, value)

    set_to(smtp_host="localhost", smtp_security="none", mail_from="HubShare <hub@example.org>", mail_url=centre.url)
    return set_to


@pytest.fixture
def server(settings: Any, centre: TestCentre) -> Iterator[MailServer]:
    forget_mail_fault(centre.centre.bus.redis)
    with mail_server() as made:
        settings(smtp_port=made.port)
        yield made


@pytest.fixture
def reader(centre: TestCentre, server: MailServer) -> Reader:
    return Reader(centre, server)


@needs_assets
def test_an_address_is_given_and_confirmed_on_pages_and_ended_without_signing_in(reader: Reader) -> None:
    browser = Browser(reader.centre, reader.user)
    assert 'settings/mail">Email notifications</a>' in browser.get("").text
    refused = browser.post("settings/mail", {"act": "ask", "address": f"{reader.address}, x@example.org"})
    assert refused.status_code == 422 and "one address" in refused.text
    assert browser.post("settings/mail", {"act": "ask", "address": reader.address}).status_code == 303
    assert f"A link was sent to {reader.address}" in words(browser.get("settings/mail"))
    reader.told("before")
    reader.at = now()
    reader.send(minutes=2)
    [asked] = reader.mails
    assert asked["List-Unsubscribe"] is None and "gone/" not in asked.as_string()
    confirm = {"link": link_of(asked)}
    assert "Confirm this address" in browser.get("settings/mail/confirm", params=confirm).text
    assert reader.setting.address == "", "who only looks at a link confirms nothing"
    assert browser.client.post("settings/mail/confirm", params=confirm).status_code == 403, "without the page's token"
    assert browser.post("settings/mail/confirm", params=confirm).status_code == 303
    assert f"Mail to {reader.address}" in words(browser.get("settings/mail"))
    reader.told("after")
    reader.send(minutes=2)
    [_, told] = reader.mails
    assert "gone/after" in text_of(told) and "gone/before" not in text_of(told)

    address = told["List-Unsubscribe"].strip("<>")
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and address in text_of(told).replace("\n", "")
    outside = Browser(reader.centre)
    assert "Unsubscribe" in outside.get(address).text and reader.setting.wanted
    assert outside.client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not reader.setting.wanted
    made_up = re.sub("link=.{30}", lambda found: found[0][:-1] + ("B" if found[0][-1] == "A" else "A"), address)
    assert outside.client.post(made_up).status_code == 404
    assert outside.client.post("settings/mail/unsubscribe", params=confirm).status_code == 404, (
        "a link is for one thing"
    )
    reader.told("later")
    reader.send(hours=1)
    assert len(reader.mails) == 2
    assert browser.post("settings/mail", {"act": "forget"}).status_code == 303
    assert reader.address not in browser.get("settings/mail").text


@pytest.mark.both_databases
def test_all_that_is_new_comes_in_one_mail_and_the_next_half_an_hour_later(reader: Reader) -> None:
    reader.confirmed()
    reader.told("one")
    reader.at = now()
    reader.send(seconds=30)
    assert reader.mails == []
    reader.told("two")
    reader.send(seconds=40)
    [first] = reader.mails
    assert "gone/one" in text_of(first) and "gone/two" in text_of(first, "html")
    assert first["Subject"] == "HubShare: 2 notifications" and first["To"] == reader.address
    reader.told("one")
    reader.told("three")
    reader.told("settled")
    with reader.centre.centre.database.begin("mail") as session:
        settle_for(session, "access_lost", "settled", [reader.user])
    reader.send(minutes=20)
    assert len(reader.mails) == 1
    reader.send(minutes=11)
    second = text_of(reader.mails[1])
    assert "gone/one (2 times)" in second and "gone/three" in second
    assert "gone/two" not in second and "settled" not in second
    reader.send(hours=1)
    assert len(reader.mails) == 2


def test_what_one_does_not_want_or_may_not_know_of_any_more_is_not_mailed(reader: Reader) -> None:
    shared = Shared(reader.centre, f"o{uuid4().hex[:8]}", "hidden")
    reader.confirmed()
    with reader.centre.centre.database.begin("mail") as session:
        tell(session, [reader.user], News("access", shared.id, {"role": "reader"}, shared.id, giver=shared.owner))
    reader.at = now()
    reader.send(minutes=2)
    assert reader.mails == []
    with pytest.raises(Invalid):
        operations.change_mail(reader.caller, reader.centre.centre, wanted=True, kinds=["none"])
    operations.change_mail(reader.caller, reader.centre.centre, wanted=True, kinds=["conflict"])
    reader.told("silent")
    reader.send(minutes=2)
    assert reader.mails == []


def test_what_others_wrote_is_text_and_stands_in_no_header(reader: Reader) -> None:
    reader.confirmed()
    evil = "a\r\nBcc: x@example.org\u202e\u200b<script>x</script> https://evil.example/"
    reader.told("x", name=evil)
    reader.at = now()
    reader.send(minutes=2)
    [told] = reader.mails
    text, html = text_of(told), text_of(told, "html")
    assert told["Bcc"] is None and "\u202e" not in text + html and "\u200b" not in text + html
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "https://evil.example" not in text + html and "<img" not in html
    assert "Bcc" not in told["Subject"]


def test_a_mail_server_that_is_away_loses_nothing_and_is_told_of(
    reader: Reader, settings: Any, centre: TestCentre
) -> None:
    reader.confirmed()
    reader.told("kept")
    port = centre.centre.settings.smtp_port
    with socket.socket() as closed:
        closed.bind(("localhost", 0))
        settings(smtp_port=closed.getsockname()[1])
        reader.at = now()
        reader.send(minutes=2)
    assert "mail-fails" in [one.code for one in read_overview(centre.centre).findings]
    settings(smtp_port=port)
    reader.send(seconds=30)
    assert reader.mails == [], "it is left alone for a while"
    reader.send(minutes=6)
    [told] = reader.mails
    assert "gone/kept" in text_of(told)
    assert "mail-fails" not in [one.code for one in read_overview(centre.centre).findings]


def test_an_address_that_is_refused_is_switched_off_and_one_that_is_busy_tried_again(reader: Reader) -> None:
    reader.confirmed()
    reader.told("one")
    reader.server.refuses[reader.address] = "451 later"
    reader.at = now()
    reader.send(minutes=2)
    assert reader.setting.wanted
    del reader.server.refuses[reader.address]
    reader.send(minutes=6)
    assert len(reader.mails) == 1
    reader.told("two")
    reader.server.refuses[reader.address] = "550 no such \u202eperson"
    reader.send(hours=1)
    found = reader.setting
    assert not found.wanted and "550 no such" in found.problem and "\u202e" not in found.problem
    assert found.problem in [one.words for one in list_notifications(reader.caller, reader.centre.centre).items]
    del reader.server.refuses[reader.address]
    reader.send(hours=24)
    assert len(reader.mails) == 1


def test_a_mail_whose_sender_died_is_sent_again_under_its_name(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.confirmed()
    reader.told("one")
    reader.at = now()
    taking = Post.send

    def die(post: Post, message: EmailMessage) -> None:
        taking(post, message)
        raise SystemExit

    monkeypatch.setattr(Post, "send", die)
    with pytest.raises(SystemExit):
        reader.send(minutes=2)
    monkeypatch.setattr(Post, "send", taking)
    reader.send(minutes=4)
    assert len(reader.mails) == 1, "somebody else may still be sending it"
    reader.send(minutes=2)
    first, again = reader.mails
    assert first["Message-ID"] == again["Message-ID"]
    reader.send(hours=1)
    assert len(reader.mails) == 2


def test_mails_of_a_day_and_of_an_hour_and_links_are_bounded(reader: Reader, settings: Any) -> None:
    reader.confirmed()
    settings(mails_each_day=1)
    reader.at = now()
    for thing in ("one", "two"):
        reader.told(thing)
        reader.send(hours=2)
    assert len(reader.mails) == 1
    reader.send(hours=25)
    assert len(reader.mails) == 2
    settings(mails_each_day=50, mails_an_hour=1)
    reader.told("three")
    reader.send(minutes=31)
    assert len(reader.mails) == 2
    reader.send(minutes=31)
    assert len(reader.mails) == 3
    operations.ask_address(reader.caller, reader.centre.centre, address="nobody@example.org")
    assert reader.setting.asked_address == "nobody@example.org"
    forget_rows(reader.centre.centre, now() + timedelta(hours=25))
    assert reader.setting.asked_address == "", "an address that nobody confirms is not kept"
    with pytest.raises(TooMany):
        for _ in range(operations.ASKS_EACH + 1):
            operations.ask_address(reader.caller, reader.centre.centre, address=f"{uuid4().hex}@example.org")


def test_nobody_keeps_somebody_elses_address_from_them(reader: Reader) -> None:
    centre, mallory = reader.centre.centre, Reader(reader.centre, reader.server).caller
    for _ in range(operations.ASKS_AGAIN):
        operations.ask_address(mallory, centre, address=reader.address)
    with pytest.raises(TooMany):
        operations.ask_address(mallory, centre, address=reader.address.upper())
    operations.ask_address(reader.caller, centre, address=reader.address)
    assert reader.setting.asked_address == reader.address


def test_a_link_is_good_for_who_asked_for_it_and_goes_with_the_person(reader: Reader) -> None:
    centre = reader.centre.centre
    operations.ask_address(reader.caller, centre, address=reader.address)
    reader.at = now()
    reader.send()
    [asked] = reader.mails
    with pytest.raises(Forbidden):
        operations.confirm_address(Reader(reader.centre, reader.server).caller, centre, link=link_of(asked))
    operations.confirm_address(reader.caller, centre, link=link_of(asked))
    remove_user(centre, user=reader.user)
    assert reader.setting == operations.Mail(works=True)
    with centre.database.read() as session:
        assert mail.count_asked(session, reader.address, now()) == 0


def test_a_password_goes_only_to_a_server_whose_certificate_is_verified(
    centre: TestCentre, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    user, password = (one.decode() for one in LOGIN)
    (tmp_path / "password").write_text(f"{password}\n")
    forget_mail_fault(centre.centre.bus.redis)
    with mail_server(certificate) as server:
        settings(smtp_port=server.port, smtp_security="starttls", smtp_user=user)
        settings(smtp_password_file=tmp_path / "password")
        reader = Reader(centre, server)
        operations.ask_address(reader.caller, centre.centre, address=reader.address)
        reader.at = now()
        reader.send()
        assert faults(centre) == ["CERTIFICATE_VERIFY_FAILED"]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        reader.send(minutes=6)
        assert (len(reader.mails), faults(centre)) == (1, [])
        settings(smtp_security="none")
        operations.ask_address(reader.caller, centre.centre, address=reader.address)
        reader.send(minutes=1)
        assert faults(centre) == ["No password is sent without encryption"]
    forget_mail_fault(centre.centre.bus.redis)


def faults(centre: TestCentre) -> list[str]:
    """What is found to be wrong with the mail server, by words that tell it."""
    found = [one.words for one in read_overview(centre.centre).findings if one.code == "mail-fails"]
    known = "CERTIFICATE_VERIFY_FAILED", "No password is sent without encryption"
    return [next((one for one in known if one in words), words) for words in found]


def test_a_program_sets_it_as_the_page_does(centre: TestCentre, reader: Reader) -> None:
    with Client(centre.url, reader.user) as client:
        assert not client.mail().address
        with pytest.raises(NotFound):
            client.change_mail(wanted=True)
        with pytest.raises(Invalid):
            client.ask_mail("no address")
        assert client.ask_mail(reader.address).asked_address == reader.address
        reader.at = now()
        reader.send()
        operations.confirm_address(reader.caller, centre.centre, link=link_of(reader.mails.pop()))
        found = client.change_mail(kinds=["job", "quota"])
        assert (found.wanted, found.kinds, found.asked_address) == (True, ["job", "quota"], "")
        reader.server.taken.clear()
        reader.told("silent")
        reader.send(hours=1)
        assert not reader.mails
        assert (client.change_mail(wanted=False).wanted, client.mail().kinds) == (False, ["job", "quota"])
        client.forget_mail()
        assert not client.mail().address
