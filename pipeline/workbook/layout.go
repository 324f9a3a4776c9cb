package workbook

import (
	"slices"
	"strings"
	"sync"

	"kheo/internal/grammar"
	"kheo/internal/text/language"
	"kheo/rules"
)

// naming is how the rows of a sheet are named, so that rows of other sheets can belong to them.
type naming int

const (
	unnamed  naming = iota // nothing belongs to the rows
	byID                   // the column id names them
	byName                 // the first column of their own is the key of the group that they are
	byNumber               // a column # numbers them, within what they belong to
)

// sheet is one sheet of the workbook: the entries of a list or group of a ruleset.
type sheet struct {
	name    string
	key     *grammar.Key // of the list or group
	path    []string     // from the entry that the rows belong to, or from the ruleset
	parent  *sheet       // whose rows the rows belong to; nil for those of the ruleset itself
	naming  naming
	refs    []string // heads of the columns that name the row of parent
	columns []column // of what a row holds
	grids   []column // keys of a row that have a column for each name, such as when of a decision
	nested  *nesting // of criteria
	single  bool     // the sheet of the ruleset itself, whose keys are rows
	keys    *grammar.Group
}

// nesting is how a list has groups of its own entries: criteria in groups.
type nesting struct {
	wrap string // the key that makes an entry a group
	list string // the key of the group with its entries
}

// column is a column of a sheet: one key of its entries, in one language.
type column struct {
	head  string // the path of the key, with dots, and the language
	path  []string
	lang  string // of a title or list of words; "" for the column that counts for all languages
	key   *grammar.Key
	value *grammar.Value
	short []shortAt // groups on the path that a plain value may replace
}

// shortAt is the depth of a group on a path, and the key that a plain value in its place sets.
type shortAt struct {
	depth int
	key   string
}

// Heads of columns that are not keys of a ruleset, and names of sheets that have no entries.
const (
	headNumber  = "#"
	headName    = "name"
	headIn      = "in group"
	headKind    = "row is"
	rowItem     = "criterion"
	rowGroup    = "group"
	sheetRules  = "Ruleset"
	sheetGuide  = "Guide"
	sheetHelp   = "Columns"
	sheetMore   = "More"
	notesPrefix = "Notes"
)

// names are the names of sheets by the path of what is on them. A list that is not here is named after its key.
var names = map[string]string{"documents": "Papers", "tables": "Office tables", "let": "Computed facts",
	"facts.first_of": "Ways", "criteria.checklist.best_of": "Alternatives", "criteria.table.rows": "Decisions",
	"criteria.evidenced": "Clues", "criteria.panel.rubric": "Rubrics", "criteria.panel.scale.named": "Marks"}

// owners are what the column is called that names the entry of a parent sheet.
var owners = map[string]string{"Criteria": "criterion", "Facts": "fact", "Checklist": "item", "Examples": "example"}

// layout returns the sheets of a ruleset in the order of the grammar: the ruleset itself first, then each list,
// followed by those within its entries. It is made once; the grammar does not change while a program runs.
var layout = sync.OnceValue(func() []*sheet {
	root := &sheet{name: sheetRules, single: true, keys: rules.Grammar()}
	b := &builder{sheets: []*sheet{root}}
	b.keys(root, rules.Grammar(), nil, nil)
	return b.sheets
})

// builder collects the sheets.
type builder struct{ sheets []*sheet }

// keys adds the keys of a group to a sheet: columns, and sheets for lists.
func (b *builder) keys(s *sheet, g *grammar.Group, path []string, short []shortAt) {
	var wrap *grammar.Key
	for i := range g.Keys {
		k := &g.Keys[i]
		if s.nested != nil && len(path) == 0 && k.Name == s.nested.wrap {
			wrap = k
			continue
		}
		b.key(s, k, append(slices.Clone(path), k.Name), short)
	}
	if wrap != nil {
		b.groupKeys(s, wrap)
	}
}

// groupKeys adds the keys of a group of criteria: those that criteria have too share their columns.
func (b *builder) groupKeys(s *sheet, wrap *grammar.Key) {
	own := s.keys.Names()
	for i := range wrap.Value.Of.Keys {
		k := &wrap.Value.Of.Keys[i]
		if k.Name == s.nested.list || slices.Contains(own, k.Name) {
			continue
		}
		b.key(s, k, []string{k.Name}, nil)
	}
}

