package rules

import (
	"fmt"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// answerOfClue says what becomes of a text of the year 2025 that one clue, as rulesets write it, looks for. The unit is
// the one of clueOf for the language.
func answerOfClue(t *testing.T, lang, clue, text string) answer {
	t.Helper()
	src := fmt.Sprintf("ruleset: r\nversion: 1\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: 10\ncriteria:\n"+
		"  - { id: c, title: { en: C }, max: 10, evidenced: { %s, points: 10 } }\nbands: { recommended: total >= 10 }\n", clue)
	env := &Env{Campaign: "c", Languages: []string{"vi", "nb", "en"}, Opens: "2025-01-01", Closes: "2025-12-31",
		Kinds: []Named{{ID: "model"}}, Units: []Unit{{ID: "vi", Name: "Xã Tân Lập"}, {ID: "nb", Name: "Elvdal kommune"}, {ID: "en", Name: "Marsh Lane Trust"}}}
	rs, err := Load("r.yaml", []byte(src), env, nil)
	if err != nil {
		t.Fatal(err)
	}
	text = norm.NFC.String(text)
	page := dossier.Page{Number: 1, Text: text, Quality: 1, Language: language.Detect(text)}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "d.txt", Type: "text/plain", Pages: []dossier.Page{page}}}}
	r := Read(d)
	defer r.Close()
	return answerOf(rs.Assess(r, Given{Identity: dossier.Identity{Kind: "model", Unit: lang}}).Criteria[0])
}

// What something was done to may be written in any form of its noun, and words of a list without a language are found in
// the forms that the language of the page has.
func TestWordsOfCluesAreFoundInTheFormsOfThePagesLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, lang, clue, text string
		want                   answer
	}{
		{"a plural with a number", "en", "any: [ran], of: [lesson]", "In May 2025 we ran 14 lessons for beginners.", counts},
		{"a plural that changes", "en", "any: [repaired], of: [shelf]", "We repaired eleven old shelves in June 2025.", counts},
		{"a plural of its own", "en", "any: [taught], of: [child]", "In 2025 our coaches taught 30 children to row.", counts},
		{"a plural, the list has its language", "en", "any: { en: [opened] }, of: { en: [club] }", "We opened two clubs in June 2025.", counts},
		{"another thing", "en", "any: [opened], of: [club]", "We opened two accounts in June 2025.", countsNot},
		{"definite", "nb", "any: [signert], of: [kontrakt]", "Kontrakten med Lund Bygg ble signert 3. mai 2025.", counts},
		{"definite plural", "nb", "any: [startet], of: [gruppe]", "De tre gruppene ble startet 3. mai 2025.", counts},
		{"a plural of its own", "nb", "any: [delt ut], of: [bok]", "Vi har delt ut 90 bøker i mai 2025.", counts},
		{"a doubled letter", "nb", "any: [ferdigstilt], of: [rom]", "De to rommene ble ferdigstilt 3. mai 2025.", counts},
		{"a compound in the plural", "nb", "any: [startet], of: [gruppe]", "Tre turgrupper ble startet 3. mai 2025.", counts},
		{"a compound that changes", "nb", "any: [kjøpt inn], of: [sykkel]", "Fire lastesykler ble kjøpt inn 3. mai 2025.", counts},
		{"a form that is another word", "nb", "any: [startet], of: [lag]", "Arbeidet med å ha lagt kabler startet 3. mai 2025.", countsNot},
		{"the owner, and not the thing", "nb", "any: [startet], of: [klubb]", "Klubbens nye nettside ble startet 3. mai 2025.", uncertain},
		{"another thing", "nb", "any: [startet], of: [gruppe]", "Vi startet en konto 3. mai 2025.", countsNot},
		{"a short word that another ends in by chance", "nb", "any: [delt ut], of: [tre]", "Heftet som skal oppmuntre naboer, ble delt ut 3. mai 2025.", countsNot},
		{"the clue's own word is no object", "nb", "any: [bygget], of: [bygg]", "Vi fikk bygget en flåte 3. mai 2025.", countsNot},
		{"the object of another deed", "nb", "any: [startet], of: [klubb]", "Ryddet skapet til klubbene og startet med loftet 3. mai 2025.", uncertain},
		{"a plural that is part of another noun", "en", "any: [helped], of: [members]", "The member discount helped in May 2025, we think.", uncertain},
		{"a word alone, definite", "nb", "any: [strandrydding], with: number", "Strandryddingen i mai 2025 samlet 40 naboer.", counts},
		{"a word alone, plural", "en", "any: [workbench], with: number", "In May 2025 we built six workbenches.", counts},
		{"words with others between", "en", "any: [planted hedges]", "In May 2025 we planted 60 new hedges.", counts},
		{"on a page of another language", "nb", "any: [workbench], with: number", "I mai 2025 kjøpte vi 6 workbenches til verkstedet.", countsNot},
		{"a word list near it", "en", "any: [planted], near: [orchard], within: 8 words", "In May 2025 we planted 60 trees in the two orchards.", counts},
		{"what does not count, in another form", "en", "any: [garden], except: [garden party], with: number", "In May 2025 we held 3 garden parties for 60 guests.", countsNot},
		{"Vietnamese words have no endings", "vi", "any: [khánh thành], of: [nhà văn hóa]", "Ngày 4/5/2025, xã đã khánh thành 2 nhà văn hóa thôn.", counts},
	} {
		t.Run(c.lang+" "+c.name, func(t *testing.T) {
			t.Parallel()
			if got := answerOfClue(t, c.lang, c.clue, c.text); got != c.want {
				t.Errorf("%s: %q %s, not %s", c.clue, c.text, got, c.want)
			}
		})
	}
}
