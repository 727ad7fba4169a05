-- Every entity is its serialized message, beside the columns that filters need.
-- The position is the entity's place in the inventory, which is the order of every reply.
-- Ids are unsigned in the API and signed here: those of 2^63 and above are negative.

CREATE TABLE microgrid (
    position INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    message BLOB NOT NULL
) STRICT;

CREATE INDEX microgrid_by_id ON microgrid (id);

CREATE TABLE component (
    position INTEGER PRIMARY KEY,
    microgrid_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    category INTEGER NOT NULL,
    message BLOB NOT NULL
) STRICT;

CREATE INDEX component_by_microgrid ON component (microgrid_id, id);

CREATE TABLE connection (
    position INTEGER PRIMARY KEY,
    microgrid_id INTEGER NOT NULL,
    source INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    message BLOB NOT NULL
) STRICT;

CREATE INDEX connection_by_microgrid ON connection (microgrid_id);
