// Package anchor writes anchors of the audit trail to places that whoever changes the records does not
// reach, and verifies the trail against every anchor that it finds.
package anchor

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Bounds of what is read in search of anchors.
const (
	maxRunFile    = 64 << 20
	maxAnchorFile = 256 << 20
)

// Verify verifies the audit trail: the chain itself, what is kept beside it, the closed lists, and every
// anchor that there is: of all editions in lists/, of the file that audit: in kheo.yaml names, and of files.
func Verify(ctx context.Context, w *workspace.Workspace, expected string, files ...string) (*review.Report, error) {
	anchors, unreadable, err := All(w, files)
	if err != nil {
		return nil, err
	}
	r, err := w.Review().Verify(ctx, expected, func(run, ruleset string) (*publish.File, error) {
		return editions.List(ctx, w, run,
			ruleset)
	}, anchors...)
	if err == nil {
		r.Faults = append(r.Faults, unreadable...)
	}
	return r, err
}

// All are all that are found; unreadable tells of files of this workspace that should have some.
func All(w *workspace.Workspace, files []string) (out []review.Anchored, unreadable []string, err error) {
	folders, err := os.ReadDir(w.Lists())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, e := range folders {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") { // latest is a link to one of them
			continue
		}
		at := filepath.Join(w.Lists(), e.Name(), "run.json")
		b, err := readBounded(at, maxRunFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var rf editions.RunFile
		if err == nil {
			err = json.Unmarshal(b, &rf)
		}
		if err != nil {
			unreadable = append(unreadable, fmt.Sprintf("%s cannot be read in search of its anchor: %v", at, err))
		} else if rf.Audit != nil {
			out = append(out, review.Anchored{Anchor: *rf.Audit, Where: at})
		}
	}
	made, err := filepath.Glob(filepath.Join(w.Lists(), "papers", "*.docx"))
	if err != nil {
		return nil, nil, err
	}
	for _, at := range made {
		if list, err := readAnchors(at); err == nil { // one that people changed into something else tells nothing
			out = append(out, list...)
		}
	}
	if at := w.Campaign().Audit.Anchor; at != "" {
		list, err := readAnchors(at)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			unreadable = append(unreadable, err.Error())
		}
		out = append(out, list...)
	}
	for _, f := range files {
		list := inText(f, []byte(f)) // EVENTS / HASH, typed from a paper
		if len(list) == 0 {
			list, err = readAnchors(f)
		}
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("%s names no anchor: neither JSON with events and head, "+
				"nor a paper with the line of the audit trail", f)
		}
		if err != nil {
			return nil, nil, err
		}
		out = append(out, list...)
	}
	return out, unreadable, nil
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s is larger than %d MB", path, most>>20)
	}
	return b, err
}

// paperAnchor is the line at the foot of a paper: the number of events, and the hash of the last.
var paperAnchor = regexp.MustCompile(`([0-9]{1,12})[^0-9a-f]{1,3}([0-9a-f]{64})\b`)

// jsonAnchor is an anchor as JSON writes it, wherever it stands in it.
var jsonAnchor = regexp.MustCompile(`"events"\s*:\s*([0-9]{1,12})\s*,\s*"head"\s*:\s*"([0-9a-f]{64})"`)

// readAnchors finds the anchors in a file: JSON, one document or one on each line, or a paper: Word or text.
func readAnchors(path string) (out []review.Anchored, err error) {
	b, err := readBounded(path, maxAnchorFile)
	if err != nil {
		return nil, fmt.Errorf("the anchors of %s cannot be read: %w", path, err)
	}
	if bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		if b, err = WordText(b); err != nil {
			return nil, fmt.Errorf("the anchors of %s cannot be read: %w", path, err)
		}
	}
	return inText(path, b), nil
}

