package review

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
)

// ScorerName writes a name as events and panel_scores keep it: composed, with single spaces. Rows and events
// of earlier versions are compared in this form, so it does not change; sameName compares scorers.
func ScorerName(name string) string {
	return strings.Join(strings.Fields(norm.NFC.String(strings.TrimPrefix(strings.TrimSpace(name), external))), " ")
}

// visibleName returns a name without invisible characters and with single spaces, and whether it is marked as that
// of an external scorer, in any case and any number of times.
func visibleName(name string) (visible string, marked bool) {
	visible = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case invisible(r):
			return -1
		}
		return r
	}, name)
	visible = strings.Join(strings.Fields(norm.NFC.String(visible)), " ")
	for {
		before, rest, ok := strings.Cut(norm.NFKC.String(visible), ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(before)+":", external) {
			return visible, marked
		}
		visible, marked = strings.TrimSpace(norm.NFC.String(rest)), true
	}
}

// invisible reports whether a character is not visible: a control character, one without width, a filler, or a
// variation selector.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point)
}

// lookalikes maps small Cyrillic and Greek letters to the Latin letters that they, or their capitals, resemble.
var lookalikes = strings.NewReplacer("а", "a", "в", "b", "е", "e", "һ", "h", "і", "i", "ј", "j", "к", "k", "м", "m",
	"н", "h", "о", "o", "р", "p", "с", "c", "ѕ", "s", "т", "t", "у", "y", "х", "x", "ԛ", "q", "ԝ", "w", "ı", "i",
	"α", "a", "β", "b", "ε", "e", "η", "h", "ι", "i", "κ", "k", "μ", "m", "ν", "n", "ο", "o", "ρ", "p", "τ", "t",
	"υ", "y", "χ", "x", "ζ", "z")

// sameName returns the normal form in which names and ids of scorers are compared: without invisible characters,
// case, diacritics and punctuation. Two spellings with one form are one scorer.
func sameName(name string) string {
	visible, _ := visibleName(name)
	if form := lookalikes.Replace(language.Fold(norm.NFKC.String(visible))); form != "" {
		return form
	}
	return visible // of no letters and digits
}

// knownAs records that a person is, or was, called by a name or id.
func (u update) knownAs(name, person string) {
	s := u.state
	form := sameName(name)
	if form != "" && !slices.Contains(s.scorers.names[form], person) {
		people := append(slices.Clone(s.scorers.names[form]), person)
		slices.Sort(people)
		put(s, s.scorers.names, form, people)
	}
}

// Called returns the people whose id, or a name that they have or had, has the same normal form as a name, in
// order.
func (b *scorers) Called(name string) []string { return slices.Clone(b.names[sameName(name)]) }

// Scorer resolves who a named scorer is: by sign-in name, by a name that exactly one person has or had, or as an
// external scorer. It refuses a name that several people have, and a name marked as external that is a person's.
func (s *State) Scorer(by string) (person, name string, err error) {
	name, marked := visibleName(by)
	if name == "" || len([]rune(name)) > maxName {
		return "", "", refuse("scorer", "name whose score it is, in 1 to %d characters", maxName)
	}
	if marked {
		return "", name, s.scorers.checkExternal(name)
	}
	if s.People[name] != nil && name != System {
		return name, "", nil
	}
	switch fits := s.Called(name); len(fits) {
	case 0:
		return "", name, nil
	case 1:
		return fits[0], "", nil
	default:
		return "", "", refuse("scorer", "%q fits %d people; name one by sign-in name: %s", name, len(fits),
			strings.Join(fits, ", "))
	}
}

// checkExternal refuses an external scorer with the name or id of a person, unless it was settled that the scores
// under it are not that person's.
func (b *scorers) checkExternal(name string) error {
	fits := b.Called(name)
	if who, ok := b.settledAs(ScorerName(name), fits); len(fits) == 0 || ok && who == "" {
		return nil
	}
	if len(fits) == 1 {
		return refuse("scorer", "%q is the name of %s; write --by %s", name, fits[0], fits[0])
	}
	return refuse("scorer", "%q fits %d people; name one by sign-in name: %s", name, len(fits),
		strings.Join(fits, ", "))
}

// settledAs returns the person to whom the scores under a name were settled, under this spelling or another of the
// same form; "" is an external scorer.
func (b *scorers) settledAs(name string, fits []string) (person string, ok bool) {
	for _, person := range []*string{lookUp(b.settled, name), lookUp(b.settledForms, sameName(name))} {
		if person != nil && (*person == "" || slices.Contains(fits, *person)) {
			return *person, true
		}
	}
	return "", false
}

// lookUp returns the value of a key, or nil if the map does not contain it.
func lookUp(m map[string]string, key string) *string {
	if v, ok := m[key]; ok {
		return &v
	}
	return nil
}
