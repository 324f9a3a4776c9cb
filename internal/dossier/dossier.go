// Package dossier has the types of the domain. It imports nothing of kheo, and uses neither disk, clock nor database;
// all other packages use its types.
//
// A [Dossier] has [Document]s, these have [Page]s of text, and a page may have [Block]s, its structure. Places in a
// text are half-open ranges of code points of the page, everywhere. A ruleset makes an [Assessment] of a dossier:
// facts with their [Source], criteria with evidence, gates, flags and an [Outcome]. Texts for people are a [Text],
// one string for each language. The JSON of these types is in the records and in published lists: fields are added,
// and never renamed.
package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sort"
	"strings"
)

// Text is one sentence in several languages, by language code ("vi", "nb", "en").
type Text map[string]string

// In returns the text in the first of the languages that it has; if it has none of them, in the
// alphabetically first language that it has.
func (t Text) In(languages ...string) string {
	for _, l := range languages {
		if s := t[l]; s != "" {
			return s
		}
	}
	keys := make([]string, 0, len(t))
	for k := range t {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if t[k] != "" {
			return t[k]
		}
	}
	return ""
}

// Outcome is what the program recommends for a dossier. People decide.
type Outcome string

// The outcomes, as lists and records write them.
const (
	Recommended    Outcome = "recommended"
	NotRecommended Outcome = "not-recommended"
	NeedsReview    Outcome = "needs-review"
	Ineligible     Outcome = "ineligible"
	Quarantined    Outcome = "quarantined"
)

// Outcomes lists every outcome in the order in which lists show them.
var Outcomes = []Outcome{Recommended, NeedsReview, NotRecommended, Ineligible, Quarantined}

// Contends reports whether a dossier with the outcome can come to be recommended: it would be, or people
// decide on it.
func (o Outcome) Contends() bool { return o == Recommended || o == NeedsReview }

// Codes of flags that the program itself raises.
const (
	FlagContradiction    = "contradiction"
	FlagMissingDocument  = "missing-document"
	FlagNearDuplicate    = "near-duplicate"
	FlagCopiedBy         = "copied-by"
	FlagBorderline       = "borderline"
	FlagLowTextQuality   = "low-text-quality"
	FlagUnreadable       = "unreadable-document"
	FlagPlanNotResult    = "plan-not-result"
	FlagQuota            = "quota"
	FlagMovedUp          = "moved-up" // a quota that asks for a minimum number is filled with it
	FlagUnclassified     = "unclassified"
	FlagMisnamedDocument = "misnamed-document"
	FlagHiddenText       = "hidden-text"
	FlagNeedsOCR         = "needs-ocr"
	FlagAwaitingPanel    = "awaiting-panel"
	FlagPanelSpread      = "panel-spread"
	FlagTie              = "tie"
	FlagUnsettledScorer  = "unsettled-scorer"
	FlagUnsupported      = "unsupported"
	FlagUncachedFormula  = "uncached-formula"
	FlagUncertain        = "uncertain-evidence"
	FlagSeveral          = "several-applications"
	FlagUncertainFact    = "uncertain"      // a fact was not read surely enough to count
	FlagOtherCurrency    = "other-currency" // an amount is in another currency than the fact asks for
	FlagUnknownUnit      = "unknown-unit"   // a unit, field or kind is named that the campaign does not have
	FlagLapsed           = "lapsed-correction"
	FlagSelfDiffers      = "self-differs" // the unit's own points differ from those that it gets
)

// FlagCodes lists every flag code. A ruleset that names another one is refused.
var FlagCodes = []string{FlagContradiction, FlagMissingDocument, FlagNearDuplicate, FlagCopiedBy, FlagBorderline,
	FlagLowTextQuality, FlagUnreadable, FlagPlanNotResult, FlagQuota, FlagMovedUp, FlagUnclassified,
	FlagMisnamedDocument, FlagHiddenText, FlagNeedsOCR, FlagAwaitingPanel, FlagPanelSpread, FlagTie,
	FlagUnsettledScorer, FlagUnsupported, FlagUncertain, FlagUncachedFormula, FlagSeveral,
	FlagUncertainFact, FlagOtherCurrency, FlagUnknownUnit, FlagLapsed, FlagSelfDiffers}

