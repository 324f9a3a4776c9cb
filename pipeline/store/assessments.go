package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unique"

	"github.com/tidwall/gjson"

	"kheo/internal/dossier"
)

// Assessments holds the result of each dossier's ruleset: the table assessments. It is a cache: each
// row carries the key of what it was made from.
type Assessments struct{ db *database }

// Keys returns the memo keys of all assessments, by dossier.
func (s Assessments) Keys(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, key FROM assessments`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var d, k string
		if err := rows.Scan(&d, &k); err != nil {
			return nil, err
		}
		out[d] = k
	}
	return out, rows.Err()
}

// Keyed is an assessment with its memo key.
type Keyed struct {
	Key        string
	Assessment *dossier.Assessment
}

// Put keeps assessments, in one transaction.
func (s Assessments) Put(ctx context.Context, list []Keyed) error {
	blobs := make([][]byte, len(list)) // packed before the transaction, which only one may hold
	for i, k := range list {
		var err error
		if blobs[i], err = pack(k.Assessment); err != nil {
			return err
		}
	}
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		st, err := tx.PrepareContext(ctx, `INSERT INTO assessments (dossier, key, ruleset, assessment, papers) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, ruleset = excluded.ruleset, assessment = excluded.assessment, papers = excluded.papers`)
		if err != nil {
			return err
		}
		defer st.Close()
		for i, k := range list {
			if _, err := st.ExecContext(ctx, k.Assessment.Dossier, k.Key, k.Assessment.Ruleset, blobs[i], strings.Join(k.Assessment.Papers, " ")); err != nil {
				return err
			}
		}
		return nil
	})
}

// ByRuleset returns the assessments of a ruleset, by dossier id.
func (s Assessments) ByRuleset(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	return s.query(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`, ruleset)
}

// ByID returns the assessments of some dossiers, in the order of the ids.
func (s Assessments) ByID(ctx context.Context, ids []string) ([]*dossier.Assessment, error) {
	of := map[string]*dossier.Assessment{}
	err := s.db.queryIn(ctx, `SELECT assessment FROM assessments WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return err
		}
		a := &dossier.Assessment{}
		err := unpack(b, a)
		of[a.Dossier] = a
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]*dossier.Assessment, len(ids))
	for i, id := range ids {
		if out[i] = of[id]; out[i] == nil {
			return nil, fmt.Errorf("there is no assessment of %s", id)
		}
	}
	return out, nil
}

// Get returns the assessment of a dossier, or nil.
func (s Assessments) Get(ctx context.Context, id string) (*dossier.Assessment, error) {
	list, err := s.query(ctx, `SELECT assessment FROM assessments WHERE dossier = ?`, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func (s Assessments) query(ctx context.Context, query string, args ...any) ([]*dossier.Assessment, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return unpacked(rows, onlyBytes, func(b []byte, a **dossier.Assessment) error {
		*a = &dossier.Assessment{}
		return unpack(b, *a)
	})
}

// Briefs returns the assessments of a ruleset, by dossier id, without what only their readers
// need: what the band and the flags say, the reasons and evidence of criteria and gates, and the
// sources of facts. said is, of each, the hash of all that a list says of it.
func (s Assessments) Briefs(ctx context.Context, ruleset string) (list []*dossier.Assessment, said map[string]string, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`, ruleset)
	if err != nil {
		return nil, nil, err
	}
	titles := &texts{of: map[string]dossier.Text{}}
	briefs, err := unpacked(rows, onlyBytes, func(packed []byte, b *brief) error { return b.unpack(packed, titles) })
	if err != nil {
		return nil, nil, err
	}
	list, said = make([]*dossier.Assessment, len(briefs)), make(map[string]string, len(briefs))
	for i, b := range briefs {
		list[i] = b.assessment
		said[b.assessment.Dossier] = b.said
	}
	return list, said, nil
}

// texts keeps one of each text that many assessments share.
type texts struct {
	sync.Mutex
	of map[string]dossier.Text
}

func (t *texts) get(v gjson.Result) dossier.Text {
	t.Lock()
	defer t.Unlock()
	if text, ok := t.of[v.Raw]; ok {
		return text
	}
	text := textOf(v)
	t.of[strings.Clone(v.Raw)] = text
	return text
}

// own is a text that does not hold the JSON that it stands in; shared is one that many have.
func own(v gjson.Result) string { return strings.Clone(v.String()) }

func shared(v gjson.Result) string { return unique.Make(v.String()).Value() }

func textOf(v gjson.Result) dossier.Text {
	if !v.IsObject() {
		return nil
	}
	t := dossier.Text{}
	v.ForEach(func(k, v gjson.Result) bool {
		t[shared(k)] = own(v)
		return true
	})
	return t
}

