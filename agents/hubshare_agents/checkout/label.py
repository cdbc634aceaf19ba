"""The label of a checkout's state: whose it is, in a file of its own that can be read where the database cannot."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hubshare_agents.checkout.state import CheckoutState

_FILE = "checkout.json"


class Label(NamedTuple):
    """Which folder some state belongs to.

    Attributes:
        checkout: id at the centre.
        name: of the project, owner/name.
        root: absolute path of the shared folder.
        identity: what tells that folder from others, if it was sure: device, inode.
    """

    checkout: str
    name: str
    root: str
    identity: tuple[int, int] | None = None


def read_label(folder: Path) -> Label | None:
    """Return the label in a folder of state; None where there is none that can be read."""
    try:
        found = json.loads((folder / _FILE).read_text())
        device, inode = found.get("identity") or (None, None)
        identity = None if device is None or inode is None else (int(device), int(inode))
        return Label(str(found["checkout"]), str(found["name"]), str(found["root"]), identity)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_label(folder: Path, state: CheckoutState) -> None:
    """Have the label say what the state says; where the disk is full the old one stays."""
    label = Label(state.checkout, state.name, state.root, state.identity)
    if read_label(folder) == label:
        return
    temporary = folder / f"{_FILE}.new"
    with suppress(OSError):
        with temporary.open("w") as file:
            json.dump(label._asdict(), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / _FILE)
