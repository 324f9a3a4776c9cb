package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// encoded are the columns that hold JSON, as it is or packed.
var encoded = []struct {
	table, key, column string
	decode             func([]byte) error
}{
	{"dossiers", "id", "manifest", isJSON},
	{"readings", "sha256", "result", func(b []byte) error { _, err := unpackReading(b); return err }},
	{"scans", "sha256", "result", isPacked},
	{"profiles", "dossier", "identity", isJSON},
	{"profiles", "dossier", "sketch", isPacked},
	{"copies", "dossier", "copies", isJSON},
	{"assessments", "dossier", "assessment", isPacked},
	{"lists", "run || ' ' || ruleset", "list", isPacked},
	{"runs", "run", "stages", isJSON},
	{"rulesets", "ruleset", "source", isPacked},
	{"index_entries", "dossier", "entry", isPacked},
	{"events", "hash", "body", isJSON},
}

func isJSON(b []byte) error {
	if !json.Valid(b) {
		return errors.New("it is no JSON")
	}
	return nil
}

func isPacked(b []byte) error {
	raw, err := unsqueeze(b)
	if err != nil {
		return err
	}
	return isJSON(raw)
}

// mostFaults is how many faults of one table are told.
const maxFaults = 20

// Faults tells what is wrong with the records themselves: what SQLite says of its file, and every
// value that cannot be decoded. Files and the chain of events are not looked at.
func (s *Store) Faults(ctx context.Context) ([]string, error) {
	out := []string{}
	if err := s.Sound(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return append(out, fmt.Sprintf("the records are damaged: %v", err)), nil
	}
	for _, e := range encoded {
		n := 0
		err := s.db.eachValue(ctx, fmt.Sprintf(`SELECT %s, %s FROM %s ORDER BY 1`, e.key, e.column, e.table), func(key string, value []byte) {
			if err := e.decode(value); err != nil {
				if n++; n <= maxFaults {
					out = append(out, fmt.Sprintf("the record of %s in %s (%s) cannot be read: %v", key, e.table, e.column, err))
				}
			}
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			out = append(out, fmt.Sprintf("the records of %s cannot be read: %v", e.table, err))
		}
		if n > maxFaults {
			out = append(out, fmt.Sprintf("and %d more records in %s (%s)", n-maxFaults, e.table, e.column))
		}
	}
	all, err := s.Dossiers.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if a := &all[i]; a.Hash() != a.ContentHash {
			out = append(out, fmt.Sprintf("the files that the records name for %s (version %d) are not those that were recorded", a.ID, a.Version))
		}
	}
	return out, nil
}

// DigestFile is the hash of the records in a file of SQLite that nobody writes, as they are: an older
// form of them is not migrated first.
func DigestFile(ctx context.Context, path string) (*Copied, error) {
	db, err := openAddress(ctx, address(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return nil, damaged(path, err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	have, err := column(ctx, tx, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	known := tables[:0:0]
	for _, t := range tables {
		for _, name := range have {
			if strings.EqualFold(name, t.name) {
				known = append(known, t)
			}
		}
	}
	return digestOf(ctx, tx, known)
}
