package review

import (
	"maps"
	"slices"
	"strings"
)

// announced are the actions that are reported to people who work on the same dossier.
var announced = []Action{Overridden, Restored, Decided, DecisionTaken, HandedIn, TieDeclared, TieDismissed,
	FactSet, FactRejected, FactRestored, EvidenceJudged, EvidenceUnjudged}

// Apply updates the state with e, which Check has allowed or which comes from the chain.
//
// Apply and everything it calls write only through put, drop and the scalar fields of position, and replace
// values instead of changing them in place: a batch that is refused is undone from the journal.
func (s *State) Apply(e *Event) {
	s.Seq, s.Head = e.Seq, e.Hash
	change := Change{e.Seq, e.Person, e.Action, e.At, e.Data.Fact}
	if e.Dossier != "" {
		put(s, s.past, e.Dossier, append(s.past[e.Dossier], change))
	}
	if slices.Contains(announced, e.Action) {
		put(s, s.last, e.Dossier, change)
	}
	put(s, s.byAction, e.Action, append(s.byAction[e.Action], e.Seq))
	put(s, s.byPerson, e.Person, append(s.byPerson[e.Person], e.Seq))
	if x := e.Data.Subject; x != "" && x != e.Person {
		put(s, s.byPerson, x, append(s.byPerson[x], e.Seq))
	}
	if effect, ok := effects[e.Action]; ok {
		effect(update{s, e})
	}
	switch e.Action {
	case Overridden, Restored, Closed:
		s.listed = e.Seq
	case Decided, DecisionTaken, HandedIn, TieDeclared, TieFound, TieDismissed, TookIn, AnswerReceived:
		s.lived = e.Seq
	}
}

// update is an event that is applied to the state. Its methods change the state, by put and drop only.
type update struct {
	state *State
	event *Event
}

// effects is what each action changes in the state.
var effects = map[Action]func(update){
	PersonAdded:    update.applyPerson,
	PersonChanged:  update.applyPerson,
	PersonDisabled: update.applyPerson,
	PersonEnabled:  update.applyPerson,
	LinkMade:       update.applyPerson,
	MailSet:        update.applyPerson,
	PasswordSet:    update.applyPerson,
	FactorSet:      update.applyPerson,
	FactorRemoved:  update.applyPerson,
	RecoveryUsed:   update.applyPerson,
	TokenMade:      update.applyToken,
	TokenRevoked:   update.applyToken,
	Forgotten:      update.applyForgotten,

	TieDeclared:  update.applyTie,
	TieFound:     update.applyTie,
	TieDismissed: update.applyTieDismissed,

	Assigned:   update.applyAssigned,
	Unassigned: update.applyUnassigned,
	HandedIn:   update.applyHandedIn,
	Commented:  update.applyComment,
	Tagged:     update.applyTag,
	Untagged:   update.applyTag,

	FactSet:      update.applyCorrection,
	FactRejected: update.applyCorrection,
	FactRestored: update.applyCorrection,

	EvidenceJudged:   update.applyVerdict,
	EvidenceUnjudged: update.applyVerdict,
	SampleDrawn:      update.applySample,

	Scored:        update.applyScore,
	ScoresAdopted: update.applyAdopted,
	ScorerSettled: update.applySettled,
	Overridden:    update.applyOverride,
	Restored:      update.applyOverride,

	Met:           update.applyMeeting,
	Came:          update.applyMoved,
	Left:          update.applyMoved,
	Called:        update.applyCalled,
	Voted:         update.applyVote,
	VoteTaken:     update.applyVoteTaken,
	Decided:       update.applyDecision,
	DecisionTaken: update.applyDecisionTaken,
	Closed:        update.applyClosed,
	PhaseExtended: applyExtended,
	BallotOpened:  applyBallot,
	BallotCast:    applyBallot,
	BallotPaper:   applyBallot,
	BallotAdded:   applyBallot,
	BallotCounted: applyBallot,

	HandedOver:        applyHandedOver,
	AnswerMade:        applyHandedOver,
	TookIn:            applyTakenIn,
	AnswerReceived:    applyAnswered,
	Objected:          applyObjected,
	ObjectionAnswered: applyObjectionAnswered,

	RulesProposed:  update.applyProposed,
	RulesApproved:  update.applyProposalEnd,
	RulesRejected:  update.applyProposalEnd,
	RulesWithdrawn: update.applyProposalEnd,

	Registered: update.applyModel,
	Reported:   update.applyModel,
	Visited:    update.applyModel,
	TookOver:   update.applyModel,
	NotTaken:   update.applyModel,
	SameAs:     update.applyModel,
	NotSame:    update.applyModel,
	Confirmed:  update.applyModel,
	Withdrawn:  update.applyModel,
}

