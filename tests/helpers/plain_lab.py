"""JupyterLab as somebody starts it on a machine of their own: no Hub, and no agent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import urllib3

from hubshare.embedded.installation import free_port
from hubshare.testing.centre import wait_until


@contextmanager
def plain_lab(home: Path) -> Iterator[str]:
    """Start JupyterLab and give the address that opens it.

    Args:
        home: the home folder of who starts it, and what the file browser shows.
    """
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HUBSHARE_", "JUPYTERHUB_"))
    }
    with (home / "jupyter.log").open("ab") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
                *(f"--port={port}", "--IdentityProvider.token=secret", f"--ServerApp.root_dir={home}"),
            ],
            env=environment | {"HOME": str(home)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    http = urllib3.PoolManager(retries=False)

    def answers() -> bool:
        with suppress(urllib3.exceptions.HTTPError):
            return http.request("GET", f"http://127.0.0.1:{port}/lab?token=secret", timeout=10).status == 200
        return False

    try:
        wait_until(answers, "JupyterLab answers", 60)
        yield f"http://127.0.0.1:{port}/lab?token=secret"
    finally:
        process.kill()
        process.wait(20)
        http.clear()
