-- +goose Up
CREATE TABLE dossiers (
    id           TEXT COLLATE "C" PRIMARY KEY,
    name         TEXT NOT NULL,
    version      BIGINT NOT NULL,
    manifest     TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    received_at  TEXT NOT NULL
);
CREATE TABLE documents (
    dossier TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    sha256  TEXT COLLATE "C" NOT NULL,
    size    BIGINT NOT NULL,
    problem TEXT NOT NULL DEFAULT '',
    detail  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (dossier, version, name)
);
CREATE INDEX documents_by_blob ON documents (sha256);
CREATE TABLE readings (
    sha256 TEXT COLLATE "C" NOT NULL,
    reader TEXT COLLATE "C" NOT NULL,
    result BYTEA NOT NULL,
    waits  TEXT NOT NULL DEFAULT '',
    scans  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (sha256, reader)
);
CREATE INDEX readings_state ON readings (sha256, reader, waits, scans);
CREATE TABLE parts (
    sha256 TEXT COLLATE "C" NOT NULL,
    reader TEXT COLLATE "C" NOT NULL,
    part   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (sha256, reader, part)
);
CREATE TABLE scans (
    sha256 TEXT COLLATE "C" NOT NULL,
    page   BIGINT NOT NULL,
    engine TEXT COLLATE "C" NOT NULL,
    result BYTEA NOT NULL,
    PRIMARY KEY (sha256, page)
);
CREATE TABLE profiles (
    dossier  TEXT COLLATE "C" PRIMARY KEY,
    key      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    level    TEXT NOT NULL,
    identity TEXT NOT NULL,
    sketch   BYTEA NOT NULL
);
CREATE TABLE copies (
    dossier TEXT COLLATE "C" PRIMARY KEY,
    copies  TEXT NOT NULL
);
CREATE TABLE assessments (
    dossier    TEXT COLLATE "C" PRIMARY KEY,
    key        TEXT NOT NULL,
    ruleset    TEXT COLLATE "C" NOT NULL,
    assessment BYTEA NOT NULL,
    papers     TEXT NOT NULL DEFAULT ''
);
CREATE TABLE lists (
    run     TEXT COLLATE "C" NOT NULL,
    ruleset TEXT COLLATE "C" NOT NULL,
    list    BYTEA NOT NULL,
    PRIMARY KEY (run, ruleset)
);
CREATE TABLE runs (
    number   BIGSERIAL PRIMARY KEY,
    run      TEXT NOT NULL DEFAULT '',
    cause    TEXT NOT NULL,
    state    TEXT NOT NULL,
    started  TEXT NOT NULL,
    finished TEXT NOT NULL DEFAULT '',
    stages   TEXT NOT NULL DEFAULT '[]',
    error    TEXT NOT NULL DEFAULT '',
    version  TEXT NOT NULL
);
CREATE TABLE settings (
    key   TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE rulesets (
    sha256  TEXT COLLATE "C" PRIMARY KEY,
    ruleset TEXT COLLATE "C" NOT NULL,
    version TEXT NOT NULL,
    run     TEXT NOT NULL,
    used_at TEXT COLLATE "C" NOT NULL,
    source  BYTEA NOT NULL
);
CREATE TABLE panel_scores (
    id        BIGSERIAL PRIMARY KEY,
    dossier   TEXT COLLATE "C" NOT NULL,
    criterion TEXT COLLATE "C" NOT NULL,
    scorer    TEXT COLLATE "C" NOT NULL,
    points    DOUBLE PRECISION,
    why       TEXT NOT NULL DEFAULT '',
    at        TEXT NOT NULL
);
CREATE INDEX panel_scores_by_dossier ON panel_scores (dossier, criterion, scorer, id);
CREATE TABLE index_entries (
    dossier TEXT COLLATE "C" PRIMARY KEY,
    key     TEXT NOT NULL,
    entry   BYTEA NOT NULL
);
CREATE TABLE searches (
    person TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    query  TEXT NOT NULL,
    sort   TEXT NOT NULL DEFAULT '',
    at     TEXT NOT NULL,
    PRIMARY KEY (person, name)
);
CREATE TABLE events (
    seq  BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
);
-- +goose StatementBegin
CREATE FUNCTION events_stay() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'events are never changed or removed'; END $$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_stay();
CREATE TRIGGER events_remain BEFORE TRUNCATE ON events EXECUTE FUNCTION events_stay();
CREATE TABLE secrets (
    person   TEXT COLLATE "C" PRIMARY KEY,
    password TEXT NOT NULL
);
CREATE TABLE sessions (
    token   TEXT COLLATE "C" PRIMARY KEY,
    data    BYTEA NOT NULL,
    expires BIGINT NOT NULL,
    person  TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX sessions_by_person ON sessions (person);
CREATE TABLE drafts (
    person TEXT COLLATE "C" NOT NULL,
    place  TEXT COLLATE "C" NOT NULL,
    text   TEXT NOT NULL,
    at     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, place)
);
CREATE TABLE scanned (
    dossier TEXT COLLATE "C" PRIMARY KEY,
    title   TEXT NOT NULL,
    key     TEXT NOT NULL
);
-- +goose Down
DROP TABLE scanned; DROP TABLE drafts; DROP TABLE sessions; DROP TABLE secrets; DROP TABLE events; DROP FUNCTION events_stay; DROP TABLE searches; DROP TABLE index_entries;
DROP TABLE panel_scores; DROP TABLE rulesets; DROP TABLE settings; DROP TABLE runs; DROP TABLE lists; DROP TABLE assessments; DROP TABLE copies; DROP TABLE profiles;
DROP TABLE scans; DROP TABLE parts; DROP TABLE readings; DROP TABLE documents; DROP TABLE dossiers;
