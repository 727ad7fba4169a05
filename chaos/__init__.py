"""What becomes of calls while servers restart, connections break and networks stall.

`python -m chaos` prints what was measured beside what is promised. Everything is on loopback.
"""
