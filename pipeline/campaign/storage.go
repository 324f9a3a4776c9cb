package campaign

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kheo/internal/durable"
	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// storage reads the places of the record store and of the blobs.
func (c *Campaign) storage(m *grammar.Map) {
	c.Store = m.Text("store")
	if n := m.Get("blobs"); n != nil {
		if c.Blobs = n.String("blobs"); strings.Contains(c.Blobs, "://") && !strings.HasPrefix(c.Blobs, "s3://") {
			n.Fail(fmt.Sprintf("blobs: %q is neither a folder nor a bucket of S3", c.Blobs),
				"name a folder that every machine has, such as /srv/kheo/blobs, or a bucket, such as "+
					"s3://bucket?region=eu-north-1")
		}
	}
	if n := m.Get("store"); n != nil {
		if what, cure := c.storeMistake(); what != "" {
			n.Fail(what, cure)
		}
	}
}

// Shared reports whether the records are in PostgreSQL.
func (c *Campaign) Shared() bool {
	return strings.HasPrefix(c.Store, "postgres://") || strings.HasPrefix(c.Store, "postgresql://")
}

// storeMistake returns what is wrong with the place of the records, and what to write instead; "" if it is
// valid. A file must be inside the workspace, so that a backup or a copy of the folder cannot miss it.
func (c *Campaign) storeMistake() (what, cure string) {
	switch {
	case c.Shared(): // any URL of PostgreSQL; it is checked when the store is opened
	case strings.Contains(c.Store, "://"):
		return fmt.Sprintf("the store %q is neither a file nor PostgreSQL", c.Store),
			"write a path such as var/kheo.db, or postgres://user@host/database"
	case !filepath.IsLocal(c.Store):
		return "the store is outside the workspace", "write a path such as var/kheo.db"
	}
	return "", ""
}

// in resolves a path of kheo.yaml, which is absolute or relative to the workspace.
func (c *Campaign) in(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, filepath.FromSlash(path))
}

// Records returns the places of the records (a path, or the URL of PostgreSQL) and of the blobs (a folder, or
// the URL of a bucket). If kheo.yaml does not name blobs:, they are beside the file of the records, or in
// var/blobs if the records are in PostgreSQL.
func (c *Campaign) Records() (store, blobs string) {
	store, blobs = c.Store, filepath.Join(c.Dir, "var", "blobs")
	if !c.Shared() {
		store = c.in(c.Store)
		blobs = filepath.Join(filepath.Dir(store), "blobs")
	}
	if strings.Contains(c.Blobs, "://") {
		blobs = c.Blobs
	} else if c.Blobs != "" {
		blobs = c.in(c.Blobs)
	}
	return store, blobs
}

// StoreName returns the place of the records for messages, without the password of a URL.
func (c *Campaign) StoreName() string {
	at, _ := c.Records()
	if u, err := url.Parse(at); c.Shared() {
		if err != nil {
			return "PostgreSQL"
		}
		return u.Redacted()
	}
	return at
}

// At returns a copy of the campaign with its records and blobs in another place, as SetRecords would write it.
// The error says why kheo.yaml cannot name that place.
func (c *Campaign) At(store, blobs string) (*Campaign, error) {
	next := *c
	next.Store, next.Blobs = store, blobs
	if what, cure := next.storeMistake(); what != "" {
		return nil, fmt.Errorf("%s: %s; %s", store, what, cure)
	}
	return &next, nil
}

// SetRecords writes the places of the records and of the blobs into DIR/kheo.yaml; blobs "" means the default
// place. No other line of the file changes. If the result has mistakes, the file is written back as it was and
// the error says what they are.
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
	// Write, load, and write back what was there if the result does not load.
	now := setLine(setLine(was, "store", at), "blobs", blobs)
	if err := durable.WriteFile(path, now); err != nil {
		return err
	}
	if _, err := Load(dir); err != nil {
		return errors.Join(err, durable.WriteFile(path, was))
	}
	return nil
}

// WriteRecords is SetRecords for a kheo.yaml with mistakes: it checks neither the old file nor the new one.
// Restoring a backup of another version needs it.
func WriteRecords(dir, at, blobs string) error {
	path := filepath.Join(dir, File)
	was, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return durable.WriteFile(path, setLine(setLine(was, "store", at), "blobs", blobs))
}

// plain matches values that YAML reads as they are, without quotes.
var plain = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// setLine sets a top-level key that is on a line of its own, appends the line if there is none, and removes it
// if the value is "". It edits bytes rather than YAML so that comments and layout stay.
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

// Keep says how long data is kept that can be made again or has been replaced; 0 keeps it for ever.
// Dossiers, votes, decisions and closed lists are never removed automatically.
type Keep struct {
	Runs     time.Duration // lists of runs that no closed list and no decision depends on
	Versions time.Duration // files of versions of a dossier that a newer one has replaced
	Letters  time.Duration // records of letters and of applicants' links of which nothing waits
}

// keep reads how long data is kept, in days from 30 to 36,500.
func (c *Campaign) keep(n *strict.Node) {
	if n == nil {
		return
	}
	m := keepGrammar.Read(n)
	for _, k := range []struct {
		key  string
		into *time.Duration
	}{{"runs", &c.Keep.Runs}, {"versions", &c.Keep.Versions}, {"letters", &c.Keep.Letters}} {
		v := m.Get(k.key)
		if v == nil {
			continue
		}
		days := v.Number(k.key)
		if days < 30 || days > 36500 {
			v.Fail(fmt.Sprintf("keep: %s: %v is not between 30 and 36500 days", k.key, days),
				"write days, such as 365; leave it out to keep them for ever")
			continue
		}
		*k.into = time.Duration(days) * 24 * time.Hour
	}
}
