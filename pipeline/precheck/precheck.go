// Package precheck shows those who send in a dossier what it has of what its ruleset asks for, and what it lacks,
// before a run assesses it: on a copy, without points, and without recording anything. What it says comes from the
// same readers and rules as the run's assessment. Pages that need OCR are named, and not read.
//
// [Checker.Submission] checks what is to be submitted, and [Checker.Dossier] a dossier with what waits in the inbox
// for it. Both assemble the dossier as intake would, assess it, and reduce the assessment to a [Report]. One check
// runs at a time and each is bounded by [Timeout], because the run needs the processors more.
package precheck

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kheo/internal/blobs"
	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/reading"
	"kheo/pipeline/recognitions"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Bounds of what a checker remembers, so that the page of a dossier that waits is not read each time: packed
// readings, by the hash of their file.
const (
	maxRemembered      = 1_000
	maxRememberedBytes = 32 << 20
)

// Timeout bounds one check. A dossier that takes longer is checked by the next run only.
const Timeout = time.Minute

// Checker checks submissions of a workspace. It is safe for concurrent use: one check runs at a time, so that many
// submitters do not take the processors from the run.
type Checker struct {
	w    *workspace.Workspace
	pool *extract.Pool

	turn  chan struct{} // of capacity 1: the one that fills it checks
	known map[string]store.PackedReading
	bytes int
}

// New returns a checker of a workspace, which reads with a pool that the caller closes. With a pool of its own a check
// does not wait for what a run reads.
func New(w *workspace.Workspace, pool *extract.Pool) *Checker {
	return &Checker{w: w, pool: pool, turn: make(chan struct{}, 1), known: map[string]store.PackedReading{}}
}

// Submission checks what is to be put into the inbox, or waits there, together with what was received of its dossier
// before.
func (c *Checker) Submission(ctx context.Context, b *intake.Submission) (out *Report, err error) {
	return out, c.onCopy(ctx, func(ctx context.Context, keep blobs.Blobs) error {
		a, notes, err := b.Preview(ctx, c.pool, keep)
		if err != nil {
			return err
		}
		a.ReceivedAt = c.w.Now()
		if out, err = c.report(ctx, a, keep); err == nil {
			out.Notes = notes
		}
		return err
	})
}

// Dossier checks a dossier as it is: together with what waits in the inbox under its name. The report is nil if there
// is no such dossier.
func (c *Checker) Dossier(ctx context.Context, id, name string) (out *Report, err error) {
	waiting, err := intake.Waiting(c.w.Inbox(), name)
	if err != nil {
		return nil, err
	}
	if len(waiting) > 0 {
		if out, err = c.waiting(ctx, waiting); err == nil {
			return out, nil
		} else if !intake.NotTaken(err) {
			return nil, err
		}
	}
	a, err := c.w.Store.Dossiers.Get(ctx, id) // as received, or as a run has taken it in meanwhile
	if err != nil || a == nil {
		return nil, err
	}
	return out, c.onCopy(ctx, func(ctx context.Context, keep blobs.Blobs) error {
		out, err = c.report(ctx, a, keep)
		return err
	})
}

// waiting checks a dossier together with the deliveries of it that wait, in their order.
func (c *Checker) waiting(ctx context.Context, list []intake.Entry) (out *Report, err error) {
	return out, c.onCopy(ctx, func(ctx context.Context, keep blobs.Blobs) error {
		before := c.w.Store.Dossiers.Get
		var a *store.Accepted
		var notes []string
		for _, e := range list {
			b := &intake.Submission{From: e.Path(c.w.Inbox()), Inbox: c.w.Inbox(), Env: c.w.Campaign().Env,
				Before: before}
			next, said, err := b.Preview(ctx, c.pool, keep)
			if err != nil {
				return err
			}
			a, notes = next, append(notes, said...)
			before = func(context.Context, string) (*store.Accepted, error) { return next, nil }
		}
		a.ReceivedAt = c.w.Now()
		if out, err = c.report(ctx, a, keep); err == nil {
			out.Notes, out.Waits, out.Waiting = append(out.Notes, notes...), true, len(list)
		}
		return err
	})
}

// onCopy does a check with a folder of its own for files, when no other check runs.
func (c *Checker) onCopy(ctx context.Context, check func(ctx context.Context, keep blobs.Blobs) error) error {
	ctx, done := context.WithTimeout(ctx, Timeout)
	defer done()
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	top := filepath.Join(c.w.Dir, "var")
	if err := os.MkdirAll(top, durable.PrivateDir); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(top, "check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	keep, err := blobs.Open(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(check(ctx, keep), keep.Close())
}

// report assesses a dossier whose new files are in keep, and says what it has and lacks.
func (c *Checker) report(ctx context.Context, a *store.Accepted, keep blobs.Blobs) (*Report, error) {
	d, err := reading.LoadFrom(ctx, c.w.Store, a,
		func(ctx context.Context, shas []string) (map[string]store.PackedReading, error) {
			return c.read(ctx, keep, shas)
		})
	if err != nil {
		return nil, fmt.Errorf("checking %s: %w", a.ID, err)
	}
	env := c.w.Campaign().Env
	r := rules.Read(d)
	id := env.Identify(r)
	r.Close()
	rs := c.w.Campaign().Ruleset(id.Kind, id.Level)
	given := rules.Given{Identity: id, Received: pipeline.Received(c.w.Campaign(), a)}
	if rs != nil {
		past, err := recognitions.Load(ctx, c.w, rs)
		if err != nil {
			return nil, err
		}
		given.Past = past.For(rs)
		corrections, err := pipeline.Corrections(ctx, c.w, a.ID)
		if err != nil {
			return nil, err
		}
		given.Corrections, given.Lapsed = d.Holding(corrections[a.ID])
	}
	return reportOf(env, rs, d, pipeline.Assess(env, rs, d, given)), nil
}

// read returns what is read of files, by hash: as the records or an earlier check have it, or by reading them now.
func (c *Checker) read(ctx context.Context, keep blobs.Blobs, shas []string) (map[string]store.PackedReading, error) {
	out, err := c.w.Store.Readings.Packed(ctx, shas, extract.Version)
	if err != nil {
		return nil, err
	}
	for _, sha := range shas {
		if out[sha] != nil {
			continue
		}
		if known, ok := c.known[sha]; ok {
			out[sha] = known
			continue
		}
		content, err := keep.Read(ctx, sha)
		if errors.Is(err, fs.ErrNotExist) { // of what was received before
			content, err = c.w.Store.Blobs.Read(ctx, sha)
		}
		if err != nil {
			return nil, err
		}
		packed, err := c.readFile(ctx, keep, content)
		if err != nil {
			return nil, err
		}
		out[sha] = packed
		c.remember(sha, packed)
	}
	return out, nil
}

// readFile reads one file, and stores the files inside it in keep. Formats that need LibreOffice are left to the run.
func (c *Checker) readFile(ctx context.Context, keep blobs.Blobs, content []byte) (store.PackedReading, error) {
	res, err := reading.Files(ctx, keep, func(keep extract.Keep) (dossier.Reading, error) {
		return c.pool.Read(ctx, content, keep)
	})
	if err != nil {
		return nil, err
	}
	return store.Pack(res)
}

// remember keeps a reading for later checks. What a full memory holds is forgotten at once.
func (c *Checker) remember(sha string, r store.PackedReading) {
	if len(c.known) >= maxRemembered || c.bytes+len(r) > maxRememberedBytes {
		clear(c.known)
		c.bytes = 0
	}
	c.known[sha] = r
	c.bytes += len(r)
}
