"""Protobuf messages <-> model objects: pure functions, without I/O and without gRPC."""
