package rules

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/rules/award"
	"kheo/rules/condition"
	"kheo/rules/factreader"
	"kheo/rules/history"
	"kheo/rules/place"
	"kheo/rules/scales"
	"kheo/rules/value"
)

// Version names the state of the assessing code: it is part of every cache key, so that a kheo that assesses
// differently assesses everything again.
const Version = "46"

// UnplacedID is the name of the list of unmatched dossiers, to which no ruleset applies.
const UnplacedID = "unplaced"

// Given is what an assessment needs beside the text.
type Given struct {
	Identity dossier.Identity
	Copies   []dossier.Copy
	Scores   []dossier.PanelScore // one of each scorer on a criterion; those that do not count are flagged

	// Corrections are what people stated of facts, at most one of each fact. Lapsed are those that no longer
	// hold because the paper that they rest on has changed: they are flagged and do not count. See
	// dossier.Dossier.Holding.
	Corrections, Lapsed []dossier.Correction

	// Received is the ISO date on which the newest version of the dossier came in, in the campaign's
	// timezone; "" if it is not known. It matters only to rulesets that ReadsReceived.
	Received string

	// Past are entries of closed lists that may be of the nominee. They matter only to rulesets that ReadsPast.
	Past *history.Index

	// Verdicts are what people said of evidence in the dossier's documents, for this ruleset and others.
	Verdicts []dossier.Verdict
}

// assessment is an assessment in progress. Its methods are called once each, in the order of Assess: flags,
// gates and criteria are listed in the order in which they are added.
type assessment struct {
	rs      *Ruleset
	reading *Reading
	given   Given
	out     *dossier.Assessment

	facts    statements
	counting map[string]*dossier.Fact // the facts that earn points and pass gates, by name
	env      map[string]any           // what conditions see of the facts that count
	reviews  []dossier.Text           // reasons of gates whose failing asks for a person
	cost     float64                  // points that copied text costs

	off notApplying // by criterion: it does not apply; nil if all apply
	// by criterion: the fewest and the most points that it would have if it applied, see scoreCriteria
	asIf     [][2]float64
	gives    map[string]float64 // by criterion with points of the unit's own: what the evidence gives
	sums     scales.Sums        // what the points add up to
	search   *search            // for evidence
	counted  dossier.Text       // how many documents there are; nil until it is asked
	missable []clueFinds        // what the text refutes, by clue
}

// Assess assesses a dossier: facts, gates, criteria, points, flags, outcome. Quotas, which need the other
// dossiers, come later. It is pure: the same arguments give the same assessment. It marks the reading with
// the ruleset's phrases, so a reading must not be assessed by two goroutines at once.
//
// Text whose visibility is uncertain earns nothing. If it would change the outcome, the dossier goes to
// people.
func (rs *Ruleset) Assess(r *Reading, given Given) *dossier.Assessment {
	a := rs.assess(r, given)
	if r.full != nil {
		full, done := r.withDoubtful()
		defer done()
		weighDoubt(a, rs.assess(full, given), r.full)
	}
	return a
}

// begin marks a reading with the ruleset's phrases and reads its facts, which finds the labels of forms.
func (rs *Ruleset) begin(r *Reading, given Given) *assessment {
	r.dropManifests()
	r.assume(rs.env.DateOrder)
	r.mark(rs.matcher, rs.labelList, rs.papers, rs.parts)
	s := &assessment{rs: rs, reading: r, given: given, out: newAssessment(rs.ID, r, given.Identity)}
	s.out.Max = rs.MaxPoints
	r.units = &factreader.UnitNames{Named: rs.env.unitNamed, Own: given.Identity.Unit, IsOwn: s.ownPlace().Has}
	given.Corrections = s.fittingCorrections()
	r.recall(rs, &given)
	s.facts = rs.readFacts(r, &given)
	return s
}

