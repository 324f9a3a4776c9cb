package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules/condition"
	"kheo/rules/exchange"
	"kheo/rules/factreader"
	"kheo/rules/history"
	"kheo/rules/lookup"
	"kheo/rules/number"
	"kheo/rules/table"
	"kheo/rules/value"
)

// traitNames are parts of a fact's name that name a trait of a person whatever is beside
// them, as in nominee_age. Other words for traits need to be the whole name:
// health_stations is not a trait.
var traitNames = []string{"age", "sex", "gender", "ethnicity", "religion", "alder", "kjonn", "etnisitet"}

// noTraits is the cure of a rule that reads a trait of a person.
const noTraits = "take it out: kheo assesses what was done, and no rule may read ethnicity, religion, sex, age, " +
	"health or opinion"

// traitOf returns which trait of people a name such as main_religion or leader_age names,
// or "".
func traitOf(name string) string {
	if kind := language.Trait(strings.ReplaceAll(name, "_", " ")); kind != "" {
		return kind
	}
	for _, part := range strings.Split(name, "_") {
		if slices.Contains(traitNames, part) {
			return language.Trait(cmp.Or(map[string]string{"kjonn": "kjønn"}[part], part))
		}
	}
	return ""
}

// refuseTrait refuses a fact that reads a trait of a person, by its name, its
// labels or the sentences that it is read from.
func refuseTrait(node *strict.Node, def *FactDef) {
	asked := []string{}
	if traitOf(def.Name) != "" {
		asked = append(asked, def.Name)
	}
	for _, p := range def.Labels {
		asked = append(asked, p.Text)
	}
	for _, t := range def.Say {
		asked = append(asked, strings.ReplaceAll(t.Text, "{}", " "))
	}
	for _, s := range asked {
		if kind := cmp.Or(language.Trait(s), traitOf(s)); kind != "" {
			what := strings.TrimSpace(s)
			node.Fail(fmt.Sprintf("the fact %s reads a trait of a person: %s (%q)", def.Name, kind, what),
				noTraits+". Work for such groups is a field of work, and fine")
			return
		}
	}
}

// validFactName is the form of a fact's name.
var validFactName = regexp.MustCompile(factForm)

// factLoader reads the facts of a ruleset that are found in papers, files and tables of the office.
type factLoader struct {
	*loader
	office officeTables
}

// load reads the facts. Papers that facts describe by looks_like are read first, because
// facts before them may trust them.
func (l factLoader) load(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("facts")
	for _, name := range m.Keys {
		if node := m.Get(name); node != nil && node.IsMap() {
			if look := node.Map("the fact " + name).Get("looks_like"); look != nil && l.rs.roles[name] == nil {
				l.rs.roles[name] = l.phrases(look, "looks_like")
			}
		}
	}
	for _, name := range m.Keys {
		if !l.without[name] && l.mayBeNamed(m, name) {
			l.rs.facts = append(l.rs.facts, l.fact(m.Get(name), name))
		}
	}
}

// history reads where earlier recognitions are found. What distinguishes nominees becomes facts that nothing else may
// name: how old someone is must not decide anything.
func (l factLoader) history(n *strict.Node) {
	if n == nil {
		return
	}
	m := history.Grammar.Read(n)
	h := &history.Rules{Key: lookup.ByNominee}
	l.rs.history = h
	if m.Get("table") == nil && m.Get("lists") == nil {
		n.Fail("history says neither a table nor closed lists",
			"add  table: recognitions  (a name under tables) or  lists: all")
	}
	for _, v := range m.List("lists") {
		h.Lists = append(h.Lists, v.String("lists"))
	}
	for _, fact := range []string{history.BornFact, history.IDFact} {
		key := strings.TrimPrefix(fact, "identity.")
		if v := m.Get(key); v != nil {
			def := FactDef{Name: fact, unnamed: true, sure: l.rs.sure, Fact: factreader.Fact{Labels: l.phrases(v, key),
				Reads: value.Reader{Type: value.Words, UnitNamed: l.env.unitNamed}}}
			for i := range def.Labels {
				def.Labels[i].Label = true
			}
			l.rs.facts = append(l.rs.facts, def)
			h.People = true
		}
	}
	l.historyTable(m, h)
}