func orderOf(v gjson.Result) (out []dossier.OrderKey) {
	v.ForEach(func(_, v gjson.Result) bool {
		out = append(out, dossier.OrderKey{Number: v.Get("number").Num, String: own(v.Get("string")), Missing: v.Get("missing").Bool(), Down: v.Get("down").Bool()})
		return true
	})
	return out
}

func openOf(v gjson.Result) *dossier.Open {
	o := &dossier.Open{Decides: v.Get("decides").Bool(), Best: orderOf(v.Get("best")), Worst: orderOf(v.Get("worst")), Stated: orderOf(v.Get("stated"))}
	for _, outcome := range v.Get("outcomes").Array() {
		o.Outcomes = append(o.Outcomes, dossier.Outcome(shared(outcome)))
	}
	return o
}

// brief is an assessment without what only its reader needs.
type brief struct {
	assessment *dossier.Assessment
	said       string // hash of all that a list shows of the assessment
}

// briefFields decodes the fields of an assessment that a brief one has, by JSON key. The other fields
// are listed in briefs_test.go, which fails for a field that is in neither list.
var briefFields = map[string]func(a *dossier.Assessment, v gjson.Result, titles *texts){
	"dossier": func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Dossier = own(v) },
	"ruleset": func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Ruleset = shared(v) },
	"kind":    func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Kind = shared(v) },
	"title":   func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Title = own(v) },
	"unit":    func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Unit = shared(v) },
	"level":   func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Level = shared(v) },
	"field":   func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Field = shared(v) },
	"nominee": func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Nominee = own(v) },
	"outcome": func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Outcome = dossier.Outcome(shared(v)) },
	"points":  func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Points = v.Num },
	"max":     func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Max = v.Num },
	"order":   func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Order = orderOf(v) },
	"open":    func(a *dossier.Assessment, v gjson.Result, _ *texts) { a.Open = openOf(v) },
	"flags": func(a *dossier.Assessment, v gjson.Result, _ *texts) {
		eachOf(v, func(v gjson.Result) { a.Flags = append(a.Flags, dossier.Flag{Code: shared(v.Get("code"))}) })
	},
	"gates": func(a *dossier.Assessment, v gjson.Result, _ *texts) {
		eachOf(v, func(v gjson.Result) {
			a.Gates = append(a.Gates, dossier.Gate{ID: shared(v.Get("id")), Passed: v.Get("passed").Bool()})
		})
	},
	"criteria": func(a *dossier.Assessment, v gjson.Result, titles *texts) {
		eachOf(v, func(v gjson.Result) {
			a.Criteria = append(a.Criteria, dossier.Criterion{ID: shared(v.Get("id")), Title: titles.get(v.Get("title")),
				Points: v.Get("points").Num, Max: v.Get("max").Num})
		})
	},
	"facts": func(a *dossier.Assessment, v gjson.Result, _ *texts) {
		eachOf(v, func(v gjson.Result) { a.Facts = append(a.Facts, factOf(v)) })
	},
	"papers": func(a *dossier.Assessment, v gjson.Result, _ *texts) {
		eachOf(v, func(v gjson.Result) { a.Papers = append(a.Papers, shared(v)) })
	},
}

// eachOf calls f with every element of a JSON array.
func eachOf(v gjson.Result, f func(gjson.Result)) {
	v.ForEach(func(_, v gjson.Result) bool { f(v); return true })
}

// factOf reads a fact without its sources.
func factOf(v gjson.Result) dossier.Fact {
	return dossier.Fact{Name: shared(v.Get("name")), Value: valueOf(v.Get("value")), Unit: shared(v.Get("unit")),
		Unsupported: v.Get("unsupported").Bool(), Counted: valueOf(v.Get("counted"))}
}

// valueOf is the value of a fact: a number, a text that does not keep the JSON alive, a bool, or nil.
func valueOf(v gjson.Result) any {
	if v.Type == gjson.String {
		return own(v)
	}
	return v.Value()
}

// unpack reads a packed assessment. The JSON was written by pack, and most of it is skipped.
func (b *brief) unpack(packed []byte, titles *texts) error {
	raw, err := unsqueeze(packed)
	if err != nil {
		return err
	}
	if !gjson.ValidBytes(raw) {
		return errors.New("the record of an assessment is not JSON")
	}
	a := &dossier.Assessment{}
	gjson.ParseBytes(raw).ForEach(func(k, v gjson.Result) bool {
		if decode := briefFields[k.Str]; decode != nil {
			decode(a, v, titles)
		}
		return true
	})
	if a.Dossier == "" {
		return errors.New("an assessment names no dossier")
	}
	// Lists show nothing of the facts or of the fields behind them. A text in JSON never contains a
	// bare quotation mark, so the first occurrence is where they begin.
	said, _, _ := bytes.Cut(raw, []byte(`,"facts":`))
	sum := sha256.Sum256(said)
	b.assessment, b.said = a, hex.EncodeToString(sum[:16])
	return nil
}
