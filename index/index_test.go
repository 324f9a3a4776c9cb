package index

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
)

func doc(id, text string) *dossier.Dossier {
	return &dossier.Dossier{ID: id, Documents: []dossier.Document{{Name: "a.txt", Pages: []dossier.Page{{Number: 1, Text: text}}}}}
}

type library map[string]*dossier.Dossier

func (l library) text(id string) (*Text, error) {
	return &Text{Dossier: l[id], Title: "Tên " + id}, nil
}

func newIndex(t *testing.T, l library, units map[string]string) *Index {
	t.Helper()
	x, err := Open(filepath.Join(t.TempDir(), "index"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	var entries []dossier.IndexEntry
	for id, d := range l {
		entries = append(entries, dossier.IndexEntry{Key: "key-" + id, Dossier: d, Title: "Tên " + id, Unit: units[id], Kind: "model"})
	}
	if err := x.Update(entries, nil); err != nil {
		t.Fatal(err)
	}
	return x
}

func search(t *testing.T, x *Index, l library, q string) []string {
	t.Helper()
	res, err := x.Search(context.Background(), q, How{Limit: 10}, l.text)
	if err != nil {
		t.Fatalf("%q: %v", q, err)
	}
	var out []string
	for _, h := range res.Hits {
		out = append(out, h.Dossier)
	}
	return out
}

func TestSearch(t *testing.T) {
	l := library{
		"khéo":   doc("khéo", "Phong trào Dân vận khéo của thôn"),
		"plain":  doc("plain", "phong trao dan van kheo viet khong dau"),
		"other":  doc("other", "Dẫn văn kheo khác hẳn, không phải cụm ấy"),
		"camera": doc("camera", "Camera an ninh thôn Phú Hưng, tiếng kẻng báo động"),
		"bær":    doc("bær", "Blåbærsyltetøy og rømme fra grenda"),
	}
	x := newIndex(t, l, map[string]string{"camera": "north", "bær": "south"})
	for _, c := range []struct {
		q     string
		first string
		n     int
	}{
		{"dân vận khéo", "khéo", 3}, {"dan van kheo", "", 3}, {"DÂN VẬN KHÉO", "khéo", 3},
		{`"dân vận khéo"`, "khéo", 3}, {`"van dan kheo"`, "", 0},
		{"tieng keng", "camera", 1}, {"camera OR rømme", "", 2}, {"phong trao -viet", "khéo", 1},
		{"unit:north ninh", "camera", 1}, {"unit:south ninh", "", 0}, {"blabaersyltetoy", "bær", 1}, {"khongcogi", "", 0},
	} {
		got := search(t, x, l, c.q)
		if len(got) != c.n || c.first != "" && got[0] != c.first {
			t.Errorf("%s finds %v, want %d, %s first", c.q, got, c.n, c.first)
		}
	}
}

func TestSnippetMarksTheHit(t *testing.T) {
	l := library{"a": doc("a", strings.Repeat("lời khác ", 80)+"phong trào Dân vận khéo ở thôn "+strings.Repeat("và nữa ", 80))}
	x := newIndex(t, l, nil)
	res, err := x.Search(context.Background(), `"dan van kheo"`, How{Limit: 10}, l.text)
	if err != nil || len(res.Hits) != 1 {
		t.Fatal(res, err)
	}
	h := res.Hits[0]
	if len(h.Marks) != 1 || string([]rune(h.Snippet)[h.Marks[0][0]:h.Marks[0][1]]) != "Dân vận khéo" || h.Document != "a.txt" || h.Page != 1 {
		t.Errorf("%+v", h)
	}
	if len([]rune(h.Snippet)) > 400 {
		t.Errorf("the snippet has %d characters", len([]rune(h.Snippet)))
	}
}

func TestMistypedQueries(t *testing.T) {
	l := library{"a": doc("a", "một")}
	x := newIndex(t, l, nil)
	for q, want := range map[string]string{`"một`: "never closed", "untit:x một": "unit:x", "OR một": "beginning", "một OR": "end", "unit:": "nothing", strings.Repeat("x", 2000): "longer"} {
		_, err := x.Search(context.Background(), q, How{Limit: 10}, l.text)
		var qe *query.Error
		if !errors.As(err, &qe) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", q, err)
		}
	}
}

func TestIndexForgets(t *testing.T) {
	l := library{"a": doc("a", "một hai"), "b": doc("b", "một ba")}
	x := newIndex(t, l, nil)
	known, err := x.Known()
	if err != nil || len(known) != 2 || known["a"] != "key-a" {
		t.Fatal(known, err)
	}
	if err := x.Update(nil, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if got := search(t, x, l, "mot"); len(got) != 1 || got[0] != "b" {
		t.Errorf("after a was removed: %v", got)
	}
}

const story = `Đêm nào trong thôn cũng có xe lạ ra vào nên bà con hay mất gà, mất xe đạp và cả những buồng chuối chưa kịp chín.
Ban công tác mặt trận thôn bàn với từng tổ, nhà có người trẻ thì thức canh đầu hôm, nhà có người già thì dậy sớm lúc gà gáy.
Sau bốn tháng, số vụ mất cắp từ mười tám xuống còn hai, và hai vụ ấy cũng bắt được kẻ trộm ngay ở đầu ngõ.`

func profiles(texts map[string]string, registered map[string]string) ([]dossier.TextProfile, library) {
	l := library{}
	var out []dossier.TextProfile
	for id, text := range texts {
		l[id] = doc(id, text)
		out = append(out, dossier.TextProfile{Dossier: id, Title: id, Unit: id, Registered: registered[id], Sketch: SketchOf(l[id])})
	}
	return out, l
}

func TestCopies(t *testing.T) {
	head := "ỦY BAN NHÂN DÂN XÃ\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
	texts := map[string]string{
		"first":   head + story,
		"copy":    head + strings.NewReplacer("mười tám", "hai mươi", "gà, mất xe đạp", "vịt, mất xe máy").Replace(story),
		"another": head + "Chúng tôi trồng sen trên ruộng trũng, tháng năm gieo, tháng tám hái; mỗi sào thu được chín triệu đồng và không phải bơm nước ra vào như khi trồng lúa.",
	}
	ps, l := profiles(texts, map[string]string{"first": "2024-01-10", "copy": "2024-03-01", "another": "2024-02-01"})
	copies, _, err := Compare(ps, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return l[p.Dossier], nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := copies["copy"]
	if len(c) != 1 || c[0].Of != "first" || c[0].Original || c[0].Share < 0.5 {
		t.Fatalf("%+v", c)
	}
	here := c[0].Passages[0].Here
	if text := []rune(l["copy"].Documents[0].Pages[0].Text); string(text[here.Start:here.End]) != here.Quote || len(here.Quote) < 40 {
		t.Errorf("quoted: %q", here.Quote)
	}
	if o := copies["first"]; len(o) != 1 || !o[0].Original {
		t.Errorf("the first of the two: %+v", o)
	}
	if len(copies["another"]) > 0 {
		t.Errorf("a shared letterhead is taken for a copy: %+v", copies["another"])
	}
}

func BenchmarkSearch(b *testing.B) {
	l := library{}
	words := strings.Fields(story)
	for i := range 2000 {
		id := string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
		l[id] = doc(id, strings.Join(words[i%len(words):], " ")+" "+id)
	}
	x, err := Open(filepath.Join(b.TempDir(), "index"))
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	var entries []dossier.IndexEntry
	for id, d := range l {
		entries = append(entries, dossier.IndexEntry{Dossier: d, Title: id})
	}
	if err := x.Update(entries, nil); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := x.Search(context.Background(), "mat trap thon", How{Limit: 10}, l.text); err != nil {
			b.Fatal(err)
		}
	}
}

// No one is called the copy without proof of who came first; both are told of the other.
func TestCopiesWithoutProofOfOrder(t *testing.T) {
	long := story + "\n" + strings.Repeat("Mỗi tổ dân phố cử hai người ghi chép lại từng việc đã làm trong tuần, cuối tháng đọc cho cả thôn nghe rồi dán lên bảng tin.\n", 1) +
		"Ngoài ra thôn còn sửa lại nhà văn hóa, trồng hàng cây trước cổng trường, đắp con đường ra đồng và nạo vét hai tuyến mương bị bồi lấp lâu nay."
	for name, c := range map[string]struct {
		one, other string // dates
		proven     bool
	}{
		"both dated":            {"2024-01-10", "2024-03-01", true},
		"one has no date":       {"", "2024-03-01", false},
		"neither has a date":    {"", "", false},
		"the same date":         {"2024-03-01", "2024-03-01", false},
		"a month with the date": {"2024-03", "2024-03-15", false},
		"a month before":        {"2024-02", "2024-03-15", true},
	} {
		ps, l := profiles(map[string]string{"one": story, "other": long}, map[string]string{"one": c.one, "other": c.other})
		copies, _, err := Compare(ps, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return l[p.Dossier], nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, b := copies["one"], copies["other"]
		if len(a) != 1 || len(b) != 1 || a[0].Of != "other" || b[0].Of != "one" || len(a[0].Passages) == 0 || len(b[0].Passages) == 0 {
			t.Errorf("%s: %+v, %+v", name, a, b)
			continue
		}
		if c.proven && (!a[0].Original || b[0].Original || a[0].Unproven || b[0].Unproven) {
			t.Errorf("%s: the first is %+v, the other %+v", name, a[0], b[0])
		}
		if !c.proven && (!a[0].Unproven || !b[0].Unproven || a[0].Original || b[0].Original || a[0].Share != b[0].Share) {
			t.Errorf("%s: %+v, %+v", name, a[0], b[0])
		}
	}
}

// Of three that are alike only the one that is proven to be later than another is a copy of that other.
func TestThreeThatAreAlike(t *testing.T) {
	ps, l := profiles(map[string]string{"first": story, "later": story, "undated": story}, map[string]string{"first": "2024-01-10", "later": "2024-03-01"})
	copies, _, err := Compare(ps, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return l[p.Dossier], nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, id := range []string{"first", "later", "undated"} {
		for _, c := range copies[id] {
			got += fmt.Sprintf("%s-%s original %v unproven %v\n", id, c.Of, c.Original, c.Unproven)
		}
	}
	want := `first-later original true unproven false
first-undated original false unproven true
later-first original false unproven false
later-undated original false unproven true
undated-first original false unproven true
undated-later original false unproven true
`
	if got != want {
		t.Errorf("%s", got)
	}
}