// ManifestName is the file in which a dossier may describe itself.
const ManifestName = "dossier.yaml"

// Manifest is what the submitter states about a dossier in dossier.yaml. Every field may be empty; then it is
// read from the documents, if they state it.
type Manifest struct {
	Kind         string         `json:"kind,omitempty"`
	Title        string         `json:"title,omitempty"`
	Unit         string         `json:"unit,omitempty"`
	Level        string         `json:"level,omitempty"`
	Field        string         `json:"field,omitempty"`
	RegisteredOn string         `json:"registered_on,omitempty"` // ISO date
	Nominee      string         `json:"nominee,omitempty"`
	Facts        map[string]any `json:"facts,omitempty"`  // float64, string or bool
	Source       string         `json:"source,omitempty"` // the file's text, for citations
}

// Page is one page of a document as text. Its text is NFC; offsets into it count Unicode code points.
type Page struct {
	Number   int     `json:"page"`             // from 1
	Text     string  `json:"text"`             // NFC, lines separated by \n, table cells by \t
	Language string  `json:"language"`         // "vi", "nb", "en", or "" if it is not known
	Quality  float64 `json:"quality"`          // 0 unusable … 1 clean
	Reader   string  `json:"reader"`           // what read it: "ledongthuc", "pdfium", "docx", …
	Hidden   string  `json:"hidden,omitempty"` // text of the page that a person reading it can't see; it never scores
	Blocks   []Block `json:"blocks,omitempty"` // its structure, in reading order
}

// Document is one file of a dossier with what was read from it.
type Document struct {
	Name   string   `json:"name"` // path inside the dossier, NFC, / separated
	Type   string   `json:"type"` // media type, detected from the content
	SHA256 string   `json:"sha256"`
	Size   int64    `json:"size"` // bytes
	Pages  []Page   `json:"pages"`
	Error  string   `json:"error,omitempty"`  // a reason of package extract why nothing could be read
	Detail string   `json:"detail,omitempty"` // the reader's own words for it
	Flags  []string `json:"flags,omitempty"`  // codes, e.g. low-text-quality

	// Sightings are the quotes that were looked for on the rendered pages and not seen, or not found; sorted.
	Sightings []Sighting `json:"sightings,omitempty"`
}

// Readable reports whether any page of the document has text.
func (d *Document) Readable() bool {
	for i := range d.Pages {
		if strings.TrimSpace(d.Pages[i].Text) != "" {
			return true
		}
	}
	return false
}

// OCRReader is the Reader of pages whose images were read by OCR.
const OCRReader = "tesseract"

// Scanned reports whether OCR read a page of the document.
func (d *Document) Scanned() bool {
	for i := range d.Pages {
		if d.Pages[i].Reader == OCRReader {
			return true
		}
	}
	return false
}

// Dossier is one submission with what was read from it.
type Dossier struct {
	ID        string     `json:"dossier"`
	Name      string     `json:"name"` // of the folder, archive or file that was submitted, NFC
	Manifest  Manifest   `json:"manifest"`
	Documents []Document `json:"documents"` // sorted by name
}

// Quarantined reports whether nothing of the dossier could be read: it has no documents, or none that is
// readable.
func (d *Dossier) Quarantined() bool {
	for i := range d.Documents {
		if d.Documents[i].Readable() || d.Documents[i].HasFlag(FlagLowTextQuality) ||
			d.Documents[i].HasFlag(FlagNeedsOCR) {
			return false
		}
	}
	return true
}

// HasFlag reports whether the document carries the flag.
func (d *Document) HasFlag(code string) bool {
	for _, f := range d.Flags {
		if f == code {
			return true
		}
	}
	return false
}

// Hash is the hash of everything that assessments may depend on.
func (d *Dossier) Hash() string { return HashOf(d) }

// HashOf returns the hex SHA-256 of v's JSON. v must be made of plain data;
// maps are written in key order, so equal values have equal hashes.
func HashOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("dossier: hash of unmarshalable value: " + err.Error())
	}
	return SHA256(b)
}

