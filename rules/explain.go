package rules

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
	"kheo/internal/texts"
	"kheo/rules/award"
	"kheo/rules/claim"
	"kheo/rules/history"
	"kheo/rules/phrase"
	"kheo/rules/scales"
	"kheo/rules/value"
)

// explained is the section of the catalogue with the texts of a ruleset as prose.
const explained texts.Section = "explanation"

// outcomeTitle names an outcome as of one dossier.
func outcomeTitle(o dossier.Outcome) dossier.Text { return explained.Text("outcome." + string(o)) }

// Explain returns the ruleset as prose in one language, so that it can be read aloud to the people who decide
// by it. With searches it also says what to type into kheo search to find what each piece of evidence looks
// for. Texts that lack the language are in English.
func (rs *Ruleset) Explain(lang string, searches bool) string {
	e := &explainer{rs: rs, lang: lang, searches: searches}
	e.line("", rs.Title.In(lang, "en"))
	e.say("", "applies", rs.ID, rs.Version, strings.Join(e.applies(), ", "), rs.MaxPoints)
	if bases := e.bases(); len(bases) > 0 {
		e.say("", "extends", strings.Join(bases, ", "))
	}
	if len(rs.gates) > 0 {
		e.head("gates")
		for _, g := range rs.gates {
			e.say("- ", "gate", g.otherwise, outcomeTitle(g.outcome), e.condition(g.require.Text))
		}
	}
	e.sources()
	e.criteria()
	if rs.copies.flagAbove > 0 {
		e.head("copies")
		if rs.copies.costs == 0 {
			e.say("", "copy-free", percent(rs.copies.flagAbove))
		} else {
			e.say("", "copy", percent(rs.copies.flagAbove), percent(rs.copies.above), rs.copies.costs)
		}
	}
	e.bands()
	e.onlyOne()
	e.quotas()
	if rs.vary != (vary{}) {
		e.say("", "vary", percent(rs.vary.weights), percent(rs.vary.steps), percent(rs.vary.thresholds))
	}
	e.say("", "order", strings.Join(e.order(), ", "))
	return e.out.String()
}

// sources explains the facts that are not simply read in papers, and how amounts in other currencies are
// converted.
func (e *explainer) sources() {
	var lines []string
	add := func(id string, args ...any) { lines = append(lines, fill(explained.Text(id), e.lang, args...)) }
	money := false
	for i := range e.rs.facts {
		def := &e.rs.facts[i]
		money = money || def.Reads.Type == value.Money
		switch {
		case def.unnamed: // its criterion says how it is computed
		case def.let != nil:
			add("computed", def.title, e.condition(def.let.Text))
		case len(def.ways) > 0:
			var ways []string
			for k := range def.ways {
				ways = append(ways, e.way(&def.ways[k]))
			}
			add("ways", def.title, strings.Join(ways, "; "))
		case def.office != nil:
			add("of-table", def.title, def.office.file, def.office.column,
				explained.Text("key."+def.office.key))
		case def.past != nil:
			e.past(def, add)
		case def.person:
			add("of-person", def.title)
		case def.Reads.Type == value.File:
			what := explained.In(e.lang, "property."+def.file.property)
			if def.file.role != "" {
				what = fill(explained.Text("of-paper"), e.lang, what, e.words(e.rs.roles[def.file.role]))
			}
			add("of-files", def.title, what)
		}
	}
	if x := e.rs.env.Exchange; x != nil && money {
		add("exchange", LocalDate(x.On, e.lang))
	}
	if len(lines) == 0 {
		return
	}
	e.head("sources")
	for _, l := range lines {
		e.line("- ", l)
	}
}

// past explains a fact that counts earlier recognitions.
func (e *explainer) past(def *FactDef, add func(id string, args ...any)) {
	awards, h := strings.Join(def.past.Awards, ", "), e.rs.history
	if awards == "" {
		awards = explained.In(e.lang, "of-history.any")
	}
	var where []string
	if h.File != "" {
		where = append(where, fill(explained.Text("of-history.table"), e.lang, h.File))
	}
	if len(h.Lists) > 0 {
		lists := strings.Join(h.Lists, ", ")
		if slices.Contains(h.Lists, history.AllLists) {
			lists = explained.In(e.lang, "of-history.all")
		}
		where = append(where, fill(explained.Text("of-history.lists"), e.lang, lists))
	}
	said := strings.Join(where, ", ")
	if first, _ := e.rs.env.years(); def.past.Since > 0 {
		said += fill(explained.Text("of-history.within"), e.lang, num(float64(first-def.past.Since)))
	}
	add("of-history", def.title, awards, said)
}

