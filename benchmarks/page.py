"""Write docs/performance.md anew from docs/performance.json: `python -m benchmarks.page`."""

from ._page import read, write

if __name__ == "__main__":
    write(read())
