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

// Limits of a request.
const (
	MaxBody   = 1 << 20 // but for uploads, which the submitter's page takes up to maxUpload
	MaxUpload = 64 << 20
)

// Pace is how fast an upload must be: so many bytes in every stretch of time. However large it is,
// and however long it takes, it goes on while it keeps pace; one that does not is cut off.
type Pace struct {
	Stretch time.Duration
	Least   int
}

// DefaultPace is about 26 kbit/s: less than any connection that a browser is used on.
var DefaultPace = Pace{30 * time.Second, 96 << 10}

// afterUpload is how long what was uploaded may take to be looked at and answered.
const afterUpload = 3 * time.Minute

// errSlow is returned by an upload that does not keep pace.
var errSlow = errors.New("the upload is too slow")

// errLarge is returned by an upload beyond its limit.
var errLarge = errors.New("the upload is too large")

// sending is the body of an upload.
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

// Read reads what has arrived, and gives the sender another stretch of time for every so many bytes.
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
	case s.got > s.Limit: // whoever has read the end already would not look at the error
		n -= int(min(int64(n), s.got-s.Limit))
		err = errLarge
	case err == io.EOF:
		s.allow(afterUpload)
	}
	s.err = err
	return n, err
}

// allow lets the connection live for a while. The answer may be written a while after that.
func (s *Sending) allow(d time.Duration) {
	now := time.Now()
	s.Conn.SetReadDeadline(now.Add(d)) // not every connection has one: then others bound it
	s.Conn.SetWriteDeadline(now.Add(d + afterUpload))
}

// drain reads on for a bounded while, without keeping anything: a browser that is still sending
// does not show the answer.
func (s *Sending) drain() {
	if s.err == errSlow {
		return
	}
	s.err, s.Limit, s.owed = nil, s.Limit*2, 0
	io.Copy(io.Discard, s)
}

// refused is what the person is told of an upload that failed: which limit, and what to do.
func (s *Sending) refused(err error) error {
	switch {
	case errors.Is(err, errLarge):
		s.drain()
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.upload-size", MaxUpload>>20)
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