// SHA256 returns the SHA-256 of b in hexadecimal, 64 characters: the form in which blobs, published files,
// events and secrets are named.
func SHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Source cites a place: a document, a page, the words there and their position. Start and End are offsets in
// code points into that page's text, and Quote is exactly the text between them.
type Source struct {
	Document string `json:"document"`
	Page     int    `json:"page"`
	Quote    string `json:"quote"`
	Start    int    `json:"start"`
	End      int    `json:"end"`

	// Of evidence: the share of passages found in the same way that are right, over 0 to 1 and whatever
	// people said of this one; what they said of it; and the code of a text doubtful.* that says why it is
	// uncertain. They are empty for the source of a fact.
	Certainty float64     `json:"certainty,omitempty"`
	Verdict   VerdictKind `json:"verdict,omitempty"`
	Doubt     string      `json:"doubt,omitempty"`
}

// Citation is a quote from a page.
type Citation struct {
	Document string `json:"document"`
	Page     int    `json:"page"`
	Quote    string `json:"quote"` // as PlainQuote writes it
}

// Rival is another value for a fact, from another source.
type Rival struct {
	Value  any    `json:"value"`
	Source Source `json:"source"`
}

// FactState is how far a fact may be relied on.
type FactState string

// States of facts.
const (
	Certain   FactState = "certain"   // it counts
	Doubtful  FactState = "uncertain" // see Fact.Readings and Fact.Rivals
	Corrected FactState = "corrected" // a person stated it: it counts, whatever papers say
)

// Fact is a typed value with its source. Value is a float64 in base units
// (VND, households, percent …), a string (text, ISO date "2024-03-15" or month
// "2024-03") or a bool.
type Fact struct {
	Name       string    `json:"name"`
	Value      any       `json:"value"`
	Unit       string    `json:"unit"`
	Source     Source    `json:"source"`
	Confidence float64   `json:"confidence"` // 0 … 1, the share of facts read in the same way that are right
	State      FactState `json:"state"`
	Rivals     []Rival   `json:"rivals"`
	Approx     bool      `json:"-"` // "about", "more than": differs by up to a tenth without contradiction

	Unsupported bool `json:"unsupported,omitempty"` // only the submitter's manifest states it: it does not count
	// the value that counts, if the manifest states another one, or if Value is only near what is meant; nil: Value
	Counted any `json:"counted,omitempty"`

	// Readings are the values beside Value that the fact may have, because it was not read surely; nil among
	// them means that the papers may not state it. If there are any, the fact earns only what it does by all of
	// them until a person settles it, and Doubt says why.
	Readings []any `json:"readings,omitempty"`
	Doubt    Text  `json:"doubt,omitempty"`

	Names   []string `json:"names,omitempty"`   // the entries of a list that Value counts; the first of a long one
	How     Text     `json:"how,omitempty"`     // how Value was computed of other facts, or converted from a currency
	Sources []Source `json:"sources,omitempty"` // of a computed fact: those of the facts that it is computed of
}

// Counts is the value that earns points and passes gates; nil where only the manifest states the fact, or it
// was not read surely. Of a number that is only near what is meant ("about 40") it is the number: what other
// readings make of it is tried by the ruleset.
func (f *Fact) Counts() any {
	switch {
	case f.Unsupported:
		return nil
	case f.Counted != nil:
		return f.Counted
	case len(f.Readings) > 0:
		return nil
	}
	return f.Value
}

// Recognition is an earlier recognition of a person, collective or model: a row of a table of the office, or an entry
// of a closed list.
type Recognition struct {
	Name    string `json:"name"`
	Unit    string `json:"unit,omitempty"`
	Born    string `json:"born,omitempty"` // a year or an ISO date
	ID      string `json:"id,omitempty"`   // a number of the nominee's own
	Award   string `json:"award,omitempty"`
	AwardID string `json:"award_id,omitempty"`
	Year    int    `json:"year"`
	Ruleset string `json:"ruleset,omitempty"` // of the closed list; "" of a row
	Source  Source `json:"source"`
}