// inText finds the anchors in what a file says.
func inText(path string, b []byte) (out []review.Anchored) {
	for _, re := range []*regexp.Regexp{jsonAnchor, paperAnchor} {
		for _, m := range re.FindAllSubmatch(b, -1) {
			events, err := strconv.ParseInt(string(m[1]), 10, 64)
			a := review.Anchored{Anchor: review.Anchor{Events: events, Head: string(m[2])}, Where: path}
			if err == nil && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

var xmlTag = regexp.MustCompile(`<[^>]*>`)

// WordText is the text of the parts of a Word document, without its marks.
func WordText(b []byte) ([]byte, error) {
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var out []byte
	left := int64(maxRunFile)
	for _, f := range zr.File {
		if !strings.HasPrefix(f.Name, "word/") || !strings.HasSuffix(f.Name, ".xml") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		part, err := io.ReadAll(io.LimitReader(r, left))
		r.Close()
		if err != nil {
			return nil, err
		}
		left -= int64(len(part))
		part = bytes.ReplaceAll(part, []byte("</w:p>"), []byte("\n"))
		out = append(append(out, xmlTag.ReplaceAll(part, nil)...), '\n')
	}
	return out, nil
}

// anchorLine is a line of the file that audit: names.
type anchorLine struct {
	At       string `json:"at"`
	Campaign string `json:"campaign"`
	review.Anchor
}

// Keep writes how far the audit trail goes to where audit: in kheo.yaml says: into its file, where that
// does not say it yet, and by mail, once a day. It also brings the anchor of the newest edition up to date. mail sends it, and may be nil.
func Keep(ctx context.Context, w *workspace.Workspace, mail func(context.Context, review.Anchor) error) error {
	var now review.Anchor
	if err := w.Review().View(ctx, func(s *review.State) error { now = s.Anchor(); return nil }); err != nil {
		return err
	}
	return errors.Join(anchorEdition(ctx, w, now), anchorFile(ctx, w, now), anchorMail(ctx, w, now, mail))
}

// holds reports whether an anchor is one of the chain.
func holds(ctx context.Context, w *workspace.Workspace, a review.Anchor) (bool, error) {
	if a.Events <= 0 {
		return true, nil
	}
	rows, err := w.Store.Events.Before(ctx, a.Events+1, 1)
	return err == nil && len(rows) == 1 && rows[0].Seq == a.Events && rows[0].Hash == a.Head, err
}

var errAnchor = errors.New("the audit trail is not the one that was anchored there: " +
	"`kheo audit verify` tells more. The anchor is left as it is")

// OfLatest returns what run.json of the newest edition says, nil where there is none, and where it is.
// It is an error where its anchor is not one of the chain.
func OfLatest(ctx context.Context, w *workspace.Workspace) (rf *editions.RunFile, at string, err error) {
	at = filepath.Join(w.Lists(), workspace.Latest, "run.json")
	b, err := readBounded(at, maxRunFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, at, nil
	}
	if err != nil {
		return nil, at, err
	}
	rf = &editions.RunFile{}
	if err := json.Unmarshal(b, rf); err != nil {
		return nil, at, fmt.Errorf("%s: %w", at, err)
	}
	if rf.Audit == nil {
		return rf, at, nil
	}
	ok, err := holds(ctx, w, *rf.Audit)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", at, errAnchor)
	}
	return rf, at, err
}

// anchorEdition writes a newer anchor into run.json of the newest edition: votes and decisions of the days on
// which no list changes are anchored too. An anchor that does not hold is kept.
func anchorEdition(ctx context.Context, w *workspace.Workspace, now review.Anchor) error {
	rf, at, err := OfLatest(ctx, w)
	if err != nil || rf == nil || rf.Audit != nil && rf.Audit.Events >= now.Events {
		return err
	}
	rf.Audit = &now
	b, err := json.MarshalIndent(rf, "", "  ")
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		return err
	}
	return durable.WriteFile(real, append(b, '\n'))
}

// anchorFile adds a line to the file of anchors.
func anchorFile(ctx context.Context, w *workspace.Workspace, now review.Anchor) error {
	at := w.Campaign().Audit.Anchor
	if at == "" {
		return nil
	}
	list, err := readAnchors(at)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if n := len(list); n > 0 {
		if ok, err := holds(ctx, w, list[n-1].Anchor); err != nil || !ok {
			return errors.Join(err, fmt.Errorf("%s: %w", at, errAnchor))
		}
		if list[n-1].Anchor == now {
			return nil
		}
	}
	line, err := json.Marshal(anchorLine{w.Now().UTC().Format(time.RFC3339), w.Campaign().ID, now})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(at, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("the anchor of the audit trail cannot be written: %w; check audit: anchor: in kheo.yaml", err)
	}
	if end, err := f.Seek(0, io.SeekEnd); err == nil && end > 0 { // a line that a power cut broke off stays one of its own
		last := []byte{'\n'}
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

func anchorMail(ctx context.Context, w *workspace.Workspace, now review.Anchor, mail func(context.Context, review.Anchor) error) error {
	if mail == nil || w.Campaign().Audit.Mail == "" {
		return nil
	}
	today := w.Time().Format(time.DateOnly)
	if was, err := w.Store.State.AnchorMailed.Get(ctx); err != nil || was == today {
		return err
	}
	if err := mail(ctx, now); err != nil {
		return fmt.Errorf("the anchor of the audit trail was not mailed: %w", err)
	}
	return w.Store.State.AnchorMailed.Set(ctx, today)
}

// EditionFaults tells of lists in the records that are not those that were published.
func EditionFaults(ctx context.Context, w *workspace.Workspace, run string) (faults []string, err error) {
	b, err := readBounded(filepath.Join(w.Lists(), run, "run.json"), maxRunFile)
	if err != nil {
		return nil, nil // that the edition is not whole is said elsewhere
	}
	var rf editions.RunFile
	if json.Unmarshal(b, &rf) != nil {
		return nil, nil
	}
	names, err := w.Store.Lists.Rulesets(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		list, err := w.Store.Lists.Get(ctx, run, name)
		if err != nil {
			return nil, err
		}
		if want := rf.Files[name+".json"]; want != "" && dossier.SHA256(list) != want {
			faults = append(faults, fmt.Sprintf("the list of %s in the records is not the one that run %s published", name, run))
		}
	}
	return faults, nil
}
