package rules

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules/condition"

	"github.com/expr-lang/expr/vm"
)

// Version names the state of the assessing code: it is part of every cache key, so
// that a kheo that assesses differently assesses everything again.
const Version = "6"

// UnplacedID is the name of the list of unmatched dossiers, to which no ruleset applies.
const UnplacedID = "unplaced"

// Given is what an assessment needs beside the text.
type Given struct {
	Identity dossier.Identity
	Copies   []dossier.Copy
	Scores   []dossier.PanelScore // what people gave, one of each scorer on a criterion; those that do not count are flagged
}

// Assess assesses a dossier: facts, gates, criteria, points, flags, outcome
// (quotas, which need the other dossiers, come later). It is pure: the same
// arguments give the same assessment.
func (rs *Ruleset) Assess(r *Reading, given Given) *dossier.Assessment {
	id, copies := given.Identity, given.Copies
	r.dropManifests()
	r.mark(rs.matcher, rs.papers, rs.parts)
	a := newAssessment(rs.ID, r, id)
	a.Max = rs.MaxPoints
	all := rs.read(r)
	for i := range all {
		a.Facts = append(a.Facts, *all[i].stated)
	}
	facts := all.counting()
	rs.flagFacts(a, all, len(r.dossier.Documents))
	rs.flagCopies(a, copies)
	reviews := rs.tryGates(a, id, all, len(r.dossier.Documents))
	own := &ownNames{env: rs.env, unit: id.Unit, names: func() []string { return []string{rs.env.nameOf("unit", id.Unit), id.Title, ownAddress(r)} }}
	for i := range rs.criteria {
		c := rs.score(&rs.criteria[i], a, facts, r, own, given.Scores)
		if s := all.of(rs.criteria[i].measured); s != nil && s.counts == nil {
			c.Reason = say("gate.unsupported", rs.asStated(s))
		}
		a.Criteria = append(a.Criteria, c)
		a.Points += c.Points
	}
	cost := rs.copyCost(a, copies)
	a.Points = round(math.Max(0, a.Points-cost))
	rs.orderKeys(a, facts)
	if r.dossier.Quarantined() {
		a.Outcome, a.Band = dossier.Quarantined, say("band.quarantined")
	} else {
		env := rs.conditionEnv(id, facts)
		banded := rs.outcome(a, env, reviews)
		rs.settle(a, id, all, rs.panelBounds(a, given.Scores), cost)
		if banded != "" && a.HasFlag(dossier.FlagUnsettledScorer) {
			a.Outcome, a.Band = dossier.NeedsReview, join("; ", say("band.scorer"), a.Band)
		}
		if banded != "" {
			rs.flagBorderline(a, env, banded)
		}
	}
	a.Papers = r.papers()
	return a
}

