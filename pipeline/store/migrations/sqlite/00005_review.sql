-- +goose Up
CREATE TABLE events (                         -- what people did, in a chain of hashes; nothing is ever changed
    seq  INTEGER PRIMARY KEY,
    body TEXT NOT NULL,                       -- JSON of the event, as it was hashed
    hash TEXT NOT NULL UNIQUE                 -- hex SHA-256 of the hash before it and the body
);
-- +goose StatementBegin
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
-- +goose StatementEnd
CREATE TABLE secrets (                        -- how people prove who they are; who they are stands in the events
    person   TEXT PRIMARY KEY,
    password TEXT NOT NULL                    -- argon2id, encoded with its parameters
);
CREATE TABLE sessions (
    token   TEXT PRIMARY KEY,                 -- hash of it
    data    BLOB NOT NULL,
    expires INTEGER NOT NULL,                 -- Unix seconds
    person  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_by_person ON sessions (person);
CREATE TABLE drafts (                         -- what somebody is typing and has not sent
    person TEXT NOT NULL,
    place  TEXT NOT NULL,
    text   TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (person, place)
);
-- +goose Down
DROP TABLE drafts; DROP TABLE sessions; DROP TABLE secrets; DROP TABLE events;
