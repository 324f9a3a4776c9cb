package trial

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/publish"
	"kheo/pipeline/reading"
	"kheo/pipeline/recommend"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Decided is what people decided on a dossier of a past campaign.
type Decided struct {
	Dossier  string
	Decision string // recognised, not-recognised, deferred, returned
	Line     int    // of the file
}

// Decisions that people take.
var Decisions = []string{"recognised", "not-recognised", "deferred", "returned"}

// maxDecisions bounds the file of decisions.
const maxDecisions = 1_000_000

// ReadDecisions reads a CSV file with the columns dossier and decision, parted by commas,
// semicolons or tabs. All mistakes are told at once.
func ReadDecisions(file string) ([]Decided, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 64<<20))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(b))
	first, _, _ := bytes.Cut(b, []byte("\n"))
	for _, comma := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, comma) {
			r.Comma = comma
		}
	}
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	var problems strict.Problems
	fail := func(line, col int, message, cure string) {
		if len(problems) < 100 {
			problems = append(problems, strict.Problem{File: file, Line: line, Col: col, Message: message, Cure: cure})
		}
	}
	columns := map[string]int{"dossier": -1, "decision": -1}
	var out []Decided
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			fail(line, 1, "this is not CSV: "+err.Error(), "save it as CSV anew")
			break
		}
		if columns["dossier"] < 0 {
			for i, name := range row {
				name = strings.ToLower(strings.TrimSpace(name))
				if _, ok := columns[name]; ok {
					columns[name] = i
				}
			}
			if columns["dossier"] < 0 || columns["decision"] < 0 {
				fail(line, 1, "the first line does not name the columns dossier and decision",
					"write  dossier,decision  as the first line")
				break
			}
			continue
		}
		if len(row) <= max(columns["dossier"], columns["decision"]) {
			if len(row) > 1 || strings.TrimSpace(row[0]) != "" {
				fail(line, 1, "this line has too few columns", "write the dossier and what was decided")
			}
			continue
		}
		d := Decided{Dossier: strings.TrimSpace(row[columns["dossier"]]),
			Decision: strings.ToLower(strings.TrimSpace(row[columns["decision"]])), Line: line}
		if !slices.Contains(Decisions, d.Decision) {
			_, col := r.FieldPos(columns["decision"])
			cure := "decisions are: " + strings.Join(Decisions, ", ")
			if near := strict.Nearest(d.Decision, Decisions); near != "" {
				cure = fmt.Sprintf("did you mean %q? %s", near, cure)
			}
			fail(line, col, fmt.Sprintf("there is no decision %q", d.Decision), cure)
			continue
		}
		if out = append(out, d); len(out) > maxDecisions {
			fail(line, 1, "the file has more than a million lines", "split it")
			break
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return out, nil
}

// Backtest is how a ruleset's recommendations agree with what people decided.
type Backtest struct {
	Ruleset string `json:"ruleset"`
	Both    int    `json:"both"`    // recommended and recognised
	Neither int    `json:"neither"` // neither
	Missed  int    `json:"missed"`  // recognised, and not recommended
	Extra   int    `json:"extra"`   // recommended, and not recognised

	LeftRecognised    int `json:"left_recognised"`     // up for review, and people recognised it
	LeftNotRecognised int `json:"left_not_recognised"` // up for review, and they did not
	Undecided         int `json:"undecided"`           // deferred or returned

	Agreement float64        `json:"agreement"` // of those that both decided
	Kappa     *float64       `json:"kappa"`     // Cohen's; null where all are of one kind
	Differ    []Difference   `json:"differ"`
	Criteria  []CriterionGap `json:"criteria"` // where rules and people differ most, first
}

// Difference is a dossier that rules and people see differently.
type Difference struct {
	Dossier  string          `json:"dossier"`
	Title    string          `json:"title"`
	Unit     string          `json:"unit"`
	Outcome  dossier.Outcome `json:"outcome"`
	Decision string          `json:"decision"`
	Points   float64         `json:"points"`
	Reason   string          `json:"reason"`
}

// CriterionGap tells how a criterion stood with those that people recognised and the
// rules did not recommend, beside those that both chose.
type CriterionGap struct {
	ID     string  `json:"id"`
	Missed float64 `json:"missed"` // mean share of its points among the missed
	Both   float64 `json:"both"`   // among those that both chose
	Extra  float64 `json:"extra"`  // among those that only the rules chose
	Gap    float64 `json:"gap"`    // both - missed
}

