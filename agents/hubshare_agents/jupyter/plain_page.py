"""A page of the server extension, for where there is no panel."""

from __future__ import annotations

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>HubShare</title>
<style>:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
main {{ max-width: 40rem; margin: 3rem auto; padding: 0 1rem }} h1 {{ font-size: 1.5rem }}
button {{ font: inherit; padding: .4rem 1rem; cursor: pointer }}</style></head><body><main>{inside}</main></body></html>"""


def page(inside: str) -> str:
    """Return the page.

    Args:
        inside: HTML, in which all that others wrote is escaped.
    """
    return _PAGE.format(inside=inside)
