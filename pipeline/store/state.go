package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State holds what processes request of each other and what they remember between runs: the table
// settings. Every key is a field here or a constant below, with its type; each is written in one
// statement, so after a crash it has the old value or the new one. The keys and the form of the
// values are a format on disk: records of older versions hold them.
type State struct {
	// Requests. The process that fulfils one removes it first; a request can be lost in a crash, and
	// is then made again by the person.
	RunRequest     Value[string]        // who requests a run; the pages write it, the process that keeps the schedule reads it
	EditionRequest Value[bool]          // lists are to be published with the outcomes set since; pages and commands write it, a run or the schedule clears it
	Cancel         Value[CancelRequest] // the run that is to end; pages and commands write it, that run reads it

	// Memory of runs, written by the run that holds the lock.
	Published    Document      // pipeline.published: what the newest lists depend on; a forgotten dossier clears it
	Listed       Document      // pipeline.edition: which dossiers are on the newest lists; the check for losses reads it
	Takeovers    Value[string] // hash of what takeovers of models were last searched in
	SettledPairs Value[string] // index.Settled in base64: pairs of dossiers that need not be compared again; a cache
	BegunAfter   Value[string] // the edition in lists/ when these records were begun with --new-store; "" without one

	// Unreadable marks, by id, dossiers with files that another worker could not read. The worker writes
	// the mark, the coordinator of the run puts the files into its quarantine and then removes the mark.
	Unreadable Values[bool]

	// Memory of the schedule, written by the process that keeps it.
	ScheduleSince Value[time.Time]  // since when the schedule is kept
	LastBackup    Document          // pipeline.BackupRun: the result of the last scheduled backup
	Alerted       Values[time.Time] // by job: the due time that the operator was last alerted about
	AnchorMailed  Value[string]     // the day (ISO date) on which an anchor of the audit trail was last mailed

	// People, by id. They are not events: an address is changed and forgotten as its owner likes.
	Mail   Values[string] // address for digests; its owner writes it
	Told   Values[int64]  // sequence number of the event up to which the person read what others did to the account
	Outbox Documents      // pipeline.WaitingMail, by its key: mail that is to be sent

	// AdoptScores is set by the migration of records whose panel scores are not in the audit trail yet;
	// package review adds them and removes it.
	AdoptScores Value[bool]
}

// Keys that belong to the store itself, which its other types read and write.
const (
	queueKey      = "queue"        // "1" once the tables of River exist
	eraseKey      = "erase traces" // "1" while traces of removed records are to be erased
	epochKey      = "index epoch"  // random; the search index is rebuilt when it changes
	stateKey      = "index state"  // hash of all keys that the search index is to hold
	copiesKey     = "copies"       // hash of what the near-duplicates were found in
	idKey         = "store id"     // id by which a workspace recognises its records
	editionPrefix = "edition "     // and the run: JSON, hashes of an edition's files by name
)

// Prefixes of keys that exist once per id. The ids contain no space, except those of the outbox.
const (
	unreadablePrefix = "quarantine "
	alertedPrefix    = "operator told of "
	mailPrefix       = "mail "
	outboxPrefix     = "mail waiting "
	toldPrefix       = "told "
)

func newState(db *database) State {
	return State{
		RunRequest:     Value[string]{db, "run asked for", textCodec},
		EditionRequest: Value[bool]{db, "edition asked for", flagCodec},
		Cancel:         Value[CancelRequest]{db, "cancel run", cancelCodec},
		Published:      Document{db, "published"},
		Listed:         Document{db, "edition"},
		Takeovers:      Value[string]{db, "takeovers", textCodec},
		SettledPairs:   Value[string]{db, "settled pairs", textCodec},
		BegunAfter:     Value[string]{db, "begun after edition", textCodec},
		Unreadable:     Values[bool]{db, unreadablePrefix, flagCodec},
		ScheduleSince:  Value[time.Time]{db, "schedule kept since", timeCodec},
		LastBackup:     Document{db, "last backup"},
		Alerted:        Values[time.Time]{db, alertedPrefix, timeCodec},
		AnchorMailed:   Value[string]{db, "anchor mailed", textCodec},
		Mail:           Values[string]{db, mailPrefix, textCodec},
		Told:           Values[int64]{db, toldPrefix, intCodec},
		Outbox:         Documents{db, outboxPrefix},
		AdoptScores:    Value[bool]{db, "panel scores to adopt", flagCodec},
	}
}

// CancelRequest requests the end of a run.
type CancelRequest struct {
	Run int64  // its number
	By  string // the person, one word
}

// codec is the form of values of one type in the table; the text is never "".
type codec[T any] struct {
	encode func(T) string
	decode func(string) (T, error)
}

