"""Attacks on a server on this machine: what must not be let in, told apart, or brought down."""
