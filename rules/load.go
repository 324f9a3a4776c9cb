package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules/award"
	"kheo/rules/condition"
	"kheo/rules/lookup"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// validID is the form of ids.
var validID = regexp.MustCompile(idForm)

// loader reads one ruleset file, and those that it extends.
type loader struct {
	rs      *Ruleset // what has been read
	env     *Env
	open    func(name string) ([]byte, error)
	docs    []*strict.Doc   // of all files, with their problems
	without map[string]bool // gates, criteria and facts of the extended ruleset that do not count
	hash    hash.Hash       // of the ruleset, of those that it extends, and of the tables that it reads

	tableProblems map[lookup.Spec]strict.Problems // mistakes of the tables of the office
}

// maxExtends is how many rulesets may extend one another in a row.
const maxExtends = 5

// Load reads a ruleset, whose file has the name file and the content src. open reads the files that it extends, by
// their paths from the folder that file is relative to; if open is nil, a ruleset must not extend another. If there
// are mistakes, the error is a strict.Problems with all of them, in the order of the files.
func Load(file string, src []byte, env *Env, open func(name string) ([]byte, error)) (*Ruleset, error) {
	rs := &Ruleset{File: file, env: env, Files: map[string]string{}, roles: map[string][]phrase.Phrase{},
		sections: map[string][]phrase.Phrase{}, words: map[string][]phrase.Phrase{}}
	l := &loader{rs: rs, env: env, open: open, without: map[string]bool{}, hash: sha256.New(),
		tableProblems: map[lookup.Spec]strict.Problems{}}
	root := l.parse(file, src, l.hash, 0)
	if root != nil {
		l.ruleset(root)
	}
	var problems strict.Problems
	for _, d := range l.docs {
		problems = append(problems, d.Problems...)
	}
	for _, ps := range l.tableProblems {
		problems = append(problems, ps...)
	}
	if len(problems) > 0 {
		problems.Sort()
		return nil, slices.Compact(problems)
	}
	l.rs.SHA256 = hex.EncodeToString(l.hash.Sum(nil))
	l.rs.compile()
	return l.rs, nil
}

// rulesetLine is a line that only rulesets have.
var rulesetLine = regexp.MustCompile(
	`(?m)^[{, ]*["']?(ruleset|extends|applies_to|criteria|gates|bands|ranks|places|max_points)["']?[ \t]*:(\s|$)`)

// parse reads a file and, under it, the one that it extends; the hash takes in both, the base first. depth
// counts the files above it. Problems found while looking for extends are dropped, because reading the whole
// finds them again. A file without a line of a ruleset is refused before anything of it is quoted: the name may
// be that of a secret file.
func (l *loader) parse(file string, src []byte, h hash.Hash, depth int) *strict.Node {
	doc, root := strict.Parse(file, src)
	if len(src) > 0 && !rulesetLine.Match(src) { // no text of another file may show in a message
		doc.Problems = strict.Problems{{File: file, Line: 1, Col: 1,
			Message: "this is not a ruleset: no line of it begins with a key such as ruleset: or criteria:",
			Cure:    "name a ruleset here; one begins with a line such as ruleset: models"}}
		root = nil
	}
	l.docs = append(l.docs, doc)
	l.rs.Files[file] = string(src)
	if root == nil {
		return nil
	}
	if root.IsMap() {
		if n := root.Map("a ruleset", rulesetGrammar.Names()...).Get("extends"); n != nil {
			doc.Problems = nil // reported again when the whole is read
			base := l.base(file, n, h, depth)
			if base == nil {
				return nil
			}
			root = root.Over(base, joined...)
		}
		doc.Problems = nil
	}
	h.Write(src)
	return root
}

