package extract

import (
	"bytes"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/odf"
)

// readODF reads an OpenDocument: a text is one page; each sheet of a spreadsheet and each slide of a
// presentation is one. An encrypted file has parts that are noise, and says so in its manifest.
func readODF(data []byte, res *Result, u *unpacker) {
	o, err := openOffice(data)
	if err != nil {
		fail(res, err)
		return
	}
	if b, err := o.Part("META-INF/manifest.xml"); err == nil && bytes.Contains(b, []byte("encryption-data")) {
		res.Error = Protected
		return
	}
	doc, err := odf.Read(o.Package, res.Type == typeODT)
	if err != nil && (doc == nil || !hasText(doc.Pages)) {
		fail(res, err)
		return
	}
	res.Pages = doc.Pages
	if doc.Uncached {
		addFlag(res, dossier.FlagUncachedFormula)
	}
	all := ""
	for _, p := range res.Pages {
		all += p.Text
	}
	if err := o.inside(u, all); err != nil {
		res.Detail = err.Error()
	}
}
