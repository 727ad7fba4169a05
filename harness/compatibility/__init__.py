"""Try what was published against this package: `python -m harness.compatibility`.

Old clients ask our server, our client asks servers of other shapes, and an unmodified consumer runs
on our client. Everything from PyPI gets an environment of its own, `.venv-compat-*` in the
project's root, which is made when it is first needed, with the versions in `constraints/` (each as
`pip freeze` prints it). What the consumer prints on our client and not on the published one is in
`expected/`.
"""
