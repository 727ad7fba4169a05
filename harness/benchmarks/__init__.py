"""Measure this client, the published 0.6.0 and the bare stub: `python -m harness.benchmarks`.

Each client has a process of its own, with a bare stub in it; the processes take turns in short
bursts, so whatever else the machine does hits all alike. Nothing here asserts a time.
"""
