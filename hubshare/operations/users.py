"""Users whom the Hub calls otherwise, or has no more; for whoever runs the Hub, who has no role on what is theirs."""

from __future__ import annotations

import logging
from datetime import datetime
from secrets import token_hex

from hubshare.centre import Centre
from hubshare.errors import Clash, NotFound
from hubshare.names import check_user, is_set_aside, quoted, set_aside
from hubshare.store import namesakes, users
from hubshare.store.audit import Actor, record
from hubshare.store.mail import setting_of
from hubshare.store.server_shares import has_to_do_with_servers
from hubshare.store.users import Belongings

log = logging.getLogger(__name__)

#: Who acts, in the audit log.
_HUB = Actor("", "hub", "a user of that name came")
_ADMIN = Actor("", "hub", "command on the Hub's machine")


def claim_name(centre: Centre, *, user: str) -> None:
    """Let a user have the name that a team has, and former addresses of others, when the user comes later than these.

    Else whoever looks for the user's projects would be led to a stranger's.
    """
    with centre.database.read() as session:
        if not users.is_taken(session, user):
            return
    with centre.database.begin() as session:
        team, moved = users.claim_name(session, user)
        if team is not None:
            record(session, _HUB, "hub.claim-name", team, before=user, after=team.name)
    centre.access_changed(moved)


def part_from_former(centre: Centre, *, user: str, born: datetime) -> None:
    """Keep what a former user had from a new one whom the Hub has given the same name.

    It waits under a name that nobody can have, for an admin of the Hub: projects are given to somebody, or all of it back.

    Args:
        born: since when the Hub has the user who has the name.
    """
    with centre.database.read() as session:
        if namesakes.is_known(session, user, born):
            return
    aside = set_aside(user, token_hex(4))
    with centre.database.begin() as session:
        if not namesakes.note_user(session, user, born):
            return
        had = namesakes.put_aside(session, user, aside, born)
        record(session, _HUB, namesakes.PARTED, None, user=user, aside=aside)
        # Agents of a server that runs ask for new ones.
        ended = users.end_agents(session, user)
    for name in ended:
        centre.bus.close_session(user, name)
    centre.bus.forget_user(user)
    log.warning(
        "%s is another user of the Hub than before: what the former one had waits as %s. If it is the same person, give it "
        "back by `python -m hubshare.service.admin rename-user %s %s`, or to all by `keep-users`",
        *(user, aside, aside, user),
    )
    centre.access_changed(sorted({project.id for project in had.projects} | set(had.granted)))


def keep_users(centre: Centre) -> tuple[int, list[tuple[str, str]], list[str]]:
    """The Hub's database was made anew, and its users are the same people: each keeps what the name has.

    What was put aside for another one's sake by then is given back, unless there is something new under the name.

    Returns:
        How many names have something; whose was given back, each with the name under which it waited; and those names under
        which something still waits.
    """
    given, waits = list[tuple[str, str]](), list[str]()
    with centre.database.read() as session:
        parted = namesakes.parted(session)
    for user, aside in parted.items():
        try:
            rename_user(centre, old=aside, new=user)
            given.append((user, aside))
        except NotFound:
            continue
        except Clash:
            waits.append(aside)
    with centre.database.begin() as session:
        known = namesakes.keep_all(session)
        record(session, _ADMIN, "hub.keep-users", None, users=known)
    return known, given, waits


def rename_user(centre: Centre, *, old: str, new: str) -> Belongings:
    """Give all that a user has to the name that the Hub has now; former addresses of projects stay good.

    Raises:
        Clash: when somebody has something under the new name, or pushes of the user are still under way.
        NotFound: when nothing is known of the user.
    """
    check_user(new)
    _sign_out(centre, old)
    if centre.bus.outbox_length(old):
        raise Clash(
            f"Pushes of {old} are still to be answered, and nothing was changed: stop {old}'s servers, see that the "
            "workers run, and try again."
        )
    with centre.database.begin() as session:
        had = users.rename_user(session, old, new)
        if not had:
            raise NotFound(f"{quoted(old)} has neither projects nor roles nor teams nor checkouts: check the spelling.")
        if not is_set_aside(old):
            namesakes.move_name(session, old, new)
        record(session, _ADMIN, "hub.rename-user", None, before=old, after=new)
        session.flush()
        concerned = sorted({project.id for project in had.projects} | set(had.granted))
    centre.bus.forget_user(old)
    centre.access_changed(concerned)
    return had


def remove_user(centre: Centre, *, user: str) -> tuple[Belongings, str]:
    """Take away what a user was given, and put the user's own projects aside, for an admin of the Hub to take over.

    Returns:
        What the user had, and the name that owns the projects now. Whoever is called as the user was gets nothing.

    Raises:
        Clash: when a team would be left without a maintainer.
        NotFound: when nothing is known of the user.
    """
    aside = set_aside(user, token_hex(4))
    _sign_out(centre, user)
    with centre.database.begin() as session:
        else_known = has_to_do_with_servers(session, user) or setting_of(session, user) is not None
        else_known = else_known or users.has_webhooks(session, user)
        had = users.remove_user(session, user, aside)
        if not had and not else_known:
            raise NotFound(
                f"{quoted(user)} has neither projects nor roles nor teams nor checkouts: check the spelling."
            )
        record(session, _ADMIN, "hub.remove-user", None, user=user, aside=aside)
        session.flush()
        concerned = sorted({project.id for project in had.projects} | set(had.granted))
    centre.bus.forget_user(user)
    centre.access_changed(concerned)
    return had, aside


def _sign_out(centre: Centre, user: str) -> None:
    """End the sessions of a user's agents and browsers; agents of a server that runs ask for new ones."""
    with centre.database.begin("sessions") as session:
        for name in users.end_sessions(session, user):
            centre.bus.close_session(user, name)