// base reads the file that extends: names. The path is resolved against the folder of the file that names it
// and must stay in the workspace. It returns nil, with a problem reported, if the ruleset cannot be read.
func (l *loader) base(file string, n *strict.Node, h hash.Hash, depth int) *strict.Node {
	name := n.String("extends")
	if name == "" {
		return nil
	}
	full := path.Join(path.Dir(file), name)
	_, twice := l.rs.Files[full]
	switch {
	case l.open == nil || path.IsAbs(name) || strings.HasPrefix(full, ".."):
		n.Fail(fmt.Sprintf("the ruleset %s cannot be extended: it is outside the workspace", name),
			"copy it beside this one")
	case twice:
		n.Fail(fmt.Sprintf("%s extends itself", name), "name another ruleset, or take extends out")
	case depth >= maxExtends:
		n.Fail(fmt.Sprintf("more than %d rulesets extend one another in a row", maxExtends), "join some of them")
	default:
		src, err := l.open(full)
		if err != nil {
			n.Fail(fmt.Sprintf("the ruleset %s that this one extends cannot be read: %v", full, errors.Unwrap(err)),
				"check the name; it is looked for beside this file, beneath rules/")
			return nil
		}
		return l.parse(full, src, h, depth+1)
	}
	return nil
}

// joined are the keys whose values a ruleset joins with those of the one it extends.
var joined = []string{"documents", "words", "tables", "facts", "let", "gates", "criteria", "examples"}

// ruleset reads the whole ruleset. Words and documents come first, then facts, then what names them. The order
// of the steps matters: each looks names up in what those before it have read. Mistakes do not end it, so that
// all of them are reported at once.
func (l *loader) ruleset(root *strict.Node) {
	rs := l.rs
	m := rulesetGrammar.Read(root)
	for _, n := range m.List("without") {
		l.without[n.String("without")] = true
	}
	if n := m.Get("without"); n != nil && m.Get("extends") == nil {
		n.Fail("without takes out what an extended ruleset has, and this one extends none", "take it out")
	}
	l.identity(m)
	rs.MaxPoints = m.Number("max_points")
	l.lists(m.Get("documents"), rs.roles, "documents", "a paper's name")
	l.lists(m.Get("words"), rs.words, "words", "a word list's name")
	for _, lang := range language.All() {
		for _, s := range lang.PlanSections {
			rs.sections[planSection] = append(rs.sections[planSection], phrase.New(s))
		}
	}
	rs.vary = readVary(m.Get("vary"), vary{}, varyGrammar)
	rs.sure = m.Number("sure")
	office := l.officeTables(m.Get("tables"))
	facts := factLoader{l, office}
	facts.history(m.Get("history"))
	facts.load(m.Get("facts"))
	letLoader{l, map[string]letText{}}.load(m.Get("let"))
	l.gates(m)
	l.criteria(m)
	l.copies(m.Get("copies"))
	rs.borderline = m.Number("borderline")
	rs.goal = readGoal(m.Get("review"))
	l.outcomes(m)
	l.quotas(m)
	perUnits(l, m)
	l.rs.counts = countsCriteria(l.rs)
	readOnlyOne(l, m)
	l.order(m)
	l.columns(m)
	l.examples(m)
	l.unusedWithout(m)
}

// readGoal reads how much of the evidence must be right before the list is closed; nil if the ruleset does
// not say.
func readGoal(n *strict.Node) *EvidenceGoal {
	if n == nil {
		return nil
	}
	of := reviewGrammar.Read(n).Get("evidence")
	if of == nil {
		return nil
	}
	m := goalGrammar.Read(of)
	return &EvidenceGoal{Precision: m.Number("precision"), Confidence: m.Number("confidence")}
}