// historyTable reads the table of recognitions.
func (l factLoader) historyTable(m *grammar.Map, h *history.Rules) {
	at, columns := m.Get("table"), m.Get("columns")
	switch {
	case at == nil && columns != nil:
		columns.Fail("columns are of a table, and history names none", "add  table: recognitions,  a name under tables")
	case at != nil && columns == nil:
		at.Fail("nothing says which columns the table has",
			"add  columns: { year: Year, award: Award, born: Born, unit: Unit }")
	}
	if at == nil || columns == nil {
		return
	}
	meant, ok := l.office.meant(at)
	if !ok {
		return
	}
	if h.Key = meant.Key; h.Key != lookup.ByNominee && h.Key != lookup.ByTitle {
		at.Fail(fmt.Sprintf("the rows of the table are found by %s, and history needs names", h.Key),
			"write  key: nominee  or  key: title  for this table")
		return
	}
	meant.Repeats = true
	t := l.office.table(at, meant)
	if h.File = meant.File; t == nil {
		return
	}
	unit := func(c lookup.Cell) (string, bool) {
		id := l.env.unitNamedInFull(c.Text)
		return id, id != ""
	}
	if header, cure := h.Read(t, history.ReadColumns(m), unit); header != "" {
		columns.Fail(fmt.Sprintf("the table %s has no column %q", h.File, header), cure)
	}
	l.tableProblems[meant.Spec] = t.Problems()
}

// past reads which recognitions a fact counts, and of its type what it says of them.
func (l factLoader) past(node *strict.Node, f *grammar.Map, def *FactDef) {
	h := l.rs.history
	if h == nil {
		f.Get("from").Fail("nothing says where earlier recognitions are found",
			"add  history: { lists: all }  or with a table")
		return
	}
	def.past = &history.Want{}
	if t := def.Reads.Type; t != value.Count && t != value.Number && t != value.Year && t != value.YesNo {
		f.Get("type").Fail(fmt.Sprintf("a fact from history has no type %s", t),
			"write  type: count  for how many, type: year for the last, or type: yesno for whether there is any")
	}
	for _, v := range f.List("awards") {
		title := v.String("awards")
		if def.past.Awards = append(def.past.Awards, title); len(h.Lists) == 0 && h.File != "" && !h.HasAward(title) {
			v.Fail(fmt.Sprintf("no row of the table %s has the award %q", h.File, title), h.Nearest(title))
		}
	}
	if years, ok := f.NumberOK("within"); ok {
		first, _ := l.env.years()
		if first == 0 {
			f.Get("within").Fail("within counts from the year in which the campaign opens, which kheo.yaml does not say",
				"add  opens:  to kheo.yaml")
		}
		def.past.Since = first - int(years)
	}
}

// officeTables are the tables of the office that facts may name.
type officeTables struct {
	*loader
	named map[string]officeTable
	read  map[lookup.Spec]*lookup.Table // nil for those that cannot be read
}

// officeTables reads which tables the campaign and the ruleset name. The files of the ruleset's are beside
// it.
func (l *loader) officeTables(n *strict.Node) officeTables {
	out := officeTables{loader: l, named: map[string]officeTable{}, read: map[lookup.Spec]*lookup.Table{}}
	for name, spec := range l.env.Tables {
		out.named[name] = officeTable{spec, l.env.OpenTable}
	}
	if n == nil {
		return out
	}
	m := n.Map("tables")
	for _, name := range m.Keys {
		l.checkID(m.Key(name), name, "a table's name")
		if v := m.Get(name); v != nil {
			out.named[name] = officeTable{ReadTable(v, path.Dir(v.File())), l.open}
		} else {
			m.Key(name).Fail(fmt.Sprintf("the table %s has no file", name),
				"write { file: punctuality.csv, key: unit }")
		}
	}
	return out
}

// officeTable is a table of the office that facts may name.
type officeTable struct {
	lookup.Spec
	open func(name string) ([]byte, error) // nil if its ruleset must not read files
}

