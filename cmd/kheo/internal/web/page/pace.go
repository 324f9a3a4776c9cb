package page

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPaced is how many names a Pace remembers.
const maxPaced = 20_000

// Pace counts calls under names, each with a limiter of its own.
type Pace struct {
	mu sync.Mutex
	of map[string]*rate.Limiter
}

// NewPace returns a Pace under which no one has called.
func NewPace() *Pace { return &Pace{of: map[string]*rate.Limiter{}} }

// Take counts a call, and returns how long the caller must wait; 0 if not at all. A call that must wait is not counted.
func (p *Pace) Take(name string, now time.Time, perSecond rate.Limit, burst int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.of[name]
	if l == nil {
		p.makeRoom(now)
		l = rate.NewLimiter(perSecond, burst)
		p.of[name] = l
	}
	r := l.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// Look returns how long a caller must wait, without counting a call.
func (p *Pace) Look(name string, now time.Time, perSecond rate.Limit) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.of[name]
	if l == nil || l.TokensAt(now) >= 1 {
		return 0
	}
	return time.Duration((1 - l.TokensAt(now)) / float64(perSecond) * float64(time.Second))
}

// makeRoom bounds the memory: names that may call as often as new ones are forgotten, and then any. The caller holds
// p.mu.
func (p *Pace) makeRoom(now time.Time) {
	if len(p.of) < maxPaced {
		return
	}
	for name, l := range p.of {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(p.of, name)
		}
	}
	for name := range p.of {
		if len(p.of) < maxPaced {
			return
		}
		delete(p.of, name)
	}
}

// Forget forgets how many calls there were.
func (p *Pace) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.of)
}
