"""Documents of their own: what is rendered with its scripts, for a frame."""

from __future__ import annotations

from pathlib import Path

#: The looks of what is rendered; pages serve it, live documents have it inside.
STYLES = Path(__file__).with_name("rendered.css")

#: The header for what is served as a document of its own: scripts run in an origin of nobody, and reach no network.
SANDBOX_CSP = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)

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
        f'<meta http-equiv="Content-Security-Policy" content="{_INSIDE_CSP}">'
        f"<style>{styles}</style></head><body>{fragment}<script>{scripts}</script></body></html>"
    )
