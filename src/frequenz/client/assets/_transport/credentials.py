"""Keys, secrets and files for TLS: what is wrong with them, before gRPC gets them."""

import re
import ssl
from pathlib import Path
from typing import Final

import grpc

from .url import TlsFiles

# Patterns that few programs need, so that they are compiled at first use.
_CERTIFICATE: Final = rb"-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----"
_KEY: Final = rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"


def check_key(auth_key: str | None, sign_secret: str | None) -> None:
    """Refuse keys and secrets that cannot be sent; none of them is repeated.

    Raises:
        TypeError: If one is no string.
        ValueError: If one is empty, holds something else than printable ASCII, or begins or ends
            with a blank; or if there is a secret without a key.
    """
    for name, value in (("auth_key", auth_key), ("sign_secret", sign_secret)):
        if value is None:
            continue
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected a string, got one of type {type(value).__name__}")
        if not value:
            raise ValueError(f"{name}: empty; leave it out where there is none")
        if value != value.strip():
            raise ValueError(f"{name}: there is a blank or a line break at its start or end")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"{name}: there is a character that is no printable ASCII")
    if sign_secret is not None and auth_key is None:
        raise ValueError("sign_secret: a secret needs an auth_key, whose calls it signs")


def channel_credentials(files: TlsFiles) -> grpc.ChannelCredentials:
    """Return the credentials for TLS.

    Raises:
        ValueError: If a file cannot be read, is no PEM, or key and certificate do not fit.
    """
    roots = _read("root certificates", files.root_certificates, _CERTIFICATE)
    key = _read("private key", files.private_key, _KEY)
    chain = _read("certificate chain", files.certificate_chain, _CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # gRPC says nothing of what is wrong with these, or ends the process; the standard library does.
    if roots is not None:
        try:
            context.load_verify_locations(cadata=roots.decode("ascii", "ignore"))
        except ssl.SSLError as error:
            raise ValueError(f"root certificates: cannot be used: {error}") from None
    if key is not None and chain is not None:
        try:
            _check_pair(context, files, chain, key)
        except ssl.SSLError as error:
            raise ValueError(
                f"private key and certificate chain: cannot be used together: {error}"
            ) from None
    return grpc.ssl_channel_credentials(roots, key, chain)


def _check_pair(context: ssl.SSLContext, files: TlsFiles, chain: bytes, key: bytes) -> None:
    """Load both: without a password, it would ask a terminal for that of an encrypted key."""
    if isinstance(files.certificate_chain, Path) and isinstance(files.private_key, Path):
        context.load_cert_chain(files.certificate_chain, files.private_key, password="")
        return
    import tempfile  # noqa: PLC0415 - few need it, and the archivers that it imports

    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "pair.pem"
        both.touch(mode=0o600)
        both.write_bytes(chain + b"\n" + key)
        context.load_cert_chain(both, password="")


def _read(what: str, source: Path | bytes | None, kind: bytes) -> bytes | None:
    if source is None:
        return None
    where = "" if isinstance(source, bytes) else f"{source}: "
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise ValueError(f"{what}: {where}cannot be read: {error.strerror}") from None
    if not re.search(kind, content):
        line = "PRIVATE KEY" if kind is _KEY else "CERTIFICATE"
        raise ValueError(f"{what}: {where}expected PEM, with a line -----BEGIN {line}-----")
    return content
