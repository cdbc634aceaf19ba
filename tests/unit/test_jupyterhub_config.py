"""`configure` adds HubShare to a Hub's configuration, and takes nothing away."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from traitlets.config import Config

from hubshare.jupyterhub import CUSTOM_SCOPES, HELD, SHARING, configure


def services(c: Any) -> dict[str, Any]:
    return {service["name"]: service for service in c.JupyterHub.services}


def roles(c: Any) -> dict[str, Any]:
    return {role["name"]: role for role in c.JupyterHub.load_roles}


def test_an_empty_configuration_gets_everything(tmp_path: Path) -> None:
    c = Config()
    configure(c, data=tmp_path)
    assert list(services(c)) == ["hubshare", "hubshare-workers", "hubshare-redis"]
    assert [service.get("display", True) for service in c.JupyterHub.services] == [True, False, False]
    assert roles(c)["user"]["scopes"] == ["self", *HELD]
    assert roles(c)["hubshare"] == {
        "name": "hubshare",
        "services": ["hubshare"],
        "scopes": ["list:users", "read:users", "read:groups", "list:groups", "read:services", "read:tokens"],
    }
    assert c.Spawner.server_token_scopes == ["users:activity!user", "access:servers!server", *HELD]
    assert c.JupyterHub.custom_scopes == CUSTOM_SCOPES
    service = services(c)["hubshare"]
    assert c.Spawner.environment == {"HUBSHARE_URL": f"{service['url']}/services/hubshare/"}
    environment = service["environment"]
    assert environment["HUBSHARE_DATA"] == str(tmp_path)
    assert environment["HUBSHARE_AGENT_REDIS_URL"] == environment["HUBSHARE_REDIS_URL"].replace(
        environment["HUBSHARE_REDIS_URL"].split("//")[1].split("@")[0] + "@", ""
    )
    assert all(one["environment"] == environment for one in c.JupyterHub.services)


def test_what_the_admin_set_stays(tmp_path: Path) -> None:
    c = Config()
    c.JupyterHub.services = [{"name": "cull"}]
    c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "shares!user"]}, {"name": "cull"}]
    c.Spawner.environment = {"EDITOR": "vi", "HUBSHARE_URL": "https://hub/services/hubshare/"}
    c.Spawner.server_token_scopes = ["shares!user"]
    configure(c, data=tmp_path)
    assert "cull" in services(c)
    assert roles(c)["user"]["scopes"] == ["self", "shares!user", *HELD]
    assert list(roles(c)) == ["user", "cull", "hubshare"]
    assert c.Spawner.environment == {"EDITOR": "vi", "HUBSHARE_URL": "https://hub/services/hubshare/"}
    assert c.Spawner.server_token_scopes == ["shares!user", *HELD]


def test_what_the_admin_added_stays(tmp_path: Path) -> None:
    c = Config()
    c.JupyterHub.services.append({"name": "cull"})
    c.JupyterHub.load_roles.append({"name": "user"})
    c.JupyterHub.extra_user_scopes.update({"shares!user"})
    c.Spawner.environment.update({"EDITOR": "vi"})
    configure(c, data=tmp_path)
    c.JupyterHub.services.append({"name": "later"})
    c.Spawner.environment["PAGER"] = "less"
    assert {"cull", "hubshare", "later"} < set(services(c))
    assert roles(c)["user"]["scopes"] == ["self", "shares!user", *HELD]
    assert set(c.Spawner.environment) == {"EDITOR", "HUBSHARE_URL", "PAGER"}


def test_a_spawner_class_with_settings_of_its_own_is_served_too(tmp_path: Path) -> None:
    c = Config()
    c.KubeSpawner.environment = {"GRANT_SUDO": "no"}
    c.KubeSpawner.server_token_scopes = lambda spawner: ["access:servers!server", spawner]
    configure(c, data=tmp_path, hub_url="http://proxy-public/jupyter/")
    assert c.KubeSpawner.environment == {
        "GRANT_SUDO": "no",
        "HUBSHARE_URL": "http://proxy-public/jupyter/services/hubshare/",
    }
    assert c.KubeSpawner.server_token_scopes("alice") == ["access:servers!server", "alice", *HELD]


def test_a_server_role_of_the_admin_is_kept_in_the_token(tmp_path: Path) -> None:
    c = Config()
    c.JupyterHub.load_roles = [{"name": "server", "scopes": ["users:activity!user", "shares!user"]}]
    configure(c, data=tmp_path)
    assert c.Spawner.server_token_scopes == ["users:activity!user", "shares!user", *HELD]


def test_a_base_url_is_part_of_the_address(tmp_path: Path) -> None:
    for setting, value in (("base_url", "/jupyter"), ("bind_url", "http://:8000/jupyter/")):
        c = Config()
        c.JupyterHub[setting] = value
        configure(c, data=tmp_path, service_port=20123)
        assert c.Spawner.environment["HUBSHARE_URL"] == "http://127.0.0.1:20123/jupyter/services/hubshare/"


def test_outside_engines_replace_the_embedded_parts(tmp_path: Path) -> None:
    c = Config()
    configure(
        c,
        data=tmp_path,
        redis_url="redis://:x@redis:6379/0",
        agent_redis_url="rediss://redis.example.org:6379/0",
        database_url="postgresql+psycopg://db/hubshare",
        workers=False,
        environment={"HUBSHARE_INBOX_ENTRIES": "50"},
    )
    assert list(services(c)) == ["hubshare"]
    assert services(c)["hubshare"]["environment"] == {
        "HUBSHARE_DATA": str(tmp_path),
        "HUBSHARE_REDIS_URL": "redis://:x@redis:6379/0",
        "HUBSHARE_AGENT_REDIS_URL": "rediss://redis.example.org:6379/0",
        "HUBSHARE_DATABASE_URL": "postgresql+psycopg://db/hubshare",
        "HUBSHARE_INBOX_ENTRIES": "50",
    }


def test_a_second_start_has_the_same_password_and_ports_and_keeps_them_private(tmp_path: Path) -> None:
    first, second = Config(), Config()
    configure(first, data=tmp_path / "data")
    configure(second, data=tmp_path / "data")
    assert first == second
    secret = tmp_path / "data" / "secrets" / "redis"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700


def test_the_hubs_own_home_is_left_alone_unless_wanted_and_templates_of_the_admin_come_first(tmp_path: Path) -> None:
    plain, wanted = Config(), Config()
    configure(plain, data=tmp_path)
    assert "template_paths" not in plain.JupyterHub
    wanted.JupyterHub.template_paths = ["/srv/templates"]
    configure(wanted, data=tmp_path, hub_home=True)
    first, ours = wanted.JupyterHub.template_paths
    assert first == "/srv/templates" and Path(ours, "home.html").is_file()


def test_servers_are_shared_where_that_is_wanted_by_people_and_not_by_what_runs_in_servers(tmp_path: Path) -> None:
    plain, wanted = Config(), Config()
    configure(plain, data=tmp_path)
    assert "shares" not in str(plain) and "args" not in plain.Spawner and "SERVER_SHARES" not in str(plain)
    wanted.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "shares!user"]}]
    wanted.Spawner.args = ["--allow-root", "--HubOAuth.cache_max_age=60"]
    wanted.KubeSpawner.args = ["--debug"]
    configure(wanted, data=tmp_path, server_shares=True, revoke_tokens=True)
    assert roles(wanted)["user"]["scopes"] == ["self", "shares!user", *HELD, "read:users:name"]
    of_browsers = services(wanted)["hubshare"]["oauth_client_allowed_scopes"]
    assert {*SHARING, "access:servers!user", "tokens"} < set(of_browsers)
    assert "tokens" not in services(plain)["hubshare"]["oauth_client_allowed_scopes"]
    # It sees shares and ends them: `shares` would let it make one.
    assert set(roles(wanted)["hubshare"]["scopes"]) - set(roles(plain)["hubshare"]["scopes"]) == {
        "read:shares",
        "users:shares",
    }
    assert wanted.Spawner.server_token_scopes == plain.Spawner.server_token_scopes
    # What the admin says comes later, and holds.
    assert wanted.Spawner.args == ["--HubOAuth.cache_max_age=10", "--allow-root", "--HubOAuth.cache_max_age=60"]
    assert wanted.KubeSpawner.args == ["--HubOAuth.cache_max_age=10", "--debug"]
    assert services(wanted)["hubshare"]["environment"]["HUBSHARE_SERVER_SHARES"] == "true"


def test_activity_is_what_servers_say_and_the_culler_with_the_arbiter_may_look(tmp_path: Path) -> None:
    c = Config()
    c.JupyterHub.services = [{"name": "cull", "command": ["python", "-m", "hubshare.culling"]}, {"name": "other"}]
    configure(c, data=tmp_path, hub_url="https://hub.example.org", activity=True)
    assert c.JupyterHub.last_activity_interval == 0 and c.Spawner.environment["HUBSHARE_ACTIVITY"] == "true"
    url = services(c)["hubshare"]["url"]
    assert services(c)["cull"]["environment"] == {"HUBSHARE_URL": f"{url}/services/hubshare/"}
    assert "environment" not in services(c)["other"]
    assert roles(c)["hubshare-culling"]["services"] == ["cull"]
    plain = Config()
    configure(plain, data=tmp_path / "plain")
    assert "last_activity_interval" not in plain.JupyterHub and "HUBSHARE_ACTIVITY" not in plain.Spawner.environment
    assert "hubshare-culling" not in roles(plain)
