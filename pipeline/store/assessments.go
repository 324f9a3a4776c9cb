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

// Assessments holds the result of each dossier's ruleset: the table assessments. It is a cache: each row
// has the key of what it was made from.
type Assessments struct{ db *database }

// Keys returns the cache keys of all assessments, by dossier id.
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

// Keyed is an assessment with its cache key.
type Keyed struct {
	Key        string
	Assessment *dossier.Assessment
}

// Put stores assessments, in one transaction.
func (s Assessments) Put(ctx context.Context, list []Keyed) error {
	blobs := make([][]byte, len(list)) // packed before the transaction, which blocks all other writers
	for i, k := range list {
		var err error
		if blobs[i], err = pack(k.Assessment); err != nil {
			return err
		}
	}
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		st, err := tx.PrepareContext(ctx, `INSERT INTO assessments (dossier, key, ruleset, assessment, papers)
			VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, ruleset = excluded.ruleset,
				assessment = excluded.assessment, papers = excluded.papers`)
		if err != nil {
			return err
		}
		defer st.Close()
		for i, k := range list {
			a := k.Assessment
			_, err := st.ExecContext(ctx, a.Dossier, k.Key, a.Ruleset, blobs[i], strings.Join(a.Papers, " "))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ByRuleset returns the assessments under a ruleset, sorted by dossier id.
func (s Assessments) ByRuleset(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	return s.query(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`, ruleset)
}

// ByID returns the assessments of some dossiers, in the order of the ids. It fails if one is missing.
func (s Assessments) ByID(ctx context.Context, ids []string) ([]*dossier.Assessment, error) {
	of := map[string]*dossier.Assessment{}
	const query = `SELECT assessment FROM assessments WHERE dossier IN (@)`
	err := s.db.queryIn(ctx, query, nil, ids, func(rows *sql.Rows) error {
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

// Get returns the assessment of a dossier, or nil if there is none.
func (s Assessments) Get(ctx context.Context, id string) (*dossier.Assessment, error) {
	list, err := s.query(ctx, `SELECT assessment FROM assessments WHERE dossier = ?`, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// query returns the assessments in the only column of a query, in its order.
func (s Assessments) query(ctx context.Context, query string, args ...any) ([]*dossier.Assessment, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return unpackRows(rows, scanBytes, func(b []byte, a **dossier.Assessment) error {
		*a = &dossier.Assessment{}
		return unpack(b, *a)
	})
}

// Briefs returns the assessments under a ruleset, sorted by dossier id, without what only readers of one
// assessment need: the texts of the band and the flags, the reasons and evidence of criteria and gates,
// and the sources of facts. said has, by dossier id, the hash of all that a list shows of the assessment.
// A run loads all assessments this way, so the decoder skips most of the JSON instead of building it.
func (s Assessments) Briefs(
	ctx context.Context, ruleset string,
) (list []*dossier.Assessment, said map[string]string, err error) {
	const query = `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`
	rows, err := s.db.QueryContext(ctx, query, ruleset)
	if err != nil {
		return nil, nil, err
	}
	titles := &textCache{byJSON: map[string]dossier.Text{}}
	briefs, err := unpackRows(rows, scanBytes, func(packed []byte, b *brief) error {
		return b.unpack(packed, titles)
	})
	if err != nil {
		return nil, nil, err
	}
	list, said = make([]*dossier.Assessment, len(briefs)), make(map[string]string, len(briefs))
	for i, b := range briefs {
		list[i] = b.assessment
		said[b.assessment.Dossier] = b.listHash
	}
	return list, said, nil
}

// WithEvidence returns what Briefs does, and also evidence, uncertain and refuted passages, with the hashes of the
// documents that they are in: what pieces of evidence are made of.
func (s Assessments) WithEvidence(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`,
		ruleset)
	if err != nil {
		return nil, err
	}
	titles := &textCache{byJSON: map[string]dossier.Text{}}
	return unpackRows(rows, scanBytes, func(packed []byte, a **dossier.Assessment) error {
		var b brief
		err := b.unpackWith(packed, titles, evidenceFields)
		*a = b.assessment
		return err
	})
}

// evidenceFields decodes the fields that WithEvidence returns beside those of Briefs, by JSON key. It adds to the
// criteria, which briefFields has decoded.
var evidenceFields = map[string]func(a *dossier.Assessment, v gjson.Result){
	"criteria": func(a *dossier.Assessment, v gjson.Result) {
		i := 0
		eachElement(v, func(v gjson.Result) {
			c := &a.Criteria[i]
			i++
			v.ForEach(func(k, v gjson.Result) bool {
				switch k.Str {
				case "evidence":
					eachElement(v, func(v gjson.Result) { c.Evidence = append(c.Evidence, sourceOf(v)) })
				case "uncertain":
					eachElement(v, func(v gjson.Result) { c.Uncertain = append(c.Uncertain, sourceOf(v)) })
				case "at_stake":
					c.AtStake = v.Num
				}
				return true
			})
		})
	},
	"refuted": func(a *dossier.Assessment, v gjson.Result) {
		eachElement(v, func(v gjson.Result) {
			a.Refuted = append(a.Refuted, dossier.Refuted{Criterion: sharedString(v.Get("criterion")),
				Source: sourceOf(v)})
		})
	},
	"cited": func(a *dossier.Assessment, v gjson.Result) {
		a.Cited = map[string]string{}
		v.ForEach(func(k, v gjson.Result) bool { a.Cited[strings.Clone(k.String())] = ownString(v); return true })
	},
}

// sourceOf decodes the source of a piece of evidence.
func sourceOf(v gjson.Result) (out dossier.Source) {
	v.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "document":
			out.Document = sharedString(v)
		case "page":
			out.Page = int(v.Num)
		case "quote":
			out.Quote = ownString(v)
		case "start":
			out.Start = int(v.Num)
		case "end":
			out.End = int(v.Num)
		case "certainty":
			out.Certainty = v.Num
		case "verdict":
			out.Verdict = dossier.VerdictKind(sharedString(v))
		case "doubt":
			out.Doubt = sharedString(v)
		}
		return true
	})
	return out
}