// Actions returns every action that changes the state.
func Actions() []Action { return slices.Sorted(maps.Keys(effects)) }

// applyForgotten removes what the state holds of a person, and the scores and corrections of a dossier.
func (u update) applyForgotten() {
	s, e := u.state, u.event
	u.applyPerson()
	drop(s, s.scorers.scores, e.Dossier)
	drop(s, s.tags, e.Dossier)
	drop(s, s.corrections, e.Dossier)
	drop(s, s.taken, e.Dossier)
}

// applyTie records a conflict of interest that a person declared or the program found.
func (u update) applyTie() {
	s, e := u.state, u.event
	put(s, s.ties, tieKey(e), &Tied{Found: e.Action == TieFound, Reason: e.Data.Reason})
}

// applyTieDismissed dismisses a conflict of interest; also one that only the unit of the person implies, of
// which no event exists.
func (u update) applyTieDismissed() {
	s, e := u.state, u.event
	t := Tied{Found: true}
	if was := s.ties[tieKey(e)]; was != nil {
		t = *was
	}
	t.Dismissed, t.By = e.Data.Reason, e.Person
	put(s, s.ties, tieKey(e), &t)
}

// tieKey returns the key of the conflict of interest that an event concerns.
func tieKey(e *Event) tieOf { return tieOf{e.Data.Subject, e.Data.Unit, e.Dossier} }

// applyAssigned assigns a dossier to an evaluator, once.
func (u update) applyAssigned() {
	s, e := u.state, u.event
	if people := s.Assigned[e.Dossier]; !slices.Contains(people, e.Data.Subject) {
		put(s, s.Assigned, e.Dossier, append(people, e.Data.Subject))
	}
}

// applyUnassigned takes a dossier from an evaluator. The list is copied first: see put.
func (u update) applyUnassigned() {
	s, e := u.state, u.event
	people := slices.Clone(s.Assigned[e.Dossier])
	put(s, s.Assigned, e.Dossier, slices.DeleteFunc(people, func(p string) bool { return p == e.Data.Subject }))
}

// applyHandedIn records the delivery, and reopens what was returned to the unit unless its list is closed.
func (u update) applyHandedIn() {
	s, e := u.state, u.event
	put(s, s.handed, e.Dossier, Handed{e.Dossier, e.Data.Name, e.Data.Unit, e.At})
	for k, x := range s.decisions {
		if _, closed := s.Closed[k.ruleset]; k.dossier == e.Dossier && x.Decision == Returned && !closed {
			drop(s, s.decisions, k)
		}
	}
}

// applyComment adds a comment to a dossier.
func (u update) applyComment() {
	s, e := u.state, u.event
	put(s, s.Comments, e.Dossier, append(s.Comments[e.Dossier], Comment{e.Person, e.Data.Text, e.At, e.Seq}))
}

// applyTag adds a tag to a dossier, or takes it away.
func (u update) applyTag() {
	s, e := u.state, u.event
	list := slices.DeleteFunc(s.Tags(e.Dossier), func(t string) bool { return strings.EqualFold(t, e.Data.Name) })
	if e.Action == Tagged {
		list = append(list, e.Data.Name)
		slices.SortFunc(list, compareTags)
	}
	put(s, s.tags, e.Dossier, list)
}

// applySettled records whose scores those under a name are.
func (u update) applySettled() {
	s, e := u.state, u.event
	put(s, s.scorers.settled, e.Data.Name, e.Data.Subject)
	put(s, s.scorers.settledForms, sameName(e.Data.Name), e.Data.Subject)
}