var (
	textCodec = codec[string]{func(s string) string { return s }, func(s string) (string, error) { return s, nil }}
	flagCodec = codec[bool]{func(bool) string { return "1" }, func(s string) (bool, error) { return true, nil }}
	intCodec  = codec[int64]{func(n int64) string { return strconv.FormatInt(n, 10) }, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }}

	// A time that cannot be read counts as missing: its process then begins to remember again.
	timeCodec = codec[time.Time]{func(t time.Time) string { return t.Format(time.RFC3339) }, func(s string) (time.Time, error) {
		t, _ := time.Parse(time.RFC3339, s)
		return t, nil
	}}

	// A request that cannot be read is for no run.
	cancelCodec = codec[CancelRequest]{func(c CancelRequest) string { return fmt.Sprintf("%d %s", c.Run, c.By) }, func(s string) (c CancelRequest, err error) {
		number, by, _ := strings.Cut(s, " ")
		c.Run, _ = strconv.ParseInt(number, 10, 64)
		c.By, _, _ = strings.Cut(by, " ")
		return c, nil
	}}
)

// Value is one key of the table settings.
type Value[T comparable] struct {
	db    *database
	key   string
	codec codec[T]
}

// Get returns the value; the zero value if the key is not set.
func (v Value[T]) Get(ctx context.Context) (T, error) {
	text, err := v.db.setting(ctx, v.key)
	return decoded(v.codec, v.key, text, err)
}

// Set writes the value. The zero value removes the key.
func (v Value[T]) Set(ctx context.Context, value T) error {
	if value == *new(T) {
		return v.Drop(ctx)
	}
	return v.db.setSetting(ctx, v.key, v.codec.encode(value))
}

// Drop removes the key.
func (v Value[T]) Drop(ctx context.Context) error { return v.db.dropSetting(ctx, v.key) }

func decoded[T any](c codec[T], key, text string, err error) (value T, _ error) {
	if err != nil || text == "" {
		return value, err
	}
	if value, err = c.decode(text); err != nil {
		err = fmt.Errorf("the record %q: %w", key, err)
	}
	return value, err
}

// Values are keys of one type, one per id.
type Values[T comparable] struct {
	db     *database
	prefix string
	codec  codec[T]
}

// Of returns the value of one id.
func (v Values[T]) Of(id string) Value[T] { return Value[T]{v.db, v.prefix + id, v.codec} }

// All returns the values of all ids.
func (v Values[T]) All(ctx context.Context) (map[string]T, error) {
	texts, err := v.db.settingsUnder(ctx, v.prefix)
	if err != nil {
		return nil, err
	}
	out := map[string]T{}
	for id, text := range texts {
		if out[id], err = decoded(v.codec, v.prefix+id, text, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Document is one key whose value is JSON of a type that a package above the store declares.
type Document struct {
	db  *database
	key string
}

// Get decodes the document into a pointer, and reports whether there is one.
func (d Document) Get(ctx context.Context, into any) (bool, error) {
	text, err := d.db.setting(ctx, d.key)
	if err != nil || text == "" {
		return false, err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return false, fmt.Errorf("the record %q: %w", d.key, errors.Join(ErrBadDocument, err))
	}
	return true, nil
}

// ErrBadDocument is returned for a document that cannot be decoded. Documents that are caches count
// as missing then.
var ErrBadDocument = errors.New("it is not valid")

// Put writes the document.
func (d Document) Put(ctx context.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.db.setSetting(ctx, d.key, string(b))
}

// Drop removes the document.
func (d Document) Drop(ctx context.Context) error { return d.db.dropSetting(ctx, d.key) }

// Documents are documents of one type, one per id.
type Documents struct {
	db     *database
	prefix string
}

// Of returns the document of one id.
func (d Documents) Of(id string) Document { return Document{d.db, d.prefix + id} }

// IDs returns the ids of all documents, sorted.
func (d Documents) IDs(ctx context.Context) ([]string, error) {
	texts, err := d.db.settingsUnder(ctx, d.prefix)
	return slices.Sorted(maps.Keys(texts)), err
}

// setting returns the value of a key; "" if it is not set.
func (s *database) setting(ctx context.Context, key string) (string, error) {
	var v string
	err := s.DB.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func (s *database) setSetting(ctx context.Context, key, value string) error {
	return set(ctx, s.DB, key, value)
}

func (s *database) dropSetting(ctx context.Context, key string) error {
	_, err := s.DB.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, key)
	return err
}

// set writes a key, on its own or as part of a transaction.
func set(ctx context.Context, in interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, key, value string) error {
	_, err := in.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// settingsUnder returns the values of the keys with a prefix, by the rest of the key. Keys of a longer
// prefix do not belong to a shorter one that it begins with: the outbox is not a person's address.
func (s *database) settingsUnder(ctx context.Context, prefix string) (map[string]string, error) {
	out := map[string]string{}
	err := s.eachValue(ctx, `SELECT key, value FROM settings WHERE substr(key, 1, ?) = ?`, func(key string, value []byte) {
		if prefix == mailPrefix && strings.HasPrefix(key, outboxPrefix) {
			return
		}
		if len(value) > 0 {
			out[strings.TrimPrefix(key, prefix)] = string(value)
		}
	}, len([]rune(prefix)), prefix)
	return out, err
}
