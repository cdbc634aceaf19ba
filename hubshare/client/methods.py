"""The methods of both clients, made from the descriptions of the calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from hubshare.client import calls
from hubshare.client.call import Call, Download, Listening, Listing, Steps
from hubshare.wire.api.hub import Event

if TYPE_CHECKING:
    from hubshare.client.asynchronous import AsyncClient
    from hubshare.client.synchronous import Client

P = ParamSpec("P")
Answer = TypeVar("Answer")
Item = TypeVar("Item")
Now = TypeVar("Now", covariant=True)
Later = TypeVar("Later", covariant=True)

Coro = Coroutine[Any, Any, Answer]


class Method(Generic[P, Now, Later]):
    """A method that takes the arguments of a description and carries out what it describes.

    Its answer is `Now` from a `Client` and `Later` from an `AsyncClient`; of the class itself it gives the description.
    """

    def __init__(self, describe: Callable[P, Any]) -> None:
        self._describe = describe

    @overload
    def __get__(self, client: None, owner: type) -> Callable[P, Any]: ...

    @overload
    def __get__(self, client: Client, owner: type) -> Callable[P, Now]: ...

    @overload
    def __get__(self, client: AsyncClient, owner: type) -> Callable[P, Later]: ...

    def __get__(self, client: Client | AsyncClient | None, owner: type) -> Callable[P, Any]:
        if client is None:
            return self._describe
        carry_out: Callable[[Any], Any] = client.carry_out

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return carry_out(self._describe(*args, **kwargs))

        return update_wrapper(method, self._describe)


@overload
def _method(describe: Callable[P, Call[Answer]]) -> Method[P, Answer, Coro[Answer]]: ...


@overload
def _method(describe: Callable[P, Steps[Answer]]) -> Method[P, Answer, Coro[Answer]]: ...


@overload
def _method(describe: Callable[P, Download]) -> Method[P, None, Coro[None]]: ...


@overload
def _method(describe: Callable[P, Listing[Item]]) -> Method[P, Iterator[Item], AsyncIterator[Item]]: ...


@overload
def _method(describe: Callable[P, Listening]) -> Method[P, Iterator[Event], AsyncIterator[Event]]: ...


def _method(describe: Callable[P, Any]) -> Any:
    return Method(describe)


class Methods:
    """What both clients can do; each method is documented with its description in `hubshare.client.calls`."""

    me = _method(calls.me)
    health = _method(calls.health)

    projects = _method(calls.projects)
    project = _method(calls.project)
    create_project = _method(calls.create_project)
    change_project = _method(calls.change_project)
    rename_project = _method(calls.rename_project)
    transfer_project = _method(calls.transfer_project)
    archive_project = _method(calls.archive_project)
    delete_project = _method(calls.delete_project)
    restore_project = _method(calls.restore_project)

    versions = _method(calls.versions)
    restore_version = _method(calls.restore_version)
    tree = _method(calls.tree)
    entry = _method(calls.entry)
    file = _method(calls.file)
    download_archive = _method(calls.download_archive)

    who = _method(calls.who)
    grants = _method(calls.grants)
    grant = _method(calls.grant)
    revoke = _method(calls.revoke)
    invitations = _method(calls.invitations)
    invite = _method(calls.invite)
    withdraw_invitation = _method(calls.withdraw_invitation)
    accept_invitation = _method(calls.accept_invitation)

    teams = _method(calls.teams)
    team = _method(calls.team)
    create_team = _method(calls.create_team)
    change_team = _method(calls.change_team)
    delete_team = _method(calls.delete_team)
    put_member = _method(calls.put_member)
    remove_member = _method(calls.remove_member)
    leave_team = _method(calls.leave_team)

    checkouts = _method(calls.checkouts)
    project_checkouts = _method(calls.project_checkouts)
    create_checkout = _method(calls.create_checkout)
    delete_checkout = _method(calls.delete_checkout)
    conflicts = _method(calls.conflicts)
    conflict = _method(calls.conflict)
    conflict_file = _method(calls.conflict_file)
    pick_ours = _method(calls.pick_ours)
    pick_theirs = _method(calls.pick_theirs)

    project_audit = _method(calls.project_audit)
    team_audit = _method(calls.team_audit)
    hub_audit = _method(calls.hub_audit)
    events = _method(calls.events)
    project_events = _method(calls.project_events)

    open_session = _method(calls.open_session)
    download_update = _method(calls.download_update)
    download_contents = _method(calls.download_contents)
    upload_size = _method(calls.upload_size)
    append_upload = _method(calls.append_upload)
    finish_upload = _method(calls.finish_upload)
    upload = _method(calls.upload)
