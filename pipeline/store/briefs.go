package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"unique"

	"github.com/tidwall/gjson"

	"kheo/internal/dossier"
)

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
