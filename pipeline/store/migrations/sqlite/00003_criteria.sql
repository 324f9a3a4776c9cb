-- +goose Up
DROP TABLE profiles;
CREATE TABLE profiles (                       -- memo: dossier as read -> what it is, and the sketch of its text
    dossier  TEXT PRIMARY KEY,
    key      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    level    TEXT NOT NULL,
    identity TEXT NOT NULL,                   -- JSON
    sketch   BLOB NOT NULL                    -- packed JSON
);
CREATE TABLE rulesets (                       -- every ruleset that a published list was made by, as its text was then
    sha256  TEXT PRIMARY KEY,
    ruleset TEXT NOT NULL,
    version TEXT NOT NULL,
    run     TEXT NOT NULL,                    -- the first list made by it
    used_at TEXT NOT NULL,
    source  BLOB NOT NULL                     -- packed JSON: the texts of its file and of those it extends
);
CREATE TABLE panel_scores (                   -- what people gave; nothing is ever changed, the newest of a scorer counts
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    dossier   TEXT NOT NULL,
    criterion TEXT NOT NULL,
    scorer    TEXT NOT NULL,
    points    REAL,                           -- NULL: taken back
    why       TEXT NOT NULL DEFAULT '',
    at        TEXT NOT NULL
);
CREATE INDEX panel_scores_by_dossier ON panel_scores (dossier, criterion, scorer, id);
-- +goose Down
DROP TABLE panel_scores; DROP TABLE rulesets; DROP TABLE profiles;
CREATE TABLE profiles (dossier TEXT PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, level TEXT NOT NULL, profile BLOB NOT NULL);
