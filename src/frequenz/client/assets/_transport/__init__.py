"""What callers can set about the connection, and the gRPC channel made of it."""
