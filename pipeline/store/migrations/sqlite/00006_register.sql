-- +goose Up
ALTER TABLE assessments ADD COLUMN papers TEXT NOT NULL DEFAULT '';  -- kinds of paper found, separated by spaces
CREATE TABLE scanned (                        -- what was looked through for the names of other models
    dossier TEXT PRIMARY KEY,
    title   TEXT NOT NULL,                    -- its own, that others were looked through for
    key     TEXT NOT NULL                     -- of the text that was looked through for others'
);
-- +goose Down
DROP TABLE scanned;
ALTER TABLE assessments DROP COLUMN papers;
