package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signintech/gopdf"
	"github.com/xuri/excelize/v2"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/pdfpages"
)

// misbehave makes the child do what the text it is to read says.
func misbehave(data []byte) {
	switch what, _ := strings.CutPrefix(string(data), "CHILD: "); what {
	case "hang":
		for {
			runtime.Gosched()
		}
	case "slow": // as on a machine that is busy with something else
		for begin := time.Now(); time.Since(begin) < 1500*time.Millisecond; {
			for work := time.Now(); time.Since(work) < 10*time.Millisecond; {
				runtime.Gosched()
			}
			time.Sleep(50 * time.Millisecond)
		}
	case "exit":
		os.Exit(1)
	case "panic":
		panic("a reader's panic")
	case "overflow":
		var f func(int) int
		f = func(n int) int { return f(n+1) + 1 }
		f(0)
	case "memory":
		keep := bytes.Repeat([]byte{1}, 64<<20)
		for {
			keep = append(keep, keep...)
		}
	case "files":
		_, err := os.ReadFile("/etc/hostname")
		_, err2 := os.ReadDir("/")
		panic(fmt.Sprintf("file %v, folder %v", err == nil, err2 == nil))
	case "net":
		_, tcp := net.DialTimeout("tcp", "127.0.0.1:9", time.Second)
		_, udp := net.Dial("udp", "127.0.0.1:9")
		_, local := net.Listen("unix", "@kheo-test")
		panic(fmt.Sprint("tcp ", tcp, " udp ", udp, " local ", local))
	}
}

func TestMain(m *testing.M) {
	beforeReading = misbehave
	stayDown()
	testedConfinement()
	RunIfChild()
	os.Exit(m.Run())
}

// stayDown keeps a child from coming up as often as there are files to take away in the folder of
// its cache.
func stayDown() {
	list, _ := filepath.Glob(filepath.Join(os.Getenv(cacheEnv), "down-*"))
	if os.Getenv(childEnv) != "" && len(list) > 0 {
		os.Remove(list[0])
		fmt.Fprintln(os.Stderr, "no memory\nis left")
		os.Exit(7)
	}
}

// What a program says is kept up to a limit, however it is copied.
func TestWhatAProgramSaysIsLimited(t *testing.T) {
	l := limited{most: 10}
	cmd := exec.Command("sh", "-c", "printf 'a long story %s' told; printf ', and more'")
	cmd.Stdout = &l
	if err := cmd.Run(); err != nil || l.String() != "a long sto" {
		t.Errorf("%q is kept, %v", l.String(), err)
	}
}

// Documents that come one after the other are read by one child, however many the pool may start.
func TestOneChildReadsWhatComesInTurn(t *testing.T) {
	p := NewPool(4, time.Minute)
	defer p.Close()
	for range 5 {
		if res, err := p.Read(t.Context(), []byte("Báo cáo kết quả thực hiện mô hình"), nil); err != nil || res.Error != "" {
			t.Fatal(res.Error, err)
		}
	}
	if started := 4 - len(p.unused); started != 1 {
		t.Errorf("%d children were started", started)
	}
}

