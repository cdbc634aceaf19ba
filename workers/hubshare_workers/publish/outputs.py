"""Outputs that a project does not share: no push brings any, and what is made at the centre is made without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hubshare.config import MIB
from hubshare.errors import HasOutputs, Invalid
from hubshare.git.objects import BLOB, Object
from hubshare.git.tree_size import SizeOf
from hubshare.names import quoted
from hubshare.store.versions import Branch
from hubshare.sync.notebooks.outputs import NOTEBOOK_BYTES, is_notebook, strip
from hubshare.sync.trees import LINK, Side

Sides = Iterable[tuple[str, Side]]
#: Gives a content by its id.
Read = Callable[[str], Object]


def stripped(project: Branch, sides: Sides, read: Read, size_of: SizeOf) -> Iterator[tuple[str, Object]]:
    """The notebooks with outputs that a project does not share, without them.

    Args:
        sides: path and what is to lie there.

    Raises:
        HasOutputs: when a notebook cannot be read, or is too large for that.
    """
    if project.outputs == "share":
        return
    for path, side in sides:
        if side is None or side.mode == LINK or not is_notebook(path):
            continue
        if size_of(side.id) > NOTEBOOK_BYTES:
            raise HasOutputs(
                f"{quoted(path)} has more than {NOTEBOOK_BYTES // MIB} MiB, too much to leave out its outputs, which "
                f"{project.full_name} does not share: clear them first."
            )
        data = read(side.id).data
        try:
            plain = strip(data)
        except Invalid:
            raise HasOutputs(
                f"{quoted(path)} is not a notebook that can be read, so its outputs, which {project.full_name} does not share, "
                "cannot be left out: mend it first."
            ) from None
        if plain is not data:
            yield path, Object(BLOB, plain)


def check_outputs(project: Branch, sides: Sides, read: Read, size_of: SizeOf) -> None:
    """Whether what is pushed holds no outputs, where the project shares none.

    Raises:
        HasOutputs: naming the notebook.
    """
    for path, _ in stripped(project, sides, read, size_of):
        raise HasOutputs(
            f"{quoted(path)} has outputs, which {project.full_name} does not share: clear them, for example with "
            "`jupyter nbconvert --clear-output --inplace`, commit, and push again."
        )
