"""A wire between a client and the service that can be cut: answers get lost, streams break off, the service is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

_OWN = ("connection", "transfer-encoding", "content-length", "date", "server")


class Seen(NamedTuple):
    """One request that came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    status: int


class Wire:
    """Passes requests on to a service.

    Attributes:
        url: where it listens, with the path of the service.
        faults: what is to happen to the next requests, in order: `drop` carries the request out and loses the answer, `cut`
            loses all but the first bytes of its body, `503` and `429` answer so without carrying it out, `html` answers with a
            page of somebody else; `` does nothing to it.
        seen: the requests that came, the oldest first.
        begun: how many streams have said their first words.
    """

    def __init__(self, url: str) -> None:
        self.faults: list[str] = []
        self.seen: list[Seen] = []
        self.begun = 0
        self._cut = threading.Event()
        parts, wire = urlsplit(url), self
        service = f"{parts.scheme}://{parts.netloc}"

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fault = wire.faults.pop(0) if wire.faults else ""
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", *_OWN)}
                if fault in ("503", "429", "html"):
                    wire._note(self, int(fault) if fault != "html" else 502)
                    return self._say(fault)
                with httpx.stream(self.command, service + self.path, headers=headers, content=body, timeout=30) as got:
                    wire._note(self, got.status_code)
                    if fault == "drop":
                        got.read()
                        self.close_connection = True
                        return None
                    self.send_response(got.status_code)
                    for name, value in got.headers.items():
                        if name.lower() not in _OWN or name.lower() == "content-length":
                            self.send_header(name, value)
                    self.send_header("Connection", "close")
                    self.close_connection = True
                    if got.status_code == 204:
                        return self.end_headers()
                    if "content-length" in got.headers:
                        self.end_headers()
                        self.wfile.write(got.read()[: 10 if fault == "cut" else None])
                        return None
                    return self._go_on(got, fault == "cut")

            def _go_on(self, got: httpx.Response, cut: bool) -> None:
                """Pass a stream on until the wire is cut."""
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                wire._cut.clear()
                for number, piece in enumerate(got.iter_raw()):
                    if cut or wire._cut.is_set():
                        return
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.flush()
                    wire.begun += number == 0
                self.wfile.write(b"0\r\n\r\n")

            def _say(self, fault: str) -> None:
                self.send_response(502 if fault == "html" else int(fault))
                self.send_header("Retry-After", "0" if fault == "503" else "60")
                problem = b'{"code": "%s", "detail": "Not now."}'
                code = {"503": b"unavailable", "429": b"too-many"}.get(fault, b"")
                content = b"<html>Bad gateway</html>" if fault == "html" else problem % code
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{parts.path}"

    def cut(self) -> None:
        """Cut the streams that are open, at the next thing that they say."""
        self._cut.set()

    def _note(self, request: BaseHTTPRequestHandler, status: int) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.command, request.path, headers, status))

    @contextmanager
    def running(self) -> Iterator[Wire]:
        """Listen for as long as the block lasts."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(10)
