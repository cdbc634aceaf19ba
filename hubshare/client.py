"""The HTTP client of the service's API, used by the agent and the command line; small, so that an idle agent is small."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

import urllib3

from hubshare.errors import Unavailable, from_code
from hubshare.names import split_project

_PIECE = 8 * 1024 * 1024

#: Told of (bytes done, bytes in all) while something large is on its way.
Progress = Callable[[int, int], None]


class Client:
    """Calls the API as the owner of a Hub token. Safe to use from several threads.

    Args:
        url: address of the service, ending in its prefix.
        token: a token of the Hub.

    Every call raises the error of the error tree that the service answered with, or `Unavailable`.
    """

    def __init__(self, url: str, token: str) -> None:
        self._base = url.rstrip("/") + "/api/v1"
        self._pool = urllib3.PoolManager(
            maxsize=4,
            headers={"Authorization": f"token {token}"},
            timeout=urllib3.Timeout(connect=5, read=60),
            retries=urllib3.Retry(connect=2, read=0, redirect=0, status=0, backoff_factor=0.1),
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def open_session(self, server: str) -> dict[str, Any]:
        """Trade the token for Redis credentials."""
        found: dict[str, Any] = self._json("POST", "/agent/session", {"server": server})
        return found

    def projects(self) -> list[dict[str, Any]]:
        """The projects that the token's owner may read."""
        found: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            page = self._json("GET", f"/projects?limit=500{after}")
            found += page["items"]
            after = f"&after={page['next']}" if page["next"] else None
        return found

    def project(self, full: str) -> dict[str, Any]:
        """One project, named owner/name."""
        found: dict[str, Any] = self._json("GET", _project(full))
        return found

    def create_project(self, name: str, visibility: str, grants: dict[str, str]) -> dict[str, Any]:
        """Make a project."""
        found: dict[str, Any] = self._json(
            "POST", "/projects", {"name": name, "visibility": visibility, "grants": grants}
        )
        return found

    def grant(self, full: str, user: str, role: str) -> None:
        """Give a user a role."""
        self._json("PUT", f"{_project(full)}/grants/{quote(user, safe='')}", {"role": role})

    def revoke(self, full: str, user: str) -> None:
        """Take a user's role away."""
        self._json("DELETE", f"{_project(full)}/grants/{quote(user, safe='')}")

    def create_checkout(self, full: str, server: str, folder: str) -> dict[str, Any]:
        """Register a folder as a checkout."""
        found: dict[str, Any] = self._json("POST", "/checkouts", {"project": full, "server": server, "folder": folder})
        return found

    def delete_checkout(self, checkout: str) -> None:
        """Forget a checkout."""
        self._json("DELETE", f"/checkouts/{checkout}")

    def versions(self, full: str, limit: int) -> list[dict[str, Any]]:
        """Published versions, the newest first."""
        found: list[dict[str, Any]] = self._json("GET", f"{_project(full)}/commits?limit={limit}")["items"]
        return found

    def entry(self, full: str, path: str, version: str | None) -> dict[str, Any]:
        """Mode and id of what lies at a path of a version."""
        found: dict[str, Any] = self._json("GET", f"{_project(full)}/entry?{_at(path, version)}")
        return found

    def file(self, full: str, path: str, version: str | None) -> bytes:
        """A file's content at a version."""
        with self._call("GET", f"{_project(full)}/file?{_at(path, version)}") as answer:
            return answer.read()

    def download_update(self, project: str, have: str, want: str, target: BinaryIO, progress: Progress) -> None:
        """Fetch the pack that brings a checkout from one commit to another."""
        self._download("GET", f"/packs/{project}/{have}/{want}", None, target, progress)

    def download_contents(
        self, project: str, commit: str, paths: list[str], target: BinaryIO, progress: Progress
    ) -> None:
        """Fetch a pack of the contents at some paths of a published commit."""
        self._download("POST", f"/packs/{project}", {"commit": commit, "paths": paths}, target, progress)

    def upload(self, name: str, source: Path, progress: Progress) -> None:
        """Bring a file to the centre, going on where an earlier try broke off."""
        total = source.stat().st_size
        done = int(self._json("GET", f"/uploads/{name}")["size"])
        with source.open("rb") as file:
            while done < total:
                file.seek(done)
                with self._call("PATCH", f"/uploads/{name}?offset={done}", body=file.read(_PIECE)) as answer:
                    done = int(json.loads(answer.read())["size"])
                progress(done, total)
        self._json("POST", f"/uploads/{name}/finish")

    def _download(self, method: str, path: str, body: Any, target: BinaryIO, progress: Progress) -> None:
        with self._call(method, path, json_body=body) as answer:
            total, done = int(answer.headers.get("content-length", 0)), 0
            try:
                for piece in answer.stream(256 * 1024):
                    target.write(piece)
                    done += len(piece)
                    progress(done, total)
            except urllib3.exceptions.HTTPError as error:
                raise Unavailable(f"The download broke off ({error}): it is tried again.") from None
        target.flush()

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        with self._call(method, path, json_body=body) as answer:
            raw = answer.read()
            return json.loads(raw) if raw else None

    def _call(
        self, method: str, path: str, *, json_body: Any = None, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        headers = dict(self._pool.headers)
        if json_body is not None:
            body, headers["Content-Type"] = json.dumps(json_body).encode(), "application/json"
        try:
            answer = self._pool.request(method, self._base + path, body=body, headers=headers, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(
                f"HubShare does not answer at {self._base}: {_cause(error)}. Try again in a moment."
            ) from None
        if answer.status < 300:
            return answer
        with answer:
            raw = answer.read(65_536)
        try:
            found = json.loads(raw)
            raise from_code(found["code"], found["detail"])
        except (ValueError, KeyError, TypeError):
            raise Unavailable(
                f"HubShare does not answer as it should (status {answer.status}): try again in a moment."
            ) from None


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error).rpartition(": ")[2]


def _project(full: str) -> str:
    owner, name = split_project(full)
    return f"/projects/{quote(owner, safe='')}/{quote(name, safe='')}"


def _at(path: str, version: str | None) -> str:
    return urlencode({"path": path, **({"version": version} if version else {})}, quote_via=quote)
