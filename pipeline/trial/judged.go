package trial

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/sampling"
	"kheo/internal/strict"
	"kheo/internal/texts"
	"kheo/pipeline/publish"
	"kheo/rules"
	"kheo/rules/lookup"
)

// This file writes samples of finds as a sheet that a person fills in, and reads the sheet back.

// sheetTexts are the texts of sheets.
const sheetTexts texts.Section = "sheets"

// Columns of a sheet, by their keys among the texts.
const (
	columnPiece     = "piece"
	columnRuleset   = "ruleset"
	columnCriterion = "criterion"
	columnClue      = "clue"
	columnDossier   = "dossier"
	columnPage      = "page"
	columnSentence  = "sentence"
	columnJudgement = "judgement"
	columnAnswer    = "answer"
	columnWhy       = "why"
	columnFound     = "found"
)

// columnsOfSheet are the columns in their order, with their widths in characters.
var columnsOfSheet = []struct {
	key   string
	width float64
}{
	{columnCriterion, 18}, {columnClue, 6}, {columnSentence, 90}, {columnJudgement, 14}, {columnDossier, 40},
	{columnPage, 34}, {columnAnswer, 16}, {columnWhy, 44}, {columnFound, 10}, {columnRuleset, 22}, {columnPiece, 16},
}

// Sheet returns samples as a sheet with a column to be filled in, for a file with the given name: .xlsx, or .csv with
// commas. lang is the language of its headers and reasons. What was found is between « and ».
func Sheet(name, lang string, samples []ClueSample) ([]byte, error) {
	var head []any
	var widths []float64
	for _, c := range columnsOfSheet {
		head, widths = append(head, sheetTexts.In(lang, "column."+c.key)), append(widths, c.width)
	}
	var rows [][]any
	for i := range samples {
		s := &samples[i]
		for k := range s.Sample {
			rows = append(rows, s.row(&s.Sample[k], lang))
		}
	}
	switch {
	case strings.HasSuffix(strings.ToLower(name), ".xlsx"):
		return publish.Sheet(sheetTexts.In(lang, "sample"), widths, head, rows)
	case strings.HasSuffix(strings.ToLower(name), ".csv"):
		return csvOf(append([][]any{head}, rows...))
	}
	return nil, fmt.Errorf("%s is neither a .csv nor an .xlsx file; write the name with one of these endings", name)
}

// row is the row of a find, its cells in the order of columnsOfSheet.
func (s *ClueSample) row(f *SampledFind, lang string) []any {
	rs := []rune(f.Sentence)
	marked := string(rs[:f.Start]) + "«" + string(rs[f.Start:f.End]) + "»" + string(rs[f.End:])
	return []any{s.Criterion, s.Clue, marked, "", f.Dossier, fmt.Sprintf("%s:%d", f.Document, f.Page),
		sheetTexts.In(lang, string(f.Answer)), f.Why.In(lang, "en"), s.Found.of(f.Answer), s.Ruleset, f.Piece}
}

