"""File systems that refuse calls: what they hold is updated safely all the same, or left alone and named; nothing is lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress

import pytest
from hubshare_agents.checkout import renames

from hubshare.errors import HubShareError
from hubshare.testing.world import Member, World
from tests.helpers.faulty_files import refuse_links, refuse_renames

EXCHANGE = 2


@pytest.mark.parametrize("links", [0, errno.EPERM, errno.EOPNOTSUPP], ids=["links", "EPERM", "EOPNOTSUPP"])
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EPERM], ids=errno.errorcode.get)
def test_updates_come_where_names_cannot_be_exchanged(
    world: World, alice: Member, bob: Member, code: int, links: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_renames(monkeypatch, code)
    if links:
        refuse_links(monkeypatch, links)
    alice.write("a", "alice's")
    alice.write("folder/new/e", "new")
    (alice.root / "b").unlink()
    world.settle()
    assert bob.files() == alice.files()
    assert not [*bob.root.rglob(".hubshare-*")] and not bob.plan().held


@pytest.mark.parametrize("links", [0, errno.EPERM], ids=["links", "no links"])
@pytest.mark.parametrize("step", ["exchange", "may_be_written", "put_back"])
def test_an_edit_in_between_is_not_lost_where_names_cannot_be_exchanged(
    world: World, alice: Member, bob: Member, step: str, links: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_renames(monkeypatch, errno.EINVAL)
    if links:
        refuse_links(monkeypatch, links)
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    written: list[str] = []

    def save(name: str) -> Callable[..., object]:
        real = getattr(__import__("hubshare_agents.checkout.disk", fromlist=[name]), name)

        def acting(*call: object) -> object:
            if name not in written:
                written.append(name)
                new = bob.root / "editors-own"
                new.write_text(f"bob's at {name}")
                new.replace(bob.root / "a")
            return real(*call)

        return acting

    for name in {"exchange", step} if step == "put_back" else {step}:
        monkeypatch.setattr(f"hubshare_agents.checkout.disk.{name}", save(name))
    world.settle()
    if bob.local.taken_out.again_at:
        bob.local.taken_out.again_at = 1e-9
    world.settle()
    kept = [b"".join(bob.local.stash.stream(one)).decode() for one in bob.local.index.kept("a") if one.commit is None]
    assert written
    assert {f"bob's at {name}" for name in written} <= {bob.read("a"), *kept}


def test_a_file_that_was_aside_when_the_agent_was_killed_is_put_back_and_deleted_for_nobody(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dying(*call: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        refuse_renames(patch, errno.EINVAL)
        patch.setattr(renames, "place", dying)
        alice.write("a", "alice's")
        alice.work()
        world.apply()
        while bob.inbox:
            bob.deliver()
        with pytest.raises(Killed):
            bob.work()
        assert bob.read("a") is None
    bob.restart()
    world.settle()
    assert bob.read("a") == alice.read("a") == "alice's"


@pytest.mark.parametrize(
    "code",
    [errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.ETXTBSY, errno.EIO, errno.ENAMETOOLONG, errno.ESTALE],
    ids=errno.errorcode.get,
)
@pytest.mark.parametrize("call", ["write_prepared", "exchange"])
def test_what_cannot_be_written_is_named_holds_up_nothing_and_comes_later(
    world: World, alice: Member, bob: Member, call: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(__import__("hubshare_agents.checkout.disk", fromlist=[call]), call)

    def refused(folder: int, temporary: str, name: str, *more: object) -> object:
        if name == "a":
            raise OSError(code, os.strerror(code))
        return real(folder, temporary, name, *more)

    with monkeypatch.context() as patch:
        patch.setattr(f"hubshare_agents.checkout.disk.{call}", refused)
        alice.write("a", "alice's")
        alice.write("b", "alice's other")
        world.settle()
        assert (bob.read("a"), bob.read("b")) == ("first a", "alice's other")
        bob.pull()
        assert "a" in bob.plan().held
        assert not [*bob.root.rglob(".hubshare-*")]
    world.settle()
    assert bob.read("a") == "alice's" and not bob.plan().held


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_full_home_says_so_with_the_code_disk_and_loses_nothing(
    world: World, alice: Member, bob: Member, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = __import__("hubshare_agents.checkout.disk", fromlist=["write_prepared"]).write_prepared

    def full(folder: int, temporary: str, name: str, *more: object) -> object:
        if name == "b":
            raise OSError(code, os.strerror(code))
        return real(folder, temporary, name, *more)

    with monkeypatch.context() as patch:
        patch.setattr("hubshare_agents.checkout.disk.write_prepared", full)
        alice.write("a", "alice's")
        alice.write("b", "alice's other")
        with suppress(HubShareError):
            world.settle()
        with pytest.raises(HubShareError) as caught:
            bob.pull()
        assert caught.value.code == "disk" and "disk is full" in caught.value.message
        assert (bob.read("a"), bob.read("b")) == ("alice's", "first b"), "what there is room for is in place"
    bob.pull()
    world.settle()
    assert bob.files() == alice.files()
