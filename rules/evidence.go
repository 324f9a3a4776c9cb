package rules

import (
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
	"kheo/internal/texts"
)

// Clue is one thing that a criterion looks for in the text.
type Clue struct {
	In         string     // the section that it must be in: a name under words
	From       []string   // roles of the papers that count; if empty, all but the form
	any        []phrase   // one of these must be there
	list       int        // of any, in the matcher
	numbers    bool       // or a quantity
	query      query.Node // or, in the place of any, what this asks for
	near       []nearTo   // one of these must be within reach
	reach      reach
	With       []string // what the sentence must have too: number, money, percent, other_place, other_unit, word lists
	with       map[string][]phrase
	lists      map[string]int // of with, in the matcher
	except     []phrase       // what is found inside one of these does not count
	exceptList int
	Points     float64
	AtMost     int    // how many finds earn points
	Distinct   string // what makes a find another one: sentence, word, place
}

// nearTo is what must be near a find.
type nearTo struct {
	name    string // as written
	phrases []phrase
	list    int
	numbers bool
}

// reach is how far near goes.
type reach struct {
	scope   query.Scope
	words   int
	section bool
}

// find is one piece of evidence with what makes it different from others.
type find struct {
	source dossier.Source
	key    string
	words  []string // of its sentence, sorted, each once
	what   string
}

// planSection is the name of the sections that hold plans: every language has
// its headings for them.
const planSection = "\x00plans"

// search finds a clue's evidence in a dossier, and what was found but struck
// out, with the reason.
func (c *Clue) search(pr *Reading, own *ownNames, lastYear int, never map[string]bool) (finds []find, struck map[string][]dossier.Source) {
	struck = map[string][]dossier.Source{}
	asked := c.asked(pr)
	for _, p := range pr.pages {
		for _, h := range c.hits(p, asked) {
			w := p.Words[h.first]
			if never[struckQuoted] && p.isLabel(h) || p.inCompound(h) || p.inside(h, c.exceptList) {
				continue
			}
			if !c.place(p, w.Line) || !c.nearby(p, h) {
				continue
			}
			if why := p.struckOut(h.first, h.last, lastYear, true); why != "" && never[why] {
				struck[why] = append(struck[why], p.quote(w.Sentence, h.first))
				continue
			}
			for _, f := range c.accompanied(p, h, own) {
				if !again(f, finds, c.Distinct) {
					finds = append(finds, f)
				}
			}
			if len(finds) >= c.AtMost {
				return finds, nil // what else there is earns nothing, and excuses nothing
			}
		}
	}
	return finds, struck
}

// hits returns the places of what the clue looks for on a page.
func (c *Clue) hits(p *pageText, asked map[*pageText][]hit) []hit {
	if c.query != nil {
		return apart(asked[p])
	}
	hits := apart(p.hits[c.list])
	if c.numbers {
		hits = slices.Clone(hits)
		for _, s := range p.Sentences {
			for k := s.First; k < s.Last; k++ {
				if q, ok := p.numberAt(p.LanguageAt(k), k, s.Last); ok && !q.ordinal && q.value != 0 {
					hits = append(hits, hit{p, k, q.last, &phrase{words: []string{"#"}, text: p.Text(p.Words[k].Start, p.Words[q.last-1].End)}})
					k = q.last - 1
				}
			}
		}
		hits = apart(hits)
	}
	return hits
}

// asked returns what the clue's query finds in a dossier, by page.
func (c *Clue) asked(r *Reading) map[*pageText][]hit {
	if c.query == nil {
		return nil
	}
	ok, spots := query.Match(c.query, r.terms(), nil)
	if !ok {
		return nil
	}
	out := map[*pageText][]hit{}
	for _, s := range spots {
		p := r.pages[s.Page]
		first, last := &p.terms[s.First], &p.terms[s.Last-1]
		found := p.Text(first.Start, last.End)
		out[p] = append(out[p], hit{p, first.Word, last.Word + 1, &phrase{words: []string{strings.ToLower(found)}, text: found}})
	}
	return out
}

// terms returns the terms of all pages, as queries see them.
func (r *Reading) terms() [][]text.Term {
	out := make([][]text.Term, len(r.pages))
	for i, p := range r.pages {
		if p.terms == nil {
			p.terms = p.Terms()
		}
		out[i] = p.terms
	}
	return out
}

// Matches reports whether the dossier's titles and text hold what a query asks for: what
// `kheo search` finds. field reports the dossier's properties.
func (r *Reading) Matches(n query.Node, titles []string, field func(query.Field) bool) bool {
	var pages [][]text.Term
	for _, t := range titles {
		pages = append(pages, text.Terms(t))
	}
	ok, _ := query.Match(n, append(pages, r.terms()...), field)
	return ok
}

// inside reports whether a hit lies inside one of a list's.
func (p *pageText) inside(h hit, list int) bool {
	for _, x := range p.hits[list] {
		if x.first <= h.first && h.last <= x.last {
			return true
		}
	}
	return false
}