// assess assesses a dossier by all of its text.
func (rs *Ruleset) assess(r *Reading, given Given) *dossier.Assessment {
	return inProgress(rs, r, given).out
}

// inProgress is assess with what the assessment went by.
func inProgress(rs *Ruleset, r *Reading, given Given) *assessment {
	s := rs.begin(r, given)
	s.out.Facts = slices.Grow(s.out.Facts, len(s.facts))
	for i := range s.facts {
		s.out.Facts = append(s.out.Facts, *s.facts[i].stated)
	}
	s.counting = s.facts.counting()
	s.env = rs.conditionEnv(given.Identity.Unit, s.counting)
	s.flagFacts()
	s.flagLapsed()
	s.flagCopies()
	s.tryGates()
	s.scoreCriteria()
	s.chargeCopies()
	s.flagNotFound()
	s.out.Order = rs.orderKeys(s.out, s.counting)
	s.decide()
	s.listRefuted()
	s.cite()
	s.out.Papers = r.papers()
	return s
}

// weighDoubt flags an assessment whose dossier has text that may not be visible. full is the assessment with
// that text: if it comes to another outcome, or to other points on a list, people must look at the text
// first.
func weighDoubt(a, full *dossier.Assessment, d *dossier.Dossier) {
	addFlag(a, dossier.FlagUncertain, firstDoubt(d))
	changes := full.Outcome != a.Outcome || a.Outcome.Contends() && full.Points != a.Points
	if changes && a.Outcome != dossier.Quarantined {
		LeaveToPeople(a)
	}
}

// firstDoubt quotes the first text of a dossier that may not be visible; nil if it has none.
func firstDoubt(d *dossier.Dossier) dossier.Text {
	for i := range d.Documents {
		doc := &d.Documents[i]
		for k := range doc.Pages {
			p := &doc.Pages[k]
			if ranges := doc.Doubts(p); len(ranges) > 0 {
				quote := string([]rune(p.Text)[ranges[0][0]:ranges[0][1]])
				return say("flag.uncertain-sight", doc.Name, p.Number, shorten(oneLine(quote), longestQuote))
			}
		}
	}
	return nil
}

// LeaveToPeople makes people decide on a dossier because it is uncertain what a reader sees of its text.
func LeaveToPeople(a *dossier.Assessment) {
	a.Outcome, a.Band = dossier.NeedsReview, join("; ", say("band.uncertain-sight"), a.Band)
}

// Unplaced is the assessment of a dossier that no ruleset applies to: it goes to people, with the reason.
func Unplaced(env *Env, r *Reading, id dossier.Identity) *dossier.Assessment {
	a := newAssessment(UnplacedID, r, id)
	a.Outcome = dossier.NeedsReview
	var why dossier.Text
	switch {
	case r.dossier.Quarantined():
		a.Outcome = dossier.Quarantined
		why = say("unclassified.unread")
	case id.Kind == "":
		why = unknownKind(env, r)
	default:
		why = say("unclassified.level", id.Kind)
	}
	a.Band = say("flag.unclassified", why)
	addFlag(a, dossier.FlagUnclassified, a.Band)
	a.Order = []dossier.OrderKey{{String: a.Dossier}}
	return a
}

// Bounds of what the reason of an unmatched dossier quotes.
const (
	maxHeadings   = 8
	maxFirstLines = 3
)

// unknownKind says why the kind of a dossier is not known: which headings were looked for, and how its papers begin.
func unknownKind(env *Env, r *Reading) dossier.Text {
	var looked, found []string
	for _, kind := range slices.Sorted(maps.Keys(env.KindHeadings)) {
		looked = append(looked, env.KindHeadings[kind]...)
	}
	if len(looked) == 0 {
		return say("unclassified.no-headings")
	}
	sought := quoted(looked...)
	if len(looked) > maxHeadings {
		sought = join(", ", quoted(looked[:maxHeadings]...), sameText("…"))
	}
	document := ""
	for _, p := range r.pages {
		if p.document == document || len(found) == maxFirstLines {
			continue
		}
		for li := range p.Lines {
			if line := oneLine(p.Text(p.Lines[li].Start, p.Lines[li].End)); line != "" {
				found, document = append(found, shorten(line, longestQuote)), p.document
				break
			}
		}
	}
	if len(found) == 0 {
		return say("unclassified.kind", sought, nothing)
	}
	return say("unclassified.kind", sought, quoted(found...))
}

