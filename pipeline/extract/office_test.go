//go:build linux && (amd64 || arm64)

package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// installedOffice returns LibreOffice; without it the test fails.
func installedOffice(t *testing.T) *Office {
	t.Helper()
	o, err := FindOffice(context.Background())
	needs(t, err)
	return o
}

// square is a picture of one colour, which is found again on a page that shows it.
func square(t *testing.T, c color.RGBA) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// linkingODT links a picture, and a section of text, of each path.
func linkingODT(t *testing.T, paths []string) []byte {
	t.Helper()
	var body strings.Builder
	for i, p := range paths {
		fmt.Fprintf(&body, `<text:p><draw:frame draw:name="f%d" svg:width="5cm" svg:height="5cm"><draw:image xlink:href="file://%s" xlink:type="simple"/></draw:frame></text:p>`, i, strings.Replace(p, ".txt", ".png", 1))
		fmt.Fprintf(&body, `<text:section text:name="s%d"><text:section-source xlink:href="file://%s" xlink:type="simple"/><text:p>before</text:p></text:section>`, i, p)
	}
	content := `<?xml version="1.0"?><office:document-content office:version="1.2" xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:text>` +
		`<text:p>MARKER of the document</text:p>` + body.String() + `</office:text></office:body></office:document-content>`
	manifest := `<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	return storedZip(t, "mimetype", typeODT, "content.xml", content, "META-INF/manifest.xml", manifest)
}

// linkingDOCX links a picture of each path, and includes its text.
func linkingDOCX(t *testing.T, paths []string) []byte {
	t.Helper()
	var body, rels strings.Builder
	for i, p := range paths {
		fmt.Fprintf(&rels, `<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="file://%s" TargetMode="External"/>`, i, strings.Replace(p, ".txt", ".png", 1))
		fmt.Fprintf(&body, `<w:p><w:r><w:drawing><wp:inline><wp:extent cx="1800000" cy="1800000"/><wp:docPr id="%d" name="p"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="r%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1800000" cy="1800000"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`, i+1, i)
		fmt.Fprintf(&body, `<w:p><w:fldSimple w:instr=" INCLUDETEXT &quot;%s&quot; "><w:r><w:t>before</w:t></w:r></w:fldSimple></w:p>`, p)
	}
	return storedZip(t,
		"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/_rels/document.xml.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+rels.String()+`</Relationships>`,
		"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body><w:p><w:r><w:t>MARKER of the document</w:t></w:r></w:p>`+body.String()+`</w:body></w:document>`)
}

// linkingHTML links a picture of each path.
func linkingHTML(paths []string) []byte {
	var b strings.Builder
	b.WriteString("<html><body><p>MARKER of the document</p>")
	for _, p := range paths {
		fmt.Fprintf(&b, `<img src="file://%s" width="200" height="200">`, strings.Replace(p, ".txt", ".png", 1))
	}
	b.WriteString("</body></html>")
	return []byte(b.String())
}

// storedZip is a zip whose members are not compressed, in the order given.
func storedZip(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: files[i], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(files[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shown counts the pages of a PDF that show something red, and something blue, and gives its text.
func shown(t *testing.T, p *Pool, pdf []byte) (red, blue int, text string) {
	t.Helper()
	res := readIn(t, p, string(pdf))
	for n := range res.Pages {
		v, err := p.View(context.Background(), pdf, n+1, nil)
		if err != nil || v.Error != "" {
			t.Fatalf("page %d: %v %s", n+1, err, v.Error)
		}
		img, err := jpeg.Decode(bytes.NewReader(v.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		var reds, blues bool
		for y := 0; y < img.Bounds().Dy(); y += 4 {
			for x := 0; x < img.Bounds().Dx(); x += 4 {
				r, g, b, _ := img.At(x, y).RGBA()
				reds = reds || r > 0xd000 && g < 0x3000 && b < 0x3000
				blues = blues || b > 0xd000 && g < 0x3000 && r < 0x3000
			}
		}
		if reds {
			red++
		}
		if blues {
			blue++
		}
	}
	return red, blue, textOf(res)
}

// Documents that link other files get nothing of them into what LibreOffice makes of them, wherever a
// workspace lies. A file of their own folder is linked too, and does come out: the links work.
func TestOfficeFollowsNoLinks(t *testing.T) {
	o := installedOffice(t)
	dir, paths := t.TempDir(), secretPlaces(t)
	for _, path := range paths {
		img := strings.Replace(path, ".txt", ".png", 1)
		if err := os.WriteFile(img, square(t, color.RGBA{255, 0, 0, 255}), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(img) })
	}
	beside := filepath.Join(dir, "beside.txt")
	for path, b := range map[string][]byte{beside: []byte("of the same folder"), strings.Replace(beside, ".txt", ".png", 1): square(t, color.RGBA{0, 0, 255, 255})} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths = append(paths, beside)
	var in []string
	for name, b := range map[string][]byte{"a.odt": linkingODT(t, paths), "b.docx": linkingDOCX(t, paths), "c.html": linkingHTML(paths)} {
		in = append(in, filepath.Join(dir, name))
		if err := os.WriteFile(in[len(in)-1], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.run(context.Background(), officeTimeout, dir, "pdf", in...); err != nil {
		t.Fatal(err)
	}
	p := pool(t, 20*time.Second)
	for _, name := range []string{"a", "b", "c"} {
		pdf, err := os.ReadFile(filepath.Join(dir, "out", name+".pdf"))
		if err != nil {
			t.Errorf("%s was not printed: %v", name, err)
			continue
		}
		red, blue, text := shown(t, p, pdf)
		if red > 0 || strings.Contains(text, "TOPSECRET") {
			t.Errorf("%s: other files came out: pictures on %d pages, text %q", name, red, text)
		}
		if blue == 0 {
			t.Errorf("%s: the links of this test do not work: pictures on %d pages, text %q", name, blue, text)
		}
	}
}
