package upload

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"kheo/cmd/kheo/internal/web/page"
)

// Limits of a request's body, in bytes: uploads may be larger than other forms.
const (
	MaxBody   = 1 << 20 // but for uploads, which the submitter's page takes up to MaxUpload
	MaxUpload = 64 << 20
)

// Pace is the slowest allowed speed of an upload: Least bytes in every Stretch of time. An upload that keeps
// pace may take as long as it needs; a slower one is cut off.
type Pace struct {
	Stretch time.Duration
	Least   int
}

// DefaultPace is about 26 kbit/s: less than any connection that a browser is used on.
var DefaultPace = Pace{30 * time.Second, 96 << 10}

// afterUpload is how long processing and answering an upload may take.
const afterUpload = 3 * time.Minute

// errSlow is the error of an upload that is too slow.
var errSlow = errors.New("the upload is too slow")

// errLarge is the error of an upload beyond its limit.
var errLarge = errors.New("the upload is too large")

// Sending is the body of an upload. It extends the deadlines of the connection while data arrives.
type Sending struct {
	io.ReadCloser
	Conn  *http.ResponseController
	Pace  Pace
	Limit int64 // bytes that are taken
	got   int64
	owed  int // bytes that must still come in this stretch
	begun bool
	err   error
}

// Read reads what has arrived, and extends the deadline for every Least bytes. The server's own deadlines,
// which are set for pages, would cut off a slow but steady upload. After the first error every call returns it.
func (s *Sending) Read(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if !s.begun || s.owed <= 0 {
		s.begun, s.owed = true, s.Pace.Least
		s.allow(s.Pace.Stretch)
	}
	n, err := s.ReadCloser.Read(b)
	s.got += int64(n)
	s.owed -= n
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errSlow
	case s.got > s.Limit: // a caller that has read the end would ignore the error
		n -= int(min(int64(n), s.got-s.Limit))
		err = errLarge
	case err == io.EOF:
		s.allow(afterUpload)
	}
	s.err = err
	return n, err
}

// allow extends the deadlines of the connection for reading and for the answer.
func (s *Sending) allow(d time.Duration) {
	now := time.Now()
	s.Conn.SetReadDeadline(now.Add(d)) // not every connection has one: then others bound it
	s.Conn.SetWriteDeadline(now.Add(d + afterUpload))
}

// drain reads and discards the rest for a limited time, since a browser that is still sending does not show the
// answer. It accepts as much again as the limit, at the same pace.
func (s *Sending) drain() {
	if s.err == errSlow {
		return
	}
	s.err, s.Limit, s.owed = nil, s.Limit*2, 0
	io.Copy(io.Discard, s)
}

// refused returns the error that the person reads about a failed upload: which limit it broke, and what to
// do.
func (s *Sending) refused(err error) error {
	switch {
	case errors.Is(err, errLarge):
		limit := s.Limit
		s.drain()
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.upload-size", limit>>20)
	case errors.Is(err, errSlow):
		return page.Refuse(http.StatusRequestTimeout, "error.upload-slow",
			s.Pace.Least>>10, int(s.Pace.Stretch.Seconds()), fmt.Sprintf("%.1f", float64(s.got)/(1<<20)))
	}
	var p *page.Problem
	if errors.As(err, &p) {
		s.drain()
		return p
	}
	return page.Refuse(http.StatusBadRequest, "error.upload")
}
