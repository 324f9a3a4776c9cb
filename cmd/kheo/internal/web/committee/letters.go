package committee

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/texts"
	"kheo/pipeline/editions"
	"kheo/pipeline/papers"
	"kheo/pipeline/review"
)

// letters is the work on all letters as one archive: at most one for each person who asks for it, in this process.
// mu guards the map and the fields of the jobs.
type letters struct {
	mu   sync.Mutex
	of   map[string]*lettersJob // by person
	ends sync.WaitGroup
}

// lettersJob makes an archive of letters.
type lettersJob struct {
	PDF         bool
	Done, Total int
	Left        int // letters that the person may not have
	Finished    bool
	Failed      bool
	Bytes       int64

	orders []papers.Order
	stop   context.CancelFunc
	file   *os.File // without a name in the file system, so that nothing of it is left when the process ends
}

// Percent returns how far the work is.
func (j lettersJob) Percent() int { return 100 * j.Done / max(1, j.Total) }

// seq changes whenever a page that shows the work is out of date.
func (j lettersJob) seq() int {
	if j.Finished || j.Failed {
		return j.Done + 1
	}
	return j.Done
}

// end ends all work and waits for it.
func (l *letters) end() {
	l.mu.Lock()
	for _, j := range l.of {
		j.stop()
	}
	l.mu.Unlock()
	l.ends.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range l.of {
		j.drop()
	}
	l.of = nil
}

// drop removes the archive.
func (j *lettersJob) drop() {
	if j.file != nil {
		j.file.Close()
		os.Remove(j.file.Name()) // gone already where open files may be removed
		j.file = nil
	}
}

// seen returns a copy of the work for a person; nil if there is none.
func (l *letters) seen(person string) *lettersJob {
	l.mu.Lock()
	defer l.mu.Unlock()
	if j := l.of[person]; j != nil {
		copied := *j
		return &copied
	}
	return nil
}

// Close ends the work on letters. The workspace must not be closed before.
func (s *Papers) Close() { s.letters.end() }

// MakeLetters begins to make all letters that the person may have, as one archive. If that is under way already, it goes
// on.
func (s *Papers) MakeLetters(q *page.Request) error {
	pdf := q.Form("as") == "pdf"
	if pdf && s.printer.find(q.Ctx()) == nil {
		return page.Refuse(http.StatusNotImplemented, "error.no-pdf")
	}
	orders, left, err := s.lettersFor(q)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return page.Refuse(http.StatusConflict, "letters.none")
	}
	names, err := s.letterNames(q, orders)
	if err != nil {
		return err
	}
	l := &s.letters
	l.mu.Lock()
	defer l.mu.Unlock()
	if j := l.of[q.Person.ID]; j != nil {
		if !j.Finished && !j.Failed {
			return s.site.Back(q, "/papers#letters", "")
		}
		j.drop()
	}
	f, err := os.CreateTemp(filepath.Join(s.site.W.Dir, "var"), "letters-*.zip")
	if err != nil {
		return err
	}
	os.Remove(f.Name()) // fails where open files cannot be removed; drop removes it then
	ctx, stop := context.WithCancel(context.WithoutCancel(q.Ctx()))
	j := &lettersJob{PDF: pdf, Total: len(orders), Left: left, orders: orders, stop: stop, file: f}
	if l.of == nil {
		l.of = map[string]*lettersJob{}
	}
	l.of[q.Person.ID] = j
	l.ends.Go(func() {
		defer stop()
		err := s.writeLetters(ctx, j, names)
		l.mu.Lock()
		defer l.mu.Unlock()
		j.Failed, j.Finished = err != nil, err == nil
		if err != nil && ctx.Err() == nil {
			s.site.Log.Error("making the letters", "error", err.Error())
		}
		if err != nil {
			j.drop()
		}
	})
	return s.site.Back(q, "/papers#letters", "")
}

// lettersFor returns the orders of all letters that a person may have, and how many there are that the person may not
// have: of dossiers from which the person is recused, or that are still to be scored blind.
func (s *Papers) lettersFor(q *page.Request) (orders []papers.Order, left int, err error) {
	all, err := papers.Letters(q.Ctx(), s.site.W, "")
	if err != nil {
		return nil, 0, err
	}
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, 0, err
	}
	noHash := true
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		noHash = !access.MayHash(q.Person, st, mine.Sees)
		return nil
	}); err != nil {
		return nil, 0, err
	}
	for _, o := range all {
		if mine.Sees.Of(o.Dossier, o.Unit) || mine.Sees.Hides(mine.Whole[o.Dossier].Ruleset, o.Dossier) {
			left++
			continue
		}
		o.Language, o.NoHash = q.Lang, noHash
		if !mine.Sees.None() {
			o.Hidden = func(dossier, unit string) bool { return mine.Sees.Of(dossier, unit) }
		}
		orders = append(orders, o)
	}
	return orders, left, nil
}

