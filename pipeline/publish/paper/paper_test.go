package paper_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"kheo/pipeline/publish/paper"
)

var languages = []string{"vi", "nb", "en"}

// data is a paper's data with something in every field that templates write, and text that would break a
// document if it were taken for markup or for an action.
func data(lang string) *paper.Data {
	entry := paper.Entry{
		Number:   1,
		Rank:     1,
		Dossier:  "camera-1",
		Title:    `Camera <an ninh> & {{.Campaign}}`,
		Unit:     "Đại Hiệp",
		Level:    "Grassroots",
		Field:    "Security",
		Outcome:  "Recommended",
		Reason:   "It has 90 points",
		Points:   "90",
		Max:      "100",
		Decision: "Recognised",
		Result:   "Recognised",
		For:      5,
		Against:  1,
		Voted:    6,
		Aside:    "Lan",
		Flags:    []paper.Flag{{Name: "Borderline", Text: "two points below"}},
		Convinced: []paper.Point{
			{
				Title:  "Results",
				Points: "30",
				Max:    "30",
				Quotes: []paper.Quote{{Text: "120 hộ", Document: "a.pdf", Page: 2}},
			},
		},
		Missing: []string{"the confirmation"},
		More:    []paper.Point{{Title: "Spread", Points: "2", Max: "10", Text: "more units"}},
	}
	rows := paper.Rows{
		Title:       "Models",
		Version:     "1",
		Run:         "r1",
		Hash:        "abc",
		Audit:       "7 / def",
		ClosedOn:    "2024-12-01",
		Registered:  1,
		Recommended: 1,
		Proposes:    1,
		Recognised:  1,
		Entries:     []paper.Entry{entry},
		Proposed:    []paper.Entry{entry},
		Handled:     []paper.Entry{entry},
		Incomplete:  []paper.Entry{entry},
		Aside:       []paper.Entry{entry},
		Fields:      []paper.Group{{Number: 1, Name: "Security", Entries: []paper.Entry{entry}}},
		Units:       []paper.Group{{Number: 1, Name: "Đại Hiệp", Entries: []paper.Entry{entry}}},
		Overrides:   []paper.Override{{Title: "Camera", What: "Recognised", Reason: "seen on site", By: "An"}},
		Meeting: paper.Meeting{
			On:        "2024-12-01",
			Present:   []string{"An"},
			Attending: []string{"Bình"},
			Voters:    6,
			Quorum:    "2/3",
			Majority:  "1/2",
			Rule:      "half",
		},
	}
	return &paper.Data{
		Language:   lang,
		Campaign:   "Dân vận khéo 2024",
		Draft:      true,
		Date:       "2024-12-02",
		NumberLine: "No. …/DV",
		Issuer:     "The committee",
		Above:      "The district",
		List:       rows,
		Lists:      []paper.Rows{rows},
		Unit:       "Đại Hiệp",
		Entries:    []paper.Entry{entry},
		Certificate: paper.Certified{Number: "1/GCN", Recipient: "Đại Hiệp", For: entry.Title, Award: "First", List: "Models",
			Decision: "12/QĐ", DecidedOn: "2024-12-20"},
		Body: paper.Body{
			Superior: "The district",
			Name:     "The committee",
			State:    "STATE",
			Motto:    "Motto",
			Place:    "Đại Lộc",
			Symbol:   "DV",
			To:       "The district",
			Signs:    "HEAD",
			Decides:  "CHAIR",
		},
		Summary: paper.Figures{
			Units:  []paper.Figure{{Name: "Communes", Count: 18}},
			Fields: []paper.Figure{{Name: "Security", Registered: 1}},
			ByUnit: []paper.Figure{
				{Name: "Đại Hiệp", Registered: 1},
			},
			Flags: []paper.Figure{{Name: "Borderline", Count: 1}},
			Tasks: []string{"go on"},
		},
	}
}

// text returns the text of a Word document.
func text(t *testing.T, docx []byte) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := zr.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every paper is made in every language and layout: the same bytes each time, with nothing left of the
// template's actions, and values as text.
func TestEveryPaperIsMade(t *testing.T) {
	for _, kind := range paper.Kinds {
		for _, lang := range languages {
			for _, layout := range paper.Layouts {
				name := string(kind) + " " + lang + " " + layout
				b, err := paper.Make("", kind, layout, data(lang))
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				again, err := paper.Make("", kind, layout, data(lang))
				if err != nil || !bytes.Equal(b, again) {
					t.Errorf("%s: made twice it differs, %v", name, err)
				}
				got := text(t, b)
				if strings.Contains(got, "<an ninh>") ||
					strings.Contains(strings.ReplaceAll(got, "{{.Campaign}}", ""), "{{") {
					t.Errorf("%s has markup or an action among its text", name)
				}
				if kind != paper.Summary &&
					!strings.Contains(got, "Camera &lt;an ninh&gt; &amp; {{.Campaign}}") {
					t.Errorf("%s does not name the dossier", name)
				}
			}
		}
	}
}

// A paper of a body whose place kheo.yaml leaves blank has the date alone, and no comma before it.
func TestAPlaceThatIsLeftBlankLeavesNoComma(t *testing.T) {
	for _, layout := range paper.Layouts {
		d := data("nb")
		d.Body.Place, d.Date = "", "2. desember 2024"
		b, err := paper.Make("", paper.Decision, layout, d)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, b); strings.Contains(got, ", 2. desember") || !strings.Contains(got, "2. desember 2024") {
			t.Errorf("%s: the date line has a comma without a place, or no date", layout)
		}
	}
}

