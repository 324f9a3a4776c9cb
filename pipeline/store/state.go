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

// State holds requests between processes, and what they remember between runs: the table settings.
// Every key is a field here or a constant below, with its type. Each is written in one statement, so
// that after a crash it has the old or the new value. The keys and the encoding of the values are a
// format on disk: records of older versions contain them.
type State struct {
	// Requests. The process that fulfils one removes it first, so a request can be lost in a crash; the
	// person then makes it again.

	RunRequest     Value[string]        // who requests a run; written by the pages, read by the schedule
	EditionRequest Value[bool]          // lists must be published again; written by pages and commands
	Cancel         Value[CancelRequest] // the run that must end; written by pages and commands, read by that run

	// Memory of runs, written by the run that holds the lock.
	Published    Document      // pipeline.published: what the newest lists depend on; cleared by forgetting
	Listed       Document      // pipeline.edition: the dossiers on the newest lists, for the loss check
	Takeovers    Value[string] // hash of the input of the last search for takeovers of models
	SettledPairs Value[string] // index.Settled in base64, a cache: pairs that need no second comparison
	BegunAfter   Value[string] // newest edition in lists/ when --new-store began these records; or ""

	// Unreadable marks, by id, dossiers with files that a worker on another node could not read. The
	// worker writes the mark; the coordinator quarantines the files and then removes the mark.
	Unreadable Values[bool]

	// Memory of the schedule, written by the process that keeps the schedule.
	ScheduleSince Value[time.Time]  // since when the schedule is kept
	LastBackup    Document          // pipeline.BackupRun: the result of the last scheduled backup
	Alerted       Values[time.Time] // by job: the due time of the last alert to the operator
	AnchorMailed  Value[string]     // the day (ISO date) on which an anchor of the audit trail was last mailed

	// People, by id. These are not events, because an address can be changed and forgotten at will.
	Mail       Values[string] // address for digests, set by its owner
	SeenEvents Values[int64]  // last event about the account that its owner has seen, as a sequence number
	Outbox     Documents      // pipeline.WaitingMail, by its key: mail that is yet to be sent
	TokenUsed  Values[string] // by id of a token: when it was last used, RFC 3339
	Factors    Documents      // factor.kept, by person: the secret of the second factor, and its recovery codes
	Hooks      Documents      // webhooks.mark, by the webhook: up to where it was told what happened
	HookQueue  Documents      // webhooks.Delivery, by its id: messages that are yet to be delivered
	HookLog    Documents      // webhooks.Delivery, by its id: messages that were delivered or given up
	Letters    Documents      // mailbox.Letter, by its id: what came into the mailbox
	Mailbox    Document       // mailbox.Looked: the last look into the mailbox
	Reminded   Documents      // reminders.Reminded, by what it was about: so that no one is mailed twice
	Applicants Documents      // applicants.Link, by its id: what people without an account may hand in
	Answered   Documents      // api.answered, by person and key: what programs were told, so that they may ask again

	// AdoptScores is set by a migration if panel scores are not in the audit trail yet; package review
	// adds them to the trail and removes it.
	AdoptScores Value[bool]
}

// Keys that belong to the store itself; other types of this package read and write them.
const (
	queueKey      = "queue"        // "1" once the tables of River exist
	eraseKey      = "erase traces" // "1" while traces of removed records must still be erased
	epochKey      = "index epoch"  // random; the search index is rebuilt when it changes
	stateKey      = "index state"  // hash of all keys that the search index must contain
	copiesKey     = "copies"       // hash of the input of the last search for near-duplicates
	idKey         = "store id"     // id by which a workspace recognises its records
	editionPrefix = "edition "     // followed by the run; JSON: hashes of the edition's files by name
)

// Prefixes of keys that exist once per id. Ids contain no space, except those of the outbox.
const (
	unreadablePrefix = "quarantine "
	alertedPrefix    = "operator told of "
	mailPrefix       = "mail "
	outboxPrefix     = "mail waiting "
	seenPrefix       = "told "
	usedPrefix       = "token used "
	answeredPrefix   = "answered "
	factorsPrefix    = "second factor "
	hooksPrefix      = "webhook "
	hookQueuePrefix  = "message waiting "
	hookLogPrefix    = "message ended "
	lettersPrefix    = "letter "
	applicantsPrefix = "applicant "
	remindedPrefix   = "reminded "
)

// newState returns the state with all its keys. The names of keys must not change.
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
		SeenEvents:     Values[int64]{db, seenPrefix, intCodec},
		Outbox:         Documents{db, outboxPrefix},
		TokenUsed:      Values[string]{db, usedPrefix, textCodec},
		Factors:        Documents{db, factorsPrefix},
		Hooks:          Documents{db, hooksPrefix},
		HookQueue:      Documents{db, hookQueuePrefix},
		HookLog:        Documents{db, hookLogPrefix},
		Letters:        Documents{db, lettersPrefix},
		Mailbox:        Document{db, "looked into the mailbox"},
		Reminded:       Documents{db, remindedPrefix},
		Applicants:     Documents{db, applicantsPrefix},
		Answered:       Documents{db, answeredPrefix},
		AdoptScores:    Value[bool]{db, "panel scores to adopt", flagCodec},
	}
}

