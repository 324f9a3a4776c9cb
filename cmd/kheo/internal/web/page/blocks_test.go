package page

import (
	"testing"

	"kheo/internal/dossier"
)

// A page looks like what was read of it; marks go through its blocks, and nothing in it is markup of its own.
func TestPagesShowTheirStructure(t *testing.T) {
	p := &dossier.Page{Text: "Báo cáo\nXã\tSố <hộ>\nHiệp\t120\nxem", Blocks: []dossier.Block{
		{Kind: dossier.Heading, Level: 1, Start: 0, End: 7},
		{Kind: dossier.TableKind, Start: 8, End: 27, Table: &dossier.Table{HeaderCols: 1, Rows: []dossier.Row{
			{Header: true, Cells: []dossier.Cell{{Start: 8, End: 10}, {Col: 1, Start: 11, End: 18, ColSpan: 2}}},
			{Cells: []dossier.Cell{{Start: 19, End: 23}, {Col: 1, Start: 24, End: 27}}}}}},
		{Kind: dossier.Paragraph, Start: 28, End: 31, Visibility: dossier.Uncertain}}}
	const want = `<p class="heading level1">Báo cáo</p><div class="wide"><table class="table"><tr><th scope="col">Xã</th>` +
		`<th scope="col" colspan="2">Số &lt;hộ&gt;</th></tr><tr><th scope="row"><mark>Hiệp</mark></th><td><mark>120</mark></td></tr></table></div>` +
		`<div class="doubt"><span class="label">unsure</span><p class="paragraph">xem</p></div>`
	if got := Structured(p, [][2]int{{19, 27}}, 1000, "unsure"); string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := Structured(p, nil, 8, ""); string(got) != `<p class="heading level1">Báo cáo</p>` {
		t.Errorf("cut: %s", got)
	}
	if got := Structured(&dossier.Page{Text: "a <b>"}, nil, 3, ""); string(got) != "a &lt;" {
		t.Errorf("without blocks: %s", got)
	}
}
