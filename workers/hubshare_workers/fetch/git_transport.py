"""How stock git reaches a repository on the internet: with all off that reaches out by itself, and to a checked address alone.

It connects to the address that was checked (`http.curloptResolve`), follows no redirect, and gets its credential by the
environment: what is in arguments, others on the machine can read.

Source: git's Documentation/config/http.txt, protocol.txt and git-config.txt.
"""

from __future__ import annotations

from typing import NamedTuple

from hubshare.config import CentreSettings
from hubshare_workers.fetch.budget import SLOWEST
from hubshare_workers.fetch.guard import Pinned


class Transport(NamedTuple):
    """What git is given besides the command.

    Attributes:
        args: stand in front of the command.
        given: added to its environment.
    """

    args: tuple[str, ...]
    given: dict[str, str]


def transport(pinned: Pinned, settings: CentreSettings, idle: float, authorization: str, **more: str) -> Transport:
    """Return how git reaches an address.

    Args:
        idle: longest time with next to nothing on the line, in seconds.
        authorization: the header that opens it; "" for none.
        more: further configuration, by names with `_` for the dot.
    """
    config = {
        "protocol.allow": "never",
        "protocol.https.allow": "always",
        "protocol.http.allow": "always" if settings.fetch_http else "never",
        "http.followRedirects": "false",
        "http.proxy": "",
        "http.cookieFile": "",
        "http.lowSpeedLimit": str(SLOWEST),
        "http.lowSpeedTime": str(max(1, int(idle))),
        "http.curloptResolve": f"{pinned.host}:{pinned.port}:{','.join(pinned.addresses)}",
        "credential.helper": "",
        "core.askPass": "",
    } | {name.replace("_", "."): value for name, value in more.items()}
    args = tuple(word for name, value in config.items() for word in ("-c", f"{name}={value}"))
    given = {
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_ALLOW_PROTOCOL": "https:http" if settings.fetch_http else "https",
    }
    if authorization:
        given |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{pinned.url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {authorization}",
        }
    return Transport(args, given)
