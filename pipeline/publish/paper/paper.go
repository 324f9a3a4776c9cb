// Package paper makes the papers that a committee signs and sends: the list that it proposes, its
// minutes, the submission to the body that decides, the draft of the decision, what is to be sent back,
// a letter about every dossier to its unit, and the summary of the year. They are Word documents.
//
// Each is made from a template, which is a Word document with actions in {{ }} (see package word). kheo
// has one for every paper and language; a campaign that has papers/<paper>.<language>.docx uses that
// instead. Data is what a template can write.
package paper

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"kheo/internal/texts"
	"kheo/pipeline/publish/word"
)

// Kind is a kind of paper.
type Kind string

// Kinds of papers.
const (
	List       Kind = "list"
	Minutes    Kind = "minutes"
	Submission Kind = "submission"
	Decision   Kind = "decision"
	Returns    Kind = "returns"
	Feedback   Kind = "feedback" // to a unit
	Summary    Kind = "summary"  // of the campaign

	Certificate Kind = "certificate" // of an entry that was recognised
)

// Kinds lists every kind: those of a list first.
var Kinds = []Kind{List, Minutes, Submission, Decision, Returns, Feedback, Summary, Certificate}

// OfList reports whether a paper is about one list.
func (k Kind) OfList() bool { return k != Feedback && k != Summary && k != Certificate }

// Known reports whether the kind exists.
func (k Kind) Known() bool {
	return slices.Contains(Kinds, k)
}

// Data is what a paper can say. Numbers and dates are written in its language. The say tags are the
// descriptions that `kheo papers fields` prints.
type Data struct {
	Language   string  `say:"vi, nb or en"`
	Campaign   string  `say:"the campaign's title"`
	Draft      bool    `say:"as long as a list that the paper is about is not closed"`
	Date       string  `say:"the day on which the paper is made"`
	NumberLine string  `say:"place for the paper's number, with the symbol behind it"`
	Issuer     string  `say:"who issues this paper: the body, or, of the decision, the body that decides"`
	Above      string  `say:"the body above the issuer"`
	Body       Body    `say:"who issues the paper, from papers: in kheo.yaml"`
	List       Rows    `say:"the list that the paper is about"`
	Lists      []Rows  `say:"every list (summary)"`
	Unit       string  `say:"the unit that a letter goes to"`
	Entries    []Entry `say:"the dossier that the letter is about"`
	Summary    Figures `say:"the figures of the year"`

	Certificate Certified `say:"what a certificate says"`
}

// Certified is what a certificate says.
type Certified struct {
	Number    string `say:"as certificates: in kheo.yaml has it; empty if it is blank there"`
	Recipient string `say:"the nominee; without one the collective or individual of the title or, of a model, the unit"`
	For       string `say:"the title of the dossier; empty if it is the recipient"`
	Unit      string `say:"of the recipient; empty if it is the recipient, and without a unit"`
	Award     string `say:"the rank or place that it gets, with the money; empty if none"`
	List      string `say:"the title of the ruleset"`
	Decision  string `say:"the number of the decision; empty if it is blank in kheo.yaml"`
	DecidedOn string `say:"its date; empty if it is blank in kheo.yaml"`
}

// Body is the body that issues a paper.
type Body struct {
	Superior string `say:"the body above"`
	Name     string `say:"the issuing body"`
	State    string `say:"the first line on the right of an official heading"`
	Motto    string `say:"the second"`
	Place    string `say:"where the paper is issued"`
	Symbol   string `say:"what stands behind the number"`
	To       string `say:"the body that decides"`
	Signs    string `say:"the office of the person who signs"`
	Decides  string `say:"the office of the person who signs the decision"`
}

// Rows is a list, with the counts of its outcomes and of the decisions about it.
type Rows struct {
	Title         string     `say:"of the ruleset"`
	Version       string     `say:"of the ruleset"`
	Run           string     `say:"that made the list"`
	Hash          string     `say:"of the closing; empty if the list is open"`
	Audit         string     `say:"how far the audit trail went, at the closing or now: events / hash of the last"`
	ClosedOn      string     `say:"the day of the closing"`
	Evidence      string     `say:"a sentence: how much of its evidence people checked; empty if none"`
	Registered    int        `say:"how many dossiers are on it"`
	Recommended   int        `say:"how many are recommended, with what people set by hand"`
	Proposes      int        `say:"how many the program itself recommends"`
	Recognised    int        `say:"how many are recognised by decision"`
	NotRecognised int        `say:""`
	Deferred      int        `say:""`
	Returned      int        `say:""`
	Undecided     int        `say:"how many of the recommended or voted on have no decision"`
	Entries       []Entry    `say:"all, in the order of the list"`
	Proposed      []Entry    `say:"those recognised by decision; if there is none yet, those recommended"`
	Handled       []Entry    `say:"those that were voted on or decided"`
	Incomplete    []Entry    `say:"those sent back, or with missing or unreadable papers and not decided otherwise"`
	Aside         []Entry    `say:"those from which a member was recused"`
	Absent        []Entry    `say:"those decided while a member was absent; empty if nobody came or left"`
	Corrected     []Entry    `say:"those with facts that people corrected"`
	Fields        []Group    `say:"the proposed, by field"`
	Units         []Group    `say:"the proposed, by unit"`
	Overrides     []Override `say:"what was changed by hand"`
	Meeting       Meeting    `say:"who met"`
}

