package publish

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"kheo/internal/texts"
	"kheo/internal/visible"
)

// This file writes what a page says of each entry. The page around it is a template (list.html); thousands of entries
// through a template take longer than all else that is published. TestRowsAreEscapedAsByTemplates compares both.

// escaper escapes text, and values of attributes between double quotes, as html/template does.
var escaper = strings.NewReplacer("\x00", "\ufffd", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// rows writes HTML into memory.
type rows struct {
	w *bytes.Buffer
	v view
}

// raw writes HTML as it is.
func (r rows) raw(html ...string) {
	for _, s := range html {
		r.w.WriteString(s)
	}
}

// text writes a text.
func (r rows) text(s string) { escaper.WriteString(r.w, s) }

// fragment writes the part of an address behind #, escaped as html/template does.
func (r rows) fragment(s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			r.w.WriteByte(c)
		default:
			fmt.Fprintf(r.w, "%%%02x", c)
		}
	}
}

// Lines writes the rows of entries where the template has come to, and returns nothing more to write.
func (v view) Lines(entries []*Entry) (template.HTML, error) {
	return "", v.each(entries, line(v.k), rows.lineHead, rows.line, func(e *Entry) []byte { return e.kept.line })
}

// Articles writes everything about entries where the template has come to, and returns nothing more to write.
func (v view) Articles(entries []*Entry) (template.HTML, error) {
	return "", v.each(entries, article(v.k), rows.articleHead, rows.article, func(e *Entry) []byte { return e.kept.article })
}

