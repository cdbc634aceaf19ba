"""People who use stock git over HTTP, and projects for them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx
from sqlalchemy import select

from hubshare.store import projects
from hubshare.store.models import AuditEntry, Project, Version
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import write


class GitUser:
    """Somebody with a home, stock git, and a token.

    Args:
        folder: where the home is made.
        centre: which the person pushes to.
        user: the Hub user; also the token. "" for somebody without one.
    """

    def __init__(self, folder: Path, centre: TestCentre, user: str) -> None:
        self.user, self.centre = user, centre
        self.home = folder / f"{user or 'nobody'}-{new_id()[:6]}"
        self.home.mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": f"{user} at home",
            "GIT_AUTHOR_EMAIL": "me@example.org",
            "GIT_COMMITTER_NAME": "Me",
            "GIT_COMMITTER_EMAIL": "me@example.org",
            "LC_ALL": "C",
        }
        (self.home / ".gitconfig").write_text("[init]\ndefaultBranch = main\n[pull]\nrebase = false\n")

    def url(self, project: str) -> str:
        """The address of a project, with the token in it as git takes it."""
        person = f"whoever:{quote(self.user, safe='')}@" if self.user else ""
        return self.centre.url.replace("://", f"://{person}") + f"git/{project}.git"

    def run(self, *args: str, cwd: Path | None = None, given: bytes | None = None) -> subprocess.CompletedProcess[str]:
        """Run git; no prompt, no configuration but its own."""
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.home, env=self.environment, capture_output=True, input=given, timeout=120
        )
        texts = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, *texts)

    def begin(self, *args: str, cwd: Path) -> subprocess.Popen[str]:
        """Begin to run git."""
        return subprocess.Popen(
            ["git", *args], cwd=cwd, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __call__(self, *args: str, cwd: Path | None = None, given: bytes | None = None) -> str:
        """What git prints; it must not fail."""
        done = self.run(*args, cwd=cwd, given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def fault(self, *args: str, cwd: Path | None = None) -> str:
        """What git says when it must fail."""
        done = self.run(*args, cwd=cwd)
        assert done.returncode != 0, f"it passed: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stderr

    def clone(self, project: str, *args: str) -> Path:
        """A clone in a new folder."""
        made = self.home / new_id()[:8]
        self("clone", "-q", *args, self.url(project), str(made))
        return made

    def commit(self, folder: Path, files: dict[str, bytes | str], message: str = "Edit") -> str:
        """Write files and commit them; the id of the commit."""
        write(folder, files)
        self("add", "-A", cwd=folder)
        self("commit", "-q", "-m", message, cwd=folder)
        return self("rev-parse", "HEAD", cwd=folder)

    def api(self, method: str, path: str, **more: object) -> httpx.Response:
        """A request to the API."""
        headers = {"Authorization": f"token {self.user}"}
        answer = httpx.request(method, f"{self.centre.url}api/v1{path}", headers=headers, **more)  # type: ignore[arg-type]
        assert answer.is_success, answer.text
        return answer

    def create(self, name: str = "", visibility: str = "private", **grants: str) -> str:
        """A new project of this person; its full name."""
        name = name or f"p{new_id()[:8]}"
        self.api("POST", "/projects", json={"name": name, "visibility": visibility, "grants": grants})
        return f"{self.user}/{name}"


def project_of(centre: TestCentre, full: str) -> Project:
    """A project's row."""
    with centre.centre.database.read() as session:
        found = projects.find(session, full)
        assert found is not None
        return found


def versions(centre: TestCentre, full: str) -> list[Version]:
    """The versions of a project, the newest first."""
    with centre.centre.database.read() as session:
        return projects.history(session, project_of(centre, full).id, None, 100)


def audit(centre: TestCentre, full: str) -> list[AuditEntry]:
    """What the audit log says of a project."""
    with centre.centre.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.project_id == project_of(centre, full).id)))


def person(olga: GitUser, user: str) -> GitUser:
    """Somebody else beside olga."""
    return GitUser(olga.home.parent, olga.centre, user)


def tip(olga: GitUser, project: str) -> str:
    """What is published."""
    return olga.centre.centre.repositories.open(project_of(olga.centre, project).id).main


def quarantined(olga: GitUser) -> list[Path]:
    """What waits in quarantine, of anybody."""
    folder = olga.centre.settings.quarantine
    return list(folder.iterdir()) if folder.exists() else []
