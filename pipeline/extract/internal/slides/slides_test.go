package slides

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/parts"
)

const claim = "The project built 412 wells"

const names = `xmlns:a="a" xmlns:p="p" xmlns:r="r" xmlns:mc="mc"`

// deck is a presentation of one slide that a test makes.
type deck struct {
	slide, attrs, after string // shapes of the slide; attributes of the slide; what follows its shapes
	bg                  string
	layout, master      string // shapes
	text                string // styles of text of the master
}

func (d deck) open(t *testing.T) *Deck {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	rel := func(kind, target string) string {
		return `<Relationships><Relationship Id="rId1" Type="http://x/` + kind + `" Target="` + target + `"/></Relationships>`
	}
	for name, s := range map[string]string{
		"ppt/presentation.xml": `<p:presentation ` + names + `><p:sldSz cx="9144000" cy="6858000"/></p:presentation>`,
		"ppt/slides/slide1.xml": `<p:sld ` + names + d.attrs + `><p:cSld>` + d.bg + `<p:spTree>` + d.slide +
			`</p:spTree></p:cSld>` +
			d.after + `</p:sld>`,
		"ppt/slides/_rels/slide1.xml.rels": rel("slideLayout", "../slideLayouts/slideLayout1.xml"),
		"ppt/slideLayouts/slideLayout1.xml": `<p:sldLayout ` + names + `><p:cSld><p:spTree>` + d.layout +
			`</p:spTree></p:cSld></p:sldLayout>`,
		"ppt/slideLayouts/_rels/slideLayout1.xml.rels": rel("slideMaster", "../slideMasters/slideMaster1.xml"),
		"ppt/slideMasters/slideMaster1.xml": `<p:sldMaster ` + names + `><p:cSld><p:spTree>` + d.master +
			`</p:spTree></p:cSld><p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1"/><p:txStyles>` + d.text +
			`</p:txStyles></p:sldMaster>`,
		"ppt/slideMasters/_rels/slideMaster1.xml.rels": rel("theme", "../theme/theme1.xml"),
		"ppt/theme/theme1.xml": `<a:theme ` + names +
			`><a:dk1><a:srgbClr val="000000"/></a:dk1><a:lt1><a:srgbClr val="FFFFFF"/></a:lt1>` +
			`<a:dk2><a:srgbClr val="222266"/></a:dk2><a:lt2><a:srgbClr val="FAFAFA"/></a:lt2><a:accent1><a:srgbClr val="113355"/></a:accent1></a:theme>`,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(s))
	}
	z.Close()
	p, err := parts.Open(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return Open(p)
}

// at is where a shape is, in EMU.
func at(x, y, w, h string) string {
	return `<a:xfrm><a:off x="` + x + `" y="` + y + `"/><a:ext cx="` + w + `" cy="` + h + `"/></a:xfrm>`
}

var middle = at("1000000", "1000000", "4000000", "1000000")

// shape is a shape with a text: what is in its properties, its run's properties and its kind of placeholder.
func shape(props, run, ph string) string {
	return `<p:sp><p:nvSpPr><p:cNvPr id="1"/><p:nvPr>` + ph + `</p:nvPr></p:nvSpPr><p:spPr>` + props +
		`</p:spPr><p:txBody><a:bodyPr/><a:p><a:r>` +
		run + `<a:t>` + claim + `</a:t></a:r></a:p></p:txBody></p:sp>`
}

func fill(c string) string   { return `<a:solidFill><a:srgbClr val="` + c + `"/></a:solidFill>` }
func scheme(c string) string { return `<a:solidFill><a:schemeClr val="` + c + `"/></a:solidFill>` }

// tableOf is a table of one cell.
func tableOf(height, width int, cell string) string {
	return fmt.Sprintf(`<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4"/></p:nvGraphicFramePr><p:xfrm><a:off x="500000" y="500000"/><a:ext cx="6000000" cy="1000000"/></p:xfrm>`+
		`<a:graphic><a:graphicData><a:tbl><a:tblGrid><a:gridCol w="%d"/></a:tblGrid><a:tr h="%d"><a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:rPr sz="1800"/><a:t>`+claim+
		`</a:t></a:r></a:p></a:txBody><a:tcPr>%s</a:tcPr></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`, width, height, cell)
}

