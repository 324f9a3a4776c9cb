package index

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kheo/internal/text/query"
)

// The order of what a search found is kept in a file, so that its pages neither repeat a dossier nor leave one out,
// whatever happens to the index in between.
const (
	maxKept      = 2000 // hits of one search
	maxKeptFiles = 200
	keptFor      = 24 * time.Hour
)

// keptSearch is a search whose further pages can be asked for.
type keptSearch struct {
	Query    string   `json:"query"`
	Total    int      `json:"total"`
	Dossiers []string `json:"dossiers"`
}

// ErrPage is returned for a page that is not kept any more, or never was.
var ErrPage = errors.New("this page is not kept any more; search again")

// keepOrder stores the order of what was found, and returns the name of the second page; "" if the workspace is
// read-only, in which case a searcher asks for more hits at once.
func (f *finding) keepOrder(list []ranked, node query.Node, how How, total int) (string, error) {
	h := keptSearch{Total: total}
	if node != nil {
		h.Query = node.String()
	}
	for i := range list {
		id, err := f.v.segs[list[i].seg].snap.DocID(uint64(list[i].doc))
		if err != nil {
			return "", err
		}
		h.Dossiers = append(h.Dossiers, string(id))
	}
	dir := filepath.Join(f.v.x.top, "held")
	if err := os.MkdirAll(dir, 0o700); readOnly(err) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	sweep(dir)
	b, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	token := strings.ToLower(rand.Text())
	path := filepath.Join(dir, token)
	if err := os.WriteFile(path+".new", b, 0o600); readOnly(err) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return token + "." + strconv.Itoa(how.Limit), os.Rename(path+".new", path)
}

// DropResultPages removes the further pages of all searches in the index of a folder.
func DropResultPages(top string) error { return os.RemoveAll(filepath.Join(top, "held")) }

// sweep removes what is too old, or too much.
func sweep(dir string) {
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if fi, err := e.Info(); err == nil && (time.Since(fi.ModTime()) > keptFor || len(list) > maxKeptFiles && time.Since(fi.ModTime()) > time.Hour) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// pageName parses what Results.Next named: the token of a search, and the first hit of the page.
func pageName(name string) (token string, from int, err error) {
	foreign := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	token, number, ok := strings.Cut(name, ".")
	from, err = strconv.Atoi(number)
	if !ok || err != nil || from < 0 || token == "" || strings.ContainsFunc(token, foreign) {
		return "", 0, fmt.Errorf("%q is not the name of a page: %w", name, ErrPage)
	}
	return token, from, nil
}

// keptOrder reads the search that a token names.
func (x *Index) keptOrder(token string) (h keptSearch, err error) {
	b, err := os.ReadFile(filepath.Join(x.top, "held", token))
	if errors.Is(err, os.ErrNotExist) {
		return h, ErrPage
	}
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(b, &h); err != nil {
		return h, fmt.Errorf("%w (%v)", ErrPage, err)
	}
	return h, nil
}

// nextPage returns a further page of a search. Dossiers that are gone, or that the searcher may not see, are left out.
func (x *Index) nextPage(ctx context.Context, v *snapshot, how How, text func(string) (*Text, error)) (*Results, error) {
	token, at, err := pageName(how.Page)
	if err != nil {
		return nil, err
	}
	h, err := x.keptOrder(token)
	if err != nil {
		return nil, err
	}
	node, err := query.Parse(h.Query, asks)
	if err != nil {
		return nil, err
	}
	f, err := v.find(ctx, h.Query, how.Hidden, text)
	if err != nil {
		return nil, err
	}
	var list []ranked
	for ; at < len(h.Dossiers) && len(list) < how.Limit; at++ {
		for i, s := range v.segs {
			docs, err := s.snap.Segment().DocNumbers(h.Dossiers[at : at+1])
			if err != nil {
				return nil, err
			}
			docs.And(f.may[i])
			if !docs.IsEmpty() {
				list = append(list, ranked{seg: i, doc: docs.Minimum()})
			}
		}
	}
	res := &Results{Total: h.Total, Hits: []Hit{}}
	if at < len(h.Dossiers) {
		res.Next = token + "." + strconv.Itoa(at)
	}
	return res, f.show(res, list, sought(node))
}
