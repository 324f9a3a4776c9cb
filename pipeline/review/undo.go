package review

import "slices"

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
