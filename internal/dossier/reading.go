package dossier

// NeedsOffice is the Error of a Reading whose format only LibreOffice converts, on a machine
// without it: the file is read again once LibreOffice is there. The other reasons why a file could
// not be read are the constants of package extract.
const NeedsOffice = "needs-office"

// Reading is the result of reading one file: pages of text, or the reason why there are none. It is
// kept in the record store by the file's hash and the version of the readers, so its JSON keys are a
// format on disk.
type Reading struct {
	Type  string `json:"type"` // media type
	Pages []Page `json:"pages"`
	// why nothing was read: a reason of package extract; "" for a file that was read
	Error  string   `json:"error,omitempty"`
	Detail string   `json:"detail,omitempty"` // the reader's own message
	Flags  []string `json:"flags,omitempty"`  // codes, e.g. FlagLowTextQuality
	Parts  []Part   `json:"parts,omitempty"`  // the files inside it; set by the caller that keeps their bytes
	Scans  []int    `json:"scans,omitempty"`  // numbers of the pages that need OCR
}

// Part is a file inside another: a member of an archive, an attachment of an e-mail or of a PDF.
// Archives inside archives are unpacked too; the names of their members contain the path of both.
type Part struct {
	Name    string `json:"name"` // path inside the outer file, cleaned by package extract
	SHA256  string `json:"sha256,omitempty"`
	Size    int64  `json:"size"`              // bytes
	Problem string `json:"problem,omitempty"` // a reason of package extract why it could not be taken out
	Detail  string `json:"detail,omitempty"`
}

// OCRPage is the result of OCR of one page image.
type OCRPage struct {
	Text    string    `json:"text"`
	Quality float64   `json:"quality"` // mean confidence of its letters, 0 … 1
	Turn    int       `json:"turn"`    // quarter turns clockwise that put the image upright
	Scale   float64   `json:"scale"`   // pixels per point; 0 for image files
	Skew    float64   `json:"skew"`    // degrees of clockwise rotation that then made its lines level
	Words   []OCRWord `json:"words"`
	Error   string    `json:"error,omitempty"` // why nothing was read
}

// OCRWord is one recognised word: its box in pixels from the top left corner of the upright image,
// and tesseract's confidence, 0 … 100.
type OCRWord struct {
	Text       string  `json:"t"`
	X          int     `json:"x"`
	Y          int     `json:"y"`
	W          int     `json:"w"`
	H          int     `json:"h"`
	Confidence float64 `json:"c"`
}
