"""Fetching what a link asks for into a repository. The workers alone do it."""

from __future__ import annotations

from collections.abc import Callable

from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard
from hubshare_workers.fetch.importing import Import

from hubshare.config import CentreSettings
from hubshare.features.imports.links import Link
from hubshare.features.imports.providers.interface import Fetched, Version
from hubshare.features.imports.providers.registry import provider_for
from hubshare.features.imports.sources import address_of
from hubshare.git.repository import Repository
from hubshare.sealed import Credential


def import_source(
    link: Link,
    into: Repository,
    *,
    known: Version | None,
    parent: str,
    history: bool,
    person: str,
    credential: Credential | None,
    settings: CentreSettings,
    progress: Callable[[str, int, int], None],
    cancelled: Callable[[], bool],
    guard: Guard | None = None,
    room: int | None = None,
) -> Fetched | None:
    """Fetch what a link asks for, unless it is known already.

    Afterwards the repository holds, durably, a commit whose tree is what was asked for: the commit of the source with all that
    led to it, where its history is wanted and can be held; else one that is made here.

    Args:
        into: a bare repository of ours.
        known: the version that was fetched last.
        parent: a commit in the repository that was fetched before; "" for none. Where the history is wanted, it is the parent
            of one that is made here.
        history: whether the history of a git repository is wanted.
        person: who has it fetched: what came of a download that broke off is kept for them, within bounds, for a day.
        credential: goes to the host that the link names, alone.
        progress: is told what is done, how much of it, and of how much (0 if that is not known).
        cancelled: whether nobody wants it any more.
        guard: what may be reached; by the settings if not given.
        room: bytes that may be fetched, where that is less than by the settings.

    Returns:
        None when the version is the one that is known.

    Raises:
        HubShareError: in words for the person; nothing is in the repository then that anything refers to.
    """
    most = settings.fetch_max_bytes if room is None else min(room, settings.fetch_max_bytes)
    budget = Budget(settings.fetch_seconds, most, settings.fetch_idle_seconds, cancelled, progress)
    provider = provider_for(link)
    home = address_of(link.source)
    with Import.into(
        into, settings, budget, guard or Guard(settings), person, credential, home, parent, history
    ) as work:
        version = provider.resolve(link, work)
        if known is not None and version.id == known.id:
            return None
        provider.fetch(link, version, work, work)
        commit = work.deliver(version.label)
        # Of a part that is not to be had now this version is not known: it is fetched again at the next look.
        taken = version._replace(id=f"{version.id} in part") if work.left_out.again else version
        return Fetched(commit, taken, work.left_out.told, work.reaches)
