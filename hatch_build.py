"""Part of building a wheel or an sdist: what browsers load is in it, complete and built from the sources of today."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import build_assets


class Assets(BuildHookInterface[Any]):
    """Verifies the assets of the pages and of the panel. A fresh copy of the repository has none: they are built with Node.

    An sdist carries them, so that a wheel is built from it without Node and without network. An editable install needs none:
    there `make` builds them.
    """

    def dependencies(self) -> list[str]:
        """Return what has to be installed for the build: Node, where it is needed and the machine has none."""
        fresh = any(map(self._fresh, self._folders))
        return [build_assets.NODE_PACKAGE] if fresh and build_assets.find_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before the files are collected.

        Raises:
            RuntimeError: the assets are stale or incomplete.
        """
        if version == "editable":
            return
        for folder in self._folders:
            if self._fresh(folder):
                build_assets.build(folder)
            if wrong := build_assets.problems(folder):
                raise RuntimeError(f"The assets in {folder} cannot be released: {'; '.join(wrong)}. Run `make assets`.")
        if self.target_name == "wheel":
            # Not in pyproject.toml: an editable install would fail where nothing has been built yet.
            panel = self._folder(build_assets.PANEL) / "built"
            build_data.setdefault("shared_data", {})[str(panel)] = build_assets.LABEXTENSION

    @property
    def _folders(self) -> list[Path]:
        return [self._folder(part) for part in build_assets.PARTS]

    def _folder(self, part: Path) -> Path:
        return Path(self.root) / part.relative_to(build_assets.ROOT)

    def _fresh(self, folder: Path) -> bool:
        """Return whether this is a copy of the repository in which nothing has been built yet."""
        return not (folder / "built").exists() and not Path(self.root, "PKG-INFO").exists()
