package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/cells"
	"kheo/rules/heading"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// originWords are the words by which a label says where something came from, and not whose it is: "grant received from
// the county".
var originWords = []string{"fra", "from", "do", "bởi", "từ", "by", "av"}

// labelled is what follows a label: where its value may be.
type labelled struct {
	from, limit int // words [from, limit) of the page
	form        bool
	means       table.Meaning // what is said beside the label: "(plan)", "2026", "(triệu đồng)"
}

// maxSentenceReach is how many words behind a label in a sentence its value may be, and maxQualifier how many words
// may qualify a label before the colon.
const (
	maxSentenceReach = 12
	maxQualifier     = 8
)

// Reader reads one fact on one page at its labels: in tables, in forms and in sentences.
type Reader struct {
	sentenceReader
	units *UnitNames // of the dossier, for the headers of tables; nil if they are not known
}

// On returns the reader of the fact on a page.
func (def *Fact) On(p *PageText, units *UnitNames) Reader {
	p.units = units
	return Reader{sentenceReader{def, p}, units}
}

// all finds the statements of the fact on the page: at its labels, and by its sentence patterns. Labels of
// forms are noted on the page, because what is inside one is not evidence.
func (r Reader) all() []Place {
	var out []Place
	for _, h := range phrase.Disjoint(r.Hits[r.List]) {
		if heading.StartsCell(r.Page, h.First) && strings.ContainsAny(r.Gap(h.Last-1), ":\t(") {
			r.PageText.FormLabels = append(r.PageText.FormLabels, h)
		}
		if found, done := r.inTable(h); done && !(len(found) == 0 && r.hasBoxesBehind(h)) {
			out = append(out, found...)
		} else if c, ok := r.AfterLabel(h); ok {
			out = append(out, c)
		}
	}
	for _, h := range r.Hits[r.bareList] {
		if Inside(h, r.Hits[r.List]) {
			continue
		}
		if t, cell := r.TableAt(h.First); t != nil && !t.Column(cell.Col).Has(table.Unit) {
			found, _ := r.inTable(h)
			out = append(out, found...)
		}
	}
	for _, t := range r.Say {
		out = append(out, r.bySentence(t)...)
	}
	return wholes(withoutStrayLabels(out))
}

// hasBoxesBehind reports whether the options of a choice are printed behind its label, in cells of the line with boxes.
func (r Reader) hasBoxesBehind(h phrase.Hit) bool {
	line := &r.Lines[r.Words[h.First].Line]
	return r.Reads.Type == value.Choice && strings.ContainsAny(r.Text(r.Words[h.Last-1].End, line.End), "☐☒☑□■")
}

// withoutStrayLabels leaves out, of a sentence that a pattern of the ruleset reads, what follows a label in it and says
// otherwise: of "received 90,000 as a grant and cost 214,700" the grant is 90,000.
func withoutStrayLabels(all []Place) []Place {
	return slices.DeleteFunc(all, func(c Place) bool {
		return c.Way == BySentence && slices.ContainsFunc(all, func(o Place) bool {
			return o.Way == ByPattern && o.Source.Page == c.Source.Page && o.Source.Quote == c.Source.Quote &&
				!Same(o.Value, c.Value, o.Approx || c.Approx)
		})
	})
}

// bareLabels are the labels of a count without words such as "number of", as the headers of tables print them. They
// are all of a header, or nothing.
func (def *Fact) bareLabels() (out []phrase.Phrase) {
	if def.Reads.Type != value.Count {
		return nil
	}
	for _, label := range def.Labels {
		if label.Lang == nil {
			continue
		}
		k := 0
		for k < len(label.Words)-1 && slices.Contains(label.Lang.CountNouns, label.Words[k]) {
			k++
		}
		if k > 0 {
			label.Words = label.Words[k:]
			out = append(out, label)
		}
	}
	return out
}

// byBox reads yes if the label itself is ticked: "☒ Public meeting held". A box that is not ticked says nothing.
func (r Reader) byBox(h phrase.Hit) (c Place, done bool) {
	if r.Reads.Type != value.YesNo {
		return Place{}, false
	}
	marked, box := value.Box(r.Page, h.First, h.Last)
	if !box || !marked {
		return Place{}, false
	}
	at := r.Words[h.First].Start
	return Place{Value: true, Way: ByForm, Role: r.Roles[r.Words[h.First].Line],
		Source: r.Cite(at, r.Words[h.Last-1].End)}, true
}

