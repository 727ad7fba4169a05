"""What a caller may see: the microgrids of an enterprise, some gridpools, and what belongs to them.

The messages of gridpools, schedules and relations name no enterprise. So a key names an enterprise
and gridpools, and

- a microgrid belongs to its enterprise, and so do its components, connections and sensors;
- a gridpool belongs to every key that names it, and so do its energy schedules;
- a relation is seen by those who see everything that it names: its microgrid and its gridpool, or
  the one that it has. So it never tells that something exists that the caller may not see.
"""

from typing import NamedTuple


class Scope(NamedTuple):
    """What a caller may see."""

    enterprise_id: int
    gridpool_ids: frozenset[int] = frozenset()
