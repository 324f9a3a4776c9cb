-- +goose Up
CREATE TABLE sightings (                      -- whether quotes were seen on the rendered page
    sha256   TEXT COLLATE "C" NOT NULL,       -- of the file
    page     BIGINT NOT NULL,                 -- of the quote, from 1
    quote    TEXT COLLATE "C" NOT NULL,       -- hex SHA-256 of words
    words    TEXT NOT NULL,                   -- the quote, its white space made single spaces
    result   TEXT COLLATE "C" NOT NULL,                   -- seen, unseen, not-found, not-rendered
    renderer TEXT NOT NULL,                   -- and its version
    seen_at  TEXT NOT NULL,                   -- RFC 3339, UTC
    PRIMARY KEY (sha256, page, quote)
);
CREATE INDEX sightings_by_result ON sightings (result, sha256);
-- +goose Down
DROP TABLE sightings;
