"""A mail server on this machine, which takes what comes, or says what a test wants it to say."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOGIN = b"hubshare", b"open-sesame"


class MailServer:
    """What it took, and what it says.

    Attributes:
        taken: mails with the address that each was for.
        refuses: its answer to an address in place of taking it.
        port: where it listens.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.refuses: dict[str, str] = {}
        self.port = 0

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        [to] = envelope.rcpt_tos
        self.taken.append((to, message_from_bytes(envelope.content, EmailMessage, policy=policy.default)))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """What was sent to an address."""
        return [message for to, message in self.taken if to == address]


class _AnyPort(Controller):
    """Listens where there is room."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(certificate: Path | None = None) -> Iterator[MailServer]:
    """Run one.

    Args:
        certificate: it speaks TLS with this one only, and to whoever signs in with `LOGIN`; None for openly.
    """
    server = MailServer()
    secure: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        secure = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": _check}
    controller = _AnyPort(server, hostname="127.0.0.1", port=0, **secure)
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()


def make_certificate(folder: Path) -> Path:
    """A file with a certificate of `localhost` that nobody has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin)
        .not_valid_after(begin + datetime.timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    kept = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(*kept) + made.public_bytes(serialization.Encoding.PEM))
    return file


def _check(_: Any, __: Any, ___: Any, mechanism: str, given: Any) -> AuthResult:
    fine = isinstance(given, LoginPassword) and (given.login, given.password) == LOGIN
    return AuthResult(success=fine, handled=fine)
