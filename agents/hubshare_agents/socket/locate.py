"""Which folder, checkout or project a command means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubshare.errors import Invalid, NotFound
from hubshare.names import quoted, split_project
from hubshare.wire.socket.base import Arguments, OfProject
from hubshare.wire.socket.syncing import Pull, Push
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.home import in_home


def folder_of(args: Arguments, folder: str) -> Path:
    """Return a folder that is named, with links followed.

    Raises:
        Invalid: when it cannot be one.
    """
    try:
        return (Path(args.cwd) / Path(folder).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise Invalid(f"{quoted(folder)} is no folder: {error}.") from None


def checkout_of(agent: Agent, args: Arguments, folder: str | None, path: str | None = None) -> tuple[CheckoutLoop, str]:
    """Return the checkout that a command means, and the path inside it. Links in the path itself are not followed.

    Args:
        folder: the folder that is named; None for the current one.
        path: relative to it; None for the folder itself.

    Raises:
        NotFound: when it lies in no checkout, or is not there.
    """
    base = Path(args.cwd) / Path(folder or args.cwd).expanduser()
    if path is None:
        if folder is None:
            return agent.registry.at(base.resolve())
        with named(base):
            return agent.registry.at(base.resolve())
    full = Path(os.path.normpath(base / path))
    return agent.registry.at(full.parent.resolve() / full.name if full.name else full)


def chosen_of(agent: Agent, args: Push | Pull) -> tuple[CheckoutLoop, list[str] | None]:
    """Return the checkout that a push or a pull means, and the paths in it that were chosen; None for all of it.

    Raises:
        NotFound: when one that is named lies in no checkout.
        Invalid: when they lie in several checkouts, or one is no name.
    """
    if args.named is None:
        return checkout_of(agent, args, args.folder)[0], args.paths
    if not args.named or "" in args.named:
        # A variable of a script that is empty does not mean everything.
        raise Invalid("An empty name stands for no file: name files and folders, or give no names for all changes.")
    found = [_named_in(agent, args, path) for path in args.named]
    loop = found[0][0]
    if any(other is not loop for other, _ in found):
        raise Invalid("These paths lie in several checkouts: name those of one at a time.")
    paths = [path for _, path in found]
    return loop, None if "" in paths else paths


def _named_in(agent: Agent, args: Push | Pull, path: str) -> tuple[CheckoutLoop, str]:
    """A link in a checkout is itself what is meant; one that leads into a checkout stands for what it leads to."""
    if not _is_utf8(path):
        raise Invalid(f"{quoted(path)} is not written in UTF-8: files of such names are not shared.")
    try:
        return checkout_of(agent, args, None, path)
    except NotFound:
        return checkout_of(agent, args, path)


def _is_utf8(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def not_there(loop: CheckoutLoop, paths: list[str] | None) -> list[str]:
    """Return those of some paths that are neither here nor published."""
    checkout = loop.checkout
    return [path for path in paths or () if not checkout.index.tracked(path) and not checkout.disk.exists(path)]


def check_there(loop: CheckoutLoop, paths: list[str] | None) -> None:
    """Check that paths that a person named are here, or published.

    Raises:
        NotFound: when one is neither.
    """
    for path in not_there(loop, paths):
        raise NotFound(f"There is no {quoted(path)} in {loop.checkout.disk.root}, and none is published.")


@contextmanager
def named(folder: Path) -> Iterator[None]:
    """Say of a folder that a person named, and that is no checkout's, whether it is there at all.

    Raises:
        NotFound: when it is not.
    """
    try:
        yield
    except NotFound:
        if not folder.exists():
            raise NotFound(f"There is no folder {in_home(folder)}.") from None
        raise


def project_of(agent: Agent, args: OfProject) -> str:
    """Return the project that is named, or that of the checkout that the current folder lies in.

    Raises:
        Invalid, BadName: when it is none.
    """
    if args.project is None:
        try:
            loop, _ = checkout_of(agent, args, None)
        except NotFound:
            raise Invalid(f"{args.cwd} is not in a checkout: name the project, as OWNER/NAME.") from None
        return loop.checkout.state.name
    split_project(args.project)
    return args.project