// mostName is how many code points of a title a file name has.
const mostName = 70

// letterNames returns a file name for each letter, without an ending: the unit, and the title of the dossier.
func (s *Papers) letterNames(q *page.Request, orders []papers.Order) ([]string, error) {
	at, err := editions.Places(q.Ctx(), s.site.W)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	var out []string
	for _, o := range orders {
		title := o.Dossier
		if e := at[o.Dossier].Entry; e != nil {
			title = e.Title
			if e.Nominee != "" {
				title += " – " + e.Nominee
			}
		}
		base := safeName(s.site.UnitName(o.Unit)) + "/" + safeName(title)
		name := base
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = base + " (" + strconv.Itoa(n) + ")"
		}
		taken[strings.ToLower(name)] = true
		out = append(out, name)
	}
	return out, nil
}

// safeName returns a name that every file system can hold.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, page.PlainText(name))
	rs := []rune(name)
	return cmp.Or(strings.Trim(string(rs[:min(len(rs), mostName)]), " ."), "-")
}

// letterBatch is how many letters are printed to PDF at once: starting LibreOffice takes longer than printing one.
const letterBatch = 20

// writeLetters writes the archive of a job.
func (s *Papers) writeLetters(ctx context.Context, j *lettersJob, names []string) error {
	z := zip.NewWriter(j.file)
	size := 1
	if j.PDF {
		size = letterBatch
	}
	for at := 0; at < len(j.orders); at += size {
		end := min(at+size, len(j.orders))
		var made [][]byte
		for _, o := range j.orders[at:end] {
			if err := ctx.Err(); err != nil {
				return err
			}
			b, err := papers.Make(ctx, s.site.W, o)
			if err != nil {
				return err
			}
			made = append(made, b)
		}
		ending := ".docx"
		if j.PDF {
			var err error
			if made, err = s.printer.printAll(ctx, made); err != nil {
				return err
			}
			ending = ".pdf"
		}
		for i, b := range made {
			w, err := z.CreateHeader(&zip.FileHeader{Name: names[at+i] + ending, Method: zip.Deflate,
				Modified: s.site.W.Now()})
			if err == nil {
				_, err = w.Write(b)
			}
			if err != nil {
				return err
			}
		}
		s.letters.mu.Lock()
		j.Done = end
		s.letters.mu.Unlock()
	}
	if err := z.Close(); err != nil {
		return err
	}
	n, err := j.file.Seek(0, io.SeekEnd)
	s.letters.mu.Lock()
	j.Bytes = n
	s.letters.mu.Unlock()
	return err
}

// LettersAt says, for the script of the page of papers, how far the letters are.
func (s *Papers) LettersAt(q *page.Request) error {
	seq := 0
	if j := s.letters.seen(q.Person.ID); j != nil {
		seq = j.seq()
	}
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(map[string]int{"seq": seq})
}

// SendLetters sends the archive that was made for the person. If the person may not have one of the letters any more,
// it must be made again.
func (s *Papers) SendLetters(q *page.Request) error {
	orders, _, err := s.lettersFor(q)
	if err != nil {
		return err
	}
	may := map[string]bool{}
	for _, o := range orders {
		may[o.Dossier] = true
	}
	s.letters.mu.Lock()
	j := s.letters.of[q.Person.ID]
	if j == nil || !j.Finished || j.file == nil {
		s.letters.mu.Unlock()
		return page.Refuse(http.StatusConflict, "letters.not-made")
	}
	if slices.ContainsFunc(j.orders, func(o papers.Order) bool { return !may[o.Dossier] }) {
		j.drop()
		delete(s.letters.of, q.Person.ID)
		s.letters.mu.Unlock()
		return page.Refuse(http.StatusConflict, "letters.not-made")
	}
	from, size := j.file, j.Bytes
	s.letters.mu.Unlock()
	name := safeName(s.site.Texts.Say(q.Lang, "paper.feedback")+" "+texts.Day(q.Lang, s.site.W.Time())) + ".zip"
	page.Attach(q, name, "application/zip")
	q.W.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	conn := http.NewResponseController(q.W)
	// A slow line may take longer than a page.
	if err := conn.SetWriteDeadline(time.Now().Add(sendingTakes)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_, err = io.Copy(q.W, io.NewSectionReader(from, 0, size))
	return err
}

// sendingTakes is how long sending the archive may take.
const sendingTakes = 20 * time.Minute
