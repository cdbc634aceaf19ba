"""What imports never reach, whatever an address looks like and wherever it leads; and to whom a credential goes."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.fetch import addresses
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard
from hubshare_workers.fetch.web import Web

from hubshare.config import CentreSettings
from hubshare.errors import Forbidden, HubShareError, Invalid, NotFound, Unavailable
from hubshare.features.imports.links import Git, Link
from hubshare.sealed import Credential
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet
from tests.helpers.ssrf_tricks import NAMES, OWN, PUBLIC, TRICKS


def resolver(names: dict[str, list[str]]) -> Callable[..., Any]:
    """Looks names up in a table, and nothing else; addresses as the system does."""

    def look_up(host: str, port: int, *rest: Any) -> Any:
        found = names.get(host)
        if found is None:
            # No name leaves this machine.
            return socket.getaddrinfo(
                host, port, 0, socket.SOCK_STREAM, 0, 0 if "localhost" in host else socket.AI_NUMERICHOST
            )
        return [answer for ip in found for answer in socket.getaddrinfo(ip, port, 0, socket.SOCK_STREAM)]

    return look_up


@pytest.fixture
def settings(tmp_path: Path) -> CentreSettings:
    return CentreSettings(data=tmp_path / "data", fetch_idle_seconds=0.5)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the test, and whatever it starts, connects to; nothing leaves this machine."""
    made: list[object] = []
    connect = socket.socket.connect
    # Those of a centre that other tests use connect when they like.
    others = {*threading.enumerate()} - {threading.current_thread()}

    def watched(self: socket.socket, address: Any) -> None:
        if self.type == socket.SOCK_DGRAM:
            # It sends nothing, and asks the system alone.
            connect(self, address)
            return
        if threading.current_thread() not in others:
            made.append(address)
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return made


