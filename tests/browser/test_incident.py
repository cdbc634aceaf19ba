"""An incident as an admin of the Hub sees it: workers stand still, work piles up, the page says why; they go on, it drains."""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
from playwright.sync_api import expect

from demo.hub_config import ADMIN
from demo.stack import LocalStack
from hubshare.secret_file import load_or_create_secret
from tests.helpers.browsers import Browsers

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
    ):

        def change(number: int) -> int:
            # A service that does not hear in time says so, and the edit is made all the same.
            return service.post("projects/alice/incident/changes", json={"write": {f"{number}.txt": "x"}}).status_code

        service.post("projects", json={"name": "incident"}).raise_for_status()
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
