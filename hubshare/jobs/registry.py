"""All jobs. A new one is an entry here, and the function that it names. At shutdown one that may finish has 10 s.

| job            | tries again      | waits between   | time limit | at shutdown | when it is dead             |
|----------------|------------------|-----------------|------------|-------------|-----------------------------|
| `apply_event`  | 11 times (3 min) | 0.5 s to 30 s   | 10 min     | may finish  | the pusher is told why      |
| `apply_git`    | 11 times (3 min) | 0.5 s to 30 s   | 10 min     | may finish  | the pusher is told why      |
| `edit`         | 11 times (3 min) | 0.5 s to 30 s   | 10 min     | may finish  | who asked for it is told    |
| `upload`       | 11 times (3 min) | 0.5 s to 30 s   | 10 min     | may finish  | who asked for it is told    |
| `pull_origin`  | 11 times (3 min) | 0.5 s to 30 s   | 10 min     | may finish  | who asked for it is told    |
| `render`       | 2 times          | 1 s to 10 s     | 10 min     | may finish  | logged; the page asks again |
| `index`        | 3 times          | 1 s to 1 min    | 1 h        | interrupted | logged; next round does it  |
| `act_on_jobs`  | 11 times (3 min) | 0.5 s to 30 s   | 1 h        | interrupted | the act has failed          |
| `housekeeping` | 3 times          | 1 min to 10 min | 1 h        | interrupted | logged; next round does it  |
"""

from __future__ import annotations

from typing import Any

from hubshare.jobs.job import Job
from hubshare.jobs.payloads import (
    ActOnJobs,
    Edit,
    FileUpload,
    GitPush,
    Nothing,
    OriginPull,
    OutboxEntry,
    ProjectToIndex,
    Render,
)

APPLY_QUEUE, GIT_QUEUE, RENDER_QUEUE, INDEX_QUEUE, HOUSEKEEPING_QUEUE = (
    "apply",
    "git",
    "render",
    "index",
    "housekeeping",
)

#: How many jobs of a queue a worker process takes at a time, where that is less than the setting: neither people who look at
#: files nor large pushes by git must hold up the saves of others. Each has a thread besides those of the setting. Beside
#: housekeeping, which may take long, what an admin has asked for goes on.
AT_ONCE = {RENDER_QUEUE: 2, GIT_QUEUE: 2, INDEX_QUEUE: 1, HOUSEKEEPING_QUEUE: 2}

APPLY = Job(
    "apply_event",
    APPLY_QUEUE,
    OutboxEntry,
    run="hubshare_workers.publish.jobs:apply_event",
    give_up="hubshare_workers.publish.jobs:give_up_event",
    ended="hubshare_workers.publish.ends:end_of_event",
    key=":".join,
    busy="the push is kept and will be tried again",
)
APPLY_GIT = Job(
    "apply_git",
    GIT_QUEUE,
    GitPush,
    run="hubshare_workers.publish.jobs:apply_git",
    give_up="hubshare_workers.publish.jobs:give_up_git",
    ended="hubshare_workers.publish.ends:end_of_publication",
    key=lambda push: push.id,
    person=lambda push: push.user,
    busy="push again in a moment",
)
EDIT = Job(
    "edit",
    APPLY_QUEUE,
    Edit,
    run="hubshare_workers.publish.jobs:edit",
    give_up="hubshare_workers.publish.jobs:give_up_edit",
    ended="hubshare_workers.publish.ends:end_of_publication",
    key=lambda wanted: wanted.id,
    person=lambda wanted: wanted.user,
    revivable=True,
)
#: With what git brings: all of this may be large.
UPLOAD = Job(
    "upload",
    GIT_QUEUE,
    FileUpload,
    run="hubshare_workers.publish.jobs:upload",
    give_up="hubshare_workers.publish.jobs:give_up_upload",
    ended="hubshare_workers.publish.ends:end_of_publication",
    key=lambda wanted: wanted.id,
    person=lambda wanted: wanted.user,
)
PULL_ORIGIN = Job(
    "pull_origin",
    GIT_QUEUE,
    OriginPull,
    run="hubshare_workers.publish.jobs:pull_origin",
    give_up="hubshare_workers.publish.jobs:give_up_pull",
    ended="hubshare_workers.publish.ends:end_of_publication",
    key=lambda wanted: wanted.id,
    person=lambda wanted: wanted.user,
    revivable=True,
)
RENDER = Job(
    "render",
    RENDER_QUEUE,
    Render,
    run="hubshare_workers.render.job:render",
    ended="hubshare_workers.render.job:end_of_rendering",
    key=lambda wanted: f"{wanted.project}:{wanted.wanted.key}",
    busy="look again in a moment",
    max_retries=2,
    min_backoff=1000,
    max_backoff=10_000,
    revivable=True,
)
INDEX = Job(
    "index",
    INDEX_QUEUE,
    ProjectToIndex,
    run="hubshare_workers.maintenance.change_index:index",
    ended="hubshare_workers.maintenance.change_index:end_of_index",
    key=lambda changed: f"{changed.project}:{changed.version}",
    max_retries=3,
    min_backoff=1000,
    max_backoff=60_000,
    time_limit=3_600_000,
    notify_shutdown=True,
    revivable=True,
)
HOUSEKEEPING = Job(
    "housekeeping",
    HOUSEKEEPING_QUEUE,
    Nothing,
    run="hubshare_workers.maintenance.housekeeping:housekeeping",
    key=lambda _: "all",
    max_retries=3,
    min_backoff=60_000,
    max_backoff=600_000,
    time_limit=3_600_000,
    notify_shutdown=True,
    revivable=True,
)

ACT_ON_JOBS = Job(
    "act_on_jobs",
    HOUSEKEEPING_QUEUE,
    ActOnJobs,
    run="hubshare_workers.maintenance.job_acts:act_on_jobs",
    give_up="hubshare_workers.maintenance.job_acts:give_up_act",
    ended="hubshare_workers.maintenance.job_acts:end_of_act",
    key=lambda wanted: wanted.act,
    person=lambda wanted: wanted.user,
    busy="the act begins as soon as the queue answers",
    time_limit=3_600_000,
    notify_shutdown=True,
)

#: What changes a project, as the journal calls it: each is to become a version.
CHANGES = ("push", APPLY_GIT.name, EDIT.name, UPLOAD.name, PULL_ORIGIN.name)
#: Those of HubShare itself; features have their own.
JOBS: tuple[Job[Any], ...] = (APPLY, APPLY_GIT, EDIT, UPLOAD, PULL_ORIGIN, RENDER, INDEX, ACT_ON_JOBS, HOUSEKEEPING)
