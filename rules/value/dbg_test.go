package value_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
)

func TestDbg(t *testing.T) {
	b, _ := os.ReadFile("/work/try/dbg.txt")
	for _, line := range strings.Split(string(b), "\n") {
		lang, s, ok := strings.Cut(line, "|")
		if !ok {
			continue
		}
		var p text.Page
		p.Read(&dossier.Page{Number: 1, Text: s, Language: lang})
		for i := range p.Words {
			if q, ok := number.At(&p, language.Get(lang), i, len(p.Words)); ok {
				fmt.Printf("%s\n   %d: %+v\n", s, i, q)
			}
		}
	}
}
