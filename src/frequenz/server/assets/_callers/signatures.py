"""Signatures of calls: what a call says about its caller, and whether that is true.

Every call has the metadata `key`, `ts` (seconds since 1970), `nonce` and `sig`. The signature is
an HMAC-SHA256 of key, time, nonce and the name of the method, with a secret that only the caller
and the server know. The body of the request and the name of the service are not signed.
"""

import hmac
import re
import secrets as random
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

MAX_SECRETS: Final = 2
"""How many secrets a key may have: the second one while it is rotated."""

# No other form of the same values, so that none of them is signed by the same bytes: key, time and
# nonce are signed without separators.
_TIME: Final = re.compile(r"[1-9][0-9]{0,11}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{22}==")

_FIELDS: Final = ("key", "ts", "nonce", "sig")


class Credentials(NamedTuple):
    """What a call says about its caller; empty texts are missing."""

    key: str = ""
    time: str = ""
    nonce: str = ""
    signature: str = ""


def read_credentials(metadata: Iterable[tuple[str, str | bytes]]) -> Credentials:
    """Return the credentials in the metadata of a call.

    There are none if a field is there twice, or is not ASCII.
    """
    found: dict[str, str] = {}
    for name, value in metadata:
        if name in _FIELDS:
            text = value if isinstance(value, str) else value.decode("latin-1")
            if name in found or not text.isascii():
                return Credentials()
            found[name] = text
    return Credentials(*[found.get(name, "") for name in _FIELDS])


class Secret:
    """The secret of a key.

    What is the same for all signatures is computed once. It takes most of the time of a signature,
    as it uses much of OpenSSL's code and data, which are in no cache of the processor by then.
    """

    def __init__(self, text: str) -> None:
        """Take the text that the caller has."""
        self._unsigned = hmac.new(text.encode(), digestmod="sha256")

    def sign(self, credentials: Credentials, method: str) -> str:
        """Return the signature of a call.

        Args:
            credentials: The caller's key, the time and the nonce.
            method: The name of the method, without its service.
        """
        key, time, nonce, _ = credentials
        signed = self._unsigned.copy()
        signed.update(f"{key}{time}{nonce}{method}".encode())
        return urlsafe_b64encode(signed.digest()).rstrip(b"=").decode()


_NO_SECRET: Final = Secret(random.token_urlsafe(32))
"""Compared with instead of a secret that is missing, so that it takes the same time."""


def is_signed(credentials: Credentials, method: str, secrets: Sequence[Secret]) -> bool:
    """Return whether a call is signed with one of the secrets of its key.

    It takes the same time for any signature, and without secrets as long as with one.
    """
    is_valid = False
    for secret in secrets or (_NO_SECRET,):
        is_valid |= hmac.compare_digest(credentials.signature, secret.sign(credentials, method))
    return is_valid and bool(secrets)


def reason_not_fresh(credentials: Credentials, now: float, tolerance: float) -> str | None:
    """Return why the time or the nonce of a call do not count, or None if they do.

    Args:
        credentials: What the call says.
        now: The time of the server, in s since 1970.
        tolerance: By how much the time may differ from it, in s.
    """
    if not _TIME.fullmatch(credentials.time):
        return "ts is not a number of seconds"
    if not _NONCE.fullmatch(credentials.nonce):
        return "nonce is not 16 bytes in padded URL-safe base64"
    age = now - int(credentials.time)
    if age > tolerance:
        return f"signed {age:.0f} s ago"
    if -age > tolerance:
        return f"signed {-age:.0f} s ahead of the clock of the server"
    return None
