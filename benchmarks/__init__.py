"""Measure this client beside the published one, 0.6.0, and the bare stub: `python -m benchmarks`.

All three ask one server for the same, each in a process of its own, in short bursts by turns: so
whatever else the machine does hits all alike. Nothing here asserts a time.
"""
