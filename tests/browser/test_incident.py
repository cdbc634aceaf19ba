"""An incident as an admin of the Hub sees it: workers stand still, work piles up, the page says why; they go on, it drains,
and what died for good on the way is retried all at once.
"""

from __future__ import annotations

import re
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from playwright.sync_api import expect

from demo.hub_config import ADMIN
from demo.stack import LocalStack
from hubshare.client import Client
from hubshare.jobs.journal import PASSING
from hubshare.secret_file import load_or_create_secret
from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers, Person

#: Edits that wait while nobody works.
EDITS = 5


def test_workers_stand_still_and_go_on(browsers: Browsers, stack: LocalStack) -> None:
    token = {"Authorization": f"token {stack.token('alice')}"}
    admin = browsers()
    admin.sign_in(ADMIN, load_or_create_secret(stack.data, "admin-password"))
    admin.go("ops?range=day")
    page = admin.page
    state, waiting = page.locator("#ops .alert").first, page.locator("#ops li", has_text="Waiting jobs")
    expect(state).to_have_text(re.compile("Sharing is healthy"))
    workers = stack.processes("workers")
    assert workers
    with (
        httpx.Client(base_url=f"{stack.service_url}api/v1/", headers=token, timeout=120) as service,
        ThreadPoolExecutor(EDITS) as pool,
        Client(stack.service_url, stack.token(ADMIN)) as boss,
    ):

        def change(number: int) -> int:
            # A service that does not hear in time says so, and the edit is made all the same.
            return service.post("projects/alice/incident/changes", json={"write": {f"{number}.txt": "x"}}).status_code

        project = (
            service.post("projects", json={"name": "incident", "visibility": "hub"}).raise_for_status().json()["id"]
        )
        # What can wait is held back, so that edits are served first.
        boss.pause_jobs("kind:index", "edits first")
        for one in workers:
            one.send_signal(signal.SIGSTOP)
        try:
            expect(page.locator("#ops")).to_contain_text("No worker begins jobs: none is running.", timeout=40_000)
            expect(state).to_have_text(re.compile("Sharing is not healthy"))
            ready = service.get(f"{stack.service_url}health/ready")
            assert (ready.status_code, ready.json()["workers"]) == (503, "none is running")
            edits = [pool.submit(change, number) for number in range(EDITS)]
            expect(waiting).to_have_text(re.compile(rf"^\s*Waiting jobs\s*{EDITS},"))
            admin.picture("incident", whole=False)
            waiting.get_by_role("link").click()
            expect(page.get_by_role("row", name=re.compile("^apply"))).to_contain_text(f"alice ({EDITS})")
        finally:
            for one in workers:
                one.send_signal(signal.SIGCONT)
        expect(page.get_by_role("row", name=re.compile("^apply"))).not_to_contain_text("alice")
        page.go_back()
        assert page.url.endswith("ops?range=day"), "what was looked at lies in the address"
        expect(state).to_have_text(re.compile("Sharing is healthy"), timeout=40_000)
        assert {edit.result(60) for edit in edits} <= {200, 503}
        assert service.get("projects/alice/incident").json()["version"] == EDITS
        lose_the_disk(stack, boss, project)
    retry_all(admin)


def lose_the_disk(stack: LocalStack, boss: Client, project: str) -> None:
    """Let what was held back go on, by workers that were started anew, while the disk with the project is away: it dies."""
    wanted: dict[str, Any] = {"kind": "index", "project": "alice/incident"}
    wait_until(lambda: [*boss.all_jobs(state="queued", **wanted)], "the index waits")
    [repository] = (stack.data / "repositories").glob(f"*/{project}.git")
    away = repository.with_suffix(".away")
    shutil.move(repository, away)
    try:
        for one in stack.processes("workers"):
            one.kill()
        boss.resume_jobs("kind:index")
        wait_until(lambda: [*boss.all_jobs(state="failed", **wanted)], "jobs have died", 60)
        wait_until(lambda: all(job.state not in PASSING for job in boss.all_jobs(**wanted)), "all of them", 60)
    finally:
        shutil.move(away, repository)


def retry_all(admin: Person) -> None:
    """Retry all jobs that have died, from the page that lists them."""
    page = admin.page
    admin.go("ops/jobs?state=failed&kind=index&project=alice/incident")
    page.get_by_role("button", name="Retry …").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^Retry \d+ jobs?\?$"))
    many = heading.inner_text().removesuffix("?")
    admin.picture("retry-all", whole=False)
    page.get_by_role("button", name=many).click()
    expect(page.locator("#act .hs-badge")).to_have_text("done", timeout=40_000)
    expect(page.locator("#act dd").nth(1)).to_have_text(many.split()[1])
    admin.go("projects/alice/incident")
    expect(page.locator("#project-files")).not_to_contain_text("Loading", timeout=40_000)
    expect(page.locator("#project-files")).to_contain_text("0.txt")
    admin.go("ops")
    expect(page.locator("#history-tables")).to_contain_text("Fanned out to all who follow")
    admin.picture("stages")
