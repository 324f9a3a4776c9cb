-- +goose Up
-- What a night asks of every file is answered by indexes alone.
DROP INDEX documents_by_blob;
CREATE INDEX documents_whole ON documents (sha256, problem, dossier, version);
CREATE INDEX readings_waiting ON readings (reader) WHERE waits <> '' OR scans <> '';
CREATE INDEX parts_inside ON parts (part, reader);

-- +goose Down
DROP INDEX parts_inside;
DROP INDEX readings_waiting;
DROP INDEX documents_whole;
CREATE INDEX documents_by_blob ON documents (sha256);