// AfterLabel reads the value of the fact that follows a label: behind a colon or in the next cell or line (surely),
// or later in the same sentence.
func (r Reader) AfterLabel(h phrase.Hit) (c Place, ok bool) {
	in, ok := r.placeOf(h)
	if ok = ok && !r.Want.Refuses(in.means); !ok {
		return r.withoutValue(h)
	}
	v, ok := r.valueOf(h, r.languageOf(h), in)
	if !ok && !in.form {
		if v, ok = laterYear(r.sentenceReader, h); !ok {
			v, ok = corrected(r.sentenceReader, h.First)
		}
	}
	if !ok {
		return r.byBox(h)
	}
	last := v.Last
	if in.form && !r.Reads.InUnit(&v, measureIn(r.Page, h.Last, in.from)) {
		return Place{}, false
	}
	cells.Scale(&v, r.Reads.Type, in.means)
	if in.form {
		askQualified(r.sentenceReader, &v, h, in.from)
	}
	if r.fieldAt(last-1, last) == nil {
		if in.form && v.First >= in.from {
			askMoved(r.sentenceReader, &v, in.from)
		}
		askOdd(r.sentenceReader, &v, v.First, h.Last, in.form)
	}
	askOught(r.sentenceReader, &v, h.Last, r.Sentences[r.Words[h.First].Sentence].Last)
	c = Place{Value: v.V, Unit: v.Unit, Approx: v.Approx, Role: r.Roles[r.Words[h.First].Line],
		Doubt: v.Doubt, Others: v.Others, Names: v.Names}
	if right, told := corrected(r.sentenceReader, h.First); told {
		c.Value, c.Doubt, c.Others = right.V, right.Doubt, right.Others
	}
	if in.form {
		if c.Way = ByForm; r.fieldAt(last-1, last) != nil {
			c.Way = ByField
		}
		c.Source = r.Cite(r.Words[h.First].Start, max(r.Words[last-1].End, r.Words[h.Last-1].End))
	} else {
		c.Way, c.Source = BySentence, r.sentenceOf(h.First)
	}
	return c, true
}

// withoutValue reads the value of a label that none follows: by the box beside it, the number before it, or what its
// sentence says.
func (r Reader) withoutValue(h phrase.Hit) (c Place, ok bool) {
	if c, ok = r.byBox(h); ok || h.Last < len(r.Words) && strings.ContainsAny(r.Gap(h.Last-1), ":\t") {
		return c, ok
	}
	if v, ok := r.endOfYear(h); ok {
		return r.inSentence(h.First, v, BySentence, 0), true
	}
	way := BySentence
	v, ok := r.aheadOf(h, r.languageOf(h))
	if !ok {
		way = ByDerived
		if v, ok = laterYear(r.sentenceReader, h); ok {
			return r.inSentence(h.First, v, way, 0), true
		}
		if v, ok = r.told(h); !ok && r.Reads.Type == value.Date {
			v, ok = (dateTeller{r.sentenceReader}).dateAhead(h, r.languageOf(h))
		}
	}
	if !ok {
		return Place{}, false
	}
	return r.inSentence(h.First, v, way, 0), true
}

