package dossier

// IndexEntry is what the search index holds of a dossier. Dossier and Key are not part of its JSON:
// the record store keeps the key in a column of its own, and the text is loaded when it is indexed.
type IndexEntry struct {
	Dossier *Dossier `json:"-"`
	// cache key of the text and all fields below: an entry with a known key is not indexed again
	Key     string   `json:"-"`
	Title   string   `json:"title"`
	Nominee string   `json:"nominee,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Level   string   `json:"level,omitempty"`
	Field   string   `json:"field,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Ruleset string   `json:"ruleset,omitempty"`
	Outcome string   `json:"outcome,omitempty"`
	Flags   []string `json:"flags,omitempty"`
	Points  float64  `json:"points"`

	Registered string `json:"registered,omitempty"` // ISO date
	// numeric facts; dates as index.DateNumber encodes them, true as 1
	Facts map[string]float64 `json:"facts,omitempty"`
}
