"""What `make run` starts: HubShare on this machine until Ctrl-C or SIGTERM.

`HUBSHARE_PORT` (8000), `HUBSHARE_DATA` (./data) and `HUBSHARE_PASSWORD` (made up once, then kept in the data
folder) may be set, and of HubShare's settings `HUBSHARE_FETCH_ALLOWED_NETWORKS`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from demo.stack import LocalStack
from hubshare.errors import HubShareError, Invalid

#: Settings of HubShare that may be given: a receiver of webhooks that one tries out listens on this machine.
_PASSED_ON = ("HUBSHARE_FETCH_ALLOWED_NETWORKS",)


def main() -> int:
    """Run until told to end; return the exit status."""
    # A plain value: to set an event in a signal handler would wait for ever for whom the signal has interrupted in it.
    ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal ending
        if not ending:
            ending = True
            raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    stack = None
    try:
        stack = LocalStack(
            Path(os.environ.get("HUBSHARE_DATA") or "data"),
            _port(),
            os.environ.get("HUBSHARE_PASSWORD") or None,
            environment={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            furnished=True,
        )
        stack.start()
        _say("Starting JupyterHub, the proxy, Redis, the workers and the HubShare service")
        _say(f"Users {', '.join(stack.users)}; password {stack.password}")
        _say(f"The log is {stack.log}")
        stack.wait_ready()
        _say(f"HubShare is ready: {stack.url}")
        while not ending:
            time.sleep(1)
            if not stack.alive():
                _say(f"The Hub ended by itself:\n{stack.log_tail()}")
                return 1
    except KeyboardInterrupt:
        _say("Stopping")
    except HubShareError as error:
        print(error.message, file=sys.stderr, flush=True)
        return 1
    finally:
        ending = True
        if stack is not None:
            stack.stop()
    return 0


def _port() -> int:
    given = os.environ.get("HUBSHARE_PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Invalid(f"HUBSHARE_PORT is {given}: give a number from 1 to 65535.")
    return int(given)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
