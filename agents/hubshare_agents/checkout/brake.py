"""The brake on useless pushes: what was answered and published nothing is not sent again unchanged, but now and then."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from hubshare.errors import BadPack, HasOutputs, NotFound
from hubshare.names import count
from hubshare.sync.trees import Side
from hubshare.wire.agent import Outcome

#: The first and the longest wait, in seconds, before a push is tried once more that the centre answers in the same way
#: until something changes: a conflict, or a refusal whose cause may pass without anything changing here.
_FIRST_SECONDS, _LONGEST_SECONDS = 300.0, 6 * 3600.0
#: The longest wait before a push is sent once more that the centre could not take at that moment.
_LONGEST_RESEND_SECONDS = 60.0
#: So many different pushes are remembered.
_MOST = 16
#: The pack did not come through whole: it is made anew and sent at once, the first time.
_MADE_ANEW = (BadPack.code, NotFound.code)
#: The centre says what is wrong with this push; another one need not wait.
_ABOUT_THE_PUSH = (HasOutputs.code, *_MADE_ANEW)


def push_key(base: str, sides: Mapping[str, Side], settled: tuple[str, ...], confirmed: bool) -> bytes:
    """What makes two pushes the same one: the centre would answer both alike.

    Args:
        base: the published commit that it builds on.
        sides: path to what it publishes there.
        settled: conflicts that it names as picked.
        confirmed: whether many deletions were confirmed.
    """
    said = repr((base, sorted(sides.items()), settled, confirmed))
    return hashlib.sha256(said.encode()).digest()


@dataclass
class _Answered:
    """A push that published nothing: how often it was answered so, until when (monotonic seconds) it waits, and why."""

    times: int
    until: float
    why: str


class Brake:
    """What a checkout has pushed in vain.

    Args:
        resend_seconds: the first wait before a push is sent again that the centre could not take at that moment.
    """

    def __init__(self, resend_seconds: float) -> None:
        self._resend_seconds = resend_seconds
        self._answered: dict[bytes, _Answered] = {}
        self._everything: _Answered | None = None

    def release(self) -> None:
        """Something was published, or a person asks for it: everything may be sent."""
        self._answered.clear()
        self._everything = None

    def note(self, key: bytes, outcome: Outcome, now: float) -> None:
        """Take note of a push that published nothing.

        Args:
            key: see `push_key`.
            now: monotonic seconds.
        """
        passing = outcome.status == "refused" and outcome.retry
        first, most = self._resend_seconds, max(_LONGEST_RESEND_SECONDS, self._resend_seconds)
        if not passing:
            first, most = _FIRST_SECONDS, _LONGEST_SECONDS
        before = self._everything if passing and self._everything is not None else self._answered.pop(key, None)
        times = before.times + 1 if before else 1
        why = outcome.message or "others have changed the same files"
        wait = min(first * 2 ** min(times - 1, 30), most)
        if passing and times == 1 and outcome.code in _MADE_ANEW:
            wait = 0.0
        found = _Answered(times, now + wait, why)
        self._answered = {**dict(list(self._answered.items())[1 - _MOST :]), key: found}
        if passing and outcome.code not in _ABOUT_THE_PUSH:
            self._everything = found

    def times(self, key: bytes) -> int:
        """How often a push was answered and published nothing."""
        return self._answered[key].times if key in self._answered else 0

    def holds(self, key: bytes, now: float) -> bool:
        """Whether a push is not to be sent now."""
        return self._holds(self._everything, now) or self._holds(self._answered.get(key), now)

    def again_at(self, now: float) -> float:
        """When (monotonic seconds) something that is held may be tried again; 0 for never."""
        waiting = [one.until for one in (*self._answered.values(), self._everything) if one and one.until > now]
        return min(waiting, default=0.0)

    def reason(self, key: bytes, now: float) -> str:
        """Why a push is held, in words for the person, and what to do next."""
        found = max((one for one in (self._everything, self._answered.get(key)) if one), key=lambda one: one.until)
        seconds = max(1, round(found.until - now))
        wait = count(seconds, "second") if seconds < 120 else count(seconds // 60, "minute")
        return (
            f"Your edits wait: the Hub has not published them ({found.why.rstrip('.')}). They are tried again in {wait}, "
            "or at once with `hubshare push`."
        )

    @staticmethod
    def _holds(found: _Answered | None, now: float) -> bool:
        return found is not None and now < found.until