// No word of a table's header is broken: each fits its column, with 7 points for a bold letter of 12 points, and 5.4
// points left free at each side of the cell.
func TestWordsOfHeadersFitTheirColumns(t *testing.T) {
	header := regexp.MustCompile(`<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>.*?</w:tr>`)
	cell := regexp.MustCompile(`<w:tcW w:w="(\d+)"[^>]*/></w:tcPr>(.*?)</w:tc>`)
	markup := regexp.MustCompile(`<[^>]*>`)
	for _, kind := range paper.Kinds {
		for _, lang := range languages {
			for _, layout := range paper.Layouts {
				b, err := paper.Make("", kind, layout, data(lang))
				if err != nil {
					t.Fatal(err)
				}
				for _, head := range header.FindAllString(text(t, b), -1) {
					for _, c := range cell.FindAllStringSubmatch(head, -1) {
						width, _ := strconv.Atoi(c[1])
						for _, word := range strings.Fields(markup.ReplaceAllString(c[2], "")) {
							if need := utf8.RuneCountInString(word)*140 + 216; need > width {
								t.Errorf("%s %s %s: “%s” needs %d of a column of %d", kind, lang, layout, word, need, width)
							}
						}
					}
				}
			}
		}
	}
}

// Papers of a scheme in which people hand in for themselves have no column of units, which would be blank; the other
// columns and the rows are as they were.
func TestPapersWithoutUnitsHaveNoColumnOfUnits(t *testing.T) {
	for lang, head := range map[string]string{"vi": "Đơn vị", "nb": "Enhet", "en": "Unit"} {
		for _, kind := range []paper.Kind{paper.Decision, paper.Minutes, paper.List, paper.Submission} {
			d := data(lang)
			columns := func() int {
				b, err := paper.Make("", kind, "plain", d)
				if err != nil {
					t.Fatalf("%s %s: %v", kind, lang, err)
				}
				if got := text(t, b); !strings.Contains(got, "Camera &lt;an ninh&gt;") {
					t.Errorf("%s %s: the entry is gone", kind, lang)
				}
				return strings.Count(text(t, b), "<w:gridCol ") + 100*strings.Count(text(t, b), ">"+head+"<")
			}
			with := columns()
			for _, list := range [][]paper.Entry{d.Entries, d.List.Entries, d.List.Proposed, d.List.Handled,
				d.List.Incomplete, d.List.Aside, d.List.Fields[0].Entries, d.List.Units[0].Entries, d.Lists[0].Entries} {
				for i := range list {
					list[i].Unit = ""
				}
			}
			if got := columns(); with-got != 101*(with/100) || with < 100 {
				t.Errorf("%s %s: %d with units, %d without", kind, lang, with, got)
			}
		}
	}
}

// A paper about nothing, with empty lists, is made all the same.
func TestPapersOfAnEmptyList(t *testing.T) {
	for _, kind := range paper.Kinds {
		for _, lang := range languages {
			if _, err := paper.Make("", kind, "plain", &paper.Data{Language: lang}); err != nil {
				t.Errorf("%s %s: %v", kind, lang, err)
			}
		}
	}
}

// A campaign's own template is used in place of kheo's; what is wrong with it is said with its name.
func TestOwnTemplates(t *testing.T) {
	dir := t.TempDir()
	made, own, err := paper.Template(dir, paper.List, "en", "plain")
	if err != nil || own != "" {
		t.Fatalf("%q %v", own, err)
	}
	path := filepath.Join(dir, paper.FileName(paper.List, "en"))
	if err := os.WriteFile(path, made, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, own, err := paper.Template(dir, paper.List, "en", "plain"); err != nil || own != "list.en.docx" ||
		!bytes.Equal(b, made) {
		t.Errorf("%q %v", own, err)
	}
	first, err := paper.Make("", paper.List, "plain", data("en"))
	if err != nil {
		t.Fatal(err)
	}
	if second, err := paper.Make(dir, paper.List, "plain", data("en")); err != nil ||
		text(t, first) != text(t, second) {
		t.Errorf("kheo's template, used as the campaign's own, makes another paper: %v", err)
	}
	if err := os.WriteFile(path, []byte("not a document"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = paper.Make(dir, paper.List, "plain", data("en"))
	if err == nil || !strings.Contains(err.Error(), "papers/list.en.docx") ||
		!strings.Contains(err.Error(), "kheo papers fields") {
		t.Errorf("the error is %v", err)
	}
	if _, _, err := paper.Template(dir, paper.List, "fr", "plain"); err == nil ||
		!strings.Contains(err.Error(), `"fr"`) {
		t.Errorf("a language without papers: %v", err)
	}
}

func TestKinds(t *testing.T) {
	for _, k := range paper.Kinds {
		if !k.Known() {
			t.Errorf("%s is not known", k)
		}
	}
	if paper.Kind("receipt").Known() || paper.Feedback.OfList() || !paper.Minutes.OfList() {
		t.Error("kinds of papers")
	}
}

// The list of fields names everything that a template can write, with lists as ranges.
func TestFields(t *testing.T) {
	all := paper.Fields()
	for _, want := range []string{"{{.Campaign}}", "{{.Body.Motto}}", "{{range .Entries}}", "{{.Title}}"} {
		if !slices.ContainsFunc(
			all,
			func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), want) },
		) {
			t.Errorf("%s is not listed", want)
		}
	}
	for _, l := range all {
		if strings.TrimRight(l, " ") != l || strings.Contains(l, "\n") {
			t.Errorf("%q", l)
		}
	}
}
