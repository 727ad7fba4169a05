"""What a server reads beside the inventory, at its start and with each reload."""

import asyncio
import os
from pathlib import Path
from typing import NamedTuple

from .._callers.key_table import tag_of_keys
from .._callers.keys import Keys
from .._callers.nonces import nonces_within
from .._callers.opening import DATABASE, CallerSettings, nonces_place, read_keys
from .._settings import ServerSettings
from .._stores import Store
from .._stores.urls import is_url
from .tls import CertificateFiles, Pem


class Loaded(NamedTuple):
    """What was read; a process can send it to another one."""

    keys: Keys | None
    """None = callers are not checked."""

    keys_tag: str | None
    """What differs once keys in the database have changed; None = they are in a file."""

    certificates: Pem | None
    """None = without TLS."""

    has_inventory: bool = True
    """Whether the inventory is in the database, so that calls can be answered."""


def caller_settings(settings: ServerSettings) -> CallerSettings | None:
    """Return what the settings say about callers; None = they are not checked."""
    if settings.keys is None:
        return None
    keys, encryption_key, nonces, database = (
        None if it is None else os.fspath(it)
        for it in (settings.keys, settings.encryption_key, settings.nonces, settings.database)
    )
    assert keys is not None
    return CallerSettings(
        keys=None if keys == DATABASE else Path(keys),
        encryption_key=None if encryption_key is None else Path(encryption_key),
        nonces=nonces_place(keys, nonces, database, is_url=is_url(database or "")),
        max_nonces=settings.max_nonces
        or nonces_within(settings.limits, settings.clock_tolerance_seconds),
        tolerance_seconds=settings.clock_tolerance_seconds,
        allow_keys_without_secret=settings.allow_keys_without_secret,
    )


async def load(settings: ServerSettings, store: Store) -> Loaded:
    """Read keys and certificates.

    Raises:
        KeysError: If the keys cannot be used.
        OSError: If the certificates cannot be read or used.
        StoreError: If the keys are in the database, and it cannot be used.
    """
    callers, keys, tag = caller_settings(settings), None, None
    if callers is not None:
        # Before the keys: what changes in between is noticed then.
        tag = await tag_of_keys(store) if callers.keys is None else None
        keys = await read_keys(callers, store)
    files = certificate_files(settings)
    pem = None if files is None else await asyncio.to_thread(files.read)
    return Loaded(keys, tag, pem)


def certificate_files(settings: ServerSettings) -> CertificateFiles | None:
    """Return the files for TLS, if there are any."""
    chain, key = settings.ssl_certificate_chain, settings.ssl_private_key
    if chain is None or key is None:
        return None
    roots = settings.ssl_client_root_certificates
    return CertificateFiles(Path(chain), Path(key), None if roots is None else Path(roots))
