package campaign

import (
	"fmt"
	"slices"

	"kheo/internal/strict"
	"kheo/rules"
)

// Register says which dossiers are models, and how often recognised models are inspected.
type Register struct {
	Kinds        []string // the kinds of dossiers that are models
	Form         string   // the name, in rulesets, of the document that registers a model
	InspectAfter int      // months from recognition to the first inspection, 1 to 120
	InspectEvery int      // months from one inspection to the next, 1 to 120
}

// register reads how the register of models is kept. Without register:, the kind model is registered with the
// document form, and inspected after 6 months and then every 12.
func (c *Campaign) register(n *strict.Node) {
	c.Register = Register{Form: "form", InspectAfter: 6, InspectEvery: 12}
	for _, k := range c.Env.Kinds {
		if k.ID == "model" {
			c.Register.Kinds = []string{k.ID}
		}
	}
	if n == nil {
		return
	}
	m := registerGrammar.Read(n)
	if k := m.Get("kinds"); k != nil {
		c.Register.Kinds = k.Strings("kinds")
		for _, id := range c.Register.Kinds {
			if !slices.ContainsFunc(c.Env.Kinds, func(x rules.Named) bool { return x.ID == id }) {
				k.Fail(fmt.Sprintf("register: there is no kind %q", id), "name one of kinds:")
			}
		}
	}
	if f := m.Get("form"); f != nil {
		c.Register.Form = f.String("form")
	}
	for _, x := range []struct {
		key  string
		into *int
	}{{"inspect_after", &c.Register.InspectAfter}, {"inspect_every", &c.Register.InspectEvery}} {
		v := m.Get(x.key)
		if v == nil {
			continue
		}
		if months, ok := v.Scalar(x.key).(float64); ok && months >= 1 && months <= 120 &&
			months == float64(int(months)) {
			*x.into = int(months)
		} else {
			v.Fail(x.key+" is not a number of months", "write a whole number from 1 to 120")
		}
	}
}