// newAssessment returns an assessment with the identity of the dossier and the flags that its documents raise
// by themselves.
func newAssessment(ruleset string, r *Reading, id dossier.Identity) *dossier.Assessment {
	a := &dossier.Assessment{Dossier: r.dossier.ID, Ruleset: ruleset, Kind: id.Kind, Title: id.Title, Unit: id.Unit,
		Level: id.Level, Field: id.Field, Nominee: id.Nominee, Flags: []dossier.Flag{}, Gates: []dossier.Gate{},
		Criteria: []dossier.Criterion{}, Facts: []dossier.Fact{}}
	a.Flags = append(a.Flags, id.Flags...)
	for i := range r.dossier.Documents {
		flagDocument(a, &r.dossier.Documents[i])
	}
	return a
}

// addFlag adds a flag to an assessment.
func addFlag(a *dossier.Assessment, code string, message dossier.Text) {
	a.Flags = append(a.Flags, dossier.Flag{Code: code, Message: message})
}

// flagDocument adds the flags that reading a document raised.
func flagDocument(a *dossier.Assessment, d *dossier.Document) {
	if d.Error != "" {
		addFlag(a, dossier.FlagUnreadable, say("flag.unreadable", d.Name, UnreadText(d.Error, d.Detail)))
	}
	if d.HasFlag(dossier.FlagMisnamedDocument) {
		addFlag(a, dossier.FlagMisnamedDocument, misnamed(d))
	}
	if d.HasFlag(dossier.FlagHiddenText) {
		for _, p := range d.Pages {
			if p.Hidden != "" {
				hidden := shorten(oneLine(p.Hidden), longestQuote)
				addFlag(a, dossier.FlagHiddenText, say("flag.hidden", d.Name, p.Number, hidden))
				break
			}
		}
	}
	if d.HasFlag(dossier.FlagUncachedFormula) {
		addFlag(a, dossier.FlagUncachedFormula, say("flag.uncached", d.Name))
	}
	flagUnseen(a, d)
	if d.HasFlag(dossier.FlagLowTextQuality) {
		addFlag(a, dossier.FlagLowTextQuality, say("flag.lowquality", d.Name, poorPages(d)))
	}
	if d.HasFlag(dossier.FlagNeedsOCR) {
		addFlag(a, dossier.FlagNeedsOCR, say("flag.needs-ocr", d.Name, poorPages(d)))
	}
}

// mostSightFlags is how many flags one document or dossier gets for what was looked for on its rendered
// pages.
const mostSightFlags = 3

// flagUnseen flags quotes of a document that were looked for on its rendered pages and not seen.
func flagUnseen(a *dossier.Assessment, d *dossier.Document) {
	flagged := 0
	for _, s := range d.Sightings {
		if s.Result == dossier.SightUnseen && flagged < mostSightFlags {
			addFlag(a, dossier.FlagHiddenText, say("flag.unseen", d.Name, s.Page, shorten(s.Quote, longestQuote)))
			flagged++
		}
	}
}

// flagNotFound flags evidence that was looked for on the rendered page and is not among its words. It counts
// all the same: readers and renderers cut text into words differently.
func (s *assessment) flagNotFound() {
	flagged := 0
	for i := range s.out.Criteria {
		c := &s.out.Criteria[i]
		for _, src := range c.Evidence {
			if c.Points != 0 && flagged < mostSightFlags && notFound(s.reading.dossier, src) {
				quote := shorten(oneLine(src.Quote), longestQuote)
				addFlag(s.out, dossier.FlagUncertain, say("flag.not-found", src.Document, src.Page, quote))
				flagged++
			}
		}
	}
}

