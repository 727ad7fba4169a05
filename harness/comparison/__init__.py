"""Compare this client with the published one, 0.6.0: `python -m harness.comparison`.

Both decode the same generated messages, each in its own process and environment. The objects are
compared field by field, and the output of the three published commands byte by byte. Then both get
the same faulty messages, and a table shows what their users see.
"""