// textCache keeps one copy of each text that many assessments share, by its JSON. It is used concurrently.
type textCache struct {
	sync.Mutex
	byJSON map[string]dossier.Text
}

// get returns the text that a JSON object holds. The caller must not change it.
func (t *textCache) get(v gjson.Result) dossier.Text {
	t.Lock()
	defer t.Unlock()
	if text, ok := t.byJSON[v.Raw]; ok {
		return text
	}
	text := textOf(v)
	t.byJSON[strings.Clone(v.Raw)] = text
	return text
}

// ownString returns a string that does not keep the JSON in memory. sharedString returns one copy of a
// string that many assessments contain.
func ownString(v gjson.Result) string { return strings.Clone(v.String()) }

// sharedString returns a string that equal ones share: names of flags and units occur in every assessment
// of a large campaign.
func sharedString(v gjson.Result) string { return unique.Make(v.String()).Value() }

// sharedStrings decodes a list of strings that occur in many assessments.
func sharedStrings(v gjson.Result) (out []string) {
	eachElement(v, func(v gjson.Result) { out = append(out, sharedString(v)) })
	return out
}

// textOf decodes a text in several languages.
func textOf(v gjson.Result) dossier.Text {
	if !v.IsObject() {
		return nil
	}
	t := dossier.Text{}
	v.ForEach(func(k, v gjson.Result) bool {
		t[sharedString(k)] = ownString(v)
		return true
	})
	return t
}

// orderOf decodes the keys by which an assessment is ranked.
func orderOf(v gjson.Result) (out []dossier.OrderKey) {
	v.ForEach(func(_, v gjson.Result) bool {
		out = append(out, dossier.OrderKey{Number: v.Get("number").Num, String: ownString(v.Get("string")),
			Missing: v.Get("missing").Bool(), Down: v.Get("down").Bool()})
		return true
	})
	return out
}

// openOf decodes what panel scores that are still missing, and facts that are not settled, may change.
func openOf(v gjson.Result) *dossier.Open {
	o := &dossier.Open{Decides: v.Get("decides").Bool(),
		Best: orderOf(v.Get("best")), Worst: orderOf(v.Get("worst")), Stated: orderOf(v.Get("stated"))}
	for _, outcome := range v.Get("outcomes").Array() {
		o.Outcomes = append(o.Outcomes, dossier.Outcome(sharedString(outcome)))
	}
	o.MayMeet = sharedStrings(v.Get("may_meet"))
	eachElement(v.Get("readings"), func(v gjson.Result) { o.Readings = append(o.Readings, orderOf(v)) })
	return o
}

// brief is one result of Briefs.
type brief struct {
	assessment *dossier.Assessment
	listHash   string // hash of all that a list shows of the assessment
}

