"""The internet as far as tests need it: a web server on this machine, with git repositories and whatever a test puts there."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C"}


class Asked(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


#: Answers a request by itself.
Answer = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request to it."""

    protocol_version = "HTTP/1.1"
    internet: Internet
    body = b""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding") == "chunked":
            pieces = list[bytes]()
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            self.body = b"".join(pieces)
        sent = {name.lower(): value for name, value in self.headers.items()}
        self.internet.asked.append(Asked(self.command, self.path, sent, self.body))
        path = unquote(urlsplit(self.path).path)
        answer = self.internet.answers.get(self.path) or self.internet.answers.get(path)
        if answer is not None:
            answer(self)
        elif ".git/" in path:
            user = self._writer()
            if "git-receive-pack" in self.path and self.internet.writers and user is None:
                self.send(b"who are you?", 401, WWW_Authenticate='Basic realm="git"')
            else:
                self._git(path, user)
        else:
            self.send(b"nothing here", 404)

    do_POST = do_HEAD = do_GET

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with this."""
        self.send_response(status)
        headers = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        for name, value in ({"content-length": str(len(body))} | headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _writer(self) -> str | None:
        """Who this is, if it is one of those who may push."""
        kind, _, sent = self.headers.get("Authorization", "").partition(" ")
        user, _, secret = base64.b64decode(sent).decode().partition(":") if kind == "Basic" else ("", "", "")
        return user if user and self.internet.writers.get(user) == secret else None

    def _git(self, path: str, user: str | None = None) -> None:
        """Stock `git http-backend`, called as CGI."""
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.internet.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": urlsplit(self.path).query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(self.body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", "") if self.internet.newest_protocol else "",
            "REMOTE_ADDR": "127.0.0.1",
            # Whom it knows may push.
            **({"REMOTE_USER": user} if user else {}),
            **GIT,
        }
        done = subprocess.run(["git", "http-backend"], input=self.body, env=environment, capture_output=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        said = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(said.pop("Status", "200").split()[0])
        self.send(body, status, **{name.replace("-", "_"): value for name, value in said.items()})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Internet:
    """A web server.

    Args:
        folder: of its git repositories.

    Attributes:
        answers: path, with its query or without, to what answers there.
        asked: the requests that came.
        writers: those who may push, name to password; nobody may where there are none.
        newest_protocol: whether git speaks version 2 of its protocol.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.writers: dict[str, str] = {}
        self.newest_protocol = True
        visit = type("OwnVisit", (Visit,), {"internet": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), visit)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Internet]:
        """Start it; it ends with the block."""
        made = cls(folder)
        thread = threading.Thread(target=made._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made._server.shutdown()
            made._server.server_close()
            thread.join()

    def serve(self, path: str, body: bytes | str, status: int = 200, **headers: str) -> str:
        """Have something lie at a path; returns its address."""
        raw = body.encode() if isinstance(body, str) else body
        self.answers[path] = lambda visit: visit.send(raw, status, **headers)
        return self.url + path

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Have a path lead elsewhere."""
        return self.serve(path, b"", status, Location=to)

    def repository(self, name: str) -> Author:
        """A new git repository, `NAME.git`."""
        return Author(self.folder / f"{name}.git", f"{self.url}/{name}.git")


class Author:
    """Somebody who works in a git repository, without a folder of files.

    Attributes:
        path: of the bare repository.
        url: its address.
    """

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True, env=self._environment)

    @property
    def _environment(self) -> dict[str, str]:
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()}
        return {"PATH": os.environ["PATH"], **GIT, **who}

    def git(self, *args: str, given: bytes = b"") -> str:
        """Run git in it; returns what it says."""
        return self.git_raw(*args, given=given).decode().strip()

    def git_raw(self, *args: str, given: bytes = b"") -> bytes:
        """Run git in it; returns what it gives, byte for byte."""
        line = ["git", f"--git-dir={self.path}", *args]
        return subprocess.run(line, input=given, capture_output=True, check=True, env=self._environment).stdout

    def blob(self, content: bytes | str) -> str:
        """Write a content; returns its id."""
        raw = content.encode() if isinstance(content, str) else content
        return self.git("hash-object", "-w", "--stdin", given=raw)

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """Write a tree of (mode, name, id), whatever the names are; returns its id."""
        raw = b"".join(
            f"{mode.lstrip('0')} ".encode() + os.fsencode(name) + b"\0" + bytes.fromhex(item)
            for mode, name, item in entries
        )
        return self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)

    def commit_tree(self, tree: str, branch: str = "main", message: str = "work") -> str:
        """Commit a tree on a branch; returns the commit."""
        held = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        commit = self.git("commit-tree", tree, "-m", message, *(["-p", held] if held else []))
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def commit(self, files: dict[str, bytes | str], branch: str = "main", message: str = "work") -> str:
        """Commit just these files on a branch; returns the commit."""
        lines = [
            f"commit refs/heads/{branch}\ncommitter Una <una@example.org> 1700000000 +0000\ndata {len(message)}\n{message}\n"
        ]
        held = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        stream = "".join(lines).encode() + (f"from {held}\n".encode() if held else b"") + b"deleteall\n"
        for path, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            stream += f'M 100644 inline "{path}"\ndata {len(raw)}\n'.encode() + raw + b"\n"
        self.git("fast-import", "--quiet", "--force", given=stream)
        return self.git("rev-parse", f"refs/heads/{branch}")


_WHO = {"NAME": "Una", "EMAIL": "una@example.org", "DATE": "1700000000 +0000"}