// each writes a part of each entry: a head with its rank, and the rest, which may be at hand.
func (v view) each(entries []*Entry, part int, head, rest func(rows, *Entry), at func(*Entry) []byte) error {
	if err := v.w.Flush(); err != nil {
		return err
	}
	clean := func(do func(rows, *Entry), e *Entry) []byte {
		v.row.Reset()
		do(rows{v.row, v}, e)
		return []byte(visible.Text(v.row.String()))
	}
	for _, e := range entries {
		v.out.Write(clean(head, e))
		b := at(e)
		if b == nil {
			b = clean(rest, e)
		}
		v.keep.wrote(e.place, part, v.out.n, b)
		if _, err := v.out.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// lineHead begins the row of an entry in the table of its outcome.
func (r rows) lineHead(e *Entry) {
	r.raw(`<tr><td class="num">`)
	switch {
	case e.Rank != 0:
		r.raw(strconv.Itoa(e.Rank))
	case e.Order != 0:
		r.raw("(", strconv.Itoa(e.Order), ")")
	default:
		r.raw("–")
	}
}

// line writes the rest of the row.
func (r rows) line(e *Entry) {
	r.raw(`</td><td><a href="#`)
	r.fragment(e.Dossier)
	r.raw(`">`)
	r.text(e.Title)
	r.raw("</a><br>")
	if a := r.v.AwardText(e); a != "" {
		r.raw("<b>")
		r.text(a)
		r.raw("</b><br>")
	}
	r.raw(`<span class="small">`)
	r.text(r.v.UnitName(e.Unit))
	r.raw(`</span></td><td class="wide">`)
	r.text(r.v.FieldName(e.Field))
	r.raw(`</td><td class="num">`)
	r.text(r.v.Num(e.Points))
	r.raw(`<span class="bar" aria-hidden="true"><i style="width:`, share(e.Points, e.Max), `%"></i></span>`)
	if e.Certainty != nil {
		r.raw(`<span class="small" title="`)
		r.text(r.v.T("certainty"))
		r.raw(`">`)
		r.text(r.v.T("keeps") + " " + percent(e.Certainty.Keeps))
		r.raw("</span>")
	}
	r.raw(`</td><td class="small">`)
	r.why(e)
	r.raw("</td></tr>\n")
}

// why writes why an entry is where it is: the points of one that has a rank, the reason of any other, and what is
// flagged beyond that.
func (r rows) why(e *Entry) {
	if e.Rank == 0 {
		r.text(e.Reason)
	} else {
		for i := range e.Criteria {
			if i > 0 {
				r.raw(" · ")
			}
			c := &e.Criteria[i]
			r.text(c.Title + " " + r.outOf(c.Points, c.Max))
		}
	}
	for _, f := range e.Flags {
		if !strings.Contains(e.Reason, f.Message) {
			r.raw("<br>")
			r.flag(f)
		}
	}
	if c := r.v.Corrected(e); c != "" {
		r.raw("<br><em>")
		r.text(c)
		r.raw("</em>")
	}
}

// outOf is points and, unless it is 0, their maximum.
func (r rows) outOf(points, most float64) string {
	if most == 0 {
		return r.v.Num(points)
	}
	return r.v.Num(points) + "/" + r.v.Num(most)
}

// flag writes a flag with its message.
func (r rows) flag(f Flag) {
	r.raw(`<span class="flag">`)
	r.text(r.v.FlagName(f.Code))
	r.raw("</span> ")
	r.text(f.Message)
}

// articleHead begins what a page says of an entry.
func (r rows) articleHead(e *Entry) {
	r.raw("\n<article id=\"")
	r.text(e.Dossier)
	r.raw("\">\n<h3>")
	if e.Rank != 0 {
		r.raw(strconv.Itoa(e.Rank), ". ")
	}
}

// article writes the rest.
func (r rows) article(e *Entry) {
	r.text(e.Title)
	r.raw("</h3>\n<p class=\"small\">")
	r.text(r.v.UnitName(e.Unit) + " · " + r.v.FieldName(e.Field) + " · " + e.Dossier)
	r.raw("</p>\n<p><span class=\"o ")
	r.text(string(e.Outcome))
	r.raw(`">`)
	r.text(r.v.T(string(e.Outcome)))
	r.raw("</span>")
	if a := r.v.AwardText(e); a != "" {
		r.raw(" · <b>")
		r.text(a)
		r.raw("</b>")
	}
	r.raw(" · ")
	r.text(e.Reason)
	r.raw("</p>\n")
	r.notes(e)
	r.raw("\n")
	if len(e.Flags) > 0 {
		r.raw(`<ul class="flags">`)
		for _, f := range e.Flags {
			r.raw("<li>")
			r.flag(f)
			r.raw("</li>")
		}
		r.raw("</ul>")
	}
	r.raw("\n")
	if len(e.Gates) > 0 || len(e.Criteria) > 0 {
		r.results(e)
	}
	r.raw("\n</article>\n")
}

// notes writes the facts that have a column, how certain the outcome is, and what people corrected.
func (r rows) notes(e *Entry) {
	small := func(class, s string) {
		r.raw(`<p class="`, class, `">`)
		r.text(s)
		r.raw("</p>")
	}
	for _, c := range e.Columns {
		small("small", c.Title+": "+c.Text)
		r.raw("\n")
	}
	if e.Certainty != nil {
		small("small", e.Certainty.Text)
	}
	if c := r.v.Corrected(e); c != "" {
		small("note", c)
	}
}

// results writes the table of gates, criteria and groups.
func (r rows) results(e *Entry) {
	r.raw("<table>\n<tbody>\n")
	for _, g := range e.Gates {
		mark, said := "✗", "failed"
		if g.Passed {
			mark, said = "✓", "passed"
		}
		r.raw(`<tr><td class="num">`, mark, "<span hidden>")
		r.text(r.v.T(said))
		r.raw(`</span></td><td colspan="2">`)
		r.text(g.Reason)
		r.raw("</td></tr>\n")
	}
	for i := range e.Criteria {
		r.criterion(&e.Criteria[i])
	}
	for _, g := range e.Groups {
		r.raw(`<tr><td class="num">`)
		r.text(r.v.Num(g.Points) + "/" + r.v.Num(g.Max))
		r.raw("</td><td><b>")
		r.text(g.Title)
		r.raw("</b></td></tr>\n")
	}
	r.raw("</tbody>\n</table>")
}

// criterion writes the row of a criterion: its points, its reason, the quotes that earned them, and the passages that
// were found and not counted because they are uncertain.
func (r rows) criterion(c *Criterion) {
	r.raw(`<tr><td class="num">`)
	r.text(r.outOf(c.Points, c.Max))
	r.raw("</td><td><b>")
	r.text(c.Title)
	r.raw(`</b><br><span class="small">`)
	r.text(c.Reason)
	r.raw("</span>\n")
	for i := range c.Evidence {
		s := &c.Evidence[i]
		if s.Quote == "" {
			continue
		}
		r.raw("<blockquote>")
		r.text(texts.Quoted(r.v.Lang, oneLine(s.Quote)))
		r.raw("<cite>")
		r.text(s.Document + ", " + r.v.T("page") + " " + strconv.Itoa(s.Page))
		r.raw("</cite></blockquote>")
	}
	r.raw("\n")
	for i := range c.Uncertain {
		u := &c.Uncertain[i]
		r.raw(`<blockquote class="uncertain"><b>`)
		r.text(r.v.T("uncertain"))
		r.raw(":</b> ")
		r.text(texts.Quoted(r.v.Lang, oneLine(u.Quote)))
		r.raw("<cite>")
		r.text(u.Document + ", " + r.v.T("page") + " " + strconv.Itoa(u.Page) + " – " + u.Why)
		r.raw("</cite></blockquote>")
	}
	r.raw("</td></tr>\n")
}

// share is how wide the bar of an entry's points is, in per cent of the maximum.
func share(points, most float64) string {
	if most <= 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", max(0, min(100, points/most*100)))
}

// percent writes a share in per cent.
func percent(f float64) string { return fmt.Sprintf("%.0f%%", 100*f) }

// oneLine writes a quote on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
