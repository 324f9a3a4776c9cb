package listing

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
	"kheo/rules"
)

// table writes the rows of a list's page. They are most of the page, and a template takes ten times as long for them.
// All text passes through text or its callers, which escape it.
type table struct {
	site  *page.Site
	lang  string
	cols  map[string]bool // that are shown
	heads int             // columns with headings
	cut   string          // the dossier after which the line between those recommended and the others is drawn

	strings.Builder
}

// rows returns the rows as HTML. recommended is how many entries of the whole list are; rs may be nil.
func (t *table) rows(rows []access.Row, recommended int, rs *rules.Ruleset) template.HTML {
	t.Grow(1000 * len(rows))
	for i := range rows {
		r := &rows[i]
		if r.Aside != "" {
			t.aside(r)
			continue
		}
		t.row(i, r)
		if r.Dossier == t.cut {
			t.line(recommended, rs)
		}
	}
	return template.HTML(t.String()) // every piece of it is escaped
}

// raw writes HTML.
func (t *table) raw(parts ...string) {
	for _, s := range parts {
		t.WriteString(s)
	}
}

// text writes text, escaped for an element and for an attribute in quotation marks.
func (t *table) text(s string) { template.HTMLEscape(&t.Builder, []byte(s)) }

// say writes a text of the catalogue.
func (t *table) say(key string, args ...any) { t.text(t.site.Texts.Say(t.lang, key, args...)) }

// num writes a number.
func (t *table) num(v any) { t.text(page.Number(t.lang, v)) }

// quiet writes a remark.
func (t *table) quiet(s string) {
	t.raw(`<span class="quiet">`)
	t.text(s)
	t.raw("</span>")
}

// dossier writes the heading of a row with the link to its dossier.
func (t *table) dossier(r *access.Row) {
	t.raw(`<a href="/dossiers/`)
	t.text(url.PathEscape(r.Dossier))
	t.raw(`">`)
	t.text(r.Title)
	t.raw("</a></th>")
}

// aside writes the row of an entry from which the person is recused.
func (t *table) aside(r *access.Row) {
	t.raw(`<tr class="aside"><td></td><td></td><th scope="row">`)
	t.dossier(r)
	t.raw(`<td colspan="`, strconv.Itoa(t.heads-2), `">`)
	t.text(r.UnitName)
	t.raw(" · ")
	t.say("aside.here")
	t.raw(" ")
	t.text(page.Tied(t.site, t.lang, r.Aside))
	t.raw("</td></tr>\n")
}

// line writes the line between those recommended and the others.
func (t *table) line(recommended int, rs *rules.Ruleset) {
	t.raw(`<tr class="cut"><td colspan="`, strconv.Itoa(t.heads+1), `">`)
	if rs != nil {
		if points, _ := rules.Threshold(rs); points != 0 {
			t.say("picture.from", page.Number(t.lang, points))
			t.raw(" · ")
		}
	}
	t.raw(strconv.Itoa(recommended), " ")
	t.say("outcome.recommended")
	t.raw("</td></tr>\n")
}

// row writes the i-th row of the page.
func (t *table) row(i int, r *access.Row) {
	id := "r" + strconv.Itoa(i)
	t.raw(`<tr><td class="s"><input type="checkbox" name="d" value="`)
	t.text(r.Dossier)
	t.raw(`" aria-labelledby="`, id, `"></td><td class="n r">`)
	switch {
	case r.Rank != 0:
		t.raw(strconv.Itoa(r.Rank))
	case r.Order != 0:
		t.quiet("(" + strconv.Itoa(r.Order) + ")")
	}
	t.raw(`</td><th scope="row" id="`, id, `">`)
	t.dossier(r)
	for _, c := range columns {
		if t.cols[c.ID] {
			t.begin(c.ID)
			cells[c.ID](t, r)
			t.raw("</td>")
		}
	}
	t.raw("</tr>\n")
}

// begin writes the beginning of a cell, with its heading for narrow pages.
func (t *table) begin(column string) {
	class := cellClasses[column]
	t.raw("<td")
	if class != "" {
		t.raw(` class="`, class, `"`)
	}
	if key := cellLabels[column]; key != "" {
		t.raw(` data-l="`)
		t.say(key)
		t.raw(`"`)
	}
	t.raw(">")
}

// What cells have beside their content: their classes, and the keys of their headings if those are shown on narrow
// pages.
var (
	cellClasses = map[string]string{"unit": "u", "field": "u", "points": "n p", "certainty": "n", "votes": "n"}
	cellLabels  = map[string]string{"certainty": "certainty", "tags": "tags", "evaluators": "list.evaluators",
		"votes": "votes", "mine": "vote.mine"}
)