// ReadTable reads an entry of tables, whose file is in folder; the file is "" if its name is wrong.
func ReadTable(n *strict.Node, folder string) lookup.Spec {
	m := TableGrammar.Read(n)
	spec := lookup.Spec{Key: m.Word("key"), Column: m.Text("column"), Sheet: m.Text("sheet")}
	if f := m.Get("file"); f != nil {
		name := f.String("file")
		lower := strings.ToLower(name)
		if name != "" && !strings.HasSuffix(lower, ".csv") && !strings.HasSuffix(lower, ".xlsx") {
			f.Fail(fmt.Sprintf("the table %q is neither a .csv nor an .xlsx file", name),
				"save it as one of these")
		} else if path.IsAbs(name) || strings.HasPrefix(path.Clean(name), "..") {
			f.Fail(fmt.Sprintf("the table %q is outside the folder of the ruleset", name), "copy it there")
		} else if name != "" {
			spec.File = path.Join(folder, name)
		}
	}
	return spec
}

// column reads the column of a table of the office in which a fact is. Each table is read once.
func (l officeTables) column(f *grammar.Map, def *FactDef) {
	at, column := f.Get("table"), f.Get("value")
	if at == nil {
		f.Need("table", "a fact from a table", tableKey.Example)
	}
	if column == nil {
		f.Need("value", "a fact from a table", valueKey.Example)
	}
	if at == nil || column == nil {
		return
	}
	meant, ok := l.meant(at)
	if !ok {
		return
	}
	spec := meant.Spec
	table := l.table(at, meant)
	if table == nil {
		return
	}
	rows, cure, ok := table.Values(column.String("value"))
	if !ok {
		column.Fail(fmt.Sprintf("the table %s has no column %q", spec.File, column.String("value")), cure)
		return
	}
	def.office = &officeColumn{file: spec.File, key: spec.Key, column: column.String("value"),
		rows: map[string]officeRow{}}
	for _, row := range rows {
		key, known := l.keyOf(table, row.Key)
		if v, ok := l.valueOf(def, table, row.Value); ok && known {
			def.office.rows[key] = officeRow{v, row.Key.Line, row.Quote}
		}
	}
	l.tableProblems[spec] = table.Problems()
}

// meant is the table with the name that a fact or history gives; ok is false, with the mistake reported, if there is
// none.
func (l officeTables) meant(at *strict.Node) (t officeTable, ok bool) {
	name := at.String("table")
	if t, ok = l.named[name]; !ok {
		at.Fail(fmt.Sprintf("there is no table %q", name),
			nearest(name, slices.Sorted(maps.Keys(l.named)), "define it under tables:; tables are"))
	}
	return t, ok
}

// table reads a table of the office, and takes its bytes into the hash of the ruleset. It returns nil, with
// its mistakes reported, if it cannot be read.
func (l officeTables) table(at *strict.Node, meant officeTable) *lookup.Table {
	spec := meant.Spec
	if t, read := l.read[spec]; read || spec.File == "" {
		return t
	}
	l.read[spec] = nil
	if spec.Key == lookup.ByUnit {
		needUnits(l.loader, at, fmt.Sprintf("the table %s finds its rows by the unit", spec.File),
			"write  key: nominee, title or dossier")
	}
	if meant.open == nil {
		at.Fail(fmt.Sprintf("the table %s cannot be read: it is outside the workspace", spec.File),
			"copy it beside the ruleset")
		return nil
	}
	data, err := meant.open(spec.File)
	if err != nil {
		at.Fail(fmt.Sprintf("the table %s cannot be read: %v", spec.File, errors.Unwrap(err)),
			"check the name; it is looked for beside the ruleset, beneath rules/")
		return nil
	}
	fmt.Fprintf(l.hash, "\n%q %d\n", spec.File, len(data))
	l.hash.Write(data)
	t, problems := lookup.Read(spec, data)
	l.tableProblems[spec] = problems
	l.read[spec] = t
	if t != nil {
		l.noteUnknownUnits(t)
	}
	return t
}

// noteUnknownUnits notes rows of units that the campaign does not have. They are no mistakes, because one
// table may serve several campaigns.
func (l officeTables) noteUnknownUnits(t *lookup.Table) {
	if t.Key != lookup.ByUnit {
		return
	}
	var names []string
	for _, u := range l.env.Units {
		names = append(names, u.Name)
	}
	for _, c := range t.RowKeys() {
		if _, known := l.keyOf(t, c); !known {
			cure := "if it is one of the campaign's, write its id or name as in kheo.yaml"
			if near := strict.Nearest(c.Text, names); near != "" {
				cure = fmt.Sprintf("did you mean %q? ", near) + cure
			}
			l.rs.Notes = append(l.rs.Notes, strict.Problem{File: t.File, Line: c.Line, Col: c.Col,
				Message: fmt.Sprintf("the campaign has no unit %q; this row counts for nobody",
					c.Text), Cure: cure})
		}
	}
}

