"""Links for nbgitpuller, at a server that has it and at one with HubShare in its place: the same files, the same opened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

import httpx
import pytest

from hubshare.embedded.installation import free_port
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home
from tests.helpers.internet import GIT, Internet
from tests.helpers.jupyter_server import JupyterServer

#: Where `make` puts nbgitpuller, apart from all servers that have HubShare in its place.
_LIBRARY = Path(sys.executable).parent.parent / "nbgitpuller"
_BEFORE: dict[str, bytes | str] = {"one.ipynb": "{}", "notes/a.txt": "1\n", "notes/gone.txt": "1\n", "ä b.md": "# A\n"}
_AFTER: dict[str, bytes | str] = {
    "one.ipynb": '{"cells": []}',
    "notes/a.txt": "2\n",
    "ä b.md": "# A\n",
    "new/b.txt": "1\n",
}
#: Ways to show a path, which depend on what a server has.
_SHOWN = re.compile(r"/?(lab/tree|notebooks|tree|edit|lab)(/|$)")

#: A link by what it shows of the documented parameters: the route, what the repository's address ends with, and the parameters.
#: `NAME` stands for the name of the repository.
LINKS: dict[str, tuple[str, str, dict[str, str]]] = {
    "repo": ("git-pull", ".git", {}),
    "repo with a slash at its end": ("git-pull", ".git/", {}),
    "branch": ("git-pull", ".git", {"branch": "other"}),
    "a tag as the branch": ("git-pull", ".git", {"branch": "v1"}),
    "urlpath of JupyterLab": ("git-pull", ".git", {"urlpath": "lab/tree/NAME.git/one.ipynb"}),
    "urlpath of the classic interface": ("git-pull", ".git", {"urlpath": "tree/NAME.git/notes"}),
    "urlpath with encoded parts": ("git-pull", ".git", {"urlpath": "lab/tree/NAME.git/%C3%A4%20b.md"}),
    "urlPath, as it was spelled before": ("git-pull", ".git", {"urlPath": "tree/NAME.git/one.ipynb"}),
    "subpath": ("git-pull", ".git", {"subpath": "one.ipynb"}),
    "subPath and app": ("git-pull", ".git", {"subPath": "notes", "app": "lab"}),
    "targetpath": ("git-pull", ".git", {"targetpath": "courses/NAME", "urlpath": "lab/tree/courses/NAME/one.ipynb"}),
    "targetPath, as it was spelled before": ("git-pull", ".git", {"targetPath": "NAME-here", "subPath": "one.ipynb"}),
    "depth": ("git-pull", ".git", {"depth": "1"}),
    "all of the history": ("git-pull", ".git", {"depth": "0"}),
    "the oldest route": ("git-sync", ".git", {"subPath": "notes/a.txt"}),
}


class Puller:
    """A server with nbgitpuller, and a browser at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._port = free_port()
        self.browser = httpx.Client(
            base_url=f"http://127.0.0.1:{self._port}/", timeout=60, headers={"Authorization": "token t"}
        )
        home = folder.with_name("home-of-nbgitpuller")
        home.mkdir()
        self._log = (folder.parent / "nbgitpuller.log").open("wb")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
                *(f"--port={self._port}", "--IdentityProvider.token=t", f"--ServerApp.root_dir={folder}"),
                "--ServerApp.jpserver_extensions={'nbgitpuller': True}",
            ],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "PYTHONPATH": str(_LIBRARY),
                "JUPYTER_NO_CONFIG": "1",
                **GIT,
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=folder,
        )

    def answers(self) -> bool:
        try:
            return self.browser.get("api").status_code == 200
        except httpx.TransportError:
            return False

    def press(self, route: str, query: dict[str, str]) -> str:
        """Follow a link as its page does; returns the path that is shown then."""
        page = self.browser.get(route, params=query, follow_redirects=True)
        said = {name: unquote(value) for name, value in re.findall(r'data-([\w-]+)="([^"]*)"', page.text)}
        wanted = {name: said[name] for name in ("repo", "branch", "depth", "targetpath") if name in said}
        answer = self.browser.get(f"git-pull/api?{urlencode(wanted)}")
        assert '"phase": "finished"' in answer.text, answer.text
        return said["path"]

    def close(self) -> None:
        self.browser.close()
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


@pytest.fixture(scope="module")
def puller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Puller]:
    made = Puller(tmp_path_factory.mktemp("oracle") / "top")
    try:
        wait_until(made.answers, "the server with nbgitpuller answers", 60)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def server(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with JupyterServer(Home(tmp_path_factory.mktemp("p") / "quinn", "quinn", centre.url), None) as made:
        yield made


def press(server: JupyterServer, route: str, query: dict[str, str]) -> str:
    """Follow a link where HubShare takes it, and say yes where it asks; returns the path that is shown then."""
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as browser:
        answer = browser.get(route, params=query)
        if answer.status_code == 200:
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
            answer = browser.post(route, params=query, data=fields)
        assert answer.status_code == 302, answer.text
        return urlsplit(answer.headers["location"]).path


def held(folder: Path) -> dict[str, bytes]:
    """The files below a folder that are not of git or hidden."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not re.search(r"(^|/)\.", name)}


def opened(path: str) -> str:
    """What a path shows, without by what it is shown."""
    return _SHOWN.sub("", unquote(path), count=1).removesuffix("/.").strip("/")


@pytest.mark.parametrize("link", LINKS)
def test_a_link_does_what_nbgitpuller_does(
    puller: Puller, server: JupyterServer, internet: Internet, link: str
) -> None:
    name = f"n{list(LINKS).index(link)}"
    route, end, given = LINKS[link]
    author = internet.repository(name)
    for branch in ("main", "other"):
        author.commit(_BEFORE | {"branch.txt": branch}, branch=branch)
    author.git("tag", "v1", "other")
    query = {key: value.replace("NAME", name) for key, value in given.items()}
    query = {"repo": f"{internet.url}/{name}{end}"} | query
    at = Path(query.get("targetpath") or query.get("targetPath") or f"{name}.git")
    # It fails by itself when a link to a tag is followed again.
    for _ in range(1 if query.get("branch") == "v1" else 2):
        wanted, found = puller.press(route, query), press(server, route, query)
        assert opened(found) == opened(wanted)
        assert held(server.home.home / at) == held(puller.folder / at) != {}
        for branch in ("main", "other"):
            author.commit(_AFTER | {"branch.txt": branch}, branch=branch)


def test_the_links_are_those_of_the_documentation() -> None:
    """Each parameter that nbgitpuller's own code reads is in a link here, but one that keeps what HubShare never overwrites."""
    code = (_LIBRARY / "nbgitpuller" / "handlers.py").read_text()
    read = set(re.findall(r"get_argument\('(\w+)'", code)) - {"account", "path", "backup"}
    assert read == {"repo"} | {name for _, _, given in LINKS.values() for name in given}
