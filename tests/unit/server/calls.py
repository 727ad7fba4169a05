"""Signed calls, made by the interceptors that clients use."""

from base64 import urlsafe_b64encode
from typing import Any, Final

import grpc.aio
from frequenz.client.base.authentication import AuthenticationInterceptorUnaryUnary
from frequenz.client.base.signing import SigningInterceptorUnaryUnary

from frequenz.server.assets._callers.signatures import Credentials, Secret

METHOD: Final = "GetMicrogrid"
NOW: Final = 1_800_000_000
NONCE: Final = urlsafe_b64encode(bytes(range(16))).decode()


async def metadata_of_client(key: str, secret: str, method: str = METHOD) -> list[tuple[str, Any]]:
    """Return the metadata that the interceptors of `frequenz-client-base` send."""
    details = grpc.aio.ClientCallDetails(
        method=f"/package.Service/{method}".encode(),  # type: ignore[arg-type]  # as gRPC does
        timeout=None,
        metadata=grpc.aio.Metadata(),
        credentials=None,
        wait_for_ready=None,
    )

    # The types of gRPC are not those of what it passes to interceptors.
    add_key: Any = AuthenticationInterceptorUnaryUnary(key).intercept_unary_unary
    add_signature: Any = SigningInterceptorUnaryUnary(secret).intercept_unary_unary

    async def end(details: Any, request: object) -> Any:
        return details

    sent = await add_key(lambda *call: add_signature(end, *call), details, b"")
    return [*sent.metadata]


def signed(
    key: str,
    secret: str,
    *,
    method: str = METHOD,
    time: str | int = NOW,
    nonce: str = NONCE,
) -> Credentials:
    """Return credentials with their signature."""
    credentials = Credentials(key, str(time), nonce)
    return credentials._replace(signature=Secret(secret).sign(credentials, method))


def metadata(credentials: Credentials) -> list[tuple[str, str]]:
    """Return credentials as the metadata of a call; empty ones are missing."""
    names = ("key", "ts", "nonce", "sig")
    return [(name, text) for name, text in zip(names, credentials, strict=True) if text]
