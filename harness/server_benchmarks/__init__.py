"""Measure the server and its stores: `python -m harness.server_benchmarks`.

All figures are of one machine, on which client and server share the processors: compare ratios.
"""