// nearby reports whether something that near asks for is within reach of a hit.
func (c *Clue) nearby(p *pageText, h hit) bool {
	for i := range c.near {
		n := &c.near[i]
		for _, x := range p.hits[n.list] {
			if c.within(p, h, x.first, x.last) {
				return true
			}
		}
		for k := 0; n.numbers && k < len(p.Words); k++ {
			if q, ok := p.numberAt(p.LanguageAt(k), k, p.Sentences[p.Words[k].Sentence].Last); ok && !q.ordinal && q.value != 0 && c.within(p, h, k, q.last) {
				return true
			}
		}
	}
	return len(c.near) == 0
}

func (c *Clue) within(p *pageText, h hit, first, last int) bool {
	switch {
	case first < h.last && h.first < last: // the same words
		return false
	case c.reach.section:
		return slices.Equal(p.sections[p.Words[first].Line], p.sections[p.Words[h.first].Line])
	case c.reach.scope == query.Page:
		return true
	case c.reach.scope == query.Sentence:
		return p.Words[first].Sentence == p.Words[h.first].Sentence
	}
	if first >= h.last {
		return p.TermsIn(h.last, first) <= c.reach.words
	}
	return p.TermsIn(last, h.first) <= c.reach.words
}

// inCompound reports whether a hit is part of, or cut out of, a word that means
// something else: in languages that part their words into syllables, "học tập" stands
// in "lớp học | tập huấn" too.
func (p *pageText) inCompound(h hit) bool {
	for _, c := range p.cuesOf(p.Words[h.first].Sentence) {
		whole := c.first >= h.first && c.last <= h.last
		if c.kind == language.Compound && !whole && c.last > h.first && c.first < h.last {
			return true
		}
	}
	return false
}

// place reports whether a line is in the section and the papers of the clue.
func (c *Clue) place(p *pageText, line int) bool {
	role := p.roles[line]
	if len(c.From) > 0 && !slices.Contains(c.From, role) || len(c.From) == 0 && role == "form" {
		return false
	}
	return c.In == "" || slices.Contains(p.sections[line], c.In)
}

// accompanied keeps a hit whose sentence also has everything that `with`
// asks for. With other_place, every place is a find of its own.
func (c *Clue) accompanied(p *pageText, h hit, own *ownNames) []find {
	sent := p.Words[h.first].Sentence
	s := p.Sentences[sent]
	base := find{source: p.quote(sent, h.first), key: strings.Join(h.phrase.words, " "), what: h.phrase.text}
	var places []string
	for _, with := range c.With {
		switch with {
		case "number", "money", "percent":
			if !p.hasQuantity(s, with) {
				return nil
			}
		case "other_place":
			if places = p.otherPlaces(s, own); len(places) == 0 {
				return nil
			}
		case "other_unit":
			if places = own.otherUnits(p.Text(s.Start, s.End)); len(places) == 0 {
				return nil
			}
		default:
			found := false
			for _, other := range p.hits[c.lists[with]] {
				found = found || other.first >= s.First && other.last <= s.Last
			}
			if !found {
				return nil
			}
		}
	}
	if c.Distinct != "place" {
		if c.Distinct == "sentence" {
			for k := s.First; k < s.Last; k++ {
				base.words = append(base.words, p.Words[k].Text)
			}
			slices.Sort(base.words)
			base.words = slices.Compact(base.words)
		}
		return []find{base}
	}
	var out []find
	for _, name := range places {
		f := base
		f.key, f.what = fold(name), name
		out = append(out, f)
	}
	return out
}

// Query is what the clue looks for as a person types it into a search: its words with
// exactly their diacritics, or its query, near what must be near. What only the text's
// order shows (sections, papers, quantities, places) is left out: the search finds those
// dossiers and perhaps more. It is nil if nothing but numbers is looked for.
func (c *Clue) Query() query.Node {
	n := c.query
	if n == nil {
		n = either(c.any)
	}
	for _, list := range c.With {
		if other := either(c.with[list]); n != nil && other != nil {
			n = query.Near{A: n, B: other, Scope: query.Sentence}
		}
	}
	var near []phrase
	for i := range c.near {
		if c.near[i].numbers {
			return n // a number would do, and no search asks for one
		}
		near = append(near, c.near[i].phrases...)
	}
	if other := either(near); n != nil && other != nil {
		n = query.Near{A: n, B: other, Scope: c.reach.scope, Words: c.reach.words}
	}
	return n
}

// either is a query for any of the phrases of a list; nil if there are none.
func either(list []phrase) query.Node {
	var out query.Or
	for _, ph := range list {
		t := query.Term{Exact: true}
		for _, w := range ph.words {
			word, star := strings.CutSuffix(w, "*")
			t.Words = append(t.Words, word)
			t.Prefix = star
		}
		if len(t.Words) > 0 {
			out = append(out, t)
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}

// looksFor names the first words that a clue looks for, language by language.
func (c *Clue) looksFor() dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		var words []string
		if c.query != nil {
			words = append(words, c.query.String())
		}
		for _, ph := range c.any {
			if ph.lang == nil || ph.lang.Code == lang {
				words = append(words, ph.text)
			}
		}
		if c.numbers {
			words = append(words, explained.In(lang, "a-number"))
		}
		if len(words) == 0 { // no words of this language: those of any
			for _, ph := range c.any {
				words = append(words, ph.text)
			}
		}
		if len(words) > 3 {
			words = append(words[:3], "…")
		}
		out[lang] = strings.Join(words, ", ")
	}
	return out
}

