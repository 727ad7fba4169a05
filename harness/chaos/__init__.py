"""How calls end while servers restart, connections break and networks stall.

Each scenario makes calls on loopback and prints what was measured beside what is promised.
"""
