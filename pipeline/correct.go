package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline/evidence"
	"kheo/pipeline/extract"
	"kheo/pipeline/recognitions"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// This file deals with what people state of dossiers, of facts and of evidence: it is checked against the
// papers, recorded, and counted. The records of assessments are written by runs alone, so what a correction
// or a verdict changes is computed here and written by the edition that it asks for, or by the next run.

// correctionsByDossier are the corrections of facts, whether or not they hold.
type correctionsByDossier = map[string][]dossier.Correction

// Corrections returns what people state of facts, from the audit trail, whether or not the papers that it
// rests on are still there. Without ids it returns those of all dossiers.
func Corrections(ctx context.Context, w *workspace.Workspace, ids ...string) (correctionsByDossier, error) {
	corrected, err := correctedDossiers(ctx, w)
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		corrected = slices.DeleteFunc(corrected, func(id string) bool { return !slices.Contains(ids, id) })
	}
	out := correctionsByDossier{}
	if len(corrected) == 0 {
		return out, nil
	}
	identities, err := w.Store.Profiles.Identities(ctx, corrected)
	if err != nil {
		return nil, err
	}
	err = w.Review().View(ctx, func(s *review.State) error {
		for _, id := range corrected {
			if list := s.Corrections(id, identities[id].Unit); len(list) > 0 {
				out[id] = list
			}
		}
		return nil
	})
	return out, err
}

// correctedDossiers returns the dossiers of which people state facts, or did.
func correctedDossiers(ctx context.Context, w *workspace.Workspace) (ids []string, err error) {
	err = w.Review().View(ctx, func(s *review.State) error { ids = s.CorrectedDossiers(); return nil })
	return ids, err
}

// reassessStated assesses the dossiers of which people stated something else since they were assessed, in a
// run that publishes again. A dossier with another text than it was assessed with is left to the next whole
// run.
func reassessStated(ctx context.Context, run *runEnv, in *assessedBefore) error {
	corrected, err1 := correctedDossiers(ctx, run.ws)
	judged, err2 := evidence.JudgedDossiers(ctx, run.ws)
	ids := append(corrected, judged...)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { _, ok := in.profiles[id]; return !ok })
	if err := errors.Join(err1, err2); err != nil || len(ids) == 0 {
		return err
	}
	_, err := stage(ctx, run, "assess", func(ctx context.Context, run *runEnv) (none, error) {
		b := run.batch()
		b.profiles = in.profiles
		var errs [8]error
		var have assessKeys
		var doubts map[string][]dossier.Sighting
		b.copies, errs[0] = run.ws.Store.Copies.ByID(ctx, ids...)
		b.scores, errs[1] = CountedScores(ctx, run.ws, ids...)
		b.corrections, errs[2] = Corrections(ctx, run.ws, ids...)
		have, errs[3] = run.ws.Store.Assessments.Keys(ctx)
		doubts, errs[4] = run.ws.Store.Sightings.DoubtsByDossier(ctx, extract.Version)
		printed, err := run.ws.Store.Sightings.PrintedByDossier(ctx, extract.Version, extract.Renderer)
		errs[5] = err
		b.verdicts, errs[6] = evidence.Verdicts(ctx, run.ws, ids...)
		b.past, errs[7] = recognitions.Load(ctx, run.ws)
		readStates, err := run.loadReadStates(ctx, ids)
		if err := errors.Join(append(errs[:], err)...); err != nil {
			return none{}, err
		}
		todo := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			p := in.profiles[id]
			of := basis{b.copies[id], b.scores[id], b.corrections[id], b.verdicts[id], doubts[id], printed[id],
				b.past.For(run.campaign.Ruleset(p.Kind, p.Level))}
			key := withReceived(assessKey(run.campaign, p, of),
				received(run.campaign, p.Kind, p.Level, in.dossiers.byID[id]))
			return have[id] == key || p.Key != profileKey(run.envHash, in.dossiers.byID[id], readStates[id])
		})
		run.count(len(ids), len(todo))
		if len(todo) == 0 {
			return none{}, nil
		}
		return none{}, b.assess(ctx, todo)
	})
	return err
}

