package likely

import (
	"slices"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
)

// Weights that were fitted and written are read again, and say more for a value with the sign that right ones have.
func TestWeightsAreFittedWrittenAndRead(t *testing.T) {
	t.Parallel()
	var all []Example
	for i := range 200 {
		e := Example{Kind: Number, Right: i%2 == 0, Weight: 1}
		e.Signs[Always] = 1
		e.Signs.Set(Alone, e.Right == (i%10 != 0)) // in 1 of 10 it misleads
		e.Signs.Set(Taken, i < leastOf-1)
		all = append(all, e)
	}
	m := Fit(all)
	m.Also, m.Ask = 0.5, map[Kind]float64{Number: 0.3}
	again, err := Read(m.Write([]string{"papers: 2"}))
	if err != nil {
		t.Fatal(err)
	}
	seen, none := Signs{}, Signs{}
	seen[Always], none[Always], seen[Alone] = 1, 1, 1
	w := again.Of[Number]
	if x, y := w.Chance(&seen), w.Chance(&none); x < 0.8 || y > 0.3 {
		t.Errorf("chances are %.2f with the sign and %.2f without", x, y)
	}
	if w[Taken] != 0 {
		t.Error("a sign that too few examples have got a weight")
	}
	if again.Also != 0.5 || again.Ask[Number] != 0.3 {
		t.Error("the bounds were lost")
	}
	if _, err := Read([]byte("kinds: { number: { moon: 1 } }")); err == nil {
		t.Error("a sign that is not known was accepted")
	}
}

// The weights of the program prefer a number with all of a label beside it to one with none, for every kind of number.
func TestTheWholeLabelSaysMoreThanNone(t *testing.T) {
	t.Parallel()
	for _, k := range []Kind{Number, Bare, Date} {
		whole, none := Signs{}, Signs{}
		whole[Always], none[Always] = 1, 1
		for _, s := range []Sign{InPart, InClause, InSentence, WithBefore, Best, First, Alone, Near, OnlyLeft} {
			whole[s] = 1
		}
		none[NoLabel], none[Rival], none[RivalTop], none[OtherTop] = 1, 1, 1, 1
		w := Fitted().Of[k]
		if x, y := w.Chance(&whole), w.Chance(&none); x < Fitted().Ask[k] || y >= Fitted().Ask[k] {
			t.Errorf("%s: the chance is %.2f with the label and %.2f without", k, x, y)
		}
	}
}

// Words of a label are found in their forms, and its share beside a value leaves out the value's own words.
func TestSharesOfLabels(t *testing.T) {
	t.Parallel()
	en := language.Get("en")
	label := phrase.New("gifts received")
	label.Lang = en
	x := NewLexicon([]Labels{{All: []phrase.Phrase{label}, IsUnit: func(phrase.Phrase, string) bool { return false }}})
	var p text.Page
	p.Read(&dossier.Page{Text: "We received a gift of 900 euros."})
	f := x.On(&p)[0]
	at := slices.IndexFunc(p.Words, func(w text.Word) bool { return w.Text == "900" })
	value, all := Span{at, at + 2}, Span{0, len(p.Words)}
	if s := f.Share(value, all); s < 0.99 {
		t.Errorf("the share of the label is %.2f", s)
	}
	if s := f.Share(value, Span{at, len(p.Words)}); s != 0 {
		t.Errorf("behind the value its share is %.2f", s)
	}
	if before, behind := f.Nearest(value, all); before != 2 || behind != Far {
		t.Errorf("the nearest words are %d before and %d behind", before, behind)
	}
}
