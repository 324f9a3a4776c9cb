package trial

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/evidence"
	"kheo/pipeline/extract"
	"kheo/pipeline/publish"
	"kheo/pipeline/reading"
	"kheo/pipeline/recognitions"
	"kheo/pipeline/recommend"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Decided is the decision of people on a dossier of a past campaign.
type Decided struct {
	Dossier  string // its id, its title, or its name as it was submitted
	Decision string // one of Decisions
	Line     int    // of the file
}

// Decisions are the decisions that a file may contain.
var Decisions = []string{"recognised", "not-recognised", "deferred", "returned"}

// Bounds of the file of decisions.
const (
	maxDecisions     = 1_000_000
	maxDecisionBytes = 64 << 20
	maxMistakes      = 100 // that are reported
)

// ReadDecisions reads a CSV file with the columns dossier and decision, in any order and among others, separated by
// commas, semicolons or tabs. The error is a strict.Problems with all mistakes of the file.
func ReadDecisions(file string) ([]Decided, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxDecisionBytes))
	if err != nil {
		return nil, err
	}
	d := &decisionFile{name: file, rows: decisionReader(b), dossier: -1, decision: -1}
	for d.next() {
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return d.list, nil
}

// decisionReader returns a reader of CSV. The separator is the one that the first line contains.
func decisionReader(b []byte) *csv.Reader {
	b = bytes.TrimPrefix(b, []byte("\ufeff")) // the byte order mark that Excel writes
	r := csv.NewReader(bytes.NewReader(b))
	first, _, _ := bytes.Cut(b, []byte("\n"))
	for _, comma := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, comma) {
			r.Comma = comma
		}
	}
	r.FieldsPerRecord = -1 // rows of another length are reported with their line
	r.LazyQuotes = true    // spreadsheets write inches and quotations without doubling the marks
	return r
}

// decisionFile is a file of decisions that is being read.
type decisionFile struct {
	name              string
	rows              *csv.Reader
	dossier, decision int // the numbers of the columns; -1 until the header is read
	list              []Decided
	problems          strict.Problems
}

// fail reports a mistake. It keeps the first maxMistakes.
func (d *decisionFile) fail(line, col int, message, cure string) {
	if len(d.problems) < maxMistakes {
		d.problems = append(d.problems,
			strict.Problem{File: d.name, Line: line, Col: col, Message: message, Cure: cure})
	}
}

// next reads one line, and reports whether to go on.
func (d *decisionFile) next() bool {
	row, err := d.rows.Read()
	if errors.Is(err, io.EOF) {
		return false
	}
	line, _ := d.rows.FieldPos(0)
	if err != nil {
		d.fail(line, 1, "this is not CSV: "+err.Error(), "save it as CSV again")
		return false
	}
	if d.dossier < 0 { // the first line
		return d.header(line, row)
	}
	if len(row) <= max(d.dossier, d.decision) {
		if len(row) > 1 || strings.TrimSpace(row[0]) != "" {
			d.fail(line, 1, "this line has too few columns", "write the dossier and what was decided")
		}
		return true
	}
	// Decisions may be written in capitals; ids and titles are taken as they are.
	one := Decided{Dossier: strings.TrimSpace(row[d.dossier]),
		Decision: strings.ToLower(strings.TrimSpace(row[d.decision])), Line: line}
	if !slices.Contains(Decisions, one.Decision) {
		_, col := d.rows.FieldPos(d.decision)
		cure := "decisions are: " + strings.Join(Decisions, ", ")
		if near := strict.Nearest(one.Decision, Decisions); near != "" {
			cure = fmt.Sprintf("did you mean %q? %s", near, cure)
		}
		d.fail(line, col, fmt.Sprintf("there is no decision %q", one.Decision), cure)
		return true
	}
	if d.list = append(d.list, one); len(d.list) > maxDecisions {
		d.fail(line, 1, "the file has more than a million lines", "split it")
		return false
	}
	return true
}

// header finds the columns in the first line.
func (d *decisionFile) header(line int, row []string) bool {
	for i, name := range row {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "dossier":
			d.dossier = i
		case "decision":
			d.decision = i
		}
	}
	if d.dossier >= 0 && d.decision >= 0 {
		return true
	}
	d.fail(line, 1, "the first line does not name the columns dossier and decision",
		"write  dossier,decision  as the first line")
	return false
}