// identity reads what the ruleset is called and which dossiers it is for.
func (l *loader) identity(m *grammar.Map) {
	rs := l.rs
	rs.ID = l.id(m.Get("ruleset"), "ruleset")
	if rs.ID == UnplacedID {
		message := fmt.Sprintf("%q is the name of the list of dossiers that no ruleset applies to", UnplacedID)
		m.Get("ruleset").Fail(message, "choose another name")
	}
	rs.Version = m.Text("version")
	rs.Title = l.text(m.Get("title"), "title")
	if n := m.Get("applies_to"); n != nil {
		a := appliesToGrammar.Read(n)
		if at := a.Get("kind"); at != nil && len(l.env.Kinds) == 0 {
			kind := at.String("kind")
			at.Fail(fmt.Sprintf("kheo.yaml has no kinds, and this ruleset is for the kind %q", kind),
				"add  kinds: [ { id: "+kind+", headings: [ … ] } ]  to kheo.yaml, with the headings of its papers")
		} else {
			rs.Kind = a.Word("kind", ids(l.env.Kinds)...)
		}
		rs.Level = a.Word("level", ids(l.env.Levels)...)
	}
}

// lists reads named word lists: documents and words.
func (l *loader) lists(n *strict.Node, into map[string][]phrase.Phrase, what, called string) {
	if n == nil {
		return
	}
	m := n.Map(what)
	for _, name := range m.Keys {
		l.checkID(m.Key(name), name, called)
		into[name] = l.phrases(m.Get(name), what+" "+name)
	}
}

// copies reads what copies of other dossiers' text lead to. A share of 0 counts as one that is not written.
// Without copies: in the ruleset, a copy is flagged from the default share on and costs nothing.
func (l *loader) copies(n *strict.Node) {
	above, flagAbove := copiesGrammar.Default("above"), copiesGrammar.Default("flag_above")
	l.rs.copies = copies{above: above, flagAbove: flagAbove}
	if n != nil {
		m := copiesGrammar.Read(n)
		l.rs.copies = copies{above: cmp.Or(m.Number("above"), above), costs: m.Number("costs"),
			flagAbove: cmp.Or(m.Number("flag_above"), flagAbove)}
	}
}

// unusedWithout reports names under without: that the extended ruleset does not have.
func (l *loader) unusedWithout(m *grammar.Map) {
	for _, n := range m.List("without") {
		s := n.String("without")
		found := false
		for _, key := range []string{"gates", "criteria"} {
			found = found || hasID(m.List(key), s, 0)
		}
		for _, key := range []string{"facts", "let"} {
			if f := m.Get(key); f != nil && f.IsMap() {
				found = found || f.Map(key).Get(s) != nil
			}
		}
		if !found {
			n.Fail(fmt.Sprintf("without names %q, which the extended ruleset does not have", s),
				"check the name of the gate, criterion or fact")
		}
	}
}

// hasID reports whether one of some gates or criteria, or of the criteria in groups among them, has an id.
func hasID(list []*strict.Node, id string, depth int) bool {
	return slices.ContainsFunc(list, func(n *strict.Node) bool {
		m := n.Map("an entry")
		if g := m.Get(groupKey); g != nil && g.IsMap() && depth <= maxGroups {
			m = g.Map("a group")
			if criteria := m.Get("criteria"); criteria != nil && hasID(criteria.List("criteria"), id,
				depth+1) {
				return true
			}
		}
		have, _ := m.Get("id").Plain()
		return have == id
	})
}

// id reads an id, which messages call what; "" if n is nil.
func (l *loader) id(n *strict.Node, what string) string {
	if n == nil {
		return ""
	}
	s := n.String(what)
	l.checkID(n, s, what)
	return s
}

// checkID reports an id that does not have the form of ids.
func (l *loader) checkID(n *strict.Node, s, what string) {
	if s != "" && !validID.MatchString(s) {
		n.Fail(fmt.Sprintf("%s %q must be small letters a–z, digits, - or _", what, s),
			"write it like registered-in-time")
	}
}

// ids are the ids of levels, fields or kinds.
func ids(list []Named) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = n.ID
	}
	return out
}

