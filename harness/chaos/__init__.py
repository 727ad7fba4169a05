"""What becomes of calls while servers restart, connections break and networks stall.

`python -m harness.chaos` prints what was measured beside what is promised, all on loopback.
"""
