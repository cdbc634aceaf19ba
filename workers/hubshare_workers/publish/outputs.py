"""Outputs that a project does not share: no push brings any, and what is made at the centre is made without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hubshare.errors import HasOutputs, Invalid
from hubshare.git.objects import BLOB, Object
from hubshare.names import quoted
from hubshare.store.versions import Branch
from hubshare.sync.notebooks.outputs import is_notebook, strip
from hubshare.sync.trees import LINK, Side

Sides = Iterable[tuple[str, Side]]
#: Gives a content by its id.
Read = Callable[[str], Object]


def stripped(project: Branch, sides: Sides, read: Read) -> Iterator[tuple[str, Object]]:
    """The notebooks with outputs that a project does not share, without them.

    Args:
        sides: path and what is to lie there.

    Raises:
        HasOutputs: when a notebook cannot be read.
    """
    if project.outputs == "share":
        return
    for path, side in sides:
        if side is None or side.mode == LINK or not is_notebook(path):
            continue
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


def check_outputs(project: Branch, sides: Sides, read: Read) -> None:
    """Whether what is pushed holds no outputs, where the project shares none.

    Raises:
        HasOutputs: naming the notebook.
    """
    for path, _ in stripped(project, sides, read):
        raise HasOutputs(
            f"{quoted(path)} has outputs, which {project.full_name} does not share: clear them, for example with "
            "`jupyter nbconvert --clear-output --inplace`, commit, and push again."
        )