// way says in words how one way finds a fact.
func (e *explainer) way(def *FactDef) string {
	var parts []string
	if len(def.Labels) > 0 {
		parts = append(parts, fill(explained.Text("way-labels"), e.lang, e.words(def.Labels)))
	}
	if len(def.Say) > 0 {
		var say []string
		for _, t := range def.Say {
			if !t.Derived {
				say = append(say, t.Text)
			}
		}
		if len(say) > 0 {
			parts = append(parts, fill(explained.Text("way-say"), e.lang, quoted(say...)))
		}
	}
	if def.office != nil {
		parts = append(parts, fill(explained.Text("way-table"), e.lang, def.office.file, def.office.column))
	}
	if def.manifest {
		parts = append(parts, explained.In(e.lang, "way-manifest"))
	}
	out := strings.Join(parts, ", ")
	if len(def.only) > 0 {
		var papers []string
		for _, role := range def.only {
			papers = append(papers, e.words(e.rs.roles[role]))
		}
		out += fill(explained.Text("way-papers"), e.lang, strings.Join(papers, ", "))
	}
	return out
}

// bands explains who is recommended, and who goes to people.
func (e *explainer) bands() {
	rs := e.rs
	e.head("bands")
	for _, b := range rs.bands {
		if b.award < 0 {
			e.say("- ", "band", outcomeTitle(b.Outcome), e.condition(b.cond.Text))
		}
	}
	for i := range rs.Awards {
		e.award(&rs.Awards[i])
	}
	e.say("- ", "rest", outcomeTitle(dossier.NotRecommended))
	if rs.Budget != nil {
		e.budget(rs.Budget)
	}
	if rs.borderline > 0 {
		e.say("", "borderline", rs.borderline)
	}
	if g := rs.goal; g != nil {
		e.say("", "evidence-goal", Percent(g.Precision, e.lang), Percent(g.Confidence, e.lang))
	}
}

// award explains a rank or place: who gets it, how many, what follows if it is full, and the money.
func (e *explainer) award(a *award.Award) {
	if a.Outcome == dossier.Recommended {
		e.say("- ", "award", a.Title, e.condition(a.Require.Text))
	} else {
		e.say("- ", "award-means", a.Title, outcomeTitle(a.Outcome), e.condition(a.Require.Text))
	}
	if !a.Limit.None() {
		e.say("  ", "award-most", e.limit(a.Limit), explained.Text("per."+a.Per))
		e.say("  ", "ties."+string(a.Ties))
		if a.Stop {
			e.say("  ", "award-stop")
		}
	}
	switch {
	case a.Prize.Amount == 0:
	case a.Ties == award.Share && a.Split:
		e.say("  ", "prize-split", a.Prize.Amount, a.Prize.Currency)
	default:
		e.say("  ", "prize", a.Prize.Amount, a.Prize.Currency)
	}
}

// limit writes how many a limit lets pass.
func (e *explainer) limit(l award.Limit) string {
	if l.Share == 0 {
		return num(float64(l.Most))(e.lang)
	}
	of := "share-registered"
	if l.Eligible {
		of = "share-eligible"
	}
	return fill(explained.Text(of), e.lang, Percent(l.Share, e.lang),
		explained.Text("round."+cmp.Or(string(l.Round), "down")))
}

// budget explains how money is given.
func (e *explainer) budget(b *award.Budget) {
	if b.ShareBy != "" {
		e.sharedBudget(b)
		return
	}
	e.say("- ", "budget", b.Total.Amount, b.Total.Currency, explained.Text("per."+b.Per), e.rs.factDef(b.Ask).title)
	e.pots(b)
	if b.Partial > 0 {
		e.say("  ", "partial", percent(b.Partial))
	} else {
		e.say("  ", "no-partial")
	}
	then, ties := "then-next", "ties.people"
	if b.Stop {
		then = "then-stop"
	}
	if b.ByOrder {
		ties = "ties.order"
	}
	e.say("  ", then)
	e.say("  ", ties)
	if b.Reserve >= 0 {
		e.say("  ", "reserve", float64(b.Reserve))
	}
}

// sharedBudget explains how money is shared.
func (e *explainer) sharedBudget(b *award.Budget) {
	e.say("- ", "budget-shared", b.Total.Amount, b.Total.Currency, explained.Text("per."+b.Per),
		shareTitle(e.rs, b.ShareBy))
	e.pots(b)
	e.say("  ", "round-to", b.RoundTo, b.Total.Currency)
	if b.Ask != "" {
		e.say("  ", "shared-ask", e.rs.factDef(b.Ask).title)
	}
}

