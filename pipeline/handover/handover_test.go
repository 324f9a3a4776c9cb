package handover_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/handover"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	intake.DefaultSettle = 0
	code := m.Run()
	testspace.Remove()
	os.Exit(code)
}

const list = "model-district"

// tiers are an office with a closed list, and the one above it, which knows its key.
type tiers struct {
	*testing.T
	lower, upper *workspace.Workspace
	archive      string // of the lower one's list
}

// open returns two offices. The lower one has decided on its list, and closed it.
func open(t *testing.T) *tiers {
	t.Helper()
	dir, _ := testspace.RunCopy(t, 24)
	above := t.TempDir()
	if err := samples.WriteCampaign(above); err != nil {
		t.Fatal(err)
	}
	if testspace.OnPostgres() {
		testspace.MoveToPostgres(t, above)
	}
	x := &tiers{T: t, lower: opened(t, dir)}
	x.closes(x.lower, review.Recognised)
	key, err := handover.PublicKey(t.Context(), x.lower)
	x.must(err)
	write(t, above, fmt.Sprintf("handover: { from: [ { id: dai-loc, key: %q, unit: dai-hiep } ] }\n", key))
	x.upper = opened(t, above)
	key, err = handover.PublicKey(t.Context(), x.upper)
	x.must(err)
	write(t, dir, fmt.Sprintf("handover: { to: [ { id: province, key: %q } ] }\n", key))
	x.must(x.lower.Reload())
	x.archive = filepath.Join(t.TempDir(), "list.zip")
	x.makes(x.archive)
	return x
}

func opened(t *testing.T, dir string) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// write adds a line to kheo.yaml.
func write(t *testing.T, dir, line string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "kheo.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("\n" + line)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (x *tiers) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// closes has three members decide on what is open of a list, and closes it.
func (x *tiers) closes(w *workspace.Workspace, d review.Decision) *publish.File {
	x.Helper()
	ctx := x.Context()
	people := []string{"an", "binh", "chi"}
	for _, id := range people {
		x.must(w.Review().Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: id, Name: "Person " + id, Roles: []review.Role{review.Member, review.Chair}}}))
	}
	run, err := w.Store.Runs.Latest(ctx)
	x.must(err)
	f, err := editions.List(ctx, w, run, list)
	x.must(err)
	for _, e := range f.Entries {
		if e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview {
			continue
		}
		about := review.Subject{Unit: e.Unit, Outcome: string(e.Outcome)}
		vote := review.For
		if d == review.NotRecognised {
			vote = review.Against
		}
		for _, id := range people {
			x.must(w.Review().Do(ctx, about, review.Event{Person: id, Action: review.Voted, Ruleset: list, Dossier: e.Dossier,
				Data: review.Data{Value: vote}}))
		}
		x.must(w.Review().Do(ctx, about, review.Event{Person: "an", Action: review.Decided, Ruleset: list, Dossier: e.Dossier,
			Data: review.Data{Decision: d, Reason: "as the members saw on site"}}))
	}
	x.must(w.Review().Close(ctx, "an", f))
	return f
}

// makes writes the archive of the lower office.
func (x *tiers) makes(path string) *handover.Made {
	x.Helper()
	var b bytes.Buffer
	made, err := handover.Make(x.Context(), x.lower, review.System, list, &b)
	x.must(err)
	x.must(os.WriteFile(path, b.Bytes(), 0o600))
	return made
}

// accepts takes in an archive in the upper office.
func (x *tiers) accepts(path string) *handover.Result {
	x.Helper()
	r, err := handover.Accept(x.Context(), x.upper, review.System, path)
	x.must(err)
	return r
}

// refusedFor asserts that the upper office refuses an archive with some words, and takes in nothing.
func (x *tiers) refusedFor(what, path, words string) {
	x.Helper()
	_, err := handover.Accept(x.Context(), x.upper, review.System, path)
	if err == nil || !strings.Contains(err.Error(), words) {
		x.Errorf("%s: %v, want %q", what, err, words)
	}
	if n, err := x.upper.InboxCount(); err != nil || n != 0 {
		x.Errorf("%s: %d entries in the inbox, %v", what, n, err)
	}
	x.must(x.upper.Review().View(x.Context(), func(s *review.State) error {
		if got := s.AllTakenIn(); len(got) != 0 {
			x.Errorf("%s: %v were taken in", what, got)
		}
		return nil
	}))
}

