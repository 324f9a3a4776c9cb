package look_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/look"
	"kheo/pipeline/store"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(m.Run())
}

// pdf is a PDF of one page with lines of text; those that begin with "-" are white.
func pdf(lines ...string) []byte {
	content := ""
	for i, l := range lines {
		shade := 0
		if strings.HasPrefix(l, "-") {
			shade, l = 1, l[1:]
		}
		content += fmt.Sprintf("%d g BT /F1 11 Tf 72 %d Td (%s) Tj ET\n", shade, 780-20*i, l)
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	var at []int
	for i, o := range []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF", len(at)+1, xref)
	return b.Bytes()
}

// If a quote is not seen, all hidden lines of its document are found out, so that none takes its place. A reader that
// believes all of them to be visible is not asked.
func TestTheNextHiddenLine(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "kheo.db"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pool := extract.NewPool(1, time.Minute)
	defer pool.Close()
	data := pdf("Report of the village", "-Households: 12", "People: 7", "-Households: 14", "-Money: 5")
	sha, _, err := s.Blobs.Put(ctx, bytes.NewReader(data), extract.MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	text := "Report of the village\nHouseholds: 12\nPeople: 7\nHouseholds: 14\nMoney:\t5"
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "a.pdf", Type: "application/pdf", SHA256: sha,
		Pages: []dossier.Page{{Number: 1, Text: text}}}}}
	evidence := func(quotes ...string) *dossier.Assessment {
		c := dossier.Criterion{Points: 1}
		for _, q := range quotes {
			at := len([]rune(text[:strings.Index(text, q)]))
			c.Evidence = append(c.Evidence, dossier.Source{Document: "a.pdf", Page: 1, Quote: q, Start: at, End: at + len([]rune(q))})
		}
		return &dossier.Assessment{Criteria: []dossier.Criterion{c}}
	}
	l := look.Looker{Store: s, Pool: pool, Now: time.Now}
	if changed, err := l.PDFs(ctx, d, evidence("People: 7")); changed || err != nil {
		t.Fatalf("a visible quote changes something: %v %v", d.Documents[0].Sightings, err)
	}
	if changed, err := l.PDFs(ctx, d, evidence("People: 7", "Households: 12")); !changed || err != nil {
		t.Fatalf("a hidden quote changes nothing: %v", err)
	}
	if got, want := strings.TrimSpace(d.Visible().Documents[0].Pages[0].Text), "Report of the village\n              \nPeople: 7\n              \n      \t"; strings.TrimRight(got, " \n\t") != strings.TrimRight(want, " \n\t") {
		t.Errorf("left to be assessed:\n%q, not\n%q", got, want)
	}
	if d.Documents[0].Pages[0].Text != text {
		t.Error("what was read has changed")
	}
	if changed, err := l.PDFs(ctx, d, evidence("People: 7", "Households: 14")); changed || err != nil {
		t.Errorf("what is known already changes something: %v", err)
	}
	found, err := look.Of(ctx, s, d, evidence("People: 7", "Households: 12", "Report of"))
	if err != nil || len(found) != 3 || found[0].Result != dossier.Seen || found[1].Result != dossier.SightUnseen || found[2].Result != look.NotLooked {
		t.Errorf("found: %+v %v", found, err)
	}
}
