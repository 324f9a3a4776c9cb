package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Lists holds lists as they were published (the table lists), and the names of the blobs of their
// editions. A published list never changes.
type Lists struct{ db *database }

// PutEdition records the files of a run's edition: the hash of each by its name. They are stored as blobs.
func (s Lists) PutEdition(ctx context.Context, run string, files map[string]string) error {
	b, err := json.Marshal(files)
	if err != nil {
		return err
	}
	return s.db.setSetting(ctx, editionPrefix+run, string(b))
}

// Edition returns the hashes of the files of a run's edition, by name; nil if they are not stored.
func (s Lists) Edition(ctx context.Context, run string) (files map[string]string, err error) {
	text, err := s.db.setting(ctx, editionPrefix+run)
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &files); err != nil {
		return nil, fmt.Errorf("the edition of run %s: %w", run, err)
	}
	return files, nil
}

// DropEdition removes the record of a run's edition, and returns the hashes of its files that nothing
// else refers to; the caller must remove those blobs.
func (s Lists) DropEdition(ctx context.Context, run string) (orphans []string, err error) {
	files, err := s.Edition(ctx, run)
	if err != nil || files == nil {
		return nil, err
	}
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, editionPrefix+run); err != nil {
			return err
		}
		for _, sha := range files {
			var n int
			err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM documents WHERE sha256 = ?)
				+ (SELECT count(*) FROM parts WHERE part = ?)
				+ (SELECT count(*) FROM settings WHERE substr(key, 1, ?) = ? AND value LIKE ?)`,
				sha, sha, len(editionPrefix), editionPrefix, "%"+sha+"%").Scan(&n)
			if err != nil {
				return err
			}
			if n == 0 {
				orphans = append(orphans, sha)
			}
		}
		return nil
	})
	return orphans, err
}

// Dropped reports whether a run published lists that were removed since.
func (s Lists) Dropped(ctx context.Context, run string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM runs WHERE run = ? AND state = ?
		AND NOT EXISTS (SELECT 1 FROM lists WHERE lists.run = runs.run)`, run, RunDone).Scan(&n)
	return n > 0, err
}

// RunsWith returns the runs that have a dossier on one of their lists. It reads every list.
func (s Lists) RunsWith(ctx context.Context, dossier string) (out []string, err error) {
	entry, err := regexp.Compile(`"dossier":\s*"` + regexp.QuoteMeta(dossier) + `"`) // not any mention of the id
	if err != nil {
		return nil, err
	}
	runs, err := s.db.column(ctx, `SELECT DISTINCT run FROM lists ORDER BY run`)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		names, err := s.Rulesets(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			b, err := s.Get(ctx, run, n)
			if err != nil {
				return nil, err
			}
			if entry.Match(b) {
				out = append(out, run)
				break
			}
		}
	}
	return out, nil
}

// RunsBefore returns the runs with lists whose last run began before a time.
func (s Lists) RunsBefore(ctx context.Context, before time.Time) ([]string, error) {
	return s.db.column(ctx, `SELECT l.run FROM (SELECT DISTINCT run FROM lists) l JOIN runs r ON r.run = l.run
		GROUP BY l.run HAVING max(r.started) < ? ORDER BY l.run`, before.UTC().Format(time.RFC3339Nano))
}

// Drop removes the lists of a run. The run itself remains in the ledger.
func (s Lists) Drop(ctx context.Context, run string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM lists WHERE run = ?`, run)
	return err
}

// Put stores a list of a run as it is published. A list that is there already is not replaced.
func (s Lists) Put(ctx context.Context, run, ruleset string, list *Compressor) error {
	packed, err := list.bytes()
	if err != nil {
		return err
	}
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO lists (run, ruleset, list) VALUES (?, ?, ?)
			ON CONFLICT DO NOTHING`, run, ruleset, packed)
		return err
	})
}

// Get returns the JSON of a published list; nil if there is none.
func (s Lists) Get(ctx context.Context, run, ruleset string) ([]byte, error) {
	var b []byte
	err := s.db.QueryRowContext(ctx, `SELECT list FROM lists WHERE run = ? AND ruleset = ?`, run, ruleset).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decompress(b)
}

// Rulesets returns the names of the rulesets of which a run published a list, sorted.
func (s Lists) Rulesets(ctx context.Context, run string) ([]string, error) {
	return s.db.column(ctx, `SELECT ruleset FROM lists WHERE run = ? ORDER BY ruleset`, run)
}

// Rulesets holds the text of every ruleset by which a published list was made: the table rulesets.
type Rulesets struct{ db *database }

// UsedRuleset is a ruleset by which a published list was made.
type UsedRuleset struct {
	SHA256  string            `json:"sha256"`
	Ruleset string            `json:"ruleset"`
	Version string            `json:"version"`
	Run     string            `json:"run"`             // the first run that published a list by it
	UsedAt  string            `json:"used_at"`         // RFC 3339, UTC
	Files   map[string]string `json:"files,omitempty"` // its text and those of the rulesets it extends, by name
}

