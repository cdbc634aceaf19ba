"""What `make demo` plays: the story of a course and three people, on a small stack of its own in a temporary folder."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from demo.stack import LocalStack
from demo.story import Story
from hubshare.errors import HubShareError

#: Width of the lines where there is no terminal.
_WIDTH = 118


def main() -> int:
    """Play the story; return 1 if anything was not as promised."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console = Console(highlight=False, soft_wrap=True, width=_WIDTH)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="hubshare-demo-") as folder:
            _play(console, LocalStack(Path(folder)))
    except KeyboardInterrupt:
        console.print("Stopped; nothing is left behind.")
        return 1
    except Exception as error:
        words = error.message if isinstance(error, HubShareError) else f"{type(error).__name__}: {error}"
        console.print(f"[bold red]✗ Not as promised:[/] {escape(words)}")
        return 1
    console.print(
        f"\n[bold green]All as promised[/] in {time.monotonic() - began:.0f} seconds; nothing is left behind."
    )
    return 0


def _play(console: Console, stack: LocalStack) -> None:
    try:
        _step(console, "A JupyterHub with HubShare starts", lambda: _start(stack))
        _step(console, "Alice, Bob and Carol start their servers", lambda: _start_servers(stack))
        story = Story(stack)
        for step in story.steps:
            _step(console, (step.__doc__ or "").strip(), partial(step, story))
    except Exception:
        console.print(f"\n[dim]The end of the log:\n{escape(stack.log_tail())}[/]\n")
        raise
    finally:
        with console.status("Everything ends"):
            stack.stop()


def _start(stack: LocalStack) -> Iterator[str]:
    stack.start()
    stack.wait_ready()
    yield "Hub, proxy, Redis, workers and service answer"


def _start_servers(stack: LocalStack) -> Iterator[str]:
    with ThreadPoolExecutor() as pool:
        list(pool.map(stack.start_server, stack.users))
    yield f"{len(stack.processes('agent'))} agents run"


def _step(console: Console, title: str, step: Callable[[], Iterator[str]]) -> None:
    """Play one step: its title, then what happened as it happens, then how long it took."""
    console.print(f"\n[bold]{escape(title)}[/]")
    began = time.monotonic()
    with console.status(escape(title)):
        for line in step():
            console.print(f"  {escape(line)}")
    console.print(f"  [green]✓[/] [dim]{time.monotonic() - began:.1f} s[/]")


def _end(number: int, frame: FrameType | None) -> None:
    """Stop once; the cleaning up is not to be cut short."""
    for other in (signal.SIGTERM, signal.SIGINT):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
