"""Run `assets-cli` as `python -m frequenz.client.assets.cli`."""

from . import main

main()
