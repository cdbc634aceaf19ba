"""A whole centre without a Hub: real Redis, real workers, the real service; only the Hub's word on tokens is made up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType

import uvicorn
from fastapi import FastAPI

from hubshare import jobs
from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.errors import Forbidden, HubShareError, NotFound, NotSignedIn
from hubshare.names import is_service
from hubshare.operations.caller import Person
from hubshare.operations.hub_servers import SharedAtHub
from hubshare.operations.hub_tokens import TokenAtHub
from hubshare.service.app import make_app
from hubshare.service.connections import PunctualProtocol
from hubshare.service.web.hub_api import AboutToken
from hubshare.store.access.actions import Scope

PREFIX = "/services/hubshare/"


class StaticServers:
    """Shared servers of a made-up Hub: the token of a user may share servers of that user alone, as a real one's.

    Attributes:
        shares: who may use which server: owner, name of the server, user.
        running: the servers that run: owner and name.
        fault: what is raised in place of any answer.
    """

    def __init__(self) -> None:
        self.shares: set[tuple[str, str, str]] = set()
        self.running: set[tuple[str, str]] = set()
        self.fault: HubShareError | None = None

    async def shared_with(self, user: str) -> list[SharedAtHub]:
        return [one for one in self._all() if one.user == user]

    async def shares_of(self, owner: str) -> list[SharedAtHub]:
        return [one for one in self._all() if one.owner == owner]

    async def end(self, owner: str, server: str, user: str) -> bool:
        if self.fault is not None:
            raise self.fault
        there = (owner, server, user) in self.shares
        self.shares.discard((owner, server, user))
        return there

    async def share(self, token: str, owner: str, server: str, user: str) -> None:
        if self.fault is not None:
            raise self.fault
        if token != owner:
            raise NotSignedIn("You have signed in without the right to share your server: sign in again.")
        self.shares.add((owner, server, user))

    def _all(self) -> list[SharedAtHub]:
        if self.fault is not None:
            raise self.fault
        return [
            SharedAtHub(owner, server, user, None, f"/user/{owner}/{server}", (owner, server) in self.running)
            for owner, server, user in sorted(self.shares)
        ]


class StaticHubTokens:
    """Tokens at a made-up Hub.

    Attributes:
        of: user to tokens.
        fault: what is raised in place of any answer.
    """

    def __init__(self) -> None:
        self.of: dict[str, list[TokenAtHub]] = {}
        self.fault: HubShareError | None = None

    async def tokens_of(self, user: str) -> list[TokenAtHub]:
        if self.fault is not None:
            raise self.fault
        return self.of.get(user, [])

    async def revoke(self, by: str, user: str, token: str) -> None:
        if by not in (user, "boss+hubadmin"):
            raise Forbidden("The Hub does not let you revoke tokens from here.")
        left = [one for one in self.of.get(user, []) if one.id != token]
        if len(left) == len(self.of.get(user, [])):
            raise NotFound("The Hub has no such token: it has ended.")
        self.of[user] = left


class StaticHub:
    """A Hub of which the tests say who is in it.

    Attributes:
        users: whom it knows; None for everybody.
        strangers: of whom it says that it does not know them, when a name is checked.
        groups: name to members.
        admins: who is its admin; None for everybody.
    """

    def __init__(self) -> None:
        self.users: set[str] | None = set()
        self.strangers: set[str] = set()
        self.groups: dict[str, list[str]] = {}
        self.admins: set[str] | None = None
        self.servers, self.tokens = StaticServers(), StaticHubTokens()

    async def about_token(self, user: str, token: str) -> AboutToken:
        return AboutToken(f"note of {token}")

    async def knows(self, user: str) -> bool:
        return self.users is None or user in self.users

    async def lacks(self, user: str) -> bool:
        return user in self.strangers

    async def is_admin(self, user: str) -> bool:
        return self.admins is None or user in self.admins

    async def born(self, user: str) -> datetime | None:
        return None

    async def members(self, group: str) -> list[str] | None:
        return self.groups.get(group)


_TOKENS: dict[str, frozenset[str]] = {
    "read": frozenset({Scope.READ}),
    "write": frozenset({Scope.READ, Scope.WRITE}),
    "none": frozenset(),
    "adminread": frozenset({Scope.READ}),
    "ops": frozenset({Scope.READ, Scope.OPS}),
}


class StaticTokens:
    """Takes `NAME` for the token of user NAME, and `NAME+KIND` for a special one.

    Kinds: `read`, `write` and `none` hold only so much of the scopes, `hubadmin` is of an admin of the Hub, `adminread` of one
    and only reads, `ops` sees how workers and queues are, `expired` is not accepted any more. `service:NAME` is the token of
    a service of the Hub, and `service:NAME+user` that of a user who is called so.

    Attributes:
        revoked: tokens.
        born: name to since when the Hub has the user; who is not in it, it does not say of.
        ends: token to when it ends, of those of which that is told.
        forgotten: how often it was told to believe nothing any more that the Hub has said.
    """

    def __init__(self) -> None:
        self.born: dict[str, datetime] = {}
        self.revoked: set[str] = set()
        self.ends: dict[str, datetime] = {}
        self.forgotten = 0

    async def person(self, token: str) -> Person:
        name, _, kind = token.partition("+")
        if kind == "expired" or token in self.revoked:
            raise NotSignedIn("The Hub does not accept this token: sign in again.")
        scopes = _TOKENS.get(kind, frozenset(Scope) - {Scope.OPS})
        return Person(
            name,
            admin=kind in ("hubadmin", "adminread"),
            scopes=scopes,
            token=f"token {kind or 'of a server'}",
            service=is_service(name) and kind != "user",
            born=self.born.get(name),
            revokes="all" if kind == "hubadmin" else "" if kind else "own",
            token_id=f"a{kind or 'server'}-0badcafe",
            expires=self.ends.get(token),
        )

    def forget(self) -> None:
        self.forgotten += 1


class StaticLogin:
    """A Hub that signs in whoever is named in the code that a browser comes back with.

    Attributes:
        verifiers: what it has given out.
    """

    hub = "/hub/"

    def __init__(self) -> None:
        self.verifiers: set[str] = set()

    def start(self, state: str) -> tuple[str, str]:
        self.verifiers.add(verifier := f"verifier-of-{state}")
        return f"/hub/api/oauth2/authorize?state={state}", verifier

    async def token(self, code: str, verifier: str) -> str:
        if verifier not in self.verifiers or code == "wrong":
            raise NotSignedIn("The Hub did not sign you in: begin again.")
        self.verifiers.remove(verifier)
        return code


class TestCentre:
    """Service and workers over a given Redis, in a folder.

    Args:
        data: the folder.
        redis_url: address of a Redis of its own.
        environment: further `HUBSHARE_…` settings.

    Attributes:
        app: the service, once it runs.
    """

    app: FastAPI

    __test__ = False

    def __init__(self, data: Path, redis_url: str, environment: dict[str, str] | None = None) -> None:
        needed = {"HUBSHARE_DATA": str(data), "HUBSHARE_REDIS_URL": redis_url, "HUBSHARE_WORKER_PROCESSES": "1"}
        needed |= {"HUBSHARE_SERVER_SHARES": "true"}
        self._environment = needed | (environment or {})
        self.settings = CentreSettings.model_validate(
            {name.removeprefix("HUBSHARE_").lower(): value for name, value in self._environment.items()}
        )
        self.centre = Centre.open(self.settings)
        self.hub, self.tokens, self.login = StaticHub(), StaticTokens(), StaticLogin()
        self.workers: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> TestCentre:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.app = make_app(self.centre, self.tokens, self.hub, self.login, PREFIX)
        # A stream that is still open must not outlive the Redis behind it.
        config = uvicorn.Config(
            self.app,
            host="127.0.0.1",
            port=port,
            log_level="error",
            forwarded_allow_ips=self.settings.proxies,
            timeout_graceful_shutdown=2,
            http=PunctualProtocol,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        self._stack.callback(thread.join, 10)
        self._stack.callback(setattr, server, "should_exit", True)
        self.url = f"http://127.0.0.1:{port}{PREFIX}"
        self.start_workers()
        self._stack.callback(self.stop_workers)
        try:
            up = "service and workers are up"
            wait_until(lambda: server.started and jobs.alive(self.centre.bus.redis) > 0, up, 120)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self.centre.database.close()

    def start_workers(self) -> None:
        """Start one worker process."""
        self.workers = subprocess.Popen([sys.executable, "-m", "hubshare_workers"], env=os.environ | self._environment)

    def stop_workers(self) -> None:
        """End the worker process as an admin would."""
        if self.workers is not None:
            self.workers.terminate()
            self.workers.wait(30)

    def repositories(self) -> list[Path]:
        """All canonical repositories."""
        return sorted(self.settings.repositories.glob("*/*.git"))


class TestHome:
    """One user's home on a single-user server, and the `hubshare` command in it.

    Args:
        home: the folder.
        user: the Hub user; also the token.
        url: of the service.
    """

    __test__ = False

    def __init__(self, home: Path, user: str, url: str, environment: dict[str, str] | None = None) -> None:
        self.home, self.user = home, user
        home.mkdir(parents=True, exist_ok=True)
        self.environment = (
            {name: value for name, value in os.environ.items() if not name.startswith(("HUBSHARE_", "XDG_"))}
            | {"HOME": str(home), "HUBSHARE_URL": url, "JUPYTERHUB_API_TOKEN": user}
            | (environment or {})
        )

    def run(self, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `hubshare` with these arguments."""
        with self.begin(*args, cwd=cwd) as running:
            try:
                said, complaint = running.communicate(timeout=180)
            except subprocess.TimeoutExpired:
                running.kill()
                raise
        return subprocess.CompletedProcess(running.args, running.returncode, said, complaint)

    def begin(self, *args: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Begin to run `hubshare` with these arguments."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("hubshare")), *args],
            cwd=cwd or self.home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def lock(self) -> Path:
        """The file that the agent holds while it runs."""
        return self.home / ".local" / "state" / "hubshare" / "agent.lock"


def wait_until(true: object, what: str, seconds: float = 30.0) -> None:
    """Wait until a condition holds, looking often; used where no event can be waited for.

    Raises:
        TimeoutError: naming what did not happen.
    """
    assert callable(true)
    began = time.monotonic()
    end = began + seconds
    while not true():
        now = time.monotonic()
        if now > end:
            raise TimeoutError(f"after {seconds} s still not: {what}")
        # To look may be a request, which takes the processor from what is waited for: most of the time is left to that.
        time.sleep(min(max(0.01, 3 * (now - began)), 0.2))
        began = time.monotonic()