// text reads a title or reason: one text for all languages, or one per language. It returns nil if n is nil;
// that a text is required is reported by the grammar.
func (l *loader) text(n *strict.Node, what string) dossier.Text {
	if n == nil {
		return nil
	}
	if !n.IsMap() {
		return sameText(n.String(what))
	}
	m := n.Map(what, language.Codes()...)
	out := dossier.Text{}
	for _, k := range m.Keys {
		out[k] = m.Get(k).String(what)
	}
	return out
}

// Label is what forms of a language print for something; Lang may be "".
type Label struct{ Lang, Text string }

// phrases reads a word list: a list, lists per language, or words.NAME. A word list must be defined above the
// one that uses it. A phrase of no language matches in texts of every language.
func (l *loader) phrases(n *strict.Node, what string) []phrase.Phrase {
	var out []phrase.Phrase
	add := func(v *strict.Node, lang string) {
		s := v.String(what)
		if name, ok := strings.CutPrefix(s, "words."); ok {
			list, known := l.rs.words[name]
			if !known {
				v.Fail(fmt.Sprintf("there is no word list %q", name), l.nearestWords(name))
			}
			out = append(out, list...)
			return
		}
		ph := phrase.New(s)
		if len(ph.Words) == 0 && s != "" {
			v.Fail(fmt.Sprintf("%q has no word", s), "write words, such as taken over by")
			return
		}
		ph.Lang = language.Get(lang)
		out = append(out, ph)
	}
	if n == nil {
		return nil
	}
	if n.IsMap() {
		m := n.Map(what, language.Codes()...)
		for _, k := range m.Keys {
			for _, v := range m.Get(k).List(what) {
				add(v, k)
			}
		}
		return out
	}
	for _, v := range n.List(what) {
		add(v, "")
	}
	return out
}

// nearestWords is a cure that lists the word lists of the ruleset.
func (l *loader) nearestWords(name string) string {
	return nearest(name, slices.Sorted(maps.Keys(l.rs.words)), "word lists are")
}

// nearest is a cure that lists known words, with the one nearest to a mistyped one first.
func nearest(word string, known []string, are string) string {
	cure := are + ": " + strings.Join(known, ", ")
	if len(known) == 0 {
		cure = "none is defined"
	}
	if near := strict.Nearest(word, known); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	return cure
}

// LoadAll checks what only several rulesets together can get wrong: that two have one name, or apply to the
// same dossiers. The places of the problems are the starts of the files. A level that is not named covers all
// levels of the kind.
func LoadAll(sets []*Ruleset) strict.Problems {
	var out strict.Problems
	for i, a := range sets {
		for _, b := range sets[:i] {
			if a.ID == b.ID {
				out = append(out, strict.Problem{File: a.File, Line: 1, Col: 1,
					Message: fmt.Sprintf("the ruleset %q is also defined in %s", a.ID, b.File),
					Cure:    "give each its own name"})
			} else if a.Kind == b.Kind && (a.Level == b.Level || a.Level == "" || b.Level == "") {
				out = append(out, strict.Problem{File: a.File, Line: 1, Col: 1,
					Message: fmt.Sprintf("applies to the same dossiers as %s in %s", b.ID, b.File),
					Cure:    "change applies_to of one of them: a dossier has one ruleset"})
			}
		}
	}
	return out
}

// readOnlyOne reads of which facts only one dossier counts.
func readOnlyOne(l *loader, root *grammar.Map) {
	var known []string
	for i := range l.rs.facts {
		if f := &l.rs.facts[i]; f.Reads.Type != value.Paper && !f.unnamed {
			known = append(known, f.Name)
		}
	}
	for _, n := range root.List("only_one") {
		m := onlyOneGrammar.Read(n)
		o := OnlyOne{Keep: m.Word("keep"), Outcome: dossier.Outcome(m.Word("outcome")),
			Otherwise: l.text(m.Get("otherwise"), "otherwise")}
		if of := m.Get("of"); of != nil {
			o.Of = of.OneOf("of", known...)
		}
		switch by := m.Get("by"); {
		case by != nil && o.Keep == KeepBest:
			by.Fail("the order of the list says which dossier is best", "take by out, or write keep: latest")
		case by != nil:
			o.By = by.OneOf("by", known...)
		case o.Keep != KeepBest:
			n.Fail("keep: "+o.Keep+" needs by", "name the fact that says which is "+o.Keep+", such as by: submitted")
		}
		l.rs.OnlyOne = append(l.rs.OnlyOne, o)
	}
	if n := root.Get("vary"); n != nil && len(l.rs.OnlyOne) > 0 {
		n.Fail("only_one and vary cannot be combined", "take vary out")
	}
}

