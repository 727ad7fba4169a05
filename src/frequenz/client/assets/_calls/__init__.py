"""The one way that every call goes, from a request to a `Reply`.

`Calls` picks the generation of the API, and gives an `Attempt` to the `Funnel`, which sends it
until there is a reply, no retry is left or the deadline is over.
"""

from .api_version import ApiVersion, Calls

__all__ = ["ApiVersion", "Calls"]
