package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
	"kheo/rules"
)

// longList is a list of n, as assessed, and what each of them is in full.
func longList(n int) (*recommend.List, map[string]*dossier.Assessment) {
	text := func(s string) dossier.Text {
		return dossier.Text{"vi": s + " vi", "nb": s + " nb", "en": s +
			" en"}
	}
	whole := map[string]*dossier.Assessment{}
	var brief []*dossier.Assessment
	for i := range n {
		a := dossier.Assessment{Dossier: fmt.Sprintf("d-%04d", i), Title: fmt.Sprint("Mô hình ", i),
			Unit: "north", Outcome: dossier.Outcomes[i%3], Points: float64(i), Max: 100,
			Band:  text(fmt.Sprint("band ", i)),
			Flags: []dossier.Flag{{Code: "copied", Message: text(fmt.Sprint("copied ", i))}},
			Gates: []dossier.Gate{{ID: "g", Passed: true, Reason: text("gate")}},
			Criteria: []dossier.Criterion{{ID: "c", Title: text("criterion"), Points: float64(i), Max: 100,
				Reason:   text(fmt.Sprint("why ", i)),
				Evidence: []dossier.Source{{Document: "a.pdf", Page: i, Quote: "<b>" + fmt.Sprint(i)}}}}}
		whole[a.Dossier] = &a
		b := a
		b.Band, b.Flags = nil, []dossier.Flag{{Code: "copied"}}
		b.Gates = []dossier.Gate{{ID: "g", Passed: true}}
		b.Criteria = []dossier.Criterion{{ID: "c", Title: a.Criteria[0].Title, Points: a.Points, Max: 100}}
		brief = append(brief, &b)
	}
	return recommend.Make(&rules.Ruleset{ID: "r", Title: text("list"), Quotas: []rules.Quota{{Per: "all",
		Most: 50}}}, brief), whole
}

func keysOf(l *recommend.List) (out []Key) {
	for _, e := range l.Entries {
		out = append(out, KeyOf([]any{e.Assessment, e.Rank > 0, e.Outcome}))
	}
	return out
}

type closer struct {
	bytes.Buffer
	done func([]byte)
}

func (c *closer) Close() error { c.done(c.Bytes()); return nil }

