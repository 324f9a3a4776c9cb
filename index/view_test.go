package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
)

func pageIn(lang, text string) dossier.Page { return dossier.Page{Text: text, Language: lang} }

func papers(id string, pages ...dossier.Page) *dossier.Dossier {
	for i := range pages {
		pages[i].Number = i + 1
	}
	return &dossier.Dossier{ID: id, Documents: []dossier.Document{{Name: "papers.pdf", Pages: pages}}}
}

func ids(res *Results) []string {
	out := []string{}
	for _, h := range res.Hits {
		out = append(out, h.Dossier)
	}
	return out
}

// What someone may not see is in no hit, no count, no facet and no suggestion, and is like
// nothing.
func TestWhatIsHiddenLeavesNoTrace(t *testing.T) {
	l := library{
		"seen":   doc("seen", "Tổ hòa giải xóm Bàu, nước sạch cho từng nhà"),
		"seen2":  doc("seen2", "Tổ hòa giải xóm Đồi, nước sạch cho từng nhà"),
		"hidden": doc("hidden", "Tổ hòa giải xóm Cồn, chuyện kín, nước sạch cho từng nhà, vụ tranh chấp"),
		"theirs": doc("theirs", "Tổ hòa giải xóm Mới, tranh chấp ranh đất"),
	}
	x := newIndex(t, l, map[string]string{"seen": "north", "seen2": "north", "hidden": "south", "theirs": "west"})
	from := func(q string, hide Hidden, facets bool) (*Results, error) {
		return x.Search(context.Background(), q, How{Limit: 10, Facets: facets, Hidden: hide, KeepOrder: true}, l.text)
	}
	none, hide := Hidden{}, Hidden{Dossiers: []string{"hidden"}, Units: []string{"west"}}
	for _, c := range []struct {
		q         string
		all, some int
	}{
		{"hòa giải", 4, 2}, {`"hòa giải"`, 4, 2}, {"xóm -đồi", 3, 1}, {"unit:south", 1, 0}, {"unit:west", 1, 0}, {"-unit:north", 2, 0}, {"kind:model", 4, 2},
		{"kín", 1, 0}, {"tranh chấp", 2, 0}, {"points:>=0", 4, 2}, {"hoa NEAR giai", 4, 2}, {"unit:west OR unit:south OR unit:north", 4, 2}, {"similar:seen", 3, 1},
	} {
		for hidden, want := range map[bool]int{false: c.all, true: c.some} {
			h := none
			if hidden {
				h = hide
			}
			res, err := from(c.q, h, true)
			if err != nil {
				t.Fatal(c.q, err)
			}
			if res.Instead != "" {
				res = &Results{}
			}
			inFacets := 0
			for _, f := range res.Facets["unit"] {
				inFacets += f.Count
			}
			if res.Total != want || len(res.Hits) != want || inFacets != want {
				t.Errorf("%s, hidden %v: %d found, %v shown, %d in facets; want %d", c.q, hidden, res.Total, ids(res), inFacets, want)
			}
		}
	}
	for _, q := range []string{"kínn", "chuyeen", "cônn"} {
		if res, err := from(q, hide, false); err != nil || res.Instead != "" || res.Suggest != "" {
			t.Errorf("%s suggests what only a hidden dossier has: %+v, %v", q, res, err)
		}
	}
	for _, q := range []string{"similar:hidden", "similar:hid", "similar:theirs"} {
		var qe *query.Error
		if _, err := from(q, hide, false); !errors.As(err, &qe) || !strings.Contains(err.Error(), "no dossier") {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// The pages of a search neither repeat a dossier nor leave one out while the index changes.
func TestPagesStayAsTheyWere(t *testing.T) {
	l := library{}
	for i := range 57 {
		id := fmt.Sprintf("d%02d", i)
		l[id] = doc(id, strings.Repeat("hoa ", 1+i%5)+"đường làng "+id)
	}
	x := newIndex(t, l, nil)
	res, err := x.Search(context.Background(), "hoa làng", How{Limit: 10, KeepOrder: true}, l.text)
	if err != nil {
		t.Fatal(err)
	}
	got, first := ids(res), res.Next
	for round := 0; res.Next != ""; round++ {
		next := res.Next
		id := fmt.Sprint("new", round) // comes in between, and belongs at the top
		l[id] = doc(id, strings.Repeat("hoa làng ", 50))
		if err := x.Update([]dossier.IndexEntry{{Dossier: l[id], Kind: "model"}, {Dossier: l["d03"], Points: float64(round)}}, []string{"d56"}); err != nil {
			t.Fatal(err)
		}
		if res, err = x.Search(context.Background(), "", How{Limit: 10, Page: next}, l.text); err != nil {
			t.Fatal(err)
		}
		if res.Total != 57 || len(res.Hits) > 10 {
			t.Errorf("page %d: %d of %d", round, len(res.Hits), res.Total)
		}
		got = append(got, ids(res)...)
	}
	slices.Sort(got)
	if n := len(got); n < 56 || len(slices.Compact(slices.Clone(got))) != n || slices.Contains(got, "new0") {
		t.Errorf("%d on the pages: %v", n, got)
	}
	hide := How{Limit: 10, Page: first, Hidden: Hidden{Dossiers: []string{"d00", "d01", "d02", "d04", "d05", "d06", "d07", "d08", "d09"}}}
	if res, err = x.Search(context.Background(), "", hide, l.text); err != nil || len(res.Hits) != 10 {
		t.Errorf("hidden since: %v, %v", ids(res), err)
	}
	for _, h := range res.Hits {
		if slices.Contains(hide.Hidden.Dossiers, h.Dossier) {
			t.Errorf("%s was hidden since", h.Dossier)
		}
	}
	for _, page := range []string{"x", "aaaa.10", "../../etc/passwd.1", "AAAA.1", ".1", "aaaa.-1", "aaaa.99999999999999999999"} {
		if _, err := x.Search(context.Background(), "", How{Limit: 10, Page: page}, l.text); !errors.Is(err, ErrPage) {
			t.Errorf("page %q: %v", page, err)
		}
	}
}

// On Norwegian and English pages a word alone finds its other forms; in quotes, with =, and
// on Vietnamese pages, only itself.
func TestOtherFormsOfAWord(t *testing.T) {
	l := library{
		"nb":   papers("nb", pageIn("nb", "Kameraene henger ved veiene, og småbrukerne passer på dem.")),
		"en":   papers("en", pageIn("en", "The villages repaired two bridges; every child carries lamps.")),
		"vi":   papers("vi", pageIn("vi", "Bà con gọi là camera, villages và kameraene chỉ là tiếng lạ.")),
		"both": papers("both", pageIn("vi", "Tổ tự quản"), pageIn("en", "The village cameras")),
	}
	x := newIndex(t, l, nil)
	for q, want := range map[string]string{
		"kamera": "nb", "kameraene": "nb vi", "vei": "nb", "smabruker": "nb", "village": "both en", "villages": "both en vi", "bridge": "en", "lamp": "en",
		"=village": "both", "=kamera": "", `"village"`: "both", `"the village"`: "both", "tổ village": "both", "camera": "both vi", "the": "both en", "bridge -lamp": "",
	} {
		res, err := x.Search(context.Background(), q, How{Limit: 10}, l.text)
		if err != nil {
			t.Fatal(err)
		}
		got := ids(res)
		if res.Instead != "" {
			got = nil
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s finds %q, want %q", q, s, want)
		}
	}
	res, err := x.Search(context.Background(), "bridge", How{Limit: 1}, l.text)
	if err != nil || len(res.Hits) != 1 {
		t.Fatal(res, err)
	}
	if h := res.Hits[0]; len(h.Marks) != 1 || string([]rune(h.Snippet)[h.Marks[0][0]:h.Marks[0][1]]) != "bridges" {
		t.Errorf("another form is not marked: %+v", h)
	}
}

// A hit leads to the passages: the best pages of the dossier, each once, best first.
func TestPassagesOfAHit(t *testing.T) {
	filler := strings.Repeat("lời khác chen vào ", 30)
	l := library{"a": papers("a", pageIn("vi", filler+"kẻng"), pageIn("vi", filler), pageIn("vi", "tiếng kẻng an ninh "+filler), pageIn("vi", filler+" an ninh thôn"), pageIn("vi", "ninh"), pageIn("vi", "kẻng và ninh"))}
	x := newIndex(t, l, nil)
	res, err := x.Search(context.Background(), "kẻng an ninh", How{Limit: 1}, l.text)
	if err != nil || len(res.Hits) != 1 {
		t.Fatal(res, err)
	}
	h := res.Hits[0]
	if h.Page != 3 || len(h.More) != maxPassages-1 || h.More[0].Page == 2 || h.More[1].Page == 2 {
		t.Errorf("%+v", h)
	}
}

func TestSimilarDossiers(t *testing.T) {
	story := "Chị em gom chai nhựa, lon bia mỗi sáng chủ nhật, cân ngay tại sân nhà văn hóa, tiền bán phế liệu mua sách cho học trò nghèo"
	l := library{"story-1": doc("story-1", story), "story-2": doc("story-2", strings.Replace(story, "mỗi sáng chủ nhật", "chiều thứ bảy", 1))}
	for i := range 30 {
		id := fmt.Sprint("other-", i)
		l[id] = doc(id, strings.Repeat(fmt.Sprint("việc ", i, " của thôn làm đường, nạo mương số ", i*7, " "), 5))
	}
	x := newIndex(t, l, map[string]string{"story-2": "south"})
	for q, want := range map[string]string{"similar:story-1": "story-2", "similar:story-2": "story-1", "similar:story-1 unit:south": "story-2", "similar:story-1 unit:north": "", "similar:story-1 -unit:south": ""} {
		if got := strings.Join(search(t, x, l, q), " "); got != want {
			t.Errorf("%s finds %q, want %q", q, got, want)
		}
	}
	for q, want := range map[string]string{"hoa similar:nobody": "5 similar:nobody", "similar:story": "2 dossiers begin with", "similar:": "nothing"} {
		_, err := x.Search(context.Background(), q, How{Limit: 1}, l.text)
		if want == "5 similar:nobody" {
			var qe *query.Error
			if !errors.As(err, &qe) || qe.Column != 5 {
				t.Errorf("%s: %v", q, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// Views of processes that are no more are removed, those in use are kept.
func TestViewsAreTidied(t *testing.T) {
	top := filepath.Join(t.TempDir(), "index")
	x, err := Open(top)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Update([]dossier.IndexEntry{{Dossier: doc("a", "một")}}, nil); err != nil {
		t.Fatal(err)
	}
	y, err := OpenForSearch(top) // while it is being written to
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
	dead := filepath.Join(top, "views", "dead")
	if err := linkView(x.dir, dead); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(top, "views")
	list, _ := os.ReadDir(long)
	for _, e := range list {
		old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(long, e.Name()), old, old); err != nil {
			t.Fatal(err)
		}
	}
	x.tidy()
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the view of nobody is still there: %v", err)
	}
	if _, err := os.Stat(y.view); err != nil {
		t.Errorf("a view in use was removed: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := y.Count(); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestWordsWrittenTogetherAreFound(t *testing.T) {
	t.Parallel()
	nb := func(text string) string {
		return text + " Dette er en rapport om arbeidet som er gjort i bygda, og den er skrevet på norsk for kommunen."
	}
	l := library{
		"bær":    doc("bær", nb("Vi plukket blåbær i skogen og laget saft.")),
		"s1":     doc("s1", nb("Grunnskolen fikk ny skolegård. En grunn til dette er gården ved siden av.")),
		"alene":  doc("alene", nb("Skolen har fått nytt tak.")),
		"fjord":  doc("fjord", nb("Vestlandet har mange fjorder.")),
		"vi":     doc("vi", "Tổ dân vận giữ gìn an ninh của thôn"),
		"anninh": doc("anninh", "Bản tin anninh viết liền"),
	}
	x := newIndex(t, l, nil)
	for _, c := range []struct {
		q    string
		want string
	}{
		{"bla baer", "[bær]"}, {"blå bær", "[bær]"}, {"blåbær", "[bær]"},
		{"skole", "[alene s1]"}, {"gård", "[s1]"}, {`"gard"`, "[]"}, {`"skole"`, "[]"},
		{"land", "[]"}, // no paper has the word vest, so Vestlandet is no compound of land
		{"an ninh", "[anninh vi]"}, {`"an ninh"`, "[vi]"},
	} {
		got := search(t, x, l, c.q)
		slices.Sort(got)
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s finds %v, want %s", c.q, got, c.want)
		}
	}
	res, err := x.Search(t.Context(), "gård", How{Limit: 10}, l.text)
	if err != nil || len(res.Hits) != 1 || len(res.Hits[0].Marks) == 0 {
		t.Fatalf("the compound is not marked: %+v %v", res, err)
	}
}

func TestUnknownValuesAreSaid(t *testing.T) {
	t.Parallel()
	l := library{"a": doc("a", "một hai"), "b": doc("b", "một ba")}
	x := newIndex(t, l, map[string]string{"a": "dai-hiep", "b": "dai-minh"})
	for _, c := range []struct{ q, want string }{
		{"unit:dai-heip một", "[{unit dai-heip 1 dai-hiep}]"}, {"một unit:dai-hiep", "[]"},
		{"một -kind:modle", "[{kind modle 6 model}]"}, {"unit:zzzz", "[{unit zzzz 1 }]"},
		{"fact.households:>3", "[{fact.households >3 1 }]"},
	} {
		res, err := x.Search(t.Context(), c.q, How{Limit: 10}, l.text)
		if err != nil || fmt.Sprint(res.Unknown) != c.want {
			t.Errorf("%s: %v, %v; want %s", c.q, res, err, c.want)
		}
	}
	res, err := x.Search(t.Context(), "unit:dai-hiep", How{Limit: 10, Hidden: Hidden{Dossiers: []string{"a"}}}, l.text)
	if err != nil || len(res.Unknown) != 1 || res.Unknown[0].Nearest == "dai-hiep" {
		t.Errorf("a value that only a hidden dossier has is known: %+v %v", res, err)
	}
}

func TestSnippetsBeginWithTheLineOfWhatWasFound(t *testing.T) {
	t.Parallel()
	l := library{"a": doc("a", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nTiếng kẻng an ninh của thôn. "+
		"Nhà nào cũng có một camera.")}
	x := newIndex(t, l, nil)
	for q, want := range map[string]string{"kẻng": "Tiếng kẻng", "camera": "Nhà nào"} {
		res, err := x.Search(t.Context(), q, How{Limit: 10}, l.text)
		if err != nil || len(res.Hits) != 1 || !strings.HasPrefix(res.Hits[0].Snippet, want) {
			t.Errorf("%s: %+v %v", q, res, err)
		}
	}
}
