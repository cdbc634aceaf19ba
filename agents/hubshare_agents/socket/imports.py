"""Projects that come from the internet."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hubshare.client import Client, calls
from hubshare.errors import Cancelled, Clash, HubShareError, Invalid, NotFound, Unavailable
from hubshare.wire.api.imports import Import, SourceLink
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.imports import GetLink, GotLink, Imported, ImportSource
from hubshare.wire.socket.sharing import Checkout
from hubshare.wire.socket.syncing import Pulled
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import requests
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.home import in_home
from hubshare_agents.socket import sharing
from hubshare_agents.socket.handler import Handler, ServiceCall
from hubshare_agents.socket.locate import folder_of

#: How long until it is asked again how far a fetch is: soon at first, since most are small; in seconds.
_ASK_FIRST, _ASK_LAST = 0.1, 2.0


async def import_source(agent: Agent, args: ImportSource, progress: Progress) -> Imported:
    link = await asyncio.to_thread(agent.client.read_link, args.source)
    folder = args.folder or link.target or (args.as_ or "").rpartition("/")[2] or link.name
    # Where it cannot lie is said before anything is fetched.
    with agent.registry.taking(folder_of(args, folder), programs=args.programs):
        made = await asyncio.to_thread(_begin, agent.client, args)
    fetched = await _first_fetch(agent.client, made, progress)
    wanted = Checkout(
        cwd=args.cwd,
        project=made.name,
        folder=args.folder or fetched.target or None,
        auto=args.auto,
        programs=args.programs,
    )
    got = await sharing.checkout(agent, wanted, progress)
    return Imported(
        **got.model_dump(),
        address=fetched.address,
        label=fetched.label,
        left_out=fetched.left_out,
        follow=fetched.follow,
        opens=fetched.opens,
        urlpath=fetched.urlpath,
    )


def _begin(client: Client, args: ImportSource) -> Project:
    owner, slash, name = (args.as_ or "").rpartition("/")
    return client.import_project(
        args.source,
        name or None,
        args.visibility,
        owner=owner if slash else None,
        follow=args.follow,
        history=args.history,
        user=args.user,
        secret=args.secret,
    )


async def get_link(agent: Agent, args: GetLink, progress: Progress) -> GotLink:
    link = await asyncio.to_thread(agent.client.read_link, args.source)
    parent = folder_of(args, args.parent)
    root = (parent / (link.target or link.name)).resolve()
    if not root.is_relative_to(parent):
        raise Invalid(f"{in_home(root)} lies outside of {in_home(parent)}: the link names no folder in it.")
    loop = next((one for one in agent.loops.values() if one.checkout.disk.root == root), None)
    if loop is None and args.only_known:
        raise NotFound(f"{in_home(root)} is no checkout yet.")
    if loop is None:
        project, pulled = await _get(agent, args, link, root, progress)
    else:
        project = loop.checkout.state.name
        if not await _leads_to(agent, link, project):
            raise Clash(
                f"{in_home(root)} is a checkout of {project}, which comes from elsewhere than {link.address}, or from another "
                "branch or version of it: rename the folder, or name another one in the link."
            )
        await asyncio.to_thread(agent.client.fetch_import, project, True)
        await wait_for_fetch(agent.client, project, progress)
        pulled = await requests.pull(loop, progress)
    return GotLink(
        project=project, folder=str(root), opens=link.opens, urlpath=link.urlpath, conflicts=pulled.conflicts
    )


async def _get(agent: Agent, args: GetLink, link: SourceLink, root: Path, progress: Progress) -> tuple[str, Pulled]:
    """Fetch what a link leads to into a new folder; a project of one's own that comes from there is taken again."""
    name = f"{agent.link.user}/{link.name}"
    try:
        made = await asyncio.to_thread(agent.client.import_project, args.source)
    except Clash:
        if not await _leads_to(agent, link, name):
            raise
        await asyncio.to_thread(agent.client.fetch_import, name, True)
        await wait_for_fetch(agent.client, name, progress)
    else:
        await _first_fetch(agent.client, made, progress)
    return name, await sharing.checkout(agent, Checkout(cwd=args.cwd, project=name, folder=str(root)), progress)


async def _leads_to(agent: Agent, link: SourceLink, project: str) -> bool:
    """Return whether a project comes from what a link leads to."""
    if (await asyncio.to_thread(agent.client.origin, project)).address != link.address:
        return False
    found = await asyncio.to_thread(agent.client.get_import, project)
    if found.ref == link.ref:
        return True
    # One of them names the branch that the other one gets unasked.
    return "" in (found.ref, link.ref) and (found.ref or link.ref) == found.label.partition(" at ")[0]


async def _first_fetch(client: Client, made: Project, progress: Progress) -> Import:
    """Wait for what a project was begun for; one that gets nothing goes to the trash, so that a mended link has its name.

    Raises:
        HubShareError: why there is nothing.
    """
    failed = ""
    try:
        found = await _end_of_fetch(client, made.name, progress)
        if found.state == "done":
            return found
        failed = found.message
        raise _in_words(found, made.name)
    except HubShareError as error:
        if not (failed or isinstance(error, Cancelled)) or not await asyncio.to_thread(_put_away, client, made):
            raise
        gone = f"{failed or error.message} The project {made.name}, in which nothing ever was, is in the trash."
        raise (Cancelled if isinstance(error, Cancelled) else HubShareError)(gone) from None


def _put_away(client: Client, made: Project) -> bool:
    """Put a project into the trash, unless there is anything in it; whether it is there now."""
    try:
        found = client.project(made.name)
        if found.id != made.id or found.version:
            return False
        client.delete_project(made.name, match=found.revision)
    except HubShareError:
        return False
    return True


async def wait_for_fetch(client: Client, project: str, progress: Progress) -> Import:
    """Wait until what is fetched for a project has been taken; a person who stops waiting stops it.

    Raises:
        HubShareError: why it was not.
    """
    found = await _end_of_fetch(client, project, progress)
    if found.state != "done":
        raise _in_words(found, project)
    return found


def _in_words(found: Import, project: str) -> HubShareError:
    """Why nothing came of a fetch, and what to do next."""
    if found.state == "cancelled":
        return Cancelled(f"Fetching {found.address} for {project} was cancelled.")
    if found.label:
        return HubShareError(f"{found.message} {project} stays as it is; `hubshare origin {project}` tries again.")
    return HubShareError(
        f"{found.message} The project {project} is there: its page, or `hubshare origin {project}`, tries again, "
        f"`hubshare delete {project}` removes it."
    )


async def _end_of_fetch(client: Client, project: str, progress: Progress) -> Import:
    pause = _ASK_FIRST
    while True:
        try:
            found = await asyncio.to_thread(client.get_import, project)
        except Unavailable:
            # It goes on without the service, which is started anew for example.
            found = None
        if found is not None and found.state not in ("queued", "running"):
            return found
        try:
            progress("fetch", found.done if found else 0, found.total if found else 0)
        except Cancelled:
            await asyncio.to_thread(client.cancel_import, project)
            raise Cancelled("The fetch was cancelled.") from None
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _ASK_LAST)


HANDLERS: dict[str, Handler] = {
    "get-link": get_link,
    "import": import_source,
    "import-status": ServiceCall(calls.imports.get_import),
    "import-cancel": ServiceCall(calls.imports.cancel_import),
    "import-change": ServiceCall(calls.imports.change_import),
}