// A closed list goes to the next tier once; its dossiers are read there as others are, and say where they come from;
// the answer comes back to the entries.
func TestAListIsHandedOverAndAnswered(t *testing.T) {
	t.Parallel()
	x := open(t)
	ctx := t.Context()
	c, err := handover.Check(ctx, x.archive, x.upper.Campaign().Handover)
	x.must(err)
	if c.Office != "dai-loc" || c.Entries == 0 || c.Files < c.Entries {
		t.Errorf("checked: %+v", c)
	}
	first := x.accepts(x.archive)
	for _, e := range first.Entries {
		if e.State != handover.Inbox {
			t.Errorf("%+v", e)
		}
	}
	if n, _ := x.upper.InboxCount(); n != c.Entries || len(first.Entries) != n {
		t.Errorf("%d entries in the inbox, want %d", n, c.Entries)
	}
	// Before they are read, one is lost as if kheo had been killed: the same archive puts it there again.
	lost := filepath.Join(x.upper.Inbox(), "dai-loc "+first.Entries[0].From)
	x.must(os.RemoveAll(lost))
	for i, e := range x.accepts(x.archive).Entries {
		if want := map[bool]handover.State{true: handover.Inbox, false: handover.There}[i == 0]; e.State != want {
			t.Errorf("a second time: %+v, want %s", e, want)
		}
	}
	_, err = pipeline.Run(ctx, x.upper, pipeline.Options{Cause: "test"})
	x.must(err)
	for _, e := range x.accepts(x.archive).Entries {
		if e.State != handover.There {
			t.Errorf("after the run: %+v", e)
		}
	}
	a, err := x.upper.Store.Dossiers.Get(ctx, first.Entries[0].Dossier)
	x.must(err)
	if a == nil || a.Manifest.Unit != "dai-hiep" || a.Manifest.Title != first.Entries[0].Title || len(a.Files) == 0 {
		t.Fatalf("taken in as %+v", a)
	}
	x.must(x.upper.Review().View(ctx, func(s *review.State) error {
		p := s.TakenIn(a.ID)
		if p == nil || p.Office != "dai-loc" || p.Points == 0 || p.Max == 0 || p.Closed == "" || p.Decision != review.Recognised {
			t.Errorf("it comes from %+v", p)
		}
		return nil
	}))

	_, err = handover.Reply{Ruleset: list}.Write(ctx, x.upper, review.System, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "not closed") {
		t.Errorf("an open list is answered: %v", err)
	}
	f := x.closes(x.upper, review.Recognised)
	answer := x.answers("1", handover.Reply{Ruleset: list, Number: "123/QĐ-UBND", On: "2024-12-20"})
	if _, err := handover.Accept(ctx, x.upper, review.System, answer); err == nil || !strings.Contains(err.Error(), "answered") {
		t.Errorf("answers are taken in as a list: %v", err)
	}
	got, err := handover.Receive(ctx, x.lower, review.System, answer)
	x.must(err)
	if len(got.Entries) != len(f.Entries) || got.Office != "province" {
		t.Errorf("%d answers to %d dossiers: %+v", len(got.Entries), len(f.Entries), got)
	}
	x.must(x.lower.Review().View(ctx, func(s *review.State) error {
		for _, e := range got.Entries {
			if a := s.AnswerTo(list, e.Dossier); a == nil || a.Number != "123/QĐ-UBND" || a.On != "2024-12-20" ||
				a.Decision == review.Recognised == (a.Outcome == dossier.NotRecommended) {
				t.Errorf("%s is answered %+v", e.Dossier, a)
			}
		}
		return nil
	}))
	if got, err = handover.Receive(ctx, x.lower, review.System, answer); err != nil || got.Entries[0].State != handover.There {
		t.Errorf("the same answers again: %+v, %v", got, err)
	}
	later := x.answers("2", handover.Reply{Ruleset: list, Number: "124/QĐ-UBND", On: "2024-12-21"})
	_, err = handover.Receive(ctx, x.lower, review.System, later)
	x.must(err)
	if _, err = handover.Receive(ctx, x.lower, review.System, answer); err == nil || !strings.Contains(err.Error(), "a later answer") {
		t.Errorf("an answer that was replaced is taken in again: %v", err)
	}
	rep, err := x.lower.Review().Verify(ctx, "", func(run, ruleset string) (*publish.File, error) {
		return editions.List(ctx, x.lower, run, ruleset)
	})
	if err != nil || len(rep.Faults) > 0 {
		t.Errorf("the audit trail: %+v, %v", rep, err)
	}
}

