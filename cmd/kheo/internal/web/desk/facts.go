package desk

import (
	"encoding/json"
	"errors"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// fact is a fact as the page of its dossier shows it.
type fact struct {
	pipeline.Stated
	Title, Shown string
	Plain        string // the value as a form takes it
	Why          string // the fact is uncertain; "" if it is not
	Decides      bool   // the outcome depends on which of its readings is right
	By, Said     string // who corrected it, and to what
	Rivals       []rival
	Choices      []choice
}

// rival is another value of a fact with its source.
type rival struct {
	Shown  string
	Source dossier.Source
}

// choice is a value that an uncertain fact may have: as the form sends it, as people read it, and what the
// dossier would get by it.
type choice struct{ JSON, Shown, Effect string }

// addFacts adds to the data of a dossier's page its pieces of evidence and its facts as they are now, the newest
// corrections included, and what people who may correct them can choose. e is the entry that the page shows.
func (s *Room) addFacts(
	q *page.Request, d *access.Seen, doc *dossier.Dossier, e *publish.Entry, data map[string]any,
) error {
	b, err := pipeline.BenchOf(q.Ctx(), s.site.W, doc)
	if errors.Is(err, pipeline.ErrUnassessed) || err == nil && b.Ruleset == nil {
		return nil
	}
	if err != nil {
		return err
	}
	defer b.Close()
	may, names := false, map[string]string{}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		may = st.MayCorrect(q.Person.ID, d.ID)
		for _, c := range b.Corrections {
			names[c.By] = s.site.Name(st, c.By)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := s.checking.AddPieces(q, b, e.Hidden, data); err != nil {
		return err
	}
	// The dossier is assessed again with the newest corrections, because the list that is in force was made without
	// those that came since.
	now := b.Now()
	facts := s.factsOf(q.Lang, b, now, names)
	if may {
		facts = s.withChoices(q.Lang, b, now, e, facts)
	}
	data["Facts"], data["MayCorrect"] = facts, may
	data["Sides"] = slices.DeleteFunc(slices.Clone(facts), func(f fact) bool { return len(f.Rivals) == 0 })
	data["FactsOpen"] = slices.ContainsFunc(facts, func(f fact) bool {
		return f.Why != "" || f.Correction != nil || len(f.Rivals) > 0
	})
	if now.Points != e.Points && len(b.Corrections) > 0 && !e.Hidden {
		data["Corrected"] = s.site.Texts.Say(q.Lang, "fact.not-listed", rules.Number(now.Points, q.Lang),
			rules.Number(now.Max, q.Lang), s.site.Texts.Say(q.Lang, "outcome."+string(now.Outcome)))
	}
	return nil
}

// factsOf prepares the facts of an assessment. names are those of the people who corrected facts.
func (s *Room) factsOf(lang string, b *pipeline.Bench, now *dossier.Assessment, names map[string]string) (out []fact) {
	for _, stated := range b.Stated(now) {
		f := s.shownFact(lang, b.Ruleset, &stated)
		f.By, f.Decides = names[f.By], slices.Contains(now.Deciding, f.Name)
		out = append(out, f)
	}
	return out
}

// withChoices adds to facts what a person who may correct them can choose: the readings of uncertain ones, and the
// facts that no paper states.
func (s *Room) withChoices(
	lang string, b *pipeline.Bench, now *dossier.Assessment, e *publish.Entry, facts []fact,
) []fact {
	readings := b.Readings(now)
	for i := range facts {
		f := &facts[i]
		for _, r := range readings[f.Name] {
			f.Choices = append(f.Choices, s.choiceOf(lang, b.Ruleset, f.Name, r, e))
		}
	}
	for _, name := range b.Ruleset.FactNames() {
		if !slices.ContainsFunc(facts, func(f fact) bool { return f.Name == name }) {
			// A fact that no paper states is offered too: a person may have found it in a paper.
			absent := pipeline.Stated{Fact: dossier.Fact{Name: name}}
			facts = append(facts, s.shownFact(lang, b.Ruleset, &absent))
		}
	}
	return facts
}

// shownFact prepares one fact for the page. By is still the id of the person.
func (s *Room) shownFact(lang string, rs *rules.Ruleset, st *pipeline.Stated) fact {
	say := func(v any) string { return rs.FactValue(st.Name, v).In(lang, "en") }
	f := fact{Stated: *st, Title: rs.FactTitle(st.Name).In(lang, "en", "vi"), Shown: say(st.Value),
		Plain: plain(st.Value)}
	if st.Value != nil { // with the entries of a list, and how it was computed or converted
		f.Shown = rs.ShowFact(&st.Fact, lang)
	}
	for _, r := range st.Rivals {
		f.Rivals = append(f.Rivals, rival{say(r.Value), r.Source})
	}
	switch {
	case st.Unsupported:
		f.Why = s.site.Texts.Say(lang, "fact.unsupported")
	case len(st.Readings) > 0:
		f.Why = st.Doubt.In(lang, "en")
	case st.State == dossier.Doubtful:
		f.Why = s.site.Texts.Say(lang, "fact.contradicted")
	}
	if c := st.Correction; c != nil {
		f.By, f.Said = c.By, say(c.Value)
	}
	return f
}

// choiceOf prepares one reading of an uncertain fact. What it would change is left out while that must not be
// known.
func (s *Room) choiceOf(
	lang string, rs *rules.Ruleset, name string, r pipeline.Reading, e *publish.Entry,
) choice {
	b, err := json.Marshal(r.Value)
	if err != nil { // values of facts are numbers, texts and bools
		b = []byte("null")
	}
	c := choice{JSON: string(b), Shown: rs.FactValue(name, r.Value).In(lang, "en")}
	if !e.Hidden {
		c.Effect = s.site.Texts.Say(lang, "fact.effect", rules.Number(r.Points, lang),
			s.site.Texts.Say(lang, "outcome."+string(r.Outcome)))
	}
	return c
}

// plain writes a value so that the form of a correction takes it: a number without grouping, a date as ISO.
func plain(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