// box is a shape without text.
func box(props string) string {
	return `<p:sp><p:nvSpPr><p:cNvPr id="2"/><p:nvPr/></p:nvSpPr><p:spPr>` + props + `</p:spPr></p:sp>`
}

func TestTextOfASlideCountsOnlyIfAViewerSeesIt(t *testing.T) {
	rpr := func(in string) string { return "<a:rPr>" + in + "</a:rPr>" }
	for _, c := range []struct {
		name string
		deck deck
		want dossier.Visibility
	}{
		{"ordinary text is seen", deck{slide: shape(middle, "", "")}, ""},
		{"white on white", deck{slide: shape(middle, rpr(fill("FFFFFF")), "")}, dossier.Unseen},
		{"the ground's colour by the theme", deck{slide: shape(middle, rpr(scheme("bg1")), "")}, dossier.Unseen},
		{"nearly the ground's colour", deck{slide: shape(middle,
			rpr(`<a:solidFill><a:schemeClr val="tx1"><a:lumMod val="5000"/><a:lumOff val="95000"/></a:schemeClr></a:solidFill>`),
			"")}, dossier.Unseen},
		{"the colour map of the slide makes it white", deck{slide: shape(middle, "", ""),
			after: `<p:clrMapOvr><a:overrideClrMapping bg1="lt1" tx1="lt1"/></p:clrMapOvr>`}, dossier.Unseen},
		{"white on the slide's dark ground", deck{slide: shape(middle, rpr(fill("FFFFFF")), ""),
			bg: `<p:bg><p:bgPr>` + fill("001122") + `</p:bgPr></p:bg>`}, ""},
		{"black on the slide's black ground", deck{slide: shape(middle, rpr(fill("000000")), ""),
			bg: `<p:bg><p:bgPr>` + fill("000000") + `</p:bgPr></p:bg>`}, dossier.Unseen},
		{"white on the shape's own dark fill", deck{slide: shape(middle+scheme("accent1"), rpr(fill("FFFFFF")), "")}, ""},
		{"the colour of the shape's own fill", deck{slide: shape(middle+scheme("accent1"), rpr(scheme("accent1")), "")},
			dossier.Unseen},
		{"white on a dark area of the master", deck{slide: shape(middle, rpr(fill("FFFFFF")), ""),
			master: box(at("0", "0", "9144000", "6858000") + fill("000033"))}, ""},
		{"white by the style of the layout's placeholder", deck{slide: shape(middle, "", `<p:ph type="body" idx="1"/>`),
			layout: `<p:sp><p:nvSpPr><p:cNvPr id="3"/><p:nvPr><p:ph type="body" idx="1"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:lstStyle><a:lvl1pPr><a:defRPr>` +
				fill("FFFFFF") + `</a:defRPr></a:lvl1pPr></a:lstStyle></p:txBody></p:sp>`}, dossier.Unseen},
		{"white by the master's style of titles", deck{slide: shape(middle, "", `<p:ph type="title"/>`),
			text: `<p:titleStyle><a:lvl1pPr><a:defRPr>` + fill("FEFEFE") + `</a:defRPr></a:lvl1pPr></p:titleStyle>`},
			dossier.Unseen},
		{"not filled", deck{slide: shape(middle, rpr("<a:noFill/>"), "")}, dossier.Unseen},
		{"clear", deck{slide: shape(middle, rpr(`<a:solidFill><a:srgbClr val="000000"><a:alpha val="1000"/></a:srgbClr></a:solidFill>`), "")}, dossier.Unseen},
		{"letters on one another", deck{slide: shape(middle, `<a:rPr sz="1800" spc="-4000"/>`, "")}, dossier.Unseen},
		{"a little condensed", deck{slide: shape(middle, `<a:rPr sz="1800" spc="-100" baseline="30000"/>`, "")}, ""},
		{"far below its line", deck{slide: shape(middle, `<a:rPr baseline="-9000000"/>`, "")}, dossier.Unseen},
		{"turned out of the slide's plane", deck{slide: shape(middle+`<a:scene3d><a:camera prst="orthographicFront"><a:rot lat="0" lon="5400000" rev="0"/></a:camera></a:scene3d>`,
			"", "")}, dossier.Uncertain},
		{"margins wider than the shape", deck{slide: strings.Replace(shape(middle, "", ""), "<a:bodyPr/>", `<a:bodyPr lIns="99000000"/>`, 1)}, dossier.Uncertain},
		{"margins higher than the shape", deck{slide: strings.Replace(shape(middle, "", ""), "<a:bodyPr/>", `<a:bodyPr tIns="9000000" vertOverflow="clip"/>`, 1)}, dossier.Uncertain},
		{"usual margins", deck{slide: strings.Replace(shape(middle, "", ""), "<a:bodyPr/>", `<a:bodyPr lIns="91440" tIns="45720"/>`, 1)}, ""},
		{"indented beyond the shape", deck{slide: strings.Replace(shape(middle, "", ""), "<a:p>", `<a:p><a:pPr marL="51206400"/>`, 1)}, dossier.Uncertain},
		{"a cell of the colour of its text", deck{slide: tableOf(300000, 3000000, fill("000000"))}, dossier.Unseen},
		{"a column without width", deck{slide: tableOf(300000, 0, "")}, dossier.Uncertain},
		{"a cell of another colour", deck{slide: tableOf(300000, 3000000, fill("DDEEFF"))}, ""},
		{"an animation takes it away", deck{slide: shape(middle, "", ""), after: `<p:timing><p:cTn presetClass="exit"><p:spTgt spid="1"/></p:cTn></p:timing>`}, dossier.Uncertain},
		{"an animation brings it", deck{slide: shape(middle, "", ""), after: `<p:timing><p:cTn presetClass="entr"><p:spTgt spid="1"/></p:cTn></p:timing>`}, ""},
		{"one point high", deck{slide: shape(middle, `<a:rPr sz="100"/>`, "")}, dossier.Unseen},
		{"shrunk to nothing", deck{slide: strings.Replace(shape(middle, `<a:rPr sz="1200"/>`, ""), "<a:bodyPr/>",
			`<a:bodyPr><a:normAutofit fontScale="10000"/></a:bodyPr>`, 1)}, dossier.Unseen},
		{"struck out", deck{slide: shape(middle, `<a:rPr strike="sngStrike"/>`, "")}, dossier.Unseen},
		{"left of the slide", deck{slide: shape(at("-5000000", "0", "4000000", "1000000"), "", "")}, dossier.Unseen},
		{"below the slide", deck{slide: shape(at("0", "7000000", "4000000", "1000000"), "", "")}, dossier.Unseen},
		{"off the slide by its placeholder", deck{slide: shape("", "", `<p:ph type="body" idx="1"/>`),
			layout: `<p:sp><p:nvSpPr><p:cNvPr id="3"/><p:nvPr><p:ph type="body" idx="1"/></p:nvPr></p:nvSpPr><p:spPr>` + at("0",
				"9000000", "100000", "100000") + `</p:spPr></p:sp>`}, dossier.Unseen},
		{"off the slide by its group", deck{slide: `<p:grpSp><p:nvGrpSpPr><p:cNvPr id="5"/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="20000000" y="0"/><a:ext cx="1000000" cy="1000000"/><a:chOff x="0" y="0"/><a:chExt cx="1000000" cy="1000000"/></a:xfrm></p:grpSpPr>` +
			shape(at("0", "0", "1000000", "1000000"), "", "") + `</p:grpSp>`}, dossier.Unseen},
		{"no size is uncertain", deck{slide: shape(at("100", "100", "0", "0"), "", "")}, dossier.Uncertain},
		{"a hidden shape", deck{slide: strings.Replace(shape(middle, "", ""), `id="1"`, `id="1" hidden="1"`, 1)},
			dossier.Unseen},
		{"a shape in a hidden group", deck{slide: `<p:grpSp><p:nvGrpSpPr><p:cNvPr id="5" hidden="1"/></p:nvGrpSpPr>` +
			shape(middle, "", "") + `</p:grpSp>`}, dossier.Unseen},
		{"under a later shape is uncertain", deck{slide: shape(middle, "", "") + box(middle+fill("FFFFFF"))},
			dossier.Uncertain},
		{"under a picture is uncertain", deck{slide: shape(middle, "", "") + `<p:pic><p:spPr>` + middle +
			`</p:spPr></p:pic>`}, dossier.Uncertain},
		{"over an earlier shape is seen", deck{slide: box(middle+fill("FFFFFF")) + shape(middle, "", "")}, ""},
		{"a fill that is not computed is uncertain", deck{slide: shape(middle, rpr(`<a:gradFill/>`), "")}, dossier.Uncertain},
		{"the alternative that programs do not show", deck{slide: `<mc:AlternateContent><mc:Choice Requires="p14">` +
			box(middle) + `</mc:Choice><mc:Fallback>` +
			shape(middle, "", "") + `</mc:Fallback></mc:AlternateContent>` + shape(middle, rpr(fill("FFFFFF")), "")},
			dossier.Unseen},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _, err := c.deck.open(t).Slide("ppt/slides/slide1.xml")
			if err != nil {
				t.Fatal(err)
			}
			p := f.Page(1, "")
			got := dossier.Visibility("absent")
			switch {
			case strings.Contains(p.Text, claim):
				got = ""
				for _, r := range (&dossier.Document{}).Doubts(&p) {
					if strings.Contains(string([]rune(p.Text)[r[0]:r[1]]), claim) {
						got = dossier.Uncertain
					}
				}
			case strings.Contains(p.Hidden, claim):
				got = dossier.Unseen
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSlidesHaveTitlesItemsAndTables(t *testing.T) {
	cell := func(attrs, s string) string {
		return `<a:tc` + attrs + `><a:txBody><a:p><a:r><a:t>` + s + `</a:t></a:r></a:p></a:txBody></a:tc>`
	}
	d := deck{slide: shape(middle, "", `<p:ph type="title"/>`) + shape(middle, "", `<p:ph idx="1"/>`) +
		`<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9"/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow="1"/><a:tr>` +
		cell(` gridSpan="2"`, "Wells") + cell(` hMerge="1"`, "") + `</a:tr><a:tr>` + cell("", "old") + cell("", "new") +
		`</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`,
		text: `<p:bodyStyle><a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr></p:bodyStyle>`}
	f, _, err := d.open(t).Slide("ppt/slides/slide1.xml")
	if err != nil {
		t.Fatal(err)
	}
	p := f.Page(1, "")
	if want := claim + "\n" + claim + "\nWells\nold\tnew"; p.Text != want {
		t.Errorf("got %q, want %q", p.Text, want)
	}
	if len(p.Blocks) != 3 || p.Blocks[0].Kind != dossier.Heading || p.Blocks[1].Kind != dossier.ListItem ||
		p.Blocks[2].Table == nil {
		t.Fatalf("blocks are %+v", p.Blocks)
	}
	if tab := p.Blocks[2].Table; tab.HeaderRows() != 1 || tab.Rows[0].Cells[0].ColSpan != 2 ||
		len(tab.Rows[0].Cells) != 1 {
		t.Errorf("the table is %+v", tab)
	}
}

func FuzzSlide(f *testing.F) {
	f.Add(shape(middle, `<a:rPr sz="1"/>`, `<p:ph type="title"/>`))
	f.Add(`<p:grpSp><p:grpSpPr>` + middle + `</p:grpSpPr><a:tbl><a:tr><a:tc gridSpan="9"/></a:tr></a:tbl></p:grpSp>`)
	f.Fuzz(func(t *testing.T, s string) {
		d := deck{slide: s}.open(t)
		if flow, _, _ := d.Slide("ppt/slides/slide1.xml"); flow != nil {
			flow.Page(1, "")
		}
	})
}
