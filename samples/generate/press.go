package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/signintech/gopdf"
	"github.com/xuri/excelize/v2"

	"kheo/pipeline/publish/word"
)

// press collects the documents of all dossiers, writes them, and returns the inbox. Documents are written together
// at the end, because starting LibreOffice and Chromium takes longer than writing with them.
type press struct {
	dir    string                       // for temporary files
	units  map[string]string            // names by id
	fields map[string]map[string]string // titles by id and language
	jobs   []*job
	boxes  []*box // in the order of the stories
}

// job is one document to be written.
type job struct {
	paper  *paper
	format string // docx, writer, browser, golib, scan, protected, truncated, empty, xlsx, raw
	story  *story
	data   []byte // of the file, after print
	id     string // the name of its temporary files
}

// box is one entry of the inbox: a folder, a zip or a single file.
type box struct {
	name  string
	zip   bool
	files []boxed
}

// boxed is one document in a box; the name is empty if the box is the document itself.
type boxed struct {
	name string
	job  *job
}

// formats are those of ordinary documents. Word is more frequent than PDF, as in real campaigns.
var formats = []string{"docx", "writer", "browser", "golib", "docx", "docx"}

// job adds a document to those that print writes.
func (p *press) job(s *story, pp *paper, format string) *job {
	j := &job{paper: pp, format: format, story: s, id: fmt.Sprintf("f%04d", len(p.jobs))}
	p.jobs = append(p.jobs, j)
	return j
}

// ext gives the ending of the file name for each format.
var ext = map[string]string{
	"docx":      ".docx",
	"writer":    ".pdf",
	"browser":   ".pdf",
	"golib":     ".pdf",
	"scan":      ".pdf",
	"protected": ".pdf",
	"truncated": ".pdf",
	"xlsx":      ".xlsx",
	"empty":     ".docx",
}

// compose decides which papers a dossier has, in which formats, and how they are delivered. Stories may ask for
// damaged, protected, scanned or missing documents; all others get a mixture that depends on the story.
func (p *press) compose(s *story) {
	d := dossierOf(p, s)
	switch {
	case s.docs("truncatedonly"):
		d.add("all", d.whole(), "truncated")
		d.manifest()
	case s.docs("protected"):
		d.add("form", d.form, d.format("form"))
		d.add("report", d.report, "protected")
		d.add(d.lastPart, d.last, d.format("last"))
	case s.docs("scanonly"):
		d.add("form", d.form, d.format("form"))
		d.add("report", d.report, "scan")
	case s.docs("noconfirm"):
		d.add("form", d.form, d.format("form"))
		d.add("report", d.report, d.format("report"))
		if s.pick("manifest", 3) == 0 {
			d.manifest()
		}
	default:
		d.usual()
	}
	p.boxes = append(p.boxes, d.box)
}

// composed is a dossier while it is composed: its three papers, and the box that they are delivered in.
type composed struct {
	press    *press
	story    *story
	box      *box
	form     *paper
	report   *paper
	last     *paper // the confirmation of a model, the minutes of a commendation
	lastPart string // what last is, for its file name
}

// dossierOf returns the papers of a story, in an empty box.
func dossierOf(p *press, s *story) *composed {
	d := &composed{press: p, story: s, box: &box{name: s.folder()}, lastPart: "confirmation"}
	if s.kind == "model" {
		d.form, d.report, d.last = p.form(s), p.report(s), p.confirmation(s)
	} else {
		d.form, d.report, d.last = p.commendation(s)
		d.lastPart = "minutes"
	}
	return d
}

// add puts a paper into the box, in a format.
func (d *composed) add(part string, pp *paper, format string) {
	d.box.files = append(d.box.files, boxed{d.story.fileName(part) + ext[format], d.press.job(d.story, pp, format)})
}

// manifest puts a dossier.yaml into the box.
func (d *composed) manifest() {
	j := d.press.job(d.story, nil, "raw")
	j.data = d.story.manifest()
	d.box.files = append(d.box.files, boxed{"dossier.yaml", j})
}

// format chooses the format of a part.
func (d *composed) format(part string) string {
	return formats[d.story.pick("format "+part, len(formats))]
}

// whole returns all papers as one.
func (d *composed) whole() *paper {
	all := &paper{}
	all.join(d.form, d.report, d.last)
	return all
}

