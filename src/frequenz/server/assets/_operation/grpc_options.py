"""The options of the gRPC server."""

from .._callers.limits import Limits


def grpc_options(limits: Limits, *, shares_port: bool) -> tuple[tuple[str, int], ...]:
    """Return the options that enforce limits, and those that suit this API."""
    return (
        ("grpc.max_send_message_length", -1),
        # The service refuses requests over its own limit, with a clearer message than gRPC's. Only
        # those that are not worth receiving are refused by gRPC.
        ("grpc.max_receive_message_length", min(4 * limits.request_bytes, 2**31 - 1)),
        ("grpc.max_metadata_size", limits.metadata_bytes),
        ("grpc.absolute_max_metadata_size", limits.metadata_bytes),
        ("grpc.max_concurrent_streams", limits.calls_per_connection),
        ("grpc.max_allowed_incoming_connections", limits.connections),
        ("grpc.server_handshake_timeout_ms", _milliseconds(limits.handshake_seconds)),
        ("grpc.max_connection_idle_ms", _milliseconds(limits.idle_seconds)),
        ("grpc.max_connection_age_ms", _milliseconds(limits.connection_seconds)),
        # No call takes longer; what is left then are replies that nobody reads.
        ("grpc.max_connection_age_grace_ms", _milliseconds(limits.call_seconds)),
        ("grpc.keepalive_time_ms", _milliseconds(limits.ping_seconds)),
        ("grpc.keepalive_timeout_ms", _milliseconds(limits.ping_timeout_seconds)),
        # Published clients ping every 60 s while idle; by default, gRPC would disconnect them.
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        # Otherwise two servers could listen on one port, and silently share its calls.
        ("grpc.so_reuseport", int(shares_port)),
    )


def _milliseconds(seconds: float) -> int:
    return min(int(seconds * 1000), 2**31 - 1)
