"""Links for nbgitpuller, where it is not installed: what they lead to is fetched, kept up to date, and opened.

They go on working when a Hub has HubShare in the place of nbgitpuller. What somebody has changed stays: a file that was changed
both here and at the source waits for a pick, and nothing is renamed.
"""

from __future__ import annotations

import asyncio
import os
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import authenticated

from hubshare.errors import Forbidden, HubShareError, Invalid, NotFound
from hubshare_agents.jupyter.front_ends import door
from hubshare_agents.jupyter.plain_page import page
from hubshare_agents.jupyter.surroundings import is_owner
from hubshare_agents.socket.client import ask

#: The addresses that such links have had, the oldest too.
ROUTES = ("/git-pull", "/git-sync", "/interact")
_FORM = """<h1>Check this out?</h1>
<p><code>{link}</code></p>
<p>Its files come into a folder of this server. What you have changed there stays as it is.</p>
<form method="post">{xsrf}<button type="submit" autofocus>Check it out</button></form>"""


class PullLink(JupyterHandler):  # type: ignore[misc]
    """Fetches what a link names, or what is new there, and shows what it has the server show."""

    @authenticated
    async def get(self) -> None:
        """Ask, since looking at an address changes nothing; what is here already is shown after a look for what is new."""
        await self._answer(self._look)

    @authenticated
    async def post(self) -> None:
        """Fetch it, then show it."""
        await self._answer(self._fetch)

    async def _answer(self, act: Any) -> None:
        try:
            if not is_owner(self):
                raise Forbidden("This server is somebody else's: open the link on a server of your own.")
            if not self.get_argument("repo", ""):
                raise Invalid("The link names no repository: it needs repo=….")
            await act()
        except HubShareError as error:
            self.set_status(error.status)
            self._show(f"<h1>That did not work</h1><p>{escape(error.message)}</p>")

    async def _look(self) -> None:
        try:
            await self._get(only_known=True)
        except NotFound:
            self._show(_FORM.format(link=escape(self._link), xsrf=self.xsrf_form_html()))

    async def _fetch(self) -> None:
        await self._get(only_known=False)

    async def _get(self, only_known: bool) -> None:
        parent = str(self._top / os.environ.get("NBGITPULLER_PARENTPATH", ""))
        wanted = {"source": self._link, "parent": parent, "only_known": only_known}
        got = await asyncio.to_thread(ask, "get-link", wanted)
        inside = Path(got["folder"]).relative_to(self._top).as_posix()
        self.redirect(self._shown(inside, got["opens"], got["urlpath"]))

    def _shown(self, folder: str, opens: str, urlpath: str) -> str:
        """The address that shows what the link names.

        Args:
            folder: below the server's top.
            opens: a path in it, "" for none.
            urlpath: what the link has the server show, as it stands there; "" for nothing.
        """
        plain = urlsplit(urlpath)
        if urlpath and not plain.scheme and not plain.netloc and not urlpath.startswith(("/", "\\")):
            return f"{self.base_url}{urlpath}"
        wanted = self._top / folder / opens
        return f"{self.base_url}{door(self.serverapp, wanted)}/{quote(f'{folder}/{opens}'.strip('/'))}"

    @property
    def _link(self) -> str:
        return f"{self.request.protocol}://{self.request.host}{self.request.uri}"

    @property
    def _top(self) -> Path:
        return Path(self.serverapp.root_dir).absolute()

    def _show(self, inside: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page(inside))
