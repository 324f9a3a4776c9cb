-- +goose Up
CREATE TABLE deliveries (                     -- what each delivery brought; older versions have none
    dossier     TEXT NOT NULL,
    version     INTEGER NOT NULL,             -- the version that it made
    received_at TEXT NOT NULL,                -- RFC 3339, UTC
    entry       TEXT NOT NULL,                -- its name in the inbox
    replaces    INTEGER NOT NULL,             -- 1: it took the place of everything received before
    files       TEXT NOT NULL,                -- JSON: names that were added, replaced, kept, removed
    PRIMARY KEY (dossier, version)
);
-- +goose Down
DROP TABLE deliveries;