// usual composes a dossier without peculiarities that its story asks for: one file with everything, a zip, or a
// folder, some with a manifest, a list of households, a scan, an empty appendix, or a Word file that is called
// .pdf.
func (d *composed) usual() {
	s, b := d.story, d.box
	// Of ten dossiers, two are one file, three a zip and five a folder.
	switch how := s.pick("how", 10); {
	case how < 2:
		f := d.format("all")
		b.files = []boxed{{"", d.press.job(s, d.whole(), f)}}
		b.name += ext[f]
		return
	case how < 5:
		b.zip = true
	}
	d.add("form", d.form, d.format("form"))
	d.add("report", d.report, d.format("report"))
	d.add(d.lastPart, d.last, d.format("last"))
	if s.pick("manifest", 2) == 0 {
		d.manifest()
	}
	if s.kind == "model" && s.number < 70 && s.pick("list", 4) == 0 {
		d.add("list", nil, "xlsx")
	}
	if s.docs("scanextra") || s.pick("scan", 14) == 0 {
		d.add("scan", d.last, "scan")
	}
	if s.pick("empty", 60) == 0 {
		b.files = append(b.files, boxed{"phu-luc.docx", d.press.job(s, nil, "empty")})
	}
	// Readers must go by the content of a file, not by its name.
	if s.pick("lying", 25) == 0 {
		for i := range b.files {
			if f := &b.files[i]; f.job.format == "docx" {
				f.name = strings.TrimSuffix(f.name, ".docx") + ".pdf"
				break
			}
		}
	}
}

// print writes all documents: Word and spreadsheets in this program, PDF with LibreOffice (60 documents at a time,
// because starting it is slow), Chromium and a Go library, scans with poppler, protected files with qpdf.
func (p *press) print() {
	var writer []string
	for _, j := range p.jobs {
		switch j.format {
		case "docx":
			j.data = asWord(j.paper)
		case "writer", "scan", "protected", "truncated":
			f := filepath.Join(p.dir, j.id+".docx")
			check(os.WriteFile(f, asWord(j.paper), 0o644))
			writer = append(writer, f)
		case "golib":
			j.data = asGoPDF(j.paper)
		case "xlsx":
			j.data = asSheet(j.story)
		}
	}
	// Scans, protected and truncated files are made from the PDF of LibreOffice.
	for len(writer) > 0 {
		n := min(len(writer), 60)
		args := []string{"--headless", "-env:UserInstallation=file://" + p.dir + "/profile", "--convert-to", "pdf",
			"--outdir", p.dir}
		run(p.dir, "soffice", append(args, writer[:n]...)...)
		writer = writer[n:]
	}
	// Two Chromium processes at a time, each with a profile of its own: one profile cannot be shared.
	var wg sync.WaitGroup
	slots := make(chan string, 2)
	slots <- filepath.Join(p.dir, "chromium-1")
	slots <- filepath.Join(p.dir, "chromium-2")
	for _, j := range p.jobs {
		pdf := filepath.Join(p.dir, j.id+".pdf")
		switch j.format {
		case "browser":
			wg.Add(1)
			go func() {
				defer wg.Done()
				profile := <-slots
				defer func() { slots <- profile }()
				page := filepath.Join(p.dir, j.id+".html")
				check(os.WriteFile(page, asHTML(j.paper), 0o644))
				run(p.dir, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
					"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
					"--user-data-dir="+profile, "--no-pdf-header-footer", "--print-to-pdf="+pdf, page)
				j.data = read(pdf)
			}()
		case "writer":
			j.data = read(pdf)
		case "truncated":
			b := read(pdf)
			j.data = b[:len(b)*2/5] // as an upload that was interrupted
		case "protected":
			out := filepath.Join(p.dir, j.id+"-locked.pdf")
			run(p.dir, "qpdf", "--encrypt", "dan-van", "kheo-owner", "256", "--", pdf, out)
			j.data = read(out)
		case "scan":
			to := filepath.Join(p.dir, j.id)
			run(p.dir, "pdftoppm", "-r", "100", "-gray", "-jpeg", "-jpegopt", "quality=45", pdf, to)
			pages, err := filepath.Glob(filepath.Join(p.dir, j.id+"-*.jpg"))
			check(err)
			j.data = asScan(pages)
		}
	}
	wg.Wait()
}

// entries returns the files of the inbox. A second box of the same name gets "-2".
func (p *press) entries() []entry {
	var out []entry
	seen := map[string]bool{}
	for _, b := range p.boxes {
		if seen[b.name] {
			b.name += "-2"
		}
		seen[b.name] = true
		if len(b.files) == 1 && b.files[0].name == "" {
			out = append(out, entry{b.name, b.files[0].job.data})
			continue
		}
		if !b.zip {
			for _, f := range b.files {
				out = append(out, entry{b.name + "/" + f.name, f.job.data})
			}
			continue
		}
		var buf bytes.Buffer
		zw := zip.NewWriter(&buf)
		for _, f := range b.files {
			w, err := zw.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate})
			check(err)
			_, err = w.Write(f.job.data)
			check(err)
		}
		check(zw.Close())
		out = append(out, entry{b.name + ".zip", buf.Bytes()})
	}
	return out
}