// CancelRequest requests the end of a run.
type CancelRequest struct {
	Run int64  // number of the run
	By  string // the person's id, one word
}

// codec encodes values of one type for the table. The encoded text is never "".
type codec[T any] struct {
	encode func(T) string
	decode func(string) (T, error)
}

var (
	textCodec = codec[string]{
		func(s string) string { return s },
		func(s string) (string, error) { return s, nil },
	}
	flagCodec = codec[bool]{
		func(bool) string { return "1" },
		func(s string) (bool, error) { return true, nil },
	}
	intCodec = codec[int64]{
		func(n int64) string { return strconv.FormatInt(n, 10) },
		func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) },
	}

	// A time that cannot be decoded counts as missing: its process starts over.
	timeCodec = codec[time.Time]{
		func(t time.Time) string { return t.Format(time.RFC3339) },
		func(s string) (time.Time, error) {
			t, _ := time.Parse(time.RFC3339, s)
			return t, nil
		},
	}

	// A request that cannot be decoded matches no run.
	cancelCodec = codec[CancelRequest]{
		func(c CancelRequest) string { return fmt.Sprintf("%d %s", c.Run, c.By) },
		func(s string) (c CancelRequest, err error) {
			number, by, _ := strings.Cut(s, " ")
			c.Run, _ = strconv.ParseInt(number, 10, 64)
			c.By, _, _ = strings.Cut(by, " ")
			return c, nil
		},
	}
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

// decoded decodes the text of a key; "" is the zero value. It passes on an error of reading the text.
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

// Document is one key whose value is JSON of a type that a package above the store declares. The field
// of State names that type.
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

// ErrBadDocument is returned for a document that cannot be decoded. Callers treat documents that are
// caches as missing then.
var ErrBadDocument = errors.New("it is not valid")

// Put writes the document.
func (d Document) Put(ctx context.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.db.setSetting(ctx, d.key, string(b))
}

// Change decodes the document into a pointer and writes it again if change says so, in one transaction that excludes
// others that change it. known says whether there is one.
func (d Document) Change(ctx context.Context, into any, change func(known bool) (write bool, err error)) error {
	return d.db.tx(ctx, func(tx *sql.Tx) error {
		query := `SELECT value FROM settings WHERE key = ?`
		if d.db.postgres { // on SQLite a writing transaction excludes all others
			query += ` FOR UPDATE`
		}
		var text string
		err := tx.QueryRowContext(ctx, query, d.key).Scan(&text)
		known := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if known {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return fmt.Errorf("the record %q: %w", d.key, errors.Join(ErrBadDocument, err))
			}
		}
		if write, err := change(known); err != nil || !write {
			return err
		}
		b, err := json.Marshal(into)
		if err != nil {
			return err
		}
		return set(ctx, tx, d.key, string(b))
	})
}

// Beside returns the document with a value, to be written in the transaction of an event.
func (d Document) Beside(v any) (Beside, error) {
	b, err := json.Marshal(v)
	return Beside{d.key, string(b)}, err
}

// Beside is a document of the state that is written in the transaction of an event.
type Beside struct{ key, value string }

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

// All returns all documents as JSON, by id.
func (d Documents) All(ctx context.Context) (map[string]json.RawMessage, error) {
	texts, err := d.db.settingsUnder(ctx, d.prefix)
	out := make(map[string]json.RawMessage, len(texts))
	for id, text := range texts {
		out[id] = json.RawMessage(text)
	}
	return out, err
}

// setting returns the value of a key; "" if the key is not set.
func (s *database) setting(ctx context.Context, key string) (string, error) {
	var v string
	err := s.DB.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// setSetting writes a key, by itself.
func (s *database) setSetting(ctx context.Context, key, value string) error {
	return set(ctx, s.DB, key, value)
}

// dropSetting removes a key, if it is set.
func (s *database) dropSetting(ctx context.Context, key string) error {
	_, err := s.DB.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, key)
	return err
}

// set writes a key, by itself or as part of a transaction.
func set(ctx context.Context, in interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, key, value string) error {
	_, err := in.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// settingsUnder returns the values of all keys with a prefix, by the rest of the key. mailPrefix is also
// the beginning of outboxPrefix; keys of the outbox are not addresses of people and are left out.
func (s *database) settingsUnder(ctx context.Context, prefix string) (map[string]string, error) {
	out := map[string]string{}
	const query = `SELECT key, value FROM settings WHERE substr(key, 1, ?) = ?`
	err := s.eachValue(ctx, query, func(key string, value []byte) {
		if prefix == mailPrefix && strings.HasPrefix(key, outboxPrefix) {
			return
		}
		if len(value) > 0 {
			out[strings.TrimPrefix(key, prefix)] = string(value)
		}
	}, len([]rune(prefix)), prefix)
	return out, err
}
