package review

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/recommend"
)

// System is the person of events that no user caused: those of the command line and of kheo itself.
const System = "kheo"

// Overruled is a value that a person set instead of the program's.
type Overruled struct {
	Criterion string // "" if it replaces the outcome
	Points    float64
	Outcome   string
	Reason    string
	By, At    string

	Award *recommend.GivenAward `json:",omitempty"` // with an outcome: what it gets; nil if the person named none
}

// Cast is the vote of one person.
type Cast struct {
	Person string
	Vote   Vote
	At     string
}

// DecidedEntry is a recorded decision.
type DecidedEntry struct {
	Decision Decision
	Reason   string
	Outcome  string // what the program recommended at that time
	By, At   string
	Seq      int64

	met *Meeting // as it was at that moment; nil if none was recorded
}

// Met returns the meeting as it was when the entry was decided; nil if none was recorded.
func (d *DecidedEntry) Met() *Meeting { return d.met }

// Comment is a comment on a dossier.
type Comment struct {
	Person, Text, At string
	Seq              int64
}

// ClosedList is a list that was closed.
type ClosedList struct {
	Ruleset, Run, ListSHA256 string
	Content                  []byte // a ClosedContent as JSON
	By, At, Hash             string
	Seq                      int64

	figures *figures // as of the closing
}

// Meeting is who attends a meeting on a list. Whether a person has a vote is decided when the presence of the person
// is recorded: later changes of roles do not change it.
type Meeting struct {
	Run       string
	Present   []string // with a vote, now
	Attending []string // without a vote, now
	Voters    int      // how many people had a vote, present or not
	By, At    string
	Seq       int64

	Moves   []Moved   // who came and left since it was opened, in order
	Earlier []Meeting // meetings on the same list in which something was decided, in order
}

// Moved is a person who came to a meeting or left it.
type Moved struct {
	Person, At string
	Seq        int64
	Came       bool
	Voter      bool // had a vote then
}

// Attended returns the people with a vote who were present at some time.
func (m *Meeting) Attended() []string {
	out := slices.Clone(m.Present)
	for _, x := range m.Moves {
		if x.Voter && !slices.Contains(out, x.Person) {
			out = append(out, x.Person)
		}
	}
	return out
}

// Has reports whether a person is present, with a vote or without.
func (m *Meeting) Has(person string) bool {
	return slices.Contains(m.Present, person) || slices.Contains(m.Attending, person)
}

// on is the key of an entry: a dossier on the list of a ruleset.
type on struct{ ruleset, dossier string }

// State is what a sequence of events amounts to: who may do what, what was voted and decided, which scores count.
// It is guarded by the lock of its Log.
type State struct {
	Settings campaign.Procedure
	position

	People    Accounts
	Tokens    Tokens
	ties      map[tieOf]*Tied
	Assigned  map[string][]string // evaluators by dossier
	Comments  map[string][]Comment
	overrides map[on][]Overruled

	// corrections by dossier, at most one of each fact; a dossier whose last one was taken back keeps an
	// empty entry
	corrections map[string][]dossier.Correction

	verdicts verdicts

	votes     map[on]map[string]Cast
	decisions map[on]DecidedEntry
	Meetings  map[string]Meeting // the last one by ruleset
	Closed    map[string]ClosedList

	models    map[string]*Model
	proposals map[string][]Proposal // by file, in order
	handed    map[string]Handed     // the last delivery by dossier
	last      map[string]Change     // the last announced change by dossier
	past      map[string][]Change   // all events by dossier, in order

	secrets map[string]string // SHA-256 of the encoded password by person; "" if no event contains it
	told    map[string][]Told
	scorers
	hall
	labels
	numbers
	afterwards

	journal journal // open during a batch
}

// NewState returns the state before the first event.
func NewState(s campaign.Procedure) *State {
	return &State{
		Settings:  s,
		position:  position{Head: begin},
		People:    Accounts{},
		Tokens:    Tokens{},
		ties:      map[tieOf]*Tied{},
		Assigned:  map[string][]string{},
		Comments:  map[string][]Comment{},
		overrides: map[on][]Overruled{},

		corrections: map[string][]dossier.Correction{},
		verdicts:    newVerdicts(),

		votes:     map[on]map[string]Cast{},
		decisions: map[on]DecidedEntry{},
		Meetings:  map[string]Meeting{},
		Closed:    map[string]ClosedList{},
		hall:      hall{map[string]string{}, map[on]SecretBallot{}, map[string]Extension{}},
		models:    map[string]*Model{},
		proposals: map[string][]Proposal{},
		handed:    map[string]Handed{},
		last:      map[string]Change{},
		past:      map[string][]Change{},
		secrets:   map[string]string{},
		told:      map[string][]Told{},
		scorers:   newScorers(),
		labels:    labels{map[string][]string{}},
		numbers:   numbers{map[string][]int64{}, map[Action][]int64{}},

		afterwards: newAfterwards(),
	}
}

