package dossier

import (
	"slices"
	"strings"
)

// Basis is the paper that a statement of a person rests on. The statement holds as long as the dossier has
// that paper, under whatever name.
type Basis struct {
	SHA256 string `json:"sha256"`          // of the file, the text of dossier.yaml, or the hashes of all files
	Whole  bool   `json:"whole,omitempty"` // it rests on the whole set of documents, and not on one of them
}

// Correction is what a person stated of a fact, against or beside what was read.
type Correction struct {
	Fact   string `json:"fact"`
	Value  any    `json:"value"`  // of the fact's Go type, in base units; nil: no paper states the fact
	Source Source `json:"source"` // the place that it rests on; without a document if it rests on no paper
	Basis  Basis  `json:"basis"`
	By     string `json:"by"` // id of the person
	Why    string `json:"why"`
	At     string `json:"at"` // RFC 3339, UTC

	// Recused is why it does not hold if the person has a conflict of interest by now, else "".
	Recused string `json:"recused,omitempty"`
}

// BasisOf returns the basis of a statement about one document, by its name, or about all of them if the name
// is empty. Statements about dossier.yaml rest on its text. A document without content of its own, such as
// one whose archive could not be opened, is no basis: the statement then rests on all documents. ok is false
// if the dossier has no document of that name.
func (d *Dossier) BasisOf(document string) (b Basis, ok bool) {
	if document == "" {
		return Basis{SHA256: d.setSHA256(), Whole: true}, true
	}
	for i := range d.Documents {
		if doc := &d.Documents[i]; doc.Name == document {
			if doc.SHA256 == "" {
				return d.BasisOf("")
			}
			return Basis{SHA256: doc.SHA256}, true
		}
	}
	if document == ManifestName && d.Manifest.Source != "" {
		return Basis{SHA256: SHA256([]byte(d.Manifest.Source))}, true
	}
	return Basis{}, false
}

// setSHA256 is a hash of the contents of all documents, whatever their names and order.
func (d *Dossier) setSHA256() string {
	all := make([]string, len(d.Documents))
	for i := range d.Documents {
		all[i] = d.Documents[i].SHA256
	}
	slices.Sort(all)
	return SHA256([]byte(strings.Join(slices.Compact(all), "\n")))
}

// Has reports whether the dossier still has the paper that a statement rests on, and under which name. The
// name is empty if the statement rests on all documents. was is the name at the time of the statement, which
// is preferred if several documents have the same content.
func (d *Dossier) Has(b Basis, was string) (name string, ok bool) {
	if b.Whole {
		return was, b.SHA256 == d.setSHA256()
	}
	for i := range d.Documents {
		if doc := &d.Documents[i]; doc.SHA256 == b.SHA256 && (name == "" || doc.Name == was) {
			name = doc.Name
		}
	}
	if name == "" && d.Manifest.Source != "" && b.SHA256 == SHA256([]byte(d.Manifest.Source)) {
		name = ManifestName
	}
	return name, name != ""
}

// Holding parts corrections into those that hold, and those whose paper is not in the dossier any more or
// whose person is recused. Of those that hold, the source names the document as it is called now.
func (d *Dossier) Holding(all []Correction) (holds, lapsed []Correction) {
	for _, c := range all {
		name, ok := d.Has(c.Basis, c.Source.Document)
		if !ok || c.Recused != "" {
			lapsed = append(lapsed, c)
			continue
		}
		if c.Source.Document != "" {
			c.Source.Document = name
		}
		holds = append(holds, c)
	}
	return holds, lapsed
}
