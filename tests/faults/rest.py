"""Bringing everything to rest after the faults, and what has to be true then."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.faults.ledger import marks_below, marks_in_history
from tests.faults.person import Person, ask
from tests.faults.stack import PEOPLE, Stack
from tests.helpers.centre_fixture import Home, Refused, content, git

#: How long all may take to come to rest, and how long nothing may be sent then, in seconds.
REST_SECONDS, SILENT_SECONDS = 240.0, 3.0
_WINDOWS = 4


def come_to_rest(stack: Stack, owner: str, folders: dict[str, list[Path]], projects: Iterable[str]) -> list[str]:
    """Let everybody write, sync by itself, and wait until nothing moves any more; return what does not come to rest.

    Args:
        owner: of the projects.
        folders: by person, the checkouts.
        projects: owner/name.
    """
    end = time.monotonic() + REST_SECONDS
    left = ["nothing was looked at"]
    while left and time.monotonic() < end:
        left = []
        for project in projects:
            for user in PEOPLE:
                if user != owner:
                    left += _tried(stack.homes[owner], "grant", project=project, who=user, role="writer")
        for user, mine in folders.items():
            for folder in mine:
                left += _tried(stack.homes[user], "auto", folder=str(folder), on=True)
                left += _settle(stack.homes[user], folder)
        if left:
            print(f"  not at rest: {left[0]}", flush=True)
            threading.Event().wait(0.5)
    return left


def _settle(home: Home, folder: Path) -> list[str]:
    """Say what a person would who is asked, and return what of a checkout is not at rest."""
    try:
        found = ask(home, "status", folder=str(folder))
    except (Refused, OSError) as error:
        return [f"{folder}: {error!r}"]
    if found["question"] == "push" or found["refused"]:
        return [
            f"{folder}: {found['paused'] or found['refused']}",
            *_tried(home, "push", folder=str(folder), confirm=True),
        ]
    if found["question"] == "pull":
        return [f"{folder}: {found['paused']}", *_tried(home, "pull", folder=str(folder), confirm=True)]
    met = [one["path"] for one in found["conflicts"]]
    # What is in the way of a conflict waits for the pick.
    apart = {key: [one for one in found[key] if not _apart(one["path"], met)] for key in ("outgoing", "incoming")}
    waits = {key: found[key] for key in ("pushing", "paused", "offline", "lost") if found[key]}
    waits |= {key: left for key, left in apart.items() if left}
    return [f"{folder}: {waits}"] if waits else []


def _tried(home: Home, command: str, **args: Any) -> list[str]:
    try:
        ask(home, command, **args)
    except (Refused, OSError) as error:
        return [f"{home.user}: {command}: {error!r}"]
    return []


def violations(
    stack: Stack, people: list[Person], folders: dict[str, list[Path]], projects: Iterable[str]
) -> list[str]:
    """Return what is not as it always has to be, once all is at rest."""
    return [
        *_not_silent(stack),
        *(line for repository in stack.repositories() for line in _damage(repository)),
        *_lost(stack, people),
        *(line for project in projects for line in _differences(stack, folders, project)),
    ]


def _not_silent(stack: Stack) -> list[str]:
    """A checkout may tell once which version it holds, and now and then ask for it; nobody goes on sending."""
    for _ in range(_WINDOWS):
        before = stack.last_sent()
        threading.Event().wait(SILENT_SECONDS)
        after = stack.last_sent()
        if before == after:
            return []
    senders = [key.decode() for key in after if after[key] != before.get(key)]
    return [f"messages are sent while nothing changes: {', '.join(senders)}"]


def _damage(repository: Path) -> list[str]:
    command = ["git", "-c", "safe.directory=*", "fsck", "--strict", "--full", "--no-progress", "--no-dangling"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip()
    return [f"git fsck of {repository}: {said or done.returncode}"] if said or done.returncode else []


def _lost(stack: Stack, people: list[Person]) -> list[str]:
    history: set[bytes] = set()
    for repository in stack.repositories():
        history |= marks_in_history(repository)
    found = set(history)
    for home in stack.homes.values():
        found |= marks_below(home.home)
    lost = []
    for person in people:
        user = person.home.user
        lost += [
            f"{user}'s {mark.decode()} was acknowledged and is in no history"
            for mark in sorted(person.ledger.acknowledged - history)
        ]
        lost += [
            f"{user}'s {mark.decode()} in {path} is nowhere"
            for mark, path in person.ledger.alive().items()
            if mark not in found
        ]
    return lost


def _differences(stack: Stack, folders: dict[str, list[Path]], project: str) -> list[str]:
    """Return where a checkout is other than what is published, apart from its conflicts and what it names."""
    published = _published(stack, project)
    different = []
    for user, mine in folders.items():
        for folder in mine:
            found = ask(stack.homes[user], "status", folder=str(folder))
            if found["project"] != project:
                continue
            apart = [*(one["path"] for one in found["conflicts"]), *found["held"], *found["unshared"]]
            here = content(folder)
            for path in sorted(here.keys() | published.keys()):
                if here.get(path) != published.get(path) and not _apart(path, apart):
                    different.append(
                        f"{user} has {here.get(path, b'nothing')[:60]!r} at {path} of {project}, published is "
                        f"{published.get(path, b'nothing')[:60]!r}"
                    )
    return different


def _apart(path: str, apart: list[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") or one.startswith(f"{path}/") for one in apart)


def _published(stack: Stack, project: str) -> dict[str, bytes]:
    from hubshare.store.projects import find

    centre = stack.centre()
    try:
        with centre.database.read() as session:
            found = find(session, project)
            assert found is not None
            repository = centre.repositories.path(found.id)
    finally:
        centre.database.close()
    listed = [line for line in git(repository, "ls-tree", "-r", "-z", "main").split(b"\0") if line]
    entries = {}
    for line in listed:
        about, _, path = line.partition(b"\t")
        mode, _, name = about.split()
        blob = git(repository, "cat-file", "blob", name.decode())
        entries[path.decode()] = b"-> " + blob if mode == b"120000" else blob
    return entries
