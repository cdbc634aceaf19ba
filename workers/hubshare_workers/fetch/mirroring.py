"""Pushing a history to a repository on the internet, by stock git, as far as that takes it without losing anything of its own.

What is there already is asked first: then nothing is sent that would be refused, and nothing is overwritten unless somebody
has seen just that commit and said so.

Source: git's Documentation/gitprotocol-http.txt and git-push.txt ("OUTPUT").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from hubshare.config import CentreSettings
from hubshare.errors import Forbidden, HubShareError, Invalid, NotFound, TooLarge, Unavailable
from hubshare.git.repository import Repository
from hubshare.sealed import Credential
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.git_transport import transport
from hubshare_workers.fetch.guard import Guard, host_of
from hubshare_workers.fetch.repositories import advertised
from hubshare_workers.fetch.stage import Stage
from hubshare_workers.fetch.web import Web, origin

#: So many refs are sent at once: their names are arguments of git, of which a system takes a bounded number.
_AT_ONCE = 500
#: A host that has taken everything says next to nothing while it looks at it: it is waited for so many times as long as else.
_PATIENCE = 5
#: Longest text of the other host that is kept, in characters.
_SAID = 1000
#: How git says that the other side had its say (git's send-pack.c and transport.c).
_REFUSED = re.compile(r"!\t[^\t]*:(?P<ref>[^\t]+)\t\[(?P<kind>[^\]]*)\](?: \((?P<why>.*)\))?")
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")


class History(NamedTuple):
    """What a mirror is to have.

    Attributes:
        branch: name of the branch.
        commit: where it is to lead.
        tags: name to commit.
        overwrites: a commit of the other repository that somebody has seen and gives up; "" for none.
    """

    branch: str
    commit: str
    tags: Mapping[str, str]
    overwrites: str = ""


class Pushed(NamedTuple):
    """What came of a push.

    Attributes:
        before: what the branch led to at the other host; "" where there was none.
        in_the_way: the same, where it is not of this history and so stays; else "".
        refused: why the other host did not take the branch, as git says it; "" where it has it now.
        tags: how many it has been given.
        refused_tags: that it did not take; and those that lead to something else there, which stay.
        said: what the other host said, as plain text.
    """

    before: str
    in_the_way: str = ""
    refused: str = ""
    tags: int = 0
    refused_tags: tuple[str, ...] = ()
    said: str = ""


def push_history(
    of: Repository,
    url: str,
    history: History,
    *,
    credential: Credential | None,
    settings: CentreSettings,
    budget: Budget,
    guard: Guard | None = None,
) -> Pushed:
    """Push a history to a repository; the one that it is of is not touched.

    Args:
        of: holds the commits.
        credential: goes to the host of the address alone.

    Raises:
        Invalid: nothing can be pushed to this address.
        Forbidden: the host does not let this be done.
        NotFound: it has no such repository.
        TooLarge: it takes nothing so large.
        Unavailable: it cannot be done now.
        Cancelled: it is not wanted any more.
    """
    # Who fetches from somewhere else does not push to there.
    guard = guard or Guard(settings.model_copy(update={"fetch_mirrors": {}}))
    with Stage.beside(of, settings, budget) as stage:
        web = Web(guard, budget, stage.path, credential, url)
        try:
            base, there = _ask(web, url)
            if origin(base) != origin(url):
                raise Invalid(
                    f"{host_of(url)} leads to another host, {host_of(base)}: if that is right, name that one."
                )
            return _Push(stage, guard, web, base, there).push(history)
        finally:
            web.close()


def _ask(web: Web, url: str) -> tuple[str, dict[str, str]]:
    host = host_of(url)
    try:
        return advertised(web, url, "git-receive-pack")
    except Forbidden:
        raise _not_let(host) from None
    except NotFound:
        raise NotFound(
            f"{host} has no repository at this address, or does not show it to this account: make it there, or mend the "
            "address or the password or token."
        ) from None


def _not_let(host: str) -> Forbidden:
    return Forbidden(
        f"{host} does not let this account push there: give a user and a token that may write to the repository, on the "
        "project's page *Mirrors* or by `hubshare mirror PROJECT URL --login USER`."
    )


class _Push:
    """One push.

    Args:
        base: where the repository is.
        there: what it has, by ref.
    """

    def __init__(self, stage: Stage, guard: Guard, web: Web, base: str, there: Mapping[str, str]) -> None:
        self._stage, self._guard, self._web, self._base, self._there = stage, guard, web, base, there

    def push(self, history: History) -> Pushed:
        branch = f"refs/heads/{history.branch}"
        before = self._there.get(branch, "")
        wanted, lease, in_the_way = list[str](), list[str](), ""
        if not before or self._leads_to(history.commit, before):
            if before != history.commit:
                wanted.append(f"{history.commit}:{branch}")
        elif not self._leads_to(before, history.commit):
            if before == history.overwrites:
                # What others have put there since is not given up.
                lease.append(f"--force-with-lease={branch}:{before}")
                wanted.append(f"{history.commit}:{branch}")
            else:
                in_the_way = before
        missing = {name: commit for name, commit in history.tags.items() if f"refs/tags/{name}" not in self._there}
        other = [
            name for name, commit in history.tags.items() if self._there.get(f"refs/tags/{name}", commit) != commit
        ]
        wanted += [f"{commit}:refs/tags/{name}" for name, commit in missing.items()]
        refused, said, sent = dict[str, str](), "", 0
        while sent < len(wanted):
            part = wanted[sent : sent + _AT_ONCE]
            not_taken, words = self._run(lease, part)
            refused, said, sent = refused | not_taken, said or words, sent + len(part)
            if branch in not_taken or len(not_taken) == len(part):
                # It does not want the rest either.
                break
        sent_tags = [ref for one in wanted[:sent] if (ref := one.partition(":")[2]) != branch]
        refused_tags = [ref.removeprefix("refs/tags/") for ref in sent_tags if ref in refused]
        tags = len(sent_tags) - len(refused_tags)
        return Pushed(before, in_the_way, refused.get(branch, ""), tags, (*refused_tags, *other), said)

    def _leads_to(self, start: str, goal: str) -> bool:
        """Whether a commit is another one or comes after it; not where either is not here."""
        # What this says of a commit that was kept back here is what who pushed it to the other host knows.
        with self._stage.git("merge-base", "--is-ancestor", goal, start) as done:
            return done.code == 0

    def _run(self, lease: Iterable[str], wanted: Iterable[str]) -> tuple[dict[str, str], str]:
        """Have git push; the refs that were not taken, with the reasons, and what the other host said."""
        pinned, stage = self._guard.pin(self._base), self._stage
        host = host_of(self._base)
        if not pinned.own and urlsplit(pinned.url).scheme != "https":
            raise Invalid(f"A project is pushed by https alone, since others could read it on the way to {host}.")
        reach = transport(
            pinned,
            stage.settings,
            _PATIENCE * stage.budget.idle,
            self._web.authorization(pinned.url),
            push_recurseSubmodules="no",
        )
        how = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--no-recurse-submodules", *lease)
        doing = f"Pushing to {host}"
        with stage.reach(*reach.args, "push", *how, "--", pinned.url, *wanted, given=reach.given, what=doing) as done:
            lines = done.output.read(_AT_ONCE * 1000).decode(errors="replace").splitlines()
        refused = {}
        for line in lines:
            if found := _REFUSED.match(line):
                # `[rejected]` is said by git here, `[remote rejected]` by the other host.
                refused[found["ref"]] = _plain(found["why"] or found["kind"])
        if done.code != 0 and (not refused or "Done" not in lines):
            raise _in_words(done.said, host)
        return refused, remote_words(done.said)


def remote_words(said: str) -> str:
    """Return what the other host said, of all that git said, as plain text without what moves a terminal's cursor."""
    lines = (re.split(r"[\r\n]", line)[-1] for line in said.split("\n") if line.startswith("remote: "))
    plain = (_plain(line.removeprefix("remote: ")) for line in lines)
    return "\n".join(line for line in plain if line)[:_SAID]


def _plain(text: str) -> str:
    return "".join(ch for ch in _TERMINAL.sub("", text) if ch.isprintable()).strip()[:_SAID]


def _in_words(said: str, host: str) -> HubShareError:
    """Why git could not push at all."""
    status = ""
    with suppress(IndexError):
        status = re.findall(r"(?:returned error: |HTTP )(\d{3})", said)[0]
    words = remote_words(said)
    more = f" It says: {words}" if words else ""
    if "Authentication failed" in said or "could not read Username" in said or status in ("401", "403"):
        return Forbidden(f"{_not_let(host).message}{more}")
    if status == "413":
        return TooLarge(f"{host} takes nothing so large at once (status 413): ask whoever runs it to allow more.")
    if status in ("404", "410"):
        return NotFound(
            f"{host} has no repository at this address any more, or does not show it to this account.{more}"
        )
    if "File size limit" in said or "ut of memory" in said:
        return TooLarge(f"{host} answers with more than is read.")
    if "Operation too slow" in said or "timed out" in said:
        return Unavailable(f"{host} does not answer, or too slowly.")
    if status:
        return Unavailable(f"{host} is busy or out of order (status {status}).{more}")
    return Unavailable(f"The push to {host} broke off.{more}")