// keyOf is the key under which a row is found; known is false if it names a unit that the campaign does not
// have. Units are named by their id or name, in full.
func (l officeTables) keyOf(t *lookup.Table, c lookup.Cell) (key string, known bool) {
	key = lookup.Same(c.Text)
	if t.Key != lookup.ByUnit {
		return key, true
	}
	id := l.env.unitNamedInFull(c.Text)
	return lookup.Same(id), id != ""
}

// valueOf reads a cell as a value of the fact; ok is false if it is empty, or if it has a mistake, which
// is reported.
func (l officeTables) valueOf(def *FactDef, t *lookup.Table, c lookup.Cell) (v any, ok bool) {
	if c.Empty() {
		return nil, false
	}
	wrong := c.Check()
	if wrong == nil {
		v, wrong = def.cellValue(c)
	}
	if wrong != nil {
		t.Fail(c, *wrong)
		return nil, false
	}
	return v, true
}

// cellValue is the value of the fact that a cell of a table states.
func (def *FactDef) cellValue(c lookup.Cell) (any, *lookup.Mistake) {
	number := func(f float64, wrong *lookup.Mistake) (any, *lookup.Mistake) { return f, wrong }
	text := func(s string, wrong *lookup.Mistake) (any, *lookup.Mistake) { return s, wrong }
	switch t := def.Reads.Type; t {
	case value.Percent:
		return number(c.Percent())
	case value.Count, value.Money, value.Number, value.Names:
		return number(c.Number())
	case value.Year:
		f, wrong := c.Number()
		if wrong == nil && !fitsManifest(f, value.Year) {
			wrong = &lookup.Mistake{Message: fmt.Sprintf("%q is not a year", c.Text),
				Cure: "write it with four digits"}
		}
		return f, wrong
	case value.Date, value.Month:
		return text(c.Date(t == value.Month))
	case value.YesNo:
		yes, wrong := c.YesNo()
		return yes, wrong
	case value.Choice:
		if id := def.optionOf(c.Text); id != nil {
			return id, nil
		}
		return nil, &lookup.Mistake{Message: fmt.Sprintf("%q is not an option of the fact %s", c.Text,
			def.Name),
			Cure: nearest(c.Text, def.optionIDs(), "options are")}
	case value.OfUnit:
		if id := def.Reads.UnitNamed(c.Text); id != "" {
			return id, nil
		}
		return nil, &lookup.Mistake{Message: fmt.Sprintf("the campaign has no unit %q", c.Text),
			Cure: "write its id or name"}
	}
	return c.Text, nil
}

// mayBeNamed reports whether a fact can be read under its name, and reports the mistake to
// the document if it cannot.
func (l factLoader) mayBeNamed(m *strict.Map, name string) bool {
	switch {
	case !validFactName.MatchString(name):
		m.Key(name).Fail(fmt.Sprintf("a fact's name %q must be small letters, digits and _", name),
			"write it like agreement_percent")
	case slices.Contains(bandNames, name) || name == "campaign" || name == "unit":
		m.Key(name).Fail(fmt.Sprintf("%q means something else in conditions", name), "choose another name")
	case m.Get(name) == nil:
		m.Key(name).Fail(fmt.Sprintf("the fact %s has no type", name),
			"write { type: count, … }; types are: "+strings.Join(value.Types, ", "))
	default:
		return true
	}
	return false
}