// A list that is written part by part is, byte for byte, the one that is written at once.
func TestAnEditionIsItsList(t *testing.T) {
	l, whole := longList(3*chunk + 7)
	d := Edition{List: l, Campaign: "c", Title: dossier.Text{"vi": "C"}, Env: &rules.Env{}, Run: "run",
		Languages: []string{"vi", "en"}, Keys: keysOf(l)}
	load := func(_ context.Context, ids []string) ([]*dossier.Assessment, error) {
		var out []*dossier.Assessment
		for _, id := range ids {
			a := *whole[id]
			out = append(out, &a)
		}
		return out, nil
	}
	var mu sync.Mutex
	files := map[string][]byte{}
	create := func(name string) (io.WriteCloser, error) {
		return &closer{done: func(b []byte) { mu.Lock(); files[name] = b; mu.Unlock() }}, nil
	}
	heard := map[string]bool{}
	d.Written = func(_ context.Context, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if heard[name] = true; files[name] == nil {
			t.Errorf("%s is told to be whole before it is closed", name)
		}
		return nil
	}
	if err := d.Write(t.Context(), load, create); err != nil {
		t.Fatal(err)
	}
	full := func(languages ...string) *File {
		f := *l
		f.Entries = nil
		for _, e := range l.Entries {
			a := *whole[e.Dossier]
			if a.Outcome = e.Outcome; e.Band != nil { // beyond the quota
				a.Band = e.Band
			}
			a.Flags = append(slices.Clip(a.Flags), e.Flags[1:]...)
			f.Entries = append(f.Entries, recommend.Ranked{Assessment: &a, Rank: e.Rank,
				Certainty: e.Certainty})
		}
		out := NewFile(&f, "c", languages...)
		out.Run = "run"
		return out
	}
	vi, en := full("vi", "vi", "en"), full("en", "vi", "en")
	n := Names{Env: d.Env, Lang: "vi"}
	for name, want := range map[string]func() ([]byte, error){
		"r.json":    vi.JSON,
		"r.csv":     func() ([]byte, error) { return vi.CSV(n) },
		"r.xlsx":    func() ([]byte, error) { return vi.XLSX(n) },
		"r.docx":    func() ([]byte, error) { return vi.DOCX(n, "C") },
		"r.html":    func() ([]byte, error) { return vi.HTML(n, "C", d.Languages, d.page) },
		"r.en.html": func() ([]byte, error) { return en.HTML(Names{d.Env, "en"}, "C", d.Languages, d.page) },
	} {
		b, err := want()
		if err != nil || len(b) == 0 || !bytes.Equal(b, files[name]) {
			t.Errorf("%s is not what the list makes (%d bytes, want %d; %v)", name, len(files[name]), len(b),
				err)
		}
	}
	if len(files) != 6 || len(heard) != 6 {
		t.Errorf("%d files, of which %d are told to be whole", len(files), len(heard))
	}

	broken := errors.New("the disk is gone")
	bad := func(ctx context.Context, ids []string) ([]*dossier.Assessment, error) {
		if ids[0] != l.Entries[0].Dossier {
			return nil, broken
		}
		return load(ctx, ids)
	}
	clear(heard)
	if err := d.Write(t.Context(), bad, create); !errors.Is(err, broken) || len(heard) > 0 {
		t.Errorf("where a part can't be loaded: %v; told to be whole: %v", err, heard)
	}
	d.Written = func(context.Context, string) error { return broken }
	if err := d.Write(t.Context(), load, create); !errors.Is(err, broken) {
		t.Errorf("where a whole file can't be kept: %v", err)
	}
	d.Written = nil
	if err := d.Write(t.Context(), load, func(name string) (io.WriteCloser, error) {
		if name == "r.csv" {
			return nil, broken
		}
		return create(name)
	}); !errors.Is(err, broken) {
		t.Errorf("where a file can't be made: %v", err)
	}
}

// editionsIn makes editions of a list one after the other in a folder, each from what the one before left there.
type editionsIn struct {
	dir       string
	languages []string
	env       *rules.Env
	saved     []byte
	files     map[string][]byte // of the edition made last
	asked     map[string]bool   // whose assessments it loaded
}

