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
func (s *Store) Briefs(ctx context.Context, ruleset string) (list []*dossier.Assessment, said map[string]string, err error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`, ruleset)
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
func own(v gjson.Result) string    { return strings.Clone(v.String()) }
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

// brief is an assessment of Briefs.
type brief struct {
	assessment *dossier.Assessment
	said       string
}

// unpack reads of a packed assessment what a brief one keeps. It is our own JSON, of which most is
// passed over.
func (b *brief) unpack(packed []byte, titles *texts) error {
	raw, err := unsqueeze(packed)
	if err != nil {
		return err
	}
	if !gjson.ValidBytes(raw) {
		return errors.New("the record of an assessment is not JSON")
	}
	a := &dossier.Assessment{}
	list := func(v gjson.Result, each func(gjson.Result)) {
		v.ForEach(func(_, v gjson.Result) bool { each(v); return true })
	}
	gjson.ParseBytes(raw).ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "dossier":
			a.Dossier = own(v)
		case "ruleset":
			a.Ruleset = shared(v)
		case "kind":
			a.Kind = shared(v)
		case "title":
			a.Title = own(v)
		case "unit":
			a.Unit = shared(v)
		case "level":
			a.Level = shared(v)
		case "field":
			a.Field = shared(v)
		case "nominee":
			a.Nominee = own(v)
		case "outcome":
			a.Outcome = dossier.Outcome(shared(v))
		case "points":
			a.Points = v.Num
		case "max":
			a.Max = v.Num
		case "flags":
			list(v, func(v gjson.Result) {
				a.Flags = append(a.Flags, dossier.Flag{Code: shared(v.Get("code"))})
			})
		case "gates":
			list(v, func(v gjson.Result) {
				a.Gates = append(a.Gates, dossier.Gate{ID: shared(v.Get("id")), Passed: v.Get("passed").Bool()})
			})
		case "criteria":
			list(v, func(v gjson.Result) {
				a.Criteria = append(a.Criteria, dossier.Criterion{ID: shared(v.Get("id")), Title: titles.get(v.Get("title")), Points: v.Get("points").Num, Max: v.Get("max").Num})
			})
		case "facts":
			list(v, func(v gjson.Result) {
				value := v.Get("value").Value()
				if s, ok := value.(string); ok {
					value = strings.Clone(s)
				}
				f := dossier.Fact{Name: shared(v.Get("name")), Value: value, Unit: shared(v.Get("unit")), Unsupported: v.Get("unsupported").Bool()}
				if counted := v.Get("counted"); counted.Exists() {
					if f.Counted = counted.Value(); counted.Type == gjson.String {
						f.Counted = own(counted)
					}
				}
				a.Facts = append(a.Facts, f)
			})
		case "order":
			a.Order = orderOf(v)
		case "open":
			a.Open = openOf(v)
		case "papers":
			list(v, func(v gjson.Result) { a.Papers = append(a.Papers, shared(v)) })
		}
		return true
	})
	if a.Dossier == "" {
		return errors.New("an assessment names no dossier")
	}
	// Lists say nothing of facts, nor of what comes after them. In JSON no text holds a bare
	// quotation mark, so this stands where they begin, and nowhere else.
	said, _, _ := bytes.Cut(raw, []byte(`,"facts":`))
	sum := sha256.Sum256(said)
	b.assessment, b.said = a, hex.EncodeToString(sum[:16])
	return nil
}
