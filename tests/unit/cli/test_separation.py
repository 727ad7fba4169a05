"""What a user of the library could need does not depend on the command line."""

import subprocess
import sys
from typing import Final

MODULES: Final = ("asking.component_counts",)


def test_fetching_and_trees_need_no_click() -> None:
    names = [f"frequenz.client.assets.cli.{name}" for name in (*MODULES, "showing.trees")]
    code = f"import sys, {', '.join(names)}; assert 'click' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
