package upload

import (
	"errors"
	"io"
	"net/http"

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
