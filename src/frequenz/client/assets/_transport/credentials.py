"""Checks keys, secrets and files for TLS before gRPC uses them."""

import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final

import grpc

from .._lazy import lazy_module
from .url import TlsFiles

if TYPE_CHECKING:
    import tempfile
else:
    # Slow to import, and seldom needed.
    tempfile = lazy_module("tempfile", __package__)

# Few programs need these patterns, so they are compiled when they are first used.
_CERTIFICATE: Final = rb"-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----"
_KEY: Final = rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"


def check_key(auth_key: str | None, sign_secret: str | None) -> None:
    """Check that a key and a secret can be sent; messages do not repeat them.

    Raises:
        TypeError: If one is not a string.
        ValueError: If one is empty, starts or ends with whitespace, or contains characters that are
            not printable ASCII; or if there is a secret without a key.
    """
    for name, value in (("auth_key", auth_key), ("sign_secret", sign_secret)):
        if value is None:
            continue
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected a string, got one of type {type(value).__name__}")
        if not value:
            raise ValueError(f"{name}: must not be empty; omit it if there is none")
        if value != value.strip():
            raise ValueError(f"{name}: must not start or end with whitespace")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"{name}: must only contain printable ASCII characters")
    if sign_secret is not None and auth_key is None:
        raise ValueError("sign_secret: requires an auth_key")


def channel_credentials(files: TlsFiles) -> grpc.ChannelCredentials:
    """Return the credentials for TLS.

    Raises:
        ValueError: If a file cannot be read or is not PEM, or the key is not that of the
            certificate.
    """
    roots = _read("root certificates", files.root_certificates, _CERTIFICATE)
    key = _read("private key", files.private_key, _KEY)
    chain = _read("certificate chain", files.certificate_chain, _CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # gRPC hides the error in these, or aborts the process; the standard library reports it.
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
    """Load both, with a password: otherwise OpenSSL prompts for that of an encrypted key."""
    if isinstance(files.certificate_chain, Path) and isinstance(files.private_key, Path):
        context.load_cert_chain(files.certificate_chain, files.private_key, password="")
        return
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder) / "pair.pem"
        pair.touch(mode=0o600)
        pair.write_bytes(chain + b"\n" + key)
        context.load_cert_chain(pair, password="")


def _read(name: str, source: Path | bytes | None, pattern: bytes) -> bytes | None:
    if source is None:
        return None
    prefix = f"{name}: " if isinstance(source, bytes) else f"{name}: {source}: "
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise ValueError(f"{prefix}cannot be read: {error.strerror}") from None
    if not re.search(pattern, content):
        label = "PRIVATE KEY" if pattern is _KEY else "CERTIFICATE"
        raise ValueError(f"{prefix}expected a PEM file with a line -----BEGIN {label}-----")
    return content
