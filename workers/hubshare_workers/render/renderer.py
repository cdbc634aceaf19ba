"""The workers' side of rendering: starts the warm parent when it is needed, hands it jobs, says what came of them."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import IO, Any

from hubshare.rendering.requests import RenderRequest
from hubshare.rendering.results import RenderResult, failure
from hubshare_workers.render.sandbox import SandboxLimits

log = logging.getLogger(__name__)

#: How long the warm parent may take to start on a busy machine.
_START_SECONDS = 60
_TOO_LONG = "Showing this file took too long."
_TOO_MUCH = "Showing this file would take too much memory."


class _Gone(Exception):
    """The warm parent ended before it said what came of a job."""


class Renderer:
    """Renders in processes that may do nothing else; several threads may use it at once.

    Args:
        limits: of each rendering.
        idle: seconds without work after which the warm parent ends; the next job starts another.
        kinds: module with the functions, `RENDERERS` and `warm_up`.
    """

    def __init__(
        self, limits: SandboxLimits, idle: float = 300.0, kinds: str = "hubshare_workers.render.kinds"
    ) -> None:
        self._limits, self._idle, self._kinds = limits, idle, kinds
        self._lock = threading.Lock()
        self._closed = False
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="hubshare-render-")

    def render(self, wanted: RenderRequest, inputs: Sequence[bytes | Iterable[bytes]]) -> RenderResult:
        """What came of a request; a rendering that fails is a result as well.

        Args:
            wanted: kind and options.
            inputs: the contents of its blobs, or pieces of them.
        """
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            sizes = [sum(map(source.write, [one] if isinstance(one, bytes) else one)) for one in inputs]
            # Also writes what is in Python's buffer yet.
            source.seek(0)
            header = {
                "kind": wanted.kind,
                "options": wanted.options,
                "sizes": sizes,
                "limits": asdict(self._limits),
            }
            try:
                ended = self._run(header, source, target)
            except _Gone:
                # It was about to end for idleness, or was killed: another one gets a try.
                try:
                    ended = self._run(header, source, target)
                except _Gone:
                    return failure("broken", "This file could not be shown: the rendering process broke down.")
            return self._result(ended, target)

    def close(self) -> None:
        """End the warm parent, and with it what is rendered."""
        with self._lock:
            self._closed = True
            self._end()
            self._folder.cleanup()

    @property
    def pid(self) -> int | None:
        """The warm parent, while one runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _run(self, header: dict[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(self._limits.clock_seconds + _START_SECONDS)
            with theirs:
                files = [source.fileno(), target.fileno(), theirs.fileno()]
                process = self._send(json.dumps(header).encode(), files)
            try:
                raw = ours.recv(4096)
            except OSError:
                raw = b""
        if not raw:
            with self._lock:
                # Unless another thread has put a new one in its place.
                if self._process is process:
                    self._end()
            raise _Gone
        ended: dict[str, Any] = json.loads(raw)
        return ended

    def _send(self, raw: bytes, files: list[int]) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                raise _Gone
            if self._control is None or self.pid is None:
                self._start()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [raw], files)
            except OSError as error:
                self._end()
                raise _Gone from error
            return self._process

    def _start(self) -> None:
        self._end()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hubshare_workers.render.forker", self._kinds, str(self._idle)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=self._folder.name,
                env={},
                start_new_session=True,
            )
        self._control = ours
        log.info("rendering starts in process %d", self._process.pid)

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _result(self, ended: dict[str, Any], target: IO[bytes]) -> RenderResult:
        if ended["late"] or ended["cpu"] >= self._limits.seconds - 0.5:
            return failure("too-long", _TOO_LONG)
        if ended["status"] == 0:
            os.lseek(target.fileno(), 0, os.SEEK_SET)
            try:
                result = RenderResult.decode(target.read(self._limits.output_bytes + 1))
            except ValueError:
                return failure("broken", "This file could not be shown: its rendering is damaged.")
            if detail := result.meta.get("error", {}).pop("detail", None):
                log.warning("a rendering failed: %s", str(detail)[:500])
            return result
        log.warning("a rendering ended with status %d after %.1f s of CPU", ended["status"], ended["cpu"])
        if ended["status"] in (-9, -6):
            # Killed by the kernel for memory, or a library that aborts when it gets none.
            return failure("too-much-memory", _TOO_MUCH)
        return failure("broken", "This file could not be shown: the rendering process broke down over it.")