// pots explains the totals that differ from the common one.
func (e *explainer) pots(b *award.Budget) {
	for _, id := range slices.Sorted(maps.Keys(b.Pots)) {
		e.say("  ", "pot", GroupTitle(e.rs, b.Per, id), b.Pots[id], b.Total.Currency)
	}
}

// shareTitle is the title of what a budget is shared by.
func shareTitle(rs *Ruleset, name string) dossier.Text {
	if name == "total" {
		return sentences.Text("condition.total")
	}
	for i := range rs.criteria {
		if rs.criteria[i].id == name {
			return rs.criteria[i].title
		}
	}
	for i := range rs.groups {
		if rs.groups[i].id == name {
			return rs.groups[i].title
		}
	}
	return rs.factDef(name).title
}

// quotas explains how many are recommended of each unit, field, level or kind.
func (e *explainer) quotas() {
	for _, q := range e.rs.Quotas {
		per := explained.In(e.lang, "per."+q.Per)
		if q.Of != "" {
			per += " " + GroupTitle(e.rs, q.Per, q.Of).In(e.lang, "en")
		}
		for i := range e.rs.Awards {
			if a := &e.rs.Awards[i]; a.ID == q.Rank {
				per += ", " + a.Title.In(e.lang, "en")
			}
		}
		if q.Most > 0 {
			e.say("", "quota", per, float64(q.Most))
		}
		if q.MostShare > 0 {
			e.say("", "quota", per, e.limit(q.Limit()))
		}
		if q.Ties != "" && q.Ties != award.ToPeople {
			e.say("  ", "ties."+string(q.Ties))
		}
		if q.Reserve > 0 {
			e.say("  ", "reserve", float64(q.Reserve))
		}
		if q.Least > 0 {
			e.say("", "least", per, float64(q.Least))
		}
		if q.Fill != nil {
			e.say("  ", "fill", e.condition(q.Fill.Text))
		}
	}
}

// applies names the kind and level that the ruleset is for.
func (e *explainer) applies() []string {
	rs, lang := e.rs, e.lang
	var out []string
	for _, n := range []struct {
		id   string
		list []Named
	}{{rs.Kind, rs.env.Kinds}, {rs.Level, rs.env.Levels}} {
		for _, named := range n.list {
			if named.ID == n.id {
				out = append(out, cmp.Or(named.Title.In(lang, "en"), named.ID))
			}
		}
	}
	return out
}

// explainer writes a ruleset as prose, line by line.
type explainer struct {
	rs       *Ruleset
	lang     string
	searches bool
	out      strings.Builder
}

// line writes a line behind a mark, such as a bullet.
func (e *explainer) line(mark, s string) { e.out.WriteString(mark + s + "\n") }

// say writes a line of the catalogue, a text of explained, behind a mark.
func (e *explainer) say(mark, id string, args ...any) {
	e.line(mark, fill(explained.Text(id), e.lang, args...))
}

// dateCall finds a date in a condition.
var dateCall = regexp.MustCompile(`date\("([^"]+)"\)`)

// argument is one argument of a function in calls. A comma before a digit is that of a number.
const argument = `((?:[^,()]|,\d)+)`

// datesIn writes the dates of a condition as readers of a language do.
func datesIn(text, lang string) string {
	return dateCall.ReplaceAllStringFunc(text, func(call string) string {
		return LocalDate(dateCall.FindStringSubmatch(call)[1], lang)
	})
}

// callsIn writes the functions of a condition as readers of a language would put them, the inner ones first.
func callsIn(text, lang string) string {
	for before := ""; before != text; {
		before = text
		for _, c := range calls {
			text = c.re.ReplaceAllString(text, c.by.In(lang))
		}
	}
	return text
}