// Flag is something that a person must look at.
type Flag struct {
	Code    string `json:"code"`
	Message Text   `json:"message"`
}

// Gate is the result of one condition of eligibility.
type Gate struct {
	ID     string `json:"id"`
	Passed bool   `json:"passed"`
	Reason Text   `json:"reason"`
}

// Criterion is the score of one criterion.
type Criterion struct {
	ID       string   `json:"id"`
	Title    Text     `json:"title"`
	Points   float64  `json:"points"`
	Max      float64  `json:"max"`
	Reason   Text     `json:"reason"`
	Evidence []Source `json:"evidence"`

	// Uncertain are passages that may be evidence and earn nothing until a person confirms them, and AtStake the
	// points that the criterion would have with all of them, over those that it has.
	Uncertain []Source `json:"uncertain,omitempty"`
	AtStake   float64  `json:"at_stake,omitempty"`

	Group  string  `json:"group,omitempty"`  // id of the group that it is in
	Weight float64 `json:"weight,omitempty"` // its points count this many times in sums; 0 for once
	Bonus  bool    `json:"bonus,omitempty"`  // its points come on top of the maximum
	// what a panel's marks are combined to as they were given, if the ruleset asks for a minimum of that
	Marks   *float64 `json:"marks,omitempty"`
	Deducts bool     `json:"deducts,omitempty"` // its points are below 0, and its Max is 0
	// the points that the unit gave itself; nil if it gave none, or they are not settled
	Self *float64 `json:"self,omitempty"`
}

// Group is the score of a group of criteria.
type Group struct {
	ID     string  `json:"id"`
	Title  Text    `json:"title"`
	Points float64 `json:"points"`
	Max    float64 `json:"max"`
	Group  string  `json:"group,omitempty"`  // id of the group that it is in
	Weight float64 `json:"weight,omitempty"` // its points count this many times in sums; 0 for once
}

// Assessment is one dossier under one version of one ruleset, before quotas.
type Assessment struct {
	Dossier string  `json:"dossier"`
	Ruleset string  `json:"ruleset"`
	Kind    string  `json:"kind"`
	Title   string  `json:"title"`
	Unit    string  `json:"unit"`
	Level   string  `json:"level"`
	Field   string  `json:"field"`
	Nominee string  `json:"nominee,omitempty"`
	Outcome Outcome `json:"outcome"`
	Band    Text    `json:"band"` // why this outcome, in words
	Points  float64 `json:"points"`
	Max     float64 `json:"max"`
	// the ranks or places whose conditions it meets, by id; before their limits
	Meets    []string    `json:"meets,omitempty"`
	Flags    []Flag      `json:"flags"`
	Gates    []Gate      `json:"gates"`
	Criteria []Criterion `json:"criteria"`
	Groups   []Group     `json:"groups,omitempty"`
	// what the unit's own points add up to; nil if it did not score every criterion that asks
	Self *float64 `json:"self,omitempty"`
	// NotLooked is evidence that was not looked for on its rendered page when the assessment was made. Only evidence
	// of dossiers that contend is looked for.
	NotLooked []Citation `json:"not_looked_at,omitempty"`

	// Checked says how much of its evidence people checked; nil if none.
	Checked *EvidenceChecked `json:"evidence_checked,omitempty"`

	// Corrected are the names of the facts that a person set or rejected, and Deciding those of the uncertain
	// facts whose readings lead to different outcomes. Lists show both, so they come before the facts: see
	// store.Assessments.Briefs.
	Corrected []string `json:"corrected,omitempty"`
	Deciding  []string `json:"deciding,omitempty"`

	Facts []Fact `json:"facts"`

	// Refuted are passages that were found and do not count: those that people rejected and, if the dossier
	// is near a limit, those that the text itself refutes, so that people can check what was missed. It
	// follows the facts, because no list shows it: see store.Assessments.Briefs.
	Refuted []Refuted `json:"refuted,omitempty"`

	// Cited are the hashes of the documents that evidence, uncertain and refuted passages are in, by name.
	Cited map[string]string `json:"cited,omitempty"`

	Order  []OrderKey `json:"order"`            // the ruleset's order, evaluated
	Papers []string   `json:"papers,omitempty"` // the kinds of paper found, as documents: of the ruleset calls them
	Open   *Open      `json:"open,omitempty"`   // what is not settled yet; nil if everything is
}

