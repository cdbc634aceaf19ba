"""Settling conflicts."""

from __future__ import annotations

from hubshare.errors import Invalid
from hubshare.wire.socket.conflicts import CheckoutPolicy, Conflicts, OpenConflicts, Policy, Resolve, Resolved
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.sync_protocol import Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of


async def conflicts(agent: Agent, args: Conflicts, progress: Progress) -> OpenConflicts:
    runner, _ = checkout_of(agent, args, args.folder)
    found = await runner.look()
    return OpenConflicts(project=found["project"], folder=found["folder"], conflicts=found["conflicts"])


async def resolve(agent: Agent, args: Resolve, progress: Progress) -> Resolved:
    runner, paths = _meant(agent, args)
    return Resolved(project=runner.folder.name, **await runner.resolve(paths, args.pick, progress))


def _meant(agent: Agent, args: Resolve) -> tuple[CheckoutLoop, list[str] | None]:
    """Return the checkout whose conflicts are meant, and the paths in it; None for all."""
    if args.all:
        return checkout_of(agent, args, args.folder)[0], None
    found = [checkout_of(agent, args, args.folder, path) for path in args.paths]
    if not found:
        raise Invalid("Name the files to settle, or --all.")
    runner = found[0][0]
    if any(other is not runner for other, _ in found):
        raise Invalid("These files lie in different checkouts: settle them one checkout at a time.")
    return runner, [path or "." for _, path in found]


async def policy(agent: Agent, args: Policy, progress: Progress) -> CheckoutPolicy:
    runner, _ = checkout_of(agent, args, args.folder)
    async with runner.lock:
        runner.folder.index.set("policy", args.policy)
    return CheckoutPolicy(project=runner.folder.name, policy=runner.folder.policy)


HANDLERS: dict[str, Handler] = {"conflicts": conflicts, "resolve": resolve, "policy": policy}