// fact reads one fact.
func (l factLoader) fact(node *strict.Node, name string) FactDef {
	f := factGrammar.ReadAs(node, "the fact "+name)
	def := FactDef{Name: name, Fact: factreader.Fact{Opens: l.env.firstYear()}, sure: l.rs.sure,
		exchange: l.env.Exchange}
	if own, ok := f.NumberOK("sure"); ok {
		def.sure = own
	}
	def.Reads = value.Reader{Type: value.Type(f.Word("type")), UnitNamed: l.env.unitNamed}
	def.called = l.text(f.Get("title"), "title")
	if def.Reads.Type == value.OfUnit {
		needUnits(l.loader, node, fmt.Sprintf("the fact %s is a unit of the campaign", name), "write  type: text")
	}
	l.unit(node, f, &def)
	l.options(node, f, &def)
	l.file(node, f, &def)
	l.keysOfWay(f, &def)
	l.column(f, &def)
	switch def.from = f.Word("from"); def.from {
	case fromTable:
		l.office.column(f, &def)
	case fromPerson:
		def.person = true
	case fromHistory:
		l.past(node, f, &def)
	}
	l.refuseBeside(f, &def)
	l.firstOf(f, &def)
	if def.Reads.Type == value.Paper {
		l.paper(node, f, &def)
	} else if !def.isRead() {
		node.Fail(fmt.Sprintf("nothing says where the fact %s is read", name),
			"add labels: [ … ] as forms print them, or say: [ … ] as sentences go; "+
				"without either only dossier.yaml can state it, which counts with  from: manifest  alone")
	}
	refuseTrait(node, &def)
	for i := range def.ways {
		refuseTrait(node, &def.ways[i])
	}
	return def
}

// isRead reports whether anything says where the fact is read. What identifies a dossier is read by the
// campaign's labels.
func (def *FactDef) isRead() bool {
	return def.Name == "registered_on" || def.Name == "nominee" || def.from != "" || def.Reads.Type == value.File ||
		len(def.Labels)+len(def.Say)+len(def.ways) > 0
}

// wayKeys is a mapping with the keys that facts and the entries of first_of have in common.
type wayKeys interface {
	Get(key string) *strict.Node
	List(key string) []*strict.Node
	Word(key string, words ...string) string
}

// keysOfWay reads one way to find a fact: labels, sentences, which sources count first, and whether
// dossier.yaml counts.
func (l factLoader) keysOfWay(f wayKeys, def *FactDef) {
	def.Labels = l.phrases(f.Get("labels"), "labels")
	for i := range def.Labels {
		def.Labels[i].Label = true
	}
	for _, s := range langStrings(f.Get("say"), "say") {
		t, ok := factreader.NewPattern(s.text)
		if !ok {
			s.node.Fail(fmt.Sprintf("%q has no place for the value", s.text),
				"write {} in the place of the value, as in  {} households take part")
			continue
		}
		if twice := factreader.UnitTwice(&def.Fact, t, l.env.languagesOr(s.lang)); twice != "" {
			s.node.Fail(fmt.Sprintf("%q matches nothing: {} is the value with its unit, and %q behind it is the unit "+
				"again", s.text, twice), "leave it out, as in  "+t.WithoutUnit(twice))
		}
		def.Say = append(def.Say, t)
	}
	def.Derive()
	l.trust(f, def)
}

// firstOf reads the ways to find a fact, which replace its own.
func (l factLoader) firstOf(f *grammar.Map, def *FactDef) {
	at := f.Get("first_of")
	if at == nil {
		return
	}
	for _, k := range []string{"labels", "say", "trust", "from"} {
		if n := f.Get(k); n != nil {
			n.Fail(fmt.Sprintf("the fact %s has first_of and %s", def.Name, k),
				"move "+k+" into a way of first_of")
		}
	}
	if t := def.Reads.Type; t == value.Paper || t == value.File {
		at.Fail(fmt.Sprintf("a fact of type %s is not read in several ways", t), "take first_of out")
		return
	}
	ways := f.List("first_of")
	for i, n := range ways {
		way := l.way(n, def, i == len(ways)-1)
		def.manifest = def.manifest || way.manifest
		def.ways = append(def.ways, way)
	}
	def.from = ""
}

// way reads one way to find a fact; last says that no other follows it.
func (l factLoader) way(n *strict.Node, def *FactDef, last bool) FactDef {
	m := wayGrammar.ReadAs(n, "a way of the fact "+def.Name)
	way := FactDef{Name: def.Name, Fact: factreader.Fact{Reads: def.Reads, Opens: def.Opens, Want: def.Want},
		unitText: def.unitText, sure: def.sure, exchange: def.exchange, options: def.options}
	l.keysOfWay(m, &way)
	if m.Get("column") != nil || m.Get("year") != nil {
		l.column(m, &way)
	}
	for _, p := range m.List("papers") {
		if role := p.OneOf("papers", slices.Sorted(maps.Keys(l.rs.roles))...); role != "" {
			way.only = append(way.only, role)
		}
	}
	if way.from = m.Word("from"); way.from == fromTable {
		l.office.column(m, &way)
	} else if t := m.Get("table"); t != nil {
		t.Fail("table is for facts from a table", "add  from: table  or take table out")
	}
	if way.manifest && !last {
		m.Get("from").Fail("dossier.yaml is the last way to find a fact", "move it to the end of first_of")
	}
	if way.from == "" && len(way.Labels)+len(way.Say) == 0 {
		n.Fail("this way does not say how to find the value", "add labels: [ … ], say: [ … ] or from: table")
	}
	return way
}

