package pipeline_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
)

// pdf is a PDF of one page; objects follow those of the page, from number 6. The page's resources know the font F1,
// the image I (object 6) and the layer L (object 7).
func pdf(content, catalogue string, objects ...string) []byte {
	objects = append([]string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> " +
			"/XObject << /I 6 0 R >> /Properties << /L 7 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}, objects...)
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF", len(objects)+1, xref)
	return b.Bytes()
}

// photo is an image that is not of one colour: what is under it is not blank.
var photo = "<< /Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 64 >>\nstream\n" +
	strings.Repeat("\x10\xe0\x10\xe0\x10\xe0\x10\xe0\xe0\x10\xe0\x10\xe0\x10\xe0\x10", 4) + "\nendstream"

const layer = "<< /Type /OCG /Name (draft) >>"

func line(y int, s string) string { return fmt.Sprintf("BT /F1 11 Tf 72 %d Td (%s) Tj ET\n", y, s) }

// looking is a workspace whose ruleset gives points for one fact.
func looking(t *testing.T, papers map[string][]byte) string {
	t.Helper()
	dir := small(t, 0)
	for name, b := range papers {
		ending := name[strings.LastIndex(name, "."):]
		name = strings.TrimSuffix(name, ending)
		write(t, filepath.Join(dir, "inbox", name, "dossier.yaml"),
			fmt.Appendf(nil, "kind: model\ntitle: %s\nunit: north\nlevel: district\nfield: economy\n", name))
		write(t, filepath.Join(dir, "inbox", name, "report"+ending), b)
	}
	return dir
}

// Evidence in a PDF earns points if it is to be seen on the rendered page, whatever the readers believe. What was seen
// is recorded once, and the lists of another machine with the same records are the same.
func TestEvidenceIsLookedAt(t *testing.T) {
	t.Parallel()
	report := line(740, "Report on the work of the village in the last year") + line(720, "People came together and did what they had agreed upon.")
	households := line(700, "Households: 12")
	papers := map[string][]byte{
		"honest.pdf":  pdf(report+households, "", photo, layer),
		"covered.pdf": pdf(report+households+"q 300 0 0 40 60 690 cm /I Do Q\n", "", photo, layer),
		"white.pdf":   pdf(report+households+"1 g 60 690 300 30 re f\n", "", photo, layer),
		"layer.pdf": pdf(report+"/OC /L BDC\n"+households+"EMC\n", "/OCProperties << /OCGs [7 0 R] /D << /OFF [7 0 R] >> >>",
			photo, layer),
		"twice.pdf": pdf(report+line(600, "Households: 14")+"q 300 0 0 40 60 590 cm /I Do Q\n"+
			households+"q 300 0 0 40 60 690 cm /I Do Q\n", "", photo, layer),
	}
	dir := looking(t, papers)
	run(t, dir)
	w := open(t, dir)
	for name := range papers {
		id := intake.ID(strings.TrimSuffix(name, ".pdf"))
		a, err := w.Store.Assessments.Get(t.Context(), id)
		if err != nil || a == nil {
			t.Fatal(name, err)
		}
		doubted := a.HasFlag(dossier.FlagHiddenText, dossier.FlagUncertain) && a.Outcome != dossier.Recommended
		if honest := name == "honest.pdf"; honest != (a.Points == 10) || honest == doubted {
			t.Errorf("%s: %v points, %v", name, a.Points, a.Flags)
		}
	}
	seen, err := w.Store.Sightings.OfFiles(t.Context(), []string{dossier.SHA256(papers["honest.pdf"])})
	if err != nil || len(seen) != 1 {
		t.Fatal(seen, err)
	}
	for _, list := range seen {
		if len(list) != 1 || list[0].Result != dossier.Seen || list[0].Renderer != extract.Renderer || list[0].Quote != "Households: 12" {
			t.Errorf("recorded: %+v", list)
		}
	}
	before := published(t, dir)
	if out := run(t, dir); !out.Nothing {
		t.Errorf("a run with nothing new does something: %+v", out.Run.Stages)
	}
	if _, err := w.Store.DB.ExecContext(t.Context(), `DELETE FROM assessments`); err != nil {
		t.Fatal(err)
	}
	run(t, dir)
	sameLists(t, before, published(t, dir))
}

// What was recorded holds: an assessment goes by the sightings of the dossier's files, and not by what this machine
// would see.
func TestSightingsOfAnotherMachineHold(t *testing.T) {
	t.Parallel()
	paper := pdf(line(740, "Report on the work of the village in the last year")+line(700, "Households: 12"), "", photo, layer)
	dir := looking(t, map[string][]byte{"a.pdf": paper})
	run(t, dir)
	w := open(t, dir)
	sha, id := dossier.SHA256(paper), intake.ID("a")
	for _, c := range []struct {
		result  dossier.Sight
		points  float64
		flag    string
		nothing bool
	}{
		{dossier.Seen, 10, "", true}, {dossier.SightUnseen, 0, dossier.FlagHiddenText, false},
		{dossier.NotFound, 10, dossier.FlagUncertain, false}, {dossier.Seen, 10, "", false},
	} {
		if _, err := w.Store.DB.ExecContext(t.Context(), `UPDATE sightings SET result = ? WHERE sha256 = ?`, string(c.result), sha); err != nil {
			t.Fatal(err)
		}
		out, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"})
		if err != nil || out.Nothing != c.nothing {
			t.Fatal(c.result, err)
		}
		a, err := w.Store.Assessments.Get(t.Context(), id)
		if err != nil || a.Points != c.points || a.HasFlag(dossier.FlagHiddenText, dossier.FlagUncertain) != (c.flag != "") ||
			c.flag != "" && !a.HasFlag(c.flag) {
			t.Errorf("%s: %v points, %v %v", c.result, a.Points, a.Flags, err)
		}
	}
}