// papers are the kinds of paper that were found in a dossier, in order.
func (r *Reading) papers() []string {
	seen := map[string]bool{}
	for _, p := range r.pages {
		for _, role := range p.roles {
			if role != "" {
				seen[role] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Unplaced is the assessment of a dossier that no ruleset applies to.
func Unplaced(env *Env, r *Reading, id dossier.Identity) *dossier.Assessment {
	a := newAssessment(UnplacedID, r, id)
	a.Outcome = dossier.NeedsReview
	var why dossier.Text
	switch {
	case r.dossier.Quarantined():
		a.Outcome = dossier.Quarantined
		why = say("unclassified.unread")
	case id.Kind == "":
		why = say("unclassified.kind")
	default:
		why = say("unclassified.level", id.Kind)
	}
	a.Band = say("flag.unclassified", why)
	a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagUnclassified, Message: a.Band})
	a.Order = []dossier.OrderKey{{String: a.Dossier}}
	return a
}

// newAssessment returns an assessment with the identity of the dossier and the flags that
// its documents raise by themselves.
func newAssessment(ruleset string, r *Reading, id dossier.Identity) *dossier.Assessment {
	a := &dossier.Assessment{Dossier: r.dossier.ID, Ruleset: ruleset, Kind: id.Kind, Title: id.Title, Unit: id.Unit, Level: id.Level, Field: id.Field, Nominee: id.Nominee,
		Flags: []dossier.Flag{}, Gates: []dossier.Gate{}, Criteria: []dossier.Criterion{}, Facts: []dossier.Fact{}}
	a.Flags = append(a.Flags, id.Flags...)
	for i := range r.dossier.Documents {
		d := &r.dossier.Documents[i]
		if d.Error != "" {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagUnreadable, Message: say("flag.unreadable", d.Name, UnreadText(d.Error, d.Detail))})
		}
		if d.HasFlag(dossier.FlagMisnamedDocument) {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagMisnamedDocument, Message: say("flag.misnamed", d.Name, typeName(d.Type))})
		}
		if d.HasFlag(dossier.FlagHiddenText) {
			for _, p := range d.Pages {
				if p.Hidden != "" {
					a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagHiddenText, Message: say("flag.hidden", d.Name, p.Number, shorten(oneLine(p.Hidden), 120))})
					break
				}
			}
		}
		if d.HasFlag(dossier.FlagUncachedFormula) {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagUncachedFormula, Message: say("flag.uncached", d.Name)})
		}
		if d.HasFlag(dossier.FlagLowTextQuality) {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagLowTextQuality, Message: say("flag.lowquality", d.Name, poorPages(d))})
		}
		if d.HasFlag(dossier.FlagNeedsOCR) {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagNeedsOCR, Message: say("flag.needs-ocr", d.Name, poorPages(d))})
		}
	}
	return a
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}

// poorPages names the pages of a document whose text is not usable.
func poorPages(d *dossier.Document) string {
	var pages []string
	for _, p := range d.Pages {
		if p.Quality < 0.6 {
			pages = append(pages, strconv.Itoa(p.Number))
		}
	}
	if len(pages) > 6 {
		return strings.Join(pages[:3], ", ") + " … " + pages[len(pages)-1]
	}
	return strings.Join(pages, ", ")
}

// ownAddress is the text of the dossier's own forms, which name its place: taking a model
// over in the same place does not count as spreading it.
func ownAddress(r *Reading) string {
	var all []string
	for _, p := range r.pages {
		for li := range p.Lines {
			if p.roles[li] == "form" {
				all = append(all, p.Text(p.Lines[li].Start, p.Lines[li].End))
			}
		}
	}
	return strings.Join(all, " ")
}

// flagFacts flags missing papers, contradictions, and facts that only the manifest states.
func (rs *Ruleset) flagFacts(a *dossier.Assessment, all statements, documents int) {
	for i := range rs.facts {
		def := &rs.facts[i]
		s := all.of(def.Name)
		if def.Type == Paper && (s == nil || s.papers == nil) {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagMissingDocument, Message: say("flag.missing", rs.factName(def), documents)})
		}
		if s == nil {
			continue
		}
		f := s.stated
		rival, ok := contradicted(f)
		if s.disputed() && !ok {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagUnsupported, Message: say("flag.unsupported", rs.asStated(s))})
		}
		if ok {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagContradiction, Message: say("flag.contradiction", rs.factName(def),
				f.Source.Document, "“"+oneLine(f.Source.Quote)+"”", rival.Source.Document, "“"+oneLine(rival.Source.Quote)+"”")})
		}
	}
}

// factName is the name of a fact in reasons: its first label in each language, or the
// name of the paper.
func (rs *Ruleset) factName(def *FactDef) dossier.Text { return def.called }

// nameFact makes what factName returns.
func (rs *Ruleset) nameFact(def *FactDef) dossier.Text {
	list := def.labels
	if def.Type == Paper {
		list = rs.roles[def.paper]
	}
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = strings.ReplaceAll(def.Name, "_", " ")
	}
	if len(list) > 0 {
		out[rs.env.Languages[0]] = list[0].text
	}
	for i := len(list) - 1; i >= 0; i-- {
		if l := list[i].lang; l != nil {
			out[l.Code] = list[i].text
		}
	}
	return out
}