// refuseBeside reports keys that have no meaning for a fact that is not read on pages, and those that are
// missing for one of a table.
func (l factLoader) refuseBeside(f *grammar.Map, def *FactDef) {
	refuse := func(why string, keys ...string) {
		for _, k := range keys {
			if n := f.Get(k); n != nil {
				n.Fail(fmt.Sprintf("the fact %s has %s, which %s does not have", def.Name, k, why),
					"take "+k+" out")
			}
		}
	}
	switch {
	case def.Reads.Type == value.File:
		refuse("type: file", "labels", "say", "trust", "from", "table", "value", "unit", "currency")
	case def.from == fromTable:
		refuse("from: table", "labels", "say", "trust")
	case def.from == fromPerson:
		refuse("from: person", "labels", "say", "trust", "table", "value")
	case def.from == fromHistory:
		refuse("from: history", "labels", "say", "trust", "table", "value", "unit")
	default:
		refuse("a fact without from: table", "table", "value")
	}
	if def.from != fromHistory {
		refuse("a fact without from: history", "awards", "within")
	}
	if def.Reads.Type == value.Number || def.Reads.Type == value.Year {
		refuse("type: "+string(def.Reads.Type), "unit")
	}
	for key, of := range map[string]value.Type{"options": value.Choice, "property": value.File,
		"of": value.File} {
		if def.Reads.Type != of {
			refuse("type: "+string(def.Reads.Type), key)
		}
	}
}

// options reads the options of a choice. No two may have the same words.
func (l factLoader) options(node *strict.Node, f *grammar.Map, def *FactDef) {
	n := f.Get("options")
	if def.Reads.Type != value.Choice {
		return
	}
	if n == nil {
		node.Fail(fmt.Sprintf("the fact %s is a choice without options", def.Name),
			"add  options: { good: { en: [Good] }, fair: { en: [Fair] } }")
		return
	}
	m := n.Map("options")
	def.options = map[string]dossier.Text{}
	seen := map[string]string{}
	for _, id := range m.Keys {
		l.checkID(m.Key(id), id, "an option's id")
		v := m.Get(id)
		if v == nil {
			m.Key(id).Fail(fmt.Sprintf("the option %s has no words", id),
				"write the words of the form, as in  { en: [Good] }")
			continue
		}
		o := value.Option{ID: id, Words: l.phrases(v, "options")}
		for _, ph := range o.Words {
			words := strings.Join(ph.Words, " ")
			if other, twice := seen[words]; twice && other != id {
				v.Fail(fmt.Sprintf("the options %s and %s have the same words: %q", other, id, ph.Text),
					"tell them apart")
			}
			seen[words] = id
		}
		def.Reads.Options = append(def.Reads.Options, o)
		def.options[id] = l.unitText(v)
	}
	if len(m.Keys) < 2 {
		n.Fail("a choice needs two options or more", "add another, or use type: yesno")
	}
}

// file reads which property of the files a fact is.
func (l factLoader) file(node *strict.Node, f *grammar.Map, def *FactDef) {
	if def.Reads.Type != value.File {
		return
	}
	if f.Get("property") == nil {
		node.Fail(fmt.Sprintf("the fact %s does not say which property of the files it is", def.Name),
			"add  property: pages; properties are: "+strings.Join(fileProperties, ", "))
	}
	def.file.property = f.Word("property")
	if of := f.Get("of"); of != nil {
		def.file.role = of.OneOf("of", slices.Sorted(maps.Keys(l.rs.roles))...)
		if def.file.property == fileReceivedOn {
			of.Fail("received_on is of the whole dossier", "take of out")
		}
	}
	def.Reads.Unit = map[string]string{fileSize: "MB"}[def.file.property]
}

// letLoader reads the facts of a ruleset that are computed of others.
type letLoader struct {
	*loader
	texts map[string]letText // what is written, by name
}