// Bench assesses one dossier with other corrections than those that are recorded, as often as it is asked,
// and records what a person states of it. It is used by one goroutine.
type Bench struct {
	Dossier     *dossier.Dossier
	Ruleset     *rules.Ruleset // nil if none is for the dossier
	Unit        string
	Corrections []dossier.Correction // that are recorded

	env     *rules.Env
	given   rules.Given
	reading *rules.Reading      // nil until the dossier is assessed; it remembers
	now     *dossier.Assessment // by what is recorded; nil until it is asked for
}

// NewBench loads a dossier. The error is ErrUnassessed if no run has found out yet what the dossier is.
func NewBench(ctx context.Context, w *workspace.Workspace, id string) (*Bench, error) {
	a, d, err := w.Load(ctx, id)
	if err == nil && a == nil {
		err = fmt.Errorf("%s: %w", id, ErrUnassessed)
	}
	if err != nil {
		return nil, err
	}
	return BenchOf(ctx, w, d)
}

// BenchOf is NewBench for a dossier that is loaded already.
func BenchOf(ctx context.Context, w *workspace.Workspace, d *dossier.Dossier) (*Bench, error) {
	identity, ok, err := w.Store.Profiles.Identity(ctx, d.ID)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", d.ID, ErrUnassessed)
	}
	if err != nil {
		return nil, err
	}
	c := w.Campaign()
	b := &Bench{Dossier: d, Ruleset: c.Ruleset(identity.Kind, identity.Level), Unit: identity.Unit,
		env: c.Env, given: rules.Given{Identity: identity}}
	copies, err1 := w.Store.Copies.ByID(ctx, d.ID)
	scores, err2 := CountedScores(ctx, w, d.ID)
	past, err3 := recognitions.Load(ctx, w)
	b.given.Copies, b.given.Scores, b.given.Past = copies[d.ID], scores[d.ID], past.For(b.Ruleset)
	return b, errors.Join(err1, err2, err3, b.load(ctx, w))
}

// ErrUnassessed is returned for a dossier that no run has assessed yet.
var ErrUnassessed = errors.New("no run has assessed it yet: run `kheo run`")

// load takes over the corrections and verdicts that are recorded now.
func (b *Bench) load(ctx context.Context, w *workspace.Workspace) error {
	all, err1 := Corrections(ctx, w, b.Dossier.ID)
	verdicts, err2 := evidence.Verdicts(ctx, w, b.Dossier.ID)
	b.Corrections, b.given.Verdicts, b.now = all[b.Dossier.ID], verdicts[b.Dossier.ID], nil
	return errors.Join(err1, err2)
}

// Assess assesses the dossier with corrections: those of b.Corrections as it is, others as it would be.
func (b *Bench) Assess(corrections []dossier.Correction) *dossier.Assessment {
	given := b.given
	given.Corrections, given.Lapsed = b.Dossier.Holding(corrections)
	return b.assess(given)
}

// Now returns the dossier as it is assessed by what is recorded. The caller must not change it.
func (b *Bench) Now() *dossier.Assessment {
	if b.now == nil {
		b.now = b.Assess(b.Corrections)
	}
	return b.now
}

// assess assesses the dossier, whose papers are cut into words once for all assessments of a bench.
func (b *Bench) assess(given rules.Given) *dossier.Assessment {
	if b.reading == nil {
		b.reading = rules.Read(b.Dossier)
		b.reading.Remember()
	}
	return assessReading(b.env, b.Ruleset, b.reading, given)
}

// Close gives back the memory that assessing took. A bench that is not closed costs more, and nothing else.
func (b *Bench) Close() {
	if b.reading != nil {
		b.reading.Close()
		b.reading = nil
	}
}

// Reading is a value that an uncertain fact may have, and what the dossier would get by it.
type Reading struct {
	Value   any // nil: no paper states the fact
	Points  float64
	Outcome dossier.Outcome // before quotas
}

// maxReadings bounds how many readings of a dossier are tried for one page.
const maxReadings = 40

