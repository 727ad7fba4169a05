"""What several harnesses need: processes, servers, tables.

`answering`, `clients` and `paths` run in the environment of the published client, too: they import
nothing but the standard library.
"""
