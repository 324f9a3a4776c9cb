package review

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/rules/award"
)

// This file is what happens to a list after it was closed: it is handed over to the next tier, which answers, and units
// object to its decisions. Nothing here changes what was closed.

// Provenance says where a dossier comes from that another office has handed over.
type Provenance struct {
	Office     string          `json:"office"` // its id in kheo.yaml
	Key        string          `json:"key"`    // by which it has signed
	Archive    string          `json:"archive_sha256"`
	Campaign   string          `json:"campaign"` // there, as all that follows
	Title      dossier.Text    `json:"campaign_title,omitempty"`
	Ruleset    string          `json:"ruleset"`
	List       dossier.Text    `json:"list,omitempty"` // the title of its list
	ListSHA256 string          `json:"list_sha256"`
	Closed     string          `json:"closed"` // hash of the event that closed it
	ClosedAt   string          `json:"closed_at"`
	Dossier    string          `json:"dossier"`
	Unit       string          `json:"unit"` // the name of it
	Rank       int             `json:"rank"`
	Points     float64         `json:"points"`
	Max        float64         `json:"max"`
	Award      *publish.Award  `json:"award,omitempty"`
	Granted    *award.Money    `json:"granted,omitempty"`
	Place      int             `json:"place,omitempty"`
	Decision   Decision        `json:"decision"`
	Reason     string          `json:"reason,omitempty"`
	Outcome    dossier.Outcome `json:"outcome"`
}

// TakenIn is a dossier that was taken in from another office.
type TakenIn struct {
	Provenance
	By, At string
	Seq    int64
}