// Meeting is the meeting on a list: the people present, and how they decide.
type Meeting struct {
	On        string   `say:"the day; empty if no meeting was recorded"`
	Present   []string `say:"names of those with a vote"`
	Attending []string `say:"names of those without one"`
	Moves     []string `say:"who came and left during the meeting, in words"`
	Earlier   []string `say:"meetings before, at which something was decided: the day and those present with a vote"`
	Elsewhere []string `say:"names of those who voted and are not among those present"`
	Voters    int      `say:"how many had a vote then, present or not"`
	Quorum    string   `say:"a share"`
	Needed    string   `say:"the quorum in words"`
	Majority  string   `say:"a share"`
	Rule      string   `say:"the majority with what it is a share of"`
}

// Entry is a dossier.
type Entry struct {
	Number         int      `say:"counted within its table, from 1"`
	Rank           int      `say:"on the list; 0 if it is not ranked, and in papers for applicants"`
	Dossier        string   `say:"its id"`
	Title          string   `say:""`
	Nominee        string   `say:"of a commendation"`
	Unit           string   `say:""`
	Level          string   `say:""`
	Field          string   `say:""`
	Outcome        string   `say:"what the program recommends"`
	Reason         string   `say:"why; empty in papers for applicants"`
	Award          string   `say:"the rank or place that it gets, with the money; empty if none"`
	Points         string   `say:""`
	Max            string   `say:""`
	Decision       string   `say:"of the committee; empty if there is none"`
	DecisionReason string   `say:""`
	Result         string   `say:"the decision, or that there is none yet"`
	For            int      `say:"votes"`
	Against        int      `say:"votes"`
	Abstained      int      `say:"votes"`
	Voted          int      `say:"votes in all"`
	Aside          string   `say:"who was recused, by name"`
	Absent         string   `say:"who was absent when it was decided, by name; empty if nobody came or left"`
	NotCounted     string   `say:"whose scores do not count because they are recused, by name"`
	Flags          []Flag   `say:"what a person had to look at"`
	Corrected      string   `say:"the facts that people corrected; empty in papers for applicants"`
	Convinced      []Point  `say:"the criteria that brought at least half of their points, with quotes"`
	Missing        []string `say:"what was missing, in words"`
	More           []Point  `say:"the criteria with points to gain, with what would have brought them"`
	Hidden         bool     `say:"who made the paper is recused: only title and unit are there"`
}

// Flag is something that had to be looked at.
type Flag struct {
	Name string `say:""`
	Text string `say:""`
}

// Point is a criterion.
type Point struct {
	Title  string  `say:""`
	Points string  `say:""`
	Max    string  `say:""`
	Text   string  `say:"the reason, or what would have brought more"`
	Quotes []Quote `say:"at most two"`
}

// Quote is a piece of evidence.
type Quote struct {
	Text     string `say:"verbatim"`
	Document string `say:""`
	Page     int    `say:""`
}

// Group is a part of a list.
type Group struct {
	Number  int     `say:"from 1"`
	Name    string  `say:""`
	Entries []Entry `say:""`
}

// Override is what was changed by hand.
type Override struct {
	Title  string `say:"of the dossier"`
	What   string `say:"what applies instead"`
	Reason string `say:""`
	By     string `say:"name"`
}

// Figures are the figures of a year.
type Figures struct {
	Units  []Figure `say:"units by kind, and how many of them have which attribute"`
	Fields []Figure `say:"dossiers by field"`
	ByUnit []Figure `say:"dossiers by unit"`
	Flags  []Figure `say:"dossiers by what had to be looked at"`
	Tasks  []string `say:"next year's, from papers: in kheo.yaml"`
}