// notFound reports whether a piece of evidence was looked for and not found, or its page not rendered.
func notFound(d *dossier.Dossier, src dossier.Source) bool {
	i := slices.IndexFunc(d.Documents, func(x dossier.Document) bool {
		return x.Name == src.Document && len(x.Sightings) > 0
	})
	if i < 0 {
		return false
	}
	quote := dossier.PlainQuote(src.Quote)
	return slices.ContainsFunc(d.Documents[i].Sightings, func(x dossier.Sighting) bool {
		return (x.Result == dossier.NotFound || x.Result == dossier.NotRendered) && x.Page == src.Page &&
			x.Quote == quote
	})
}

// longestQuote is how many characters of a text flags quote.
const longestQuote = 120

// shorten cuts a text to n characters, the last of which is then an ellipsis.
func shorten(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}

// minQuality is the quality of a page's text, from 0 to 1, below which it is not usable.
const minQuality = 0.6

// poorPages lists the numbers of the pages of a document whose text is not usable; of many, the first and the
// last.
func poorPages(d *dossier.Document) string {
	var pages []string
	for _, p := range d.Pages {
		if p.Quality < minQuality {
			pages = append(pages, strconv.Itoa(p.Number))
		}
	}
	if len(pages) > 6 {
		return strings.Join(pages[:3], ", ") + " … " + pages[len(pages)-1]
	}
	return strings.Join(pages, ", ")
}

// ownPlace returns the names of the dossier's own place: those of its unit, its title, and the text of its
// forms, which hold its address. To be taken over there is not to spread.
func (s *assessment) ownPlace() *place.Own {
	id := s.given.Identity
	return place.NewOwn(func() []string {
		names := []string{s.rs.env.nameOf("unit", id.Unit), id.Title, s.reading.formText()}
		return append(names, s.reading.shortNames(s.rs.env, id.Unit)...)
	})
}

// formText is the text of the dossier's forms.
func (r *Reading) formText() string {
	var all []string
	for _, p := range r.pages {
		for li := range p.Lines {
			if p.roles[li] == formRole {
				all = append(all, p.Text(p.Lines[li].Start, p.Lines[li].End))
			}
		}
	}
	return strings.Join(all, " ")
}

// documents is how many documents were searched, for reasons.
func (s *assessment) documents() dossier.Text {
	if s.counted == nil {
		if n := len(s.reading.dossier.Documents); n != 1 {
			s.counted = say("documents.many", n)
		} else {
			s.counted = say("documents.one")
		}
	}
	return s.counted
}

// spares reports whether nothing needs a paper that the dossier does not have: only gates ask for it, and other facts
// meet all of them, as a consent that is asked for on private ground alone.
func spares(s *assessment, paper string) bool {
	used := func(c *condition.Condition) bool { return c != nil && slices.Contains(c.Uses, paper) }
	if slices.ContainsFunc(s.rs.criteria, func(c criterion) bool { return c.goesBy(paper) }) ||
		slices.ContainsFunc(s.rs.facts, func(d FactDef) bool { return slices.Contains(d.bases, paper) }) ||
		slices.ContainsFunc(s.rs.bands, func(b Band) bool { return used(b.cond) }) ||
		slices.ContainsFunc(s.rs.Awards, func(a award.Award) bool { return used(a.Require) }) {
		return false
	}
	asked := false
	for i := range s.rs.gates {
		if g := &s.rs.gates[i]; used(g.require) {
			if met, _ := g.tried(s.env); !met {
				return false
			}
			asked = true
		}
	}
	return asked
}