func (x *editionsIn) write(t *testing.T, l *recommend.List, whole map[string]*dossier.Assessment, before bool) {
	t.Helper()
	x.files, x.asked = map[string][]byte{}, map[string]bool{}
	d := Edition{List: l, Campaign: "c", Env: x.env, Run: "run", Languages: x.languages, Keys: keysOf(l)}
	var mu sync.Mutex
	file := func(name string) (io.WriteCloser, error) {
		return &closer{done: func(b []byte) { mu.Lock(); x.files[name] = b; mu.Unlock() }}, nil
	}
	d.Rows, _ = file("r.rows")
	if before {
		d.UseBefore(x.saved, func(run, name string) (*os.File, error) {
			if run != "run-1" {
				t.Errorf("it is of %s", run)
			}
			return os.Open(filepath.Join(x.dir, name))
		})
		defer d.Before.Close()
	}
	err := d.Write(t.Context(), func(_ context.Context, ids []string) (out []*dossier.Assessment, err error) {
		mu.Lock()
		defer mu.Unlock()
		for _, id := range ids {
			x.asked[id] = true
			a := *whole[id]
			out = append(out, &a)
		}
		return out, nil
	}, file)
	if err != nil {
		t.Fatal(err)
	}
	var saved bytes.Buffer
	if err := d.Rendered.Save(&saved, "run-1"); err != nil {
		t.Fatal(err)
	}
	x.saved = saved.Bytes()
	for name, b := range x.files {
		if err := os.WriteFile(filepath.Join(x.dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// anew fails the test unless the last edition is the one that is made without the one before.
func (x *editionsIn) anew(t *testing.T, what string, l *recommend.List, whole map[string]*dossier.Assessment) {
	t.Helper()
	y := &editionsIn{dir: t.TempDir(), languages: x.languages, env: x.env}
	y.write(t, l, whole, false)
	for name, b := range y.files {
		if !bytes.Equal(x.files[name], b) {
			t.Errorf("%s: %s is another than without the edition before", what, name)
		}
	}
	if len(x.files) != len(y.files) {
		t.Errorf("%s: %d files, want %d", what, len(x.files), len(y.files))
	}
}

// What the edition before said of an entry is not made again, in no file, wherever the entry is on the list now.
func TestAnEditionTakesOverWhatIsInTheOneBefore(t *testing.T) {
	was := maxOnPage
	defer func() { maxOnPage = was }()
	maxOnPage = 100
	x := &editionsIn{dir: t.TempDir(), languages: []string{"vi", "en"},
		env: &rules.Env{Units: []rules.Unit{{ID: "north", Name: "North"}}}}
	list := func() (*recommend.List, map[string]*dossier.Assessment) {
		l, whole := longList(chunk + 7)
		// What excelize writes in a way of its own, and what other forms escape.
		whole["d-0003"].Criteria[0].Reason["vi"] += " _x0041_ 'a' & <b>\t\"c\"\n+ "
		return l, whole
	}
	l, whole := list()
	x.write(t, l, whole, false)
	if len(x.asked) != len(whole) {
		t.Errorf("the first edition loaded %d of %d", len(x.asked), len(whole))
	}
	first := maps.Clone(x.files)
	x.write(t, l, whole, true)
	if x.anew(t, "nothing changed", l, whole); len(x.asked) > 0 {
		t.Errorf("%d were loaded where nothing changed", len(x.asked))
	}
	x.write(t, l, whole, true)
	if x.anew(t, "nothing changed twice", l, whole); len(x.asked) > 0 {
		t.Errorf("%d were loaded where nothing changed since the last but one", len(x.asked))
	}

	// One dossier moves up: the ranks of others change with it, and others come to where pages end.
	l, whole = list()
	var brief []*dossier.Assessment
	for i := range l.Entries {
		a := *whole[l.Entries[i].Dossier]
		if a.Dossier == "d-0001" {
			a.Points = 1000
			whole[a.Dossier] = &a
		}
		b := a
		b.Band, b.Flags, b.Gates = nil, []dossier.Flag{{Code: "copied"}}, []dossier.Gate{{ID: "g", Passed: true}}
		b.Criteria = []dossier.Criterion{{ID: "c", Title: a.Criteria[0].Title, Points: a.Criteria[0].Points, Max: 100}}
		brief = append(brief, &b)
	}
	l = recommend.Make(&rules.Ruleset{ID: "r", Title: l.Title, Quotas: []rules.Quota{{Per: "all", Most: 50}}}, brief)
	x.write(t, l, whole, true)
	if x.anew(t, "one moved", l, whole); !x.asked["d-0001"] || len(x.asked) > 5 {
		t.Errorf("%d were loaded where one moved", len(x.asked))
	}

	for name, how := range map[string]func([]byte) []byte{
		"somebody changed an entry": func(b []byte) []byte { return bytes.Replace(b, []byte("why 30"), []byte("why 99"), 1) },
		"half a file is left":       func(b []byte) []byte { return b[:len(b)/2] },
		"another file is there":     func([]byte) []byte { return first["r.csv"] },
		"nothing is left":           func([]byte) []byte { return nil },
	} {
		for file := range first {
			if name != "somebody changed an entry" && file != "r.json" && file != "r.en.html" && file != "r.rows" {
				continue // the same for all
			}
			b := x.files[file]
			if err := os.WriteFile(filepath.Join(x.dir, file), how(b), 0o644); err != nil {
				t.Fatal(err)
			}
			x.write(t, l, whole, true)
			x.anew(t, name+" ("+file+")", l, whole)
		}
	}

	x.env.Units[0].Name = "The North"
	x.write(t, l, whole, true)
	x.anew(t, "a unit has another name", l, whole)
	if !bytes.Contains(x.files["r.html"], []byte("The North")) {
		t.Error("the page has the old name of the unit")
	}
	saved := x.saved
	for what, b := range map[string][]byte{"half of it": saved[:len(saved)/2], "all but the end": saved[:len(saved)-5],
		"of another version": []byte("of another version"), "nothing": nil} {
		d := Edition{List: l, Env: x.env, Languages: x.languages}
		if d.UseBefore(b, func(string, string) (*os.File, error) { return os.Open(os.DevNull) }); d.Before != nil {
			t.Errorf("%s of what was kept counts", what)
		}
	}
}

// The rows that kheo writes itself are those that excelize writes.
func TestRowsOfAWorkbookAreThoseOfExcelize(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Đ", excelize.TotalCellChars-1) + "😀😀"
	cells := []any{"", " a", "a\n", "\ta b\t", "<&>\"'", "a\tb\nc\r\nd", "_x0041_", "_x005F_x0041_", "_x", "&#xA;", "\ufffe\uffff\ufffd", "a\x00\x01\x07b\xff",
		"\u202eleft", long, strings.Repeat("x", excelize.TotalCellChars+5), "😀", 0, -5, 12345678901, 0.1, -2.5, 1.0 / 3, 2e15, 123456789012345.678, 0.1 + 0.2, 100.0,
		1e-7, 1e300, math.Inf(1), math.NaN(), true, false, nil, int64(7), uint(8), []byte("bytes"), dossier.Recommended, "end"}
	for range 3 { // more than one row, and columns with two letters
		cells = append(cells, cells[:12]...)
	}
	b, err := newBook()
	if err != nil {
		t.Fatal(err)
	}
	s := b.sheet("s", []float64{9}, []any{"title"})
	s.row(cells...)
	s.row("second")
	var got bytes.Buffer
	if err := b.write(&got); err != nil {
		t.Fatal(err)
	}
	x, err := newBook()
	if err != nil {
		t.Fatal(err)
	}
	want := x.sheet("s", []float64{9}, []any{"title"})
	for i, row := range [][]any{cells, {"second"}} {
		styled := make([]any, len(row))
		for k, c := range row {
			styled[k] = excelize.Cell{StyleID: x.wrap, Value: cellValue(c)}
		}
		if err := want.w.SetRow(fmt.Sprint("A", i+2), styled); err != nil {
			t.Fatal(err)
		}
		want.at++
	}
	var same bytes.Buffer
	if err := x.write(&same); err != nil {
		t.Fatal(err)
	}
	a, err1 := zipped(got.Bytes(), "xl/worksheets/sheet1.xml")
	w, err2 := zipped(same.Bytes(), "xl/worksheets/sheet1.xml")
	if err1 != nil || err2 != nil || !bytes.Equal(a, w) {
		i := 0
		for i < min(len(a), len(w)) && a[i] == w[i] {
			i++
		}
		t.Fatalf("%v, %v; from %d on it is\n%.300q, by excelize\n%.300q", err1, err2, i, a[max(0, i-60):], w[max(0, i-60):])
	}
	if !bytes.Equal(got.Bytes(), same.Bytes()) {
		t.Error("the archives are not the same")
	}
}

// What one sheet can't hold is put into another.
func TestAFullSheetGoesOn(t *testing.T) {
	was := maxRows
	defer func() { maxRows = was }()
	maxRows = 60
	l, _ := longList(100)
	b, err := NewFile(l, "c", "vi").XLSX(Names{Env: &rules.Env{}, Lang: "vi"})
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]int{}
	for _, s := range x.GetSheetList() {
		rows, err := x.GetRows(s)
		if err != nil || len(rows) > 60 || len(rows[0]) < 5 {
			t.Errorf("%s: %d rows, %v", s, len(rows), err)
		}
		if first := x.GetSheetName(0); s == first || s == first+" 2" {
			for _, r := range rows[1:] {
				titles[r[1]]++
			}
		}
	}
	if len(titles) != 100 {
		t.Errorf("%d of 100 stand in the list's sheets: %v", len(titles), x.GetSheetList())
	}
}
