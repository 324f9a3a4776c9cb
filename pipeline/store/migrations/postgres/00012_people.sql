-- +goose Up
-- panel_scores follows the audit trail: each row names the event that tells it. Rows of before this
-- version name none until they are taken into the trail; the setting says that this is still to be done.
ALTER TABLE panel_scores ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
CREATE INDEX panel_scores_by_event ON panel_scores (seq);
INSERT INTO settings (key, value) SELECT 'panel scores to adopt', '1'
    WHERE EXISTS (SELECT 1 FROM panel_scores) OR EXISTS (SELECT 1 FROM events WHERE body LIKE '%"action":"scored"%');
CREATE TABLE links (                          -- by which people choose a password, each once
    token   TEXT COLLATE "C" PRIMARY KEY,                 -- hex SHA-256 of it
    person  TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL                   -- Unix seconds
);
CREATE INDEX links_by_person ON links (person);
-- +goose Down
DROP TABLE links;
DELETE FROM settings WHERE key = 'panel scores to adopt';
DROP INDEX panel_scores_by_event;
ALTER TABLE panel_scores DROP COLUMN seq;
