"""A conflict of a notebook that is settled cell by cell: what the picks make is put in place, and both sides are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hubshare.errors import Clash, Invalid, NotFound
from hubshare.git.objects import BLOB, object_id
from hubshare.names import quoted
from hubshare.sync.notebooks import cells
from hubshare.sync.trees import Entry
from hubshare_agents.checkout import conflicts, restoring
from hubshare_agents.checkout.conflicts import Sides
from hubshare_agents.checkout.file_versions import Content, read_here
from hubshare_agents.checkout.local_checkout import LocalCheckout


@dataclass(frozen=True)
class CellPicks:
    """What a person has picked.

    Args:
        picks: number of a piece to `ours` or `theirs`, see `hubshare.sync.notebooks.cells.merge`.
        ours, theirs: git's ids of the contents that the picks were made of.
        published: the published version, as far as there is one.
    """

    picks: Mapping[int, str]
    ours: str
    theirs: str
    published: Content | None

    def put(self, checkout: LocalCheckout, path: str, now: Mapping[str, Sides]) -> None:
        """Put the notebook that the picks make in place, as an edit of the published version.

        Args:
            now: the sides of all conflicts.

        Raises:
            NotFound: when the path is not in conflict.
            Clash: when a side is another one than the picks were made of.
            Invalid: when the sides cannot be taken apart, or not every cell is picked.
            Paused: when the file cannot be replaced now.
        """
        if path not in now:
            raise NotFound(f"{quoted(path)} is not in conflict: see `hubshare conflicts`.")
        ours, theirs = now[path]
        published = self.published
        if ours is None or theirs is None or published is None or published.data is None:
            raise Invalid("Only two versions of a notebook can be picked from by cell.")
        if (ours.id, theirs.id, published.entry.id) != (self.ours, self.theirs, self.theirs):
            raise Clash(
                f"{quoted(path)} has changed since you looked at it: nothing was picked. Look again, then pick."
            )
        on_disk, data = checkout.index.row(path).on_disk, read_here(checkout, path, ours.mode)
        if on_disk is None or data is None or object_id(BLOB, data) != on_disk.id:
            raise Clash(f"{quoted(path)} is being edited: nothing was picked. Save it, look again, then pick.")
        mine, others = cells.read_notebook(data), cells.read_notebook(published.data)
        made = cells.merge(mine, others, self.picks).encode()
        checkout.stash.put(path, on_disk, "version of this folder, not picked")
        restoring.restore(checkout, path, Entry(ours.mode, object_id(BLOB, made)), [made])
        conflicts.pick_ours(checkout, [path])
