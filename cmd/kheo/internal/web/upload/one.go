package upload

import (
	"errors"
	"io"
	"net/http"
	"os"

	"kheo/cmd/kheo/internal/web/page"
)

// MaxOne is how many bytes a form may have whose one file is read into memory; the file may have nearly as many.
const MaxOne = 4<<20 + 64<<10

// One reads a form that sends one file into memory. field is the name of its control. The body must be a Sending.
func One(q *page.Request, field string) ([]byte, error) {
	body, is := q.R.Body.(*Sending)
	mr, err := q.R.MultipartReader()
	if err != nil || !is {
		return nil, page.Refuse(http.StatusBadRequest, "error.upload")
	}
	var data []byte
	for err == nil {
		part, next := mr.NextPart()
		if errors.Is(next, io.EOF) && len(data) > 0 {
			io.Copy(io.Discard, body) // to its end, when the time to answer begins
			return data, nil
		}
		if err = next; err == nil && part.FormName() == field {
			data, err = io.ReadAll(part)
		}
	}
	if body.err == errSlow || body.err == errLarge { // however it came out of the form
		err = body.err
	}
	return nil, body.refused(err)
}

// ToFile reads a form that sends one large file into a new file of a folder, whose path it returns; the caller removes
// it. field is the name of its control. The body must be a Sending.
func ToFile(q *page.Request, dir, field string) (path string, err error) {
	body, is := q.R.Body.(*Sending)
	mr, err := q.R.MultipartReader()
	if err != nil || !is {
		return "", page.Refuse(http.StatusBadRequest, "error.upload")
	}
	f, err := os.CreateTemp(dir, "upload-")
	if err != nil {
		return "", err
	}
	got := int64(0)
	for err == nil {
		part, next := mr.NextPart()
		if errors.Is(next, io.EOF) && got > 0 {
			io.Copy(io.Discard, body) // to its end, when the time to answer begins
			return f.Name(), f.Close()
		}
		if err = next; err == nil && part.FormName() == field && got == 0 {
			got, err = io.Copy(f, part)
		}
	}
	f.Close()
	os.Remove(f.Name())
	if body.err == errSlow || body.err == errLarge { // however it came out of the form
		err = body.err
	}
	return "", body.refused(err)
}
