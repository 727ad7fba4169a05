-- The keys of callers, in the order of their position. The secrets are encrypted.
CREATE TABLE caller_key (
    position bigint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    sha256 text NOT NULL UNIQUE, -- of the text of the key
    enterprise_id bigint NOT NULL,
    gridpool_ids text NOT NULL, -- a JSON array
    created bigint NOT NULL, -- microseconds since 1970
    expires bigint, -- the same
    is_disabled bigint NOT NULL,
    comment text NOT NULL,
    secrets text NOT NULL -- a JSON array
);

-- A random text, which each change of keys replaces: servers read the keys again when it differs.
CREATE TABLE caller_key_state (
    tag text NOT NULL
);

-- The nonces of signed calls, which all servers of the database share.
CREATE TABLE nonce (
    key text NOT NULL,
    nonce text NOT NULL,
    until bigint NOT NULL, -- seconds since 1970
    PRIMARY KEY (key, nonce)
);
CREATE INDEX nonce_by_end ON nonce (until);

-- How many nonces each key has.
CREATE TABLE nonce_count (
    key text PRIMARY KEY,
    nonces bigint NOT NULL
);
