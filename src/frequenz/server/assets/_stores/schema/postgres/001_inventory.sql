-- Every entity is its serialized message, beside the columns that filters need.
-- Rows say from which revision on they are part of the inventory, and from which one they are not.
-- A row is never changed but for its position, which is the order within a site or a list.
-- "occurrence" counts the sites before it that have the same microgrid ID.
-- IDs are unsigned in the API and signed here: those of 2^63 and above are negative.
-- No column is unique across microgrids, and the keys of all tables of sites start with what a
-- database of several machines distributes them by. Nothing here is above PostgreSQL 15.

CREATE TABLE assets_schema (
    version bigint NOT NULL
);
INSERT INTO assets_schema (version) VALUES (1);

CREATE TABLE revision (
    number bigint PRIMARY KEY,
    moment bigint NOT NULL, -- microseconds since 1970
    author text NOT NULL,
    comment text NOT NULL,
    entities_added bigint NOT NULL,
    entities_removed bigint NOT NULL
);

-- Which microgrids a revision changed; NULL = the market: gridpools, energy schedules, relations.
CREATE TABLE revision_microgrid (
    revision bigint NOT NULL,
    microgrid_id bigint
);
CREATE INDEX revision_microgrid_by_revision ON revision_microgrid (revision, microgrid_id);
CREATE INDEX revision_microgrid_by_microgrid ON revision_microgrid (microgrid_id, revision);

CREATE TABLE microgrid (
    row_id bigint NOT NULL,
    position bigint NOT NULL,
    enterprise_id bigint NOT NULL,
    microgrid_id bigint NOT NULL,
    occurrence bigint NOT NULL,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL,
    PRIMARY KEY (enterprise_id, row_id)
);
CREATE INDEX microgrid_by_row ON microgrid (row_id);
-- With the enterprise, the search for one of others ends where that for one that is absent does:
-- the time must not tell which it is.
CREATE INDEX microgrid_by_id ON microgrid (microgrid_id, occurrence, enterprise_id);
CREATE INDEX microgrid_by_enterprise ON microgrid (enterprise_id, microgrid_id, occurrence);

CREATE TABLE component (
    row_id bigint NOT NULL,
    position bigint NOT NULL,
    enterprise_id bigint NOT NULL,
    microgrid_id bigint NOT NULL,
    occurrence bigint NOT NULL,
    id bigint NOT NULL,
    category bigint NOT NULL,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL,
    PRIMARY KEY (enterprise_id, row_id)
);
CREATE INDEX component_by_row ON component (row_id);
CREATE INDEX component_by_microgrid ON component (microgrid_id, occurrence, position);

CREATE TABLE connection (
    row_id bigint NOT NULL,
    position bigint NOT NULL,
    enterprise_id bigint NOT NULL,
    microgrid_id bigint NOT NULL,
    occurrence bigint NOT NULL,
    source bigint NOT NULL,
    destination bigint NOT NULL,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL,
    PRIMARY KEY (enterprise_id, row_id)
);
CREATE INDEX connection_by_row ON connection (row_id);
CREATE INDEX connection_by_microgrid ON connection (microgrid_id, occurrence, position);

CREATE TABLE sensor (
    row_id bigint NOT NULL,
    position bigint NOT NULL,
    enterprise_id bigint NOT NULL,
    microgrid_id bigint NOT NULL,
    occurrence bigint NOT NULL,
    id bigint NOT NULL,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL,
    PRIMARY KEY (enterprise_id, row_id)
);
CREATE INDEX sensor_by_row ON sensor (row_id);
CREATE INDEX sensor_by_microgrid ON sensor (microgrid_id, occurrence, position);

CREATE TABLE gridpool (
    row_id bigint PRIMARY KEY,
    position bigint NOT NULL,
    gridpool_id bigint NOT NULL,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL
);
CREATE INDEX gridpool_by_id ON gridpool (gridpool_id);

-- The effective period, in seconds since 1970 and nanoseconds; NULL = unlimited.
CREATE TABLE energy_schedule (
    row_id bigint PRIMARY KEY,
    position bigint NOT NULL,
    gridpool_id bigint NOT NULL,
    id bigint NOT NULL,
    direction bigint NOT NULL,
    start_seconds bigint,
    start_nanos bigint,
    end_seconds bigint,
    end_nanos bigint,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL
);
CREATE INDEX energy_schedule_by_gridpool ON energy_schedule (gridpool_id, position);

CREATE TABLE relation (
    row_id bigint PRIMARY KEY,
    position bigint NOT NULL,
    gridpool_id bigint,
    microgrid_id bigint,
    location_value text,
    area_code text,
    area_code_type bigint,
    added bigint NOT NULL,
    removed bigint,
    message bytea NOT NULL
);
CREATE INDEX relation_by_gridpool ON relation (gridpool_id, microgrid_id);

CREATE TABLE participation (
    relation bigint NOT NULL, -- the row_id of the relation
    type bigint NOT NULL
);
CREATE INDEX participation_by_relation ON participation (relation, type);