// calls rewrites functions and names of conditions as readers would put them.
var calls = []struct {
	re *regexp.Regexp
	by dossier.Text
}{
	{regexp.MustCompile(`months_between\(` + argument + `, ` + argument + `\)`),
		dossier.Text{"vi": "số tháng từ “$1” đến “$2”",
			"nb": "månedene fra «$1» til «$2»", "en": "the months from “$1” to “$2”"}},
	{regexp.MustCompile(`days_between\(` + argument + `, ` + argument + `\)`),
		dossier.Text{"vi": "số ngày từ “$1” đến “$2”",
			"nb": "dagene fra «$1» til «$2»", "en": "the days from “$1” to “$2”"}},
	{regexp.MustCompile(`\byear\(([^()]+)\)`),
		dossier.Text{"vi": "năm của “$1”", "nb": "året i «$1»", "en": "the year of “$1”"}},
	{regexp.MustCompile(`\bmonth\(([^()]+)\)`),
		dossier.Text{"vi": "tháng của “$1”", "nb": "måneden i «$1»", "en": "the month of “$1”"}},
	{regexp.MustCompile(`\bshare\(` + argument + `, ` + argument + `\)`), dossier.Text{"vi": "tỷ lệ của “$1” trong “$2”",
		"nb": "andelen «$1» av «$2»", "en": "the share of “$1” in “$2”"}},
	{regexp.MustCompile(`\bmin\(([^()]+)\)`),
		dossier.Text{"vi": "số nhỏ nhất trong ($1)", "nb": "det laveste av ($1)",
			"en": "the lowest of ($1)"}},
	{regexp.MustCompile(`\bmax\(([^()]+)\)`),
		dossier.Text{"vi": "số lớn nhất trong ($1)", "nb": "det høyeste av ($1)",
			"en": "the highest of ($1)"}},
	{regexp.MustCompile(`\bround\(([^()]+)\)`),
		dossier.Text{"vi": "($1) làm tròn", "nb": "($1) avrundet", "en": "($1) rounded"}},
	{regexp.MustCompile(`\bfloor\(([^()]+)\)`),
		dossier.Text{"vi": "($1) làm tròn xuống", "nb": "($1) rundet ned", "en": "($1) rounded down"}},
	{regexp.MustCompile(`\bceil\(([^()]+)\)`),
		dossier.Text{"vi": "($1) làm tròn lên", "nb": "($1) rundet opp", "en": "($1) rounded up"}},
	{regexp.MustCompile(`\bmonths_in\(([^()]+)\)`),
		dossier.Text{"vi": "số tháng của “$1”", "nb": "månedene i «$1»", "en": "the months of “$1”"}},
	{regexp.MustCompile(`\bnumber\(([^()]+)\)`), dossier.Text{"vi": "$1", "nb": "$1", "en": "$1"}},
	{regexp.MustCompile(`present\(([^()]+)\)`),
		dossier.Text{"vi": "có “$1”", "nb": "«$1» finnes", "en": "there is “$1”"}},
	{regexp.MustCompile(`absent\(([^()]+)\)`),
		dossier.Text{"vi": "không có “$1”", "nb": "«$1» mangler", "en": "there is no “$1”"}},
	{regexp.MustCompile(`campaign\.closes`),
		dossier.Text{"vi": "ngày kết thúc đợt", "nb": "fristen", "en": "the campaign's end"}},
}

// condition writes a condition with the names that forms have for facts. A word that inWords has written and
// that is also the name of a fact is replaced, too.
func (e *explainer) condition(text string) string {
	for i := range e.rs.facts {
		if def := &e.rs.facts[i]; len(def.options) > 0 {
			text = e.optionsIn(text, def)
		}
	}
	s := operators.Replace(inWords(text).In(e.lang))
	s = callsIn(datesIn(s, e.lang), e.lang)
	names := map[string]string{}
	for _, c := range e.rs.criteria {
		names[c.name()] = c.title.In(e.lang, "en")
	}
	for i := range e.rs.groups {
		names[conditionName(e.rs.groups[i].id)] = e.rs.groups[i].title.In(e.lang, "en")
	}
	for i := range e.rs.facts {
		names[e.rs.facts[i].Name] = e.rs.facts[i].title.In(e.lang)
	}
	return nameInText.ReplaceAllStringFunc(s, func(id string) string {
		if name := names[id]; name != "" {
			return name
		}
		return id
	})
}

// conditionInWords writes a condition as e.condition does, in every language.
func conditionInWords(rs *Ruleset, text string) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		e := explainer{rs: rs, lang: lang}
		out[lang] = e.condition(text)
	}
	return out
}

// optionsIn writes the words of options for their ids where a condition compares a choice with them: rank ==
// "good", rank in ["good", "fair"].
func (e *explainer) optionsIn(text string, def *FactDef) string {
	compared := regexp.MustCompile(`\b` + regexp.QuoteMeta(def.Name) + `( [=!]= *"[^"]*"| in \[[^\]]*\])`)
	return compared.ReplaceAllStringFunc(text, func(s string) string {
		for id, t := range def.options {
			s = strings.ReplaceAll(s, `"`+id+`"`, texts.Quoted(e.lang, t.In(e.lang, "en")))
		}
		return strings.Replace(strings.Replace(s, " in [", " "+explained.In(e.lang, "one-of")+" (", 1), "]",
			")", 1)
	})
}