// Backtest says how far the recommendations of a ruleset agree with what people decided. The first four numbers count
// dossiers on which both decided.
type Backtest struct {
	Ruleset string `json:"ruleset"`
	Both    int    `json:"both"`    // recommended and recognised
	Neither int    `json:"neither"` // neither recommended nor recognised
	Missed  int    `json:"missed"`  // recognised, and not recommended
	Extra   int    `json:"extra"`   // recommended, and not recognised

	LeftRecognised    int `json:"left_recognised"`     // left to review, and recognised
	LeftNotRecognised int `json:"left_not_recognised"` // left to review, and not recognised
	Undecided         int `json:"undecided"`           // deferred or returned

	Agreement float64        `json:"agreement"` // the share of equal answers, 0 to 1
	Kappa     *float64       `json:"kappa"`     // Cohen's kappa; null if all answers are the same
	Differ    []Difference   `json:"differ"`
	Criteria  []CriterionGap `json:"criteria"` // those with the largest gap first
}

// Difference is a dossier on which the ruleset and people disagree.
type Difference struct {
	Dossier  string          `json:"dossier"`
	Title    string          `json:"title"`
	Unit     string          `json:"unit"`
	Outcome  dossier.Outcome `json:"outcome"` // of the ruleset
	Decision string          `json:"decision"`
	Points   float64         `json:"points"`
	Reason   string          `json:"reason"`
}

// CriterionGap compares the points of one criterion between groups of dossiers. A large gap hints at a criterion
// that does not value what people valued. Shares are from 0 to 1, in thousandths.
type CriterionGap struct {
	ID     string  `json:"id"`
	Missed float64 `json:"missed"` // mean share of its points among the missed
	Both   float64 `json:"both"`   // among those that both chose
	Extra  float64 `json:"extra"`  // among those that only the ruleset chose
	Gap    float64 `json:"gap"`    // both - missed
}

// Compare compares what people decided with the lists of the last run or, if file is not "", with the list that
// this ruleset would make. Overrides are left out, since the question is what the rules recommend. unknown are
// decisions on dossiers that the workspace does not have, or whose name is ambiguous.
func Compare(ctx context.Context, w *workspace.Workspace, decisions []Decided,
	file string) (all []Backtest, unknown []Decided, err error) {
	var lists []*publish.File
	if file != "" {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		// The ruleset may be outside the workspace; what it extends is read from rules/.
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
		// Without a file, the lists of the last run are compared as they were published.
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
	// Ids are matched exactly, all other names without case and diacritics.
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

// dossierNames maps ids, and folded titles, nominees and names of submission, to ids; "" if several dossiers share
// a name. An id always means its own dossier.
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
			// A name that two dossiers share identifies neither.
			k := language.Fold(name)
			if have, ok := out[k]; ok && have != all[i].ID {
				out[k] = ""
			} else if k != "" {
				out[k] = all[i].ID
			}
		}
	}
	// Last, so that the title of another dossier cannot hide an id.
	for i := range all {
		out[all[i].ID] = all[i].ID
	}
	return out, nil
}

// assessWith assesses every dossier that a ruleset applies to, with the identities, copies, scores and
// corrections of the records. It records nothing.
func assessWith(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) ([]*dossier.Assessment, error) {
	var out []*dossier.Assessment
	err := eachDossier(ctx, w, rs, nil, func(d *dossier.Dossier, given rules.Given) error {
		out = append(out, pipeline.Assess(w.Campaign().Env, rs, d, given))
		return nil
	})
	return out, err
}

