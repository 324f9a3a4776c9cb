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

// Registration is one line of a list of registrations.
type Registration struct {
	Line                             int // in the file, from 1
	Title, Unit, Level, Field, Place string
	On                               string // ISO date
	Model                            string // the id that it gets
	Known                            bool   // it is in the register already
	Mistake                          string // why it cannot be entered; "" if it can
}

// Bounds of a list of registrations.
const (
	maxRegistrations     = 20_000  // lines
	maxRegistrationsSize = 8 << 20 // bytes
)

// registrationColumns are the accepted names of columns, folded.
var registrationColumns = map[string][]string{
	"title": {"title", "ten mo hinh", "ten", "navn", "name", "model"},
	"unit":  {"unit", "don vi", "enhet"},
	"level": {"level", "cap", "niva"},
	"field": {"field", "linh vuc", "omrade"},
	"place": {"place", "dia chi", "noi thuc hien", "address", "adresse", "sted"},
	"on":    {"registered on", "registered_on", "ngay dang ky", "registrert", "date"},
}

// Read reads a list of registrations: CSV with commas, semicolons or tabs, whose first line names the
// columns. Mistakes are recorded in their lines; an error means that the file is not a list at all.
// Nothing is entered yet: a person sees the lines first.
func Read(ctx context.Context, w *workspace.Workspace, r io.Reader) ([]Registration, error) {
	rows, err := readRows(r)
	if err != nil {
		return nil, err
	}
	column, err := columnsOf(rows[0])
	if err != nil {
		return nil, err
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
		x.parse(w.Campaign().Env, get)
		if x.Mistake == "" {
			x.Model = ModelID(x.Unit, x.Title)
			x.Known = known[x.Model]
			known[x.Model] = true // a second line with the same model is known too
		}
		out = append(out, x)
	}
	return out, nil
}

// readRows reads the rows of a CSV file within the bounds. It returns at least one row.
func readRows(r io.Reader) ([][]string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxRegistrationsSize+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxRegistrationsSize {
		return nil, fmt.Errorf("the list has more than %d MB", maxRegistrationsSize>>20)
	}
	text := strings.TrimPrefix(string(b), "\ufeff") // the byte order mark that Excel writes
	first, _, _ := strings.Cut(text, "\n")
	cr := csv.NewReader(strings.NewReader(text))
	cr.FieldsPerRecord = -1 // short lines have empty columns at their end
	// The separator is the one that is most frequent in the first line; a tie goes to the comma.
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
	if len(rows) > maxRegistrations {
		return nil, fmt.Errorf("the list has %d lines; at most %d can be entered at once",
			len(rows), maxRegistrations)
	}
	return rows, nil
}

// columnsOf returns the position of each known column in the first line of a list. Unknown columns are ignored.
// Names are compared folded, so case and diacritics do not matter.
func columnsOf(first []string) (map[string]int, error) {
	column := map[string]int{}
	for i, name := range first {
		for key, names := range registrationColumns {
			if slices.Contains(names, strings.TrimSpace(language.Fold(name))) {
				column[key] = i
			}
		}
	}
	for _, need := range []struct{ key, name string }{{"title", "title"}, {"unit", "unit"}, {"on", "registered_on"}} {
		if _, ok := column[need.key]; !ok {
			return nil, fmt.Errorf("the first line names no column %q; "+
				"write: title, unit, registered_on, and optionally level, field, place", need.name)
		}
	}
	return column, nil
}

// parse sets the unit, level, field and date from the columns of a line, by the ids or titles that the
// campaign has for them, or else sets the mistake.
func (x *Registration) parse(env *rules.Env, get func(string) string) {
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
		if *n.into = idOf(n.list, v); *n.into == "" {
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
		x.Mistake = fmt.Sprintf("%q is not a valid date; write it as 2024-03-31 or 31/3/2024", get("on"))
	}
}

// idOf returns the id of a level or field by its id or one of its titles; "" if there is none. If several fit,
// it is the last of the list.
func idOf(list []rules.Named, v string) (id string) {
	for _, c := range list {
		if c.ID == v {
			id = c.ID
		}
		for _, t := range c.Title {
			if language.Fold(t) == language.Fold(v) {
				id = c.ID
			}
		}
	}
	return id
}

// Enter adds registrations to the register, as events of a person: those without a mistake that it does not
// have yet. It returns how many. They are recorded in one transaction, all or none.
func Enter(ctx context.Context, w *workspace.Workspace, person string, list []Registration) (int, error) {
	var events []review.Event
	for _, x := range list {
		if x.Mistake == "" && !x.Known {
			events = append(events, review.Event{Person: person, Action: review.Registered, Dossier: x.Model,
				Data: review.Data{Name: x.Title, Unit: x.Unit, Level: x.Level, Field: x.Field,
					Place: x.Place, On: x.On}})
		}
	}
	if len(events) == 0 {
		return 0, nil
	}
	return len(events), w.Review().Do(ctx, review.Subject{}, events...)
}