// Change is an event on a dossier, without its content.
type Change struct {
	Seq    int64
	Person string
	Action Action
	At     string
	Fact   string // that was corrected
}

// Handed is the delivery of a dossier, or of an addition to it, by a unit.
type Handed struct{ Dossier, Name, Unit, At string }

// Handed returns the last delivery of each dossier of a unit, ordered by dossier.
func (s *State) Handed(unit string) []Handed {
	var out []Handed
	for _, id := range slices.Sorted(maps.Keys(s.handed)) {
		if s.handed[id].Unit == unit {
			out = append(out, s.handed[id])
		}
	}
	return out
}

// LastChange returns the last announced change of a dossier; its Seq is 0 if there is none.
func (s *State) LastChange(dossier string) Change { return s.last[dossier] }

// History returns all changes of a dossier, in order. The caller must not change it.
func (s *State) History(dossier string) []Change { return s.past[dossier] }

// VoteOf returns how a person has voted on an entry, or "".
func (s *State) VoteOf(person, ruleset, dossier string) Vote {
	if s.Rule(ruleset).Secret {
		if slices.Contains(s.ballots[on{ruleset, dossier}].Cast, person) {
			return SecretVote
		}
		return ""
	}
	return s.votes[on{ruleset, dossier}][person].Vote
}

// Decision returns the decision on an entry, or nil.
func (s *State) Decision(ruleset, dossier string) *DecidedEntry {
	if d, ok := s.decisions[on{ruleset, dossier}]; ok {
		return &d
	}
	return nil
}

// Overrides returns what people set instead of the program's points and outcome of an entry.
func (s *State) Overrides(ruleset, dossier string) []Overruled {
	return slices.Clone(s.overrides[on{ruleset, dossier}])
}

// labels are the tags that people gave to dossiers.
type labels struct {
	tags map[string][]string // by dossier, in order
}

// TagName returns a tag as it is kept: on one line, with single spaces.
func TagName(text string) string { return norm.NFC.String(strings.Join(strings.Fields(text), " ")) }

// compareTags orders tags by their words, whatever their case.
func compareTags(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}

// Tags returns the tags of a dossier, in order.
func (s *labels) Tags(dossier string) []string { return slices.Clone(s.tags[dossier]) }

// tagged reports whether a dossier has a tag, in whatever case.
func (s *labels) tagged(dossier, name string) bool {
	return slices.ContainsFunc(s.tags[dossier], func(t string) bool { return strings.EqualFold(t, name) })
}

// TagsOf returns the tags that any of some dossiers has, in order.
func (s *labels) TagsOf(dossiers iter.Seq[string]) []string {
	if len(s.tags) == 0 {
		return nil
	}
	var out []string
	for id := range dossiers {
		out = append(out, s.tags[id]...)
	}
	slices.SortFunc(out, compareTags)
	return slices.Compact(out)
}

// numbers are the numbers of events, in order, by which they are found without reading the trail.
type numbers struct {
	byPerson map[string][]int64 // of the person, and of those whom they concern
	byAction map[Action][]int64
}

// Wanted says which events are looked for. What is empty does not matter.
type Wanted struct {
	Person   string   // who did it, or whom it concerns
	Dossiers []string // one of them
	Actions  []Action // one of them
}

// Numbers returns the numbers of the wanted events of a trail before one, the newest first; before 0 means from the
// end.
func (w Wanted) Numbers(s *State, before int64) []int64 {
	var sets [][]int64
	if w.Person != "" {
		sets = append(sets, s.byPerson[w.Person])
	}
	if len(w.Actions) > 0 {
		var of []int64
		for _, a := range w.Actions {
			of = append(of, s.byAction[a]...)
		}
		slices.Sort(of)
		sets = append(sets, of)
	}
	if w.Dossiers != nil {
		var of []int64
		for _, id := range w.Dossiers {
			for _, c := range s.past[id] {
				of = append(of, c.Seq)
			}
		}
		slices.Sort(of)
		sets = append(sets, slices.Compact(of))
	}
	if len(sets) == 0 {
		return nil
	}
	var out []int64
	for _, seq := range slices.Backward(sets[0]) {
		if before > 0 && seq >= before {
			continue
		}
		if !slices.ContainsFunc(sets[1:], func(of []int64) bool { _, ok := slices.BinarySearch(of, seq); return !ok }) {
			out = append(out, seq)
		}
	}
	return out
}
