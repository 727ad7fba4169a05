"""What a server needs to stay up: the wrapper around its handlers, TLS, metrics, log, reload."""