// nameInText finds the names of facts and criteria in a condition.
var nameInText = regexp.MustCompile(`\b[a-z][a-z0-9_]*\b`)

// head begins a part of the text with its heading, a text of explained.
func (e *explainer) head(id string) { e.line("\n", explained.In(e.lang, id)) }

// criteria explains every criterion, each group in front of its criteria, and what never counts as evidence.
func (e *explainer) criteria() {
	e.head("criteria")
	e.total()
	evidenced, told := false, -1
	for i := range e.rs.criteria {
		c := &e.rs.criteria[i]
		for g := told + 1; g <= c.group; g++ { // groups are in the order of their criteria, outer ones first
			e.group(&e.rs.groups[g])
		}
		told = max(told, c.group)
		e.criterion(c)
		evidenced = evidenced || len(c.clues) > 0
	}
	if evidenced {
		e.say("", "never")
	}
}

// onlyOne explains of which facts only one dossier counts.
func (e *explainer) onlyOne() {
	for _, o := range e.rs.OnlyOne {
		if o.By == "" {
			e.say("- ", "only-one."+o.Keep, e.rs.factDef(o.Of).title, o.Otherwise)
			continue
		}
		e.say("- ", "only-one."+o.Keep, e.rs.factDef(o.Of).title, e.rs.factDef(o.By).title, o.Otherwise)
	}
}

// total explains what the total is beside the sum of the criteria.
func (e *explainer) total() {
	t := &e.rs.tally
	if t.Start != 0 {
		e.say("", "start-points", t.Start)
	}
	if t.Floor != 0 {
		e.say("", "min-points", t.Floor)
	}
	if !math.IsInf(t.BonusMax, 1) {
		e.say("", "bonus-max", t.BonusMax)
	}
	if t.OffMax > 0 {
		e.say("", "deduct-max", t.OffMax)
	}
	if e.rs.selfRule.starts {
		e.say("", "self-starts")
	}
}

// group explains a group of criteria.
func (e *explainer) group(g *group) {
	e.say("", "group", g.title, g.max)
	if g.mean {
		e.say("  ", "group-mean", g.times)
	}
	if g.round > 0 {
		e.say("  ", "round-points", g.round)
	}
	e.limits(g.weight, g.atLeast)
}

// limits explains a weight and an at_least.
func (e *explainer) limits(weight, atLeast float64) {
	if weight != 1 {
		e.say("  ", "weight", weight)
	}
	if atLeast > 0 {
		e.say("  ", "at-least", atLeast)
	}
}

// criterion explains one criterion.
func (e *explainer) criterion(c *criterion) {
	head := map[scales.Kind]string{scales.Earns: "criterion", scales.Bonus: "criterion-bonus",
		scales.Deducts: "criterion-deducts"}[c.kind]
	e.say("- ", head, c.title, c.max)
	if c.when != nil {
		e.say("  ", "when", c.when.Words)
	}
	e.limits(c.weight, c.atLeast)
	switch {
	case c.measure != nil:
		what := c.fact.title.In(e.lang)
		if c.fact.unnamed {
			what = e.condition(c.fact.let.Text)
		}
		e.say("  ", "measured", what, strings.Join(c.inWords(e.lang, c.measure.Explain()), "; "))
		if c.fact.manifest {
			e.say("  ", "manifest", c.fact.title)
		}
	case c.table != nil:
		e.table(c.table)
	case c.panel != nil:
		e.panel(c.panel)
	}
	for i := range c.items {
		e.item(&c.items[i])
	}
	if c.self != "" {
		e.self(c)
	}
	if c.vary != e.rs.vary {
		e.say("  ", "varies", percent(c.vary.weights), percent(c.vary.steps))
	}
	for i := range c.clues {
		e.clue(&c.clues[i])
	}
	var counted []string
	for _, why := range []string{claim.Negated, claim.Planned, claim.Wished, claim.Quoted} {
		if len(c.clues) > 0 && !c.never[why] {
			counted = append(counted, refutedNames[why].In(e.lang))
		}
	}
	if len(counted) > 0 {
		e.say("  ", "counts", strings.Join(counted, ", "))
	}
}

