"""What people do on a stack, in a terminal and with files, and whether its processes run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil

from demo.course import files, save
from demo.stack import LocalStack
from hubshare.testing.centre import wait_until


def said(stack: LocalStack, user: str, *args: str | Path, **where: str) -> Any:
    """What `hubshare … --json` answers."""
    done = stack.run(user, *args, "--json", **where)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def arrives(source: Path, target: Path, name: str, content: bytes) -> None:
    """Save a file in one folder, and wait until it is in the other."""
    save(source / name, content)
    wait_until(lambda: files(target).get(name) == content, f"{name} arrives in {target}")


def runs(process: psutil.Process) -> bool:
    """Whether it runs; one that ended is still known until whoever inherited it looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