// Figure is a count: of units or flags, or of the dossiers of a field or unit.
type Figure struct {
	Name        string `say:""`
	Count       int    `say:"(units and flags)"`
	Registered  int    `say:"(fields and units)"`
	Recommended int    `say:""`
	Recognised  int    `say:""`
}

// heads are the headings of the layouts; see head.
var heads = map[string][]string{
	"official": {
		"<N {{if .Above}}", "<N {{.Above}}", "<N {{end}}", "<R {{.Issuer}}", "<N {{.NumberLine}}",
		">S {{.Body.State}}", ">R {{.Body.Motto}}", ">I {{if .Body.Place}}{{.Body.Place}}, {{end}}{{.Date}}",
	},
	"plain": {"<B {{.Issuer}}", "<N {{if .Above}}", "<N {{.Above}}", "<N {{end}}",
		">N {{if .Body.Place}}{{.Body.Place}}, {{end}}{{.Date}}"},
}

// Template returns the Word document that a paper is made from: the campaign's own, in dir, if there is
// one, and its name; otherwise kheo's, and "".
func Template(dir string, k Kind, lang, layout string) (b []byte, own string, err error) {
	return templateOf(dir, k, lang, layout, false)
}

// templateOf is Template, without the columns of units if there are none: a column that is blank in every row looks
// like something forgotten.
func templateOf(dir string, k Kind, lang, layout string, noUnits bool) (b []byte, own string, err error) {
	own = FileName(k, lang)
	b, err = os.ReadFile(filepath.Join(dir, own))
	if err == nil {
		return b, own, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, own, err
	}
	template, _ := texts.Section("templates").Lookup(string(k))
	text, ok := template[lang]
	if !ok {
		return nil, "", fmt.Errorf("there is no paper %q in the language %q", k, lang)
	}
	if noUnits {
		text = withoutColumn(text, "{{.Unit}}")
	}
	b, err = compose(text, layout, heads)
	return b, "", err
}

// FileName returns the file name of a template.
func FileName(k Kind, lang string) string { return fmt.Sprintf("%s.%s.docx", k, lang) }

// Make fills in a paper's template. The same data gives the same bytes.
func Make(dir string, k Kind, layout string, d *Data) ([]byte, error) {
	t, own, err := templateOf(dir, k, d.Language, layout, d.noUnits())
	if err != nil {
		return nil, err
	}
	b, err := word.Fill(t, d, nil)
	if err != nil && own != "" {
		return nil, fmt.Errorf("papers/%s: %w. `kheo papers fields` lists what there is to write", own, err)
	}
	return b, err
}

// noUnits reports whether no entry of the paper has a unit: people hand in for themselves.
func (d *Data) noUnits() bool {
	lists := [][]Entry{d.Entries, d.List.Entries, d.List.Proposed, d.List.Handled}
	for _, l := range d.Lists {
		lists = append(lists, l.Entries)
	}
	all := slices.Concat(lists...)
	return len(all) > 0 && !slices.ContainsFunc(all, func(e Entry) bool { return e.Unit != "" })
}

// Fields lists what a template can write, one line each.
func Fields() []string {
	var out []string
	var walk func(t reflect.Type, prefix string)
	walk = func(t reflect.Type, prefix string) {
		for i := range t.NumField() {
			f := t.Field(i)
			inner, list := f.Type, false
			if inner.Kind() == reflect.Slice {
				inner, list = inner.Elem(), true
			}
			indent := prefix[:len(prefix)-len(strings.TrimLeft(prefix, " "))]
			name := strings.TrimLeft(prefix, " ") + "." + f.Name
			if list {
				name = "{{range " + name + "}}"
			} else if inner.Kind() != reflect.Struct {
				name = "{{" + name + "}}"
			}
			name = indent + name
			out = append(out, strings.TrimRight(fmt.Sprintf("%-40s %s", name, f.Tag.Get("say")), " "))
			if inner.Kind() == reflect.Struct && !(list && seen(out, inner)) {
				next := prefix + "." + f.Name
				if list {
					next = strings.Repeat(" ", len(prefix)-len(strings.TrimLeft(prefix, " "))+2)
				}
				walk(inner, next)
			}
		}
	}
	walk(reflect.TypeFor[Data](), "")
	return out
}

// seen reports whether the fields of a list's items are among the lines already.
func seen(out []string, t reflect.Type) bool {
	first := t.Field(0).Name
	for _, l := range out {
		if strings.HasPrefix(strings.TrimSpace(l), "{{."+first+"}}") && t.NumField() > 6 {
			return true
		}
	}
	return false
}