// quotas reads the quotas, which come behind ranks, places and the budget.
func (l *loader) quotas(root *grammar.Map) {
	for _, n := range root.List("quotas") {
		m := quotaGrammar.Read(n)
		q := Quota{Per: m.Word("per"), Least: int(m.Number("least"))}
		if of := m.Get("of"); of != nil {
			if q.Per == "all" {
				of.Fail("a quota of the whole list is of nothing narrower", "take of out, or write per: field")
			} else {
				q.Of = of.OneOf("of", l.quotaGroups(q.Per)...)
			}
		}
		if v := m.Get("most"); v != nil {
			l := award.ReadLimit(v, m.Map)
			q.Most, q.MostShare, q.Eligible, q.Round = l.Most, l.Share, l.Eligible, l.Round
		}
		if v := m.Get("ties"); v != nil {
			q.Ties = award.Ties(m.Word("ties"))
		}
		rankOf(l.rs, m, &q)
		fillOf(l, m, &q)
		if m.Get("most") == nil && m.Get("least") == nil {
			n.Fail("a quota needs most or least", "write { per: unit, most: 3 }")
		}
		l.rs.Quotas = append(l.rs.Quotas, q)
	}
}

// needUnits reports something that goes by the units of the campaign if it has none.
func needUnits(l *loader, n *strict.Node, what, otherwise string) {
	if len(l.env.Units) == 0 {
		n.Fail(what+", and kheo.yaml lists no units",
			"list them there, as in  units: [ { id: north, name: North commune } ],  or "+otherwise)
	}
}

// perUnits reports ranks, places, a budget and quotas per unit, or per kind of unit, of a campaign that has none: all
// dossiers would share one.
func perUnits(l *loader, root *grammar.Map) {
	hasKind := func(u Unit) bool { return u.Kind != "" }
	var all []*strict.Node
	for _, key := range []string{"ranks", "places", "quotas", "budget"} {
		if n := root.Get(key); n != nil {
			all = append(all, n.List(key)...)
		}
	}
	for _, n := range all {
		if !n.IsMap() {
			continue
		}
		per := n.Map("an entry").Get("per")
		switch by, _ := per.Plain(); {
		case by != "unit" && by != "unit_kind":
		case len(l.env.Units) == 0:
			needUnits(l, per, "this is per "+strings.ReplaceAll(by, "_", " "), "write  per: all, field, level or kind")
		case by == "unit_kind" && !slices.ContainsFunc(l.env.Units, hasKind):
			per.Fail("this is per kind of unit, and no unit of kheo.yaml has a kind",
				"give each its kind, as in  { id: north, name: North, kind: commune },  or write  per: unit")
		}
	}
}

// quotaGroups are the units, fields, levels or kinds that a quota may be of.
func (l *loader) quotaGroups(per string) []string {
	switch per {
	case "field":
		return ids(l.env.Fields)
	case "level":
		return ids(l.env.Levels)
	case "kind":
		return ids(l.env.Kinds)
	}
	var out []string
	for _, u := range l.env.Units {
		switch per {
		case "unit":
			out = append(out, u.ID)
		case "unit_kind":
			out = append(out, u.Kind)
		}
	}
	return out
}