// load reads the facts that are computed of others, and puts them behind those.
func (l letLoader) load(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("let")
	for _, name := range m.Keys {
		switch node := m.Get(name); {
		case l.without[name]:
		case l.rs.factDef(name) != nil:
			m.Key(name).Fail(fmt.Sprintf("%q is also a fact", name), "rename one of them")
		case node == nil:
			m.Key(name).Fail(fmt.Sprintf("the computed fact %s has no value", name),
				`write an expression, as in  "year(campaign.closes) - year(founded)"`)
		case l.mayBeNamed(m, name):
			l.texts[name] = l.entry(node)
		}
	}
	for _, name := range l.inOrder(m.Keys) {
		l.fact(name, l.texts[name])
	}
}

// letText is an entry of let as it is written.
type letText struct {
	at          *strict.Node // the expression
	title, unit dossier.Text
}

// entry reads an entry of let: an expression, or one with a title and a unit.
func (l letLoader) entry(n *strict.Node) letText {
	if !n.IsMap() {
		return letText{at: n}
	}
	m := letGrammar.Read(n)
	return letText{m.Get("value"), l.text(m.Get("title"), "title"), l.text(m.Get("unit"), "unit")}
}

// mayBeNamed reports whether a computed fact can have its name, and reports the mistake if it cannot.
func (l letLoader) mayBeNamed(m *strict.Map, name string) bool {
	switch {
	case !validFactName.MatchString(name):
		m.Key(name).Fail(fmt.Sprintf("a fact's name %q must be small letters, digits and _", name),
			"write it like years_running")
	case slices.Contains(bandNames, name) || name == "campaign" || name == "unit":
		m.Key(name).Fail(fmt.Sprintf("%q means something else in conditions", name), "choose another name")
	default:
		if kind := traitOf(name); kind != "" {
			m.Key(name).Fail(fmt.Sprintf("the fact %s is a trait of a person: %s", name, kind), noTraits)
			return false
		}
		return true
	}
	return false
}

// inOrder orders computed facts so that each comes behind those that it is computed of. Those that are
// computed of themselves, and what is computed of them, are reported once and get no expression.
func (l letLoader) inOrder(names []string) (out []string) {
	const (
		visiting = 1
		done     = 2
		broken   = 3
	)
	state := map[string]int{}
	var visit func(name string, path []string) (ok bool)
	visit = func(name string, path []string) bool {
		t, isLet := l.texts[name]
		if !isLet || t.at == nil || state[name] >= done {
			return state[name] != broken
		}
		path = append(path, name)
		if state[name] == visiting {
			from := slices.Index(path, name)
			l.texts[path[len(path)-2]].at.Fail("these facts are computed of one another: "+strings.Join(path[from:],
				" → "), "take one of these names out of its expression")
			return false
		}
		state[name] = visiting
		expression, _ := t.at.Plain()
		ok := true
		for _, used := range nameInText.FindAllString(expression, -1) {
			ok = visit(used, path) && ok
		}
		state[name] = done
		out = append(out, name)
		if !ok {
			state[name] = broken
			l.texts[name] = letText{}
		}
		return ok
	}
	for _, name := range names {
		visit(name, nil)
	}
	return out
}

// fact reads one computed fact, whose expression may name all facts read so far.
// One with a mistake is kept without it, so that what names it is not reported as well.
func (l letLoader) fact(name string, t letText) {
	def := FactDef{Name: name, title: sameText(strings.ReplaceAll(name, "_", " ")), unitText: t.unit,
		Fact: factreader.Fact{Reads: value.Reader{Type: value.Number}}}
	for lang, s := range t.title {
		def.title[lang] = s
	}
	if t.at != nil {
		def.let = condition.CompileExpression(t.at, t.at.String("an expression"),
			l.scope("the computed fact "+name))
	}
	if def.let != nil {
		def.Reads.Type = map[condition.Kind]value.Type{condition.Number: value.Number,
			condition.Text:  value.Words,
			condition.YesNo: value.YesNo}[def.let.Kind]
	}
	l.rs.facts = append(l.rs.facts, def)
}

// campaignYear is how rulesets write the year of the campaign, and validYear the form of another one.
const campaignYear = "campaign"

var validYear = regexp.MustCompile(yearForm)

