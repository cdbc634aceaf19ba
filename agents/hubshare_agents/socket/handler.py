"""What carries out a command, and the one that only calls the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from hubshare.client.call import Listing
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.locate import project_of

#: Takes the command's own arguments and gives its own answer, as `hubshare.wire.socket` has them.
Handler = Callable[[Agent, Any, Progress], Awaitable[BaseModel]]


@dataclass(frozen=True)
class ServiceCall:
    """A command that is one call of the service; the agent lends its token.

    The command's arguments are those of the call, and its answer is the call's.

    Args:
        call: one of those in `hubshare.client.calls`.
        answer: makes the command's answer where it is another one, of the arguments of the call and its answer.
        names: the arguments that the call has by another name, command's to call's.
    """

    call: Callable[..., Any]
    answer: Callable[[dict[str, Any], Any], BaseModel] | None = None
    names: dict[str, str] = field(default_factory=dict)

    async def __call__(self, agent: Agent, args: Any, progress: Progress) -> BaseModel:
        given = {self.names.get(name, name): getattr(args, name) for name in type(args).model_fields if name != "cwd"}
        if "project" in given:
            given["project"] = project_of(agent, args)
        answer = await asyncio.to_thread(self._ask, agent, given)
        made: BaseModel = answer if self.answer is None else self.answer(given, answer)
        return made

    def _ask(self, agent: Agent, given: dict[str, Any]) -> Any:
        described = self.call(**given)
        answer = agent.client.carry_out(described)
        return list(answer) if isinstance(described, Listing) else answer
