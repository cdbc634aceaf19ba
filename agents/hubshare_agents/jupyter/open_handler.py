"""Opens a project, or a file of one, from a link of the pages: what is not on this server yet is checked out first.

The link goes through the Hub's `user-redirect`, which starts the server where none runs. Where the panel is there it asks in
JupyterLab, once; else a plain page does.
"""

from __future__ import annotations

import asyncio
import os
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import authenticated

from hubshare.errors import Forbidden, HubShareError, Invalid
from hubshare.names import check_path, split_project
from hubshare_agents.checkout.program_folders import check_no_programs
from hubshare_agents.jupyter.front_ends import door, has_panel
from hubshare_agents.jupyter.plain_page import page
from hubshare_agents.jupyter.surroundings import is_owner
from hubshare_agents.socket.client import ask

_FORM = """<h1>Check out {project}?</h1>
<p>Its files come into the folder <code>{folder}</code> of this server.</p>
<form method="post">{xsrf}<input type="hidden" name="project" value="{project}">
<input type="hidden" name="file" value="{file}">
<button type="submit" autofocus>Check out</button></form>"""


def _runs(path: Path) -> bool:
    """Whether programs are run from a folder: a link is no place to allow that."""
    try:
        check_no_programs(path.resolve(), Path.home().resolve(), os.environ)
    except Invalid:
        return True
    return False


def _asking(project: str, file: str) -> str:
    """What the address of JupyterLab holds so that the panel opens a project, or a file of it."""
    return urlencode({"hubshare": f"?{urlencode({'project': project, 'file': file})}" if file else project})


class OpenProject(JupyterHandler):  # type: ignore[misc]
    """The way from a project's page into its folder."""

    @authenticated
    async def get(self) -> None:
        """Go to the folder, or ask whether there is to be one: looking at an address changes nothing."""
        await self._answer(self._look)

    @authenticated
    async def post(self) -> None:
        """Check the project out, then go to its folder."""
        await self._answer(self._check_out)

    async def _answer(self, act: Any) -> None:
        try:
            if not is_owner(self):
                raise Forbidden("This server is somebody else's: open the project on a server of your own.")
            file = self.get_argument("file", "")
            await act("/".join(split_project(self.get_argument("project", ""))), check_path(file) if file else "")
        except HubShareError as error:
            self.set_status(error.status)
            self._show(f"<h1>That did not work</h1><p>{escape(error.message)}</p>")

    async def _look(self, project: str, file: str) -> None:
        folder = await self._folder(project)
        if folder is not None:
            self._go(project, folder, file)
        elif has_panel(self.serverapp):
            self.redirect(f"{self.base_url}lab?{_asking(project, file)}")
        else:
            self._show(
                _FORM.format(
                    project=escape(project),
                    file=escape(file),
                    folder=escape(str(self._free(project))),
                    xsrf=self.xsrf_form_html(),
                )
            )

    async def _check_out(self, project: str, file: str) -> None:
        folder = await self._folder(project)
        if folder is None:
            wanted = {"project": project, "folder": str(self._free(project))}
            made = await asyncio.to_thread(ask, "checkout", wanted)
            folder = Path(made["folder"])
        self._go(project, folder, file)

    async def _folder(self, project: str) -> Path | None:
        """Where this server has the project already."""
        known = await asyncio.to_thread(ask, "list", {"limit": 1})
        return next((Path(one["folder"]) for one in known["checkouts"] if one["project"] == project), None)

    def _free(self, project: str) -> Path:
        """A folder that is not there yet, called like the project, and from which no programs are run."""
        owner, name = split_project(project)
        names = [name, f"{name}-of-{owner}", *(f"{name}-{number}" for number in range(2, 100))]
        return next(path for path in map(self._top.joinpath, names) if not path.exists() and not _runs(path))

    @property
    def _top(self) -> Path:
        return Path(self.serverapp.root_dir).absolute()

    def _go(self, project: str, folder: Path, file: str) -> None:
        wanted, missing = folder / file, ""
        if not wanted.exists():
            # It is not in the newest version, or not here yet.
            wanted, missing = folder, file
        try:
            inside = wanted.relative_to(self._top)
        except ValueError:
            self._show(
                f"<h1>You have it</h1><p>It is in <code>{escape(str(folder))}</code>, outside of what JupyterLab shows.</p>"
            )
            return
        # JupyterLab goes to a folder and does not show it where something else was shown last.
        # The panel does, and says what is missing.
        shown = f"?{_asking(project, missing)}" if wanted.is_dir() and has_panel(self.serverapp) else ""
        self.redirect(f"{self.base_url}{door(self.serverapp, wanted)}/{quote(str(inside))}{shown}")

    def _show(self, inside: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page(inside))