// Answer is what the next tier has decided on an entry of a closed list. Decision is "" if it closed its list without
// one, with the outcome Outcome.
type Answer struct {
	Office   string          `json:"office"` // its id in kheo.yaml
	Key      string          `json:"key"`
	Campaign string          `json:"campaign"` // there, as all that follows
	Title    dossier.Text    `json:"campaign_title,omitempty"`
	Ruleset  string          `json:"ruleset"`
	Decision Decision        `json:"decision,omitempty"`
	Outcome  dossier.Outcome `json:"outcome,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Award    *publish.Award  `json:"award,omitempty"`
	Number   string          `json:"number,omitempty"` // of the decision
	On       string          `json:"on,omitempty"`     // its date
	Audit    Anchor          `json:"audit"`            // of its audit trail, when it answered
}

// Answered is an answer that was taken in.
type Answered struct {
	Answer
	By, At string
	Seq    int64
}

// afterwards is what happened to lists after they were closed.
type afterwards struct {
	taken      map[string]TakenIn // by dossier
	answers    map[on]Answered    // the last one by entry
	objections map[on][]Objection // in order
	// the SHA-256 of the last archive by ruleset, and of the last answers by ruleset and office
	archives map[string]string
}

// newAfterwards returns the state before any list was closed.
func newAfterwards() afterwards {
	return afterwards{map[string]TakenIn{}, map[on]Answered{}, map[on][]Objection{}, map[string]string{}}
}

// TakenIn returns where a dossier was taken in from; nil if it was not, or was forgotten.
func (s *afterwards) TakenIn(id string) *TakenIn {
	if t, ok := s.taken[id]; ok {
		return &t
	}
	return nil
}

// AllTakenIn returns the ids of the dossiers that were taken in from other offices, in order.
func (s *afterwards) AllTakenIn() []string { return slices.Sorted(maps.Keys(s.taken)) }

// AnswerTo returns what the next tier has decided on an entry; nil if it has not answered.
func (s *afterwards) AnswerTo(ruleset, id string) *Answered {
	if a, ok := s.answers[on{ruleset, id}]; ok {
		return &a
	}
	return nil
}

// LastHanded returns the SHA-256 of the archive of a list that was made last or, with an office, of the answers to it.
func (s *afterwards) LastHanded(ruleset, office string) string {
	return s.archives[ruleset+"\n"+office]
}

// Entries returns the entries of the list as they were closed. The caller must not change them.
func (c *ClosedList) Entries() []ClosedEntry {
	if c.figures == nil {
		return nil
	}
	return c.figures.entries
}

// ListThatClosed returns the closed list that a dossier is on, of several the first by its ruleset; false if it is on
// none.
func ListThatClosed(s *State, dossier string) (ClosedList, bool) {
	for _, ruleset := range slices.Sorted(maps.Keys(s.Closed)) {
		c := s.Closed[ruleset]
		if slices.ContainsFunc(c.Entries(), func(x ClosedEntry) bool { return x.Dossier == dossier }) {
			return c, true
		}
	}
	return ClosedList{}, false
}

// CameLate returns the day on which the list of a dossier was closed, in the timezone of the campaign, if what was
// received at a moment came afterwards; "" if it was in time, or the dossier is on no closed list. What came late is
// kept, and changes nothing on the list.
func CameLate(s *State, dossier string, received time.Time) (closed string) {
	c, on := ListThatClosed(s, dossier)
	at, err := time.Parse(time.RFC3339, c.At)
	if !on || err != nil || !received.After(at) {
		return ""
	}
	return dayOf(s, c)
}

// ClosedOn returns the day on which the list of a dossier was closed, in the timezone of the campaign; "" if it is on
// no closed list.
func ClosedOn(s *State, dossier string) string {
	c, on := ListThatClosed(s, dossier)
	if !on {
		return ""
	}
	return dayOf(s, c)
}

// dayOf is the day on which a list was closed, in the timezone of the campaign.
func dayOf(s *State, c ClosedList) string {
	at, err := time.Parse(time.RFC3339, c.At)
	if err != nil {
		return c.At
	}
	return at.In(zone(s)).Format(time.DateOnly)
}

// checkHandedIn checks that nothing is sent for a dossier on which a closed list has decided: it would change nothing,
// and the unit would believe that it does. What was sent while the list was open, and is in the inbox by the time that
// it is closed, is recorded: nothing that was received is without its event, and CameLate says what it is.
func checkHandedIn(a attempt) error {
	c, ok := ListThatClosed(a.state, a.event.Dossier)
	if !ok || sentBefore(c, a.event) {
		return nil
	}
	on := dayOf(a.state, c)
	return &Refusal{"closed-files", []any{on}, "the list with this dossier was closed on " + on +
		"; documents that are sent now change nothing on it"}
}

// sentBefore reports whether a delivery on the pages was sent while a list was open that was closed within the minutes
// that it took to put it into the inbox. Letters are left to people instead.
func sentBefore(c ClosedList, e *Event) bool {
	closed, err := time.Parse(time.RFC3339, c.At)
	sent, wrong := time.Parse(time.RFC3339, e.Data.Given)
	at, bad := time.Parse(time.RFC3339, e.At)
	return err == nil && wrong == nil && bad == nil && e.Data.Mail == "" && !sent.After(closed) &&
		at.Sub(sent) < mostUnpacking
}

// checkHandedOver checks that a closed list is handed over.
func checkHandedOver(a attempt) error {
	if _, closed := a.state.Closed[a.event.Ruleset]; !closed {
		return refuse("not-closed", "the list of %s is not closed; only a closed list is handed over or answered",
			a.event.Ruleset)
	}
	return nil
}

// checkTakenIn checks that a dossier of another office is taken in once, and not again after it was forgotten.
func checkTakenIn(a attempt) error {
	s, e := a.state, a.event
	var p Provenance
	if err := json.Unmarshal(e.Data.Content, &p); err != nil || p.Office == "" || p.Dossier == "" {
		return refuse("content", "it does not say where the dossier comes from")
	}
	if _, there := s.taken[e.Dossier]; there {
		return refuse("handover-there", "%s was taken in already", e.Dossier)
	}
	if Removed(s, e.Dossier) {
		return refuse("handover-forgotten", "%s was taken in and forgotten here; it is not taken in again", e.Dossier)
	}
	return nil
}

// Removed reports whether a dossier was forgotten.
func Removed(s *State, id string) bool {
	return slices.ContainsFunc(s.past[id], func(c Change) bool { return c.Action == Forgotten })
}

// DecisionHolds reports whether the decision that recognised an entry of a closed list still holds: its dossier was
// not forgotten, and no objection to the decision is open or was upheld.
func DecisionHolds(s *State, ruleset, id string) bool {
	return !Removed(s, id) && !slices.ContainsFunc(s.ObjectionsTo(ruleset, id), func(o Objection) bool {
		return o.Outcome != ObjectionRejected
	})
}

// checkAnswered checks that an answer is to an entry of a closed list that was recognised here, and not older than the
// one that is known.
func checkAnswered(a attempt) error {
	s, e := a.state, a.event
	var x Answer
	if err := json.Unmarshal(e.Data.Content, &x); err != nil || x.Office == "" {
		return refuse("content", "the answer cannot be read")
	}
	if err := checkHandedOver(a); err != nil {
		return err
	}
	if x.Decision != "" && !slices.Contains(Decisions, x.Decision) {
		return refuse("decision", "a decision is one of %v", Decisions)
	}
	c := s.Closed[e.Ruleset]
	if !slices.ContainsFunc(c.figures.entries, func(r ClosedEntry) bool {
		return r.Dossier == e.Dossier && r.Decision == Recognised
	}) {
		return refuse("answer-other", "%s was not recognised on the closed list of %s, so no other office decides on it",
			e.Dossier, e.Ruleset)
	}
	was, known := s.answers[on{e.Ruleset, e.Dossier}]
	if known && was.Office == x.Office && was.Key == x.Key && x.Audit.Events <= was.Audit.Events {
		return refuse("answer-old", "a later answer on %s is here already", e.Dossier)
	}
	return nil
}

// applyHandedOver records which archive was made of a list.
func applyHandedOver(u update) {
	put(u.state, u.state.archives, u.event.Ruleset+"\n"+u.event.Data.Name, u.event.Data.Secret)
}

// applyTakenIn records where a dossier comes from.
func applyTakenIn(u update) {
	s, e := u.state, u.event
	t := TakenIn{By: e.Person, At: e.At, Seq: e.Seq}
	if json.Unmarshal(e.Data.Content, &t.Provenance) == nil { // checkTakenIn refuses others
		put(s, s.taken, e.Dossier, t)
	}
}

// applyAnswered records what the next tier has decided.
func applyAnswered(u update) {
	s, e := u.state, u.event
	x := Answered{By: e.Person, At: e.At, Seq: e.Seq}
	if json.Unmarshal(e.Data.Content, &x.Answer) == nil { // checkAnswered refuses others
		put(s, s.answers, on{e.Ruleset, e.Dossier}, x)
	}
}

// Objection is what a unit has objected to a decision on its dossier, after the list was closed.
type Objection struct {
	Text, By, At string
	Seq          int64

	Outcome              string // ObjectionUpheld or ObjectionRejected; "" as long as it is open
	Answer               string // the reasons
	AnsweredBy, Answered string
}

// Outcomes of objections. Neither changes the closed list: what follows from one that is upheld is a new decision of
// the body that decides.
const (
	ObjectionUpheld   = "upheld"
	ObjectionRejected = "rejected"
)

// ObjectionsTo returns the objections to an entry, in order.
func (s *afterwards) ObjectionsTo(ruleset, id string) []Objection {
	return slices.Clone(s.objections[on{ruleset, id}])
}

// ObjectionOn is an objection with the entry that it is about.
type ObjectionOn struct {
	Ruleset, Dossier, Title, Unit string
	Objection
}

// Objections returns the objections to entries of closed lists, the oldest first; with open those alone that wait for
// their answer.
func Objections(s *State, open bool) (out []ObjectionOn) {
	for ruleset, c := range s.Closed {
		for _, e := range c.Entries() {
			for _, o := range s.objections[on{ruleset, e.Dossier}] {
				if !open || o.Outcome == "" {
					out = append(out, ObjectionOn{ruleset, e.Dossier, e.Title, e.Unit, o})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b ObjectionOn) int { return cmp.Compare(a.Seq, b.Seq) })
	return out
}

// OpenObjections returns the dossiers of a list with objections that are not answered, in order.
func (s *afterwards) OpenObjections(ruleset string) (out []string) {
	for k, list := range s.objections {
		if k.ruleset == ruleset && openObjection(list) {
			out = append(out, k.dossier)
		}
	}
	slices.Sort(out)
	return out
}

// openObjection reports whether an objection is not answered; only the last one can be.
func openObjection(list []Objection) bool { return len(list) > 0 && list[len(list)-1].Outcome == "" }

// ObjectUntil returns until when units may object to a closed list: the end of a day, in the timezone of the campaign.
// false if the list is open, or its rules allow no objections.
func ObjectUntil(s *State, ruleset string) (time.Time, bool) {
	c, closed := s.Closed[ruleset]
	if !closed || c.figures.rule == nil || c.figures.rule.Objections == 0 {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, c.At)
	if err != nil {
		return time.Time{}, false
	}
	in := zone(s)
	y, m, d := at.In(in).Date()
	return time.Date(y, m, d+c.figures.rule.Objections+1, 0, 0, 0, 0, in), true
}

// zone is the timezone of the campaign.
func zone(s *State) *time.Location {
	if s.Settings.In == nil {
		return time.UTC
	}
	return s.Settings.In
}

// checkObjected checks that a unit objects in time, to a decision on a dossier of its own, and not twice at once.
func checkObjected(a attempt) error {
	s, e := a.state, a.event
	p := s.People[e.Person]
	if p == nil || p.Unit == "" || p.Unit != a.about.Unit {
		return refuse("objection-unit", "a unit objects to decisions on its own dossiers alone")
	}
	until, may := ObjectUntil(s, e.Ruleset)
	if !may {
		return refuse("objection-never", "there is no closed list of %s to which units may object", e.Ruleset)
	}
	if at, err := time.Parse(time.RFC3339, e.At); err != nil || !at.Before(until) {
		last := moment(until, until.Location(), true)
		return &Refusal{"objection-late", []any{last}, "objections were possible until " + last}
	}
	c := s.Closed[e.Ruleset]
	switch {
	case !slices.ContainsFunc(c.Entries(), func(x ClosedEntry) bool { return x.Dossier == e.Dossier }):
		return refuse("objection-never", "%s is not on the closed list of %s", e.Dossier, e.Ruleset)
	case openObjection(s.objections[on{e.Ruleset, e.Dossier}]):
		return refuse("objection-open", "an objection to this decision waits for its answer")
	case strings.TrimSpace(e.Data.Text) == "":
		return refuse("objection-empty", "write what the objection is about")
	}
	return nil
}

// checkObjectionAnswered checks that an open objection is answered, with reasons.
func checkObjectionAnswered(a attempt) error {
	s, e := a.state, a.event
	switch {
	case !openObjection(s.objections[on{e.Ruleset, e.Dossier}]):
		return refuse("objection-none", "no objection to this decision is open")
	case e.Data.Outcome != ObjectionUpheld && e.Data.Outcome != ObjectionRejected:
		return refuse("objection-outcome", "an objection is %s or %s", ObjectionUpheld, ObjectionRejected)
	}
	return checkReason(&e.Data)
}

// applyObjected records an objection.
func applyObjected(u update) {
	s, e := u.state, u.event
	k := on{e.Ruleset, e.Dossier}
	put(s, s.objections, k, append(slices.Clone(s.objections[k]), Objection{Text: e.Data.Text, By: e.Person, At: e.At,
		Seq: e.Seq}))
}

// applyObjectionAnswered records the answer to the objection that is open.
func applyObjectionAnswered(u update) {
	s, e := u.state, u.event
	k := on{e.Ruleset, e.Dossier}
	list := slices.Clone(s.objections[k])
	if len(list) == 0 {
		return // not reached: checkObjectionAnswered refuses it
	}
	x := &list[len(list)-1]
	x.Outcome, x.Answer, x.AnsweredBy, x.Answered = e.Data.Outcome, e.Data.Reason, e.Person, e.At
	put(s, s.objections, k, list)
}
