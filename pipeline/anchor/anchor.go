// Package anchor writes anchors of the audit trail to places that a person who changes the records cannot reach, and
// verifies the trail against every anchor that it finds. An anchor is the number of events and the hash of the last
// one, so a trail that was truncated or replaced contradicts it.
//
// [Keep] is called after each run, with the digests of the morning, and when a list is closed: it writes into
// run.json of the newest edition, into the file of `audit:` in kheo.yaml, and by mail. [Verify] is `kheo audit
// verify`; besides anchors it compares the tables that are kept beside the trail, and the closed lists. An anchor
// that contradicts the trail is never replaced: it is the evidence. A new place for anchors belongs into both
// functions, and into docs/review.md.
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

// Bounds of files that are searched for anchors, in bytes.
const (
	maxRunFile    = 64 << 20
	maxAnchorFile = 256 << 20
)

// Verify verifies the audit trail: the hash chain, the tables derived from it, the closed lists, and every
// anchor that can be found: in all editions in lists/, in the file that audit: in kheo.yaml names, and in
// files. expected is the hash of the last event, if the caller knows it.
func Verify(ctx context.Context, w *workspace.Workspace, expected string, files ...string) (*review.Report, error) {
	anchors, unreadable, err := All(w, files)
	if err != nil {
		return nil, err
	}
	r, err := w.Review().Verify(ctx, expected, func(run, ruleset string) (*publish.File, error) {
		return editions.List(ctx, w, run, ruleset)
	}, anchors...)
	if err == nil {
		r.Faults = append(r.Faults, unreadable...)
	}
	return r, err
}

// All returns all anchors that can be found. unreadable describes files of this workspace that should
// contain an anchor and cannot be read; one of files that contains none is an error.
func All(w *workspace.Workspace, files []string) (out []review.Anchored, unreadable []string, err error) {
	out, unreadable, err = inEditions(w)
	if err != nil {
		return nil, nil, err
	}
	made, err := filepath.Glob(filepath.Join(w.Lists(), "papers", "*.docx"))
	if err != nil {
		return nil, nil, err
	}
	for _, at := range made {
		if list, err := readAnchors(at); err == nil { // people may have changed a paper into something else
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
		list, err := anchorsOf(f)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, list...)
	}
	return out, unreadable, nil
}

// inEditions returns the anchors in run.json of all editions.
func inEditions(w *workspace.Workspace) (out []review.Anchored, unreadable []string, err error) {
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
	return out, unreadable, nil
}

// anchorsOf returns the anchors that an argument of a command names: EVENTS/HASH as typed from a paper, or
// the path of a file. It is an error if there is none.
func anchorsOf(arg string) ([]review.Anchored, error) {
	if list := inText(arg, []byte(arg)); len(list) > 0 {
		return list, nil
	}
	list, err := readAnchors(arg)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s contains no anchor: neither JSON with events and head, "+
			"nor a paper with the line of the audit trail", arg)
	}
	return list, err
}

// readBounded reads a file of at most the given number of bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d MB", path, limit>>20)
	}
	return b, err
}

// paperAnchor matches the line at the foot of a paper: the number of events, and the hash of the last one.
var paperAnchor = regexp.MustCompile(`([0-9]{1,12})[^0-9a-f]{1,3}([0-9a-f]{64})\b`)

// jsonAnchor matches an anchor anywhere in JSON.
var jsonAnchor = regexp.MustCompile(`"events"\s*:\s*([0-9]{1,12})\s*,\s*"head"\s*:\s*"([0-9a-f]{64})"`)

// readAnchors returns the anchors in a file: JSON (one document, or one per line), Word or plain text.
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

// inText returns the anchors in a text, each once.
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

// xmlTag matches a tag of XML, which WordText removes.
var xmlTag = regexp.MustCompile(`<[^>]*>`)

// WordText returns the text of all parts of a Word document, without markup. It reads at most maxRunFile
// bytes of decompressed XML.
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

// anchorLine is one line of the file that audit: in kheo.yaml names.
type anchorLine struct {
	At       string `json:"at"`
	Campaign string `json:"campaign"`
	review.Anchor
}

// Keep writes the present anchor of the audit trail to where audit: in kheo.yaml says: as a line of its
// file, unless the last line has it already, and by mail once a day. It also writes it into run.json of
// the newest edition. mail sends the anchor; nil sends none. An existing anchor that contradicts the
// trail is never replaced.
func Keep(ctx context.Context, w *workspace.Workspace, mail func(context.Context, review.Anchor) error) error {
	var now review.Anchor
	if err := w.Review().View(ctx, func(s *review.State) error { now = s.Anchor(); return nil }); err != nil {
		return err
	}
	return errors.Join(anchorEdition(ctx, w, now), anchorFile(ctx, w, now), anchorMail(ctx, w, now, mail))
}

// holds reports whether an anchor agrees with the audit trail.
func holds(ctx context.Context, w *workspace.Workspace, a review.Anchor) (bool, error) {
	if a.Events <= 0 {
		return true, nil
	}
	rows, err := w.Store.Events.Before(ctx, a.Events+1, 1)
	return err == nil && len(rows) == 1 && rows[0].Seq == a.Events && rows[0].Hash == a.Head, err
}

// errAnchor is returned for an existing anchor that contradicts the audit trail.
var errAnchor = errors.New("the audit trail is not the one that was anchored there: " +
	"`kheo audit verify` shows more. The anchor was not changed")

// OfLatest returns run.json of the newest edition and its path; nil if there is none. It is an error if
// its anchor contradicts the audit trail.
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

// anchorEdition writes a newer anchor into run.json of the newest edition, so that votes and decisions are
// anchored on days on which no list changes, too. An anchor that contradicts the trail is kept.
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
	// The path leads through the link latest, which must not change its target between writing and renaming.
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		return err
	}
	return durable.WriteFile(real, append(b, '\n'))
}

// anchorFile appends the anchor to the file of anchors. It never changes existing lines.
func anchorFile(ctx context.Context, w *workspace.Workspace, now review.Anchor) error {
	at := w.Campaign().Audit.Anchor
	if at == "" {
		return nil
	}
	list, err := readAnchors(at) // missing before the first anchor
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Only the last line is compared here: verifying the trail checks all of them.
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
		return fmt.Errorf("the anchor of the audit trail cannot be written: %w; "+
			"check audit: anchor: in kheo.yaml", err)
	}
	// A line that a power cut left incomplete is ended first, so that it does not spoil the new one.
	if end, err := f.Seek(0, io.SeekEnd); err == nil && end > 0 {
		last := []byte{'\n'}
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// anchorMail mails the anchor, once a day.
func anchorMail(
	ctx context.Context, w *workspace.Workspace, now review.Anchor, mail func(context.Context, review.Anchor) error,
) error {
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

// EditionFaults describes lists in the records that are not those that the edition of a run contains.
func EditionFaults(ctx context.Context, w *workspace.Workspace, run string) (faults []string, err error) {
	b, err := readBounded(filepath.Join(w.Lists(), run, "run.json"), maxRunFile)
	if err != nil {
		return nil, nil // a damaged edition is reported elsewhere
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
			faults = append(faults,
				fmt.Sprintf("the list of %s in the records is not the one that run %s published", name, run))
		}
	}
	return faults, nil
}
