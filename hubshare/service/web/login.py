"""Signing in with a browser: the Hub says who it is (OAuth 2 with PKCE, RFC 7636)."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlencode

from hubshare.errors import NotSignedIn, Unavailable


class Login(Protocol):
    """The Hub, as browsers are sent there and back."""

    @property
    def hub(self) -> str:
        """Address of the Hub's own pages, with a slash at the end."""
        ...

    def start(self, state: str) -> tuple[str, str]:
        """Where to send a browser, and the secret that the token is asked for with later.

        Args:
            state: comes back with the browser.
        """
        ...

    async def token(self, code: str, verifier: str) -> str:
        """The token of the person with whom a browser came back.

        Raises:
            NotSignedIn: when the Hub does not accept the code.
            Unavailable: when it does not answer.
        """
        ...


class HubLogin:
    """Signs in at a real Hub, which says in the environment how."""

    def __init__(self) -> None:
        from jupyterhub.services.auth import HubOAuth

        self._auth: Any = HubOAuth.instance()
        self.hub: str = self._auth.hub_host + self._auth.hub_prefix

    def start(self, state: str) -> tuple[str, str]:
        verifier, challenge, method = self._auth.generate_pkce_code_challenge()
        query = {
            "client_id": self._auth.oauth_client_id,
            "redirect_uri": self._auth.oauth_redirect_uri,
            "response_type": "code",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": method,
        }
        return f"{self._auth.oauth_authorization_url}?{urlencode(query)}", verifier

    async def token(self, code: str, verifier: str) -> str:
        try:
            return str(await self._auth.token_for_code(code, code_verifier=verifier, sync=False))
        except Exception as error:
            if 400 <= getattr(error, "status_code", 0) < 500:
                raise NotSignedIn("The Hub did not sign you in: begin again.") from None
            raise Unavailable("The Hub does not answer: try again in a moment.") from error