// applyOverride replaces what was overridden before of the same criterion, or of the outcome.
func (u update) applyOverride() {
	s, e := u.state, u.event
	d, k := &e.Data, on{e.Ruleset, e.Dossier}
	same := func(o Overruled) bool { return o.Criterion == d.Criterion }
	list := slices.DeleteFunc(slices.Clone(s.overrides[k]), same)
	if e.Action == Overridden {
		o := Overruled{Criterion: d.Criterion, Outcome: d.Outcome, Reason: d.Reason, By: e.Person, At: e.At,
			Award: d.Award}
		if d.Points != nil {
			o.Points = *d.Points
		}
		list = append(list, o)
	}
	put(s, s.overrides, k, list)
}

// applyDecision records the decision on an entry; an earlier one is replaced.
func (u update) applyDecision() {
	s, e := u.state, u.event
	d := &e.Data
	put(s, s.decisions, on{e.Ruleset, e.Dossier}, DecidedEntry{Decision: d.Decision, Reason: d.Reason,
		Outcome: d.Outcome, By: e.Person, At: e.At, Seq: e.Seq, met: meetingOn(s, e.Ruleset)})
}

// applyDecisionTaken withdraws the decision on an entry.
func (u update) applyDecisionTaken() {
	s, e := u.state, u.event
	drop(s, s.decisions, on{e.Ruleset, e.Dossier})
}

// applyClosed closes a list, with its results as of this moment.
func (u update) applyClosed() { put(u.state, u.state.Closed, u.event.Ruleset, u.closedList()) }

// applyAdopted records that the scores from before the audit trail are part of it.
func (u update) applyAdopted() { u.state.adopted = true }

// position is the part of a State that is saved as a whole when a journal begins: plain values, and a slice that
// is replaced and never written into.
type position struct {
	Seq  int64
	Head string // hash of the last event

	lived   int64    // last event that changes what the register says
	listed  int64    // last event that changes a list in force
	voters  []string // people who count towards a quorum, in order
	adopted bool     // scores from before the audit trail were adopted, or there are none
}

// Anchor returns the present end of the trail.
func (p *position) Anchor() Anchor { return Anchor{p.Seq, p.Head} }

// Lived returns the number of the last event that changes what the register says.
func (p *position) Lived() int64 { return p.lived }

// Listed returns the number of the last event that changes a list in force.
func (p *position) Listed() int64 { return p.listed }

// Voters returns the people who count towards a quorum unless they are recused, in order.
func (p *position) Voters() []string { return slices.Clone(p.voters) }

// journal records how to take back the events that were applied since it was opened. Its length depends on those
// events alone, not on the length of the trail. The caller of its methods holds the lock of the Log, so that no reader
// sees the state between.
type journal struct {
	open  bool
	start position // of the state when the journal was opened
	undo  []func()
}

// begin opens the journal of a state: until keep or rollback, every change of the state can be taken back. Only one
// journal of a state is open at a time.
func (j *journal) begin(s *State) { *j = journal{open: true, start: s.position} }

// keep closes the journal and leaves the state as it is.
func (j *journal) keep() { *j = journal{} }

// rollback returns the state to what it was when the journal was opened, and closes it. It does nothing if the journal
// is not open.
func (j *journal) rollback(s *State) {
	if !j.open {
		return
	}
	undo, start := j.undo, j.start
	j.keep()
	for _, f := range slices.Backward(undo) {
		f()
	}
	s.position = start
}

// put sets m[k] to v, where m is one of the maps of s. If a journal is open it remembers what m[k] was. v must
// not share memory with the old value that is written later: appending to a slice is allowed, because the old
// value keeps its length, but changing its elements is not.
func put[K comparable, V any](s *State, m map[K]V, k K, v V) {
	remember(s, m, k)
	m[k] = v
}

// drop deletes m[k], where m is one of the maps of s, as put does.
func drop[K comparable, V any](s *State, m map[K]V, k K) {
	remember(s, m, k)
	delete(m, k)
}

// remember adds to an open journal how to restore the present m[k].
func remember[K comparable, V any](s *State, m map[K]V, k K) {
	if !s.journal.open {
		return
	}
	old, had := m[k]
	s.journal.undo = append(s.journal.undo, func() {
		if had {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
}