// briefFields decodes the fields of an assessment that Briefs returns, by JSON key. The other fields are
// listed in briefs_test.go, which fails for a field that is in neither list.
var briefFields = map[string]func(a *dossier.Assessment, v gjson.Result, titles *textCache){
	"dossier": func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Dossier = ownString(v) },
	"ruleset": func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Ruleset = sharedString(v) },
	"kind":    func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Kind = sharedString(v) },
	"title":   func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Title = ownString(v) },
	"unit":    func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Unit = sharedString(v) },
	"level":   func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Level = sharedString(v) },
	"field":   func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Field = sharedString(v) },
	"nominee": func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Nominee = ownString(v) },
	"outcome": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		a.Outcome = dossier.Outcome(sharedString(v))
	},
	"points": func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Points = v.Num },
	"max":    func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Max = v.Num },
	"order":  func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Order = orderOf(v) },
	"open":   func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Open = openOf(v) },
	"flags": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		eachElement(v, func(v gjson.Result) {
			a.Flags = append(a.Flags, dossier.Flag{Code: sharedString(v.Get("code"))})
		})
	},
	"gates": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		eachElement(v, func(v gjson.Result) {
			a.Gates = append(a.Gates, dossier.Gate{ID: sharedString(v.Get("id")), Passed: v.Get("passed").Bool()})
		})
	},
	"criteria": func(a *dossier.Assessment, v gjson.Result, titles *textCache) {
		eachElement(v, func(v gjson.Result) {
			c := dossier.Criterion{ID: sharedString(v.Get("id")), Title: titles.get(v.Get("title")),
				Points: v.Get("points").Num, Max: v.Get("max").Num}
			if c.Max == 0 { // columns of lists are criteria that give points or take them off
				c.Deducts = v.Get("deducts").Bool()
			}
			a.Criteria = append(a.Criteria, c)
		})
	},
	"groups": func(a *dossier.Assessment, v gjson.Result, titles *textCache) {
		eachElement(v, func(v gjson.Result) {
			a.Groups = append(a.Groups, dossier.Group{
				ID: sharedString(v.Get("id")), Title: titles.get(v.Get("title")),
				Points: v.Get("points").Num, Max: v.Get("max").Num,
				Group: sharedString(v.Get("group")), Weight: v.Get("weight").Num})
		})
	},
	"self": func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Self = &v.Num },
	"facts": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		eachElement(v, func(v gjson.Result) { a.Facts = append(a.Facts, factOf(v)) })
	},
	"evidence_checked": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		a.Checked = &dossier.EvidenceChecked{Checked: int(v.Get("checked").Num), Right: int(v.Get("right").Num)}
	},
	"meets": func(a *dossier.Assessment, v gjson.Result, _ *textCache) { a.Meets = sharedStrings(v) },
	"corrected": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		eachElement(v, func(v gjson.Result) { a.Corrected = append(a.Corrected, sharedString(v)) })
	},
	"deciding": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		eachElement(v, func(v gjson.Result) { a.Deciding = append(a.Deciding, sharedString(v)) })
	},
	"papers": func(a *dossier.Assessment, v gjson.Result, _ *textCache) {
		eachElement(v, func(v gjson.Result) { a.Papers = append(a.Papers, sharedString(v)) })
	},
}

// eachElement calls f with every element of a JSON array; null has none.
func eachElement(v gjson.Result, f func(gjson.Result)) {
	if !v.IsArray() {
		return
	}
	v.ForEach(func(_, v gjson.Result) bool { f(v); return true })
}

// factOf decodes a fact without its sources. The readings of an uncertain one stay: without them it would
// count.
func factOf(v gjson.Result) dossier.Fact {
	f := dossier.Fact{
		Name: sharedString(v.Get("name")), Value: valueOf(v.Get("value")), Unit: sharedString(v.Get("unit")),
		State: dossier.FactState(sharedString(v.Get("state"))), Unsupported: v.Get("unsupported").Bool(),
		Counted: valueOf(v.Get("counted"))}
	eachElement(v.Get("readings"), func(v gjson.Result) { f.Readings = append(f.Readings, valueOf(v)) })
	return f
}

// valueOf returns the value of a fact: a number, a string that does not keep the JSON in memory, a
// boolean, or nil.
func valueOf(v gjson.Result) any {
	if v.Type == gjson.String {
		return ownString(v)
	}
	return v.Value()
}

// unpack decodes a packed assessment. The JSON was written by pack, so its form is known; it is still
// validated, because gjson does not report mistakes.
func (b *brief) unpack(packed []byte, titles *textCache) error {
	return b.unpackWith(packed, titles, nil)
}

// unpackWith is unpack with more fields.
func (b *brief) unpackWith(packed []byte, titles *textCache, more map[string]func(*dossier.Assessment,
	gjson.Result)) error {
	raw, err := decompress(packed)
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
		if decode := more[k.Str]; decode != nil {
			decode(a, v)
		}
		return true
	})
	if a.Dossier == "" {
		return errors.New("an assessment names no dossier")
	}
	// Lists show nothing of the facts or of the fields after them. A string in JSON never contains an
	// unescaped quotation mark, so the facts begin at the first match.
	said, _, _ := bytes.Cut(raw, []byte(`,"facts":`))
	sum := sha256.Sum256(said)
	b.assessment, b.listHash = a, hex.EncodeToString(sum[:16])
	return nil
}
