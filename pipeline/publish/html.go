package publish

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/visible"
	"kheo/rules"
)

//go:embed list.html
var page string

// outcomeOrder is the order of the groups on pages and in documents.
var outcomeOrder = dossier.Outcomes

// summary returns the counts in a sentence.
func (f *File) summary(n Names) string {
	parts := []string{fmt.Sprintf("%s: %d", n.t("registered"), f.Counts.Registered)}
	for _, o := range outcomeOrder {
		if c := f.count(o); c > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", n.outcome(o), c))
		}
	}
	return strings.Join(parts, " · ")
}

// count returns the number of entries of an outcome.
func (f *File) count(o dossier.Outcome) int {
	switch o {
	case dossier.Recommended:
		return f.Counts.Recommended
	case dossier.NotRecommended:
		return f.Counts.NotRecommended
	case dossier.NeedsReview:
		return f.Counts.NeedsReview
	case dossier.Ineligible:
		return f.Counts.Ineligible
	}
	return f.Counts.Quarantined
}

// view is what the template of a page gets. Its methods are called by the template.
type view struct {
	*File
	Names
	CampaignTitle string
	Others        []link
	Groups        []group
	Explained     []*Entry // those that the page shows, in the order of the list

	w    *bufio.Writer // of the page, to the cleaner
	out  *counter      // behind the cleaner
	row  *bytes.Buffer
	k    int // number of the language
	keep *keeper
}

// link leads to the same list in another language.
type link struct{ Lang, Href, Text string }

// group is the part of a page with the entries of one outcome.
type group struct {
	Outcome dossier.Outcome
	Name    string
	All     int      // entries of this outcome
	Entries []*Entry // those that the page shows
}

// More is the number of entries of the outcome that are only in the workbook.
func (g group) More() int { return g.All - len(g.Entries) }

// maxOnPage is the number of entries that one page shows, and whose reasons a workbook contains. Browsers cannot
// display a hundred thousand entries. Tests lower it.
var maxOnPage = 5000

// Checked says how much of the evidence people checked.
func (v view) Checked() string { return v.evidenceText(v.Names) }

// T returns one of the list's own words, for the template.
func (v view) T(key string) string { return v.t(key) }

// tmpl is the template of a page, without its entries.
var tmpl = template.Must(template.New("list").Parse(page))

// shown collects what a page shows of a list: its first entries, and the number of each outcome.
type shown struct {
	file    *File
	entries []*Entry
	all     map[dossier.Outcome]int
}

// newShown returns an empty collection for a list.
func newShown(f *File) shown { return shown{f, nil, map[dossier.Outcome]int{}} }

// add counts an entry, and keeps it if the page still has room.
func (s *shown) add(e *Entry) error {
	if s.all[e.Outcome]++; len(s.entries) < maxOnPage {
		s.entries = append(s.entries, e)
	}
	return nil
}

// of returns the entries of one outcome.
func (s *shown) of(o dossier.Outcome) (out []*Entry) {
	for _, e := range s.entries {
		if e.Outcome == o {
			out = append(out, e)
		}
	}
	return out
}

// htmlForm writes a list as a page.
type htmlForm struct {
	shown
	w         io.Writer
	n         Names
	campaign  string
	languages []string
	href      func(lang string) string
	k         int // number of the language
	keep      *keeper
}

// end writes the page. Everything passes through visible.Writer, so no title can reverse the text of a line.
func (h *htmlForm) end() error {
	v := view{File: h.file, Names: h.n, CampaignTitle: h.campaign, Explained: h.entries}
	for _, l := range h.languages {
		if l != h.n.Lang {
			v.Others = append(v.Others, link{l, h.href(l), Names{h.n.Env, l}.t("lang")})
		}
	}
	for _, o := range outcomeOrder {
		v.Groups = append(v.Groups, group{o, h.n.outcome(o), h.all[o], h.of(o)})
	}
	buffered := bufio.NewWriterSize(h.w, 1<<16)
	v.out, v.row, v.k, v.keep = &counter{Writer: buffered}, &bytes.Buffer{}, h.k, h.keep
	w := bufio.NewWriterSize(visible.NewWriter(v.out), 1<<16)
	v.w = w
	if err := tmpl.Execute(w, v); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return buffered.Flush()
}

// UnitName returns a unit's name, for the template.
func (v view) UnitName(id string) string   { return v.unit(id) }
func (v view) AwardText(e *Entry) string   { return v.awardText(e) }
func (v view) FieldName(id string) string  { return v.of(v.Env.Fields, id) }
func (v view) Corrected(e *Entry) string   { return v.correctedText(e) }
func (v view) Num(f float64) string        { return v.number(f) }
func (v view) FlagName(code string) string { return rules.FlagTitle(code).In(v.Lang, "en") }
