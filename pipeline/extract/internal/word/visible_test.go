package word

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

const (
	claim = "Mô hình giúp 120 hộ thoát nghèo"
	plain = "Báo cáo kết quả"
)

// file makes a Word document of a body and other parts by name.
func file(t *testing.T, body string, others map[string]string) *parts.Package {
	t.Helper()
	const spaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
		` xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" xmlns:x="http://example.com/unknown" mc:Ignorable="w14 x"`
	all := map[string]string{
		"_rels/.rels":       `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml": `<w:document` + spaces + `><w:body>` + body + `</w:body></w:document>`,
	}
	for name, text := range others {
		switch name {
		case "word/styles.xml":
			text = `<w:styles` + spaces + `>` + text + `</w:styles>`
		case "word/header1.xml":
			text = `<w:hdr` + spaces + `>` + text + `</w:hdr>`
		case "word/footnotes.xml":
			text = `<w:footnotes` + spaces + `>` + text + `</w:footnotes>`
		}
		all[name] = text
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range all {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := parts.Open(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sighted returns how the claim is seen in a document: "" is plainly, "hidden", "uncertain", or "absent".
func sighted(t *testing.T, body string, others map[string]string) string {
	t.Helper()
	f, err := Read(file(t, body, others), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := f.Page(1, "docx")
	if !strings.Contains(p.Text, plain) {
		t.Errorf("what is plain is not in the text %q", p.Text)
	}
	if !strings.Contains(p.Text, claim) {
		if strings.Contains(p.Hidden, claim) {
			return "hidden"
		}
		return "absent"
	}
	for _, r := range (&dossier.Document{}).Doubts(&p) {
		if strings.Contains(string([]rune(p.Text)[r[0]:r[1]]), claim) {
			return "uncertain"
		}
	}
	return ""
}

func paraOf(properties, run string) string {
	return `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p><w:p>` + properties + `<w:r>` + run + `<w:t>` + claim + `</w:t></w:r></w:p>`
}

func runOf(properties string) string { return paraOf("", `<w:rPr>`+properties+`</w:rPr>`) }

func styled(style, styles string) (string, map[string]string) {
	return paraOf(`<w:pPr><w:pStyle w:val="`+style+`"/></w:pPr>`, ""), map[string]string{"word/styles.xml": styles}
}

// box puts the claim into a text box whose anchor and shape have these properties.
func boxOf(anchor, shape, body string) string {
	return `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p><w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor>` + anchor +
		`<a:graphic><a:graphicData><wps:wsp><wps:spPr>` + shape + `</wps:spPr><wps:txbx><w:txbxContent><w:p><w:r>` + body + `<w:t>` + claim +
		`</w:t></w:r></w:p></w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r></w:p>`
}

func cells(row, cell string) string {
	return `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p><w:tbl><w:tr><w:trPr>` + row + `</w:trPr><w:tc><w:tcPr>` + cell + `</w:tcPr><w:p><w:r><w:t>` + claim + `</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`
}

func inTable(table, cell string) string {
	return strings.Replace(cells("", cell), `<w:tbl>`, `<w:tbl><w:tblPr>`+table+`</w:tblPr>`, 1)
}

// drawn is a paragraph with a white shape that is placed top points below it.
func drawn(behind string, width, top, height int) string {
	return fmt.Sprintf(`<w:p><w:r><w:drawing><wp:anchor behindDoc="%s"><wp:positionV relativeFrom="paragraph"><wp:posOffset>%d</wp:posOffset>`+
		`</wp:positionV><wp:extent cx="%d" cy="%d"/><wp:wrapNone/><a:graphic><a:graphicData><wps:wsp><wps:spPr><a:solidFill>`+
		`<a:srgbClr val="FFFFFF"/></a:solidFill></wps:spPr></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r></w:p>`,
		behind, top*emu, width*emu, height*emu)
}

// under has the claim in the paragraph of such a shape.
func under(behind string, width, top, height int) string {
	return `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p>` + strings.Replace(drawn(behind, width, top, height), `</w:p>`,
		`<w:r><w:t>`+claim+`</w:t></w:r></w:p>`, 1)
}

const whiteRun = `<w:rPr><w:color w:val="FFFFFF"/></w:rPr>`

// theme1 has white as its light colour.
const theme1 = `<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1><a:lt1><a:sysClr val="window" lastClr="FFFFFF"/></a:lt1></a:theme>`

const related = `<Relationships><Relationship Id="h1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header1.xml"/>` +
	`<Relationship Id="t1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme" Target="theme/theme1.xml"/>` +
	`<Relationship Id="f1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/></Relationships>`

// Text that no one sees is not in the page's text; if it cannot be computed, it is uncertain.
func TestWhatIsHiddenInWord(t *testing.T) {
	style := func(id, based, properties string) string {
		return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + id + `"/><w:basedOn w:val="` + based + `"/>` + properties + `</w:style>`
	}
	type doc struct {
		body   string
		others map[string]string
	}
	of := func(body string, others map[string]string) doc { return doc{body, others} }
	for _, c := range []struct {
		name string
		doc  doc
		want string // "hidden" or "uncertain"; either will do if it is "not seen"
	}{
		{"vanish of the run", of(runOf(`<w:vanish/>`), nil), "hidden"},
		{"vanish of a paragraph style", of(styled("s", style("s", "", `<w:rPr><w:vanish/></w:rPr>`))), "hidden"},
		{"vanish of the style it is based on", of(styled("s", style("r", "", `<w:rPr><w:vanish/></w:rPr>`)+style("s", "r", ""))), "hidden"},
		{"vanish of the document's defaults", of(`<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:t>`+claim+`</w:t></w:r></w:p>`,
			map[string]string{"word/styles.xml": `<w:docDefaults><w:rPrDefault><w:rPr><w:vanish/></w:rPr></w:rPrDefault></w:docDefaults>`}), "hidden"},
		{"white", of(runOf(`<w:color w:val="FFFFFF"/>`), nil), "hidden"},
		{"nearly white", of(runOf(`<w:color w:val="F4F4F4"/>`), nil), "hidden"},
		{"pale grey", of(runOf(`<w:color w:val="D0D0D0"/>`), nil), "uncertain"},
		{"white of a style", of(styled("s", style("s", "", `<w:rPr><w:color w:val="FFFFFF"/></w:rPr>`))), "hidden"},
		{"the theme's background colour, with a black value", of(runOf(`<w:color w:val="000000" w:themeColor="background1"/>`),
			map[string]string{"word/theme/theme1.xml": theme1, "word/_rels/document.xml.rels": related}), "hidden"},
		{"the colour of its own shading", of(runOf(`<w:color w:val="1F3864"/><w:shd w:val="clear" w:fill="1F3864"/>`), nil), "hidden"},
		{"the colour of its highlight", of(runOf(`<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>`), nil), "hidden"},
		{"black on a solid black pattern", of(runOf(`<w:color w:val="000000"/><w:shd w:val="solid" w:color="000000" w:fill="FFFFFF"/>`), nil), "hidden"},
		{"the colour of its paragraph", of(paraOf(`<w:pPr><w:shd w:val="clear" w:fill="C00000"/></w:pPr>`, `<w:rPr><w:color w:val="C00000"/></w:rPr>`), nil), "hidden"},
		{"the colour of its cell", of(strings.Replace(cells("", `<w:shd w:val="clear" w:fill="000000"/>`), `<w:r><w:t>Mô`, `<w:r><w:rPr><w:color w:val="000000"/></w:rPr><w:t>Mô`, 1), nil), "hidden"},
		{"half a point high", of(runOf(`<w:sz w:val="1"/>`), nil), "hidden"},
		{"three points high", of(runOf(`<w:sz w:val="6"/>`), nil), "uncertain"},
		{"one percent wide", of(runOf(`<w:w w:val="1"/>`), nil), "hidden"},
		{"letters on one another", of(runOf(`<w:spacing w:val="-200"/>`), nil), "hidden"},
		{"raised off the page", of(runOf(`<w:position w:val="1600"/>`), nil), "hidden"},
		{"pressed into no width", of(runOf(`<w:fitText w:val="10"/>`), nil), "hidden"},
		{"struck out", of(runOf(`<w:strike/>`), nil), "hidden"},
		{"fill without colour", of(runOf(`<w14:textFill><w14:noFill/></w14:textFill>`), nil), "hidden"},
		{"transparent fill", of(runOf(`<w14:textFill><w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="98000"/></w14:srgbClr></w14:solidFill></w14:textFill>`), nil), "hidden"},
		{"a line without height", of(paraOf(`<w:pPr><w:spacing w:line="20" w:lineRule="exact"/></w:pPr>`, ""), nil), "hidden"},
		{"indented off the page", of(paraOf(`<w:pPr><w:ind w:left="20000"/></w:pPr>`, ""), nil), "hidden"},
		{"a first line far off the page", of(paraOf(`<w:pPr><w:ind w:left="0" w:hanging="20000"/></w:pPr>`, ""), nil), "uncertain"},
		{"an indentation from the right that leaves no room", of(paraOf(`<w:pPr><w:ind w:right="20000"/></w:pPr>`, ""), nil), "hidden"},
		{"a cell that was deleted", of(cells("", `<w:cellDel w:id="1"/>`), nil), "absent"},
		{"a cell whose margin is wider than itself", of(cells("", `<w:tcMar><w:left w:w="9000" w:type="dxa"/></w:tcMar>`), nil), "uncertain"},
		{"a frame off the page", of(paraOf(`<w:pPr><w:framePr w:w="2000" w:x="31000" w:y="1"/></w:pPr>`, ""), nil), "hidden"},
		{"a frame without height", of(paraOf(`<w:pPr><w:framePr w:w="2000" w:h="2" w:hRule="exact"/></w:pPr>`, ""), nil), "hidden"},
		{"a frame above the page", of(paraOf(`<w:pPr><w:framePr w:w="2000" w:y="-9000" w:vAnchor="page"/></w:pPr>`, ""), nil), "hidden"},
		{"a first line before the page", of(paraOf(`<w:pPr><w:ind w:hanging="20000"/></w:pPr>`, ""), nil), "uncertain"},
		{"a table indented off the page", of(inTable(`<w:tblInd w:w="-20000" w:type="dxa"/>`, ""), nil), "hidden"},
		{"a floating table above the page", of(inTable(`<w:tblpPr w:tblpX="1" w:tblpY="-9000" w:vertAnchor="page"/>`, ""), nil), "hidden"},
		{"a cell without room for two letters", of(inTable(`<w:tblLayout w:type="fixed"/>`, `<w:tcW w:w="20" w:type="dxa"/>`), nil),
			"uncertain"},
		{"letters from right to left by force", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:bdo w:val="rtl"><w:r><w:t>`+claim+
			`</w:t></w:r></w:bdo></w:p>`, nil), "uncertain"},
		{"letters from right to left by a sign", of(strings.Replace(paraOf("", ""), claim, "\u202e"+claim, 1), nil), "uncertain"},
		{"a font of signs that is not converted", of(runOf(`<w:rFonts w:ascii="Marlett"/>`), nil), "uncertain"},
		{"what a formula only leaves room for", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><m:oMath><m:phant><m:phantPr>`+
			`<m:show m:val="0"/></m:phantPr><m:e><m:r><m:t>`+claim+`</m:t></m:r></m:e></m:phant></m:oMath></w:p>`, nil), "hidden"},
		{"a page without room", of(paraOf(`<w:pPr><w:sectPr><w:pgSz w:w="100" w:h="100"/></w:sectPr></w:pPr>`, ""), nil), "uncertain"},
		{"a page all of margins", of(paraOf(`<w:pPr><w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:left="30000" w:top="1"/>`+
			`</w:sectPr></w:pPr>`, ""), nil), "uncertain"},
		{"columns of no width", of(paraOf(`<w:pPr><w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:cols w:num="45" w:space="300"/>`+
			`</w:sectPr></w:pPr>`, ""), nil), "uncertain"},
		{"under a white shape", of(under("0", 400, -10, 40), nil), "uncertain"},
		{"under a white shape of a later paragraph", of(paraOf("", "")+drawn("0", 400, -60, 80), nil), "uncertain"},
		{"a row without height", of(cells(`<w:trHeight w:val="10" w:hRule="exact"/>`, ""), nil), "hidden"},
		{"a hidden row", of(cells(`<w:hidden/>`, ""), nil), "hidden"},
		{"cut off by the height of its row", of(strings.Replace(cells(`<w:trHeight w:val="280" w:hRule="exact"/>`, ""), `<w:p><w:r><w:t>Mô`, `<w:p><w:r><w:t>x</w:t></w:r></w:p><w:p><w:r><w:t>Mô`, 1), nil), "uncertain"},
		{"a text box without size", of(boxOf(`<wp:extent cx="0" cy="0"/>`, "", ""), nil), "hidden"},
		{"a text box off the page", of(boxOf(`<wp:positionH><wp:posOffset>90000000</wp:posOffset></wp:positionH>`, "", ""), nil), "hidden"},
		{"a hidden text box", of(boxOf(`<wp:docPr id="1" hidden="1"/>`, "", ""), nil), "hidden"},
		{"white in a white text box", of(boxOf("", `<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>`, whiteRun), nil), "hidden"},
		{"white on a picture", of(boxOf("", `<a:blipFill/>`, whiteRun), nil), "uncertain"},
		{"a shape off the page in the coordinates of its group", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:pict><v:group style="position:absolute;margin-left:20pt;margin-top:30pt;width:400pt;height:300pt" coordorigin="1000,9000" coordsize="8000,6000">`+
			`<v:rect style="position:absolute;left:90000;top:9924;width:2340;height:720"><v:textbox><w:txbxContent><w:p><w:r><w:t>`+claim+
			`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`, nil), "hidden"},
		{"a shape that its group makes too small for a letter", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:pict><v:group style="position:absolute;margin-left:20pt;margin-top:30pt;width:400pt;height:300pt" coordorigin="1000,9000" coordsize="8000,6000">`+
			`<v:rect style="position:absolute;left:5040;top:9924;width:2340;height:15"><v:textbox><w:txbxContent><w:p><w:r><w:t>`+claim+
			`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`, nil), "hidden"},
		{"a group whose coordinates are no numbers", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:pict>`+
			`<v:group style="width:400pt;height:300pt" coordorigin="NaN,0" coordsize="8000,Inf">`+
			`<v:rect style="left:90000;top:9924;width:2340;height:720"><v:textbox><w:txbxContent><w:p><w:r><w:t>`+claim+
			`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`, nil), "uncertain"},
		{"a hidden group of shapes", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:pict><v:group style="visibility:hidden;margin-left:20pt;margin-top:30pt;width:400pt;height:300pt" coordorigin="1000,9000" coordsize="8000,6000">`+
			`<v:rect style="left:5040;top:9924;width:2340;height:720"><v:textbox><w:txbxContent><w:p><w:r><w:t>`+claim+
			`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`, nil), "hidden"},
		{"a group that does not say how large it is", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:pict><v:group coordsize="8000,6000">`+
			`<v:rect style="left:5040;top:9924;width:2340;height:720"><v:textbox><w:txbxContent><w:p><w:r><w:t>`+claim+
			`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`, nil), "uncertain"},
		{"a hidden shape of VML", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:pict><v:shape style="width:100pt;visibility:hidden"><v:textbox><w:txbxContent><w:p><w:r><w:t>`+claim+`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>`, nil), "hidden"},
		{"the instruction of a field", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:t>`+claim+`</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`, nil), "hidden"},
		{"the result of a field that shows none", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:fldSimple w:instr=" SET a b "><w:r><w:t>`+claim+`</w:t></w:r></w:fldSimple></w:p>`, nil), "hidden"},
		{"an alternative for an unknown program", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:r><mc:AlternateContent><mc:Choice Requires="x"><w:t>`+claim+`</w:t></mc:Choice><mc:Fallback><w:t>-</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>`, nil), "hidden"},
		{"an element of an unknown namespace", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><x:r><x:t>`+claim+`</x:t></x:r></w:p>`, nil), "hidden"},
		{"a footnote that nothing refers to", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p>`, map[string]string{"word/_rels/document.xml.rels": related,
			"word/footnotes.xml": `<w:footnote w:id="2"><w:p><w:r><w:t>` + claim + `</w:t></w:r></w:p></w:footnote>`}), "hidden"},
		{"the header of first pages where there are none", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:sectPr><w:headerReference w:type="first" r:id="h1"/></w:sectPr>`,
			map[string]string{"word/_rels/document.xml.rels": related, "word/header1.xml": `<w:p><w:r><w:t>` + claim + `</w:t></w:r></w:p>`}), "hidden"},
		{"a control bound to other data", of(`<w:p><w:r><w:t>`+plain+`</w:t></w:r></w:p><w:p><w:sdt><w:sdtPr><w:dataBinding w:xpath="/a"/><w:text/></w:sdtPr><w:sdtContent><w:r><w:t>`+claim+`</w:t></w:r></w:sdtContent></w:sdt></w:p>`, nil), "uncertain"},
		{"white text of a table style", of(strings.Replace(cells("", ""), `<w:tbl>`, `<w:tbl><w:tblPr><w:tblStyle w:val="T"/></w:tblPr>`, 1),
			map[string]string{"word/styles.xml": `<w:style w:type="table" w:styleId="T"><w:name w:val="T"/><w:tblStylePr w:type="firstRow"><w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:tblStylePr></w:style>`}), "hidden"},
	} {
		if got := sighted(t, c.doc.body, c.doc.others); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Text that is seen is in the text, whatever it looks like at first.
func TestWhatIsSeenInWord(t *testing.T) {
	for _, c := range []struct {
		name   string
		body   string
		others map[string]string
	}{
		{"plain", runOf(""), nil},
		{"vanish that the run switches off", paraOf(`<w:pPr><w:pStyle w:val="s"/></w:pPr>`, `<w:rPr><w:vanish w:val="0"/></w:rPr>`),
			map[string]string{"word/styles.xml": `<w:style w:type="paragraph" w:styleId="s"><w:name w:val="s"/><w:rPr><w:vanish/></w:rPr></w:style>`}},
		{"vanish of two levels of styles, which cancel each other out", paraOf(`<w:pPr><w:pStyle w:val="p"/></w:pPr>`, `<w:rPr><w:rStyle w:val="c"/></w:rPr>`),
			map[string]string{"word/styles.xml": `<w:style w:type="paragraph" w:styleId="p"><w:name w:val="p"/><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="character" w:styleId="c"><w:name w:val="c"/><w:rPr><w:vanish/></w:rPr></w:style>`}},
		{"a shape in the coordinates of its group", `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p><w:p><w:r><w:pict><v:group style="position:absolute;margin-left:20pt;margin-top:30pt;width:400pt;height:300pt" coordorigin="1000,9000" coordsize="8000,6000">` +
			`<v:rect style="position:absolute;left:5040;top:9924;width:2340;height:720"><v:textbox><w:txbxContent><w:p><w:r><w:t>` + claim +
			`</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`, nil},
		{"only the paragraph mark hidden", paraOf(`<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>`, ""), nil},
		{"hidden on web pages only", runOf(`<w:webHidden/>`), nil},
		{"a table set out by its margin", strings.Replace(cells("", `<w:tcW w:w="4000" w:type="dxa"/><w:tcMar><w:left w:w="108" w:type="dxa"/></w:tcMar>`), `<w:tbl>`, `<w:tbl><w:tblPr><w:tblInd w:w="-108" w:type="dxa"/></w:tblPr>`, 1), nil},
		{"a hanging first line", paraOf(`<w:pPr><w:ind w:left="720" w:hanging="360" w:right="1000"/></w:pPr>`, ""), nil},
		{"white on dark shading", runOf(`<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F3864"/>`), nil},
		{"white in a dark cell", strings.Replace(cells("", `<w:shd w:val="clear" w:fill="1F3864"/>`), `<w:r><w:t>Mô`, `<w:r>`+whiteRun+`<w:t>Mô`, 1), nil},
		{"white in a dark text box", boxOf("", `<a:solidFill><a:srgbClr val="1F3864"/></a:solidFill>`, whiteRun), nil},
		{"seven points", runOf(`<w:sz w:val="14"/>`), nil},
		{"grey", runOf(`<w:color w:val="808080"/>`), nil},
		{"condensed a little", runOf(`<w:spacing w:val="-10"/><w:w w:val="80"/>`), nil},
		{"over a white shape", under("1", 400, -10, 40), nil},
		{"beside a small shape", under("0", 40, -10, 40), nil},
		{"a shape below", under("0", 400, 60, 40), nil},
		{"a cell of a fixed layout", inTable(`<w:tblLayout w:type="fixed"/>`, `<w:tcW w:w="2000" w:type="dxa"/>`), nil},
		{"an ordinary section", paraOf(`<w:pPr><w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:left="1400" w:right="1400"/>`+
			`<w:cols w:num="2" w:space="300"/></w:sectPr></w:pPr>`, ""), nil},
		{"a first line that hangs", paraOf(`<w:pPr><w:ind w:left="720" w:hanging="720"/></w:pPr>`, ""), nil},
		{"a tracked insertion", `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p><w:p><w:ins><w:r><w:t>` + claim + `</w:t></w:r></w:ins></w:p>`, nil},
		{"the result of a field", `<w:p><w:r><w:t>` + plain + `</w:t></w:r></w:p><w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText> REF a </w:instrText><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>` + claim + `</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`, nil},
		{"a style without an id changes nothing", strings.Replace(cells("", ""), "x", "x", 1), map[string]string{"word/styles.xml": `<w:style><w:name w:val="x"/><w:rPr><w:sz w:val="1"/></w:rPr></w:style>`}},
	} {
		if got := sighted(t, c.body, c.others); got != "" {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// The state of a tick is what the reader sees of it, in every form that Word has for boxes.
func TestTicksInWord(t *testing.T) {
	ffdata := func(of string) string {
		return `<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="hop"/><w:checkBox>` + of + `</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> Có</w:t></w:r></w:p>`
	}
	control := func(checked, glyph string) string {
		return `<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="` + checked + `"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>` + glyph + `</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t xml:space="preserve"> Có</w:t></w:r></w:p>`
	}
	sym := func(font, char string) string {
		return `<w:p><w:r><w:sym w:font="` + font + `" w:char="` + char + `"/></w:r><w:r><w:t xml:space="preserve"> Có</w:t></w:r></w:p>`
	}
	typed := func(font, letter string) string {
		return `<w:p><w:r><w:rPr><w:rFonts w:ascii="` + font + `"/></w:rPr><w:t>` + letter + `</w:t></w:r><w:r><w:t xml:space="preserve"> Có</w:t></w:r></w:p>`
	}
	for _, c := range []struct {
		name, body string
		want       dossier.FieldState
	}{
		{"a content control", control("1", "☒"), dossier.Checked},
		{"a content control that is empty", control("0", "☐"), dossier.Unchecked},
		{"a content control says one thing and shows another: what is seen counts", control("1", "☐"), dossier.Unchecked},
		{"a form field", ffdata(`<w:checked/>`), dossier.Checked},
		{"a form field by its default", ffdata(`<w:default w:val="1"/>`), dossier.Checked},
		{"a form field that was unticked", ffdata(`<w:default w:val="1"/><w:checked w:val="0"/>`), dossier.Unchecked},
		{"a symbol", sym("Wingdings", "F0FE"), dossier.Checked},
		{"a crossed symbol", sym("Wingdings", "F0FD"), dossier.Checked},
		{"an empty symbol", sym("Wingdings", "F0A8"), dossier.Unchecked},
		{"a symbol of the second font", sym("Wingdings 2", "F052"), dossier.Checked},
		{"an empty symbol of the second font", sym("Wingdings 2", "F0A3"), dossier.Unchecked},
		{"a character of any other font", sym("Segoe UI Symbol", "2611"), dossier.Checked},
		{"an empty character of any other font", sym("MS Gothic", "2610"), dossier.Unchecked},
		{"a letter of the font", typed("Wingdings", "þ"), dossier.Checked},
		{"an empty letter of the font", typed("Wingdings", "o"), dossier.Unchecked},
	} {
		f, err := Read(file(t, c.body, nil), nil)
		if err != nil {
			t.Fatal(err)
		}
		p := f.Page(1, "docx")
		if len(p.Blocks) != 1 || len(p.Blocks[0].Fields) != 1 || p.Blocks[0].Fields[0].State != c.want {
			t.Errorf("%s: %q, %+v", c.name, p.Text, p.Blocks)
			continue
		}
		if want := map[dossier.FieldState]string{dossier.Checked: "☑ Có", dossier.Unchecked: "☐ Có"}[c.want]; p.Text != want {
			t.Errorf("%s: the text is %q, want %q", c.name, p.Text, want)
		}
	}
}

// A prompt that no one replaced is no value, an answer is one, and merged cells keep their places.
func TestFormsAndTablesInWord(t *testing.T) {
	f, err := Read(file(t, `<w:p><w:r><w:t xml:space="preserve">Người phụ trách: </w:t></w:r><w:sdt><w:sdtPr><w:alias w:val="Phụ trách"/><w:showingPlcHdr/><w:text/></w:sdtPr><w:sdtContent><w:r><w:t>Nhấp vào đây</w:t></w:r></w:sdtContent></w:sdt></w:p>`+
		`<w:p><w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText="Kinh tế"/><w:listItem w:displayText="Văn hóa"/></w:dropDownList></w:sdtPr><w:sdtContent><w:r><w:t>Văn hóa</w:t></w:r></w:sdtContent></w:sdt></w:p>`+
		`<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>Số hộ</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>50</w:t></w:r></w:p></w:tc></w:tr>`+
		`<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>70</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>80</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, blocks := layout.Assemble(f.Nodes())
	if want := "Người phụ trách:\nVăn hóa\nSố hộ\t50\n\t70\t80"; text != want {
		t.Errorf("the text is %q, want %q", text, want)
	}
	if got := blocks[0].Fields[0]; got.State != dossier.Placeholder || got.Label != "Phụ trách" {
		t.Errorf("the prompt is %+v", got)
	}
	if got := blocks[1].Fields[0]; got.Control != dossier.Choice || got.State != dossier.Filled || len(got.Options) != 2 {
		t.Errorf("the choice is %+v", got)
	}
	rows := blocks[2].Table.Rows
	if rows[0].Cells[0].RowSpan != 2 || rows[0].Cells[1].ColSpan != 2 || rows[1].Cells[0].Col != 1 || rows[1].Cells[1].Col != 2 {
		t.Errorf("the cells are %+v", rows)
	}
}
