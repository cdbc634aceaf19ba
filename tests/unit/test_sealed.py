"""Secrets in the tables: sealed with a key that is not in them."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

import pytest

from hubshare.errors import Unavailable
from hubshare.sealed import Sealer


def test_what_was_sealed_is_opened_after_a_restart_and_cannot_be_read(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path).seal(b"whsec_of_somebody")
    assert "whsec" not in sealed and sealed != Sealer(tmp_path).seal(b"whsec_of_somebody")
    assert Sealer(tmp_path).open(sealed) == b"whsec_of_somebody"
    assert stat.S_IMODE((tmp_path / "secrets" / "sealing").stat().st_mode) == 0o600


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    before = Sealer(tmp_path).seal(b"old")
    keys = tmp_path / "secrets" / "sealing"
    old = keys.read_text()
    # With and without the `=` that others write at the end.
    keys.write_text(secrets.token_urlsafe(32) + "=\n" + old)
    renewed = Sealer(tmp_path)
    after = renewed.seal(b"new")
    assert (renewed.open(before), renewed.open(after)) == (b"old", b"new")
    keys.write_text(old)
    with pytest.raises(Unavailable, match="secrets/sealing"):
        Sealer(tmp_path).open(after)


@pytest.mark.parametrize("bad", ["", "short", "ü" * 43])
def test_what_was_changed_is_not_opened_and_what_is_no_key_is_named(tmp_path: Path, bad: str) -> None:
    sealed = Sealer(tmp_path).seal(b"secret")
    with pytest.raises(Unavailable):
        Sealer(tmp_path).open(sealed[:-6] + "AAAA==")
    (tmp_path / "secrets" / "sealing").write_text(bad)
    with pytest.raises(Unavailable, match="holds no keys"):
        Sealer(tmp_path)