// csvOf writes rows as comma-separated values with a byte order mark, by which Excel knows that they are UTF-8.
func csvOf(rows [][]any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = publish.PlainCell(fmt.Sprint(c))
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// Judged is what a person said of the sampled finds of one clue.
type Judged struct {
	Ruleset   string `json:"ruleset"`
	Criterion string `json:"criterion"`
	Clue      int    `json:"clue"`
	Counts    Share  `json:"counts"`         // of what counts: how much of it is right
	Uncertain Share  `json:"uncertain"`      // of what is uncertain: how much of it is right
	Refuted   Share  `json:"does_not_count"` // of what does not count: how much of it is right, and is missed
}

// Share is how many finds are right, estimated from those that were judged. Low and High are the 95 % interval.
type Share struct {
	Found  int     `json:"found"`  // in all dossiers
	Judged int     `json:"judged"` // as right or wrong
	Right  int     `json:"right"`
	Unsure int     `json:"unsure"` // the judge could not decide
	Share  float64 `json:"share"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// confidence is that of the intervals.
const confidence = 0.95

// ReadJudged reads a sheet that Sheet wrote and a person filled in, in any of its languages. Rows without a judgement
// are left out; if all are, it is an error. The error is a strict.Problems with all mistakes of the sheet.
func ReadJudged(file string, data []byte) ([]Judged, error) {
	sheet := judgedSheet{file: file}
	for _, lang := range texts.Languages {
		column := sheetTexts.In(lang, "column."+columnPiece)
		t, problems := lookup.Read(lookup.Spec{File: file, Key: lookup.ByTitle, Column: column}, data)
		if t != nil {
			sheet.read(t)
			return sheet.result()
		}
		if !missesColumn(problems, column) {
			return nil, problems // of the file itself, whatever its language
		}
	}
	return nil, strict.Problems{{File: file, Line: 1, Col: 1,
		Message: fmt.Sprintf("the sheet has no column %q", sheetTexts.In("en", "column."+columnPiece)),
		Cure:    "fill in a sheet that  kheo rules sample --judge FILE  wrote, and keep its columns"}}
}

// missesColumn reports whether all that is wrong with a table is that it has no column of a name.
func missesColumn(problems strict.Problems, column string) bool {
	return len(problems) == 1 && strings.Contains(problems[0].Message, strconv.Quote(column))
}

// judgedSheet is a sheet that is being read.
type judgedSheet struct {
	file     string
	clues    []Judged
	problems strict.Problems
	judged   int
}

// fail reports a mistake at a cell.
func (j *judgedSheet) fail(at lookup.Cell, message, cure string) {
	if len(j.problems) < maxMistakes {
		j.problems = append(j.problems, strict.Problem{File: j.file, Line: max(1, at.Line), Col: max(1, at.Col),
			Message: message, Cure: cure})
	}
}

// read reads the rows.
func (j *judgedSheet) read(t *lookup.Table) {
	columns := map[string][]lookup.Row{}
	for _, key := range []string{columnRuleset, columnCriterion, columnClue, columnJudgement, columnAnswer,
		columnFound} {
		rows, ok := columnOf(t, key)
		if !ok {
			j.fail(lookup.Cell{}, fmt.Sprintf("the sheet has no column %q", sheetTexts.In("en", "column."+key)),
				"keep the columns as  kheo rules sample --judge FILE  wrote them")
			return
		}
		columns[key] = rows
	}
	for i := range columns[columnJudgement] {
		row := map[string]lookup.Cell{}
		for key, rows := range columns {
			row[key] = rows[i].Value
		}
		j.row(row)
	}
}

// columnOf returns the values of a column, whose header is in one of the languages.
func columnOf(t *lookup.Table, key string) ([]lookup.Row, bool) {
	for _, lang := range texts.Languages {
		if rows, _, ok := t.Values(sheetTexts.In(lang, "column."+key)); ok {
			return rows, true
		}
	}
	return nil, false
}

// maxFound bounds the number of finds that a sheet may state.
const maxFound = 1_000_000_000

// keepCell is the cure for cells that people are not to change.
const keepCell = "keep the cell as it was written"

// row reads one row.
func (j *judgedSheet) row(row map[string]lookup.Cell) {
	said := row[columnJudgement]
	if said.Text == "" {
		return
	}
	judgement := wordOf(said.Text, "right", "wrong", "unsure")
	answer := wordOf(row[columnAnswer].Text, string(rules.Counts), string(rules.Uncertain), string(rules.Refuted))
	clue, err := strconv.Atoi(row[columnClue].Text)
	found, foundErr := strconv.Atoi(row[columnFound].Text)
	switch {
	case judgement == "":
		j.fail(said, fmt.Sprintf("a judgement cannot be %q", said.Text), "write right, wrong or unsure")
	case answer == "":
		j.fail(row[columnAnswer], fmt.Sprintf("kheo never says %q", row[columnAnswer].Text), keepCell)
	case err != nil || clue < 1:
		j.fail(row[columnClue], fmt.Sprintf("a clue has a number, not %q", row[columnClue].Text), keepCell)
	case foundErr != nil || found < 1 || found > maxFound:
		j.fail(row[columnFound], fmt.Sprintf("this is how many finds there are, not %q", row[columnFound].Text),
			keepCell)
	default:
		j.count(row, clue, rules.Answer(answer), judgement, found)
	}
}

// count counts a judgement.
func (j *judgedSheet) count(row map[string]lookup.Cell, clue int, answer rules.Answer, judgement string, found int) {
	of := Judged{Ruleset: row[columnRuleset].Text, Criterion: row[columnCriterion].Text, Clue: clue}
	at := slices.IndexFunc(j.clues, func(x Judged) bool {
		return x.Ruleset == of.Ruleset && x.Criterion == of.Criterion && x.Clue == clue
	})
	if at < 0 {
		at = len(j.clues)
		j.clues = append(j.clues, of)
	}
	share := j.clues[at].of(answer)
	if share.Found != 0 && share.Found != found {
		j.fail(row[columnFound], fmt.Sprintf("this row says that %d were found, and one above says %d",
			found, share.Found), "judge each sample in a sheet of its own")
		return
	}
	share.Found = found
	j.judged++
	switch judgement {
	case "right":
		share.Judged++
		share.Right++
	case "wrong":
		share.Judged++
	default:
		share.Unsure++
	}
	if share.Judged+share.Unsure > found {
		j.fail(row[columnFound], fmt.Sprintf("more than the %d that were found are judged", found),
			"remove rows that were added")
	}
}

// of is the share of one answer.
func (j *Judged) of(a rules.Answer) *Share {
	switch a {
	case rules.Counts:
		return &j.Counts
	case rules.Uncertain:
		return &j.Uncertain
	}
	return &j.Refuted
}

// wordOf returns the key of a word that a cell has in one of the languages; "" if it is none of them.
func wordOf(cell string, keys ...string) string {
	for _, key := range keys {
		for _, lang := range texts.Languages {
			if strings.EqualFold(norm.NFC.String(sheetTexts.In(lang, key)), norm.NFC.String(cell)) {
				return key
			}
		}
	}
	return ""
}

// result estimates the shares.
func (j *judgedSheet) result() ([]Judged, error) {
	if len(j.problems) == 0 && j.judged == 0 {
		j.fail(lookup.Cell{}, "no row is judged", fmt.Sprintf("write right, wrong or unsure into the column %q",
			sheetTexts.In("en", "column."+columnJudgement)))
	}
	if len(j.problems) > 0 {
		return nil, j.problems
	}
	for i := range j.clues {
		for _, a := range rules.Answers {
			j.clues[i].of(a).estimate()
		}
	}
	slices.SortStableFunc(j.clues, func(a, b Judged) int { return cmp.Compare(a.Ruleset, b.Ruleset) })
	return j.clues, nil
}

// estimate computes the share and its interval. Those of which the judge could not decide are left out, as if they were
// not among the finds.
func (s *Share) estimate() {
	if s.Found == 0 {
		return
	}
	e := sampling.Of([]sampling.Stratum{{Size: s.Found - s.Unsure, Checked: s.Judged, Right: s.Right}}, confidence)
	s.Share, s.Low, s.High = e.Share, e.Low, e.High
}
