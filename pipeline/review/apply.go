package review

import "slices"

// announced are the actions that are reported to people who work on the same dossier.
var announced = []Action{Overridden, Restored, Decided, DecisionTaken, HandedIn, TieDeclared, TieDismissed}

// Apply updates the state with e, which Check has allowed or which comes from the chain.
//
// Apply and everything it calls write only through put, drop and the scalar fields of position, and replace
// values instead of changing them in place: a batch that is refused is undone from the journal (undo.go).
func (s *State) Apply(e *Event) {
	s.Seq, s.Head = e.Seq, e.Hash
	change := Change{e.Seq, e.Person, e.Action, e.At}
	if e.Dossier != "" {
		put(s, s.past, e.Dossier, append(s.past[e.Dossier], change))
	}
	if slices.Contains(announced, e.Action) {
		put(s, s.last, e.Dossier, change)
	}
	if effect, ok := effects[e.Action]; ok {
		effect(s, e)
	}
	switch e.Action {
	case Overridden, Restored, Closed:
		s.listed = e.Seq
	case Decided, DecisionTaken, HandedIn, TieDeclared, TieFound, TieDismissed:
		s.lived = e.Seq
	}
}

// effects is what each action changes in the state.
var effects = map[Action]func(s *State, e *Event){
	PersonAdded:    (*State).applyPerson,
	PersonChanged:  (*State).applyPerson,
	PersonDisabled: (*State).applyPerson,
	PersonEnabled:  (*State).applyPerson,
	LinkMade:       (*State).applyPerson,
	PasswordSet:    (*State).applyPerson,
	Forgotten:      (*State).applyForgotten,

	TieDeclared:  (*State).applyTie,
	TieFound:     (*State).applyTie,
	TieDismissed: (*State).applyTieDismissed,

	Assigned:   (*State).applyAssigned,
	Unassigned: (*State).applyUnassigned,
	HandedIn:   (*State).applyHandedIn,
	Commented:  (*State).applyComment,

	Scored:        (*State).applyScore,
	ScoresAdopted: func(s *State, _ *Event) { s.adopted = true },
	ScorerSettled: (*State).applySettled,
	Overridden:    (*State).applyOverride,
	Restored:      (*State).applyOverride,

	Met:           func(s *State, e *Event) { put(s, s.Meetings, e.Ruleset, s.meeting(e)) },
	Voted:         (*State).applyVote,
	VoteTaken:     (*State).applyVoteTaken,
	Decided:       (*State).applyDecision,
	DecisionTaken: func(s *State, e *Event) { drop(s, s.decisions, on{e.Ruleset, e.Dossier}) },
	Closed:        func(s *State, e *Event) { put(s, s.Closed, e.Ruleset, s.closedList(e)) },

	Registered: (*State).applyModel,
	Reported:   (*State).applyModel,
	Visited:    (*State).applyModel,
	TookOver:   (*State).applyModel,
	NotTaken:   (*State).applyModel,
	SameAs:     (*State).applyModel,
	NotSame:    (*State).applyModel,
	Confirmed:  (*State).applyModel,
	Withdrawn:  (*State).applyModel,
}

// applyForgotten removes what the state holds of a person, and the scores of a dossier.
func (s *State) applyForgotten(e *Event) {
	s.applyPerson(e)
	drop(s, s.scores, e.Dossier)
}

func (s *State) applyTie(e *Event) {
	put(s, s.ties, tieKey(e), &Tied{Found: e.Action == TieFound, Reason: e.Data.Reason})
}

// applyTieDismissed dismisses a conflict of interest; also one that only the unit of the person implies, of
// which no event exists.
func (s *State) applyTieDismissed(e *Event) {
	t := Tied{Found: true}
	if was := s.ties[tieKey(e)]; was != nil {
		t = *was
	}
	t.Dismissed, t.By = e.Data.Reason, e.Person
	put(s, s.ties, tieKey(e), &t)
}

func tieKey(e *Event) tieOf { return tieOf{e.Data.Subject, e.Data.Unit, e.Dossier} }

func (s *State) applyAssigned(e *Event) {
	if people := s.Assigned[e.Dossier]; !slices.Contains(people, e.Data.Subject) {
		put(s, s.Assigned, e.Dossier, append(people, e.Data.Subject))
	}
}

func (s *State) applyUnassigned(e *Event) {
	people := slices.Clone(s.Assigned[e.Dossier])
	put(s, s.Assigned, e.Dossier, slices.DeleteFunc(people, func(p string) bool { return p == e.Data.Subject }))
}

// applyHandedIn records the delivery, and reopens what was returned to the unit unless its list is closed.
func (s *State) applyHandedIn(e *Event) {
	put(s, s.handed, e.Dossier, Handed{e.Dossier, e.Data.Name, e.Data.Unit, e.At})
	for k, x := range s.decisions {
		if _, closed := s.Closed[k.ruleset]; k.dossier == e.Dossier && x.Decision == Returned && !closed {
			drop(s, s.decisions, k)
		}
	}
}

func (s *State) applyComment(e *Event) {
	put(s, s.Comments, e.Dossier, append(s.Comments[e.Dossier], Comment{e.Person, e.Data.Text, e.At, e.Seq}))
}

func (s *State) applySettled(e *Event) {
	put(s, s.settled, e.Data.Name, e.Data.Subject)
	put(s, s.settledForms, sameName(e.Data.Name), e.Data.Subject)
}

// applyOverride replaces what was overridden before of the same criterion, or of the outcome.
func (s *State) applyOverride(e *Event) {
	d, k := &e.Data, on{e.Ruleset, e.Dossier}
	same := func(o Overruled) bool { return o.Criterion == d.Criterion }
	list := slices.DeleteFunc(slices.Clone(s.overrides[k]), same)
	if e.Action == Overridden {
		o := Overruled{Criterion: d.Criterion, Outcome: d.Outcome, Reason: d.Reason, By: e.Person, At: e.At}
		if d.Points != nil {
			o.Points = *d.Points
		}
		list = append(list, o)
	}
	put(s, s.overrides, k, list)
}

func (s *State) applyVote(e *Event) {
	k := on{e.Ruleset, e.Dossier}
	if s.votes[k] == nil {
		put(s, s.votes, k, map[string]Cast{})
	}
	put(s, s.votes[k], e.Person, Cast{e.Person, e.Data.Value, e.At})
}

func (s *State) applyVoteTaken(e *Event) { drop(s, s.votes[on{e.Ruleset, e.Dossier}], e.Person) }

func (s *State) applyDecision(e *Event) {
	d := &e.Data
	put(s, s.decisions, on{e.Ruleset, e.Dossier}, DecidedEntry{d.Decision, d.Reason, d.Outcome, e.Person, e.At, e.Seq})
}
