"""Documents of their own: what is rendered with its scripts, for a frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

#: The looks of what is rendered; pages serve it, live documents have it inside.
STYLES = Path(__file__).with_name("rendered.css")

#: The header for what is served as a document of its own: scripts run in an origin of nobody, and reach no network.
SANDBOX_CSP = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)

#: More headers for it. A policy leaves ways to the network: WebRTC, and where a frame goes, whose very name tells something.
#: The first closes them all, in browsers that know it (https://wicg.github.io/connection-allowlists/).
NO_CONNECTIONS = {"Connection-Allowlist": "()", "X-DNS-Prefetch-Control": "off"}
#: The first version of Chromium of which it was seen that it keeps to it.
_CHROMIUM = 156
_BRAND = re.compile(r'"Chromium";\s*v="(\d{1,5})"')

#: Stands before all else in such a document: opened by itself, nothing that follows is read.
_ONLY_FRAMED = "<script>if (self === top) { stop(); document.documentElement.remove(); }</script>"

#: The same inside of such documents. `sandbox` only works in the header.
_INSIDE_CSP = SANDBOX_CSP.partition("; ")[2]


def document(fragment: str, styles: str = "", scripts: str = "") -> str:
    """A document of its own around a fragment, to be served under `SANDBOX_CSP` in a frame. It fetches nothing by itself.

    Args:
        fragment: a result's HTML.
        styles: CSS of ours.
        scripts: JavaScript of ours.
    """
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_INSIDE_CSP}">{_ONLY_FRAMED}'
        f"<style>{styles}</style></head><body>{fragment}<script>{scripts}</script></body></html>"
    )


def promises_to_reach_nothing(headers: Mapping[str, str]) -> bool:
    """Return whether the browser that sent a request keeps scripts in such a document from every way to the network.

    Args:
        headers: of the request. Browsers say what they are over HTTPS only; of others it is not known.
    """
    brand = _BRAND.search(headers.get("sec-ch-ua", ""))
    return brand is not None and int(brand[1]) >= _CHROMIUM
