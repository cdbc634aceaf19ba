"""Searches for jobs that admins have given a name: each for oneself, or for all admins of the Hub."""

from __future__ import annotations

from typing import NamedTuple

from hubshare.centre import Centre
from hubshare.errors import Clash, Invalid, NotFound, TooMany
from hubshare.operations.caller import Caller
from hubshare.operations.jobs import JobSearch
from hubshare.operations.ops import check_may_run
from hubshare.store import saved_searches
from hubshare.store.act_tables import SavedSearch

#: So many each admin may keep.
_MOST = 50


class Saved(NamedTuple):
    """A search with a name.

    Attributes:
        user: who has saved it.
        wanted: the fields of the search that say something, by name.
        shared: whether all admins see it.
    """

    id: int
    user: str
    name: str
    wanted: dict[str, str | int]
    shared: bool


def list_searches(caller: Caller, centre: Centre) -> list[Saved]:
    """One's own, and what others share, by name; nothing for whoever is no admin of the Hub."""
    if not caller.hub_admin:
        return []
    with centre.database.read() as session:
        rows = saved_searches.searches_for(session, caller.user)
    return [Saved(row.id, row.user, row.name, dict(row.wanted), row.shared) for row in rows]


def save_search(caller: Caller, centre: Centre, *, name: str, wanted: JobSearch, shared: bool) -> None:
    """Give a search a name; one of that name is replaced.

    Raises:
        Forbidden: for all but admins of the Hub.
        Invalid: it has no name.
        Clash: it says nothing: that is the whole list.
        TooMany: as many as one may keep are there.
    """
    check_may_run(caller)
    told = {field: value for field, value in vars(wanted).items() if value}
    if not (name := name.strip()):
        raise Invalid("A search that is saved needs a name.")
    if not told:
        raise Clash("This is the whole list: say first which jobs are to be shown.")
    with centre.database.begin("jobs") as session:
        earlier = saved_searches.find_search(session, caller.user, name)
        if earlier is not None:
            earlier.wanted, earlier.shared = told, shared
            return
        if saved_searches.count_searches(session, caller.user, _MOST) >= _MOST:
            raise TooMany(f"{_MOST} searches of yours are saved: delete one first.")
        session.add(SavedSearch(user=caller.user, name=name, wanted=told, shared=shared))


def delete_search(caller: Caller, centre: Centre, *, search: int) -> None:
    """Forget a search: one's own, or one that is shared.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none, or it is another admin's own.
    """
    check_may_run(caller)
    with centre.database.begin("jobs") as session:
        found = session.get(SavedSearch, search)
        if found is None or (found.user != caller.user and not found.shared):
            raise NotFound("There is no such search.")
        session.delete(found)
