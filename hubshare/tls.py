"""Why a connection could not be made safe, in words; pure."""

from __future__ import annotations

import ssl


def tls_fault(error: BaseException) -> str:
    """Return what is wrong with the other side's certificate or TLS, "" where an error is about something else.

    Args:
        error: as a library of HTTP raises it, with what led to it behind.
    """
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted ({found.verify_message})"
        if isinstance(found, ssl.SSLError):
            return "it does not speak TLS as it should, so https does not work there"
        found = found.__cause__ or found.__context__
    return ""
