package difference

import (
	"testing"

	"kheo/rules"
)

// Every key of rulesets has a name in every language, for differences and workbooks.
func TestEveryKeyHasAName(t *testing.T) {
	for _, g := range rules.Grammar().Groups() {
		for _, k := range g.Keys {
			if _, ok := keys.Lookup(k.Name); !ok {
				t.Errorf("internal/texts has no name of the key %q (of %s) in its section keys", k.Name, g.Name)
			}
		}
	}
}
