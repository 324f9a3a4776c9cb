package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// pace is how fast an upload must be: so many bytes in every stretch of time. However large it is,
// and however long it takes, it goes on while it keeps pace; one that does not is cut off.
type pace struct {
	stretch time.Duration
	least   int
}

// uploadPace is about 26 kbit/s: less than any connection that a browser is used on.
var uploadPace = pace{30 * time.Second, 96 << 10}

// afterUpload is how long what was uploaded may take to be looked at and answered.
const afterUpload = 3 * time.Minute

// errSlow is returned by an upload that does not keep pace.
var errSlow = errors.New("the upload is too slow")

// errLarge is returned by an upload beyond its limit.
var errLarge = errors.New("the upload is too large")

// sending is the body of an upload.
type sending struct {
	io.ReadCloser
	conn  *http.ResponseController
	pace  pace
	limit int64 // bytes that are taken
	got   int64
	owed  int // bytes that must still come in this stretch
	begun bool
	err   error
}

// Read reads what has arrived, and gives the sender another stretch of time for every so many bytes.
func (s *sending) Read(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if !s.begun || s.owed <= 0 {
		s.begun, s.owed = true, s.pace.least
		s.allow(s.pace.stretch)
	}
	n, err := s.ReadCloser.Read(b)
	s.got += int64(n)
	s.owed -= n
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errSlow
	case s.got > s.limit: // whoever has read the end already would not look at the error
		n -= int(min(int64(n), s.got-s.limit))
		err = errLarge
	case err == io.EOF:
		s.allow(afterUpload)
	}
	s.err = err
	return n, err
}

// allow lets the connection live for a while. The answer may be written a while after that.
func (s *sending) allow(d time.Duration) {
	now := time.Now()
	s.conn.SetReadDeadline(now.Add(d)) // not every connection has one: then others bound it
	s.conn.SetWriteDeadline(now.Add(d + afterUpload))
}

// drain reads on for a bounded while, without keeping anything: a browser that is still sending
// does not show the answer.
func (s *sending) drain() {
	if s.err == errSlow {
		return
	}
	s.err, s.limit, s.owed = nil, s.limit*2, 0
	io.Copy(io.Discard, s)
}

// refused is what the person is told of an upload that failed: which limit, and what to do.
func (s *sending) refused(err error) error {
	switch {
	case errors.Is(err, errLarge):
		s.drain()
		return &problem{http.StatusRequestEntityTooLarge, "error.upload-size", []any{maxUpload >> 20}}
	case errors.Is(err, errSlow):
		return &problem{http.StatusRequestTimeout, "error.upload-slow",
			[]any{s.pace.least >> 10, int(s.pace.stretch.Seconds()), fmt.Sprintf("%.1f", float64(s.got)/(1<<20))}}
	}
	var p *problem
	if errors.As(err, &p) {
		s.drain()
		return p
	}
	return &problem{http.StatusBadRequest, "error.upload", nil}
}
