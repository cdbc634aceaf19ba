"""Imports over the internet of the tests, and what lies in the repository afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hubshare.config import CentreSettings
from hubshare.features.imports.fetching import import_source
from hubshare.features.imports.links import Link, read_link
from hubshare.features.imports.providers.interface import Fetched, Version
from hubshare.git.objects import walk_tree
from hubshare.git.repository import Repository
from hubshare.sealed import Credential
from hubshare.sync.trees import LINK
from tests.helpers.internet import GIT, Internet


class Importer:
    """Somebody who imports.

    Args:
        folder: of the data.

    Attributes:
        into: the repository that all goes into.
        last: what came of the last import.
    """

    def __init__(self, folder: Path, internet: Internet, **settings: Any) -> None:
        sites = (
            "https://doi.org",
            "https://api.figshare.com",
            "https://api.osf.io",
            "https://gist.github.com",
            "https://github.com",
        )
        mirrors = {site: f"{internet.url}/{site.partition('//')[2]}" for site in sites}
        given: dict[str, Any] = {
            "fetch_allowed_networks": "127.0.0.1/32",
            "fetch_mirrors": mirrors,
            "fetch_idle_seconds": 2,
        } | settings
        self.settings = CentreSettings(data=folder / "data", **given)
        self.into = Repository.create(folder / "data/sources/one.git", "import", 1, "begin")
        self.last: Fetched | None = None

    def take(
        self,
        link: Link | str,
        *,
        history: bool = False,
        known: Version | None = None,
        parent: str = "",
        credential: Credential | None = None,
        progress: Callable[[str, int, int], None] = lambda what, done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
        **more: Any,
    ) -> Fetched | None:
        """Import what a link asks for."""
        self.last = import_source(
            read_link(link) if isinstance(link, str) else link,
            self.into,
            known=known,
            parent=parent,
            history=history,
            person="alice",
            credential=credential,
            settings=self.settings,
            progress=progress,
            cancelled=cancelled,
            **more,
        )
        # What was fetched is looked at by the repository as anybody else opens it.
        assert not list(self.settings.quarantine.iterdir()), "nothing is left in the quarantine"
        return self.last

    def files(self, link: Link | str, **more: Any) -> dict[str, str]:
        """Import; returns path to content, of links with an arrow in front."""
        fetched = self.take(link, **more)
        assert fetched is not None
        return self.content(fetched.commit)

    def content(self, commit: str) -> dict[str, str]:
        """Path to content of a commit; the repository is sound."""
        fresh = Repository(self.into.path)
        try:
            found = dict(walk_tree(fresh.tree, fresh.commit(commit).tree))
            read = {path: fresh.read(entry.id).data.decode(errors="replace") for path, entry in found.items()}
        finally:
            fresh.close()
        self.check(commit)
        return {path: f"-> {text}" if found[path].mode == LINK else text for path, text in read.items()}

    def check(self, commit: str) -> None:
        """Git calls nothing in the repository broken, and nothing that the commit leads to is missing."""
        git = ["git", f"--git-dir={self.into.path}"]
        done = subprocess.run([*git, "fsck", "--strict", "--no-dangling"], env=GIT, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
        subprocess.run([*git, "rev-list", "--objects", commit], env=GIT, capture_output=True, check=True)
