package intake

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/strict"
	"kheo/rules"
)

// maxManifest is the maximum size of a manifest, in bytes.
const maxManifest = 64 << 10

// ParseManifest reads dossier.yaml against the campaign's kinds, units, levels and fields; rules.Env.Unknown
// returns which of those that it names the campaign does not have. replaces reports whether it says that this
// delivery replaces everything received before; that belongs to the delivery, not to the dossier. With
// problems the manifest is empty.
func ParseManifest(src []byte, env *rules.Env) (m dossier.Manifest, replaces bool, problems strict.Problems) {
	if len(src) > maxManifest {
		return m, false, strict.Problems{{File: dossier.ManifestName, Line: 1, Col: 1,
			Message: "the manifest is larger than 64 KB", Cure: "keep the facts, and put texts into documents"}}
	}
	doc, root := strict.Parse(dossier.ManifestName, src)
	if root == nil {
		return m, false, doc.Problems
	}
	// Unknown keys are mistakes: a misspelt key would otherwise silently state nothing.
	k := root.Map("the manifest", "kind", "title", "unit", "level", "field", "registered_on", "nominee",
		"facts", "replaces")
	m.Title, m.Nominee = short(k, "title"), short(k, "nominee")
	m.Kind, m.Unit = named(k, "kind", env), named(k, "unit", env)
	m.Level, m.Field = named(k, "level", env), named(k, "field", env)
	if n := k.Get("registered_on"); n != nil {
		m.RegisteredOn = n.String("registered_on")
		if !isodate.Valid(m.RegisteredOn, false) {
			n.Fail(fmt.Sprintf("registered_on %q is not a valid date", m.RegisteredOn),
				"write year-month-day, as in 2024-02-14")
		}
	}
	if n := k.Get("replaces"); n != nil {
		replaces = n.Bool("replaces")
	}
	if n := k.Get("facts"); n != nil {
		f := n.Map("facts")
		m.Facts = map[string]any{}
		for _, name := range f.Keys {
			if v := f.Get(name); v != nil {
				m.Facts[name] = v.Scalar("the fact " + name)
			}
		}
	}
	if len(doc.Problems) > 0 {
		doc.Problems.Sort()
		return dossier.Manifest{}, false, doc.Problems
	}
	// Facts of a manifest are cited with their line, so its text is kept.
	m.Source = norm.NFC.String(strings.ToValidUTF8(string(src), "\ufffd"))
	return m, replaces, nil
}

// short returns a line of at most 400 characters.
func short(k *strict.Map, key string) string {
	n := k.Get(key)
	if n == nil {
		return ""
	}
	s := strings.Join(strings.Fields(n.String(key)), " ")
	if len([]rune(s)) > 400 {
		n.Fail(key+" is longer than 400 characters", "shorten it")
	}
	return s
}

// named returns the id of the kind, unit, level or field that a manifest names. One that the campaign does
// not have is kept as it is written: the dossier is flagged for it, and the rest of the manifest holds.
func named(k *strict.Map, key string, env *rules.Env) string { return env.IDOf(key, short(k, key)) }
