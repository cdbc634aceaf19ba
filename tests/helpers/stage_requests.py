"""Requests of somebody on a stage to the API, and what they are refused with."""

from __future__ import annotations

from typing import Any

import httpx

from tests.helpers.access_fixture import Stage


def ask(stage: Stage, who: str, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """A request of somebody on the stage, or of the user of that name."""
    token = stage[who].token if who in stage.people else who
    return stage.api(token, method, path, headers, **more)


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error."""
    return answer.status_code, answer.json()["code"]


def transfer(stage: Stage, who: str, to: str, **more: Any) -> httpx.Response:
    """Give the project of a stage to another owner."""
    answer: httpx.Response = ask(stage, who, "PUT", f"/projects/{stage.full}/owner", json={"owner": to} | more)
    return answer


def accept(stage: Stage, who: str) -> httpx.Response:
    """Say yes to the newest that was offered to somebody."""
    found = ask(stage, who, "GET", "/offers").json()["items"][-1]["id"]
    answer: httpx.Response = ask(stage, who, "POST", f"/offers/{found}/accept", json={})
    return answer


def given(stage: Stage, who: str, to: str, **more: Any) -> httpx.Response:
    """Give the project of a stage to a user, who takes it; the answer is what `to` sees of it."""
    offered = transfer(stage, who, to, **more)
    if not offered.is_success:
        return offered
    taken = accept(stage, to)
    return taken if not taken.is_success else ask(stage, to, "GET", f"/projects/{taken.json()['name']}")