// item explains an item of a checklist.
func (e *explainer) item(it *item) {
	var ways []string
	for i := range it.ways {
		w := &it.ways[i]
		what := w.title.In(e.lang, "en")
		if told := e.condition(w.holds.Text); told != what {
			what += " (" + told + ")"
		}
		ways = append(ways, fill(explained.Text("item-points"), e.lang, what, w.points))
	}
	if len(ways) == 1 {
		e.line("  ", ways[0])
		return
	}
	e.say("  ", "best-of", it.called(), strings.Join(ways, "; "))
}

// table explains a decision table, row by row.
func (e *explainer) table(t *scales.Table) {
	e.say("  ", "table-"+t.Hit)
	for i := range t.Rows {
		e.say("    ", "row", float64(i+1), rowInWords(e.rs, t, i), t.Rows[i].Points)
	}
	if t.Otherwise != nil {
		e.say("    ", "otherwise", *t.Otherwise)
	}
}

// self explains what becomes of the points that a unit gave itself.
func (e *explainer) self(c *criterion) {
	e.say("  ", "self", e.rs.factDef(c.self).title)
	if !math.IsInf(c.differs, 1) {
		e.say("  ", "self-differs", c.differs)
	}
}

// rowInWords writes what a row of a decision table asks for.
func rowInWords(rs *Ruleset, t *scales.Table, row int) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		var cells []string
		for k := range t.Columns {
			test := &t.Rows[row].Tests[k]
			if test.Any() {
				continue
			}
			def := rs.factDef(t.Columns[k].Name)
			cells = append(cells, def.title.In(lang)+": "+testInWords(def, test, lang))
		}
		if len(cells) == 0 {
			cells = []string{sentences.In(lang, "table.any")}
		}
		out[lang] = strings.Join(cells, ", ")
	}
	return out
}

// testInWords writes a cell of a decision table.
func testInWords(def *FactDef, t *scales.Test, lang string) string {
	value := func(v any) string {
		return def.shownShort(&dossier.Fact{Name: def.Name, Value: v, Unit: def.Reads.Unit})(lang)
	}
	var parts []string
	for _, r := range t.Intervals {
		parts = append(parts, intervalInWords(r, func(f float64) string { return value(f) }))
	}
	for _, w := range t.Words {
		switch w {
		case "true", "false":
			parts = append(parts, value(w == "true"))
		default:
			parts = append(parts, value(w))
		}
	}
	return strings.Join(parts, " / ")
}

// intervalInWords writes a range of numbers.
func intervalInWords(r scales.Interval, value func(float64) string) string {
	low, high := "≥ ", "≤ "
	if r.OpenFrom {
		low = "> "
	}
	if r.OpenTo {
		high = "< "
	}
	switch {
	case r.From == r.To:
		return value(r.From)
	case math.IsInf(r.From, -1):
		return high + value(r.To)
	case math.IsInf(r.To, 1):
		return low + value(r.From)
	case !r.OpenFrom && !r.OpenTo:
		from, unit, _ := strings.Cut(value(r.From), " ")
		if to := value(r.To); unit == "" || strings.HasSuffix(to, " "+unit) {
			return from + "–" + to
		}
		return value(r.From) + "–" + value(r.To)
	}
	return low + value(r.From) + ", " + high + value(r.To)
}

// inWords writes sentences of package scales.
func (c *criterion) inWords(lang string, list []scales.Sentence) []string {
	var out []string
	for _, s := range list {
		out = append(out, fill(explained.Text(s.Key), lang, c.inUnits(s.Args)...))
	}
	return out
}

