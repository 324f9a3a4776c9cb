package extract

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
)

// readParts reads a file and returns what was inside it, by name.
func readParts(t *testing.T, p *Pool, data string) (Result, map[string]string, []Part) {
	t.Helper()
	inside := map[string]string{}
	var parts []Part
	res, err := p.Read(context.Background(), []byte(data), func(part Part, b []byte) error {
		inside[part.Name] = string(b)
		parts = append(parts, part)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return res, inside, parts
}

// textOf is the text of all pages.
func textOf(res Result) string {
	var out []string
	for _, p := range res.Pages {
		out = append(out, p.Text)
	}
	return strings.Join(out, "\n")
}

func TestOpenDocument(t *testing.T) {
	p := pool(t, 10*time.Second)
	styles := `<office:document-styles><office:master-styles><style:master-page><style:header><text:p>UBND xã Đại Hiệp</text:p></style:header><style:footer><text:p>Trang</text:p></style:footer></style:master-page></office:master-styles></office:document-styles>`
	content := `<office:document-content><office:automatic-styles><style:style style:name="H"><style:text-properties text:display="none"/></style:style></office:automatic-styles><office:body><office:text>` +
		`<text:tracked-changes><text:changed-region><text:deletion><text:p>đã xóa</text:p></text:deletion></text:changed-region></text:tracked-changes>` +
		`<text:h>Báo cáo</text:h><text:p>Số hộ:<text:s text:c="2"/>120<text:tab/>hộ<text:note><text:note-body><text:p>chú thích</text:p></text:note-body></text:note></text:p>` +
		`<table:table><table:table-row><table:table-cell><text:p>Ngày đăng ký</text:p></table:table-cell><table:table-cell><text:p>1/2/2024</text:p></table:table-cell></table:table-row></table:table>` +
		`<text:p><text:span text:style-name="H">được khen thưởng nhiều lần</text:span>cuối</text:p><office:annotation><text:p>nhận xét</text:p></office:annotation></office:text></office:body></office:document-content>`
	res := readIn(t, p, zipOf(t, "mimetype", typeODT, "content.xml", content, "styles.xml", styles))
	want := []string{"UBND xã Đại Hiệp", "Báo cáo\nSố hộ:  120\thộchú thích", "Ngày đăng ký\t1/2/2024\n",
		"cuối"}
	for _, w := range want {
		if !strings.Contains(textOf(res)+"\n", w) {
			t.Errorf("no %q in\n%s", w, textOf(res))
		}
	}
	for _, no := range []string{"đã xóa", "nhận xét", "khen thưởng"} {
		if strings.Contains(textOf(res), no) {
			t.Errorf("%q is read", no)
		}
	}
	if res.Type != typeODT || !slices.Contains(res.Flags, dossier.FlagHiddenText) ||
		!strings.Contains(res.Pages[0].Hidden, "khen thưởng") {
		t.Errorf("hidden text: %+v", res)
	}

	sheet := `<office:document-content><office:body><office:spreadsheet><table:table table:name="Một"><table:table-row><table:table-cell><text:p>Tên</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell></table:table-row>` +
		`<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>` +
		`<table:table table:name="Hai"><table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>lặp</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>`
	res = readIn(t, p, zipOf(t, "mimetype", typeODS, "content.xml", sheet))
	if len(res.Pages) != 2 || res.Pages[0].Text != "Tên\tx\tx" || res.Pages[1].Text != "lặp\nlặp" {
		t.Errorf("a spreadsheet is read as %+v", res)
	}
	locked := readIn(t, p, zipOf(t, "mimetype", typeODT, "content.xml", "x", "META-INF/manifest.xml",
		`<manifest:encryption-data/>`))
	if locked.Error != Protected {
		t.Errorf("an encrypted file: %+v", locked)
	}
}

func TestSlides(t *testing.T) {
	slide := func(s, more string) string {
		cell := func(s string) string {
			return `<a:tc><a:txBody><a:p><a:r><a:t>` + s + `</a:t></a:r></a:p></a:txBody></a:tc>`
		}
		return `<p:sld xmlns:p="p" xmlns:a="a" ` + more + `><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>` + s +
			`</a:t></a:r></a:p></p:txBody></p:sp><p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>` + cell("Hộ") + cell("12") +
			`</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame></p:spTree></p:cSld></p:sld>`
	}
	res := readIn(t, pool(t, 5*time.Second), zipOf(t,
		"ppt/presentation.xml", `<p:presentation xmlns:r="r"><p:sldIdLst><p:sldId id="1" r:id="rId2"/><p:sldId id="2" r:id="rId1"/><p:sldId id="3" r:id="rId3"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="rId1" Target="slides/slide1.xml"/><Relationship Id="rId2" Target="slides/slide2.xml"/><Relationship Id="rId3" Target="/ppt/slides/slide3.xml"/></Relationships>`,
		"ppt/slides/slide1.xml", slide("Hai", ""), "ppt/slides/slide2.xml", slide("Một", ""),
		"ppt/slides/slide3.xml", slide("Giấu kín", `show="0"`),
		"ppt/slides/_rels/slide2.xml.rels", `<Relationships><Relationship Id="a" Target="../notesSlides/notesSlide1.xml"/></Relationships>`,
		"ppt/notesSlides/notesSlide1.xml", `<p:notes><a:p><a:r><a:t>Lời người nói</a:t></a:r></a:p></p:notes>`))
	if len(res.Pages) != 3 || !strings.HasPrefix(res.Pages[0].Text, "Một\nHộ\t12") ||
		!strings.Contains(res.Pages[0].Text, "Lời người nói") || !strings.HasPrefix(res.Pages[1].Text, "Hai") ||
		res.Pages[2].Text != "" || !strings.Contains(res.Pages[2].Hidden, "Giấu kín") {
		t.Errorf("%+v", res)
	}
}

func TestRichText(t *testing.T) {
	p := pool(t, 5*time.Second)
	const vn = "Xin ch\xe0o c\xe1c \xf0\xf4\xccng ch\xed" // windows-1258: tones follow their letters
	hex := ""
	for _, c := range []byte(vn) {
		hex += fmt.Sprintf(`\'%02x`, c)
	}
	res := readIn(t, p, `{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fnil\fcharset0 Times;}{\f1\fnil\fcharset163 Arial;}{\f2\fnil .VnTime;}}{\colortbl;\red255\green255\blue255;}{\*\generator Word}{\info{\title no}}`+
		`\f0 Bl\'e5b\'e6r og d\u7853?n\par {\f1 `+hex+`}\par {\f2 Nh\'f7ng n\'a8m qua, phong tr\'b5o}\par`+
		`\trowd\cellx1\cellx2\pard\intbl S\u7889\'3f h\u7897\'3f\cell 120\cell\row\pard {\v gi\'e2u}{\cf1 tr\u7855?ng}sau\tab cu\u7889?i{\footnote  ghi ch\'fa}\par}`)
	want := "Blåbær og dận\nXin chào các đồng chí\nNhững năm qua, phong trào\nSố hộ\t120\nsau\tcuối  ghi chú"
	if got := textOf(res); got != want {
		t.Errorf("read:\n%s\nwant:\n%s", got, want)
	}
	if !strings.Contains(res.Pages[0].Hidden, "giâu") || !strings.Contains(res.Pages[0].Hidden, "trắng") {
		t.Errorf("hidden: %q", res.Pages[0].Hidden)
	}
	if res := readIn(t, p, `{\rtf1{\fonttbl{\f0 A`); res.Error != Damaged {
		t.Errorf("half a file: %+v", res)
	}
}

func TestLetter(t *testing.T) {
	p := pool(t, 10*time.Second)
	inner := zipOf(t, "trong/a.txt", "trong cùng")
	letter := "From: =?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte("Nguyễn Văn An")) +
		"?= <an@example.org>\r\nTo: kheo@example.org\r\nSubject: =?utf-8?q?H=E1=BB=93_s=C6=A1?=\r\nDate: Fri, 15 Mar 2024 10:00:00 +0700\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKính gửi hội đồng.\r\n--c\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Kính gửi <b>hội đồng</b>.</p>\r\n--c--\r\n" +
		"--b\r\nContent-Type: text/plain; name=\"b.txt\"\r\nContent-Disposition: attachment; filename=\"b.txt\"\r\n\r\nđính kèm\r\n" +
		"--b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=\"c.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(inner)) + "\r\n--b--\r\n"
	res, inside, _ := readParts(t, p, letter)
	if res.Type != typeEML || !strings.Contains(textOf(res), "From: Nguyễn Văn An <an@example.org>") ||
		!strings.Contains(textOf(res), "Subject: Hồ sơ") || strings.Count(textOf(res),
		"Kính gửi hội đồng.") != 1 {
		t.Errorf("%s: %s", res.Type, textOf(res))
	}
	if strings.TrimSpace(inside["b.txt"]) != "đính kèm" || inside["c.zip/trong/a.txt"] != "trong cùng" ||
		len(inside) != 2 {
		t.Errorf("inside: %q", inside)
	}
}

// Archives inside archives are unpacked; what can't be taken out says why; no name
// climbs out of its dossier.
func TestArchives(t *testing.T) {
	p := pool(t, 20*time.Second)
	deep := zipOf(t, "a.txt", "ở sâu")
	for range 10 {
		deep = zipOf(t, "z.zip", deep)
	}
	res, inside, parts := readParts(t, p, zipOf(t, "../../etc/passwd", "x", "/abs.txt", "y", `a\..\b.txt`, "z",
		"inner.zip", zipOf(t, "m/báo cáo.txt", "chữ"), "deep.zip", deep, "half.zip", inner(t)[:60]))
	if res.Type != typeZIP || res.Error != "" {
		t.Fatalf("%+v", res)
	}
	for name, want := range map[string]string{"etc/passwd": "x", "abs.txt": "y", "a/b.txt": "z",
		"inner.zip/m/báo cáo.txt": "chữ"} {
		if inside[name] != want {
			t.Errorf("%s holds %q, want %q", name, inside[name], want)
		}
	}
	reasons := map[string]string{}
	for _, part := range parts {
		reasons[part.Name] = part.Problem
		if strings.Contains("/"+part.Name+"/", "/../") || strings.HasPrefix(part.Name, "/") {
			t.Errorf("a part is called %q", part.Name)
		}
	}
	if !slices.ContainsFunc(parts, func(p Part) bool {
		return strings.HasPrefix(p.Name, "deep.zip/") &&
			p.Problem == TooLarge
	}) || reasons["half.zip"] != Damaged {
		t.Errorf("reasons: %v", reasons)
	}
}

func inner(t *testing.T) string { return zipOf(t, "x.txt", strings.Repeat("chữ ", 100)) }

func TestSevenZip(t *testing.T) {
	// of one file, a.txt, "chữ\n", stored without compression
	data, err := os.ReadFile(filepath.Join("testdata", "one.7z"))
	if err != nil {
		t.Fatal(err)
	}
	res, inside, _ := readParts(t, pool(t, 10*time.Second), string(data))
	if res.Type != type7Z || strings.TrimSpace(inside["hồ sơ/báo cáo.txt"]) != "Số hộ tham gia: 120" {
		t.Errorf("%+v %q", res, inside)
	}
}

func TestOldEncodings(t *testing.T) {
	p := pool(t, 5*time.Second)
	const right = "Những năm qua, phong trào Dân vận khéo đã đi vào cuộc sống, được nhân dân đồng tình hưởng ứng; nhiều mô hình ở Đại Lộc, Quảng Nam."
	tcvn := unconvert(right)
	vniText := "Nhöõng naêm qua, phong traøo Daân vaän kheùo ñaõ ñi vaøo cuoäc soáng, ñöôïc nhaân daân ñoàng tình höôûng öùng; nhieàu moâ hình ôû Ñaïi Loäc, Quaûng Nam."
	docx := func(font, s string) string {
		return zipOf(t, "word/document.xml", wordXML(`<w:p><w:r><w:rPr><w:rFonts w:ascii="`+font+`"/></w:rPr><w:t>`+s+`</w:t></w:r></w:p>`))
	}
	latin := func(s string) string {
		b, err := charmap.Windows1252.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, data := range map[string]string{
		"TCVN3 by its font": docx(".VnTime", tcvn), "TCVN3 by its letters": docx("Arial", tcvn),
		"TCVN3 as bytes": latin(tcvn), "TCVN3 beside Unicode": right + "\n" + tcvn + "\n" + right,
		"VNI by its font": docx("VNI-Times", vniText), "VNI by its letters": docx("Arial", vniText),
		"VNI as bytes": latin(vniText), "Unicode in a font of TCVN3": docx("Arial", right),
	} {
		got := textOf(readIn(t, p, data))
		if name == "TCVN3 beside Unicode" {
			if strings.Count(got, right) != 3 {
				t.Errorf("%s: %s", name, got)
			}
			continue
		}
		if got != right {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, right)
		}
	}
	if got := textOf(readIn(t, p, docx(".VnTimeH", unconvert("cộng hòa")))); got != "CỘNG HÒA" {
		t.Errorf("a font of capitals: %q", got)
	}
	for _, s := range []string{
		"På Ørland i år så været fælt ut; også når ærfuglen går i båt, får du blå tå.",
		"Có các em là và hộ: 12 cán bộ có mã à", "Été à la fête, où l'élève naïve a reçu un œuf très mûr.",
		"ä ö ü ß Ä Ö Ü", "Các cô và các chú có tên là Tân, Hà, Lâm", "El niño está aquí; mañana irá a Málaga.",
		right,
	} {
		if got := textOf(readIn(t, p, s)); got != s {
			t.Errorf("right already: %q became %q", s, got)
		}
	}
	// forms and tables of few words, as bytes and on web pages with and without an encoding
	const form = "Tên mô hình: Camera an ninh\nSố hộ tham gia: 126 hộ\nNgười phụ trách: Lê Hồng\nĐã họp dân: Có"
	const legacyForm = "Tªn m« h×nh: Camera an ninh\nSè hé tham gia: 126 hé\nNg\u00adêi phô tr¸ch: Lª Hång\n§· häp d©n: Cã"
	const table = "Néi dung;§¬n vÞ tÝnh;Thùc hiÖn\nSè hé tham gia;hé;126\nNh©n d©n ®ãng gãp;triÖu ®ång;35,5\n" +
		"Tû lÖ hé ®ång thuËn;%;97,5\n"
	const page = "<html><body><p>" + legacyForm + "</p></body></html>"
	for data, want := range map[string]string{
		latin(legacyForm): form,
		latin(table): "Nội dung\tĐơn vị tính\tThực hiện\nSố hộ tham gia\thộ\t126\nNhân dân đóng góp\ttriệu đồng\t35,5\n" +
			"Tỷ lệ hộ đồng thuận\t%\t97,5",
		latin(strings.ReplaceAll(page, "\n", "<br>")):                                                   form,
		latin("<!DOCTYPE html><meta charset=iso-8859-1>" + strings.ReplaceAll(page, "\n", "<br>")):      form,
		"<!DOCTYPE html><meta charset=cp865><p>Ansvarlig: \x8fse Bj\x9brnstad</p>":                      "Ansvarlig: Åse Bjørnstad",
		"{\\rtf1\\ansi\\ansicpg865 Ansvarlig: \\'8fse Bj\\'9brnstad}":                                   "Ansvarlig: Åse Bjørnstad",
		"Vi har f\x86tt en ny br\x9bnn p\x86 \x9bya, og den er ogs\x86 \x86pen n\x86r v\x86ren kommer.": "Vi har fått en ny brønn på øya, og den er også åpen når våren kommer.",
	} {
		if got := textOf(readIn(t, p, data)); got != want {
			t.Errorf("%q became %q", data, got)
		}
	}
	for _, label := range []string{"cp865", "IBM865", "ibm-865", "CP00865", "csIBM865", "\"cp850\""} {
		letter := "From: a@b.no\nSubject: Rapport\nContent-Type: text/plain; charset=" + label +
			"\nContent-Transfer-Encoding: quoted-printable\n\nAnsvarlig: =8Fse Bj=9Brnstad\n"
		res := readIn(t, p, letter)
		if got := textOf(res); !strings.Contains(got, "Ansvarlig: Åse Bjørnstad") {
			t.Errorf("a letter in %s: %q", label, got)
		}
	}
	unknown := readIn(t, p, "From: a@b.no\nSubject: Rapport\nContent-Type: text/plain; charset=cp861\n\nAnsvarlig: \x8dse\n")
	if last := len(unknown.Pages[0].Blocks) - 1; last < 0 || unknown.Pages[0].Blocks[last].Visibility != dossier.Uncertain {
		t.Errorf("a letter in an encoding that cannot be decoded: %+v", unknown.Pages)
	}
	if got := textOf(readIn(t, p, "C\xe1c \xf0\xf4\xccng ch\xed ph\xe1t bi\xea\xd2u v\xe0 nh\xe2n d\xe2n")); got != "Các đồng chí phát biểu và nhân dân" {
		t.Errorf("windows-1258: %q", got)
	}
}

// unconvert writes text in an old encoding of one character a letter.
func unconvert(s string) string {
	back := map[string]string{}
	for r := rune(0xa1); r <= 0xff; r++ {
		if v := cleantext.FontEncoding(".VnTime").Convert(string(r)); v != string(r) {
			back[v] = string(r)
		}
	}
	back["ư"] = "\u00ad"
	var b strings.Builder
	for _, r := range s {
		if v, ok := back[string(r)]; ok {
			b.WriteString(v)
		} else {
			low := strings.ToLower(string(r))
			if v, ok := back[low]; ok && low != string(r) {
				b.WriteString(v)
				continue
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestTablesOfValues(t *testing.T) {
	p := pool(t, 5*time.Second)
	res := readIn(t, p, "Chỉ tiêu;Giá trị\nSố hộ tham gia;120\n\"Kinh phí; đồng\";2.500.000\n")
	if res.Type != typeCSV || textOf(res) != "Chỉ tiêu\tGiá trị\nSố hộ tham gia\t120\nKinh phí; đồng\t2.500.000" {
		t.Errorf("%s: %q", res.Type, textOf(res))
	}
	prose := "Báo cáo, năm 2024\nNhân dân đã góp công, góp của và hiến đất làm đường liên thôn suốt mùa khô vừa qua\nXin cảm ơn, trân trọng"
	if res := readIn(t, p, prose); res.Type != typeText || textOf(res) != prose {
		t.Errorf("prose is read as %s: %q", res.Type, textOf(res))
	}
	if got := textOf(readIn(t, p, "B\x00\xe1\x00o\x00 \x00c\x00\xe1\x00o\x00")); got != "Báo cáo" {
		t.Errorf("UTF-16 without a mark: %q", got)
	}
}

func TestListsInWord(t *testing.T) {
	item := func(num, level, s string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + num +
			`"/></w:numPr></w:pPr><w:r><w:t>` + s + `</w:t></w:r></w:p>`
	}
	lvl := func(i, format, text string) string {
		return `<w:lvl w:ilvl="` + i + `"><w:start w:val="1"/><w:numFmt w:val="` + format +
			`"/><w:lvlText w:val="` + text + `"/></w:lvl>`
	}
	res := readIn(t, pool(t, 5*time.Second), zipOf(t, "word/document.xml",
		wordXML(item("1", "0", "Đặc điểm")+item("1", "1", "một")+item("1", "1", "hai")+item("1", "0",
			"Kết quả")+item("1", "1", "ba")+item("2", "0", "gạch")+item("0", "0",
			"không số")+`<w:p><w:pPr><w:pStyle w:val="H"/></w:pPr><w:r><w:t>Phần</w:t></w:r></w:p>`),
		"word/numbering.xml", `<w:numbering><w:abstractNum w:abstractNumId="7">`+lvl("0", "upperRoman",
			"%1.")+lvl("1", "lowerLetter", "%2)")+`</w:abstractNum><w:abstractNum w:abstractNumId="8">`+lvl("0",
			"bullet", "")+`</w:abstractNum><w:abstractNum w:abstractNumId="9">`+lvl("0", "decimal",
			"Phần %1:")+`</w:abstractNum>`+
			`<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="9"/></w:num></w:numbering>`,
		"word/styles.xml", `<w:styles><w:style w:styleId="H"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style></w:styles>`))
	if got := textOf(res); got != "I. Đặc điểm\na) một\nb) hai\nII. Kết quả\na) ba\n- gạch\nkhông số\nPhần 1: Phần" {
		t.Errorf("read:\n%s", got)
	}
}

func TestHiddenInWord(t *testing.T) {
	run := func(props, s string) string {
		return "<w:r><w:rPr>" + props + "</w:rPr><w:t>" + s + "</w:t></w:r>"
	}
	res := readIn(t, pool(t, 5*time.Second), zipOf(t, "word/document.xml", wordXML(
		"<w:p>"+run("", "thấy được ")+run("<w:vanish/>", "giấu một ")+run(`<w:vanish w:val="0"/>`,
			"không giấu ")+run(`<w:color w:val="FFFFFF"/>`, "trắng trên trắng ")+run(`<w:sz w:val="1"/>`,
			"nhỏ quá ")+"</w:p>"+
			`<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill="1F3864"/></w:tcPr><w:p>`+run(`<w:color w:val="FFFFFF"/>`,
			"đầu bảng nền xanh")+"</w:p></w:tc></w:tr></w:tbl>")))
	if got := textOf(res); got != "thấy được không giấu\nđầu bảng nền xanh" {
		t.Errorf("read: %q", got)
	}
	if h := res.Pages[0].Hidden; !strings.Contains(h, "giấu một") || !strings.Contains(h, "trắng trên trắng") ||
		!strings.Contains(h, "nhỏ quá") || !slices.Contains(res.Flags, dossier.FlagHiddenText) {
		t.Errorf("hidden: %q %v", h, res.Flags)
	}
}

func TestWebPage(t *testing.T) {
	got := readIn(t, pool(t, 5*time.Second), `<!DOCTYPE html><title>Tin</title><table><tr><th>Số hộ<td>120</tr></table><p>Một <b>dòng</b> chữ<p hidden>kín<p>hai<div style="display: none">không<div>thấy</div></div><noscript>x</noscript>ba`)
	if strings.ReplaceAll(textOf(got), "\n\n", "\n") != "Tin\nSố hộ\t120\nMột dòng chữ\nhai\nba" {
		t.Errorf("read: %q", textOf(got))
	}
	if h := got.Pages[0].Hidden; !strings.Contains(h, "kín") || !strings.Contains(h, "thấy") {
		t.Errorf("hidden: %q", h)
	}
}

// An old Word file waits for LibreOffice where that is missing, and is read by way
// of it if it is there.
func TestOldWord(t *testing.T) {
	ctx := context.Background()
	office, err := FindOffice(ctx)
	needs(t, err)
	dir := t.TempDir()
	src := filepath.Join(dir, "a.docx")
	docx := zipOf(t, "[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Dân vận khéo ở Đại Lộc</w:t></w:r></w:p></w:body></w:document>`)
	if err := os.WriteFile(src, []byte(docx), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--convert-to", "doc", "--outdir", dir, src)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	doc, err := os.ReadFile(filepath.Join(dir, "a.doc"))
	if err != nil {
		t.Fatal(err)
	}
	p := pool(t, 20*time.Second)
	if res := readIn(t, p, string(doc)); res.Error != NeedsOffice || res.Type != typeDOC {
		t.Errorf("without LibreOffice: %+v", res)
	}
	res, err := p.ReadOld(ctx, office, doc, nil)
	if err != nil || textOf(res) != "Dân vận khéo ở Đại Lộc" || res.Type != typeDOC {
		t.Errorf("with LibreOffice: %+v %v", res, err)
	}
	if res, err := p.ReadOld(ctx, office, append(bytes.Clone(doc[:1500]), make([]byte, 3000)...),
		nil); err != nil || res.Error == "" && textOf(res) != "" {
		t.Errorf("a damaged file: %+v %v", res, err)
	}
}

// What OCR read of a scan has blocks with their places: words in columns are a table, also where tesseract read one
// column after the other, and large letters are a heading.
func TestBlocksOfScans(t *testing.T) {
	line := func(no int, words ...string) string {
		var b strings.Builder
		for i := 0; i+1 < len(words); i += 2 {
			fmt.Fprintf(&b, "5\t1\t%d\t1\t1\t%d\t%s\t96\t%s\n", no, i+1, words[i], words[i+1])
		}
		return b.String()
	}
	page := readTSV(line(1, "100\t100\t600\t60", "Report", "720\t100\t300\t60", "2024") +
		line(2, "100\t300\t200\t30", "Village") + line(3, "100\t350\t200\t30", "Upper") + line(4, "100\t400\t200\t30", "Lower") +
		line(5, "600\t300\t200\t30", "Homes") + line(6, "600\t350\t80\t30", "120") + line(7, "600\t400\t80\t30", "88") +
		line(8, "100\t450\t200\t30", "Middle") + line(9, "600\t450\t80\t30", "95"))
	page.Scale = 2
	res := Result{Pages: []dossier.Page{{Number: 1}}, Scans: []int{1}}
	AddOCR(&res, map[int]OCRPage{1: page})
	p := res.Pages[0]
	if want := "Report 2024\n\nVillage\tHomes\nUpper\t120\nLower\t88\nMiddle\t95"; p.Text != want {
		t.Errorf("read as %q, want %q", p.Text, want)
	}
	if len(p.Blocks) != 2 || p.Blocks[0].Kind != dossier.Heading || p.Blocks[1].Table == nil || p.Blocks[1].Table.HeaderRows() != 1 {
		t.Fatalf("blocks: %+v", p.Blocks)
	}
	if b := p.Blocks[1].Box; b == nil || *b != (dossier.Box{X: 50, Y: 150, W: 350, H: 90}) {
		t.Errorf("the box of the table is %+v", b)
	}
}
