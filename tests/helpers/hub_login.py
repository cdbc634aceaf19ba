"""Sign in at a Hub as a browser does, by its form."""

from __future__ import annotations

import re

import httpx

from demo.stack import LocalStack


def sign_in(browser: httpx.Client, stack: LocalStack, user: str, want: str) -> httpx.Response:
    """Ask for a page, and fill in the form of the Hub that comes instead."""
    form = browser.get(want)
    assert form.url.path == "/hub/login"
    action = re.search(r'<form[^>]* action="([^"]+)"', form.text)
    assert action
    data = {"username": user, "password": stack.password, "_xsrf": browser.cookies["_xsrf"]}
    return browser.post(action[1].replace("&amp;", "&"), data=data)
