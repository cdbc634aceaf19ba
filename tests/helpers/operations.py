"""Asking the part of the API that is for those who run the Hub."""

from __future__ import annotations

from typing import Any

import httpx

from hubshare.testing.centre import TestCentre

#: Token of an admin of the Hub.
ADMIN = "root+hubadmin"


def ask(centre: TestCentre, who: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"token {who}"}
    return httpx.request(method, f"{centre.url}api/v1/ops/{path}", headers=headers, timeout=30, **more)
