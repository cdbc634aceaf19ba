"""The ports of an installation: two that start at the same moment never choose the same one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hubshare.embedded import installation


@pytest.mark.skipif(sys.platform != "linux", reason="claims are a matter of Linux")
def test_a_port_that_another_process_has_just_chosen_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    choose = (
        "from hubshare.embedded.installation import free_port; print(free_port(), flush=True); input()"  # and lives on
    )
    with subprocess.Popen(
        [sys.executable, "-c", choose], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        chosen = int(other.stdout.readline())
        monkeypatch.setattr(installation, "_LOWEST", chosen)
        monkeypatch.setattr(installation, "_HIGHEST", chosen + 100)
        found = [installation.free_port() for _ in range(5)]
        other.communicate("\n")
    assert chosen not in found and len(set(found)) == 5
