"""Trees of any make, pushed on a stage through the agent's door and through git's."""

from __future__ import annotations

import re

from hubshare.git import pktline
from hubshare.wire.agent import Push
from tests.helpers.access_fixture import Stage
from tests.helpers.access_template import FILES
from tests.helpers.centre_fixture import git, sound
from tests.helpers.forge import Content
from tests.helpers.pushing import apply_push

#: Files that run, or are read, when a copy of a project lies on a disk.
Tree = dict[str | bytes, Content]


def through_the_agent(stage: Stage, files: Tree) -> str:
    """Push as an agent does; the code of the refusal, or ""."""
    who = stage["writer"].user
    commit, pack = stage.snapshot(who, files)
    push = Push(project=stage.id, checkout=stage.checkouts[who], commit=commit)
    outcome = apply_push(stage.centre.centre, who, push, pack)
    # Made up names are no less refused than bad trees; nothing of either is kept.
    return outcome.code


def through_git(stage: Stage, files: Tree) -> str:
    """Push as git does; the reason of the refusal, or ""."""
    commit, pack = stage.snapshot("anybody", files)
    head = f"{stage.commit} {commit} refs/heads/main\0report-status".encode()
    answer = stage.api.git(
        stage["writer"].token,
        "POST",
        f"{stage.full}.git/git-receive-pack",
        content=pktline.line(head) + pktline.FLUSH + pack,
        headers={"Content-Type": "application/x-git-receive-pack-request"},
    )
    assert answer.status_code == 200, answer.text
    found = re.search(r"ng refs/heads/main (.+)", answer.text)
    assert found or "ok refs/heads/main" in answer.text
    return found[1] if found else ""


def refused_everywhere(stage: Stage, files: Tree) -> None:
    """A tree is refused at both doors, and nothing of it is published."""
    before = git(stage.repository(), "rev-parse", "main")
    assert through_the_agent(stage, FILES | files) in ("bad-pack", "bad-path")
    assert through_git(stage, FILES | files)
    assert git(stage.repository(), "rev-parse", "main") == before
    sound(stage.repository())