// clue explains one kind of evidence. It says everything that decides whether a passage counts.
func (e *explainer) clue(c *Clue) {
	where := ""
	if c.In != "" {
		where += fill(explained.Text("in"), e.lang, e.words(e.rs.words[c.In]))
	}
	if len(c.From) > 0 {
		var names []string
		for _, role := range c.From {
			names = append(names, e.words(e.rs.roles[role]))
		}
		where += fill(explained.Text("from"), e.lang, strings.Join(names, ", "))
	}
	for _, w := range c.With {
		if t, ok := explained.Lookup(w); ok {
			where += t.In(e.lang)
		} else {
			where += fill(explained.Text("with"), e.lang, e.words(c.with[w]))
		}
	}
	if len(c.near) > 0 {
		var near []string
		for i := range c.near {
			if len(c.near[i].phrases) > 0 {
				near = append(near, e.words(c.near[i].phrases))
			} else {
				near = append(near, explained.In(e.lang, "a-number"))
			}
		}
		where += fill(explained.Text("near"), e.lang, c.reach.inWords(e.lang), strings.Join(near, ", "))
	}
	if len(c.objects) > 0 {
		where += fill(explained.Text("of"), e.lang, e.words(c.objects))
	}
	for _, key := range []string{c.Direction, c.whose()} {
		if key != "" {
			where += explained.In(e.lang, key)
		}
	}
	if len(c.except) > 0 {
		where += fill(explained.Text("except"), e.lang, e.words(c.except))
	}
	what := explained.Text(cmp.Or(c.Distinct, bySentence))
	if c.query != nil {
		e.say("  ", "query", c.Points, what, c.query.String(), where, float64(c.AtMost))
	} else {
		e.say("  ", "clue", c.Points, what, e.words(c.lookedFor(e.lang)), where, float64(c.AtMost))
	}
	if q := c.Query(); e.searches && q != nil {
		e.say("    ", "search", q.String())
	}
}

// whose is whose results count, if that goes without saying neither by the default nor by the places that the clue asks
// for: "by-others", "by-anyone" or "by-own"; "" otherwise.
func (c *Clue) whose() string {
	usual := byOwn
	if c.asksForPlaces() {
		usual = byAnyone
	}
	if c.By == usual {
		return ""
	}
	return "by-" + c.By
}

// asksForPlaces reports whether the sentence of a find must name another place or unit.
func (c *Clue) asksForPlaces() bool {
	return slices.Contains(c.With, withOtherPlace) || slices.Contains(c.With, withOtherUnit)
}

// lookedFor are the words that a clue looks for; any number is among them in the words of a language.
func (c *Clue) lookedFor(lang string) []phrase.Phrase {
	if !c.numbers {
		return c.any
	}
	return append(slices.Clone(c.any), phrase.Phrase{Text: explained.In(lang, "a-number")})
}

// inWords says how near is near.
func (r reach) inWords(lang string) string {
	switch {
	case r.section:
		return explained.In(lang, "one-section")
	case r.scope == query.Sentence:
		return explained.In(lang, "one-sentence")
	case r.scope == query.Page:
		return explained.In(lang, "one-page")
	}
	return fill(explained.Text("within"), lang, float64(r.words))
}

// panel explains how people score a criterion.
func (e *explainer) panel(p *panel) {
	e.say("  ", "panel", float64(p.scorers), explained.Text(p.combine))
	e.scale(&p.scale)
	switch p.standardise {
	case normaliseZ:
		e.say("  ", "standardised", float64(scales.MinMarks))
	case normaliseAll:
		e.say("  ", "standardised-of-all", float64(scales.MinMarks))
	}
	if p.round > 0 {
		e.say("  ", "round-marks", p.round)
	}
	if p.marksAtLeast > 0 {
		e.say("  ", "marks-at-least", p.marksAtLeast)
	}
	if !math.IsInf(p.talk, 1) {
		e.say("  ", "talk", p.talk)
	}
	for _, l := range p.rubric {
		if l.Name != "" {
			e.say("    ", "level-named", l.Name, l.Points, l.Text.In(e.lang, "en"))
			continue
		}
		e.say("    ", "level", l.Points, l.Text.In(e.lang, "en"))
	}
}

// scale explains which marks people give, unless they are points from 0 to the maximum.
func (e *explainer) scale(s *scales.Scale) {
	switch {
	case s.Named != nil:
	case s.Only != nil:
		e.say("  ", "scale-only", numbers(s.Only))
	case s.Step > 0:
		e.say("  ", "scale-step", s.From, s.To, s.Step)
	case s.From != 0 || s.Zero != 0:
		e.say("  ", "scale", s.From, s.To)
	}
	if s.Zero != 0 {
		e.say("  ", "scale-zero", s.Zero)
	}
}

// refutedNames are the ways of saying a thing that do not count, for readers.
var refutedNames = map[string]dossier.Text{
	claim.Negated: {"vi": "câu phủ định", "nb": "det som nektes", "en": "what is negated"},
	claim.Planned: {"vi": "kế hoạch", "nb": "planer", "en": "plans"},
	claim.Wished:  {"vi": "mong muốn và câu hỏi", "nb": "ønsker og spørsmål", "en": "wishes and questions"},
	claim.Quoted:  {"vi": "lời trích", "nb": "sitater", "en": "quotations"},
}

