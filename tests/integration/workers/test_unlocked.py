"""Several workers publish to one project over a folder on which their locks do not reach each other: nothing gets lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import git, repository_of
from tests.helpers.git_client import GitUser, project_of, versions

pytestmark = pytest.mark.both_databases

WORKERS, PUSHES = 3, 25

#: A worker without locks; it prints what it was answered.
WORKER = """
import fcntl, json, os, sys
fcntl.flock = lambda *_: None
from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.errors import Unavailable
from hubshare.wire.agent import Push
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push
settings, project, checkout, user, commit, pushes = json.loads(sys.argv[1])
centre = Centre.open(CentreSettings.model_validate(settings))
for number in range(pushes):
    # It builds on what this checkout has pushed before.
    message = f"Edit\\n\\nHubShare-Checkout: {checkout}\\n"
    objects = snapshot(commit, {f"{user}.txt": b"%d" % number}, user, message)
    push = Push(project=project, checkout=checkout, commit=objects[-1].id)
    while True:
        try:
            outcome = apply_push(centre, user, push, packed(objects))
            break
        except Unavailable:
            continue
    print(json.dumps([outcome.status, outcome.commit, outcome.number, objects[-1].id]), flush=True)
    commit = objects[-1].id
"""


def test_what_was_answered_is_published_though_no_lock_holds(centre: TestCentre, tmp_path: Path) -> None:
    people = [f"unlocked{number}" for number in range(WORKERS)]
    owner = GitUser(tmp_path, centre, people[0])
    full = owner.create(**dict.fromkeys(people[1:], "writer"))
    project = project_of(centre, full)
    settings = {
        "data": str(centre.settings.data),
        "redis_url": centre.settings.redis_url.get_secret_value(),
        "database_url": centre.settings.database_url.get_secret_value(),
    }
    running = []
    for user in people:
        asking = GitUser(tmp_path, centre, user)
        checkout = asking.api("POST", "/checkouts", json={"project": full, "folder": "/x"}).json()["id"]
        told = json.dumps([settings, project.id, checkout, user, project.head, PUSHES])
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", WORKER, told], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
            )
        )
    said = [process.communicate(timeout=200)[0] for process in running]
    assert [process.returncode for process in running] == [0] * WORKERS
    answers = [json.loads(line) for one in said for line in one.splitlines()]
    assert len(answers) == WORKERS * PUSHES and {answer[0] for answer in answers} <= {"applied", "merged"}
    found = versions(centre, full)
    assert [version.number for version in found] == [*range(WORKERS * PUSHES, -1, -1)]
    assert {(commit, number) for _, commit, number, _ in answers} <= {(one.commit, one.number) for one in found}
    # A fetch puts the branch right, whoever wrote it last.
    clone = owner.clone(full)
    assert owner("rev-parse", "HEAD", cwd=clone) == found[0].commit
    assert {(clone / f"{user}.txt").read_text() for user in people} == {str(PUSHES - 1)}
    reachable = set(git(repository_of(centre, full), "rev-list", "main").decode().split())
    assert {snapshot for *_, snapshot in answers} <= reachable
    assert git(repository_of(centre, full), "fsck", "--strict", "--no-dangling") == b""