// flagCopies flags text that is shared with other dossiers.
func (rs *Ruleset) flagCopies(a *dossier.Assessment, copies []dossier.Copy) {
	for _, c := range copies {
		of := c.Of
		if c.Campaign != "" {
			of = c.Campaign + "/" + c.Of
		}
		switch {
		case c.Unproven && c.Share >= rs.copies.flagAbove:
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagNearDuplicate, Message: say("flag.alike", percent(c.Share), of, c.OfTitle, shorten(oneLine(c.Here().Quote), 300))})
		case c.Original && c.Share >= rs.copies.flagAbove:
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagCopiedBy, Message: say("flag.copied", c.Of, c.OfTitle, percent(c.Share))})
		case !c.Original && !c.Unproven && c.Share >= rs.copies.flagAbove:
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagNearDuplicate, Message: say("flag.duplicate", percent(c.Share), c.Here().Document, of, c.OfTitle, shorten(oneLine(c.Here().Quote), 300))})
		}
	}
}

// copyCost returns what copied text costs, and lists it as a criterion. Only a copy whose
// order is proven costs points.
func (rs *Ruleset) copyCost(a *dossier.Assessment, copies []dossier.Copy) float64 {
	most := 0.0
	for _, c := range copies {
		if !c.Original && !c.Unproven {
			most = math.Max(most, c.Share)
		}
	}
	if most == 0 || most < rs.copies.above || rs.copies.costs == 0 {
		return 0
	}
	a.Criteria = append(a.Criteria, dossier.Criterion{ID: "copies", Title: sentences.Text("copies.title"),
		Points: -rs.copies.costs, Reason: say("copies", rs.copies.costs, percent(most)), Evidence: []dossier.Source{}})
	return rs.copies.costs
}

// conditionEnv is what conditions see.
func (rs *Ruleset) conditionEnv(id dossier.Identity, facts map[string]*dossier.Fact) map[string]any {
	env := map[string]any{"campaign": map[string]any{"opens": rs.env.Opens, "closes": rs.env.Closes}}
	unit := map[string]any{"id": id.Unit, "name": "", "kind": ""}
	if u := rs.env.UnitByID(id.Unit); u != nil {
		unit["name"], unit["kind"] = u.Name, u.Kind
		for k, v := range u.Attributes {
			unit[k] = v
		}
	}
	env["unit"] = unit
	for i := range rs.facts {
		name := rs.facts[i].Name
		env[name] = nil
		if f := facts[name]; f != nil {
			env[name] = f.Value
		}
	}
	return env
}

// tryGates tries every gate and returns the reasons of those whose failing
// asks for a person's look.
func (rs *Ruleset) tryGates(a *dossier.Assessment, id dossier.Identity, all statements, documents int) (reviews []dossier.Text) {
	facts := all.counting()
	env := rs.conditionEnv(id, facts)
	stated := rs.conditionEnv(id, all.stated())
	for i := range rs.gates {
		g := &rs.gates[i]
		out := dossier.Gate{ID: g.id}
		outcome := g.outcome
		ok, missing, err := g.require.Decide(env)
		if g.turns(env, stated) {
			out.Reason = say("gate.unsupported", join("; ", rs.ownWord(all, g.require.Uses)...))
			outcome = dossier.NeedsReview
		} else if missing != "" {
			def := rs.factDef(missing)
			out.Reason = say("gate.unknown", rs.factName(def), documents)
			outcome = g.missing
		} else if err != nil {
			out.Reason = say("gate.error", err.Error())
			outcome = dossier.NeedsReview
		} else if ok {
			out.Passed = true
			out.Reason = say("gate.passed", rs.usedFacts(g.require, facts))
		} else {
			out.Reason = g.otherwise
			if used := rs.usedFacts(g.require, facts).In("en"); used != "" && used != "–" {
				out.Reason = say("gate.failed", g.otherwise, rs.usedFacts(g.require, facts))
			} else if documents > 0 {
				for _, name := range g.require.Uses {
					if facts[name] == nil {
						out.Reason = join("; ", g.otherwise, say("gate.unknown", rs.factName(rs.factDef(name)), documents))
						break
					}
				}
			}
		}
		a.Gates = append(a.Gates, out)
		if !out.Passed {
			if outcome == dossier.Ineligible {
				a.Outcome = dossier.Ineligible
			} else {
				reviews = append(reviews, out.Reason)
			}
		}
	}
	return reviews
}