@pytest.mark.parametrize("url", TRICKS)
def test_no_spelling_of_an_address_reaches_what_is_not_public(
    url: str, settings: CentreSettings, tmp_path: Path, connected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_own", lambda ip: ip == ip_address(OWN))
    guard, budget = Guard(settings, resolver(NAMES)), Budget(5, 1000, 0.5)
    web = Web(guard, budget, tmp_path)
    try:
        with pytest.raises((Invalid, Unavailable)):
            web.download(url)
        with pytest.raises((Invalid, Unavailable)):
            guard.pin(url)
    finally:
        web.close()
    assert not connected, url


def test_there_are_as_many_tricks_as_are_said() -> None:
    assert len(TRICKS) == len(set(TRICKS)) >= 200


def test_sites_are_reached(settings: CentreSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a site of this machine, say one that has a webhook, and one in a network that the Hub allows."""
    monkeypatch.setattr(addresses, "is_own", lambda ip: ip == ip_address(OWN))
    guard = Guard(settings, resolver(NAMES | {"new.example": ["2606:4700::1111"]}))
    assert guard.pin("https://public.example:8443/a").addresses == (PUBLIC,)
    assert guard.pin("https://new.example/a").addresses == ("[2606:4700::1111]",)
    assert guard.pin("https://own.example/a").addresses == (OWN,)
    house = settings.model_copy(update={"fetch_allowed_networks": (ip_network(f"{OWN}/32"),)})
    assert Guard(house, resolver(NAMES)).pin("http://own.example:8081/").own


def test_an_address_of_this_machine_is_known() -> None:
    """Also one that it speaks from to nobody, as all but the first in a network."""
    for own in ("127.0.0.1", "127.0.0.2"):
        assert addresses.is_own(ip_address(own))
    assert not addresses.is_own(ip_address(PUBLIC))


def test_a_machine_that_listens_at_any_address_reaches_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "bind", lambda self, address: None)
    assert addresses.is_own(ip_address("127.0.0.1"))
    assert not addresses.is_own(ip_address(PUBLIC))


def test_a_machine_without_a_version_of_the_protocol_has_no_address_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def made(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, kind)

    monkeypatch.setattr("socket.socket", made)
    assert not addresses.is_own(ip_address("2606:4700::1111"))
    assert not addresses.is_own(ip_address(PUBLIC))


def test_a_name_that_changes_what_it_stands_for_is_reached_where_it_was_checked(
    settings: CentreSettings, tmp_path: Path, connected: list[object]
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, *rest: Any) -> Any:
        asked.append(host)
        return socket.getaddrinfo(PUBLIC if len(asked) % 2 else "127.0.0.1", port, 0, socket.SOCK_STREAM)

    guard = Guard(settings, rebinding)
    web = Web(guard, Budget(1, 1000, 0.5), tmp_path)
    try:
        with pytest.raises(Unavailable):
            web.download("http://rebinding.example:8000/")
    finally:
        web.close()
    assert len(asked) == len(connected) == 1, "what was looked up is what is connected to"
    asked.clear()
    assert guard.pin("http://rebinding.example/").addresses == (PUBLIC,)
    with pytest.raises(Invalid):
        guard.pin("http://rebinding.example/")


def test_git_connects_to_the_address_that_was_checked(internet: Internet, importer: Importer) -> None:
    """The name is not known to the machine, so git could not look it up by itself."""
    internet.repository("pinned").commit({"a": "1"})
    guard = Guard(importer.settings, resolver({"git.example": ["127.0.0.1"]}))
    link = Link(Git(f"http://git.example:{internet.port}/pinned.git"))
    assert importer.files(link, guard=guard) == {"a": "1"}
    assert {asked.headers["host"] for asked in internet.asked} == {f"git.example:{internet.port}"}


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/x",
        "http://[::1]:{port}/x",
        "http://localhost.:{port}/x",
        "http://2130706434:{port}/x",
        "//127.0.0.2:{port}/x",
        "http://169.254.169.254/latest",
        "http://una:pw@127.0.0.1:{port}/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://127.0.0.1:22/",
        "/around",
    ],
)
def test_a_redirect_leads_nowhere_else(internet: Internet, importer: Importer, to: str) -> None:
    internet.redirect("/around", "/around")
    at = internet.redirect("/led.csv", to.format(port=internet.port))
    with pytest.raises((Invalid, Unavailable)):
        importer.take(at)
    assert len(internet.asked) < 24 and "/x" not in {asked.path for asked in internet.asked}
    with pytest.raises(HubShareError):
        importer.take(
            Link(Git(internet.redirect("/led/info/refs", to.format(port=internet.port)).removesuffix("/info/refs")))
        )


def test_redirects_that_are_fine_are_followed(internet: Internet, importer: Importer) -> None:
    internet.serve("/there.csv", "1,2")
    for number in range(5):
        internet.redirect(
            f"/hop{number}.csv", f"/hop{number + 1}.csv" if number < 4 else "/there.csv", 301 + number % 2
        )
    assert importer.files(f"{internet.url}/hop0.csv") == {"hop0.csv": "1,2"}


def test_a_credential_does_not_follow_to_another_host(internet: Internet, importer: Importer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with Internet.running(tmp_path / "other") as other:
        other.serve("/x.csv", "1")
        at = internet.redirect("/mine.csv", f"{other.url}/x.csv")
        internet.serve("/own.csv", "2")
        assert importer.files(at, credential=Credential("", "t0ken")) == {"mine.csv": "1"}
        assert {asked.headers.get("authorization") for asked in internet.asked} == {"Bearer t0ken"}
        assert {asked.headers.get("authorization") for asked in other.asked} == {None}


def test_a_credential_never_goes_by_http_to_the_public(
    settings: CentreSettings, tmp_path: Path, connected: list[object]
) -> None:
    guard = Guard(settings, resolver(NAMES))
    web = Web(guard, Budget(5, 1000, 0.5), tmp_path, Credential("una", "s3cret"), "http://public.example/a")
    with pytest.raises(Invalid, match="by https alone") as refused:
        web.download("http://public.example/a?key=hidden")
    web.close()
    assert not connected and "s3cret" not in refused.value.message and "hidden" not in refused.value.message


def test_plain_http_can_be_switched_off(tmp_path: Path) -> None:
    guard = Guard(CentreSettings(data=tmp_path, fetch_http=False), resolver(NAMES))
    with pytest.raises(Invalid):
        guard.pin("http://public.example/")
    assert guard.pin("https://public.example/a").addresses == (PUBLIC,)


def test_no_proxy_is_asked(internet: Internet, importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    internet.repository("direct").commit({"a": "1"})
    assert importer.files(internet.serve("/a.csv", "1")) == {"a.csv": "1"}
    assert importer.files(f"{internet.url}/direct.git") == {"a": "1"}


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, Forbidden, "if it is private"),
        (403, Forbidden, "if it is private"),
        (404, NotFound, "nothing at this address"),
        (418, Unavailable, "status 418"),
        (503, Unavailable, "busy or out of order"),
    ],
)
def test_a_status_is_said_in_words_without_the_address(
    internet: Internet, importer: Importer, status: int, error: type[HubShareError], words: str
) -> None:
    at = internet.serve(f"/status/{status}", b"", status)
    with pytest.raises(error, match=words) as refused:
        importer.take(f"{at}?signature=hidden")
    assert "hidden" not in refused.value.message
