package pipeline_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/look"
	"kheo/pipeline/publish"
	"kheo/pipeline/viewer"
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

// docx is a Word document of paragraphs, as XML.
func docx(t *testing.T, body string) []byte {
	t.Helper()
	const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\nIDATx\x9cc\xf8\x0f\x00\x01\x01\x01\x00\x1b\xb6\xeeV\x00\x00\x00\x00IEND\xaeB`\x82"
	return zipped(t, "[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`+
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" ContentType="image/png"/>`+
		`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+
			`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/_rels/document.xml.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+
			`<Relationship Id="p1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/p.png"/></Relationships>`,
		"word/media/p.png", pixel,
		"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" `+
			`xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" `+
			`xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>`+
			body+`</w:body></w:document>`)
}

// notLooked returns what the published entry of a dossier says was not looked at.
func notLooked(t *testing.T, dir, title string) (out []dossier.Citation) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "lists", "*", "latest", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var f publish.File
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(name, err)
		}
		for _, e := range f.Entries {
			if e.Title == title {
				out = append(out, e.NotLooked...)
			}
		}
	}
	return out
}

// inFront is a white picture in front of the text, anchored in a paragraph.
const inFront = `<w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="9" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1">` +
	`<wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="column"><wp:posOffset>-200000</wp:posOffset></wp:positionH>` +
	`<wp:positionV relativeFrom="character"><wp:posOffset>-60000</wp:posOffset></wp:positionV><wp:extent cx="5000000" cy="400000"/><wp:wrapNone/><wp:docPr id="1" name="p"/>` +
	`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr>` +
	`<pic:blipFill><a:blip r:embed="p1"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="5000000" cy="400000"/></a:xfrm>` +
	`<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>`

// Evidence in Word documents is looked at after publishing, on the pages that LibreOffice prints. What was not seen
// there keeps a list from being closed, and earns nothing from the next run on.
func TestEvidenceInOfficeIsLookedAt(t *testing.T) {
	t.Parallel()
	para := func(text, more string) string { return "<w:p>" + more + "<w:r><w:t>" + text + "</w:t></w:r></w:p>" }
	intro := para("Report on the work of the village in the last year", "") + para("People came together.", "")
	end := para("The end of the report.", "")
	papers := map[string][]byte{
		"honest.docx":  docx(t, intro+para("Households: 12", "")+end),
		"covered.docx": docx(t, intro+para("Households: 12", inFront)+end),
	}
	dir := looking(t, papers)
	run(t, dir)
	w := open(t, dir)
	unlooked := []dossier.Citation{{Document: "report.docx", Page: 1, Quote: "Households: 12"}}
	if got := notLooked(t, dir, "honest"); !slices.Equal(got, unlooked) {
		t.Errorf("the published entry says that %v was not looked at, want %v", got, unlooked)
	}
	pages := viewer.New(t.Context(), w)
	defer pages.Close()
	office := look.NewOffice(w, pages)
	if !office.Available() {
		t.Fatal("LibreOffice is not there; `make setup-test` installs what the tests need")
	}
	r, err := office.Turn(t.Context(), 1)
	if err != nil || r.Dossiers != 1 || r.Left != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err = office.Turn(t.Context(), 10); err != nil || r.Dossiers != 1 || r.Left != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	honest, covered := intake.ID("honest"), intake.ID("covered")
	a, err := w.Store.Assessments.Get(t.Context(), covered)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := office.Check(t.Context(), []string{honest, covered}); err != nil || len(c.Unlooked) > 0 ||
		a.Points > 0 && fmt.Sprint(c.Doubted) != fmt.Sprint([]string{covered}) {
		t.Errorf("before closing: %+v %v", c, err)
	}
	run(t, dir)
	for id, points := range map[string]float64{honest: 10, covered: 0} {
		a, err := w.Store.Assessments.Get(t.Context(), id)
		if err != nil || a.Points != points || (points == 0) != (a.HasFlag(dossier.FlagHiddenText, dossier.FlagUncertain)) {
			t.Errorf("%s: %v points, %v %v", id, a.Points, a.Flags, err)
		}
	}
	if got := notLooked(t, dir, "honest"); len(got) > 0 {
		t.Errorf("the published entry still says that %v was not looked at", got)
	}
	if c, err := office.Check(t.Context(), []string{honest, covered}); err != nil || len(c.Unlooked)+len(c.Doubted) > 0 {
		t.Errorf("after the next run: %+v %v", c, err)
	}
	if out := run(t, dir); !out.Nothing {
		t.Errorf("a run with nothing new does something: %+v", out.Run.Stages)
	}
}
