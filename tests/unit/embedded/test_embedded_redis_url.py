"""Where a command on the Hub's machine finds the embedded Redis."""

from __future__ import annotations

import json
from pathlib import Path

from hubshare.embedded.installation import embedded_redis_url
from hubshare.secret_file import load_or_create_secret


def test_the_embedded_redis_is_found_by_what_the_installation_keeps(tmp_path: Path) -> None:
    assert embedded_redis_url(tmp_path) is None, "Redis is another machine's"
    (tmp_path / "ports.json").write_text(json.dumps({"service": 20_001, "redis": 20_002}))
    assert embedded_redis_url(tmp_path) is None
    password = load_or_create_secret(tmp_path, "redis")
    assert embedded_redis_url(tmp_path) == f"redis://:{password}@127.0.0.1:20002/0"