// cells write what is in the cell of a column.
var cells = map[string]func(*table, *access.Row){
	"unit":       func(t *table, r *access.Row) { t.text(r.UnitName) },
	"field":      func(t *table, r *access.Row) { t.text(r.FieldName) },
	"outcome":    (*table).outcome,
	"points":     (*table).points,
	"certainty":  (*table).certainty,
	"flags":      (*table).flags,
	"tags":       (*table).tags,
	"evaluators": func(t *table, r *access.Row) { t.text(r.Evaluators) },
	"votes":      (*table).votes,
	"mine": func(t *table, r *access.Row) {
		if r.MyVote != "" {
			t.say("vote." + string(r.MyVote))
		}
	},
	"decision": (*table).decision,
}

// outcome writes the outcome, what the entry gets, and what people set in their place.
func (t *table) outcome(r *access.Row) {
	if r.Hidden {
		t.quiet(r.Reason)
	} else {
		t.raw(`<span class="outcome `)
		t.text(string(r.Outcome))
		t.raw(`">`)
		t.say("outcome." + string(r.Outcome))
		t.raw("</span>")
		if r.Award != nil {
			t.raw(" <strong>")
			t.text(r.Award.Title)
			t.raw("</strong>")
		}
		if r.Granted != nil {
			t.raw(` <span class="amount">`)
			t.num(r.Granted.Amount)
			t.raw(" ")
			t.text(r.Granted.Currency)
			t.raw("</span>")
		}
	}
	for _, o := range r.Overrides {
		t.raw(" ")
		if o.Criterion == "" {
			t.quiet(t.site.Texts.Say(t.lang, "override.to", t.site.Texts.Say(t.lang, "outcome."+o.Outcome), o.By,
				o.Reason))
		} else {
			t.quiet(t.site.Texts.Say(t.lang, "override.mark"))
		}
	}
}

// points writes the points with a bar.
func (t *table) points(r *access.Row) {
	if r.Hidden {
		t.raw("–")
		return
	}
	t.num(r.Points)
	t.raw(` <svg class="pb" width="60" height="8" aria-hidden="true"><rect class="back" width="60" height="8"/>`+
		`<rect class="fill" width="`, strconv.Itoa(page.Share(r.Points, r.Max)), `%" height="8"/></svg>`)
}

// certainty writes in which share of trials the outcome stays.
func (t *table) certainty(r *access.Row) {
	if r.Certainty != nil {
		t.raw(strconv.Itoa(page.Share(r.Certainty.Keeps, 1)), " %")
	}
}

// flags writes the flags, and which facts people corrected.
func (t *table) flags(r *access.Row) {
	for _, code := range r.FlagCodes {
		t.raw(`<span class="flag">`)
		t.say("flag." + code)
		t.raw("</span> ")
	}
	if len(r.Corrected) > 0 {
		t.raw(`<span class="flag corrected">`)
		t.say("list.corrected", strings.Join(r.Corrected, ", "))
		t.raw("</span>")
	}
}

// tags writes the tags that people gave.
func (t *table) tags(r *access.Row) {
	for _, tag := range r.Tags {
		t.raw(`<span class="tag">`)
		t.text(tag)
		t.raw("</span> ")
	}
}

// votes writes how many voted for, against, and for neither, unless they are in a sealed box.
func (t *table) votes(r *access.Row) {
	if r.Tally.Cast() > 0 && r.Tally.Sealed == 0 {
		t.raw(strconv.Itoa(r.Tally.For), "–", strconv.Itoa(r.Tally.Against), "–", strconv.Itoa(r.Tally.Abstain))
	}
}

// decision writes what was decided here and at the next office.
func (t *table) decision(r *access.Row) {
	if r.Decision != nil {
		t.decided("span", r.Decision.Decision)
	}
	a := r.NextTier
	if a == nil {
		return
	}
	t.raw(` <span class="quiet">`)
	t.say("handover.next")
	t.raw(": ")
	if a.Decision != "" {
		t.decided("strong", a.Decision)
	} else {
		t.say("handover.undecided")
	}
	if a.Award != nil {
		t.raw(" ")
		t.text(a.Award.Title)
	}
	if a.Number != "" {
		t.raw(" · ")
		t.say("handover.number")
		t.raw(" ")
		t.text(a.Number)
	}
	if a.On != "" {
		t.raw(" · ")
		t.text(page.When(t.lang, a.On, t.site.W.Campaign().Location))
	}
	t.raw("</span>")
}

// decided writes a decision in an element.
func (t *table) decided(element string, d review.Decision) {
	t.raw("<", element, ` class="decision `)
	t.text(string(d))
	t.raw(`">`)
	t.say("decision." + string(d))
	t.raw("</", element, ">")
}