// tried reports whether the facts of env pass the gate, and the outcome of a dossier that
// fails it.
func (g *gate) tried(env map[string]any) (passed bool, outcome dossier.Outcome) {
	ok, missing, err := g.require.Decide(env)
	switch {
	case missing != "":
		return false, g.missing
	case err != nil:
		return false, dossier.NeedsReview
	}
	return ok, g.outcome
}

// turns reports whether the gate decides differently by the stated facts than by those
// that count.
func (g *gate) turns(counted, stated map[string]any) bool {
	one, a := g.tried(counted)
	other, b := g.tried(stated)
	return one != other || !one && a != b
}

func (rs *Ruleset) factDef(name string) *FactDef {
	for i := range rs.facts {
		if rs.facts[i].Name == name {
			return &rs.facts[i]
		}
	}
	return nil
}

// usedFacts writes the facts that a condition uses, with their values.
func (rs *Ruleset) usedFacts(c *condition.Condition, facts map[string]*dossier.Fact) dossier.Text {
	var parts []dossier.Text
	for _, name := range c.Uses {
		f := facts[name]
		if f == nil {
			continue
		}
		def := rs.factDef(name)
		if def.Type == Paper {
			parts = append(parts, sameText("“"+oneLine(f.Source.Quote)+"”"))
			continue
		}
		value := dossier.Text{}
		for _, lang := range texts.Languages {
			value[lang] = rs.factName(def).In(lang) + " " + showValue(f.Value, def.unitText, f.Unit)(lang)
		}
		parts = append(parts, value)
	}
	if len(parts) == 0 {
		return sameText("–")
	}
	return join("; ", parts...)
}

// score scores one criterion, from facts, from the text or from people.
func (rs *Ruleset) score(c *criterion, a *dossier.Assessment, facts map[string]*dossier.Fact, r *Reading, own *ownNames, scores []dossier.PanelScore) dossier.Criterion {
	if c.measured != "" {
		return rs.scoreMeasured(c, facts, len(r.dossier.Documents))
	}
	if c.panel != nil {
		return rs.scorePanel(c, a, scores)
	}
	out := dossier.Criterion{ID: c.id, Title: c.title, Max: c.max, Evidence: []dossier.Source{}}
	lastYear := 0
	if len(rs.env.Closes) >= 4 {
		lastYear, _ = strconv.Atoi(rs.env.Closes[:4])
	}
	var reasons []dossier.Text
	cited := map[dossier.Source]bool{}
	for i := range c.clues {
		clue := &c.clues[i]
		finds, struck := clue.search(r, own, lastYear, c.never)
		if len(finds) > clue.AtMost {
			finds = finds[:clue.AtMost]
		}
		earned := clue.Points * float64(len(finds))
		out.Points += earned
		if len(finds) > 0 {
			var what []string
			for _, f := range finds {
				what = append(what, f.what)
				if !cited[f.source] {
					cited[f.source] = true
					out.Evidence = append(out.Evidence, f.source)
				}
			}
			reasons = append(reasons, say("evidenced.found", len(finds), strings.Join(what, ", "), earned))
		} else {
			reasons = append(reasons, say("evidenced.none", clue.looksFor(), len(r.dossier.Documents)))
		}
		if len(finds) < clue.AtMost {
			for _, why := range []string{struckPlanned, struckNegated, struckWished, struckAsked, struckQuoted} {
				if n := len(struck[why]); n > 0 {
					reasons = append(reasons, say("evidenced."+why, n))
				}
			}
			if plans := struck[struckPlanned]; len(plans) > 0 && clue.In != "" {
				a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagPlanNotResult, Message: say("flag.plan", c.title, oneLine(plans[0].Quote))})
			}
		}
	}
	if out.Points > c.max {
		out.Points = c.max
		reasons = append(reasons, say("capped", c.max))
	}
	out.Points = round(out.Points)
	out.Reason = join("; ", reasons...)
	sortSources(out.Evidence)
	return out
}

