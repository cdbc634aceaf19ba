"""Checkouts: registered, forgotten, and listed with how fresh they are."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.names import split_project
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.store import projects
from hubshare.store.access.decisions import role_of
from hubshare.store.checkouts import CheckoutFreshness, checkouts_of_project, checkouts_of_user
from hubshare.store.conflicts import settle_conflicts
from hubshare.store.models import Checkout as Row
from hubshare.store.models import Project
from hubshare.store.notifications import settle
from hubshare.store.quotas import check_checkouts
from hubshare.wire.agent import new_id
from hubshare.wire.api.base import Page
from hubshare.wire.api.checkouts import Begun, Checkout, NewCheckout


def create_checkout(caller: Caller, centre: Centre, *, wanted: NewCheckout) -> Begun:
    """Register a folder as a checkout; from then on the person's agents are told of updates."""

    def make() -> Begun:
        check_checkouts(session, centre.settings, caller.user)
        row = Row(id=new_id(), project_id=project.id, user=caller.user, server=wanted.server, folder=wanted.folder)
        session.add(row)
        caller.note(session, project, checkout=row.id, folder=wanted.folder)
        # Whoever was told that they have access has taken it up.
        settle(session, "access", [project.id], {(caller.user, project.id)})
        first = projects.version(session, project.id, "v0")
        newest = projects.latest(session, project.id) or first
        return Begun(
            id=row.id,
            project=project.id,
            name=project.full_name,
            role=given,
            folder=row.folder,
            first=first.commit,
            commit=newest.commit,
            version=newest.number,
        )

    with centre.database.begin() as session:
        project, role = caller.project(session, *split_project(wanted.project))
        assert role is not None
        given = role.name
        return caller.once(session, wanted.model_dump(), Begun, make)


def delete_checkout(caller: Caller, centre: Centre, *, checkout: str) -> None:
    """Forget a checkout of the person; its files stay."""
    with centre.database.begin() as session:
        row = session.get(Row, checkout)
        if row is None or row.user != caller.user:
            raise NotFound("You have no such checkout.")
        caller.note(session, session.get(Project, row.project_id), checkout=row.id, forgotten=True)
        session.delete(row)
        session.flush()
        settle_conflicts(session, row.project_id)


def list_my_checkouts(caller: Caller, centre: Centre, *, after: str | None, limit: int) -> Page[Checkout]:
    """The person's checkouts, on all servers, as far as their projects may still be read."""
    with centre.database.read() as session:
        found = checkouts_of_user(session, caller.user, _begin(after), limit + 1)
        shown = [state for state in found[:limit] if role_of(session, state.project, caller.user) is not None]
    return _page(found, shown, limit)


def list_checkouts(
    caller: Caller, centre: Centre, *, owner: str, name: str, after: str | None, limit: int
) -> Page[Checkout]:
    """All checkouts of a project, and how fresh each is."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        found = checkouts_of_project(session, project.id, _begin(after), limit + 1)
    return _page(found, found[:limit], limit)


def _begin(after: str | None) -> str | None:
    begin = decode_cursor(after, str)
    return str(begin[0]) if begin else None


def _page(found: list[CheckoutFreshness], shown: list[CheckoutFreshness], limit: int) -> Page[Checkout]:
    following = encode_cursor(found[limit - 1].checkout.id) if len(found) > limit else None
    return Page(items=[_to_resource(state) for state in shown], next=following)


def _to_resource(state: CheckoutFreshness) -> Checkout:
    row = state.checkout
    return Checkout(
        id=row.id,
        project=state.project.full_name,
        user=row.user,
        server=row.server,
        folder=row.folder,
        version=state.version,
        behind=state.behind,
        seen=row.seen,
    )
