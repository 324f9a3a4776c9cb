package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
		out = append(out, KeyOf([]any{e.Assessment, e.Rank}))
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

// What the edition before said of an entry is not made again, unless someone changed it there;
// of what no page shows, nothing else is loaded.
func TestAnEditionTakesOverWhatStandsInTheOneBefore(t *testing.T) {
	was := maxOnPage
	defer func() { maxOnPage = was }()
	maxOnPage = 10
	dir := t.TempDir()
	var files map[string][]byte // of the edition made last
	edition := func(l *recommend.List, whole map[string]*dossier.Assessment, before *Rendered) (d Edition,
		list []byte, asked map[string]bool) {
		files = map[string][]byte{}
		t.Helper()
		d = Edition{List: l, Campaign: "c", Env: &rules.Env{}, Run: "run", Languages: []string{"vi"},
			Keys: keysOf(l), Before: before}
		asked = map[string]bool{}
		var mu sync.Mutex
		err := d.Write(t.Context(), func(_ context.Context, ids []string) (out []*dossier.Assessment,
			err error) {
			mu.Lock()
			defer mu.Unlock()
			for _, id := range ids {
				asked[id] = true
				a := *whole[id]
				out = append(out, &a)
			}
			return out, nil
		}, func(name string) (io.WriteCloser, error) {
			return &closer{done: func(b []byte) { mu.Lock(); files[name] = b; mu.Unlock() }}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return d, files["r.json"], asked
	}
	file := filepath.Join(dir, "r.json")
	l, whole := longList(3 * chunk)
	first, before, asked := edition(l, whole, nil)
	if len(asked) != len(whole) {
		t.Errorf("the first edition loaded %d of %d", len(asked), len(whole))
	}
	var kept bytes.Buffer
	if err := first.Rendered.Save(&kept, "run-1"); err != nil {
		t.Fatal(err)
	}
	open := func(run string) (*os.File, error) {
		if run != "run-1" {
			t.Errorf("it is of %s", run)
		}
		return os.Open(file)
	}
	again := func(file []byte) (*Rendered, []byte, map[string]bool) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "r.json"), file, 0o644); err != nil {
			t.Fatal(err)
		}
		r := OpenRendered(kept.Bytes(), open)
		if r == nil {
			t.Fatal("nothing is taken over")
		}
		defer r.Close()
		_, list, asked := edition(l, whole, r)
		return r, list, asked
	}
	if _, list, asked := again(before); !bytes.Equal(list, before) || len(asked) != maxOnPage {
		t.Errorf("%d were loaded where nothing changed; the same: %v", len(asked), bytes.Equal(list, before))
	}
	forged := bytes.Replace(before, []byte("why 300"), []byte("why 999"), 1)
	if _, list, asked := again(forged); !bytes.Equal(list, before) || !asked["d-0300"] ||
		len(asked) > maxOnPage+1 {
		t.Errorf("%d were loaded where somebody changed one; what was changed is gone: %v", len(asked),
			bytes.Equal(list, before))
	}
	if _, list, _ := again(before[:len(before)/2]); !bytes.Equal(list, before) {
		t.Error("half a file makes another list")
	}
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Dossier == "d-0200" {
			a := *e.Assessment
			a.Points = 1
			e.Assessment = &a
			w := *whole[e.Dossier]
			w.Points = 1
			whole[e.Dossier] = &w
		}
	}
	_, list, asked := again(before)
	taken := files
	_, anew, _ := edition(l, whole, nil)
	for name, b := range files {
		if !bytes.Equal(taken[name], b) {
			t.Errorf("%s is another where JSON was taken over", name)
		}
	}
	if !bytes.Equal(list, anew) || bytes.Equal(list, before) || !asked["d-0200"] || len(asked) > maxOnPage+1 {
		t.Errorf("%d were loaded where one is another; it is the list that is made anew: %v", len(asked),
			bytes.Equal(list, anew))
	}
	if r := OpenRendered(kept.Bytes()[:kept.Len()-5], open); r != nil {
		t.Error("half of what was kept counts")
	}
	if r := OpenRendered([]byte("of another version"), open); r != nil {
		t.Error("what another version kept counts")
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