// scoreMeasured gives the points of the highest step that the fact reaches.
func (rs *Ruleset) scoreMeasured(c *criterion, facts map[string]*dossier.Fact, documents int) dossier.Criterion {
	out := dossier.Criterion{ID: c.id, Title: c.title, Max: c.max, Evidence: []dossier.Source{}}
	def := rs.factDef(c.measured)
	f := facts[c.measured]
	if f == nil {
		out.Reason = say("measured.missing", rs.factName(def), documents)
		return out
	}
	out.Evidence = append(out.Evidence, f.Source)
	v, _ := f.Value.(float64)
	value := formatter(showValue(f.Value, def.unitText, f.Unit))
	at := -1
	for i, s := range c.steps {
		if v >= s.from {
			at = i
		}
	}
	if at < 0 {
		out.Reason = say("measured.below", rs.factName(def), value, c.steps[0].from)
		return out
	}
	out.Points = c.steps[at].points
	out.Reason = say("measured.step", rs.factName(def), value, c.steps[at].from, out.Points)
	return out
}

// outcome decides by gates and bands. It returns the outcome of the bands, or "" if gates
// decided.
func (rs *Ruleset) outcome(a *dossier.Assessment, env map[string]any, reviews []dossier.Text) dossier.Outcome {
	if a.Outcome == dossier.Ineligible {
		var why []dossier.Text
		for i, g := range a.Gates {
			if !g.Passed && rs.gates[i].outcome == dossier.Ineligible {
				why = append(why, g.Reason)
			}
		}
		a.Band = say("band.ineligible", join("; ", why...))
		return ""
	}
	if len(reviews) > 0 {
		a.Outcome, a.Band = dossier.NeedsReview, say("band.gate-review", join("; ", reviews...))
		return ""
	}
	rs.bandEnv(env, a)
	a.Outcome = rs.band(env)
	a.Band = rs.explainBand(a, env)
	return a.Outcome
}

// flagBorderline flags a dossier whose outcome a few points would change.
func (rs *Ruleset) flagBorderline(a *dossier.Assessment, env map[string]any, banded dossier.Outcome) {
	if rs.borderline > 0 {
		total := env["total"].(float64)
		for _, by := range []float64{rs.borderline, -rs.borderline} {
			env["total"] = total + by
			if rs.band(env) != banded {
				a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagBorderline, Message: say("flag.borderline", rs.borderline)})
				break
			}
		}
		env["total"] = total
	}
}

// bandEnv adds to the environment of conditions what bands may name: points and flags.
func (rs *Ruleset) bandEnv(env map[string]any, a *dossier.Assessment) {
	lowest := math.Inf(1)
	for _, c := range a.Criteria {
		env[strings.ReplaceAll(c.ID, "-", "_")] = c.Points
		if c.Max > 0 {
			lowest = math.Min(lowest, c.Points/c.Max)
		}
	}
	env["total"], env["max"], env["share"], env["each_criterion"] = a.Points, a.Max, a.Points/a.Max, lowest
	env["any_flag"] = func(codes ...string) bool { return a.HasFlag(codes...) }
}

