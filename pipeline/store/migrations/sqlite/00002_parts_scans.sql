-- +goose Up
CREATE TABLE parts (                          -- the files inside files, as their reading found them
    sha256 TEXT NOT NULL,                     -- of the file that holds them
    reader TEXT NOT NULL,
    part   TEXT NOT NULL,                     -- SHA-256 of the file inside
    PRIMARY KEY (sha256, reader, part)
);
CREATE TABLE scans (                          -- memo: blob + page + OCR engine -> what was read of the page's image
    sha256 TEXT NOT NULL,
    page   INTEGER NOT NULL,
    engine TEXT NOT NULL,
    result BLOB NOT NULL,                     -- gzip of JSON
    PRIMARY KEY (sha256, page)
);
ALTER TABLE readings ADD COLUMN waits TEXT NOT NULL DEFAULT '';  -- a program that could read more: "office"
ALTER TABLE readings ADD COLUMN scans TEXT NOT NULL DEFAULT '';  -- pages that OCR must read, parted by commas
CREATE INDEX readings_state ON readings (sha256, reader, waits, scans);  -- so that what waits is found without reading the results
-- +goose Down
DROP INDEX readings_state;
ALTER TABLE readings DROP COLUMN scans; ALTER TABLE readings DROP COLUMN waits;
DROP TABLE scans; DROP TABLE parts;
