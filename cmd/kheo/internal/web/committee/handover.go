package committee

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/durable"
	"kheo/pipeline/editions"
	"kheo/pipeline/handover"
	"kheo/pipeline/review"
)

// Exchange serves the pages of exchange with other offices.
type Exchange struct{ *Room }

// Closed is a closed list with what became of it in other offices, as far as a person may see it.
type Closed struct {
	Ruleset, Title, At string
	Recognised         int // of those that the person sees: a count of all would reveal what became of the others
	Answers            []Answered
	Offices            []string // whose dossiers are on it
	Apart              bool     // the person is recused from some entry
}

// Answered is what the next tier has decided on an entry.
type Answered struct {
	Dossier, Title string
	*review.Answered
}

// Arrived is a dossier that another office has handed over.
type Arrived struct {
	Dossier string
	Name    string // its title here; "" until a run has read it
	*review.TakenIn
}

// Page shows the closed lists that can be handed over, what other offices have handed over and answered, and the key
// of this office.
func (s Exchange) Page(q *page.Request) error {
	key, err := handover.PublicKey(q.Ctx(), s.site.W)
	if err != nil {
		return err
	}
	lists, taken, err := s.Exchanged(q)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "handover", map[string]any{"Lists": lists, "Taken": taken, "Key": key,
		"Offices": s.site.W.Campaign().Handover})
	return nil
}

// Exchanged returns the closed lists, and the dossiers of other offices, without what the person must not know.
func (s Exchange) Exchanged(q *page.Request) (lists []Closed, taken []Arrived, err error) {
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return nil, nil, err
	}
	at, err := editions.Places(q.Ctx(), s.site.W)
	if err != nil {
		return nil, nil, err
	}
	// The units of entries of closed lists are needed for the dossiers below, which other offices handed over.
	units := map[string]string{} // by dossier
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			c, closed := st.Closed[rs.ID]
			if !closed {
				continue
			}
			l := Closed{Ruleset: rs.ID, Title: rs.Title.In(q.Lang, "en", "vi"), At: c.At}
			for _, e := range c.Entries() {
				units[e.Dossier] = e.Unit
				hidden := sees.Of(e.Dossier, e.Unit)
				l.Apart = l.Apart || hidden
				if e.Decision == review.Recognised && !hidden {
					l.Recognised++
				}
				if a := st.AnswerTo(rs.ID, e.Dossier); a != nil && !hidden {
					l.Answers = append(l.Answers, Answered{e.Dossier, e.Title, a})
				}
				if t := st.TakenIn(e.Dossier); t != nil && !strings.Contains(" "+strings.Join(l.Offices, " ")+" ",
					" "+t.Office+" ") {
					l.Offices = append(l.Offices, t.Office)
				}
			}
			lists = append(lists, l)
		}
		for _, id := range st.AllTakenIn() {
			if !sees.Of(id, units[id]) {
				t := Arrived{Dossier: id, TakenIn: st.TakenIn(id)}
				if e := at[id].Entry; e != nil { // a run has read it
					t.Name = e.Title
				}
				taken = append(taken, t)
			}
		}
		return nil
	})
	return lists, taken, err
}

// whole refuses what concerns a whole list to a person who is recused from a part of it.
func (s Exchange) whole(q *page.Request, ruleset string) error {
	if s.site.Ruleset(ruleset) == nil {
		return page.NotFound()
	}
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	apart := false
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		c := st.Closed[ruleset]
		for _, e := range c.Entries() {
			apart = apart || sees.Of(e.Dossier, e.Unit)
		}
		return nil
	})
	if err == nil && apart {
		err = page.Refuse(http.StatusForbidden, "error.handover-apart")
	}
	return err
}

// HandOver sends the archive of a closed list.
func (s Exchange) HandOver(q *page.Request) error {
	a, err := s.MakeList(q)
	return a.send(q, err)
}

// MakeList makes the archive of the closed list in the path. The caller drops it.
func (s Exchange) MakeList(q *page.Request) (*Archive, error) {
	ruleset := q.R.PathValue("ruleset")
	if err := s.whole(q, ruleset); err != nil {
		return nil, err
	}
	return s.archive(s.site.W.Campaign().ID+"-"+ruleset+".zip", func(f io.Writer) error {
		_, err := handover.Make(q.Ctx(), s.site.W, q.Person.ID, ruleset, f)
		return err
	})
}

