package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// Procedure says how a committee scores, votes and decides.
type Procedure struct {
	Quorum   Share    // of the members with a vote on an entry who are not recused, that must have voted
	Majority Majority // that the votes for must reach
	Tie      string   // one of TieRules: what decides if the votes are equal
	Abstain  bool     // abstentions count as votes cast
	Take     bool     // evaluators may assign dossiers to themselves
	Blind    bool     // a person sees the scores and votes of others only after giving their own
	Names    bool     // those who score see no names of units and nominees before all lists are closed

	Attendance Attendance `json:",omitzero"`  // what the quorum asks for beyond its share
	Secret     bool       `json:",omitempty"` // votes are by secret ballot
	// what members who are not present may do: one of AbsentRules; "" is the first
	Absent       string `json:",omitempty"`
	WrittenUntil string `json:",omitempty"` // when votes in writing end, as RFC 3339; with AbsentInWriting only

	Objections int `json:",omitempty"` // for how many days after the closing units may object; 0: not at all

	In *time.Location `json:"-"` // timezone of the campaign

	// Public says that who was recognised is released to everybody, see package results. It may change after the
	// closing.
	Public bool `json:"-"`

	// of the whole campaign, in the order of PhaseNames; what they close is checked by package review
	Phases []Phase `json:"-"`

	lists map[string]Procedure    // by ruleset: lists with voting rules of their own
	keys  map[string]*strict.Node // the places of those lists in kheo.yaml; nil once they are checked
}

// Of returns the procedure for one ruleset's list: the campaign's, with what lists: overrides.
func (p Procedure) Of(ruleset string) Procedure {
	if own, ok := p.lists[ruleset]; ok {
		return own
	}
	return p
}

// TieRules are the values of Procedure.Tie: the chair decides, the side for which the chair voted has it, the entry is
// not recognised, or the decision is deferred.
var TieRules = []string{"chair", ChairsVote, "not-recognised", "deferred"}

// BallotRules are the values of ballot: votes are open, or by secret ballot.
var BallotRules = []string{"open", "secret"}

// PublicRules are the values of public: nothing is shown to everybody, or the results of closed lists.
var PublicRules = []string{"nothing", "results"}

// ChairsVote is the rule by which the vote that the chair has cast counts double if votes are equal.
const ChairsVote = "chairs-vote"

// DefaultProcedure is the procedure of a campaign without review:.
var DefaultProcedure = Procedure{
	Quorum:   Share{2, 3},
	Majority: Majority{Share: Share{1, 2}, Base: VotesCast, Plain: true},
	Tie:      "chair",
	Take:     true,
}

// procedure reads how the committee decides. Each entry of lists: begins with the rules of the whole campaign.
func (c *Campaign) procedure(n *strict.Node) {
	c.Review = DefaultProcedure
	c.Review.In = c.Location
	if n == nil {
		return
	}
	m := reviewGrammar.Read(n)
	c.Review.read(m, c.Location)
	if t := m.Get("blind"); t != nil {
		switch text, _ := t.Plain(); text {
		case "true", "false", "names":
			c.Review.Blind, c.Review.Names = text != "false", text == "names"
		default:
			t.Fail(fmt.Sprintf("blind cannot be %q", text), "it may be: true, false, names")
		}
	}
	if t := m.Get("take"); t != nil {
		c.Review.Take = t.Bool("take")
	}
	if l := m.Get("lists"); l != nil {
		// Ids are checked by unknownLists, when the rulesets are loaded.
		own := l.Map("lists")
		lists, keys := map[string]Procedure{}, map[string]*strict.Node{}
		for _, id := range own.Keys {
			keys[id] = own.Key(id)
			p := c.Review
			if v := own.Get(id); v != nil {
				p.read(votingGrammar.ReadAs(v, "lists: "+id), c.Location)
			}
			lists[id] = p
		}
		c.Review.lists, c.Review.keys = lists, keys
	}
}