// Open is what an assessment leaves open: panel scores that are still missing, what only the submitter's
// manifest states, and facts that were not read surely. Bounds hold whatever the missing scores turn out to
// be.
type Open struct {
	Decides  bool       `json:"decides,omitempty"`  // the outcome depends on it, and is therefore needs-review
	Outcomes []Outcome  `json:"outcomes,omitempty"` // that missing scores can still lead to, before quotas
	MayMeet  []string   `json:"may_meet,omitempty"` // ranks or places whose conditions missing scores can meet or fail
	Best     []OrderKey `json:"best,omitempty"`     // Order with the best scores that can still come; nil: Order
	Worst    []OrderKey `json:"worst,omitempty"`    // Order with the worst
	Stated   []OrderKey `json:"stated,omitempty"`   // Order with what only the manifest states; nil: Order

	// Readings are the orders other than Order that other readings of uncertain facts give.
	Readings [][]OrderKey `json:"readings,omitempty"`
}

// Can reports whether missing scores can still lead to an outcome.
func (o *Open) Can(outcome Outcome) bool { return o != nil && slices.Contains(o.Outcomes, outcome) }

// OrderKey is one value by which a list is ordered. A missing value sorts last.
type OrderKey struct {
	Number  float64 `json:"number"`
	String  string  `json:"string,omitempty"`
	Missing bool    `json:"missing,omitempty"`
	Down    bool    `json:"down,omitempty"` // greater first
}

// HasFlag reports whether the assessment carries one of the flags.
func (a *Assessment) HasFlag(codes ...string) bool {
	for _, f := range a.Flags {
		for _, c := range codes {
			if f.Code == c {
				return true
			}
		}
	}
	return false
}

// PanelScore is what one person gave a dossier on one criterion.
type PanelScore struct {
	Criterion string `json:"criterion"`
	// who scored: a sign-in name, external:NAME, or name:NAME if the name fits several people
	Person string  `json:"person"`
	Scorer string  `json:"scorer"` // the name that is shown
	Points float64 `json:"points"`
	Why    string  `json:"why,omitempty"`
	At     string  `json:"at"` // RFC 3339, UTC

	Recused string `json:"recused,omitempty"` // why the score does not count: the scorer is recused
	// Points as a standard score of the scorer, on the same scale; nil if the ruleset asks for none, or there
	// are too few scores. It is computed for each run, and not recorded.
	Standard *float64 `json:"standard,omitempty"`
	// people whom the name fits; until it is settled whose it is, the score does not count
	Fits []string `json:"fits,omitempty"`
}

// Counts reports whether the score counts.
func (s *PanelScore) Counts() bool { return s.Recused == "" && len(s.Fits) == 0 }

// Copy says that part of a dossier's own text is also in another dossier.
type Copy struct {
	Of       string    `json:"of"` // the other dossier
	OfTitle  string    `json:"of_title"`
	OfUnit   string    `json:"of_unit"`
	Campaign string    `json:"campaign,omitempty"` // the past campaign that it is of; "" of this one
	Share    float64   `json:"share"`              // of the copy's own words, 0 … 1, in the document that shares most
	Original bool      `json:"original"`           // true: this dossier is the earlier one
	Unproven bool      `json:"unproven,omitempty"` // nothing proves which of the two is the earlier one
	Passages []Passage `json:"passages"`           // the longest first
}

// Here returns the longest shared passage, in this dossier.
func (c *Copy) Here() Source {
	if len(c.Passages) == 0 {
		return Source{}
	}
	return c.Passages[0].Here
}

// Passage is a text that two dossiers share, perhaps with some words changed.
type Passage struct {
	Here  Source `json:"here"`
	There Source `json:"there"`
}