// flagFacts flags missing papers, contradictions, and facts that only the manifest states.
func (s *assessment) flagFacts() {
	for i := range s.rs.facts {
		def := &s.rs.facts[i]
		st := s.facts.of(def.Name)
		if def.Reads.Type == value.Paper && (st == nil || st.papers == nil) && !spares(s, def.Name) {
			addFlag(s.out, dossier.FlagMissingDocument, say("flag.missing", def.title, s.documents()))
		}
		if st == nil || def.let != nil { // a computed fact is flagged as those that it is computed of
			continue
		}
		f := st.stated
		if rival, ok := Contradicted(f); ok {
			addFlag(s.out, dossier.FlagContradiction, say("flag.contradiction", def.title,
				f.Source.Document, quoted(f.Source.Quote), rival.Source.Document, quoted(rival.Source.Quote)))
		} else if st.foreign {
			addFlag(s.out, dossier.FlagOtherCurrency, say("flag.other-currency", st.inWords(), f.Source.Document,
				shorten(oneLine(f.Source.Quote), longestQuote)))
		} else if st.isUncertain() && (!st.near || turnsNear(s, st)) {
			addFlag(s.out, dossier.FlagUncertainFact, say("flag.uncertain", st.inWords(), f.Source.Document,
				shorten(oneLine(f.Source.Quote), longestQuote), f.Doubt))
		} else if st.isDisputed() {
			addFlag(s.out, dossier.FlagUnsupported, say("flag.unsupported", st.inWords()))
		}
	}
}

// flagCopies flags text that is shared with other dossiers, if the share is high enough: as a copy, as one
// that was copied, or as alike if the order is not proven.
func (s *assessment) flagCopies() {
	const longestCopied = 300 // characters
	for _, c := range s.given.Copies {
		if c.Share < s.rs.copies.flagAbove {
			continue
		}
		of := s.rs.env.otherDossier(c)
		quote := func() string { return shorten(oneLine(c.Here().Quote), longestCopied) }
		switch {
		case c.Unproven:
			addFlag(s.out, dossier.FlagNearDuplicate, say("flag.alike", percent(c.Share), of, quote()))
		case c.Original:
			addFlag(s.out, dossier.FlagCopiedBy, say("flag.copied", of, percent(c.Share)))
		default:
			addFlag(s.out, dossier.FlagNearDuplicate,
				say("flag.duplicate", percent(c.Share), c.Here().Document, of, quote()))
		}
	}
}

// otherDossier names the other dossier of a copy by its title, its unit and, if it is a past one, its campaign: many
// dossiers of a campaign have the same title.
func (e *Env) otherDossier(c dossier.Copy) string {
	of := cmp.Or(c.OfTitle, c.Of)
	var beside []string
	for _, s := range []string{cmp.Or(e.nameOf("unit", c.OfUnit), c.OfUnit), c.Campaign} {
		if s != "" {
			beside = append(beside, s)
		}
	}
	if len(beside) > 0 {
		of += " (" + strings.Join(beside, ", ") + ")"
	}
	return of
}

// chargeCopies takes off what copied text costs, and lists it as a criterion. Only a copy whose order is
// proven costs points. Then it adds up the points.
func (s *assessment) chargeCopies() {
	most := 0.0
	for _, c := range s.given.Copies {
		if !c.Original && !c.Unproven {
			most = math.Max(most, c.Share)
		}
	}
	if costs := s.rs.copies.costs; most != 0 && most >= s.rs.copies.above && costs != 0 {
		s.out.Criteria = append(s.out.Criteria, dossier.Criterion{ID: copiesID, Title: sentences.Text("copies.title"),
			Points: -costs, Reason: say("copies", costs, percent(most)), Evidence: []dossier.Source{}})
		s.cost = costs
	}
	addUp(s)
}

// copiesID is the id under which the cost of copied text is listed among the criteria.
const copiesID = "copies"

// round rounds points to two decimals, as they are shown.
func round(f float64) float64 { return math.Round(f*100) / 100 }
