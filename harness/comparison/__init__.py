"""Compare this client with the published one, 0.6.0: `python -m harness.comparison`.

Both decode the same generated messages, each in a process and an environment of its own. What they
make of them is compared field by field, and what the three published commands print of them byte by
byte. Each then meets the same faulty messages, and a table shows what their users see.
"""
