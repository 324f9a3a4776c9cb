package dossier

// Identity is what identifies a dossier in a campaign: stated by its manifest, or read from its
// documents by the labels that the campaign defines. It has no JSON tags: its Go names are the keys
// of the records, so they cannot be renamed.
type Identity struct {
	Kind, Title, Unit, Level, Field, Nominee, RegisteredOn string

	// Proven is the registration date that documents state and nothing in the dossier contradicts;
	// "" without such a date.
	Proven string

	Flags []Flag // contradictions between the manifest and the documents
}
