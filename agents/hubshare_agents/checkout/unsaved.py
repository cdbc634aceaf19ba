"""What an editor holds and has not saved while its file was replaced: it is kept, or saved as the other side of a conflict."""

from __future__ import annotations

import json
from contextlib import suppress
from uuid import uuid4

from hubshare.errors import Clash, Paused
from hubshare.git.objects import BLOB, object_id
from hubshare.names import quoted
from hubshare.sync.notebooks.outputs import is_notebook
from hubshare.sync.trees import FILE, LINK, Entry
from hubshare_agents.checkout.disk import Blocked, Busy, Changed, InUse
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.taken_table import Replacement

#: Why a version was kept.
UNSAVED = "edits in JupyterLab that were not saved"


def content(path: str, text: str) -> bytes:
    """Return what an editor holds as it is written to disk: notebooks in the form that Jupyter gives them."""
    if is_notebook(path):
        with suppress(ValueError, RecursionError):
            made = json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": "))
            text = f"{made}\n"
    return text.encode(errors="surrogatepass")


def keep(checkout: LocalCheckout, path: str, data: bytes, why: str = UNSAVED) -> None:
    """Keep what is nowhere on disk, so that it can be restored."""
    temporary = checkout.packs / f"{uuid4().hex}.in"
    row = checkout.index.row(path)
    mode = row.local.mode if row.local is not None and row.local.mode != LINK else FILE
    try:
        temporary.write_bytes(data)
        with temporary.open("rb") as file:
            checkout.stash.take(file.fileno(), path, mode, why)
    finally:
        temporary.unlink(missing_ok=True)


def save_beside(checkout: LocalCheckout, path: str, data: bytes) -> None:
    """Save what was edited before its file was replaced by the published version: both are sides of a conflict then.

    Raises:
        Clash: when it was not this agent that replaced the file, or it has changed since: all is kept.
        Paused: when it cannot be written now; what was to be saved is kept.
    """
    checkout.scan([path])
    index = checkout.index
    row, published = index.row(path), index.published(path)
    if published is None or row.held or row.local != published or row.agreed != published or published.mode == LINK:
        keep(checkout, path, data)
        if row.on_disk is not None and not row.held and not index.knows(row.on_disk.id):
            checkout.stash.put(path, row.on_disk, "what another program has written")
        raise Clash(
            f"{quoted(path)} was changed by another program: both versions are kept, `hubshare restore` has them."
        )
    entry = Entry(published.mode, object_id(BLOB, data))
    names = checkout.taken_out.expect([Replacement(path, row.agreed, row.on_disk, entry, back=False)])
    try:
        # Open documents are not asked: the one that has edits is the one that is saved.
        checkout.disk.write(path, entry, [data], row.on_disk, row.seen, temporary=names[path])
    except (Blocked, Busy, Changed, InUse):
        keep(checkout, path, data)
        raise Paused(f"{quoted(path)} is being written by a program: your version is kept, save it again.") from None
    finally:
        with checkout.transaction():
            checkout.taken_out.settle(set(names.values()))
    index.agree(path, index.agreed_before(path), published)
    checkout.scan([path])
