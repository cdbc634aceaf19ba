"""The tables that follow what is published: which version changed what, and the names of files, for the search."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base


class Indexed(Base):
    """Up to which version `Touch` and `FileName` know a project; git is the truth, they follow it."""

    __tablename__ = "indexed"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column()


class Touch(Base):
    """A version that changed something in a folder: a file, or a folder in which something changed.

    Attributes:
        folder: see `hubshare.store.change_index.folder_key`.
        name: in that folder.
    """

    __tablename__ = "touches"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    folder: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)


class FileName(Base):
    """A file of the newest version, under each word of its name, for the search.

    Attributes:
        word: in small letters, cut.
        key: names the path within the project.
    """

    __tablename__ = "file_names"

    word: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), primary_key=True
    )
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    path: Mapped[str] = mapped_column(Text)
