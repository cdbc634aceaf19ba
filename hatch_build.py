"""Part of building a wheel or an sdist: what browsers load is in it, complete and built from the sources of today."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import build_assets


class Assets(BuildHookInterface[Any]):
    """Verifies the assets of the pages. A fresh copy of the repository has none: there they are built with Node.

    An sdist carries them, so that a wheel is built from it without Node and without network. An editable install needs none:
    there `make` builds them.
    """

    def dependencies(self) -> list[str]:
        """Return what has to be installed for the build: Node, where it is needed and the machine has none."""
        return [build_assets.NODE_PACKAGE] if self._fresh() and build_assets.find_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before the files are collected.

        Raises:
            RuntimeError: the assets are stale or incomplete.
        """
        if version == "editable":
            return
        if self._fresh():
            build_assets.build(self._folder)
        if wrong := build_assets.problems(self._folder):
            raise RuntimeError(f"The assets of the pages cannot be released: {'; '.join(wrong)}. Run `make assets`.")

    @property
    def _folder(self) -> Path:
        return Path(self.root, "hubshare", "service", "pages", "assets")

    def _fresh(self) -> bool:
        """Return whether this is a copy of the repository in which nothing has been built yet."""
        return not (self._folder / "built").exists() and not Path(self.root, "PKG-INFO").exists()