// Compare compares a workspace's lists with what people decided, or the list that
// another ruleset would make where file names one. Dossiers may be named by id, by title
// or as they were handed in.
func Compare(ctx context.Context, w *workspace.Workspace, decisions []Decided, file string) (all []Backtest,
	unknown []Decided, err error) {
	var lists []*publish.File
	if file != "" {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		rs, err := rules.Load(filepath.ToSlash(file), src, w.Campaign().Env, w.Campaign().RulesBeside(file))
		if err != nil {
			return nil, nil, err
		}
		assessed, err := assessWith(ctx, w, rs)
		if err != nil {
			return nil, nil, err
		}
		lists = append(lists, publish.NewFile(recommend.Make(rs, assessed), w.Campaign().ID,
			w.Campaign().Env.Languages...))
	} else {
		run, err := editions.FindRun(ctx, w, "")
		if err != nil {
			return nil, nil, err
		}
		for _, rs := range w.Campaign().Rulesets {
			f, err := editions.List(ctx, w, run.Run, rs.ID)
			if err != nil {
				return nil, nil, err
			}
			if f != nil {
				lists = append(lists, f.Program())
			}
		}
	}
	names, err := dossierNames(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	decided := map[string]string{}
	for _, d := range decisions {
		id, ok := names[d.Dossier]
		if !ok {
			id, ok = names[language.Fold(d.Dossier)]
		}
		if !ok || id == "" {
			unknown = append(unknown, d)
			continue
		}
		decided[id] = d.Decision
	}
	for _, f := range lists {
		all = append(all, backtest(f, decided))
	}
	return all, unknown, nil
}

// dossierNames maps ids, titles and names to ids; "" where a name stands for several.
func dossierNames(ctx context.Context, w *workspace.Workspace) (map[string]string, error) {
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i := range all {
		id, _, err := w.Store.Profiles.Identity(ctx, all[i].ID)
		if err != nil {
			return nil, err
		}
		for _, name := range []string{id.Title, id.Nominee, all[i].Name} {
			k := language.Fold(name)
			if have, ok := out[k]; ok && have != all[i].ID {
				out[k] = ""
			} else if k != "" {
				out[k] = all[i].ID
			}
		}
	}
	for i := range all {
		out[all[i].ID] = all[i].ID
	}
	return out, nil
}

// assessWith assesses every dossier that a ruleset applies to, and records nothing.
func assessWith(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) ([]*dossier.Assessment, error) {
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		return nil, err
	}
	copies, err := w.Store.Copies.All(ctx)
	if err != nil {
		return nil, err
	}
	scores, err := pipeline.CountedScores(ctx, w)
	if err != nil {
		return nil, err
	}
	var out []*dossier.Assessment
	for i := range all {
		a := &all[i]
		id, ok, err := w.Store.Profiles.Identity(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		if !ok || !rs.AppliesTo(id.Kind, id.Level) {
			continue
		}
		d, err := reading.Load(ctx, w.Store, a, extract.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, pipeline.Assess(w.Campaign().Env, rs, d,
			rules.Given{Identity: id, Copies: copies[a.ID], Scores: scores[a.ID]}))
	}
	return out, nil
}

// backtest compares one list with what was decided.
func backtest(f *publish.File, decided map[string]string) Backtest {
	b := Backtest{Ruleset: f.Ruleset, Differ: []Difference{}, Criteria: []CriterionGap{}}
	type sum struct {
		n      int
		shares map[string]float64
	}
	sums := map[string]*sum{"both": {shares: map[string]float64{}}, "missed": {shares: map[string]float64{}},
		"extra": {shares: map[string]float64{}}}
	count := func(kind string, e *publish.Entry) {
		s := sums[kind]
		s.n++
		for _, c := range e.Criteria {
			if c.Max > 0 {
				s.shares[c.ID] += c.Points / c.Max
			}
		}
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		decision, ok := decided[e.Dossier]
		if !ok {
			continue
		}
		chosen, recommended := decision == "recognised", e.Outcome == dossier.Recommended
		differs := false
		switch {
		case decision == "deferred" || decision == "returned":
			b.Undecided++
		case e.Outcome == dossier.NeedsReview && chosen:
			b.LeftRecognised++
		case e.Outcome == dossier.NeedsReview:
			b.LeftNotRecognised++
		case chosen && recommended:
			b.Both++
			count("both", e)
		case chosen:
			b.Missed++
			differs = true
			count("missed", e)
		case recommended:
			b.Extra++
			differs = true
			count("extra", e)
		default:
			b.Neither++
		}
		if differs {
			b.Differ = append(b.Differ, Difference{e.Dossier, e.Title, e.Unit, e.Outcome, decision, e.Points, e.Reason})
		}
	}
	b.measure()
	for id := range sums["missed"].shares {
		mean := func(kind string) float64 {
			return math.Round(1000*sums[kind].shares[id]/math.Max(1, float64(sums[kind].n))) / 1000
		}
		b.Criteria = append(b.Criteria, CriterionGap{id, mean("missed"), mean("both"), mean("extra"),
			math.Round(1000*(mean("both")-mean("missed"))) / 1000})
	}
	sort.Slice(b.Criteria, func(i, j int) bool {
		x, y := b.Criteria[i], b.Criteria[j]
		return math.Abs(x.Gap) > math.Abs(y.Gap) || math.Abs(x.Gap) == math.Abs(y.Gap) && x.ID < y.ID
	})
	return b
}

// measure works out agreement and Cohen's kappa (Educational and Psychological
// Measurement 20, 1960): how far two raters agree beyond what chance would give.
func (b *Backtest) measure() {
	n := float64(b.Both + b.Neither + b.Missed + b.Extra)
	if n == 0 {
		return
	}
	observed := float64(b.Both+b.Neither) / n
	b.Agreement = math.Round(1000*observed) / 1000
	people, program := float64(b.Both+b.Missed)/n, float64(b.Both+b.Extra)/n
	chance := people*program + (1-people)*(1-program)
	if chance < 1 {
		k := math.Round(1000*(observed-chance)/(1-chance)) / 1000
		b.Kappa = &k
	}
}
