"""When something was really done on this server: what an open page asks again and again is not counted.

JupyterLab asks for kernels, sessions and files every few seconds for as long as a tab is open. A kernel that computes, a cell
that is run, a file that is saved or made, a key pressed in a terminal or in a shared document are work, and so is what an
application behind jupyter-server-proxy is asked, of which nobody here knows whether it is a poll.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from jupyter_server.base.handlers import APIHandler

_LOOKS = frozenset({"GET", "HEAD"})
#: What the server keeps the time of the last request in, which applications behind it set as well; and what is added here.
_REQUESTS, _OURS = "api_last_activity", "hubshare_last_activity"


class Activity:
    """Follows what is done on a server.

    Args:
        settings: of the server's web application: whatever ends in `_last_activity` there the server counts, and tells the Hub.
        alone: whether looks are to count no more for the server itself either, and so for the Hub and its culler.
    """

    def __init__(self, settings: dict[str, Any], alone: bool) -> None:
        self._settings, self._alone = settings, alone
        self._look: datetime | None = None
        self._shared: dict[str, bytes] = {}

    def listen(self) -> None:
        """Tell looks from acts in all requests to come."""
        count = APIHandler.update_api_activity

        def update(handler: APIHandler) -> None:
            looks = handler.request.method in _LOOKS
            if looks and self._alone:
                return
            before = self._settings.get(_REQUESTS)
            count(handler)
            after = self._settings.get(_REQUESTS)
            if after is before:
                return
            if looks:
                self._look = after
            else:
                self._settings[_OURS] = after

        APIHandler.update_api_activity = update

    def note(self, at: datetime) -> None:
        """Note that something was done."""
        self._settings[_OURS] = max(at, self._settings.get(_OURS, at))

    def note_shared(self, states: Mapping[str, bytes], now: datetime) -> None:
        """Note what documents that people edit together are like; one that is another than before was edited.

        Args:
            states: path to what of it is known, as Yjs has it.
        """
        if any(self._shared.get(path, state) != state for path, state in states.items()):
            self.note(now)
        self._shared = dict(states)

    def last(self, kernels: datetime) -> datetime:
        """Return when something was done last.

        Args:
            kernels: when a kernel did something last.
        """
        times: list[datetime] = [
            kernels,
            self._settings["started"],
            *self._settings.get("last_activity_times", {}).values(),
        ]
        for name, at in self._settings.items():
            if name.endswith("_last_activity") and not (name == _REQUESTS and at is self._look):
                times.append(at)
        return max(times)


def kernels_told(models: Iterable[Mapping[str, Any]], now: datetime, most: int) -> list[dict[str, Any]]:
    """Return kernels as a report has them, those at work first.

    Args:
        models: as the server's API has them.
        most: how many at most.
    """
    told = [
        {
            "name": "".join(letter for letter in str(one.get("name", "")) if letter.isprintable())[:100],
            "busy": one.get("execution_state") == "busy",
            "idle_seconds": max(0.0, (now - _when(one.get("last_activity"), now)).total_seconds()),
        }
        for one in models
    ]
    return sorted(told, key=lambda one: (not one["busy"], one["idle_seconds"]))[:most]


def _when(text: object, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return now
    return found if found.tzinfo else found.replace(tzinfo=UTC)
