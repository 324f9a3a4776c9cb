// Package texts is the catalogue of all texts that kheo shows to people, in every language that it has: one YAML file
// for each language, in sections. A translator edits these files and never opens Go.
//
// The command line is in English and not part of the catalogue.
package texts

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"kheo/internal/dossier"
)

// Languages are those that the catalogue has, by their ISO 639-1 codes.
var Languages = []string{"vi", "nb", "en"}

//go:embed vi.yaml nb.yaml en.yaml help.vi.yaml help.nb.yaml
var files embed.FS

// catalogue parses the files when the first text is asked for, and not when the program starts: reading processes
// are started often and say nothing.
var catalogue = sync.OnceValue(func() map[string]map[string]dossier.Text {
	all, err := load()
	if err != nil {
		panic(err) // the files are part of the program, and a test loads them
	}
	return all
})

// load returns section -> key -> language -> text.
func load() (map[string]map[string]dossier.Text, error) {
	all := map[string]map[string]dossier.Text{}
	for _, lang := range Languages {
		b, err := files.ReadFile(lang + ".yaml")
		if err != nil {
			return nil, err
		}
		sections, ok := plain(string(b))
		if !ok {
			if err := yaml.Unmarshal(b, &sections); err != nil {
				return nil, fmt.Errorf("internal/texts/%s.yaml: %w", lang, err)
			}
		}
		for section, list := range sections {
			if all[section] == nil {
				all[section] = map[string]dossier.Text{}
			}
			for key, text := range list {
				if all[section][key] == nil {
					all[section][key] = dossier.Text{}
				}
				all[section][key][lang] = text
			}
		}
	}
	return all, nil
}

// Hash is a hash of the whole catalogue: what was made with its words is made again when it is another.
var Hash = sync.OnceValue(func() string {
	var all []string
	for _, lang := range Languages {
		b, _ := files.ReadFile(lang + ".yaml") // the files are part of the program
		all = append(all, dossier.SHA256(b))
	}
	return dossier.HashOf(all)
})

// Section is a part of the catalogue, by its name in the files.
type Section string

// Lookup returns the text of a key in every language; false if the section has no such key. The caller must not
// change the text.
func (s Section) Lookup(key string) (dossier.Text, bool) {
	t, ok := catalogue()[string(s)][key]
	return t, ok
}

// Text returns the text of a key in every language, and panics if there is none: the keys are written in the program.
func (s Section) Text(key string) dossier.Text {
	t, ok := s.Lookup(key)
	if !ok {
		panic(fmt.Sprintf("internal/texts: section %s has no text %q", s, key))
	}
	return t
}

// In returns the text of a key in one language, or in English if the language is not one of Languages.
func (s Section) In(lang, key string) string { return s.Text(key).In(lang, "en") }

// Format returns the text of a key in every language, with the same values filled in as by fmt.Sprintf.
func (s Section) Format(key string, args ...any) dossier.Text {
	out := dossier.Text{}
	for lang, t := range s.Text(key) {
		out[lang] = fmt.Sprintf(Plural(lang, t, args), args...)
	}
	return out
}

// Keys returns the keys of a section, in no order.
func (s Section) Keys() []string {
	var out []string
	for key := range catalogue()[string(s)] {
		out = append(out, key)
	}
	return out
}

const dates Section = "dates"

// Letter writes a date as letters do: 5. mars 2024.
func Letter(lang string, t time.Time) string { return dayAs("letter", lang, t) }

// Day writes a date as pages do: 5.3.2024.
func Day(lang string, t time.Time) string { return dayAs("day", lang, t) }

// dayAs formats a date by a key of the section dates.
func dayAs(key, lang string, t time.Time) string {
	return fmt.Sprintf(dates.In(lang, key), t.Day(), int(t.Month()), t.Year(), monthName(lang, t.Month()))
}

// Quoted puts a text in the quotation marks of a language.
func Quoted(lang, s string) string {
	if lang == "nb" {
		return "«" + s + "»"
	}
	return "“" + s + "”"
}

// Month writes a month of a year: mars 2024.
func Month(lang string, t time.Time) string {
	return fmt.Sprintf(dates.In(lang, "month"), t.Year(), monthName(lang, t.Month()))
}

// monthName is the name of a month, or its number if the language writes months as numbers.
func monthName(lang string, m time.Month) string {
	if names := strings.Fields(dates.In(lang, "months")); len(names) == 12 {
		return names[m-1]
	}
	return strconv.Itoa(int(m))
}