// eachDossier calls visit for every dossier that a ruleset applies to, as the readings in the records have it, with
// what an assessment needs beside it. If only is not nil, the others are left out. An error of visit ends it.
func eachDossier(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset, only map[string]bool,
	visit func(d *dossier.Dossier, given rules.Given) error) error {
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		return err
	}
	copies, err := w.Store.Copies.All(ctx)
	if err != nil {
		return err
	}
	scores, err := pipeline.CountedScores(ctx, w)
	if err != nil {
		return err
	}
	corrections, err := pipeline.Corrections(ctx, w)
	if err != nil {
		return err
	}
	verdicts, err := evidence.Verdicts(ctx, w)
	if err != nil {
		return err
	}
	past, err := recognitions.Load(ctx, w, rs)
	if err != nil {
		return err
	}
	// Texts are loaded one dossier at a time: all of them would not fit into memory.
	for i := range all {
		a := &all[i]
		if only != nil && !only[a.ID] {
			continue
		}
		id, ok, err := w.Store.Profiles.Identity(ctx, a.ID)
		if err != nil {
			return err
		}
		// A dossier without a profile has not been read yet; the next run does that.
		if !ok || !rs.AppliesTo(id.Kind, id.Level) {
			continue
		}
		d, err := reading.LoadLatest(ctx, w.Store, a, extract.Version)
		if err != nil {
			return err
		}
		given := rules.Given{Identity: id, Copies: copies[a.ID], Scores: scores[a.ID], Verdicts: verdicts[a.ID],
			Received: pipeline.Received(w.Campaign(), a), Past: past.For(rs)}
		given.Corrections, given.Lapsed = d.Holding(corrections[a.ID])
		if err := visit(d, given); err != nil {
			return err
		}
	}
	return nil
}

// sums adds up, for one group of dossiers, the share of each criterion's points.
type sums struct {
	n      int                // dossiers
	shares map[string]float64 // by criterion: the sum of points divided by the maximum
}

// add counts one dossier.
func (s *sums) add(e *publish.Entry) {
	s.n++
	for _, c := range e.Criteria {
		if c.Max > 0 {
			s.shares[c.ID] += c.Points / c.Max
		}
	}
}

// mean returns the mean share of a criterion's points, in thousandths.
func (s *sums) mean(criterion string) float64 {
	return thousandths(s.shares[criterion] / math.Max(1, float64(s.n)))
}

// thousandths rounds to a thousandth.
func thousandths(f float64) float64 { return math.Round(1000*f) / 1000 }

// backtest compares one list with what people decided, by dossier.
func backtest(f *publish.File, decided map[string]string) Backtest {
	b := Backtest{Ruleset: f.Ruleset, Differ: []Difference{}, Criteria: []CriterionGap{}}
	both, missed, extra := sums{shares: map[string]float64{}}, sums{shares: map[string]float64{}},
		sums{shares: map[string]float64{}}
	for i := range f.Entries {
		e := &f.Entries[i]
		decision, ok := decided[e.Dossier]
		if !ok {
			continue
		}
		// Deferred and returned dossiers are not judged, and those left to review not recommended: neither
		// enters the agreement.
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
			both.add(e)
		case chosen:
			b.Missed++
			differs = true
			missed.add(e)
		case recommended:
			b.Extra++
			differs = true
			extra.add(e)
		default:
			b.Neither++
		}
		if differs {
			b.Differ = append(b.Differ, Difference{e.Dossier, e.Title, e.Unit, e.Outcome, decision, e.Points, e.Reason})
		}
	}
	b.measure()
	b.compareCriteria(&both, &missed, &extra)
	return b
}

// compareCriteria lists the criteria with the largest gaps first.
func (b *Backtest) compareCriteria(both, missed, extra *sums) {
	// Only criteria of missed dossiers: the question is why the ruleset did not recommend what people recognised.
	for id := range missed.shares {
		b.Criteria = append(b.Criteria, CriterionGap{id, missed.mean(id), both.mean(id), extra.mean(id),
			thousandths(both.mean(id) - missed.mean(id))})
	}
	slices.SortFunc(b.Criteria, func(x, y CriterionGap) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Gap), math.Abs(x.Gap)), cmp.Compare(x.ID, y.ID))
	})
}

// measure computes the agreement and Cohen's kappa (Educational and Psychological Measurement 20, 1960): how far
// two raters agree beyond what chance explains.
func (b *Backtest) measure() {
	// kappa = (observed - chance) / (1 - chance), where chance is the agreement of independent raters with these
	// rates.
	n := float64(b.Both + b.Neither + b.Missed + b.Extra)
	if n == 0 {
		return
	}
	observed := float64(b.Both+b.Neither) / n
	b.Agreement = math.Round(1000*observed) / 1000
	people, program := float64(b.Both+b.Missed)/n, float64(b.Both+b.Extra)/n
	chance := people*program + (1-people)*(1-program)
	if chance < 1 { // if all answers are the same, kappa is undefined
		k := math.Round(1000*(observed-chance)/(1-chance)) / 1000
		b.Kappa = &k
	}
}
