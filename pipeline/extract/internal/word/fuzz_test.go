package word

import (
	"testing"

	"kheo/pipeline/extract/internal/layout"
)

// The walker comes to its end and leaves its stacks in order, whatever the markup.
func FuzzWalk(f *testing.F) {
	f.Add([]byte(`<w:p><w:r><w:pict><v:group style="width:9pt" coordsize="1,NaN"><v:rect style="left:1e9;width:0"><v:textbox>` +
		`<w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></v:group></w:pict></w:r></w:p>`))
	f.Add([]byte(`<w:document><w:body><w:tbl><w:tr><w:tc><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>`))
	f.Add([]byte(`<w:p><w:sdt><w:sdtPr><w:checkbox><w:checked w:val="1"/></w:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt></w:p>`))
	f.Add([]byte(`<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData></w:fldChar><w:instrText>FORMCHECKBOX</w:instrText><w:fldChar w:fldCharType="separate"/><w:fldChar w:fldCharType="end"/></w:r></w:p>`))
	f.Add([]byte(`<w:p><w:r><w:pict><v:shape style="width:0"><v:textbox><w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p></w:tc></w:tr></w:sdtContent>`))
	f.Add([]byte(`<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/><w:gridSpan w:val="2"/></w:tcPr><w:p/></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:sdt><w:sdtContent><w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p></w:sdtContent></w:sdt></w:tc></w:tr></w:tbl>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &document{theme: theme{}, styles: readStyles(data, theme{}), lists: newNumbering(data)}
		w := d.walker()
		if w.walk(data) == nil && (w.skip != 0 || w.hide != 0 || w.doubt != 0 || w.former != 0 || len(w.stack) != 0 || len(w.paras) != 0) {
			t.Errorf("open at the end: %d %d %d %d, %d elements, %d paragraphs", w.skip, w.hide, w.doubt, w.former, len(w.stack), len(w.paras))
		}
		layout.Assemble(w.flow().Nodes())
	})
}
