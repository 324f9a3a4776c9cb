package extract

import (
	"regexp"

	"golang.org/x/net/html/charset"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/webpage"
)

// readHTML reads a web page as one page. Text that a browser does not show is kept separately.
func readHTML(data []byte, res *Result) {
	s, name := decodeHTML(data)
	if name == cleantext.UnknownEncoding {
		res.Error, res.Detail = OldEncoding, "the encoding that it declares is not known"
		return
	}
	res.Pages = []dossier.Page{webpage.Read(s, webpage.Options{}).Page(1, "html/"+name)}
}

// decodeHTML turns the bytes of a web page into text, and names the encoding. A label counts only if the
// page states one: what the HTML standard assumes otherwise is windows-1252, where Vietnamese pages are in
// UTF-8 or an older encoding of their own.
func decodeHTML(data []byte) (text, name string) {
	head := data[:min(len(data), 4096)]
	_, label, _ := charset.DetermineEncoding(head, "")
	if m := statedCharset.FindSubmatch(head); m == nil {
		label = ""
	} else if e, _ := charset.Lookup(string(m[1])); e == nil { // not of the HTML standard, as code pages of MS-DOS
		label = string(m[1])
	}
	return cleantext.Decode(data, label)
}

// statedCharset matches the encoding that a web page states.
var statedCharset = regexp.MustCompile(`(?i)charset\s*=\s*["']?\s*([\w.:-]+)`)
