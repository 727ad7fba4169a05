"""Handlers of gRPC that take and return bytes."""

from typing import Any

import grpc


def called_operation(details: grpc.HandlerCallDetails) -> str:
    """Return the name of the operation that is called, without its service."""
    return details.method.rpartition("/")[2]


def bytes_handler(answer: Any) -> "grpc.RpcMethodHandler[bytes, bytes]":
    """Return the handler that an asynchronous function from bytes to bytes makes.

    Without serializers, gRPC hands over the bytes themselves; its types know only plain functions.
    """
    return grpc.unary_unary_rpc_method_handler(answer)