// read reads the rules of voting, for the whole campaign or for one list. Keys that are missing change nothing.
func (p *Procedure) read(m *grammar.Map, in *time.Location) {
	if q := m.Get("quorum"); q != nil {
		p.quorum(q)
	}
	if q := m.Get("majority"); q != nil {
		p.Majority = majority(q)
	}
	if t := m.Get("tie"); t != nil {
		p.Tie = t.OneOf("tie", TieRules...)
	}
	if a := m.Get("abstentions"); a != nil {
		p.Abstain = a.OneOf("abstentions", "not-counted", "counted") == "counted"
	}
	if b := m.Get("ballot"); b != nil {
		p.Secret = b.OneOf("ballot", BallotRules...) == BallotRules[1]
	}
	if key := m.Key("tie"); p.Secret && p.Tie == ChairsVote {
		if key == nil {
			key = m.Key("ballot")
		}
		key.Fail("tie: a secret ballot does not tell how the chair has voted",
			"write tie: chair, not-recognised or deferred, or ballot: open")
	}
	if n := m.Get("objections"); n != nil {
		p.Objections = objectionDays(n)
	}
	if n := m.Get("public"); n != nil {
		p.Public = n.OneOf("public", PublicRules...) == PublicRules[1]
	}
	p.readAbsent(m.Get("absent"), m.Get("written_until"), in)
}

// objectionDays reads for how many days units may object.
func objectionDays(n *strict.Node) int {
	text, _ := n.Plain()
	number, _, _ := strings.Cut(text, " ")
	days, err := strconv.Atoi(number)
	if err != nil || days < 1 || days > 365 || text != number && text != number+" days" && text != "1 day" {
		n.Fail(fmt.Sprintf("objections cannot be %q", text),
			"write 1 to 365 days after the closing of the list, such as 10 days")
		return 0
	}
	return days
}

// unknownLists reports voting rules for lists that the campaign does not have. Load calls it only if every ruleset
// could be loaded, since otherwise a missing id may belong to a ruleset with mistakes.
func (p *Procedure) unknownLists(rulesets []string) (out strict.Problems) {
	for _, id := range slices.Sorted(maps.Keys(p.keys)) {
		if slices.Contains(rulesets, id) {
			continue
		}
		line, col := p.keys[id].Pos()
		cure := "the lists are: " + strings.Join(rulesets, ", ")
		if near := strict.Nearest(id, rulesets); near != "" {
			cure = fmt.Sprintf("did you mean %q? %s", near, cure)
		}
		out = append(out, strict.Problem{File: File, Line: line, Col: col,
			Message: fmt.Sprintf("lists: there is no ruleset %q", id), Cure: cure})
	}
	p.keys = nil
	return out
}

// Phase is a part of the season: what it is about is accepted from one moment until another.
type Phase struct {
	Name        string         // one of PhaseNames
	From, Until time.Time      // the zero time is no limit; Until is the first moment that is too late
	In          *time.Location // the timezone of the campaign
}

// PhaseNames are the phases that kheo.yaml can date, in their order.
var PhaseNames = []string{"registration", "submission", "completion", "checking", "scoring", "meeting", "publication"}

// Phase returns a phase that kheo.yaml dates; false if it does not.
func (p Procedure) Phase(name string) (Phase, bool) {
	i := slices.IndexFunc(p.Phases, func(x Phase) bool { return x.Name == name })
	if i < 0 {
		return Phase{}, false
	}
	return p.Phases[i], true
}

// readPhases reads the dates of the phases. It must be called after procedure.
func readPhases(c *Campaign, n *strict.Node) {
	if n == nil {
		return
	}
	m := phasesGrammar.Read(n)
	for _, name := range PhaseNames {
		node := m.Get(name)
		if node == nil {
			continue
		}
		dates := phaseGrammar.ReadAs(node, name)
		p := Phase{Name: name, In: c.Location}
		if f := dates.Get("from"); f != nil {
			if p.From = readMoment(f, "from", c.Location); wholeDay(f) && !p.From.IsZero() {
				p.From = p.From.AddDate(0, 0, -1) // the day begins the phase
			}
		}
		if u := dates.Get("until"); u != nil {
			p.Until = readMoment(u, "until", c.Location)
			if !p.From.IsZero() && !p.Until.IsZero() && !p.Until.After(p.From) {
				u.Fail(name+": it ends before it begins", "write until: after from:")
			}
		}
		c.Review.Phases = append(c.Review.Phases, p)
	}
	if f := m.Get("feed"); f != nil {
		c.OpenDeadlines = f.OneOf("feed", "closed", "open") == "open"
	}
}

// wholeDay reports whether a moment was written as a day.
func wholeDay(n *strict.Node) bool {
	text, _ := n.Plain()
	return len(strings.TrimSpace(text)) == len(time.DateOnly)
}