// asWord writes a paper as a Word document.
func asWord(p *paper) []byte {
	d := &word.Doc{}
	for _, b := range p.blocks {
		switch b.kind {
		case "h1":
			d.Heading(1, b.text)
		case "h2":
			d.Heading(2, b.text)
		case "p":
			d.Paragraph(b.text)
		case "table":
			d.Table([]int{45, 55}, b.rows, false, true)
		case "heading":
			d.Table([]int{42, 58}, b.rows, false, false)
		}
	}
	out, err := d.Bytes()
	check(err)
	return out
}

// asHTML writes a paper as a page for Chromium to print.
func asHTML(p *paper) []byte {
	var b strings.Builder
	b.WriteString(
		`<!doctype html><html lang="vi"><meta charset="utf-8"><style>body{font:13pt "Noto Serif"}` +
			`h1{font-size:15pt;text-align:center}h2{font-size:13pt}table{width:100%;border-collapse:collapse}` +
			`table.b td{border:1px solid #555;padding:3px 6px}td{width:50%}</style>`,
	)
	for _, bl := range p.blocks {
		switch bl.kind {
		case "h1", "h2", "p":
			fmt.Fprintf(&b, "<%s>%s</%s>", bl.kind, html.EscapeString(bl.text), bl.kind)
		default:
			class := ""
			if bl.kind == "table" {
				class = ` class="b"`
			}
			fmt.Fprintf(&b, "<table%s>", class)
			for _, r := range bl.rows {
				b.WriteString("<tr>")
				for _, c := range r {
					fmt.Fprintf(&b, "<td>%s</td>", strings.ReplaceAll(html.EscapeString(c), "\n", "<br>"))
				}
				b.WriteString("</tr>")
			}
			b.WriteString("</table>")
		}
	}
	return []byte(b.String())
}

// fontDir is where Debian installs the Noto fonts.
const fontDir = "/usr/share/fonts/truetype/noto/"

// asGoPDF writes a paper as PDF with signintech/gopdf: a third producer of PDF, beside LibreOffice and Chromium.
func asGoPDF(p *paper) []byte {
	g := &gopdf.GoPdf{}
	g.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	check(g.AddTTFFont("serif", fontDir+"NotoSerif-Regular.ttf"))
	check(g.AddTTFFont("bold", fontDir+"NotoSerif-Bold.ttf"))
	// y is the distance from the top of the page, in points.
	y := 0.0
	page := func() { g.AddPage(); y = 56 }
	page()
	put := func(x, width float64, font string, size float64, text string) float64 {
		check(g.SetFont(font, "", size))
		used := 0.0
		for _, para := range strings.Split(text, "\n") {
			lines, err := g.SplitTextWithWordWrap(para, width)
			check(err)
			for _, l := range lines {
				if y+used > 780 {
					page()
					used = 0
				}
				g.SetXY(x, y+used)
				check(g.Cell(nil, l))
				used += size * 1.45
			}
		}
		return used
	}
	for _, b := range p.blocks {
		switch b.kind {
		case "h1":
			y += 8 + put(56, 480, "bold", 15, b.text)
		case "h2":
			y += 4 + put(56, 480, "bold", 13, b.text)
		case "p":
			y += 5 + put(56, 480, "serif", 13, b.text)
		default:
			for _, r := range b.rows {
				if y > 720 {
					page()
				}
				h1, y0 := put(56, 210, "serif", 13, r[0]), y
				h2 := put(280, 260, "serif", 13, r[1])
				y = y0 + max(h1, h2) + 3
			}
		}
	}
	out, err := g.GetBytesPdfReturnErr()
	check(err)
	return out
}

// asScan writes images of pages as a PDF without text.
func asScan(pages []string) []byte {
	g := &gopdf.GoPdf{}
	g.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	for _, f := range pages {
		g.AddPage()
		check(g.Image(f, 0, 0, gopdf.PageSizeA4))
	}
	out, err := g.GetBytesPdfReturnErr()
	check(err)
	return out
}

// asSheet writes a list of households as a spreadsheet.
func asSheet(s *story) []byte {
	f := excelize.NewFile()
	const sheet = "Danh sách"
	check(f.SetSheetName("Sheet1", sheet))
	check(f.SetSheetRow(sheet, "A1", &[]any{"TT", "Họ và tên chủ hộ", "Nơi ở"}))
	for i := range s.number {
		check(f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+2), &[]any{i + 1, s.householder(i), s.place}))
	}
	var b bytes.Buffer
	check(f.Write(&b))
	return b.Bytes()
}
