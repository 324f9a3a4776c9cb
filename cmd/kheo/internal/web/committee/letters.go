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
	"kheo/pipeline/publish/paper"
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
func (s *Papers) Close() {
	s.letters.end()
	s.certificates.end()
}

// Mailing serves one archive of papers of the same kind to many: letters, or certificates.
type Mailing struct {
	*Papers
	Certified bool // it holds certificates
}

// work returns the work on the archives.
func (s Mailing) work() *letters {
	if s.Certified {
		return &s.certificates
	}
	return &s.letters
}

// path returns the place of the page about the archives.
func (s Mailing) path() string {
	if s.Certified {
		return "/papers#certificates"
	}
	return "/papers#letters"
}

// all returns the orders of all papers of the kind.
func (s Mailing) all(ctx context.Context) ([]papers.Order, error) {
	if s.Certified {
		return papers.Certificates(ctx, s.site.W, "")
	}
	return papers.Letters(ctx, s.site.W, "")
}

// Make begins to make all papers that the person may have, as one archive. If that is under way already, it goes on.
func (s Mailing) Make(q *page.Request) error {
	pdf := q.Form("as") == "pdf"
	if pdf && s.printer.find(q.Ctx()) == nil {
		return page.Refuse(http.StatusNotImplemented, "error.no-pdf")
	}
	orders, left, err := s.ordersFor(q)
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
	l := s.work()
	l.mu.Lock()
	defer l.mu.Unlock()
	if j := l.of[q.Person.ID]; j != nil {
		if !j.Finished && !j.Failed {
			return s.site.Back(q, s.path(), "")
		}
		j.drop()
	}
	f, err := os.CreateTemp(filepath.Join(s.site.W.Dir, "var"), "letters-*.zip")
	if err != nil {
		return err
	}
	os.Remove(f.Name()) // fails where open files cannot be removed; drop removes it then
	// The work outlives the request that began it, and ends with Close.
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
	return s.site.Back(q, s.path(), "")
}

// ordersFor returns the orders of all papers that a person may have, and how many there are that the person may not
// have: of dossiers from which the person is recused, or that are still to be scored blind.
func (s Mailing) ordersFor(q *page.Request) (orders []papers.Order, left int, err error) {
	all, err := s.all(q.Ctx())
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
		if o.Kind == paper.Certificate {
			title = strings.TrimSpace(o.Number(s.site.W) + " " + o.Recipient(s.site.W))
		} else if e := at[o.Dossier].Entry; e != nil {
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
func (s Mailing) writeLetters(ctx context.Context, j *lettersJob, names []string) error {
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
		s.work().mu.Lock()
		j.Done = end
		s.work().mu.Unlock()
	}
	if err := z.Close(); err != nil {
		return err
	}
	n, err := j.file.Seek(0, io.SeekEnd)
	s.work().mu.Lock()
	j.Bytes = n
	s.work().mu.Unlock()
	return err
}

// At says, for the script of the page of papers, how far the archive is.
func (s Mailing) At(q *page.Request) error {
	seq := 0
	if j := s.work().seen(q.Person.ID); j != nil {
		seq = j.seq()
	}
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(map[string]int{"seq": seq})
}

// Send sends the archive that was made for the person. If the person may not have one of the papers any more,
// it must be made again.
func (s Mailing) Send(q *page.Request) error {
	orders, _, err := s.ordersFor(q)
	if err != nil {
		return err
	}
	may := map[string]bool{}
	for _, o := range orders {
		may[o.Ruleset+"\n"+o.Dossier] = true
	}
	s.work().mu.Lock()
	j := s.work().of[q.Person.ID]
	if j == nil || !j.Finished || j.file == nil {
		s.work().mu.Unlock()
		return page.Refuse(http.StatusConflict, "letters.not-made")
	}
	// A conflict of interest may have been declared since the archive was made, or a decision changed.
	if slices.ContainsFunc(j.orders, func(o papers.Order) bool { return !may[o.Ruleset+"\n"+o.Dossier] }) {
		j.drop()
		delete(s.work().of, q.Person.ID)
		s.work().mu.Unlock()
		return page.Refuse(http.StatusConflict, "letters.not-made")
	}
	from, size := j.file, j.Bytes
	s.work().mu.Unlock()
	kind := paper.Feedback
	if s.Certified {
		kind = paper.Certificate
	}
	name := safeName(s.site.Texts.Say(q.Lang, "paper."+string(kind))+" "+texts.Day(q.Lang, s.site.W.Time())) + ".zip"
	return sendArchive(q, name, from, size)
}

// sendArchive sends the first size bytes of an archive under a name. A slow line may take longer than a page.
func sendArchive(q *page.Request, name string, from io.ReaderAt, size int64) error {
	page.Attach(q, name, "application/zip")
	q.W.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	conn := http.NewResponseController(q.W)
	if err := conn.SetWriteDeadline(time.Now().Add(sendingTakes)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_, err := io.Copy(q.W, io.NewSectionReader(from, 0, size))
	return err
}

// sendingTakes is how long sending the archive may take.
const sendingTakes = 20 * time.Minute
