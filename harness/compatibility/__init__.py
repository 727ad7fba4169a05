"""Check this package with published ones: `python -m harness.compatibility`.

Old clients call our server, our client calls servers that offer less, and an unmodified consumer
uses our client. Published packages are installed into their own environments, `.venv-compat-*` in
the project's root, when they are first needed; `constraints/` has the versions (as `pip freeze`
prints them). `expected/` has the output of the consumer that differs between our client and the
published one.
"""
