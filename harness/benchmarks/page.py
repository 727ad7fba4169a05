"""Write docs/performance.md again, from its JSON file: `python -m harness.benchmarks.page`."""

from ._page import read, write

if __name__ == "__main__":
    write(read())
