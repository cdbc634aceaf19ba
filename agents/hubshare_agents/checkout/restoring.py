"""Earlier versions back in place, as edits of the checkout."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Mapping, Sequence

from hubshare.errors import Clash, HubShareError, NotFound, Paused
from hubshare.git.objects import EMPTY_TREE, FOLDER, tree_entry, walk_tree
from hubshare.git.packs import Pack
from hubshare.names import quoted
from hubshare.sync.plan import Plan
from hubshare.sync.trees import Entry, ancestors
from hubshare_agents.checkout.disk import Blocked, Busy, Changed, InUse
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.open_documents import IsOpen
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.taken_table import Replacement


def restore(checkout: LocalCheckout, path: str, entry: Entry, content: Iterable[bytes]) -> None:
    """Put an earlier version in place as an edit; what is there now is kept first.

    Raises:
        Paused: when the path cannot be replaced.
        Clash: when it is being edited.
    """
    checkout.scan([path])
    row = checkout.index.row(path)
    if row.held:
        raise Paused(f"{quoted(path)} cannot be replaced: {row.held}.")
    if row.on_disk is not None and not checkout.index.knows(row.on_disk.id):
        checkout.stash.put(path, row.on_disk, "version of this folder, replaced by a restore")
    names = checkout.taken_out.expect([Replacement(path, row.agreed, row.on_disk, entry, back=False)])
    try:
        with checkout.documents.asking() as documents, documents.replacing(path):
            checkout.disk.write(path, entry, content, row.on_disk, row.seen, temporary=names[path])
    except (IsOpen, InUse) as held:
        raise Paused(f"{quoted(path)} cannot be replaced: {held.reason}.") from None
    except (Changed, Blocked, Busy):
        if way := _in_the_way(checkout, path):
            raise Clash(
                f"{quoted(path)} cannot be brought back: {way}. Move it away, then run the command again."
            ) from None
        raise Clash(f"{quoted(path)} is being edited: run the command again.") from None
    finally:
        with checkout.transaction():
            checkout.taken_out.settle(set(names.values()))
    checkout.scan([path])


def _in_the_way(checkout: LocalCheckout, path: str) -> str:
    """Return what is in the way of a file: one where its folder has to be, or a folder in its own place; "" for nothing."""
    for folder in ancestors(path):
        found = checkout.disk.stat(folder)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            return f"{quoted(folder)} is not a folder now"
    found = checkout.disk.stat(path)
    return f"{quoted(path)} is a folder now" if found is not None and stat.S_ISDIR(found.st_mode) else ""


def files_of(checkout: LocalCheckout, pack: Pack, tree: str, below: str) -> dict[str, Entry]:
    """Return the files that an earlier version has at and below a path, path to entry.

    Args:
        pack: brings the trees that are not of the known published state.
        tree: top tree of the version.
        below: a folder; "" for everything.

    Raises:
        NotFound: when it has no such folder.
    """

    def read(name: str) -> bytes:
        return pack.read(name).data if name in pack else checkout.index.tree(name)

    found = tree_entry(read, tree, below) if below else (FOLDER, tree)
    if found is None or found[0] != FOLDER:
        raise NotFound(f"That version has no folder {quoted(below)}.")
    return dict(walk_tree(read, found[1], f"{below}/" if below else "")) if found[1] != EMPTY_TREE else {}


def differing(checkout: LocalCheckout, then: Mapping[str, Entry], below: str) -> dict[str, Entry]:
    """Return what of an earlier version is not in the folder as it was then, after a look at it."""
    checkout.scan([below])
    return {path: entry for path, entry in then.items() if checkout.index.row(path).local != entry}


def restore_files(
    checkout: LocalCheckout, wanted: Mapping[str, Entry], packs: Sequence[Pack], progress: Callable[[int, int], None]
) -> tuple[list[str], dict[str, str]]:
    """Put many files of an earlier version in place, as edits; what is there now is kept first, and nothing is deleted.

    Args:
        wanted: path to what is to be there.
        packs: hold the contents.
        progress: is told of (files done, files in all).

    Returns:
        The paths that were restored; and path to reason of those that were left as they are.
    """
    restored: list[str] = []
    left: dict[str, str] = {}
    for done, (path, entry) in enumerate(wanted.items(), 1):
        source = next((pack for pack in packs if entry.id in pack), None)
        if source is None:
            left[path] = "its content is not at the centre any more"
            continue
        try:
            restore(checkout, path, entry, source.stream(entry.id))
        except HubShareError as error:
            left[path] = error.message
        except OSError as error:
            left[path] = f"it cannot be written here: {error.strerror}"
        else:
            restored.append(path)
        progress(done, len(wanted))
    return restored, left


def deleted_here(checkout: LocalCheckout, folder: str) -> Plan:
    """Return the plan that brings back what was deleted here and is still published.

    Args:
        folder: what lies below this path; "" for the whole checkout.
    """
    checkout.scan([folder])
    made = Plan()
    for path, (_, ours) in settle(checkout).outgoing.items():
        published = checkout.index.published(path)
        if ours is None and published is not None and (not folder or path.startswith(f"{folder}/")):
            made.write[path] = (None, published)
    return made
