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
	"kheo/rules/lookup"
	"kheo/rules/phrase"
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
	`(?m)^[{, ]*["']?(ruleset|extends|applies_to|criteria|gates|bands|max_points)["']?[ \t]*:(\s|$)`)

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
	factLoader{l, office}.load(m.Get("facts"))
	letLoader{l, map[string]letText{}}.load(m.Get("let"))
	l.gates(m)
	l.criteria(m)
	l.copies(m.Get("copies"))
	rs.borderline = m.Number("borderline")
	l.bands(m.Get("bands"))
	l.quotas(m)
	l.order(m)
	l.examples(m)
	l.unusedWithout(m)
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
		rs.Kind = a.Word("kind", ids(l.env.Kinds)...)
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
			for _, item := range m.List(key) {
				id, _ := item.Map(key).Get("id").Plain()
				found = found || id == s
			}
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

// quotas reads the quotas. Least and Most of one quota are not compared: least only adds a note to the list.
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
			readMost(v, &q)
		}
		if m.Get("most") == nil && m.Get("least") == nil {
			n.Fail("a quota needs most or least", "write { per: unit, most: 3 }")
		}
		l.rs.Quotas = append(l.rs.Quotas, q)
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

// readMost reads the limit of a quota: a number, or a share of those registered. A share must be written with a
// percent sign, so that 0.5 is not mistaken for one.
func readMost(n *strict.Node, q *Quota) {
	text, _ := n.Plain()
	switch f, ok := n.NumberOK("most"); {
	case !ok:
	case strings.HasSuffix(strings.TrimSpace(text), "%") && f > 0 && f <= 1:
		q.MostShare = f
	case f < 1 || f != math.Trunc(f):
		n.Fail("most must be a whole number from 1, or a share of those registered",
			"write most: 3 or most: 20%; leave the quota out if there is no limit")
	default:
		q.Most = int(f)
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

// examplePoints reads the scores of an example, and the points that it must get.
func (l *loader) examplePoints(m *grammar.Map, ex *Example) {
	var ids []string
	for _, c := range l.rs.criteria {
		ids = append(ids, c.id)
	}
	points := func(v *strict.Node, id string) (float64, bool) {
		p := v.Number("the points of " + id)
		at := slices.Index(ids, id)
		if at < 0 { // there are no criteria, which is reported elsewhere
			return 0, false
		}
		if max := l.rs.criteria[at].max; p < 0 || p > max {
			v.Fail(fmt.Sprintf("%s can't get %s points", id, Number(p, "en")),
				"write a number from 0 to "+Number(max, "en"))
			return 0, false
		}
		return p, true
	}
	if scores := m.Get("scores"); scores != nil {
		ex.Scores = map[string][]float64{}
		e := scores.Map("scores", ids...)
		for _, id := range e.Keys {
			for _, v := range e.Get(id).List("scores") {
				if p, ok := points(v, id); ok {
					ex.Scores[id] = append(ex.Scores[id], p)
				}
			}
		}
	}
	if expect := m.Get("expect"); expect != nil {
		e := expect.Map("expect", ids...)
		for _, id := range e.Keys {
			if v := e.Get(id); v != nil {
				if p, ok := points(v, id); ok {
					ex.Expect = append(ex.Expect, Expected{id, p})
				}
			}
		}
	}
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