// Use stores a ruleset by which a list is being published. The text that was stored first remains.
func (s Rulesets) Use(ctx context.Context, u UsedRuleset, now time.Time) error {
	b, err := pack(u.Files)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO rulesets (sha256, ruleset, version, run, used_at, source)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`,
		u.SHA256, u.Ruleset, u.Version, u.Run, now.UTC().Format(time.RFC3339), b)
	return err
}

// Used returns every ruleset by which a published list was made, in the order of first use, without
// their texts.
func (s Rulesets) Used(ctx context.Context) ([]UsedRuleset, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT sha256, ruleset, version, run, used_at FROM rulesets
		ORDER BY used_at, ruleset, version, sha256`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []UsedRuleset
	for rows.Next() {
		var u UsedRuleset
		if err := rows.Scan(&u.SHA256, &u.Ruleset, &u.Version, &u.Run, &u.UsedAt); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

// Text returns the stored files of a ruleset by a prefix of its hash; nil if no hash, or more than one,
// has that prefix.
func (s Rulesets) Text(ctx context.Context, sha string) (map[string]string, error) {
	var n int
	var b []byte
	err := s.db.QueryRowContext(ctx, `SELECT count(*), max(source) FROM rulesets WHERE substr(sha256, 1, ?) = ?`,
		len(sha), sha).Scan(&n, &b)
	if errors.Is(err, sql.ErrNoRows) || err == nil && n != 1 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files map[string]string
	return files, unpack(b, &files)
}

// Proposals holds texts of rulesets and of kheo.yaml that people change in the browser: the tables rule_drafts,
// what is not proposed yet, and rule_texts, what was. Who proposed and approved what is in the audit trail.
type Proposals struct{ db *database }

// RuleDraft is the change of one file that one person has begun.
type RuleDraft struct {
	File     string // from the workspace, such as rules/models.yaml
	Person   string
	Base     string // hex SHA-256 of the file that the draft began with
	Revision int64  // from 1; rises with each change
	Text     []byte
	At       string // RFC 3339, UTC
}

// ErrDraftChanged is returned if a draft was changed since the caller read it, as in another tab.
var ErrDraftChanged = errors.New("the draft was changed meanwhile")

// Draft returns the draft of a person for a file; nil if there is none.
func (s Proposals) Draft(ctx context.Context, file, person string) (*RuleDraft, error) {
	list, err := s.drafts(ctx, `WHERE file = ? AND person = ?`, file, person)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Drafts returns all drafts, ordered by file and person.
func (s Proposals) Drafts(ctx context.Context) ([]RuleDraft, error) {
	return s.drafts(ctx, ``)
}

// drafts reads the drafts that a condition selects.
func (s Proposals) drafts(ctx context.Context, where string, args ...any) ([]RuleDraft, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT file, person, base, revision, text, at FROM rule_drafts `+where+` ORDER BY file, person`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []RuleDraft
	for rows.Next() {
		var d RuleDraft
		var packed []byte
		if err := rows.Scan(&d.File, &d.Person, &d.Base, &d.Revision, &packed, &d.At); err != nil {
			return nil, err
		}
		if err := unpack(packed, &d.Text); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// SaveDraft stores a draft whose Revision is the one that the caller read, 0 for a new one, and raises it. The
// error is ErrDraftChanged if the stored draft has another revision; nothing is stored then.
func (s Proposals) SaveDraft(ctx context.Context, d *RuleDraft, now time.Time) error {
	packed, err := pack(d.Text)
	if err != nil {
		return err
	}
	at := now.UTC().Format(time.RFC3339)
	var res sql.Result
	if d.Revision == 0 {
		res, err = s.db.ExecContext(ctx, `INSERT INTO rule_drafts (file, person, base, revision, text, at)
			VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (file, person) DO NOTHING`, d.File, d.Person, d.Base, packed, at)
	} else {
		res, err = s.db.ExecContext(ctx, `UPDATE rule_drafts SET base = ?, revision = revision + 1, text = ?, at = ?
			WHERE file = ? AND person = ? AND revision = ?`, d.Base, packed, at, d.File, d.Person, d.Revision)
	}
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrDraftChanged)
	}
	d.Revision, d.At = d.Revision+1, at
	return nil
}

// DropDraft removes the draft of a person for a file, if there is one.
func (s Proposals) DropDraft(ctx context.Context, file, person string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM rule_drafts WHERE file = ? AND person = ?`, file, person)
	return err
}

// Text returns a proposed text by its hash; nil if there is none.
func (s Proposals) Text(ctx context.Context, sha string) (text []byte, err error) {
	var packed []byte
	err = s.db.QueryRowContext(ctx, `SELECT text FROM rule_texts WHERE sha256 = ?`, sha).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return text, unpack(packed, &text)
}

// RuleText is a text that an event refers to by its hash.
type RuleText struct {
	SHA256 string
	Text   []byte
}

// put stores the text, once.
func (t *RuleText) put(ctx context.Context, tx *sql.Tx) error {
	packed, err := pack(t.Text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO rule_texts (sha256, text) VALUES (?, ?)
		ON CONFLICT (sha256) DO NOTHING`, t.SHA256, packed)
	return err
}
