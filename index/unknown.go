package index

import (
	"slices"
	"strings"

	"kheo/internal/strict"
	"kheo/internal/text/query"
)

// Unknown is a value, or a fact, that a query asks for and no dossier has that the searcher may find.
type Unknown struct {
	Field   string `json:"field"`
	Value   string `json:"value"`
	Column  int    `json:"column"`            // in the query, from 1
	Nearest string `json:"nearest,omitempty"` // that dossiers have; "" if none is near
}

// maxNearest is the distance, in letters, up to which a value is the nearest one to what was typed.
const maxNearest = 3

// unknown returns what a query asks for by field that no dossier has, and the nearest that some have.
func (f *finding) unknown(n query.Node) (out []Unknown, err error) {
	for _, x := range fieldsOf(n) {
		var known []string
		value := x.Value
		switch {
		case slices.Contains(keywords, x.Name):
			if known, err = f.values(x.Name); err != nil {
				return nil, err
			}
		case strings.HasPrefix(x.Name, "fact."):
			known, value = f.facts(), x.Name
		default:
			continue
		}
		if slices.Contains(known, value) {
			continue
		}
		u := Unknown{Field: x.Name, Value: x.Value, Column: x.Column}
		if u.Nearest = strict.Nearest(value, known); u.Nearest == "" {
			u.Nearest = begun(value, known)
		}
		out = append(out, u)
	}
	return out, nil
}

// begun returns the first of the known values that begins with what was typed, or contains it.
func begun(value string, known []string) string {
	value = strings.ToLower(value)
	for _, k := range known {
		if len(value) >= maxNearest && strings.HasPrefix(strings.ToLower(k), value) {
			return k
		}
	}
	for _, k := range known {
		if len(value) >= maxNearest && strings.Contains(strings.ToLower(k), value) {
			return k
		}
	}
	return ""
}

// values returns the values of a field that dossiers have which may be found, sorted.
func (f *finding) values(name string) (out []string, err error) {
	for i, s := range f.v.segs {
		values, err := s.valuesOf(name)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			docs := v.docs
			if f.judged(name, v.value) {
				docs = f.known(i, docs)
			}
			if docs.Intersects(f.may[i]) {
				out = append(out, v.value)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// facts returns the names of the numeric facts, as fact.NAME, sorted.
func (f *finding) facts() (out []string) {
	for _, s := range f.v.segs {
		for _, name := range s.snap.Segment().Fields() {
			if strings.HasPrefix(name, "fact.") {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fieldsOf returns the fields that a query names.
func fieldsOf(n query.Node) (out []query.Field) {
	switch x := n.(type) {
	case query.Field:
		return []query.Field{x}
	case query.And:
		for _, part := range x {
			out = append(out, fieldsOf(part)...)
		}
	case query.Or:
		return fieldsOf(query.And(x))
	case query.Not:
		return fieldsOf(x.Node)
	case query.Near:
		return append(fieldsOf(x.A), fieldsOf(x.B)...)
	}
	return out
}
