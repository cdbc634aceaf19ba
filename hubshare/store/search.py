"""Finding files by words of their paths; only in what the person who searches may read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.access.decisions import readable_by
from hubshare.store.change_index import words
from hubshare.store.index_tables import FileName
from hubshare.store.models import Project


def find_files(session: Session, user: str, text: str, most: int) -> list[tuple[Project, str]]:
    """Files in projects that a user may read, in whose path a word begins with each word of a text.

    Returns:
        Project and path, at most so many: rather of the word itself than of longer ones that begin with it.
    """
    wanted = words(text)
    if not wanted:
        return []
    # The longest word is in the fewest names; the others are looked for in what it finds.
    first, *others = sorted(wanted, key=len, reverse=True)
    query = (
        select(Project, FileName.path)
        # Of an expression, or SQLite goes through all names of all projects, by the other index.
        .join(FileName, FileName.project_id.concat("") == Project.id)
        .where(FileName.word >= first, FileName.word < first + "\U0010ffff", readable_by(user))
        # As the index has them: to sort all that one letter finds takes seconds.
        .order_by(FileName.word, FileName.project_id, FileName.key)
        .limit(most * 20)
    )
    found: dict[tuple[str, str], tuple[Project, str]] = {}
    # Most of what there may be is not read when a few are enough.
    with session.execute(query, execution_options={"yield_per": most}) as rows:
        for project, path in rows:
            if all(any(word.startswith(other) for word in words(path)) for other in others):
                found.setdefault((project.id, path), (project, path))
            if len(found) >= most:
                break
    return sorted(found.values(), key=lambda one: (one[0].owner, one[0].name, one[1]))
