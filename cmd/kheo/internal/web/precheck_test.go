package web

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/intake"
)

// A submitter is told at once what a dossier has and lacks, from a copy of what waits in the inbox, without points;
// no one of another unit is, and a supplement is checked with what was sent before.
func TestADossierIsCheckedAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	unit := s.as("submitter")
	const title = "Tổ phụ nữ tiết kiệm"
	status, body, header := unit.send("/own/upload", map[string]string{"title": title, "kind": "model", "level": "grassroots"},
		map[string]string{"phieu.txt": "PHIẾU ĐĂNG KÝ MÔ HÌNH\nTên mô hình: " + title + "\nSố hộ tham gia: 41 hộ\n",
			"bao-cao.txt": "BÁO CÁO KẾT QUẢ\nSố hộ tham gia: 57 hộ\n"})
	if status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, text(body))
	}
	id := intake.ID(intake.TitleName("dai-hiep", title))
	page := "/own/" + id + "/check"
	if to := header.Get("Location"); !strings.HasSuffix(to, page) {
		t.Errorf("the upload leads to %s", to)
	}
	status, body, _ = unit.get(page)
	for _, want := range []string{"41 hộ", "57 hộ", "bao-cao.txt"} {
		if status != http.StatusOK || !strings.Contains(text(body), want) {
			t.Fatalf("%d, without %q: %s", status, want, text(body))
		}
	}
	if strings.Contains(text(body), "điểm/") || strings.Contains(text(body), "/100") {
		t.Errorf("points are shown: %s", text(body))
	}
	// Corrections follow while the first delivery waits, and all are checked together. What replaces everything keeps
	// what says whose dossier it is.
	for i, more := range []map[string]string{{}, {"replace": "yes"}} {
		status, body, _ = unit.send("/own/"+id+"/upload", more, map[string]string{"bao-cao.txt": fmt.Sprint(
			"BÁO CÁO KẾT QUẢ\nSố hộ tham gia: ", 61+i, " hộ\n")})
		if status != http.StatusSeeOther {
			t.Fatalf("a correction while another delivery waits: %d %s", status, text(body))
		}
	}
	status, body, _ = unit.get(page)
	if got := text(body); status != http.StatusOK || !strings.Contains(got, "everything that waits (deliveries: 3)") ||
		!strings.Contains(got, "62 hộ") || strings.Contains(got, "41 hộ") || strings.Contains(got, "57 hộ") ||
		!strings.Contains(got, title) {
		t.Errorf("after two corrections: %d %s", status, got)
	}
	if waits, err := intake.Waiting(s.w.Inbox(), intake.TitleName("dai-hiep", title)); err != nil || len(waits) != 3 {
		t.Errorf("%v %v", waits, err)
	} else if err := os.RemoveAll(filepath.Join(s.w.Inbox(), waits[1].Aside)); err != nil {
		t.Fatal(err)
	} else if err := os.RemoveAll(filepath.Join(s.w.Inbox(), waits[2].Aside)); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"evaluator", "chair"} { // who submit nothing
		if status, _, _ := s.as(other).get(page); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("%s gets %d", other, status)
		}
	}
	// A link that someone puts into the inbox leads to nothing, as it does when dossiers are taken in.
	outside, entry := t.TempDir(), filepath.Join(s.w.Inbox(), intake.TitleName("dai-hiep", title))
	if err := errors.Join(os.WriteFile(filepath.Join(outside, "secret.txt"), []byte("BÁO CÁO KẾT QUẢ\nSố hộ tham gia: 999 hộ\n"),
		0o644), os.RemoveAll(entry), os.Symlink(outside, entry)); err != nil {
		t.Fatal(err)
	}
	if status, body, _ := unit.get(page); status != http.StatusNotFound || strings.Contains(text(body), "999") ||
		strings.Contains(text(body), "secret.txt") {
		t.Errorf("behind a link: %d %s", status, text(body))
	}
	if status, _, _ := unit.get("/own/nothing-abcde/check"); status != http.StatusNotFound {
		t.Errorf("a dossier that does not exist: %d", status)
	}
	another := ""
	for _, e := range s.latestFile().Entries {
		if e.Unit != "dai-hiep" {
			another = e.Dossier
		}
	}
	if status, _, _ := unit.get("/own/" + another + "/check"); another == "" || status != http.StatusNotFound {
		t.Errorf("a dossier of another unit, %q: %d", another, status)
	}
}

// A submitter's overview says what to do next, what the office asks for, and until when. A dossier is begun by a form that
// is made from the facts of the ruleset: what it states is compared with the papers at once, and what cannot be read
// surely is refused with what was typed.
func TestASubmitterIsLedOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	unit := s.as("submitter")
	s.shows(unit, "/", "Next", "What the office asks for", "Households taking part (households)", "Confirmation",
		"Registered after 30 April 2024")
	s.shows(unit, "/begin/model-grassroots", "Households taking part (households)", "Agreement (%)", "Send")
	if _, body, _ := unit.get("/begin/model-grassroots"); !strings.Contains(body, `placeholder="120"`) {
		t.Error("the example of a number has its unit in another language")
	}
	if status, body, h := unit.get("/begin/model-grassroots/form"); status != http.StatusOK || !strings.HasPrefix(body, "PK") ||
		!strings.Contains(h.Get("Content-Disposition"), "model-grassroots.docx") {
		t.Errorf("the form: %d %s", status, h.Get("Content-Disposition"))
	}
	if status, _, _ := unit.get("/begin/nothing"); status != http.StatusNotFound {
		t.Errorf("a ruleset that does not exist: %d", status)
	}
	if status, _, _ := s.as("member").get("/begin/model-grassroots"); status != http.StatusForbidden {
		t.Errorf("a member begins a dossier: %d", status)
	}
	const title = "Tổ tự quản bến nước"
	values := func(more ...string) map[string]string {
		out := map[string]string{"title": title, "kind": "model", "level": "grassroots"}
		for i := 0; i < len(more); i += 2 {
			out["fact."+more[i]] = more[i+1]
		}
		return out
	}
	report := map[string]string{"bao-cao.txt": "BÁO CÁO KẾT QUẢ\nSố hộ tham gia: 150 hộ\n"}
	for what, form := range map[string]map[string]string{"Households taking part: “1.500” cannot be read": values("households", "1.500"),
		"does not ask for “points”": values("points", "100"), "does not ask for “confirmation”": values("confirmation", "true")} {
		status, body, _ := unit.send("/own/upload", form, report)
		if status != http.StatusBadRequest || !strings.Contains(text(body), what) {
			t.Errorf("%d, without %q: %s", status, what, text(body))
		}
	}
	if status, body, _ := unit.send("/own/upload", values("households", "120", "registered_on", "2024-02-14", "started", ""), report); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, text(body))
	}
	id := intake.ID(intake.TitleName("dai-hiep", title))
	manifest, err := intake.ManifestWaiting(s.w.Inbox(), intake.TitleName("dai-hiep", title))
	if err != nil || !strings.Contains(string(manifest), "households: 120\n") || strings.Contains(string(manifest), "started") {
		t.Errorf("%v %s", err, manifest)
	}
	s.shows(unit, "/own/"+id+"/check", "120 households", "150 households", "papers differ")
	s.shows(unit, "/", "Received, not read yet", title)
}