// rankOf reads the rank or place that a quota is about.
func rankOf(rs *Ruleset, m *grammar.Map, q *Quota) {
	n := m.Get("rank")
	if n == nil {
		return
	}
	var known []string
	for i := range rs.Awards {
		known = append(known, rs.Awards[i].ID)
	}
	q.Rank = n.String("rank")
	if !slices.Contains(known, q.Rank) {
		n.Fail(fmt.Sprintf("the quota is of %q, which is not a rank or place", q.Rank),
			nearest(q.Rank, known, "there are"))
	}
}

// fillOf reads what fills a quota from below, and how many of those that it cuts are on reserve.
func fillOf(l *loader, m *grammar.Map, q *Quota) {
	if n := m.Get("fill"); n != nil {
		q.Fill = condition.Compile(n, n.String("fill"), bandScope(l, "fill of a quota"))
		q.FillID = fmt.Sprintf("fill %d", len(l.rs.Quotas)+1)
		l.rs.asked = append(l.rs.asked, award.Award{ID: q.FillID, Outcome: dossier.Recommended, Require: q.Fill})
		switch {
		case l.rs.Awards != nil && q.Rank == "":
			n.Fail("nothing says which rank or place those that fill this quota get", "add  rank: with the id of one")
		case len(l.rs.asked) > award.MaxEach:
			n.Fail(fmt.Sprintf("there are %d ranks and quotas with fill, and at most %d can be given", len(l.rs.asked),
				award.MaxEach), "join some of them")
		}
	}
	if most := q.Limit(); q.Least > 0 && most.Share == 0 && most.Most > 0 && q.Least > most.Most {
		m.Get("least").Fail(fmt.Sprintf("the quota asks for at least %d and for at most %d", q.Least, most.Most),
			"write a least that is not above most")
	}
	for key, with := range map[string]string{"fill": "least", "reserve": "most"} {
		if n := m.Get(key); n != nil && m.Get(with) == nil {
			n.Fail(fmt.Sprintf("%s needs %s", key, with), fmt.Sprintf("add  %s: 3,  or take %s out", with, key))
		}
	}
	if n := m.Get("reserve"); n != nil {
		q.Reserve = int(m.Number("reserve"))
		if l.rs.Awards != nil || l.rs.Budget != nil {
			n.Fail("a quota beside ranks, places or a budget has no reserve list",
				"write a last rank with  outcome: not-recommended  and most:, or reserve: of the budget")
		}
	}
}

// columns reads the facts that lists show, and reports quotas that cannot be combined.
func (l *loader) columns(root *grammar.Map) {
	var known []string
	for i := range l.rs.facts {
		if !l.rs.facts[i].unnamed {
			known = append(known, l.rs.facts[i].Name)
		}
	}
	for _, n := range root.List("columns") {
		s := n.String("columns")
		if !slices.Contains(known, s) {
			n.Fail(fmt.Sprintf("columns names %q, which is not a fact", s), nearest(s, known, "it may be"))
			continue
		}
		l.rs.Columns = append(l.rs.Columns, s)
	}
	byOrder := func(q Quota) bool { return q.Ties == award.ByOrder }
	if l.rs.Awards == nil && slices.ContainsFunc(l.rs.Quotas, byOrder) {
		for i, n := range root.List("quotas") {
			if !byOrder(l.rs.Quotas[i]) && !l.rs.Quotas[i].Limit().None() {
				n.Fail("one quota decides ties by order and this one does not",
					"write ties: order for all quotas, or for none")
			}
		}
	}
}