// answers writes the answers of the upper office.
func (x *tiers) answers(name string, o handover.Reply) string {
	x.Helper()
	var b bytes.Buffer
	_, err := o.Write(x.Context(), x.upper, review.System, &b)
	x.must(err)
	path := filepath.Join(x.TempDir(), name+".zip")
	x.must(os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// part is one file of a zip.
type part struct {
	zip.FileHeader
	body []byte
}

// altered returns a copy of an archive that was changed by edit. With a key it is signed again.
func (x *tiers) altered(name string, key ed25519.PrivateKey, edit func(m *handover.Manifest, parts []part) []part) string {
	x.Helper()
	r, err := zip.OpenReader(x.archive)
	x.must(err)
	defer r.Close()
	var parts []part
	var m handover.Manifest
	for _, f := range r.File {
		b, err := f.Open()
		x.must(err)
		body, err := io.ReadAll(b)
		x.must(err)
		parts = append(parts, part{zip.FileHeader{Name: f.Name, Method: f.Method}, body})
	}
	x.must(json.Unmarshal(parts[0].body, &m))
	parts = edit(&m, parts)
	if key != nil {
		parts[0].body, err = json.Marshal(m)
		x.must(err)
		parts[1].body = ed25519.Sign(key, parts[0].body)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.CreateHeader(&p.FileHeader)
		x.must(err)
		_, err = w.Write(p.body)
		x.must(err)
	}
	x.must(z.Close())
	path := filepath.Join(x.TempDir(), name+".zip")
	x.must(os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// Nothing is taken in from an archive that was altered, that another key has signed, or that is not as kheo makes it;
// the file that is wrong is named.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	x := open(t)
	key, err := handover.Key(t.Context(), x.lower) // an office that is trusted, and lies
	x.must(err)
	_, stranger, err := ed25519.GenerateKey(nil)
	x.must(err)
	document := func(parts []part) int {
		return slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(p.Name, "dossiers/") })
	}
	same := func(m *handover.Manifest, parts []part) []part { return parts }
	rename := func(to string) func(m *handover.Manifest, parts []part) []part {
		return func(m *handover.Manifest, parts []part) []part {
			i := document(parts)
			parts[i].Name, m.Files[i-2].Name = to, to
			return parts
		}
	}
	for _, c := range []struct {
		what string
		key  ed25519.PrivateKey
		edit func(m *handover.Manifest, parts []part) []part
		want string
	}{
		{"a document that was altered", nil, func(m *handover.Manifest, parts []part) []part {
			parts[document(parts)].body[0] ^= 1
			return parts
		}, "it was altered: it is not what was signed"},
		{"points that were altered", nil, func(m *handover.Manifest, parts []part) []part {
			parts[0].body = bytes.Replace(parts[0].body, []byte(`"points": `), []byte(`"points": 1`), 1)
			return parts
		}, "handover.json: the signature is not that of the key"},
		{"a paper that was added", nil, func(m *handover.Manifest, parts []part) []part {
			return append(parts, part{zip.FileHeader{Name: "dossiers/x/y.txt"}, []byte("x")})
		}, "dossiers/x/y.txt: the signed list does not name it"},
		{"a document that was taken out", nil, func(m *handover.Manifest, parts []part) []part {
			i := document(parts)
			return slices.Delete(parts, i, i+1)
		}, ": it is missing"},
		{"a document twice", nil, func(m *handover.Manifest, parts []part) []part {
			return append(parts, parts[document(parts)])
		}, "it is there twice"},
		{"another key", stranger, func(m *handover.Manifest, parts []part) []part {
			m.Key = "ed25519:" + base64Of(stranger)
			return parts
		}, "no office in kheo.yaml has the key"},
		{"the signature of another key", stranger, same, "the signature is not that of the key"},
		{"a path out of the folder", key, rename("dossiers/../../../etc/cron.d/x"), "this is no name of a file within an archive"},
		{"an absolute path", key, rename("/etc/cron.d/x"), "this is no name of a file within an archive"},
		{"a path of Windows", key, rename(`dossiers\..\x`), "this is no name of a file within an archive"},
		{"a dossier whose id is a path", key, func(m *handover.Manifest, parts []part) []part {
			m.Entries[0].Dossier = "../x"
			return parts
		}, "is no dossier, or is there twice"},
		{"a dossier that was not recognised", key, func(m *handover.Manifest, parts []part) []part {
			e := m.Entries[0]
			e.Dossier = "other"
			m.Entries = append(m.Entries, e)
			return parts
		}, "other was not recognised on the list that was closed"},
		{"more points than were closed", key, func(m *handover.Manifest, parts []part) []part {
			m.Entries[0].Points++
			return parts
		}, "differs from the list that was closed"},
		{"a bomb", key, func(m *handover.Manifest, parts []part) []part {
			i := document(parts)
			parts[i].body, parts[i].Method = make([]byte, 50<<20), zip.Deflate
			m.Files[i-2].Size = 50 << 20
			return parts
		}, "it is compressed or encrypted"},
		{"a link", key, func(m *handover.Manifest, parts []part) []part {
			parts[document(parts)].SetMode(os.ModeSymlink | 0o777)
			return parts
		}, "it is a link or a folder, and no file"},
		{"another form", key, func(m *handover.Manifest, parts []part) []part {
			m.Format = "kheo-handover-2"
			return parts
		}, "is not known here"},
	} {
		x.refusedFor(c.what, x.altered(fmt.Sprintf("%x", c.what), c.key, c.edit), c.want)
	}
	for what, b := range map[string][]byte{"nothing": {}, "no zip": bytes.Repeat([]byte("kheo"), 100)} {
		path := filepath.Join(t.TempDir(), "x.zip")
		x.must(os.WriteFile(path, b, 0o600))
		x.refusedFor(what, path, "the file is not an archive of kheo")
	}
	x.refusedFor("overlapping files", x.overlapping(), "the files of the archive overlap")
	x.refusedFor("a directory that is too large", x.hugeDirectory(), "the directory of the archive has")
}

// base64Of returns the public key of a key as kheo writes it, without what it begins with.
func base64Of(key ed25519.PrivateKey) string {
	return base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
}

// overlapping returns an archive whose directory names one large file many times, under other names.
func (x *tiers) overlapping() string {
	x.Helper()
	b, err := os.ReadFile(x.archive)
	x.must(err)
	end := len(b) - 22
	at := int(binary.LittleEndian.Uint32(b[end+16:]))
	directory := b[at:end]
	first := 46 + int(binary.LittleEndian.Uint16(directory[28:])) + int(binary.LittleEndian.Uint16(directory[30:]))
	var more []byte
	n := 0
	for i := 0; i < 5000; i++ {
		h := slices.Clone(directory[:first])
		copy(h[46:], fmt.Sprintf("x%05d", i)) // in place of handover.json
		more = append(more, h...)
		n++
	}
	out := append(slices.Clone(b[:at]), more...)
	out = append(out, b[end:]...)
	e := out[len(out)-22:]
	binary.LittleEndian.PutUint16(e[8:], uint16(n))
	binary.LittleEndian.PutUint16(e[10:], uint16(n))
	binary.LittleEndian.PutUint32(e[12:], uint32(len(more)))
	path := filepath.Join(x.TempDir(), "overlapping.zip")
	x.must(os.WriteFile(path, out, 0o600))
	return path
}

// hugeDirectory returns a zip whose directory is larger than any archive needs.
func (x *tiers) hugeDirectory() string {
	x.Helper()
	const size = 40 << 20
	e := make([]byte, 22)
	copy(e, "PK\x05\x06")
	binary.LittleEndian.PutUint32(e[12:], size)
	path := filepath.Join(x.TempDir(), "huge.zip")
	x.must(os.WriteFile(path, append(make([]byte, size), e...), 0o600))
	return path
}

// The files that go to the next tier are those that were decided on, also if the unit has sent others since; if they
// are not kept, nothing is handed over.
func TestWhatWasDecidedOnIsHandedOver(t *testing.T) {
	t.Parallel()
	x := open(t)
	ctx := t.Context()
	before, err := handover.Check(ctx, x.archive, x.upper.Campaign().Handover)
	x.must(err)
	a, err := handover.Open(x.archive)
	x.must(err)
	id := a.Manifest.Entries[0].Dossier
	x.must(a.Close())
	d, err := x.lower.Store.Dossiers.Get(ctx, id)
	x.must(err)
	sent := filepath.Join(t.TempDir(), d.Name)
	x.must(os.MkdirAll(sent, 0o755))
	x.must(os.WriteFile(filepath.Join(sent, d.Files[0].Name), []byte("another report"), 0o644))
	x.must(os.WriteFile(filepath.Join(sent, "later.txt"), []byte("sent later"), 0o644))
	s := intake.Submission{From: sent, Inbox: x.lower.Inbox(), Env: x.lower.Campaign().Env, One: true}
	_, err = s.Submit(ctx)
	x.must(err)
	x.lower.Now = func() time.Time { return time.Now().Add(time.Hour) }
	_, err = pipeline.Run(ctx, x.lower, pipeline.Options{Cause: "test"})
	x.must(err)
	x.lower.Now = time.Now // papers bear the date
	if d, _ = x.lower.Store.Dossiers.Get(ctx, id); d.Version != 2 {
		t.Fatalf("version %d", d.Version)
	}
	again := filepath.Join(t.TempDir(), "again.zip")
	x.makes(again)
	after, err := handover.Check(ctx, again, x.upper.Campaign().Handover)
	x.must(err)
	if after.SHA256 != before.SHA256 {
		t.Errorf("the archive differs: %+v, %+v", before, after)
	}
	_, err = x.lower.Store.Dossiers.DropVersions(ctx, time.Now().Add(2*time.Hour))
	x.must(err)
	if _, err := handover.Make(ctx, x.lower, review.System, list, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "are not kept any more") {
		t.Errorf("other files than were decided on are handed over: %v", err)
	}
}