// band is the outcome of the first band that is met.
func (rs *Ruleset) band(env map[string]any) dossier.Outcome { return rs.bandOn(&vm.VM{}, env) }

// bandOn is band on a virtual machine that is used again, which saves its allocation.
func (rs *Ruleset) bandOn(m *vm.VM, env map[string]any) dossier.Outcome {
	for i := range rs.bands {
		if rs.bands[i].cond.Run(m, env) {
			return rs.bands[i].Outcome
		}
	}
	return dossier.NotRecommended
}

// explainBand says which condition was met or, for those not recommended,
// which parts of the condition for a recommendation are missing.
func (rs *Ruleset) explainBand(a *dossier.Assessment, env map[string]any) dossier.Text {
	for i := range rs.bands {
		b := &rs.bands[i]
		if b.Outcome != dossier.Recommended {
			continue
		}
		if a.Outcome == dossier.Recommended {
			return say("band.met", a.Points, a.Max, b.cond.Words)
		}
		var missing []dossier.Text
		for k := range b.cond.Clauses {
			cl := &b.cond.Clauses[k]
			if !cl.Holds(env) {
				t := cl.Words
				if strings.Contains(cl.Text, "each_criterion") {
					c := lowestCriterion(a)
					t = join(", ", t, say("lowest", c.Title, c.Points, c.Max, c.Reason))
				}
				missing = append(missing, t)
			}
		}
		return say("band.unmet", a.Points, a.Max, join("; ", missing...))
	}
	return sameText(fmt.Sprintf("%v/%v", a.Points, a.Max))
}

// lowestCriterion is the criterion with the lowest share of its maximum.
func lowestCriterion(a *dossier.Assessment) dossier.Criterion {
	best := a.Criteria[0]
	for _, c := range a.Criteria[1:] {
		if c.Max > 0 && c.Points/c.Max < best.Points/best.Max {
			best = c
		}
	}
	return best
}

// flagCall finds any_flag(…) in a condition.
var flagCall = regexp.MustCompile(`any_flag\([^)]*\)`)

// inWords writes a condition as readers would put it.
func inWords(text string) dossier.Text {
	text = condition.WithPercent(text)
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		t := flagCall.ReplaceAllStringFunc(text, func(call string) string {
			var names []string
			for _, code := range condition.FlagsOf(call[len("any_flag("):]) {
				names = append(names, FlagTitle(code).In(lang))
			}
			return "any_flag " + strings.Join(names, ", ")
		})
		word := func(key string) string { return sentences.In(lang, "condition."+key) }
		out[lang] = strings.NewReplacer(
			"each_criterion", word("each-criterion"), "total", word("total"),
			" and ", " "+word("and")+" ", " or ", " "+word("or")+" ",
			"not any_flag", word("unflagged"), "!any_flag", word("unflagged"), "any_flag", word("flagged"),
			">=", "≥", "<=", "≤", "not ", word("not")+" ",
		).Replace(t)
	}
	return out
}

// orderKeys sets the keys by which a list is ordered, in the order of the ruleset.
func (rs *Ruleset) orderKeys(a *dossier.Assessment, facts map[string]*dossier.Fact) {
	for i, name := range rs.Order {
		key := dossier.OrderKey{Down: rs.orderDown[i]}
		switch {
		case name == "total":
			key.Number = a.Points
		case name == "dossier":
			key.String = a.Dossier
		case facts[name] != nil:
			switch v := facts[name].Value.(type) {
			case float64:
				key.Number = v
			case string:
				key.String = v
			case bool:
				if v {
					key.Number = 1
				}
			}
		default:
			key.Missing = true
			for _, c := range a.Criteria {
				if c.ID == name {
					key.Number, key.Missing = c.Points, false
				}
			}
		}
		a.Order = append(a.Order, key)
	}
}

// round rounds points to two decimals, as they are shown.
func round(f float64) float64 { return math.Round(f*100) / 100 }