// examples reads the examples of a ruleset. They are read last, because they name criteria and facts. An
// example without a name gets its number, counted from 1.
func (l *loader) examples(root *grammar.Map) {
	for i, node := range root.List("examples") {
		m := exampleGrammar.Read(node)
		ex := Example{Name: fmt.Sprint("example ", i+1), File: l.rs.File}
		ex.Line, _ = node.Pos()
		if m.Get("name") != nil {
			ex.Name = m.Text("name")
		}
		ex.Text = norm.NFC.String(m.Text("text"))
		if m.Get("expect") == nil && m.Get("facts") == nil && m.Get("flags") == nil {
			node.Fail("an example says nothing of what it must get",
				"add  expect: { spread: 0 },  facts: { households: 120 }  or  flags: [ contradiction ]")
			continue
		}
		l.examplePoints(m, &ex)
		l.exampleFacts(m, &ex)
		l.rs.Examples = append(l.rs.Examples, ex)
	}
}

// examplePoints reads the scores of an example, and the points that it must get: of criteria, of groups, and
// in all.
func (l *loader) examplePoints(m *grammar.Map, ex *Example) {
	rs := l.rs
	if len(rs.criteria) == 0 { // which is reported elsewhere
		return
	}
	if scores := m.Get("scores"); scores != nil {
		ex.Scores = map[string][]float64{}
		var ids []string
		for _, c := range rs.PanelCriteria() {
			ids = append(ids, c.ID)
		}
		e := scores.Map("scores", ids...)
		for _, id := range e.Keys {
			if c := criterionAt(rs, id); c >= 0 && rs.criteria[c].panel != nil {
				ex.Scores[id] = l.exampleMarks(e.Get(id), &rs.criteria[c])
			}
		}
	}
	if expect := m.Get("expect"); expect != nil {
		known := append(scoredIDs(rs), "total")
		e := expect.Map("expect", known...)
		for _, id := range e.Keys {
			if v := e.Get(id); v != nil {
				l.exampleExpects(v, id, ex)
			}
		}
	}
}

// exampleMarks reads the marks that an example has on a criterion.
func (l *loader) exampleMarks(n *strict.Node, c *criterion) (out []float64) {
	for _, v := range n.List("scores") {
		text := v.String("a score")
		mark, ok := c.panel.scale.Parse(text)
		if !ok {
			v.Fail(fmt.Sprintf("%s can't get %s points", c.id, text),
				"write one of "+c.panel.scale.Range(func(f float64) string { return Number(f, "en") }))
			continue
		}
		out = append(out, mark)
	}
	return out
}

// exampleExpects reads the points that an example must get on a criterion or group, or in all.
func (l *loader) exampleExpects(v *strict.Node, id string, ex *Example) {
	p := v.Number("the points of " + id)
	low, high := math.Inf(-1), math.Inf(1)
	if c := criterionAt(l.rs, id); c >= 0 {
		low, high = l.rs.criteria[c].ends()
	} else if g := groupAt(l.rs, id); g >= 0 {
		low, high = 0, l.rs.groups[g].max
	}
	if p < low || p > high {
		if low == high {
			return // its maximum has a mistake of its own
		}
		v.Fail(fmt.Sprintf("%s can't get %s points", id, Number(p, "en")),
			"write a number from "+Number(low, "en")+" to "+Number(high, "en"))
		return
	}
	ex.Expect = append(ex.Expect, Expected{id, p})
}

// exampleFacts reads the facts and flags that an example must have.
func (l *loader) exampleFacts(m *grammar.Map, ex *Example) {
	if facts := m.Get("facts"); facts != nil {
		var names []string
		for _, f := range l.rs.facts {
			names = append(names, f.Name)
		}
		e := facts.Map("facts", names...)
		for _, name := range e.Keys {
			want := ExpectedFact{Fact: name}
			if v := e.Get(name); v != nil {
				want.Value = v.Scalar("the fact " + name)
				if ids := l.rs.factDef(name).optionIDs(); ids != nil {
					want.Value = v.OneOf("the fact "+name, ids...)
				}
			}
			ex.Facts = append(ex.Facts, want)
		}
	}
	ex.flags = m.Get("flags") != nil
	for _, v := range m.List("flags") {
		ex.Flags = append(ex.Flags, v.OneOf("a flag", dossier.FlagCodes...))
	}
}