// key adds one key to a sheet.
func (b *builder) key(s *sheet, k *grammar.Key, path []string, short []shortAt) {
	v := &k.Value
	switch {
	case v.Form == grammar.Object && v.List:
		b.list(s, k, path)
	case v.Form == grammar.Object:
		if v.Short != "" {
			short = append(slices.Clone(short), shortAt{len(path), v.Short})
		}
		b.keys(s, v.Of, path, short)
	case v.Form == grammar.Names && !s.single && len(path) == 1 && isPlain(v.Each):
		s.grids = append(s.grids, column{head: k.Name, path: path, key: k, value: v.Each})
	case v.Form == grammar.Names:
		b.group(s, k, path)
	default:
		s.columns = append(s.columns, columnsOf(k, v, path, short)...)
	}
}

// isPlain reports whether a value fits a cell: a single value or a list of such.
func isPlain(v *grammar.Value) bool {
	switch v.Form {
	case grammar.Title, grammar.Phrases, grammar.Object, grammar.Names:
		return false
	}
	return true
}

// columnsOf returns the columns of a value: one, or, for texts of all languages, one more for each language.
func columnsOf(k *grammar.Key, v *grammar.Value, path []string, short []shortAt) []column {
	out := []column{{head: strings.Join(path, "."), path: path, key: k, value: v, short: short}}
	if v.Form == grammar.Title || v.Form == grammar.Phrases {
		for _, lang := range language.Codes() {
			c := out[0]
			c.lang, c.head = lang, c.head+"."+lang
			out = append(out, c)
		}
	}
	return out
}

// child adds a sheet for what is within the entries of another.
func (b *builder) child(s *sheet, k *grammar.Key, path []string) *sheet {
	c := &sheet{key: k, path: path}
	full := strings.Join(path, ".")
	if !s.single {
		c.parent = s
		c.refs = append(slices.Clone(s.refs), ownerOf(s))
		if s.naming == unnamed {
			s.naming = byNumber
		}
		full = s.fullPath() + "." + full
	}
	if c.name = names[full]; c.name == "" {
		c.name = strings.ReplaceAll(k.Name, "_", " ")
		c.name = strings.ToUpper(c.name[:1]) + c.name[1:]
		if slices.ContainsFunc(b.sheets, func(o *sheet) bool { return o.name == c.name }) {
			c.name = strings.ReplaceAll(full, ".", " ")
		}
	}
	b.sheets = append(b.sheets, c)
	return c
}

// ownerOf is the head of the column that names a row of a sheet.
func ownerOf(s *sheet) string {
	if o := owners[s.name]; o != "" {
		return o
	}
	return strings.TrimSuffix(strings.ToLower(s.name), "s")
}

// fullPath is the path of what is on a sheet, from the ruleset, without the entries on the way.
func (s *sheet) fullPath() string {
	out := strings.Join(s.path, ".")
	if s.parent != nil {
		out = s.parent.fullPath() + "." + out
	}
	return out
}

// list adds the sheet of a list of groups of keys.
func (b *builder) list(s *sheet, k *grammar.Key, path []string) {
	c := b.child(s, k, path)
	c.keys = k.Value.Of
	if slices.Contains(c.keys.Names(), "id") {
		c.naming = byID
	}
	for i := range c.keys.Keys { // a key whose group has a list of the same entries makes them nested
		of := c.keys.Keys[i].Value.Of
		if of == nil {
			continue
		}
		at := slices.IndexFunc(of.Keys, func(x grammar.Key) bool { return x.Value.List && x.Value.Of == c.keys })
		if at >= 0 {
			c.nested = &nesting{wrap: c.keys.Keys[i].Name, list: of.Keys[at].Name}
		}
	}
	b.keys(c, c.keys, nil, nil)
}

// group adds the sheet of a group whose names the author chooses.
func (b *builder) group(s *sheet, k *grammar.Key, path []string) {
	c := b.child(s, k, path)
	c.naming = byName
	each := k.Value.Each
	switch {
	case each.Form == grammar.Object && !each.List && each.Of != nil:
		c.keys = each.Of
		var short []shortAt
		if each.Short != "" {
			short = []shortAt{{0, each.Short}}
		}
		b.keys(c, each.Of, nil, short)
	case each.Form == grammar.Title || each.Form == grammar.Phrases:
		c.columns = columnsOf(k, each, nil, nil)
		for i := range c.columns {
			c.columns[i].head = strings.TrimPrefix("text."+c.columns[i].lang, "text.")
			if c.columns[i].lang == "" {
				c.columns[i].head = "all languages"
			}
		}
	case isPlain(each):
		c.columns = []column{{head: "value", key: k, value: each}}
	}
}

// leading returns the heads of the columns that come before those of the entries: what the row belongs to, and its
// name.
func (s *sheet) leading() []string {
	out := slices.Clone(s.refs)
	if s.nested != nil {
		out = append(out, headIn, headKind)
	}
	switch s.naming {
	case byName:
		out = append(out, headName)
	case byNumber:
		out = append(out, headNumber)
	}
	return out
}
