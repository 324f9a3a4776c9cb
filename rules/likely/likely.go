// Package likely estimates how likely a value on a page is the one of a fact which nothing states in its own words: by
// the words of the fact's labels around the value, and by other signs.
//
// The weights of the signs are data, in weights.yaml. They are those of logistic regressions, one for each kind of
// place, and are fitted to papers that people labelled; the file says to how many. Fit makes them.
package likely

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
)

// Kind is a kind of place at which a value may be, with weights of its own.
type Kind string

const (
	Number Kind = "number" // a quantity of the fact's unit in a text
	Bare   Kind = "bare"   // a number without it
	Cell   Kind = "cell"   // a number in a cell of a table
	Date   Kind = "date"
	Option Kind = "option" // of a choice
	Answer Kind = "answer" // a yes or no that is written
	Told   Kind = "told"   // a sentence with words of the label of a yes or no
)

// Kinds are all kinds of places.
var Kinds = []Kind{Number, Bare, Cell, Date, Option, Answer, Told}

// Sign is something that is seen around a value, from 0 to 1.
type Sign uint8

// The signs. Shares are those of the words of a label, of which the label counts that has most of them.
const (
	Always Sign = iota
	OfCount
	OfMoney
	OfPercent

	InPart   // share in what is said of the value in its sentence
	InClause // share in its clause
	InSentence
	WithBefore // share in its sentence and the one before
	InLines    // share on its line before it, and on lines without values above
	WithBelow  // share on its line and the one below, which has no value
	InHeads    // share in the headers of its row and column
	InRow
	InColumn
	WholeInPart // the whole label is there
	WholeInSentence
	WholeInLines
	WholeWithBelow
	WholeInHeads
	Best     // the best of these shares, by where they are
	Ahead    // by how much it is better than that of the next value
	First    // no other value has a better one
	Alone    // no other value has one as good
	NoLabel  // no word of a label is near
	Near     // 1 by the distance in words of the nearest word of a label
	Before   // such a word is right before the value
	Behind   // such a word is right behind it
	Rival    // the best share of another fact of the type
	RivalTop // it is better than the fact's own
	OtherTop // that of another fact of any type is better
	Taken    // another fact is stated by the value
	OnlyLeft // no other value is left for the fact

	Asked      // the sentence before is a question
	AskedShare // share of a label in both, then
	AskedFirst // the value is among the first words behind a question
	WholeLine  // the value is all of its line
	EndsLine
	Colon
	Running // its sentence is running text

	LastRow
	TotalRow
	PartCell  // headers say that it is a part of the whole
	ShareCell // headers say that it is a share or for each
	RefusedCell

	Refuted
	IsOther // it is of another year or unit, a plan, or a whole of which another is the part
	OwnYear
	Whole
	Part
	Required
	SaysPlan
	SaysPrevious
	SaysActual
	SaysEach
	EachNear // its sentence says that something is for each
	OtherNear
	PlanNear
	WishNear
	AfterWhole // a whole of which it may be a part is before it in its sentence
	BeforePart // it is such a whole
	Named      // its sentence has a name, and does not say "we"
	Us         // its sentence says "we"
	Denied
	Past
	Done

	EmptyBox
	MarkedBox
	DeniedElsewhere // a sentence is denied, but not in the clause of the label
	DeniedHere
	ThereIs
	Question
	LooksAhead // a plan, a wish or a condition is in the sentence
	EndsClause
	BeforeLight  // a word that says nothing follows
	UnitBefore   // the unit is before it in its sentence
	UnitSentence // the unit is in its sentence
	UnitPrevious // the unit is in the sentence before

	numSigns
)

// names are the signs as weights.yaml names them.
var names = [numSigns]string{
	"always", "of_count", "of_money", "of_percent", "in_part", "in_clause", "in_sentence", "with_before", "in_lines",
	"with_below",
	"in_heads", "in_row", "in_column", "whole_in_part", "whole_in_sentence", "whole_in_lines", "whole_with_below",
	"whole_in_heads",
	"best", "ahead", "first", "alone", "no_label", "near", "before", "behind", "rival", "rival_top", "other_top",
	"taken", "only_left",
	"asked", "asked_share", "asked_first", "whole_line", "ends_line", "colon", "running", "last_row", "total_row",
	"part_cell",
	"share_cell", "refused_cell", "refuted", "is_other", "own_year", "whole", "part", "required", "says_plan",
	"says_previous",
	"says_actual", "says_each", "each_near", "other_near", "plan_near", "wish_near", "after_whole", "before_part",
	"named", "us",
	"denied", "past", "done", "empty_box", "marked_box", "denied_elsewhere", "denied_here", "there_is", "question",
	"looks_ahead",
	"ends_clause", "before_light", "unit_before", "unit_sentence", "unit_previous",
}

// Signs are the signs around one value.
type Signs [numSigns]float64

// Set sets a sign that is seen or not.
func (s *Signs) Set(sign Sign, seen bool) {
	if seen {
		s[sign] = 1
	}
}

// Weights are the weights of the signs of one kind of place.
type Weights [numSigns]float64

// Chance is the chance that a value with some signs is the fact's, from 0 to 1.
func (w *Weights) Chance(s *Signs) float64 {
	sum := 0.0
	for i := range w {
		sum += w[i] * s[i]
	}
	return 1 / (1 + math.Exp(-sum))
}

// Model is the weights of all kinds of places, and from which chance on a value is asked about.
type Model struct {
	Ask  map[Kind]float64 // people are asked
	Also float64          // they are told of another value, too, if it has this share of the chance of the first
	Of   map[Kind]*Weights
}

// file is weights.yaml.
type file struct {
	From  map[string]int              `yaml:"from"`
	Ask   map[Kind]float64            `yaml:"ask"`
	Also  float64                     `yaml:"also"`
	Kinds map[Kind]map[string]float64 `yaml:"kinds"`
}

//go:embed weights.yaml
var data []byte

// Fitted is the model of weights.yaml.
var Fitted = sync.OnceValue(func() *Model {
	m, err := Read(data)
	if err != nil {
		panic("weights.yaml: " + err.Error())
	}
	return m
})

// Read reads the weights of a file.
func Read(src []byte) (*Model, error) {
	var f file
	if err := yaml.UnmarshalWithOptions(src, &f, yaml.Strict()); err != nil {
		return nil, err
	}
	m := &Model{Ask: f.Ask, Also: f.Also, Of: map[Kind]*Weights{}}
	for _, k := range Kinds {
		w := &Weights{}
		for name, x := range f.Kinds[k] {
			i := slices.Index(names[:], name)
			if i < 0 {
				return nil, fmt.Errorf("%s: there is no sign %q", k, name)
			}
			w[i] = x
		}
		m.Of[k] = w
	}
	return m, nil
}
