// Package names hides the names of units and nominees from those who score, in a campaign with blind: names.
//
// What such a person gets is masked when it leaves the server, after everything that made it: so a page that is added
// later hides names too. In texts a name is found word by word, without case, diacritics, markup and signs between
// the words. Ids of dossiers and names of files, which often hold names, are replaced by others that lead to the
// same. What cannot be masked (images, photos, workbooks, papers, files, the API) is refused, and so is a question
// that names someone, because its answer would reveal which dossiers are theirs.
//
// [Keeper.For] returns the [Mask] for a person, or nil. The server then gives the request to [Mask.Refuses] and
// [Mask.Real], which puts ids and file names in place of aliases, and an [Answer] in place of the response, which is
// held back until it is complete and then masked. A kind of answer that the mask does not know is not sent at all.
// The mask is made once for each run and campaign, since it holds the words of all names; aliases are derived from a
// secret that is the same on every node, so that links stay valid.
//
// A page that shows names in another way than as text, such as in a picture, must ask Request.HidesNames.
// docs/review.md says from whom names are hidden.
package names

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Keeper makes and keeps what is hidden.
type Keeper struct {
	w     *workspace.Workspace
	lists *access.Lists

	mu       sync.Mutex
	mask     *Mask // of the run and campaign below
	run      string
	campaign *campaign.Campaign
	dossiers int
}

// New returns the keeper of a workspace's names.
func New(w *workspace.Workspace, lists *access.Lists) *Keeper { return &Keeper{w: w, lists: lists} }

// HiddenFrom reports whether names are hidden from a person now: the person scores and does not assign work, which
// needs names for conflicts of interest, and not all lists are closed.
func (k *Keeper) HiddenFrom(ctx context.Context, p *review.Person) (hidden bool, err error) {
	if p == nil || !p.May(review.Score) || p.May(review.Assign) {
		return false, nil
	}
	rulesets := k.w.Campaign().Rulesets
	err = k.w.Review().View(ctx, func(st *review.State) error {
		if !st.Settings.Names {
			return nil
		}
		for _, rs := range rulesets {
			if _, closed := st.Closed[rs.ID]; !closed {
				hidden = true
			}
		}
		return nil
	})
	return hidden, err
}

// For returns the mask for a person; nil if no name is hidden from the person.
func (k *Keeper) For(ctx context.Context, p *review.Person) (*Mask, error) {
	if hidden, err := k.HiddenFrom(ctx, p); err != nil || !hidden {
		return nil, err
	}
	mine, err := k.lists.For(ctx, nil) // without a person nothing is left out
	if err != nil {
		return nil, err
	}
	heads, err := k.w.Store.Dossiers.Heads(ctx)
	if err != nil {
		return nil, err
	}
	c := k.w.Campaign()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mask != nil && k.run == mine.Run && k.campaign == c && k.dossiers == len(heads) {
		return k.mask, nil
	}
	events, err := k.w.Review().Page(ctx, 2, 1)
	if err != nil {
		return nil, err
	}
	secret := "kheo names"
	for _, e := range events { // the hash of the first event, which no one sees from whom names are hidden
		secret += e.Hash
	}
	m := newMask(secret)
	for i := range c.Env.Units {
		m.addUnit(c.Env.Units[i].Name)
		m.addUnit(strings.ReplaceAll(c.Env.Units[i].ID, "-", " "))
	}
	for i := range heads {
		m.addDossier(heads[i].ID)
		m.addUnit(heads[i].Manifest.Unit)
		m.add(heads[i].Manifest.Nominee)
	}
	for id, at := range mine.At {
		m.addDossier(id)
		m.add(at.Entry.Nominee)
		m.addUnit(at.Entry.Unit)
	}
	m.seal()
	k.mask, k.run, k.campaign, k.dossiers = m, mine.Run, c, len(heads)
	return m, nil
}

// closedTo are beginnings of paths that those do not open from whom names are hidden.
var closedTo = []string{"/search", "/papers", "/register", "/own/"}

// imageRE matches the paths of images and files, which hold names that cannot be masked.
var imageRE = regexp.MustCompile(`^/dossiers/[^/]+/(picture|piece)$|^/lists/[^/]+/files/`)

// Refuses reports why a request is refused, as the key of a text: it asks for what cannot be masked, or names
// someone. "" if it is not refused. The form must have been parsed.
func (m *Mask) Refuses(r *http.Request) string {
	path := r.URL.Path
	if slices.ContainsFunc(closedTo, func(p string) bool { return strings.HasPrefix(path, p) }) ||
		imageRE.MatchString(path) || r.URL.Query().Has("as") {
		return "error.names"
	}
	if strings.TrimPrefix(r.URL.Query().Get("sort"), "-") == "unit" {
		return "error.names-asked"
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return "" // what people write is theirs
	}
	for name, values := range r.URL.Query() {
		for _, v := range values {
			if name != "doc" && m.names(v) {
				return "error.names-asked"
			}
		}
	}
	return ""
}

// aliasRE matches the alias of the id of a dossier.
var aliasRE = regexp.MustCompile(`\bd-[0-9a-f]{16}\b`)

// Real replaces in a request aliases of dossiers and files by their names.
func (m *Mask) Real(r *http.Request) {
	real := func(s string) string {
		return aliasRE.ReplaceAllStringFunc(s, func(a string) string {
			if id := m.ids[a]; id != "" {
				return id
			}
			return a
		})
	}
	to := *r.URL
	to.Path, to.RawPath = real(to.Path), ""
	query := url.Values{}
	for name, values := range to.Query() {
		for _, v := range values {
			if v = real(v); name == "doc" {
				v = m.file(v)
			}
			query.Add(name, v)
		}
	}
	to.RawQuery = query.Encode()
	r.URL = &to
	for _, name := range []string{"dossier", "model"} {
		if v := r.PathValue(name); v != "" {
			r.SetPathValue(name, real(v))
		}
	}
	for _, form := range []url.Values{r.Form, r.PostForm} {
		for _, values := range form {
			for i := range values {
				values[i] = real(values[i])
			}
		}
	}
	if from, err := url.Parse(r.Referer()); err == nil && r.Referer() != "" {
		from.Path, from.RawPath, from.RawQuery = real(from.Path), "", real(from.RawQuery)
		r.Header.Set("Referer", from.String())
	}
}

// alias returns the alias of the id of a dossier.
func (m *Mask) alias(id string) string {
	h := sha256.Sum256([]byte(m.secret + "\n" + id))
	return "d-" + hex.EncodeToString(h[:8])
}
