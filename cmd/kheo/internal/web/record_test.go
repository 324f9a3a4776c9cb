package web

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline"
)

// What a run moved is told to everyone who is not recused, however often it is asked for, and no
// more once the lists that say it were dropped.
func TestARunTellsWhatItMoved(t *testing.T) {
	t.Parallel()
	s := open(t)
	put(t, filepath.Join(s.w.Inbox(), "late", "dossier.yaml"),
		[]byte("kind: model\ntitle: Đèn đường thôn Đông\nunit: dai-hiep\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n"))
	put(t, filepath.Join(s.w.Inbox(), "late", "report.txt"),
		[]byte("Báo cáo kết quả thực hiện mô hình\nSố hộ tham gia: 80 hộ.\n"))
	out, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"})
	if err != nil {
		t.Fatal(err)
	}
	tells := func(who string) bool {
		t.Helper()
		status, body, _ := s.as(who).get("/runs/2")
		if status != http.StatusOK {
			t.Fatalf("%s: %d", who, status)
		}
		return strings.Contains(body, "Đèn đường thôn Đông")
	}
	for range 2 {
		if !tells("chair") || tells("member") {
			t.Error("the chair is not told of the new one, or who stands aside is")
		}
	}
	if err := s.w.Store.Lists.Drop(t.Context(), out.Run.Run); err != nil {
		t.Fatal(err)
	}
	if tells("chair") {
		t.Error("what dropped lists said is still told")
	}
}
