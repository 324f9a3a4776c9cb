package dossier

import "strings"

// VerdictKind is what people said of a piece of evidence.
type VerdictKind string

// Verdicts. A right one counts even if kheo is uncertain, and a wrong one does not count. Unsure changes
// nothing. Disputed is what the verdicts of several people amount to if as many say right as wrong; no one
// gives it.
const (
	VerdictRight    VerdictKind = "right"
	VerdictWrong    VerdictKind = "wrong"
	VerdictUnsure   VerdictKind = "unsure"
	VerdictDisputed VerdictKind = "disputed"
)

// VerdictKinds lists the verdicts that a person can give.
var VerdictKinds = []VerdictKind{VerdictRight, VerdictWrong, VerdictUnsure}

// Settles reports whether the verdict says that the passage is evidence, or that it is none.
func (k VerdictKind) Settles() bool { return k == VerdictRight || k == VerdictWrong }

// PieceKey identifies a passage as evidence for a criterion. It names the content of the document and not its
// name, so that a verdict holds in every run and in every dossier with the same paper.
type PieceKey struct {
	Ruleset   string `json:"ruleset"`
	Criterion string `json:"criterion"`
	SHA256    string `json:"sha256"` // of the document
	Page      int    `json:"page"`
	Quote     string `json:"quote"` // of the passage, see PlainQuote
}

// ID returns the first 12 hexadecimal digits of a hash of the key: what people type.
func (k PieceKey) ID() string { return HashOf(k)[:12] }

// Key returns the key of a passage of a document with a content, as evidence for a criterion of a ruleset.
func (s *Source) Key(ruleset, criterion, sha256 string) PieceKey {
	return PieceKey{ruleset, criterion, sha256, s.Page, PlainQuote(s.Quote)}
}

// Verdict is what people said of a piece of evidence, taken together.
type Verdict struct {
	PieceKey
	Kind VerdictKind `json:"kind"` // right, wrong or disputed
}

// Refuted is a passage that was found and does not count as evidence for a criterion. Its Doubt is the
// reason, the code of a text evidenced.*, and its Certainty that which it has, or would have if no one had
// rejected it.
type Refuted struct {
	Criterion string `json:"criterion"`
	Source
}

// EvidenceChecked says how many pieces of evidence of a dossier people have checked, the rejected ones among
// them, and how many of those were right. Disputed pieces, and those that no one can decide, are not among
// them.
type EvidenceChecked struct {
	Checked int `json:"checked"`
	Right   int `json:"right"`
}

// ListEvidence says how much of the evidence of a list people checked, and how much of what remains is right.
type ListEvidence struct {
	Pieces     int     `json:"pieces"`     // that the program counted, those that people rejected among them
	Checked    int     `json:"checked"`    // of the pieces
	Right      int     `json:"right"`      // of those checked; the others have left the list
	Sampled    int     `json:"sampled"`    // of those checked, the ones that the interval rests on
	Share      float64 `json:"share"`      // estimated share of right ones among those that remain, over 0 to 1
	Low        float64 `json:"low"`        // the interval of that share
	High       float64 `json:"high"`       //
	Confidence float64 `json:"confidence"` // how often such an interval covers the share
}

// PaperSHA256 returns the hash of the content of a document by its name; "" if the dossier has none of that
// name.
func (d *Dossier) PaperSHA256(document string) string {
	for i := range d.Documents {
		if d.Documents[i].Name == document {
			return d.Documents[i].SHA256
		}
	}
	return ""
}

// ParseVerdict returns the verdict that a person writes; false if it is not one.
func ParseVerdict(s string) (VerdictKind, bool) {
	for _, k := range VerdictKinds {
		if strings.EqualFold(s, string(k)) {
			return k, true
		}
	}
	return "", false
}
