"""Measure this client, the published 0.6.0 and the bare stub: `python -m harness.benchmarks`.

Each client has its own process, with a bare stub in it. The processes take turns in short bursts,
so that whatever else the machine does affects all of them alike. Nothing here asserts a time.
"""
