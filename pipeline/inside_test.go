package pipeline_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/intake"
	"kheo/samples"
)

func zipped(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := zw.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a letter or an archive holds is read as documents of the dossier; what can't
// be taken out says why and lies in quarantine; nothing is read twice.
func TestFilesInsideFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	inner := zipped(t, "phu luc/danh sach.csv", "Họ tên;Số hộ\nNguyễn Văn An;12\nTrần Thị Bình;30\n", "hong.docx", "PK\x03\x04word/document.xml")
	letter := "From: an@example.org\r\nTo: kheo@example.org\r\nSubject: Ho so\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKính gửi hội đồng thi đua.\r\n" +
		"--b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=\"kem.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(inner) + "\r\n--b--\r\n"
	write(t, filepath.Join(dir, "inbox", "Mô hình A", "thư.eml"), []byte(letter))
	seven, err := os.ReadFile(filepath.Join("extract", "testdata", "one.7z"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "inbox", "Mô hình B.7z"), seven)
	write(t, filepath.Join(dir, "inbox", "Mô hình C.zip"), zipped(t, "../../../outside.txt", "leo ra ngoài", "C/dossier.yaml", "title: Tên trong bản kê\n", "C/báo cáo.txt", "Báo cáo kết quả"))

	w := open(t, dir)
	first := run(t, dir)
	docs := func(name string) map[string]*dossier.Document {
		_, d, err := w.Load(context.Background(), intake.ID(name))
		if err != nil || d == nil {
			t.Fatalf("%s: %v", name, err)
		}
		out := map[string]*dossier.Document{}
		for i := range d.Documents {
			out[d.Documents[i].Name] = &d.Documents[i]
		}
		return out
	}
	a := docs("Mô hình A")
	if d := a["thư.eml"]; d == nil || !strings.Contains(d.Pages[0].Text, "Kính gửi hội đồng thi đua.") {
		t.Errorf("the letter: %+v", d)
	}
	if d := a["thư.eml/kem.zip/phu luc/danh sach.csv"]; d == nil || !strings.Contains(d.Pages[0].Text, "Trần Thị Bình\t30") {
		t.Errorf("the list inside: %+v", a)
	}
	if d := a["thư.eml/kem.zip/hong.docx"]; d == nil || d.Error == "" {
		t.Errorf("the broken file inside: %+v", d)
	}
	reasons, _ := filepath.Glob(filepath.Join(dir, "quarantine", intake.ID("Mô hình A"), "*", "*", "hong.docx.reason.txt"))
	if len(reasons) != 1 {
		t.Errorf("no reason lies in quarantine: %v", reasons)
	}
	if d := docs("Mô hình B.7z")["báo cáo.txt"]; d == nil || d.Pages[0].Text != "Số hộ tham gia: 120" {
		t.Errorf("the 7z: %+v", docs("Mô hình B.7z"))
	}
	c := docs("Mô hình C.zip")
	if c["outside.txt"] == nil || c["C/báo cáo.txt"] == nil {
		t.Errorf("the zip: %v", c)
	}
	if _, err := os.Stat(filepath.Join(dir, "outside.txt")); err == nil {
		t.Error("a file climbed out of its archive")
	}
	if n := stage(t, first, "read").Done; n < 6 {
		t.Errorf("only %d files were read", n)
	}
	if again := run(t, dir); !again.Nothing {
		t.Errorf("a second run did %v", done(again))
	}
}
