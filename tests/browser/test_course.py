"""A whole course as pages: every notebook of it is shown."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from demo.course import write_course
from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers, shown
from tests.helpers.sample import ran


@pytest.fixture(scope="module")
def course(stack: LocalStack) -> Path:
    """Alice's course, shared with Bob; a real one where there is one."""
    folder = stack.home("alice") / "lectures"
    write_course(folder)
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    return folder


def test_every_notebook_of_a_course_is_shown(browsers: Browsers, stack: LocalStack, course: Path) -> None:
    bob = browsers("bob")
    cookies = {one["name"]: one["value"] for one in bob.context.cookies(stack.service_url)}
    paths = sorted(path.relative_to(course).as_posix() for path in course.rglob("*.ipynb"))
    assert len(paths) > 50
    wrong: dict[str, str] = {}
    with httpx.Client(base_url=stack.service_url, cookies=cookies, timeout=60, headers={"Accept": "text/html"}) as http:

        def look(path: str) -> None:
            def made() -> bool:
                answer = http.get(f"projects/alice/lectures/files/latest/{quote(path)}")
                assert answer.status_code == 200, f"{path}: {answer.status_code}"
                body = answer.text
                if 'id="rendered" class="hs-shown' not in body:
                    return False
                note = re.search(r'<div id="rendered" class="hs-shown"><p class="hs-note">([^<]+)', body)
                if note:
                    wrong[path] = note[1]
                return True

            wait_until(made, f"{path} is rendered", 60)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(look, paths))
    assert not wrong


def test_some_notebooks_of_a_course_in_a_browser(browsers: Browsers, course: Path) -> None:
    bob = browsers("bob")
    largest = sorted(course.rglob("*.ipynb"), key=lambda path: -path.stat().st_size)[:3]
    for path in largest:
        name = path.relative_to(course).as_posix()
        bob.go(f"projects/alice/lectures/files/latest/{quote(name)}")
        shown(bob)
        expect(bob.page.locator(".hs-cell").first).to_be_visible()
        bob.picture(f"course-{path.stem.lower().replace(' ', '-')[:40]}", whole=False)
