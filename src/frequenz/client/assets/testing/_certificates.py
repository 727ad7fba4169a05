"""Certificates of an authority of our own, valid or expired."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Certificates:
    """An authority, and the certificates that it issues for this machine."""

    def __init__(self, folder: Path) -> None:
        """Make an authority, whose certificate is written to a folder."""
        self._folder = folder
        self._authority = trustme.CA()
        self.root = folder / "root.pem"
        """The certificate of the authority, which clients must trust."""

        self._authority.cert_pem.write_to_path(self.root)

    def issue(self, *, is_expired: bool = False) -> tuple[Path, Path]:
        """Return the files of a new certificate and its key."""
        now = datetime.now(UTC)
        until = now + timedelta(hours=-1 if is_expired else 24)
        issued = self._authority.issue_cert(
            "127.0.0.1", "localhost", not_before=now - timedelta(days=2), not_after=until
        )
        chain, key = self._folder / "chain.pem", self._folder / "key.pem"
        chain.unlink(missing_ok=True)
        for part in issued.cert_chain_pems:
            part.write_to_path(chain, append=True)
        issued.private_key_pem.write_to_path(key)
        return chain, key