// valueOf reads the value of a label at its place, unless the passage does not state it.
func (r Reader) valueOf(h phrase.Hit, l *language.Language, in labelled) (value.Value, bool) {
	switch r.Reads.Type {
	case value.Names:
		return r.Reads.NamesAfter(r.Page, l, h.Last, in.from)
	case value.Choice:
		in.limit = r.Reads.OptionsEnd(r.Page, in.from, in.limit)
	}
	if in.form {
		return r.filledIn(h, l, in)
	}
	if v, ok := r.aheadOf(h, l); ok {
		return v, true
	}
	sentence := r.Sentences[r.Words[h.First].Sentence]
	if r.Reads.Type == value.Date || r.Reads.Type == value.Month {
		return r.dateOf(h, l, in.from, in.limit)
	}
	denied := h.Last
	if k := ratherAt(r.sentenceReader, h.Last, sentence.Last); k > 0 && r.Reads.Type.IsNumber() {
		in.from, in.limit, denied = k, min(sentence.Last, k+maxSentenceReach), k
	}
	at, v, ok := r.Reads.First(r.Page, l, in.from, in.limit, false)
	if !ok && r.Reads.Type == value.Money {
		at, v, ok = magnitudeIn(r.sentenceReader, l, in.from, in.limit)
	}
	if !ok && r.countsIn(*h.Phrase) {
		if v, told, ok := countOfYear(r.sentenceReader, l, in.from, sentence.Last); told {
			return v, ok
		}
		at, v, ok = r.bareCount(l, in.from, in.limit)
	}
	if !ok || r.Reads.Type == value.Year && isRemembered(r.sentenceReader, h.First) {
		return value.Value{}, false
	}
	all := r.amounts(l, in.from, sentence.Last, false)
	if i := all.at(at); i >= 0 && r.isOther(&all[i]) {
		return r.stated(all, i)
	}
	if v, ok := wholeOf(r.sentenceReader, all, all.at(at)); ok {
		return v, true
	}
	if v, ok := atEnd(r.sentenceReader, l, at, v); ok {
		return v, true
	}
	ofYear := all.at(at) >= 0 && all[all.at(at)].From > 0
	if isOfPlan(r.sentenceReader, h.First) || r.disclaimed(denied, at, v.Last) ||
		r.notTheWhole(h.First, at, v.Last, v.Last) ||
		r.isRefuted(h.First, h.Last, at) || r.isRefused(h.First, h.Last, at, v.Last) || !ofYear && r.ofOthers(h.First) {
		return value.Value{}, false
	}
	if to, changed := r.changedTo(l, at, v.Last, in.limit); changed {
		return to, true
	}
	r.another(l, &v, in.limit)
	if v.IsTold() && r.Reads.Type.IsNumber() && isOfWider(r.Page, h.Last, at) {
		v.Doubt, v.Others = doubtWhose, []any{nil}
	}
	r.inOrder(&v, at)
	bySources(r.sentenceReader, &v, at, h)
	plain, bare := r.isPlain(h.Phrase)
	askAside(r.sentenceReader, &v, at, v.Last, plain, bare)
	askNamed(r.sentenceReader, &v, at)
	askApart(r.sentenceReader, &v, h.Last, at)
	return v, true
}

// filledIn reads the value behind the label of a form, unless what is written there says that it does not count, or
// no one has filled in the control that it is in.
func (r Reader) filledIn(h phrase.Hit, l *language.Language, in labelled) (value.Value, bool) {
	at, said, v, ok := r.inForm(l, in.from, in.limit)
	r.asAsked(h, &v)
	if ok && (dateTeller{r.sentenceReader}).isSetFor(in.from, at) {
		return value.Value{}, false
	}
	if !ok || r.isDeniedBehind(v.Last, in.limit) || r.isRefused(h.First, h.Last, at, v.Last) ||
		isUnfilled(r.PageText, at, v.Last) {
		return value.Value{}, false
	}
	if f := r.fieldAt(at, v.Last); f != nil && f.Value != nil {
		if v, ok = cells.Typed(v, ok, f.Value, r.Reads.Type); !ok {
			return v, false
		}
	}
	if said == in.from {
		said = h.Last
	}
	return v, !r.disclaimed(said, at, v.Last)
}

// isDeniedBehind reports whether brackets right behind a value, at word k, say that it does not count, without another
// number in them: "March 2027 (planned)".
func (r Reader) isDeniedBehind(k, limit int) bool {
	if k >= limit || !strings.Contains(r.Gap(k-1), "(") {
		return false
	}
	end := k
	for end < limit && !r.Words[end].Number {
		end++
		if strings.Contains(r.Gap(end-1), ")") {
			break
		}
	}
	closed := end == limit || strings.Contains(r.Gap(end-1), ")")
	return closed && r.Want.Refuses(table.Says(r.Page, k, end))
}

// BehindOrBelow reads what is behind a label, or below it, if it and other labels head columns.
func (r Reader) BehindOrBelow(h phrase.Hit) (Place, bool) {
	if t, cell := r.TableAt(h.First); t != nil && r.isLabelCell(cell) && r.asForm(t).HeadsLabels(cell) {
		if found, _ := r.inTable(h); len(found) == 1 {
			return found[0], true
		}
		return Place{}, false
	}
	return r.AfterLabel(h)
}
