package texts

import (
	"fmt"
	"maps"
	"sync"

	"go.yaml.in/yaml/v3"
)

// The tables of the keys of rulesets and of kheo.yaml explain each key in English. The translations are under the
// English sentence, so that a sentence that changes loses them and a test says so.
var helped = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages {
		b, err := files.ReadFile("help." + lang + ".yaml")
		if err != nil {
			continue // English is what is translated
		}
		var list map[string]string
		if err := yaml.Unmarshal(b, &list); err != nil {
			panic(fmt.Sprintf("internal/texts/help.%s.yaml: %v", lang, err)) // part of the program, and a test loads it
		}
		all[lang] = list
	}
	return all
})

// Help returns what explains a key in a language: the translation of the sentence that the table of keys has, or that
// sentence itself in English and if no translation is there.
func Help(lang, sentence string) string {
	if t := helped()[lang][sentence]; t != "" {
		return t
	}
	return sentence
}

// HelpIn returns the translations into a language, by the sentences that they translate; nil for English.
func HelpIn(lang string) map[string]string { return maps.Clone(helped()[lang]) }