// bases are the files that the ruleset extends.
func (e *explainer) bases() []string {
	var out []string
	for _, f := range slices.Sorted(maps.Keys(e.rs.Files)) {
		if f != e.rs.File {
			out = append(out, f)
		}
	}
	return out
}

// words lists the phrases of the language, or all if there are none in it.
func (e *explainer) words(list []phrase.Phrase) string {
	var own, all []string
	for _, p := range list {
		all = append(all, p.Text)
		if p.Lang != nil && p.Lang.Code == e.lang {
			own = append(own, p.Text)
		}
	}
	if len(own) == 0 {
		own = all
	}
	sort.Strings(own)
	return quoted(own...).In(e.lang)
}

// order names the keys that the list is ordered by.
func (e *explainer) order() []string {
	var out []string
	for _, key := range e.rs.Order {
		name := inWords(strings.TrimPrefix(key, "-")).In(e.lang)
		if def := e.rs.factDef(key); def != nil {
			name = def.title.In(e.lang)
		}
		for _, c := range e.rs.criteria {
			if c.id == key {
				name = c.title.In(e.lang, "en")
			}
		}
		if g := groupAt(e.rs, key); g >= 0 {
			name = e.rs.groups[g].title.In(e.lang, "en")
		}
		if key != "dossier" {
			out = append(out, name)
		}
	}
	return out
}

// Advice says what would have earned a dossier more points on a criterion.
type Advice struct {
	Criterion dossier.Text
	Points    float64      // points that it has
	Max       float64      // points that the criterion can give
	More      dossier.Text // what earns more, as the ruleset has it
}

// Advise lists the criteria on which an assessment of this ruleset has less than the
// maximum, with what would earn more. Scores of a panel are left out: people give reasons
// for them themselves.
func (rs *Ruleset) Advise(a *dossier.Assessment) []Advice {
	facts := countedFacts(a)
	var out []Advice
	for i := range a.Criteria {
		got := &a.Criteria[i]
		if i >= len(rs.criteria) || rs.criteria[i].id != got.ID || got.Points >= got.Max || got.Deducts {
			continue
		}
		c := &rs.criteria[i]
		more := dossier.Text{}
		for _, lang := range texts.Languages {
			more[lang] = moreOf(rs, c, facts, lang)
		}
		if more["en"] != "" {
			out = append(out, Advice{got.Title, got.Points, got.Max, more})
		}
	}
	return out
}

// moreOf is what earns more on a criterion, given the facts that count: the steps above, or what kind of
// evidence. It does not give away the words that are looked for, which a submitter could then copy.
func moreOf(rs *Ruleset, c *criterion, facts map[string]*dossier.Fact, lang string) string {
	var lines []string
	switch {
	case c.measure != nil:
		v, known := 0.0, false
		if f := facts[c.fact.Name]; f != nil {
			v, known = f.Value.(float64)
		}
		more := c.measure.More(v, known)
		if len(more) == 0 {
			return ""
		}
		return c.fact.title.In(lang) + ": " + strings.Join(c.inWords(lang, more), "; ")
	case c.items != nil:
		for i := range c.items {
			for k := range c.items[i].ways {
				w := &c.items[i].ways[k]
				lines = append(lines, fill(explained.Text("item-points"), lang, w.title, w.points))
			}
		}
	case c.table != nil:
		for i := range c.table.Rows {
			lines = append(lines, fill(explained.Text("item-points"), lang, rowInWords(rs, c.table, i),
				c.table.Rows[i].Points))
		}
	}
	for i := range c.clues {
		if line := rs.evidenceOf(&c.clues[i], lang); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// evidenceOf says what kind of evidence a clue asks for, without its words: in which
// papers, and together with what.
func (rs *Ruleset) evidenceOf(c *Clue, lang string) string {
	where := ""
	if len(c.From) > 0 {
		var papers []string
		for _, role := range c.From {
			if list := rs.roles[role]; len(list) > 0 {
				papers = append(papers, paperName(list, lang))
			}
		}
		where += fill(explained.Text("from"), lang, strings.Join(papers, ", "))
	}
	for _, w := range c.With {
		if t, ok := explained.Lookup(w); ok && c.with[w] == nil {
			where += t.In(lang)
		}
	}
	return fill(explained.Text("evidence"), lang, c.Points, where, float64(c.AtMost))
}

// paperName is the name of a kind of paper in a language.
func paperName(list []phrase.Phrase, lang string) string {
	for i := range list {
		if l := list[i].Lang; l != nil && l.Code == lang {
			return list[i].Text
		}
	}
	return list[0].Text
}
