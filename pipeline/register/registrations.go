package register

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kheo/internal/text/language"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Registration is a line of a list of registrations.
type Registration struct {
	Line                             int // of the file, from 1
	Title, Unit, Level, Field, Place string
	On                               string // ISO date
	Model                            string // the id that it gets
	Known                            bool   // it is in the register already
	Mistake                          string // why it cannot be taken
}

// Bounds of a list of registrations.
const (
	mostRegistrations = 20_000
	mostRegistration  = 8 << 20 // bytes
)

// registrationColumns are what columns may be called, without diacritics.
var registrationColumns = map[string][]string{
	"title": {"title", "ten mo hinh", "ten", "navn", "name", "model"},
	"unit":  {"unit", "don vi", "enhet"},
	"level": {"level", "cap", "niva"},
	"field": {"field", "linh vuc", "omrade"},
	"place": {"place", "dia chi", "noi thuc hien", "address", "adresse", "sted"},
	"on":    {"registered on", "registered_on", "ngay dang ky", "registrert", "date"},
}

// Read reads a list of registrations: parted by commas, semicolons or tabs, its first
// line naming the columns. Mistakes stand in their lines; the error is for what is no list.
func Read(ctx context.Context, w *workspace.Workspace, r io.Reader) ([]Registration, error) {
	b, err := io.ReadAll(io.LimitReader(r, mostRegistration+1))
	if err != nil {
		return nil, err
	}
	if len(b) > mostRegistration {
		return nil, fmt.Errorf("the list has more than %d MB", mostRegistration>>20)
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	first, _, _ := strings.Cut(text, "\n")
	cr := csv.NewReader(strings.NewReader(text))
	cr.FieldsPerRecord = -1
	for _, r := range ";\t" {
		if strings.Count(first, string(r)) > strings.Count(first, string(cr.Comma)) {
			cr.Comma = r
		}
	}
	rows, err := cr.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the list cannot be read as comma-separated values: %w", err)
	}
	if len(rows) == 0 {
		return nil, errors.New("the list is empty")
	}
	if len(rows) > mostRegistrations {
		return nil, fmt.Errorf("the list has %d lines; at most %d are taken at once", len(rows), mostRegistrations)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		for key, names := range registrationColumns {
			if slices.Contains(names, strings.TrimSpace(language.Fold(name))) {
				column[key] = i
			}
		}
	}
	for _, need := range []string{"title", "unit", "on"} {
		if _, ok := column[need]; !ok {
			return nil, fmt.Errorf("the first line names no column %q; write: title, unit, registered_on, and, where you like, level, field, place", map[string]string{"title": "title", "unit": "unit", "on": "registered_on"}[need])
		}
	}
	known := map[string]bool{}
	if err := w.Review().View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			known[id] = s.Model(id).Registered != ""
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var out []Registration
	for i, row := range rows[1:] {
		get := func(key string) string {
			if c, ok := column[key]; ok && c < len(row) {
				return strings.TrimSpace(row[c])
			}
			return ""
		}
		x := Registration{Line: i + 2, Title: get("title"), Place: get("place")}
		understand(w, &x, get)
		if x.Mistake == "" {
			x.Model = ModelID(x.Unit, x.Title)
			x.Known = known[x.Model]
			known[x.Model] = true
		}
		out = append(out, x)
	}
	return out, nil
}

// understand reads the values of a line as the campaign calls them.
func understand(w *workspace.Workspace, x *Registration, get func(string) string) {
	env := w.Campaign().Env
	if x.Title == "" {
		x.Mistake = "there is no title"
		return
	}
	for _, u := range env.Units {
		if u.ID == get("unit") || language.Fold(u.Name) == language.Fold(get("unit")) {
			x.Unit = u.ID
		}
	}
	if x.Unit == "" {
		x.Mistake = fmt.Sprintf("there is no unit %q", get("unit"))
		return
	}
	for _, n := range []struct {
		key  string
		list []rules.Named
		into *string
	}{{"level", env.Levels, &x.Level}, {"field", env.Fields, &x.Field}} {
		v := get(n.key)
		if v == "" {
			continue
		}
		for _, c := range n.list {
			if c.ID == v {
				*n.into = c.ID
			}
			for _, t := range c.Title {
				if language.Fold(t) == language.Fold(v) {
					*n.into = c.ID
				}
			}
		}
		if *n.into == "" {
			x.Mistake = fmt.Sprintf("there is no %s %q", n.key, v)
			return
		}
	}
	for _, layout := range []string{time.DateOnly, "2/1/2006", "2.1.2006"} {
		if t, err := time.Parse(layout, get("on")); err == nil {
			x.On = t.Format(time.DateOnly)
		}
	}
	if x.On == "" {
		x.Mistake = fmt.Sprintf("%q is no date; write it as 2024-03-31 or 31/3/2024", get("on"))
	}
}

// Enter puts registrations into the register: those without a mistake that it does not have.
func Enter(ctx context.Context, w *workspace.Workspace, person string, list []Registration) (int, error) {
	var events []review.Event
	for _, x := range list {
		if x.Mistake == "" && !x.Known {
			events = append(events, review.Event{Person: person, Action: review.Registered, Dossier: x.Model, Data: review.Data{Name: x.Title, Unit: x.Unit, Level: x.Level, Field: x.Field, Place: x.Place, On: x.On}})
		}
	}
	if len(events) == 0 {
		return 0, nil
	}
	return len(events), w.Review().Do(ctx, review.Subject{}, events...)
}
