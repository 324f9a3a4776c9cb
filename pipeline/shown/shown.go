// Package shown is a dossier as `kheo show --json` and other programs get it.
//
// The command and the API fill the same [Dossier], each with what its reader may see, so that a program finds the
// same names in both. Its fields are a contract: they are added to, and never renamed or removed. Times are RFC 3339
// in the time zone of the campaign ([At]); lists are empty, and not null, if nothing is in them.
package shown

import (
	"context"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/look"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Dossier is everything that kheo knows of a dossier.
type Dossier struct {
	Dossier     string         `json:"dossier"`
	Kind        string         `json:"kind"`
	Title       string         `json:"title"`
	Unit        string         `json:"unit"`
	Level       string         `json:"level"`
	Field       string         `json:"field"`
	Version     int            `json:"version"`
	Facts       []dossier.Fact `json:"facts"`
	Documents   []Document     `json:"documents"`
	Assessments []Entry        `json:"assessments"`
	Deliveries  []Delivery     `json:"deliveries"`
	Looked      []look.Found   `json:"looked"` // what came of looking for the evidence on rendered pages
}

// Delivery is one delivery of files. Versions that an older kheo recorded have none.
type Delivery struct {
	Version  int    `json:"version"`
	Received string `json:"received"` // RFC 3339, in the time zone of the campaign
	Entry    string `json:"entry"`
	Replaces bool   `json:"replaces"`
	Late     string `json:"late,omitempty" doc:"the day on which the list of the dossier was closed before it came: it changes nothing on it"`
	store.Changes
}

// Document is one document of the dossier.
type Document struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Pages int      `json:"pages"`
	Flags []string `json:"flags"`
	Error string   `json:"error,omitempty"`
}

// Entry is an assessment of the dossier, with the ruleset that it was made by.
type Entry struct {
	Ruleset string `json:"ruleset"`
	publish.Entry
}

// AddDocuments adds the documents of the dossier. Why one was not read is told in the first of the languages.
func (s *Dossier) AddDocuments(d *dossier.Dossier, languages ...string) {
	for i := range d.Documents {
		doc := &d.Documents[i]
		one := Document{Name: doc.Name, Type: doc.Type, Pages: len(doc.Pages), Flags: doc.Flags}
		if one.Flags == nil {
			one.Flags = []string{} // in JSON a list, not null
		}
		if doc.Error != "" {
			one.Error = rules.UnreadText(doc.Error, doc.Detail).In(languages...)
		}
		s.Documents = append(s.Documents, one)
	}
}

// AddDeliveries adds the deliveries of the dossier.
func (s *Dossier) AddDeliveries(ctx context.Context, w *workspace.Workspace, a *store.Accepted) error {
	all, err := w.Store.Dossiers.Deliveries(ctx, a.ID)
	if err != nil {
		return err
	}
	s.Deliveries = []Delivery{}
	return w.Review().View(ctx, func(st *review.State) error {
		for _, d := range all {
			s.Deliveries = append(s.Deliveries, Delivery{d.Version, At(w, d.At), d.Entry, d.Whole,
				review.CameLate(st, a.ID, d.At), d.Changes})
		}
		return nil
	})
}

// At returns a time in the time zone of the campaign, as RFC 3339.
func At(w *workspace.Workspace, t time.Time) string {
	return t.In(w.Campaign().Location).Format(time.RFC3339)
}
