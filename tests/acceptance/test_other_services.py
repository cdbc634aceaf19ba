"""Other services of a real Hub: their own tokens, and those that they were given for a user."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx
import pytest

from demo.hub_config import ADMIN
from demo.stack import LocalStack
from hubshare.jupyterhub import ACCESS
from hubshare.secret_file import load_or_create_secret
from hubshare.testing.centre import wait_until

READ = "custom:hubshare:read"


class Other:
    """A service beside HubShare, that people sign in to.

    Attributes:
        secret: its own token.
    """

    def __init__(self, stack: LocalStack, name: str, allowed: list[str]) -> None:
        self.stack, self.name, self.secret = stack, name, secrets.token_hex(32)
        self.client, self.back = f"service-{name}", f"{stack.url}/services/{name}/back"
        about = {"oauth_client_id": self.client, "oauth_redirect_uri": self.back, "oauth_no_confirm": True}
        about |= {"api_token": self.secret, "oauth_client_allowed_scopes": allowed}
        stack.api("POST", f"services/{name}", about)

    def token_for(self, browser: httpx.Client) -> str:
        """The token that it is given for whoever has signed in to the Hub."""
        asked = {"client_id": self.client, "redirect_uri": self.back, "response_type": "code", "state": "s"}
        sent = browser.get("/hub/api/oauth2/authorize", params=asked, follow_redirects=False)
        assert sent.status_code == 302, sent.text[:500]
        code = httpx.URL(sent.headers["location"]).params["code"]
        given = {"client_id": self.client, "client_secret": self.secret, "redirect_uri": self.back}
        answer = httpx.post(
            f"{self.stack.url}/hub/api/oauth2/token",
            data=given | {"grant_type": "authorization_code", "code": code},
            timeout=20,
        )
        return str(answer.raise_for_status().json()["access_token"])


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    """An admin's, who has signed in to the Hub: who may use all services."""
    with httpx.Client(base_url=stack.url, follow_redirects=True, timeout=60) as made:
        made.get("/hub/login")
        word = load_or_create_secret(stack.data, "admin-password", length=24)
        made.post("/hub/login", data={"username": ADMIN, "password": word, "_xsrf": made.cookies["_xsrf"]})
        yield made


def asks(stack: LocalStack, token: str, method: str, path: str, **more: object) -> httpx.Response:
    headers = {"Authorization": f"token {token}"}
    return httpx.request(method, f"{stack.service_url}api/v1{path}", headers=headers, timeout=20, **more)  # type: ignore[arg-type]


def test_what_another_service_was_given_for_a_user_does_just_what_it_may_ask_for(
    stack: LocalStack, browser: httpx.Client
) -> None:
    reading = Other(stack, "reading", [ACCESS, READ])
    strange = Other(stack, "strange", ["read:users!user"])
    try:
        token = reading.token_for(browser)
        me = asks(stack, token, "GET", "/me").json()
        assert (me["name"], me["scopes"]) == (ADMIN, [READ])
        assert asks(stack, token, "POST", "/projects", json={"name": "made"}).status_code == 403
        # The user is an admin of the Hub: with a token that only reads nobody acts as one.
        assert asks(stack, token, "GET", "/audit").status_code == 403
        assert asks(stack, strange.token_for(browser), "GET", "/me").status_code == 403
        # What it has itself is no user's, and none that HubShare was named to.
        assert asks(stack, reading.secret, "GET", "/me").status_code == 403
        stack.api("DELETE", "services/reading")
        wait_until(lambda: asks(stack, token, "GET", "/me").status_code == 401, "its tokens end with the service")
    finally:
        stack.api("DELETE", "services/strange")
