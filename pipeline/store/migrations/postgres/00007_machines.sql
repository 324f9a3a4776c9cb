-- +goose Up
CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    host TEXT NOT NULL,
    pid  BIGINT NOT NULL,
    seen TIMESTAMPTZ NOT NULL
);
CREATE TABLE machines (
    id    TEXT COLLATE "C" PRIMARY KEY,
    host  TEXT NOT NULL,
    role  TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    seen  TIMESTAMPTZ NOT NULL
);
-- +goose Down
DROP TABLE machines; DROP TABLE leases;
