-- Rows say from which revision on they are part of the inventory, and from which one they are not.
-- A row is never changed but for its position, which is the order within a site or a list. The
-- number of rows grows with what changes, and what a revision changed can be undone.
-- "occurrence" counts the sites before it that have the same microgrid ID.
-- No column is unique across microgrids, and every table of sites starts with what a database of
-- several machines distributes it by.

CREATE TABLE revision (
    number INTEGER PRIMARY KEY,
    moment INTEGER NOT NULL, -- microseconds since 1970
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    entities_added INTEGER NOT NULL,
    entities_removed INTEGER NOT NULL
) STRICT;

-- Which microgrids a revision changed; NULL = the market: gridpools, energy schedules, relations.
CREATE TABLE revision_microgrid (
    revision INTEGER NOT NULL,
    microgrid_id INTEGER
) STRICT;

CREATE INDEX revision_microgrid_by_revision ON revision_microgrid (revision, microgrid_id);
CREATE INDEX revision_microgrid_by_microgrid ON revision_microgrid (microgrid_id, revision);

INSERT INTO revision (number, moment, author, comment, entities_added, entities_removed)
SELECT 1, 0, '', 'kept from an earlier release of the server', count(*), 0 FROM (
    SELECT 1 FROM microgrid UNION ALL SELECT 1 FROM component UNION ALL SELECT 1 FROM connection
    UNION ALL SELECT 1 FROM sensor UNION ALL SELECT 1 FROM gridpool
    UNION ALL SELECT 1 FROM energy_schedule UNION ALL SELECT 1 FROM relation
) HAVING count(*) > 0;

INSERT INTO revision_microgrid (revision, microgrid_id) SELECT DISTINCT 1, id FROM microgrid;
INSERT INTO revision_microgrid (revision, microgrid_id)
SELECT 1, NULL WHERE EXISTS (SELECT 1 FROM gridpool) OR EXISTS (SELECT 1 FROM energy_schedule)
    OR EXISTS (SELECT 1 FROM relation);

ALTER TABLE microgrid RENAME TO microgrid_before;
ALTER TABLE component RENAME TO component_before;
ALTER TABLE connection RENAME TO connection_before;
ALTER TABLE sensor RENAME TO sensor_before;
ALTER TABLE gridpool RENAME TO gridpool_before;
ALTER TABLE energy_schedule RENAME TO energy_schedule_before;
ALTER TABLE relation RENAME TO relation_before;
ALTER TABLE participation RENAME TO participation_before;
DROP INDEX microgrid_by_id;
DROP INDEX component_by_microgrid;
DROP INDEX connection_by_microgrid;
DROP INDEX sensor_by_microgrid;
DROP INDEX energy_schedule_by_gridpool;
DROP INDEX relation_by_gridpool;
DROP INDEX participation_by_relation;

CREATE TABLE microgrid (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    enterprise_id INTEGER NOT NULL,
    microgrid_id INTEGER NOT NULL,
    occurrence INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE component (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    enterprise_id INTEGER NOT NULL,
    microgrid_id INTEGER NOT NULL,
    occurrence INTEGER NOT NULL,
    id INTEGER NOT NULL,
    category INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE connection (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    enterprise_id INTEGER NOT NULL,
    microgrid_id INTEGER NOT NULL,
    occurrence INTEGER NOT NULL,
    source INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE sensor (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    enterprise_id INTEGER NOT NULL,
    microgrid_id INTEGER NOT NULL,
    occurrence INTEGER NOT NULL,
    id INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE gridpool (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    gridpool_id INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE energy_schedule (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    gridpool_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    start_seconds INTEGER,
    start_nanos INTEGER,
    end_seconds INTEGER,
    end_nanos INTEGER,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE relation (
    row_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    gridpool_id INTEGER,
    microgrid_id INTEGER,
    location_value TEXT,
    area_code TEXT,
    area_code_type INTEGER,
    added INTEGER NOT NULL,
    removed INTEGER,
    message BLOB NOT NULL
) STRICT;

CREATE TABLE participation (
    relation INTEGER NOT NULL, -- the row_id of the relation
    type INTEGER NOT NULL
) STRICT;

INSERT INTO microgrid
SELECT position, position, stored_enterprise_id(message), id,
    row_number() OVER (PARTITION BY id ORDER BY position) - 1, 1, NULL, message
FROM microgrid_before;

-- With the enterprise, the search for one of others ends where that for one that is absent does:
-- the time must not tell which it is.
CREATE INDEX microgrid_by_id ON microgrid (microgrid_id, occurrence, enterprise_id);
CREATE INDEX microgrid_by_enterprise ON microgrid (enterprise_id, microgrid_id, occurrence);

INSERT INTO component
SELECT position, position, coalesce((SELECT m.enterprise_id FROM microgrid AS m
        WHERE m.microgrid_id = b.microgrid_id AND m.occurrence = 0), 0),
    microgrid_id, 0, id, category, 1, NULL, message
FROM component_before AS b;

INSERT INTO connection
SELECT position, position, coalesce((SELECT m.enterprise_id FROM microgrid AS m
        WHERE m.microgrid_id = b.microgrid_id AND m.occurrence = 0), 0),
    microgrid_id, 0, source, destination, 1, NULL, message
FROM connection_before AS b;

INSERT INTO sensor
SELECT position, position, coalesce((SELECT m.enterprise_id FROM microgrid AS m
        WHERE m.microgrid_id = b.microgrid_id AND m.occurrence = 0), 0),
    microgrid_id, 0, id, 1, NULL, message
FROM sensor_before AS b;

INSERT INTO gridpool SELECT position, position, id, 1, NULL, message FROM gridpool_before;

INSERT INTO energy_schedule
SELECT position, position, gridpool_id, id, direction, start_seconds, start_nanos, end_seconds,
    end_nanos, 1, NULL, message
FROM energy_schedule_before;

INSERT INTO relation
SELECT position, position, gridpool_id, microgrid_id, location_value, area_code, area_code_type,
    1, NULL, message
FROM relation_before;

INSERT INTO participation SELECT relation, type FROM participation_before;

DROP TABLE participation_before;
DROP TABLE relation_before;
DROP TABLE energy_schedule_before;
DROP TABLE gridpool_before;
DROP TABLE sensor_before;
DROP TABLE connection_before;
DROP TABLE component_before;
DROP TABLE microgrid_before;

CREATE INDEX component_by_microgrid ON component (microgrid_id, occurrence, position);
CREATE INDEX connection_by_microgrid ON connection (microgrid_id, occurrence, position);
CREATE INDEX sensor_by_microgrid ON sensor (microgrid_id, occurrence, position);
CREATE INDEX gridpool_by_id ON gridpool (gridpool_id);
CREATE INDEX energy_schedule_by_gridpool ON energy_schedule (gridpool_id, position);
CREATE INDEX relation_by_gridpool ON relation (gridpool_id, microgrid_id);
CREATE INDEX participation_by_relation ON participation (relation, type);
