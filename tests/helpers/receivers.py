"""A receiver of webhooks on the loopback address, of which a test says how it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from standardwebhooks import Webhook as Verifier


class Received(NamedTuple):
    """One request.

    Attributes:
        path: of its address.
        headers: with names in small letters.
        body: as it came.
        connection: port that it came from.
    """

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int = 0

    @property
    def event(self) -> dict[str, Any]:
        """The event in it."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verified(self, secret: str) -> bool:
        """Whether a stock verifier accepts it; raises what that raises if not."""
        Verifier(secret).verify(self.body, self.headers)
        return True


#: Answers a request; gets the handler, of which it writes the answer.
Answers = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"", **headers: str) -> Answers:
    """Answers with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        with suppress(ConnectionError):
            handler.wfile.write(body)

    return answer


class Receiver:
    """Takes requests.

    Attributes:
        url: its address.
        received: all requests, the earliest first.
        answers: by path, how they are answered; else by 204.
        ended: set when the receiver goes away, for answers that take long.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.received: list[Received] = []
        self.answers: dict[str, Answers] = {}
        self.ended = threading.Event()

    def numbers(self, path: str = "/") -> list[int]:
        """The numbers of the versions that came in at a path."""
        return [one.event["data"]["new"]["number"] for one in self.received if one.path == path]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.received.append(Received(self.path, headers, body, self.client_address[1]))
            made.answers.get(self.path, says(204))(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