// AnswerOffice sends the archive with the answers to an office.
func (s Exchange) AnswerOffice(q *page.Request) error {
	a, err := s.MakeAnswers(q)
	return a.send(q, err)
}

// MakeAnswers makes the archive with the answers to an office. The caller drops it.
func (s Exchange) MakeAnswers(q *page.Request) (*Archive, error) {
	o := handover.Reply{Ruleset: q.R.PathValue("ruleset"), Office: q.Form("office"), Number: q.Form("number"),
		On: q.Form("on")}
	if err := s.whole(q, o.Ruleset); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, o.On); o.On != "" && err != nil {
		return nil, page.Refuse(http.StatusBadRequest, "refused.date")
	}
	return s.archive(s.site.W.Campaign().ID+"-"+o.Ruleset+"-"+o.Office+".zip", func(f io.Writer) error {
		_, err := o.Write(q.Ctx(), s.site.W, q.Person.ID, f)
		return err
	})
}

// archive makes an archive in a file.
func (s Exchange) archive(name string, write func(io.Writer) error) (*Archive, error) {
	dir := filepath.Join(s.site.W.Dir, "var", "handover")
	if err := os.MkdirAll(dir, durable.PrivateDir); err != nil {
		return nil, err
	}
	return newArchive(dir, name, write)
}

// Archive is an archive that is whole, in a file of its own.
type Archive struct {
	Name string
	file *os.File
	size int64
}

// newArchive makes an archive in a folder.
func newArchive(dir, name string, write func(io.Writer) error) (*Archive, error) {
	f, err := os.CreateTemp(dir, "sending-")
	if err != nil {
		return nil, err
	}
	a := &Archive{Name: name, file: f}
	if err = write(f); err == nil {
		a.size, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil {
		a.Drop()
		return nil, err
	}
	return a, nil
}

// Drop removes the file.
func (a *Archive) Drop() {
	a.file.Close()
	os.Remove(a.file.Name())
}

// SendTo sends the archive as the answer to a request.
func (a *Archive) SendTo(w http.ResponseWriter) error {
	return sendArchive(&page.Request{W: w}, a.Name, a.file, a.size)
}

// send sends the archive unless it could not be made, and drops it.
func (a *Archive) send(q *page.Request, err error) error {
	if err != nil {
		return err
	}
	defer a.Drop()
	return sendArchive(q, a.Name, a.file, a.size)
}

// AcceptList takes in the archive of a lower tier.
func (s Exchange) AcceptList(q *page.Request) error {
	return s.takenIn(q, s.ReceiveList)
}

// AcceptAnswers takes in the answers of the next tier.
func (s Exchange) AcceptAnswers(q *page.Request) error {
	return s.takenIn(q, s.ReceiveAnswers)
}

// takenIn receives an archive, takes it in, and shows what became of each entry. What is wrong with an archive is shown
// in English, by file.
func (s Exchange) takenIn(q *page.Request, receive func(*page.Request) (*handover.Result, error)) error {
	r, err := receive(q)
	var faults handover.Faults
	if errors.As(err, &faults) {
		s.site.Render(q, http.StatusUnprocessableEntity, "handover-taken", map[string]any{"Faults": faults})
		return nil
	}
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "handover-taken", map[string]any{"Result": r})
	return nil
}

// received receives an archive in the control archive of a form, and takes it in. What is wrong with it is a
// handover.Faults.
func (s Exchange) received(q *page.Request, take func(path string) (*handover.Result, error)) (*handover.Result, error) {
	path, err := upload.ToFile(q, filepath.Join(s.site.W.Dir, "var"), "archive")
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	r, err := take(path)
	var faults handover.Faults
	if errors.As(err, &faults) {
		s.site.Log.Warn("an archive of another office was refused", "person", q.Person.ID, "why", faults.Error())
	}
	return r, err
}

// ReceiveList takes in the archive of a lower tier from a form.
func (s Exchange) ReceiveList(q *page.Request) (*handover.Result, error) {
	return s.received(q, func(path string) (*handover.Result, error) {
		return handover.Accept(q.Ctx(), s.site.W, q.Person.ID, path)
	})
}

// ReceiveAnswers takes in the answers of the next tier from a form.
func (s Exchange) ReceiveAnswers(q *page.Request) (*handover.Result, error) {
	return s.received(q, func(path string) (*handover.Result, error) {
		return handover.Receive(q.Ctx(), s.site.W, q.Person.ID, path)
	})
}
