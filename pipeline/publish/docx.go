package publish

import (
	"fmt"
	"io"
	"strings"

	"kheo/pipeline/publish/word"
)

// docxForm writes a list as a Word document for the papers of the meeting.
type docxForm struct {
	shown
	w        io.Writer
	n        Names
	campaign string
}

// end writes the document: the counts, then a table for each outcome, and last the origin of the list.
func (x *docxForm) end() error {
	n, f := x.n, x.file
	d := &word.Doc{Landscape: true}
	d.Heading(1, f.Title)
	d.Paragraph(x.campaign)
	d.Paragraph(f.summary(n))
	d.Paragraph(n.t("humans"))
	if text := f.evidenceText(n); text != "" {
		d.Paragraph(text)
	}
	for _, o := range outcomeOrder {
		rows := [][]string{{n.t("rank"), n.t("title"), n.t("unit"), n.t("field"), n.t("points"), n.t("reason")}}
		for _, e := range x.of(o) {
			rank := ""
			if e.Rank > 0 {
				rank = fmt.Sprint(e.Rank)
			}
			if rank == "" && e.Order > 0 {
				rank = fmt.Sprintf("(%d)", e.Order)
			}
			title := e.Title
			if award := n.awardText(e); award != "" {
				title += "\n" + award
			}
			rows = append(rows, []string{rank, title, n.unit(e.Unit), n.of(n.Env.Fields, e.Field),
				n.number(e.Points), strings.TrimSpace(e.Reason + " " + n.correctedText(e) + n.groupLines(e))})
		}
		if x.all[o] == 0 {
			continue
		}
		d.Heading(2, fmt.Sprintf("%s (%d)", n.outcome(o), x.all[o]))
		if more := x.all[o] - (len(rows) - 1); more > 0 {
			d.Paragraph(fmt.Sprintf(n.t("left-to-workbook"), more))
		}
		if len(rows) > 1 {
			d.Table([]int{6, 26, 14, 15, 7, 32}, rows, true, true)
		}
	}
	d.Paragraph(fmt.Sprintf("%s: %s, %s %s, sha256 %s. %s: %s", n.t("ruleset"), f.Ruleset, n.t("version"),
		f.RulesVersion, f.RulesetSHA256, n.t("run"), f.Run))
	b, err := d.Bytes()
	if err == nil {
		_, err = x.w.Write(b)
	}
	return err
}

// groupLines writes the groups of an entry, each on a line of its own and groups within groups indented.
func (n Names) groupLines(e *Entry) string {
	depth, out := map[string]int{}, ""
	for i := range e.Groups {
		g := &e.Groups[i]
		if g.Group != "" {
			depth[g.ID] = depth[g.Group] + 1
		}
		out += fmt.Sprintf("\n%s%s: %s / %s", strings.Repeat("– ", depth[g.ID]), g.Title, n.number(g.Points),
			n.number(g.Max))
	}
	return out
}
