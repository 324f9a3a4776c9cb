-- +goose Up
CREATE TABLE dossiers (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,               -- as handed in, NFC
    version      INTEGER NOT NULL,            -- counts up with every changed hand-in
    manifest     TEXT NOT NULL,               -- JSON
    content_hash TEXT NOT NULL,               -- of name, manifest, files
    received_at  TEXT NOT NULL                -- RFC 3339, UTC
);
CREATE TABLE documents (
    dossier  TEXT NOT NULL,
    version  INTEGER NOT NULL,
    name     TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    size     INTEGER NOT NULL,
    problem  TEXT NOT NULL DEFAULT '',        -- what intake already knows to be wrong
    detail   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (dossier, version, name)
);
CREATE INDEX documents_by_blob ON documents (sha256);
CREATE TABLE readings (                       -- memo: blob + reader version -> pages
    sha256 TEXT NOT NULL,
    reader TEXT NOT NULL,
    result BLOB NOT NULL,                     -- gzip of JSON
    PRIMARY KEY (sha256, reader)
);
CREATE TABLE profiles (                       -- memo: dossier as read -> identity and shingles
    dossier TEXT PRIMARY KEY,
    key     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    level   TEXT NOT NULL,
    profile BLOB NOT NULL
);
CREATE TABLE copies (                         -- memo of the comparison of all with all
    dossier TEXT PRIMARY KEY,
    copies  TEXT NOT NULL
);
CREATE TABLE assessments (                    -- memo: dossier as read + copies + ruleset -> assessment
    dossier    TEXT PRIMARY KEY,
    key        TEXT NOT NULL,
    ruleset    TEXT NOT NULL,
    assessment BLOB NOT NULL
);
CREATE TABLE lists (                          -- what was published, by run
    run     TEXT NOT NULL,
    ruleset TEXT NOT NULL,
    list    BLOB NOT NULL,                    -- gzip of the list's JSON
    PRIMARY KEY (run, ruleset)
);
CREATE TABLE runs (                           -- the run ledger
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    run      TEXT NOT NULL DEFAULT '',        -- the fingerprint of what it published
    cause    TEXT NOT NULL,
    state    TEXT NOT NULL,                   -- running, done, failed, interrupted
    started  TEXT NOT NULL,
    finished TEXT NOT NULL DEFAULT '',
    stages   TEXT NOT NULL DEFAULT '[]',      -- JSON
    error    TEXT NOT NULL DEFAULT '',
    version  TEXT NOT NULL
);
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
-- +goose Down
DROP TABLE settings; DROP TABLE runs; DROP TABLE lists; DROP TABLE assessments; DROP TABLE copies;
DROP TABLE profiles; DROP TABLE readings; DROP TABLE documents; DROP TABLE dossiers;
