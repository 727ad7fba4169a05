"""The version of the distribution, which takes a while to find out."""

from importlib.metadata import version
from typing import Final

__version__: Final = version("frequenz-client-assets")
