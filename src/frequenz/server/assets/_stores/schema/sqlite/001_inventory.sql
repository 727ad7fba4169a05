-- Every entity is its serialized message, beside the columns that filters need.
-- The position is the entity's index in the inventory, which gives the order of every reply.
-- IDs are unsigned in the API and signed here: those of 2^63 and above are negative.

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

CREATE TABLE sensor (
    position INTEGER PRIMARY KEY,
    microgrid_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    message BLOB NOT NULL
) STRICT;

CREATE INDEX sensor_by_microgrid ON sensor (microgrid_id, id);

CREATE TABLE gridpool (
    position INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    message BLOB NOT NULL
) STRICT;

-- The effective period, in seconds since 1970 and nanoseconds; NULL = unlimited.
CREATE TABLE energy_schedule (
    position INTEGER PRIMARY KEY,
    gridpool_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    start_seconds INTEGER,
    start_nanos INTEGER,
    end_seconds INTEGER,
    end_nanos INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE INDEX energy_schedule_by_gridpool ON energy_schedule (gridpool_id, id);

CREATE TABLE relation (
    position INTEGER PRIMARY KEY,
    gridpool_id INTEGER,
    microgrid_id INTEGER,
    location_value TEXT,
    area_code TEXT,
    area_code_type INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE INDEX relation_by_gridpool ON relation (gridpool_id, microgrid_id);

CREATE TABLE participation (
    relation INTEGER NOT NULL REFERENCES relation (position),
    type INTEGER NOT NULL
) STRICT;

CREATE INDEX participation_by_relation ON participation (relation, type);
