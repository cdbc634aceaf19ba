"""Pushes to git's door that are made by hand, as git would not make them."""

from __future__ import annotations

import httpx

from hubshare.git.objects import Object
from hubshare.git.pktline import FLUSH, line
from tests.helpers.forge import snapshot
from tests.helpers.git_client import GitUser, tip


def push(olga: GitUser, project: str, *commands: str, pack: bytes = b"", capabilities: str = "report-status") -> bytes:
    """The answer to a push that was made by hand."""
    first, *rest = commands
    lines = [f"{first}\0{capabilities}", *rest]
    answer = httpx.post(
        f"{olga.centre.url}git/{project}.git/git-receive-pack",
        content=b"".join(line(text.encode()) for text in lines) + FLUSH + pack,
        headers={"Authorization": "token olga", "Content-Type": "application/x-git-receive-pack-request"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def edit(olga: GitUser, project: str, text: str) -> tuple[str, str, list[Object]]:
    """Where main is, where a new commit would bring it, and its objects."""
    old = tip(olga, project)
    objects = snapshot(old, {"a.txt": text.encode()}, "somebody")
    return old, objects[-1].id, objects
