"""Telling the centre which version a checkout holds; it is for people to see, and may be lost."""

from __future__ import annotations

import time

from hubshare.wire.agent import Pull, in_parts, path_bytes
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.link.link import Link

_QUIET_SECONDS = 1.0

#: The published commit that a checkout knows, and the paths whose conflict is over.
_Held = tuple[str, tuple[str, ...]]


class Freshness:
    """What the centre was told of one checkout.

    Args:
        checkout: the checkout.
        link: to the centre.

    Attributes:
        tell_at: when (monotonic seconds) it is to be told; 0 for never.
    """

    def __init__(self, checkout: LocalCheckout, link: Link) -> None:
        self._checkout, self._link = checkout, link
        self.tell_at = 0.0
        self._told: _Held | None = None
        self._told_settled: frozenset[str] = frozenset()
        self._waiting: _Held | None = None

    def forget(self) -> None:
        """There is a new link: what was told may be lost."""
        self._told, self._told_settled = None, frozenset()

    def note_known(self) -> None:
        """The centre knows that a checkout holds what it has pushed."""
        self._told = self._held()

    async def tell_soon(self) -> None:
        """Tell the centre once the checkout has been quiet for a moment, so that a stream of saves stays one-way."""
        now, held = time.monotonic(), self._held()
        if held == self._told or not self._link.up.is_set():
            self.tell_at = 0.0
        elif not self.tell_at or self._waiting != held:
            self.tell_at, self._waiting = now + _QUIET_SECONDS, held
        elif now >= self.tell_at:
            self.tell_at = 0.0
            await self.tell()

    async def tell(self) -> None:
        """Tell the centre now, unless it knows or cannot be reached.

        Raises:
            Unavailable: when it could not be reached after all.
        """
        state, held = self._checkout.state, self._held()
        if held != self._told and self._link.up.is_set():
            base, settled = held
            new = [path for path in settled if path not in self._told_settled]
            for part in in_parts(new, path_bytes) if new else [[]]:
                event = Pull(project=state.project, checkout=state.checkout, commit=base, settled=part)
                await self._link.send(event.encode())
            self._told, self._told_settled = held, frozenset(settled)

    def _held(self) -> _Held:
        return self._checkout.state.base, self._checkout.state.settled
