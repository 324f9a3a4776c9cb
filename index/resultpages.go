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
// even if the index changes in between.
const (
	maxKept      = 2000           // hits that are kept of one search
	maxKeptFiles = 200            // above this number, searches older than an hour are removed
	keptFor      = 24 * time.Hour // then a search is removed in any case
)

// keptSearch is the content of such a file. It names dossiers only by their ids; a further page checks again what
// the searcher may see.
type keptSearch struct {
	Query    string   `json:"query"`    // in the query language, after corrections
	Total    int      `json:"total"`    // number of hits, also if not all are kept
	Dossiers []string `json:"dossiers"` // ids, the best first
}

// ErrPage is returned for a page that is not kept any more, or never was.
var ErrPage = errors.New("this page is not kept any more; search again")

// keepOrder stores the order of what was found, and returns the name of the second page; "" if the workspace is
// read-only: the searcher then has to ask for more hits at once.
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

// DropResultPages removes the further pages of all searches in the folder of an index: a forgotten dossier must not
// be named in them.
func DropResultPages(top string) error { return os.RemoveAll(filepath.Join(top, "held")) }

// sweep removes the files of searches that are too old, or too many. Errors are ignored: another process may
// have removed the file, and the next search tries again.
func sweep(dir string) {
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		fi, err := e.Info()
		if err != nil {
			continue
		}
		if age := time.Since(fi.ModTime()); age > keptFor || len(list) > maxKeptFiles && age > time.Hour {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// pageName parses the name of a page: the token of a search, and the position of its first hit. It rejects
// everything that could leave the folder.
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

// nextPage returns a further page of a search. Dossiers that are gone, or that the searcher may not see, are left
// out.
func (x *Index) nextPage(
	ctx context.Context, v *snapshot, how How, text func(string) (*Text, error),
) (*Results, error) {
	token, at, err := pageName(how.Page)
	if err != nil {
		return nil, err
	}
	h, err := x.keptOrder(token)
	if err != nil {
		return nil, err
	}
	node, err := query.Parse(h.Query, checkField)
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
