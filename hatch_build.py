"""Part of building a wheel: what browsers load is built first, so that every wheel has it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Assets(BuildHookInterface[Any]):
    """Builds the assets of the pages with Node. An editable install needs none: there `make` builds them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        folder = Path(self.root, "hubshare", "service", "pages", "assets")
        if version == "editable" or (folder / "built" / "manifest.json").exists():
            return
        for command in (["npm", "ci", "--ignore-scripts", "--silent"], ["node", "build.mjs"]):
            subprocess.run(command, cwd=folder, check=True)
