-- The keys of callers, in the order of their position. The secrets are encrypted.

CREATE TABLE caller_key (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL UNIQUE, -- of the text of the key
    enterprise_id INTEGER NOT NULL,
    gridpool_ids TEXT NOT NULL, -- a JSON array
    created INTEGER NOT NULL, -- microseconds since 1970
    expires INTEGER, -- the same
    is_disabled INTEGER NOT NULL,
    comment TEXT NOT NULL,
    secrets TEXT NOT NULL -- a JSON array
) STRICT;

-- A random text, which each change of keys replaces: servers read the keys again when it differs.
CREATE TABLE caller_key_state (
    tag TEXT NOT NULL
) STRICT;