// hasQuantity reports whether a sentence states a quantity other than zero.
func (p *pageText) hasQuantity(s text.Sentence, kind string) bool {
	for k := s.First; k < s.Last; k++ {
		q, ok := p.numberAt(p.LanguageAt(k), k, s.Last)
		if !ok || q.ordinal || q.value == 0 {
			continue
		}
		if kind == "number" || kind == "percent" && q.unit == "%" || kind == "money" && q.unit != "" && q.unit != "%" {
			return true
		}
	}
	return false
}

// quote cites the sentence around a word; of a very long one, the part near it.
func (p *pageText) quote(sent, at int) dossier.Source {
	const longest = 420
	s := p.Sentences[sent]
	start, end := s.Start, s.End
	if end-start > longest {
		k, e := at, at
		for k > s.First && p.Words[at].Start-p.Words[k-1].Start < longest/3 {
			k--
		}
		for e+1 < s.Last && p.Words[e+1].End-p.Words[k].Start < longest {
			e++
		}
		start, end = p.Words[k].Start, p.Words[e].End
	}
	return p.source(start, end)
}

// ownNames are the names by which a dossier calls its own place; spread to
// them is no spread. They are made ready when first asked for.
type ownNames struct {
	names  func() []string
	env    *Env
	unit   string
	folded []string
}

// otherUnits names the units of the campaign, other than the dossier's own, that a
// sentence speaks of.
func (o *ownNames) otherUnits(sentence string) []string {
	var out []string
	f := " " + fold(sentence) + " "
	for i := range o.env.Units {
		u := &o.env.Units[i]
		if n := fold(u.Name); u.ID != o.unit && n != "" && strings.Contains(f, " "+n+" ") {
			out = append(out, u.Name)
		}
	}
	return out
}

func (o *ownNames) has(name string) bool {
	if o.folded == nil {
		o.folded = []string{}
		for _, n := range o.names() {
			if f := fold(n); f != "" {
				o.folded = append(o.folded, " "+f+" ")
			}
		}
	}
	f := " " + fold(name) + " "
	for _, n := range o.folded {
		if strings.Contains(n, f) {
			return true
		}
	}
	return false
}

// otherPlaces names the places in a sentence that are not the dossier's own:
// a place noun and the capitalised words after it (Vietnamese), or before it
// ("Giáo Tây hamlet").
func (p *pageText) otherPlaces(s text.Sentence, own *ownNames) []string {
	var out []string
	lang := p.LanguageAt(s.First)
	seen := map[string]bool{}
	capital := func(k int) bool {
		r := p.Runes[p.Words[k].Start]
		return r >= 'A' && strings.ToLower(string(r)) != string(r)
	}
	add := func(from, to int) {
		if to <= from {
			return
		}
		name := strings.Join(strings.Fields(p.Text(p.Words[from].Start, p.Words[to-1].End)), " ")
		if f := fold(name); !seen[f] && !own.has(name) {
			seen[f] = true
			out = append(out, name)
		}
	}
	for _, c := range p.cuesOf(p.Words[s.First].Sentence) {
		if c.kind != language.PlaceNoun {
			continue
		}
		k, n := c.first, c.last-c.first
		after := k + n
		if after+1 < s.Last && slices.Contains(lang.PlaceLinks, p.Words[after].Text) && capital(after+1) {
			after++ // "the commune of Sekong"
		}
		e := after
		for e < s.Last && e < after+4 && capital(e) && p.Words[e].Clause == p.Words[k].Clause && p.Words[e].Start-p.Words[e-1].End <= 2 {
			e++
		}
		add(after, e)
		if e == after && lang.Code != "vi" {
			b := k
			for b > s.First && b > k-3 && capital(b-1) && p.Words[b-1].Clause == p.Words[k].Clause {
				b--
			}
			add(b, k)
		}
	}
	return out
}

// again reports whether a find is one that was counted: it has the same key or, where
// sentences count, most of the words of one of them. Saying a thing ten times earns no
// more than once.
func again(f find, counted []find, distinct string) bool {
	for i := range counted {
		if distinct == "sentence" && overlap(f.words, counted[i].words) > 0.6 || distinct != "sentence" && f.key == counted[i].key {
			return true
		}
	}
	return false
}

// overlap is the share of words that two sentences have in common (Jaccard).
func overlap(a, b []string) float64 {
	n := 0
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch {
		case a[i] == b[k]:
			n++
			i++
			k++
		case a[i] < b[k]:
			i++
		default:
			k++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(n) / float64(len(a)+len(b)-n)
}

// sortSources orders citations by document, page and place.
func sortSources(s []dossier.Source) {
	sort.SliceStable(s, func(i, j int) bool {
		a, b := s[i], s[j]
		if a.Document != b.Document {
			return a.Document < b.Document
		}
		if a.Page != b.Page {
			return a.Page < b.Page
		}
		return a.Start < b.Start
	})
}
