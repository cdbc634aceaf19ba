"""Gives mails to the mail server of the settings (RFC 5321): over TLS that is verified, each answer within a bounded time."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr
from types import TracebackType
from typing import NamedTuple

from hubshare.config import CentreSettings
from hubshare.errors import Unavailable
from hubshare.features.mail.letters import is_address
from hubshare.names import one_line
from hubshare.store.mail_tables import ADDRESS

#: So long the mail server may take for each of its answers.
_SECONDS = 20.0
#: So much of what it says is told on.
_SAID = 200


class Taken(NamedTuple):
    """What the mail server says to a mail.

    Attributes:
        words: why it does not take it; "" where it does.
        never: whether it never will for this address.
    """

    words: str = ""
    never: bool = False


class Post:
    """One connection to the mail server, made when there is something to send.

    Raises:
        Unavailable: the settings lack something.
    """

    def __init__(self, settings: CentreSettings) -> None:
        if not is_address(parseaddr(settings.mail_from)[1], ADDRESS) or not settings.mail_from.isprintable():
            raise Unavailable("HUBSHARE_MAIL_FROM has to be the address that mails come from.")
        if not settings.mail_url.startswith(("https://", "http://")):
            raise Unavailable("HUBSHARE_MAIL_URL has to be the address of HubShare in browsers, for links in mails.")
        if settings.smtp_user and settings.smtp_security == "none":
            raise Unavailable("No password is sent without encryption: set HUBSHARE_SMTP_SECURITY to starttls or tls.")
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def send(self, message: EmailMessage) -> Taken:
        """Send a mail to the one address that it is for.

        Raises:
            Unavailable: the mail server does not answer, or takes nothing from us.
        """
        try:
            if self._server is None:
                self._server = self._open()
            self._server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            # Sent to one address, so there is one answer.
            [(code, said)] = error.recipients.values()
            return Taken(_words(code, said), 500 <= code < 600)
        except smtplib.SMTPDataError as error:
            return Taken(_words(error.smtp_code, error.smtp_error))
        except smtplib.SMTPResponseException as error:
            self._close()
            raise Unavailable(f"The mail server says {_words(error.smtp_code, error.smtp_error)}") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._close()
            raise Unavailable(f"The mail server cannot be used: {one_line(str(error))[:_SAID]}") from error
        return Taken()

    def _open(self) -> smtplib.SMTP:
        wanted = self._settings
        context = ssl.create_default_context()
        if wanted.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                wanted.smtp_host, wanted.smtp_port, timeout=_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(wanted.smtp_host, wanted.smtp_port, timeout=_SECONDS)
        try:
            if wanted.smtp_security == "starttls":
                server.starttls(context=context)
            if wanted.smtp_user:
                file = wanted.smtp_password_file
                server.login(wanted.smtp_user, file.read_text().strip() if file is not None else "")
        except BaseException:
            server.close()
            raise
        return server

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()


def _words(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {one_line(text)[:_SAID]}"
