-- +goose Up
CREATE TABLE index_entries (                  -- what the search index is to hold: it is built from these and the readings
    dossier TEXT PRIMARY KEY,
    key     TEXT NOT NULL,                    -- of all that is indexed of the dossier
    entry   BLOB NOT NULL                     -- packed JSON: what is indexed beside its text
);
CREATE TABLE searches (                       -- saved by people; person is '' for those of the command line
    person  TEXT NOT NULL,
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    sort    TEXT NOT NULL DEFAULT '',
    at      TEXT NOT NULL,
    PRIMARY KEY (person, name)
);
-- +goose Down
DROP TABLE searches; DROP TABLE index_entries;
