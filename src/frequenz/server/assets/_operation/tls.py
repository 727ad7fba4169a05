"""Certificates for TLS, which can be replaced while the server runs."""

import ssl
from pathlib import Path
from typing import Final, NamedTuple

import grpc

_PEM: Final = "expected a certificate chain and its unencrypted private key as PEM"


class CertificateFiles(NamedTuple):
    """The PEM files of a server."""

    chain: Path
    private_key: Path
    client_roots: Path | None
    """The authorities that issue certificates of clients. None = clients need no certificate."""


class Certificates:
    """The certificates in use."""

    def __init__(self, files: CertificateFiles) -> None:
        """Read the files.

        Raises:
            OSError: If one cannot be read or used; the message names it.
        """
        self._files = files
        self._current = self.read()

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Return what the files contain, for `replace`.

        Raises:
            OSError: If one cannot be read or used; the message names it.
        """
        chain, key, roots = self._files
        pair = key.read_bytes(), chain.read_bytes()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # gRPC does not say what is wrong with the files; the standard library does. Without a
            # password, it would prompt for that of an encrypted key.
            context.load_cert_chain(chain, key, password="")
        except ssl.SSLError as error:
            raise OSError(f"cannot use {chain} and {key} for TLS: {error}; {_PEM}") from error
        if roots is None:
            return grpc.ssl_server_certificate_configuration([pair])
        authorities = roots.read_bytes()
        try:
            context.load_verify_locations(cadata=authorities.decode("ascii", "ignore"))
        except ssl.SSLError as error:
            raise OSError(
                f"cannot use {roots} for TLS: {error}; expected certificates as PEM"
            ) from error
        return grpc.ssl_server_certificate_configuration([pair], authorities)

    def replace(self, configuration: grpc.ServerCertificateConfiguration) -> None:
        """Use other certificates for new connections."""
        self._current = configuration

    def credentials(self) -> grpc.ServerCredentials:
        """Return the credentials for the port of a server."""
        return grpc.dynamic_ssl_server_credentials(
            self._current,
            # Called for every new connection, by a thread of gRPC.
            lambda: self._current,
            require_client_authentication=self._files.client_roots is not None,
        )
