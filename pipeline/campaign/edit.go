package campaign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"kheo/internal/durable"
)

// At returns the campaign with its records and files in another place, as SetRecords would
// write it. The error says why kheo.yaml cannot name that place.
func (c *Campaign) At(store, blobs string) (*Campaign, error) {
	next := *c
	next.Store, next.Blobs = store, blobs
	if what, cure := next.storeMistake(); what != "" {
		return nil, fmt.Errorf("%s: %s; %s", store, what, cure)
	}
	return &next, nil
}

// SetRecords writes into DIR/kheo.yaml where the records and the files are; with blobs ""
// the files are at their default place. Nothing else of the file changes.
func SetRecords(dir, at, blobs string) error {
	path := filepath.Join(dir, File)
	was, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c, err := Load(dir)
	if err != nil {
		return err
	}
	if c.Store == at && c.Blobs == blobs {
		return nil
	}
	now := setLine(setLine(was, "store", at), "blobs", blobs)
	if err := durable.WriteFile(path, now); err != nil {
		return err
	}
	if _, err := Load(dir); err != nil {
		return errors.Join(err, durable.WriteFile(path, was))
	}
	return nil
}

// WriteRecords does what SetRecords does, even if the file has mistakes.
func WriteRecords(dir, at, blobs string) error {
	path := filepath.Join(dir, File)
	was, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return durable.WriteFile(path, setLine(setLine(was, "store", at), "blobs", blobs))
}

// plain matches values that need no quotes in YAML.
var plain = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// setLine sets a key of the file's top level that is on a line of its own.
func setLine(b []byte, key, value string) []byte {
	line := regexp.MustCompile(`(?m)^` + key + `:.*(\n|\z)`)
	set := ""
	if value != "" {
		written := strconv.Quote(value)
		if plain.MatchString(value) {
			written = value
		}
		set = key + ": " + written + "\n"
	}
	if line.Match(b) {
		return line.ReplaceAllLiteral(b, []byte(set))
	}
	if set == "" {
		return b
	}
	if n := len(b); n > 0 && b[n-1] != '\n' {
		b = append(b, '\n')
	}
	return append(b, set...)
}
