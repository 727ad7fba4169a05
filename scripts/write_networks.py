"""Write the CIGRE network and networks of SimBench as JSON; `make networks` imports them.

Needs pandapower and SimBench, which have an environment of their own:

    .venv-pandapower/bin/python scripts/write_networks.py FOLDER [CODE...]
"""

import sys
from pathlib import Path

import pandapower
import pandapower.networks


def main() -> None:
    """Write the networks: that of CIGRE, and those of SimBench whose codes are given."""
    folder, *codes = sys.argv[1:]
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    cigre = pandapower.networks.create_cigre_network_mv(with_der="all")
    pandapower.to_json(cigre, target / "cigre-mv.json")
    if codes:
        import simbench  # noqa: PLC0415 - the CIGRE network does without it

        for code in codes:
            net = simbench.get_simbench_net(code)
            net.pop("profiles", None)  # megabytes, of which a microgrid has nothing
            pandapower.to_json(net, target / f"{code}.json")


if __name__ == "__main__":
    main()
