"""Certificates for TLS, which can be replaced while the server runs."""

import ssl
from pathlib import Path
from typing import Final, NamedTuple

import grpc

_PEM: Final = "expected a certificate chain and its unencrypted private key as PEM"

_READS: Final = 5
"""How often files are read again that change while they are read."""


class Pem(NamedTuple):
    """The certificates of a server, as PEM."""

    chain: bytes
    private_key: bytes
    client_roots: bytes | None
    """The authorities that issue certificates of clients. None = clients need no certificate."""


class CertificateFiles(NamedTuple):
    """The PEM files of a server."""

    chain: Path
    private_key: Path
    client_roots: Path | None

    def read(self) -> Pem:
        """Return what the files contain.

        Raises:
            OSError: If one cannot be read or used; the message names it.
        """
        pem = self._read()
        for _ in range(_READS):
            # The check reads the files itself. Somebody may be replacing them, one after the other.
            checked = pem
            self._check(pem)
            pem = self._read()
            if pem == checked:
                return pem
        raise OSError(f"cannot use {self.chain} and {self.private_key} for TLS: they keep changing")

    def _read(self) -> Pem:
        chain, key, roots = self
        return Pem(
            chain.read_bytes(), key.read_bytes(), None if roots is None else roots.read_bytes()
        )

    def _check(self, pem: Pem) -> None:
        chain, key, roots = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # gRPC does not say what is wrong with the files; the standard library does. Without a
            # password, it would prompt for that of an encrypted key.
            context.load_cert_chain(chain, key, password="")
        except ssl.SSLError as error:
            raise OSError(f"cannot use {chain} and {key} for TLS: {error}; {_PEM}") from error
        if pem.client_roots is not None:
            try:
                context.load_verify_locations(cadata=pem.client_roots.decode("ascii", "ignore"))
            except ssl.SSLError as error:
                raise OSError(
                    f"cannot use {roots} for TLS: {error}; expected certificates as PEM"
                ) from error


class Certificates:
    """The certificates in use."""

    def __init__(self, pem: Pem) -> None:
        """Use certificates."""
        self._needs_client = pem.client_roots is not None
        self.replace(pem)

    def replace(self, pem: Pem) -> None:
        """Use other certificates for new connections."""
        pair = pem.private_key, pem.chain
        self._current = grpc.ssl_server_certificate_configuration([pair], pem.client_roots)

    def credentials(self) -> grpc.ServerCredentials:
        """Return the credentials for the port of a server."""
        return grpc.dynamic_ssl_server_credentials(
            self._current,
            # Called for every new connection, by a thread of gRPC.
            lambda: self._current,
            require_client_authentication=self._needs_client,
        )
