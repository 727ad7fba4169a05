"""Diagrams of many networks: overlaps, crossings, size and time, beside those of others."""
