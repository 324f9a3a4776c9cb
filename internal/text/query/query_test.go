package query

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"kheo/internal/text"
)

// page cuts a text into terms, and into sentences at each full stop.
func page(s string) []text.Term {
	terms := text.Terms(s)
	rs := []rune(s)
	sentence, seen := 0, 0
	for i := range terms {
		for ; seen < terms[i].Start; seen++ {
			if rs[seen] == '.' {
				sentence++
			}
		}
		terms[i].Sentence = sentence
	}
	return terms
}

func TestQueriesFindWhatTheyAskFor(t *testing.T) {
	pages := [][]text.Term{page("Thôn đã nhân rộng mô hình. Cả xã làm theo, trừ thôn Hai."), page("Nhan rong ra ba xa")}
	for q, want := range map[string]bool{
		"nhân": true, "nhan": true, "=nhân": true, "=nhan": true, "=rộng": true, "=rọng": false,
		`"nhân rộng"`: true, `"rộng nhân"`: false, `="nhan rong"`: true, `"rộng Cả"`: false, `"hình cả"`: true,
		"nhân -camera": true, "nhân -rộng": false, "camera OR xã": true, "camera xã": false, "(camera OR xã) nhân": true,
		"nhân* hìn*": true, `"nhân rộ*"`: true, "NOT camera": true,
		"đã NEAR/0 nhân": true, "đã NEAR/1 rộng": true, "đã NEAR/0 rộng": false, "rộng NEAR/1 đã": true, "đã NEAR Hai": true, "đã NEAR/3 Hai": false,
		"nhân SENTENCE hình": true, "nhân SENTENCE theo": false, "nhân PAGE theo": true, "mô PAGE ba": false,
		"thôn NEAR/9 thôn": false, "thôn PAGE thôn": true, "đã NEAR/2 (rộng OR camera) NEAR/2 hình": true,
	} {
		n, err := Parse(q, nil)
		if err != nil {
			t.Errorf("%q: %v", q, err)
			continue
		}
		if got, _ := Match(n, pages, nil); got != want {
			t.Errorf("%q (%s): %v", q, n, got)
		}
		if again, err := Parse(n.String(), nil); err != nil || !reflect.DeepEqual(again, n) {
			t.Errorf("%q is written %q, which is read as %v (%v)", q, n, again, err)
		}
	}
}

func TestSpotsAreThoseThatMatched(t *testing.T) {
	n, err := Parse("a SENTENCE d", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, positions := Match(n, [][]text.Term{page("a b c. a d. e")}, nil)
	if want := []Position{{0, 3, 4}, {0, 4, 5}}; !reflect.DeepEqual(positions, want) {
		t.Errorf("%v, want %v", positions, want)
	}
}

func TestMistakesPointAtTheirPlace(t *testing.T) {
	for q, want := range map[string]struct {
		column int
		says   string
	}{
		`nhân "rộng`: {6, "never closed"}, "(nhân rộng": {1, "never closed"}, "nhân )": {6, "closes nothing"}, "OR nhân": {1, "beginning"}, "nhân OR": {6, "end"}, "nhân AND": {9, "nothing"},
		"nhân NEAR": {6, "end"}, "nhân NEAR/900 rộng": {6, "900"}, "nhân NEAR -rộng": {6, "both sides"}, "-": {1, "no word"}, "nhân -(": {7, "no word"}, "unit:x": {1, "field"}, "()": {1, "no word"},
		strings.Repeat("(", 40) + "a": {22, "20 deep"}, strings.Repeat("x", 1200): {61, "1,000"},
	} {
		_, err := Parse(q, nil)
		var qe *Error
		if !errors.As(err, &qe) || qe.Column != want.column || !strings.Contains(qe.Message, want.says) || qe.Cure == "" {
			t.Errorf("%.30q: %v (column %d), want column %d: %s", q, err, func() int {
				if qe != nil {
					return qe.Column
				}
				return 0
			}(), want.column, want.says)
		}
	}
}

func TestFrequentWordsStayCheap(t *testing.T) {
	pages := [][]text.Term{page(strings.Repeat("a b ", 100_000))}
	done := make(chan bool)
	go func() {
		for _, q := range []string{"a NEAR/9 b", "a SENTENCE b", "a PAGE b", "a NEAR b NEAR a"} {
			n, _ := Parse(q, nil)
			Match(n, pages, nil)
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute): // squares of 100,000 would take hours
		t.Fatal("it takes the square of the words")
	}
}

func FuzzParse(f *testing.F) {
	for _, q := range []string{`a "b c" -d OR e`, `="x y" NEAR/3 (z OR w*)`, "a SENTENCE b PAGE c", `“”:`, "-", "a:b:c", "((((", "NEAR/", "=-x", "NOT NOT a"} {
		f.Add(q)
	}
	pages := [][]text.Term{page("a b c. d e")}
	f.Fuzz(func(t *testing.T, q string) {
		n, err := Parse(q, func(string, string, int) *Error { return nil })
		if err != nil || n == nil {
			return
		}
		Match(n, pages, func(Field) bool { return true })
		again, err := Parse(n.String(), func(string, string, int) *Error { return nil })
		if err != nil || again.String() != n.String() {
			t.Errorf("%q is written %q, which is read as %v (%v)", q, n, again, err)
		}
	})
}
