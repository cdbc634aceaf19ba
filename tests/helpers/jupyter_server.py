"""A Jupyter server in a home on the centre, in which people edit documents together, and those who type into them."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import urllib3

from hubshare.embedded.installation import free_port
from hubshare.testing.centre import wait_until
from tests.helpers.centre_fixture import Home

#: Where `make` puts the libraries of these extensions; apart, so that all other servers are without them.
LIBRARIES = Path(sys.executable).parent.parent / "collaboration"
#: The extensions of jupyter-collaboration and of jupyter-server-documents.
Extension = Literal["jupyter_server_ydoc", "jupyter_server_documents"]
_TOKEN = "secret"
_BY_HAND = (
    "--YDocExtension.document_save_delay=3600",
    "--YDocExtension.file_poll_interval=0",
    "--YRoomFileAPI.min_poll_interval=3600",
)


class JupyterServer:
    """A server with HubShare's extension, which starts the agent of the home.

    Args:
        home: whose; the server's top folder.
        extension: what people edit documents together with; None for a plain server.
        saves: whether the extension saves by itself, and looks for changes on disk.
        hub: whether a Hub with HubShare has started it.
        options: further ones of its command line.
    """

    def __init__(
        self,
        home: Home,
        extension: Extension | None,
        saves: bool = True,
        hub: bool = True,
        options: Sequence[str] = (),
    ) -> None:
        self.home, self._hub = home, hub
        self.log = home.home / "jupyter.log"
        self.url = f"http://127.0.0.1:{free_port()}/"
        wanted = {"hubshare_agents": True} | ({"jupyter_server_fileid": True, extension: True} if extension else {})
        self._environment = home.environment | {
            "PYTHONPATH": os.pathsep.join([str(LIBRARIES), str(Path.cwd())]),
            "JUPYTER_NO_CONFIG": "1",
        }
        if not hub:
            del self._environment["HUBSHARE_URL"], self._environment["JUPYTERHUB_API_TOKEN"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
                    f"--port={urllib3.util.parse_url(self.url).port}",
                    f"--IdentityProvider.token={_TOKEN}",
                    f"--ServerApp.root_dir={home.home}",
                    f"--ServerApp.jpserver_extensions={json.dumps(wanted).replace('true', 'True')}",
                    *([] if saves else _BY_HAND),
                    *options,
                ],
                env=self._environment,
                cwd=home.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> JupyterServer:
        try:
            started = self.home._connected if self._hub else self._answers
            wait_until(started, f"the server of {self.home.user} has started, and the agent", 60)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: builtins.type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answers(self) -> bool:
        try:
            return urllib3.request("GET", f"{self.url}api", headers=self.headers, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def close(self) -> None:
        """End it as a server would be ended by the Hub that hangs while it ends."""
        self.process.kill()
        self.process.wait(20)
        self.home.stop()

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends that may do everything here."""
        return {"Authorization": f"token {_TOKEN}"}

    @property
    def query(self) -> dict[str, str]:
        """What a browser follows to sign in."""
        return {"token": _TOKEN}

    def open(self, path: str) -> Typist:
        """Open a document, as a browser would."""
        return Typist(self.url, path, self._environment)


class Typist:
    """Somebody who has a document open.

    Args:
        url: of the server.
        path: of the file, below the server's top folder.
    """

    def __init__(self, url: str, path: str, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.typist", url, _TOKEN, path],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == {"open": True}

    def begin_typing(self, key: str, times: int, every: float = 0.1, cell: int | None = None) -> None:
        """Begin to press a key again and again, at the end of the text or of a cell; `read` waits for the end."""
        self._say({"type": key, "times": times, "every": every, "cell": cell})

    def type(self, key: str, times: int = 1, cell: int | None = None) -> Any:
        """Press a key again and again; return the document's content then."""
        self.begin_typing(key, times, 0.0, cell)
        return self._answer()

    def typed(self) -> Any:
        """Wait until what was begun has been typed; return the document's content."""
        return self._answer()

    def erase(self, characters: int) -> Any:
        """Take the last characters of the text away; return the document's content then."""
        self._say({"erase": characters})
        return self._answer()

    def read(self) -> Any:
        """Return the document's content."""
        self._say({"read": True})
        return self._answer()

    def close(self) -> None:
        """Close the document."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def __enter__(self) -> Typist:
        return self

    def __exit__(
        self, kind: builtins.type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _say(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())
