-- +goose Up
CREATE TABLE rule_texts (                     -- texts of rulesets and of kheo.yaml that were proposed
    sha256    TEXT PRIMARY KEY,             -- of the text
    text      BLOB NOT NULL                     -- packed
);
CREATE TABLE rule_drafts (                    -- what people are changing and have not proposed yet
    file      TEXT NOT NULL,                -- from the workspace, such as rules/models.yaml
    person    TEXT NOT NULL,
    base      TEXT NOT NULL,                -- hex SHA-256 of the file that the draft began with
    revision  BIGINT NOT NULL,                -- rises with each change
    text      BLOB NOT NULL,                    -- packed
    at        TEXT NOT NULL,                  -- RFC 3339, UTC
    PRIMARY KEY (file, person)
);
-- +goose Down
DROP TABLE rule_drafts;
DROP TABLE rule_texts;