// column reads which of several values in a table or sentence are those of the fact: results or plans, and
// of which year.
func (l factLoader) column(f *grammar.Map, def *FactDef) {
	def.Want = table.Want{Column: table.Column(f.Word("column")), Number: def.Reads.Type.IsNumber(),
		Percent: def.Reads.Type == value.Percent, Money: def.Reads.Type == value.Money}
	def.Want.From, def.Want.To = l.env.years()
	year := f.Get("year")
	if year == nil {
		return
	}
	switch s, _ := year.Plain(); {
	case s == "any":
		def.Want.From, def.Want.To, def.Opens = 0, 0, ""
	case s == campaignYear:
	case validYear.MatchString(s):
		n, _ := strconv.Atoi(s)
		def.Want.From, def.Want.To, def.Opens = n, n, s
	default:
		year.Fail(fmt.Sprintf("%q is not a year", s), "write campaign, any, or a year such as 2025")
	}
}

// unit reads what a fact counts: its unit, or the currency of an amount of money.
func (l factLoader) unit(node *strict.Node, f *grammar.Map, def *FactDef) {
	def.Reads.Units = l.phrases(f.Get("unit"), "unit")
	if u := f.Get("unit"); u != nil {
		def.unitText = l.unitText(u)
		def.Reads.Unit = def.unitText.In("en", "vi")
	}
	if c := f.Get("currency"); c != nil {
		def.Reads.Unit = c.String("currency")
		exchange.Check(c, def.Reads.Unit)
	}
	if def.Reads.Type == value.Percent {
		def.Reads.Unit = number.Percent
	}
	if def.Reads.Type == value.Money && def.Reads.Unit == "" {
		node.Fail("an amount of money needs its currency", "add  currency: VND")
	}
}

// trust reads which sources of a fact count first, and whether dossier.yaml counts by
// itself.
func (l factLoader) trust(f wayKeys, def *FactDef) {
	known := append([]string{manifestRole}, slices.Sorted(maps.Keys(l.rs.roles))...)
	for _, t := range f.List("trust") {
		paper := t.String("trust")
		if paper != "" && !slices.Contains(known, paper) {
			t.Fail(fmt.Sprintf("trust names the paper %q, which nothing describes", paper),
				nearest(paper, known, "describe it under documents: by its headings; known are"))
		}
		def.trust = append(def.trust, paper)
	}
	if def.manifest = f.Word("from") == manifestRole; def.manifest && def.Reads.Type == value.Paper {
		f.Get("from").Fail(fmt.Sprintf("the fact %s is a paper, which dossier.yaml cannot replace", def.Name),
			"take from out: a paper is in the dossier or it is not")
	}
}

// paper reads which paper a fact of type document is.
func (l factLoader) paper(node *strict.Node, f *grammar.Map, def *FactDef) {
	if f.Get("is") != nil {
		def.paper = f.Word("is", slices.Sorted(maps.Keys(l.rs.roles))...)
	} else if look := f.Get("looks_like"); look != nil {
		def.paper = def.Name
		l.rs.roles[def.Name] = l.phrases(look, "looks_like")
	} else {
		node.Fail("a fact of type document does not say which paper",
			"add  is: confirmation  (a name under documents), or  looks_like: [Confirmation]")
	}
}

// unitText reads the unit of a fact for reasons: the first way of writing it, in each language or in all.
func (l factLoader) unitText(n *strict.Node) dossier.Text {
	if !n.IsMap() {
		if list := n.List("unit"); len(list) > 0 {
			s, _ := list[0].Plain()
			return sameText(s)
		}
		return nil
	}
	m, out := n.Map("unit", language.Codes()...), dossier.Text{}
	for _, k := range m.Keys {
		if list := m.Get(k).List("unit"); len(list) > 0 {
			out[k], _ = list[0].Plain()
		}
	}
	return out
}

// placed is a text of a ruleset with its place, for messages.
type placed struct {
	text string
	lang string // "" for a text of all languages
	node *strict.Node
}

// langStrings reads a list of texts, or such lists per language.
func langStrings(n *strict.Node, what string) []placed {
	var out []placed
	if n == nil {
		return nil
	}
	if n.IsMap() {
		m := n.Map(what, language.Codes()...)
		for _, k := range m.Keys {
			for _, p := range langStrings(m.Get(k), what) {
				p.lang = k
				out = append(out, p)
			}
		}
		return out
	}
	for _, v := range n.List(what) {
		out = append(out, placed{v.String(what), "", v})
	}
	return out
}