// Readings tries each reading of the uncertain facts of an assessment of this dossier: by fact, in the order
// of the fact's own values. Facts that contradict one another are tried with every value that is stated.
func (b *Bench) Readings(a *dossier.Assessment) map[string][]Reading {
	out := map[string][]Reading{}
	tried := 0
	for i := range a.Facts {
		f := &a.Facts[i]
		if f.State != dossier.Doubtful {
			continue
		}
		for _, v := range possible(f) {
			if tried++; tried > maxReadings {
				return out
			}
			whole, _ := b.Dossier.BasisOf("")
			c := dossier.Correction{Fact: f.Name, Value: v, Source: f.Source, Basis: whole}
			with := b.Assess(replaced(b.Corrections, c))
			out[f.Name] = append(out[f.Name], Reading{v, with.Points, with.Outcome})
		}
	}
	return out
}

// possible returns the values that a fact may have, each once: the one that is shown, its readings and its
// rivals.
func possible(f *dossier.Fact) (out []any) {
	all := append([]any{f.Value}, f.Readings...)
	for _, r := range f.Rivals {
		all = append(all, r.Value)
	}
	if f.Unsupported {
		all = append(all, nil)
	}
	for _, v := range all {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// replaced returns corrections with c in place of one of the same fact.
func replaced(list []dossier.Correction, c dossier.Correction) []dossier.Correction {
	other := func(x dossier.Correction) bool { return x.Fact == c.Fact }
	return append(slices.DeleteFunc(slices.Clone(list), other), c)
}

// FactChange is what a person states of a fact.
type FactChange struct {
	Action review.Action // FactSet, FactRejected or FactRestored
	Fact   string
	Value  any // of FactSet, as rules.Ruleset.ParseFact returns it

	// The place, if it is another than that of the fact as it is read. A quote alone is looked for in all
	// documents.
	Document string
	Page     int // 0 if none is named
	Quote    string

	Why    string
	Person string // who records it
	For    string // the person whose act it is, if the program records it; "" if it is no one's in particular
}

// Changed is what a statement of a person led to.
type Changed struct {
	Event         review.Event
	Before, After *dossier.Assessment
	Closed        bool // the list is closed, and keeps what it says
}

// Correct checks what a person states of a fact against the dossier, records it, and asks for the lists to be
// published again. It returns a *rules.ValueError if the fact, the value or the place is not one of the
// dossier, and a *review.Refusal if the person may not.
func (b *Bench) Correct(ctx context.Context, w *workspace.Workspace, c FactChange) (*Changed, error) {
	if b.Ruleset == nil {
		return nil, &rules.ValueError{Code: "ruleset", Message: "no ruleset applies to " + b.Dossier.ID}
	}
	before := b.Assess(b.Corrections)
	e, err := b.event(c, before)
	if err != nil {
		return nil, err
	}
	return b.record(ctx, w, e, before)
}

// record appends the event of a statement, and asks for the lists to be published again.
func (b *Bench) record(
	ctx context.Context, w *workspace.Workspace, e review.Event, before *dossier.Assessment,
) (*Changed, error) {
	if err := w.Review().Do(ctx, review.Subject{Unit: b.Unit}, e); err != nil {
		return nil, err
	}
	if err := errors.Join(b.load(ctx, w), AskEdition(ctx, w)); err != nil {
		return nil, err
	}
	out := &Changed{Event: e, Before: before, After: b.Assess(b.Corrections)}
	return out, w.Review().View(ctx, func(s *review.State) error {
		_, out.Closed = s.Closed[b.Ruleset.ID]
		return nil
	})
}

// Judgement is what a person says of a piece of evidence of the dossier.
type Judgement struct {
	Piece   string              // its id, or the beginning of it
	Verdict dossier.VerdictKind // "" takes the person's own verdict back
	Why     string              // may be empty
	Person  string              // who records it
	For     string              // as in FactChange
}

// Pieces returns the pieces of evidence of the dossier as it is now, the newest verdicts included.
func (b *Bench) Pieces(ctx context.Context, w *workspace.Workspace) (out []evidence.Piece, err error) {
	if b.Ruleset == nil {
		return nil, nil
	}
	now := b.Now()
	err = w.Review().View(ctx, func(s *review.State) error { out = evidence.Of(s, b.Ruleset, now); return nil })
	return out, err
}

// AssessJudged assesses the dossier as it would be if people said of a piece of evidence what kind is, and "" if no one
// judged it, whatever they said.
func (b *Bench) AssessJudged(piece dossier.PieceKey, kind dossier.VerdictKind) *dossier.Assessment {
	given := b.given
	given.Corrections, given.Lapsed = b.Dossier.Holding(b.Corrections)
	about := func(v dossier.Verdict) bool { return v.PieceKey == piece }
	given.Verdicts = slices.DeleteFunc(slices.Clone(given.Verdicts), about)
	if kind != "" {
		given.Verdicts = append(given.Verdicts, dossier.Verdict{PieceKey: piece, Kind: kind})
	}
	return b.assess(given)
}

// Judge records what a person says of a piece of evidence, and asks for the lists to be published again. It returns a
// *rules.ValueError if the dossier has no such piece, and a *review.Refusal if the person may not.
func (b *Bench) Judge(ctx context.Context, w *workspace.Workspace, j Judgement) (*Changed, error) {
	pieces, err := b.Pieces(ctx, w)
	if err != nil {
		return nil, err
	}
	p := evidence.Find(pieces, j.Piece)
	if p == nil {
		return nil, wrong("piece", []any{j.Piece},
			"%s has no piece of evidence %q: list its pieces with `kheo evidence check`", b.Dossier.ID, j.Piece)
	}
	return b.record(ctx, w, p.Event(j.Verdict, j.Why, j.Person, j.For), b.Assess(b.Corrections))
}

// event returns the event of a change. now is the dossier as it is assessed.
func (b *Bench) event(c FactChange, now *dossier.Assessment) (review.Event, error) {
	e := review.Event{Person: c.Person, Action: c.Action, Dossier: b.Dossier.ID,
		Data: review.Data{Subject: c.For, Fact: c.Fact, Reason: c.Why}}
	var present *dossier.Fact
	if i := slices.IndexFunc(now.Facts, func(f dossier.Fact) bool { return f.Name == c.Fact }); i >= 0 {
		present, e.Data.Was = &now.Facts[i], now.Facts[i].Value
	}
	if c.Action == review.FactRestored {
		return e, nil
	}
	if err := b.Ruleset.CheckFact(c.Fact, c.Value); err != nil {
		return e, err
	}
	e.Data.To = c.Value
	src, err := b.place(c, present)
	if err != nil {
		return e, err
	}
	if src.Document != "" {
		e.Data.Source = &src
	}
	paper, ok := b.Dossier.BasisOf(src.Document)
	if !ok {
		return e, b.noDocument(src.Document)
	}
	e.Data.Paper = &paper
	return e, nil
}

// wrong returns a *rules.ValueError with a message that is formatted as fmt.Sprintf does.
func wrong(code string, args []any, format string, with ...any) error {
	return &rules.ValueError{Code: code, Args: args, Message: fmt.Sprintf(format, with...)}
}

// noDocument says that the dossier has no document of a name.
func (b *Bench) noDocument(name string) error {
	var known []string
	for i := range b.Dossier.Documents {
		known = append(known, b.Dossier.Documents[i].Name)
	}
	near := cmp.Or(strict.Nearest(name, known), strings.Join(known, ", "))
	return wrong("document", []any{name, near},
		"the dossier has no document %q; did you mean %s?", name, near)
}

// place returns the place that a change rests on: the one that it names or, if it names none, that of the
// fact as it is read now. The place of a fact that is not read is empty.
func (b *Bench) place(c FactChange, present *dossier.Fact) (src dossier.Source, err error) {
	if c.Document == "" && c.Quote == "" {
		switch {
		case c.Page != 0:
			return src, wrong("page", []any{c.Page}, "page %d of which document?", c.Page)
		case present == nil:
			return src, nil
		}
		for _, r := range present.Rivals {
			if r.Value == c.Value {
				return r.Source, nil
			}
		}
		if _, ok := b.Dossier.BasisOf(present.Source.Document); !ok {
			return src, nil // a table of the office, or a closed list: the correction rests on the whole dossier
		}
		return present.Source, nil
	}
	texts := b.pages()
	if c.Document != "" {
		name := b.documentNamed(c.Document)
		if name == "" {
			return src, b.noDocument(c.Document)
		}
		texts = slices.DeleteFunc(texts, func(t pageText) bool { return t.document != name })
		src = dossier.Source{Document: name, Page: max(1, c.Page)}
	}
	if c.Page != 0 {
		others := slices.DeleteFunc(slices.Clone(texts), func(t pageText) bool { return t.page != c.Page })
		unread := len(texts) == 0 && c.Quote == "" // people can read what the program cannot
		if len(others) == 0 && !unread || c.Page < 0 {
			what := cmp.Or(c.Document, "no document")
			return src, wrong("page", []any{c.Page}, "%s has no page %d", what, c.Page)
		}
		texts = others
	}
	if c.Quote == "" {
		return src, nil
	}
	return quoteOn(texts, c.Quote)
}

// documentNamed returns the full name of a document that a person names, by its last part if that is enough;
// "" if there is none.
func (b *Bench) documentNamed(name string) (found string) {
	name = norm.NFC.String(name)
	if _, ok := b.Dossier.BasisOf(name); ok {
		return name
	}
	for i := range b.Dossier.Documents {
		if full := b.Dossier.Documents[i].Name; path.Base(full) == name {
			if found != "" {
				return ""
			}
			found = full
		}
	}
	return found
}

// Stated is a fact of a dossier as it is now, with what a person stated of it.
type Stated struct {
	dossier.Fact
	Correction *dossier.Correction // nil if no one corrected it
	Lapsed     bool                // the correction does not hold
}

// Stated returns the facts of an assessment of this dossier, in its order, and after them those that are not
// stated and that a person corrected. A fact that a person rejected has no value.
func (b *Bench) Stated(a *dossier.Assessment) []Stated {
	var out []Stated
	for i := range a.Facts {
		out = append(out, Stated{Fact: a.Facts[i]})
	}
	_, lapsed := b.Dossier.Holding(b.Corrections)
	for i := range b.Corrections {
		c := &b.Corrections[i]
		isLapsed := !slices.Contains(a.Corrected, c.Fact) ||
			slices.ContainsFunc(lapsed, func(x dossier.Correction) bool { return x.Fact == c.Fact })
		at := slices.IndexFunc(out, func(f Stated) bool { return f.Name == c.Fact })
		if at < 0 {
			at = len(out)
			out = append(out, Stated{Fact: dossier.Fact{Name: c.Fact, Rivals: []dossier.Rival{}}})
			if !isLapsed {
				out[at].State = dossier.Corrected
			}
		}
		out[at].Correction, out[at].Lapsed = c, isLapsed
	}
	return out
}

// pageText is the text of one page.
type pageText struct {
	document string
	page     int
	text     string
}

// pages returns the pages of all documents, and dossier.yaml as a page.
func (b *Bench) pages() (out []pageText) {
	for i := range b.Dossier.Documents {
		d := &b.Dossier.Documents[i]
		for k := range d.Pages {
			out = append(out, pageText{d.Name, d.Pages[k].Number, d.Pages[k].Text})
		}
	}
	if text := b.Dossier.Manifest.Source; text != "" {
		out = append(out, pageText{dossier.ManifestName, 1, text})
	}
	return out
}

// maxQuote is the length in code points of the longest quote.
const maxQuote = 2000

// quoteOn finds a quote on pages, where white space may differ. It must be on one of them at least; the first
// counts.
func quoteOn(texts []pageText, quote string) (src dossier.Source, err error) {
	words := strings.Fields(norm.NFC.String(quote))
	if len(words) == 0 || utf8.RuneCountInString(quote) > maxQuote {
		return src, wrong("quote-length", []any{maxQuote}, "a quote has 1 to %d characters", maxQuote)
	}
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	re, err := regexp.Compile(strings.Join(words, `[\s\p{Z}]+`))
	if err != nil {
		return src, err
	}
	for _, t := range texts {
		if at := re.FindStringIndex(t.text); at != nil {
			found := t.text[at[0]:at[1]]
			start := utf8.RuneCountInString(t.text[:at[0]])
			return dossier.Source{Document: t.document, Page: t.page, Quote: found, Start: start,
				End: start + utf8.RuneCountInString(found)}, nil
		}
	}
	return src, wrong("quote", []any{quote},
		"the quote %q is not on the page; copy the words as they are printed", quote)
}