// A child that does not come up is tried again, and what it said is told if none does.
func TestChildThatDoesNotComeUp(t *testing.T) {
	compiled, _ := filepath.Glob(filepath.Join(pdfpages.CacheDir(), "*"))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if err := os.MkdirAll(pdfpages.CacheDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range compiled { // PDFium takes ten seconds to compile
		if err := os.Symlink(c, filepath.Join(pdfpages.CacheDir(), filepath.Base(c))); err != nil {
			t.Fatal(err)
		}
	}
	down := func(n int) {
		t.Helper()
		for i := range n {
			if err := os.WriteFile(filepath.Join(pdfpages.CacheDir(), fmt.Sprint("down-", i)), nil,
				0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	down(2)
	if res, err := pool(t, time.Minute).Read(t.Context(), []byte("Tiếng kẻng an ninh"), nil); err != nil ||
		len(res.Pages) != 1 {
		t.Errorf("where the third comes up: %+v %v", res, err)
	}
	down(3)
	if _, err := pool(t, time.Minute).Read(t.Context(), []byte("Tiếng kẻng an ninh"), nil); err == nil ||
		!strings.Contains(err.Error(), "exit status 7") || !strings.Contains(err.Error(), "no memory is left") {
		t.Errorf("where none comes up: %v", err)
	}
}

func pool(t *testing.T, timeout time.Duration) *Pool {
	t.Helper()
	p := NewPool(1, timeout)
	t.Cleanup(p.Close)
	return p
}

func readIn(t *testing.T, p *Pool, data string) Result {
	t.Helper()
	res, err := p.Read(context.Background(), []byte(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// A reader that hangs, dies or eats memory costs one document, and the next
// one is read.
func TestMisbehavingReader(t *testing.T) {
	for what, want := range map[string]string{"hang": Timeout, "exit": Crashed, "overflow": Crashed,
		"memory": TooLarge, "panic": Damaged} {
		timeout := 20 * time.Second
		if what == "hang" {
			timeout = 500 * time.Millisecond
		}
		p := pool(t, timeout)
		if res := readIn(t, p, "CHILD: "+what); res.Error != want {
			t.Errorf("%s: %s (%s), want %s", what, res.Error, res.Detail, want)
		}
		if res := readIn(t, p, "Dân vận khéo"); res.Error != "" || len(res.Pages) != 1 ||
			res.Pages[0].Text != "Dân vận khéo" {
			t.Errorf("after %s: %+v", what, res)
		}
	}
}

// A busy machine changes nothing of what is read: a reader that works is waited for.
func TestAReaderThatWorksIsWaitedFor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the time of a process")
	}
	if res := readIn(t, pool(t, 500*time.Millisecond), "CHILD: slow"); res.Error != "" || textOf(res) != "CHILD: slow" {
		t.Errorf("%q, %s", textOf(res), res.Error)
	}
}

// A program whose main does not answer as a child starts none: each would be the whole program again, with children of
// its own.
func TestAProgramThatCannotBeAChildStartsNone(t *testing.T) {
	answersAsChild = false
	defer func() { answersAsChild = true }()
	p := pool(t, time.Minute)
	if _, err := p.Read(t.Context(), []byte("text"), nil); err == nil || !strings.Contains(err.Error(), "RunIfChild") {
		t.Errorf("reading: %v", err)
	}
	if err := p.Warm(t.Context()); err == nil {
		t.Error("a child is warmed")
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("children run: %v", left)
	}
}

func TestChildIsConfined(t *testing.T) {
	if res := readIn(t, pool(t, 5*time.Second), "CHILD: files"); !strings.Contains(res.Detail,
		"file false, folder false") {
		t.Errorf("the child reads files: %s", res.Detail)
	}
}

func TestChildHasNoNetwork(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux refuses sockets")
	}
	if res := readIn(t, pool(t, 5*time.Second), "CHILD: net"); strings.Count(res.Detail,
		"operation not permitted") != 3 {
		t.Errorf("the child opens sockets: %s", res.Detail)
	}
}

// needs fails a test that lacks a tool, with what to install: `make test` installs every tool on Linux. On
// other systems the test is skipped.
func needs(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip(err)
	}
	t.Fatalf("%v; `make setup-test` installs what the tests need", err)
}

// A cancelled read returns the cancellation at once, ends its child, and leaves the pool usable.
func TestCancelledRead(t *testing.T) {
	p := pool(t, time.Minute)
	stopped := errors.New("the test has stopped the read")
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		for len(children(t)) == 0 && runtime.GOOS == "linux" { // until the child is there
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		cancel(stopped)
	}()
	begin := time.Now()
	_, err := p.Read(ctx, []byte("CHILD: hang"), nil)
	if !errors.Is(err, context.Canceled) || context.Cause(ctx) != stopped {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("children still run: %v", left)
	}
	if res := readIn(t, p, "Dân vận khéo"); textOf(res) != "Dân vận khéo" {
		t.Errorf("afterwards: %+v", res)
	}
}

func zipOf(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := zw.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(parts[i+1]))
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wordXML(body string) string {
	return `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
		` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>` + body + `</w:body></w:document>`
}

func TestWord(t *testing.T) {
	p := func(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }
	body := p("Trước bảng") +
		"<w:tbl><w:tr><w:tc>" + p("Số hộ tham gia") + "</w:tc><w:tc>" + p("120 hộ") +
		"</w:tc></w:tr><w:tr><w:tc>" + p("Ngày đăng ký") + "</w:tc><w:tc>" + p("1/2/2024") +
		"</w:tc></w:tr></w:tbl>" +
		"<w:p><w:r><w:t>Sau </w:t></w:r><w:r><w:t>bảng</w:t><w:tab/><w:t>cột</w:t></w:r></w:p>" +
		"<w:p><w:del><w:r><w:delText>đã xóa</w:delText><w:t>xóa</w:t></w:r></w:del><w:r><w:t>còn lại</w:t></w:r></w:p>" +
		"<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" + p("Trong khung") +
		"</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" + p("Trong khung") +
		"</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
	body += `<w:sectPr><w:headerReference w:type="default" r:id="h1"/></w:sectPr>`
	res := readIn(t, pool(t, 5*time.Second), zipOf(t, "word/document.xml", wordXML(body), "word/header1.xml",
		wordXML(p("Ủy ban nhân dân xã")), "word/_rels/document.xml.rels",
		`<Relationships><Relationship Id="h1" Type="header" Target="header1.xml"/></Relationships>`))
	if res.Error != "" {
		t.Fatal(res.Error, res.Detail)
	}
	want := "Ủy ban nhân dân xã\nTrước bảng\nSố hộ tham gia\t120 hộ\nNgày đăng ký\t1/2/2024\nSau bảng\tcột\ncòn lại\nTrong khung"
	if got := strings.ReplaceAll(res.Pages[0].Text, "\n\n", "\n"); got != want {
		t.Errorf("read:\n%s\nwant:\n%s", got, want)
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"Họ tên", "Số hộ"})
	f.SetSheetRow("Sheet1", "A2", &[]any{"Nguyễn Văn An", 12})
	f.NewSheet("Hai")
	f.SetCellValue("Hai", "B2", "ô lẻ")
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	res := readIn(t, pool(t, 5*time.Second), b.String())
	if len(res.Pages) != 2 || res.Pages[0].Text != "Họ tên\tSố hộ\nNguyễn Văn An\t12" ||
		!strings.Contains(res.Pages[1].Text, "ô lẻ") {
		t.Errorf("%+v", res)
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	p := pool(t, 5*time.Second)
	docx := zipOf(t, "word/document.xml", wordXML(""))
	for _, c := range []struct{ name, data, typ, err string }{
		{"empty", "", typeUnknown, Empty},
		{"half a Word file", docx[:len(docx)-30], typeDOCX, Damaged},
		{"an empty Word file", docx, typeDOCX, NoText},
		{"half a PDF", "%PDF-1.7\n1 0 obj\n<< /Type /Catalog", typePDF, Damaged},
		{"a program", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100), "application/x-executable",
			Unsupported},
		{"old Word", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), typeOLE, Unsupported},
		{"noise", "\x00\x01\x02\x03", typeUnknown, Unsupported},
		{"an empty archive", zipOf(t), typeZIP, Empty},
		{"text", "Báo cáo", typeText, ""},
		{"text in UTF-16", "\xff\xfeB\x00\xe1\x00o\x00", typeText, ""},
		{"a web page", "<!DOCTYPE html><p>Báo <b>cáo</b></p><script>no</script>", typeHTML, ""},
		{"a deep Word file", zipOf(t, "word/document.xml", strings.Repeat("<a>", 5000)), typeDOCX, Damaged},
	} {
		res := readIn(t, p, c.data)
		if res.Type != c.typ || res.Error != c.err {
			t.Errorf("%s: %s, %q (%s); want %s, %q", c.name, res.Type, res.Error, res.Detail, c.typ, c.err)
		}
		if c.err == "" && !strings.HasPrefix(res.Pages[0].Text, "Báo") {
			t.Errorf("%s is read as %q", c.name, res.Pages[0].Text)
		}
		if strings.Contains(fmt.Sprint(res.Pages), "no</") {
			t.Errorf("%s: a script is read as text", c.name)
		}
	}
	if res := readIn(t, p, "\x89PNG\r\n\x1a\n0000"); res.Error != "" || !slices.Contains(res.Flags,
		dossier.FlagLowTextQuality) {
		t.Errorf("an image: %+v", res)
	}
}

func TestMisnamed(t *testing.T) {
	for _, c := range []struct {
		name, typ string
		want      bool
	}{{"a.pdf", typePDF, false}, {"a.PDF", typeDOCX, true}, {"a.docx", typePDF, true}, {"a.doc", typeDOCX,
		false}, {"a.txt", typePDF, true}, {"a", typePDF, false}, {"a.xyz", typePDF, false}} {
		if got := Misnamed(c.name, c.typ); got != c.want {
			t.Errorf("%s holding %s: misnamed is %v", c.name, c.typ, got)
		}
	}
}

func TestPDFPages(t *testing.T) {
	g := gopdf.GoPdf{}
	g.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	font, err := filepath.Glob("/usr/share/fonts/truetype/*/*Sans*.ttf")
	if err != nil || len(font) == 0 {
		t.Fatal("no TrueType font to write a PDF with; `make test` installs one")
	}
	for _, want := range []string{"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
		"/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"} {
		if _, err := os.Stat(want); err == nil {
			font[0] = want
		}
	}
	if err := g.AddTTFFont("f", font[0]); err != nil {
		t.Fatal(err)
	}
	if err := g.SetFont("f", "", 12); err != nil {
		t.Fatal(err)
	}
	for i, lines := range [][]string{{"Dân vận khéo", "Đại Lộc, ngày 5"}, {"Blåbærsyltetøy"}} {
		g.AddPage()
		for k, l := range lines {
			g.SetXY(50, float64(80+20*k))
			if err := g.Text(l); err != nil {
				t.Fatal(err)
			}
		}
		_ = i
	}
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	res := readIn(t, pool(t, 10*time.Second), b.String())
	if len(res.Pages) != 2 || res.Pages[0].Text != "Dân vận khéo\nĐại Lộc, ngày 5" ||
		res.Pages[1].Text != "Blåbærsyltetøy" || res.Pages[1].Number != 2 {
		t.Errorf("%+v", res)
	}
	for _, cut := range []int{b.Len() / 2, b.Len() - 40} {
		if res := readIn(t, pool(t, 10*time.Second), b.String()[:cut]); res.Error == "" && len(res.Pages) == 0 {
			t.Errorf("cut at %d: neither text nor a reason", cut)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj 4 0 obj<</Length 30>>stream\nBT (x) Tj ET\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"))
	f.Add([]byte("<html><p>x<script>"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || bytes.HasPrefix(data, []byte("CHILD: ")) {
			return
		}
		parts := 0
		done := make(chan Result, 1)
		go func() {
			done <- guarded(data, func(data []byte) Result {
				return read(data, &unpacker{from: int64(len(data)), put: func(Part,
					[]byte) error {
					parts++
					return nil
				}})
			})
		}()
		select {
		case res := <-done:
			if res.Error == "" && len(res.Pages) == 0 && parts == 0 {
				t.Error("neither pages nor a reason")
			}
		case <-time.After(10 * time.Second):
			t.Error("reading takes too long")
		}
	})
}

// What OCR reads takes the place of a text layer, whatever that says; without OCR's text the layer stays, in doubt.
func TestOCRTakesThePlaceOfATextLayer(t *testing.T) {
	layer := func() Result {
		return Result{Scans: []int{1}, Pages: []dossier.Page{{Number: 1, Text: "nine thousand houses", Quality: 0.9,
			Blocks: []dossier.Block{{Kind: dossier.Paragraph, End: 20, Visibility: dossier.Uncertain}}}}}
	}
	res := layer()
	AddOCR(&res, map[int]OCRPage{1: {Text: "nine houses", Quality: 0.9, Words: []Word{{Text: "nine"}, {Text: "houses"}}}})
	if p := res.Pages[0]; p.Text != "nine houses" || p.Reader != dossier.OCRReader {
		t.Errorf("read as %q by %s", p.Text, p.Reader)
	}
	res = layer()
	AddOCR(&res, map[int]OCRPage{1: {}})
	if p := res.Pages[0]; p.Text != "nine thousand houses" || p.Blocks[0].Visibility != dossier.Uncertain {
		t.Errorf("without words of OCR: %q, %v", p.Text, p.Blocks)
	}
}

// A child starts PDFium for the first PDF, and one that has it reads all else too.
func TestPDFiumIsStartedForTheFirstPDF(t *testing.T) {
	p := NewPool(1, time.Minute)
	defer p.Close()
	pdf, err := os.ReadFile("testdata/empty-password.pdf")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("Báo cáo kết quả thực hiện mô hình")
	steps := []struct {
		data         []byte
		pdfium, same bool // the child has PDFium afterwards; it is the one of the step before
	}{{text, false, false}, {text, false, true}, {pdf, true, false}, {text, true, true}, {pdf, true, true}}
	before := 0
	for i, s := range steps {
		if res, err := p.Read(t.Context(), s.data, nil); err != nil || res.Error != "" || len(res.Pages) == 0 {
			t.Fatalf("step %d: %s %v", i, res.Error, err)
		}
		c := <-p.idle
		if pid := c.cmd.Process.Pid; c.pdfium != s.pdfium || (pid == before) != s.same {
			t.Errorf("step %d: PDFium %v, the same child %v", i, c.pdfium, pid == before)
		}
		before = c.cmd.Process.Pid
		p.idle <- c
	}
}
