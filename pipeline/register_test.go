package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// handIn puts a dossier of one report into the inbox.
func handIn(t *testing.T, dir, name, title, unit, text string) {
	t.Helper()
	to := filepath.Join(dir, "inbox", name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, body := range map[string]string{
		"dossier.yaml": fmt.Sprintf("kind: model\ntitle: %s\nunit: %s\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n", title, unit),
		"bao-cao.txt":  "Báo cáo kết quả thực hiện mô hình\n" + text + "\n",
	} {
		if err := os.WriteFile(filepath.Join(to, file), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// models is the register by the beginning of the ids.
func models(t *testing.T, dir string) map[string]*register.Model {
	t.Helper()
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	placed, err := editions.Places(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	all, err := register.List(t.Context(), w, func(id string) (editions.Place, bool) { p, ok := placed[id]; return p, ok })
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*register.Model{}
	for _, m := range all {
		out[strings.SplitN(m.ID, "-", 2)[0]] = m
	}
	return out
}

func do(t *testing.T, dir string, e review.Event) {
	t.Helper()
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
		t.Fatal(err)
	}
}

// A dossier that names another unit's model learnt from it: in whatever order the two come.
// What someone says is not so is not found again. Both ways of looking find the same.
func TestWhoTookWhomOver(t *testing.T) {
	t.Run("titles searched for", whoTookWhomOver)
	t.Run("texts read", func(t *testing.T) {
		defer pipeline.SetManyTitles(0)()
		whoTookWhomOver(t)
	})
}

func whoTookWhomOver(t *testing.T) {
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	handIn(t, dir, "alpha", "Tiếng kẻng giữ làng", "dai-hiep", "Số vụ trộm giảm từ 9 xuống 1 vụ.")
	handIn(t, dir, "beta", "Đèn sáng đường quê", "dai-an", "Thôn học tập mô hình TIẾNG KẺNG GIỮ LÀNG của Đại Hiệp. Số vụ giảm từ 5 xuống 2.")
	handIn(t, dir, "own", "Kẻng làng thứ hai", "dai-hiep", "Tiếp nối tiếng kẻng giữ làng của chính xã ta.")
	run(t, dir)
	m := models(t, dir)
	if got := m["alpha"].TakenBy; len(got) != 1 || got[0].Model != m["beta"].ID || !got[0].Found || !strings.Contains(got[0].Reason, "bao-cao.txt") {
		t.Fatalf("taken over by %+v", got)
	}
	do(t, dir, review.Event{Person: review.System, Action: review.NotTaken, Dossier: m["beta"].ID, Data: review.Data{Of: m["alpha"].ID, Reason: "they only greeted them"}})
	handIn(t, dir, "gamma", "Loa thôn báo cháy sớm", "dai-chanh", "Chúng tôi áp dụng tiếng kẻng giữ làng và đèn sáng đường quê.")
	run(t, dir)
	m = models(t, dir)
	if got := m["alpha"].TakenBy; len(got) != 1 || got[0].Model != m["gamma"].ID {
		t.Errorf("alpha is taken over by %+v", got)
	}
	if got := m["beta"].TakenBy; len(got) != 1 || got[0].Model != m["gamma"].ID {
		t.Errorf("beta is taken over by %+v", got)
	}
	if got := m["beta"].Examples; len(got) != 1 || got[0].Dismissed == "" {
		t.Errorf("beta learnt from %+v", got)
	}
}

// A model that was registered in spring meets its dossier in autumn, though it is called a
// little differently; what was written down of it stays with it.
func TestARegistrationMeetsItsDossier(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := register.Read(t.Context(), w, strings.NewReader("\ufeffTên mô hình;Đơn vị;Ngày đăng ký;Lĩnh vực;Địa chỉ\nTiếng kẻng giữ làng Phú Hưng;Xã Đại Hiệp;14/2/2024;Quốc phòng - an ninh;thôn Phú Hưng\nVườn rau chung;Xã Đại An;2024-03-01;;\nx;nowhere;2024-03-01;;\ny;Xã Đại An;31/31/2024;;\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 4 || list[0].Unit != "dai-hiep" || list[0].On != "2024-02-14" || list[0].Field != "defence-security" || list[2].Mistake == "" || list[3].Mistake == "" || list[3].Line != 5 {
		t.Fatalf("%+v", list)
	}
	if tabs, err := register.Read(t.Context(), w, strings.NewReader("title\tunit\tregistered_on\nVườn rau, ao cá\tdai-an\t2024-03-01\n")); err != nil || len(tabs) != 1 || tabs[0].Title != "Vườn rau, ao cá" || tabs[0].Mistake != "" {
		t.Errorf("pasted from a spreadsheet: %+v %v", tabs, err)
	}
	if n, err := register.Enter(t.Context(), w, review.System, list); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	w.Close()
	before := models(t, dir)
	garden := before["dai"] // both ids begin so; what holds for one holds for both
	if len(before) != 1 || garden.Stage != register.StageRegistered || garden.DueWhat != "report" || garden.Due != "2024-11-30" {
		t.Fatalf("%+v", garden)
	}
	do(t, dir, review.Event{Person: review.System, Action: review.Visited, Dossier: list[0].Model, Data: review.Data{On: "2024-06-01", Text: "It is there"}})
	handIn(t, dir, "kenglang", "Tiếng kẻng giữ làng", "dai-hiep", "Số vụ trộm giảm từ 9 xuống 1 vụ.")
	run(t, dir)
	m := models(t, dir)["kenglang"]
	if m == nil || m.Stage != register.StageAssessed || len(m.Visits) != 1 || m.Place != "thôn Phú Hưng" {
		t.Fatalf("%+v", m)
	}
	if all := models(t, dir); len(all) != 2 {
		t.Errorf("%d models", len(all))
	}
}
