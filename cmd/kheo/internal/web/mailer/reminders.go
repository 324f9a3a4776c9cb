package mailer

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/visible"
	"kheo/pipeline/campaign"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// Written is the deadline of votes in writing; the others are phases of the season.
const Written = "written"

// Reminder is what a person or a unit is behind with before a deadline.
type Reminder struct {
	Deadline string    // a phase, or Written
	Until    time.Time // the last minute
	Person   string    // who is reminded, or
	Unit     string    // which unit
	Name     string    // of either
	To       []string  // addresses; none: no one can be reminded by mail
	Waits    []Waits
	Sent     string // when they were reminded of it before: a day; "" if not yet
}

// Waits is a dossier that waits for someone, or lacks something.
type Waits struct{ Dossier, Unit, Title string }

// Count is how much waits.
func (r *Reminder) Count() int { return len(r.Waits) }

// reminded is the record that someone was reminded.
type reminded struct {
	At time.Time `json:"at"`
	By string    `json:"by,omitempty"` // "" is the schedule
}

// byHand is the step of reminders that a person sends; those of the schedule have the number of days.
const byHand = "by-hand"

// key names what is never mailed twice: a person or unit, a deadline and a step before it.
func (r *Reminder) key(step string) string {
	return strings.Join([]string{r.Deadline, r.Until.UTC().Format(time.RFC3339), step,
		cmp.Or(r.Person, "unit:"+r.Unit)}, " ")
}

// deadline is a deadline that lies ahead.
type deadline struct {
	name  string
	until time.Time
	list  string // of Written: the ruleset
}

// worked is what people do before a deadline, as what waits for them.
var worked = map[string][]string{"scoring": {"wait.assigned", "wait.score"}, "checking": {"wait.assigned"},
	"meeting": {"wait.vote"}, Written: {"wait.vote"}}

// deadlines returns the deadlines that lie ahead, the earliest first.
func (s *Mailer) deadlines(st *review.State, now time.Time) (out []deadline) {
	for _, name := range campaign.PhaseNames {
		if p, _, dated := review.PhaseOf(st, name); dated && p.Until.After(now) && !p.From.After(now) {
			out = append(out, deadline{name: name, until: isodate.Told(p.Until, p.In)})
		}
	}
	for _, rs := range s.site.W.Campaign().Rulesets {
		if t, err := time.Parse(time.RFC3339, st.Rule(rs.ID).WrittenUntil); err == nil && t.After(now) {
			out = append(out, deadline{Written, isodate.Told(t, s.site.W.Campaign().Location), rs.ID})
		}
	}
	slices.SortStableFunc(out, func(a, b deadline) int { return a.until.Compare(b.until) })
	return out
}

// Behind returns who is behind before each deadline that lies ahead and has begun: people with what waits for them, and
// units with dossiers that lack something. step is whose reminders Sent is about; what dossiers lack is said in a
// language.
func (s *Mailer) Behind(ctx context.Context, step, lang string) (out []*Reminder, err error) {
	var ahead []deadline
	if err := s.site.W.Review().View(ctx, func(st *review.State) error {
		ahead = s.deadlines(st, s.site.W.Now())
		return nil
	}); err != nil {
		return nil, err
	}
	people, err := s.recipients(ctx)
	if err != nil {
		return nil, err
	}
	lacking, err := s.lacking(ctx)
	if err != nil {
		return nil, err
	}
	completed := slices.ContainsFunc(ahead, func(d deadline) bool { return d.name == "completion" })
	for _, d := range ahead {
		if d.name == "submission" && completed { // what a dossier lacks can be sent until the later of both
			continue
		}
		if d.name == "submission" || d.name == "completion" {
			out = append(out, s.unitsBehind(d, lacking, people, lang)...)
			continue
		}
		list, err := s.peopleBehind(ctx, d, people)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	for _, r := range out {
		var was reminded
		if there, err := s.site.W.Store.State.Reminded.Of(r.key(step)).Get(ctx, &was); err != nil {
			return nil, err
		} else if there {
			r.Sent = was.At.In(s.site.W.Campaign().Location).Format(time.DateOnly)
		}
	}
	return out, nil
}

// peopleBehind returns the people for whom something waits before a deadline.
func (s *Mailer) peopleBehind(ctx context.Context, d deadline,
	people map[string]recipient) (out []*Reminder, err error) {
	for _, id := range slices.Sorted(maps.Keys(people)) {
		r := people[id]
		if len(worked[d.name]) == 0 || !r.person.May(review.See) {
			continue
		}
		waits, err := s.waitingFor(ctx, r.person, d)
		if err != nil {
			return nil, err
		}
		if len(waits) == 0 {
			continue
		}
		x := &Reminder{Deadline: d.name, Until: d.until, Person: id, Name: r.person.Name, Waits: waits}
		if r.address != "" {
			x.To = []string{r.address}
		}
		out = append(out, x)
	}
	return out, nil
}

// waitingFor returns what waits for a person before a deadline, as the person may see it.
func (s *Mailer) waitingFor(ctx context.Context, p *review.Person, d deadline) (out []Waits, err error) {
	lang := s.mailLanguage(p)
	got, err := s.reading.Digest(ctx, p, lang)
	if err != nil {
		return nil, err
	}
	for _, w := range got.Waiting {
		if w.Entry != nil && slices.Contains(worked[d.name], w.What) && (d.list == "" || d.list == w.List) {
			out = append(out, Waits{w.Entry.Dossier, w.Entry.Unit, w.Title + ": " + s.site.Texts.Say(lang, w.What)})
		}
	}
	hide, err := s.names.For(ctx, p)
	if err != nil || hide == nil {
		return out, err
	}
	for i := range out {
		out[i].Title = hide.Text(out[i].Title)
	}
	return out, nil
}

// lack is what a dossier of a unit lacks, by language.
type lack struct {
	dossier  string
	title    string
	returned bool
	flags    []dossier.Flag
}

// lacking returns the dossiers that lack something, by unit: papers, or what they were returned for. Dossiers on a
// closed list lack nothing any more.
func (s *Mailer) lacking(ctx context.Context) (map[string][]lack, error) {
	_, _, at, err := s.lists.Latest(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]*lack{}
	units := map[string]string{}
	var ids []string
	err = s.site.W.Review().View(ctx, func(st *review.State) error {
		for id, p := range at {
			if _, closed := st.Closed[p.Ruleset]; closed || p.Entry.Unit == "" {
				continue
			}
			d := st.Decision(p.Ruleset, id)
			if d != nil && d.Decision != review.Returned {
				continue
			}
			found[id] = &lack{dossier: id, title: p.Entry.Title, returned: d != nil}
			units[id] = p.Entry.Unit
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, err := s.site.W.Store.Assessments.ByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		for _, f := range a.Flags {
			if f.Code == dossier.FlagMissingDocument || f.Code == dossier.FlagUnreadable {
				found[a.Dossier].flags = append(found[a.Dossier].flags, f)
			}
		}
	}
	out := map[string][]lack{}
	slices.Sort(ids)
	for _, id := range ids {
		if l := found[id]; l.returned || len(l.flags) > 0 {
			out[units[id]] = append(out[units[id]], *l)
		}
	}
	return out, nil
}

// lines says in a language what dossiers lack.
func lines(s *Mailer, lang, unit string, list []lack) (out []Waits) {
	for _, l := range list {
		var why []string
		if l.returned {
			why = append(why, s.site.Texts.Say(lang, "reminder.returned"))
		}
		for _, f := range l.flags {
			why = append(why, f.Message.In(lang, "en", "vi"))
		}
		out = append(out, Waits{l.dossier, unit, l.title + ": " + strings.Join(why, "; ")})
	}
	return out
}

// unitsBehind returns the units with dossiers that lack something.
func (s *Mailer) unitsBehind(
	d deadline, lacking map[string][]lack, people map[string]recipient, lang string,
) (out []*Reminder) {
	for _, unit := range slices.Sorted(maps.Keys(lacking)) {
		out = append(out, &Reminder{Deadline: d.name, Until: d.until, Unit: unit, Name: s.site.UnitName(unit),
			Waits: lines(s, lang, unit, lacking[unit]), To: unitAddresses(s, unit, people)})
	}
	return out
}

// unitAddresses returns the addresses of a unit: those of kheo.yaml, or else of the people who submit for it.
func unitAddresses(s *Mailer, unit string, people map[string]recipient) (out []string) {
	for address, u := range s.site.W.Campaign().UnitMail {
		if u == unit {
			out = append(out, address)
		}
	}
	if len(out) == 0 {
		for _, r := range people {
			if r.person.Unit == unit && r.address != "" && r.person.May(review.Submit) {
				out = append(out, r.address)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Remind puts reminders into the outbox for all who are behind and were not reminded by hand before, and returns how
// many people and units they are. In a trial nothing is kept.
func (s *Mailer) Remind(ctx context.Context, by string) (n int, err error) {
	if s.site.W.Campaign().Mail.Server == "" {
		return 0, &review.Refusal{Code: "no-mail",
			Why: "kheo.yaml names no mail server: see mail: in `kheo help operations`"}
	}
	list, err := s.Behind(ctx, byHand, s.site.W.Campaign().Env.Languages[0])
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		sent, err := s.remind(ctx, r, byHand, by)
		if err != nil {
			return n, err
		}
		if sent {
			n++
		}
	}
	return n, nil
}

// remindFrom is the hour of a day from which reminders of the schedule are sent.
const remindFrom = 7

// RemindDue puts the reminders into the outbox that are due by reminders: in kheo.yaml: as many days before a deadline,
// or later if kheo did not run. Of several steps that are due the last one counts.
func (s *Mailer) RemindDue(ctx context.Context) (n int, err error) {
	conf := s.site.W.Campaign()
	now := s.site.W.Time()
	if len(conf.Reminders) == 0 || conf.Mail.Server == "" || now.Hour() < remindFrom {
		return 0, nil
	}
	list, err := s.Behind(ctx, "", s.site.W.Campaign().Env.Languages[0])
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		days := slices.Min(append(dueSteps(conf.Reminders, now, r.Until.In(conf.Location)), neverDue))
		if days == neverDue {
			continue
		}
		sent, err := s.remind(ctx, r, fmt.Sprint(days), "")
		if err != nil {
			return n, err
		}
		if sent {
			n++
		}
	}
	return n, nil
}

// neverDue is more days than a step may have.
const neverDue = 1000

// dueSteps returns the steps, in days, that are due on a day before a deadline.
func dueSteps(steps []int, now, until time.Time) (out []int) {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	left := int(day(until).Sub(day(now)).Hours() / 24)
	for _, d := range steps {
		if left <= d && left >= 0 {
			out = append(out, d)
		}
	}
	return out
}

// remindAbout is what the outbox keeps of a reminder: nothing of a dossier.
type remindAbout struct {
	Deadline string    `json:"deadline"`
	Until    time.Time `json:"until"`
	List     string    `json:"list,omitempty"`
	Unit     string    `json:"unit,omitempty"`
	To       string    `json:"to"`
}

// remind puts one reminder into the outbox, with its event and the record that it was sent, in one transaction. sent is
// false if it was sent before, or no one has an address.
func (s *Mailer) remind(ctx context.Context, r *Reminder, step, by string) (sent bool, err error) {
	record := s.site.W.Store.State.Reminded.Of(r.key(step))
	if there, err := record.Get(ctx, &reminded{}); err != nil || there || len(r.To) == 0 {
		return false, err
	}
	now := s.site.W.Now().UTC()
	doc, err := record.Beside(reminded{now, by})
	if err != nil {
		return false, err
	}
	beside := []store.Beside{doc}
	for i, to := range r.To {
		b, err := json.Marshal(remindAbout{Deadline: r.Deadline, Until: r.Until, Unit: r.Unit, To: to})
		if err != nil {
			return false, err
		}
		m := &outbox.WaitingMail{Key: fmt.Sprintf("%s %s %d", outbox.MailReminder, r.key(step), i),
			Kind: outbox.MailReminder, Person: r.Person, About: b, ID: rand.Text() + "@kheo", Since: now, Next: now}
		doc, err := s.site.W.Store.State.Outbox.Of(m.Key).Beside(m)
		if err != nil {
			return false, err
		}
		beside = append(beside, doc)
	}
	e := review.Event{Person: cmp.Or(by, review.System), Action: review.Reminders, Data: review.Data{Text: r.Deadline,
		Name: r.Person, Unit: r.Unit, On: r.Until.In(s.site.W.Campaign().Location).Format(time.DateOnly)}}
	return true, s.site.W.Review().DoBeside(ctx, review.Subject{}, e, beside...)
}

// reminderTo returns the address of a reminder to a unit.
func reminderTo(about []byte) string {
	var a remindAbout
	json.Unmarshal(about, &a)
	return a.To
}

// reminderMail makes a reminder of what still waits when it is sent; no text if that is nothing any more, or if the
// deadline has passed or was moved.
func (s *Mailer) reminderMail(ctx context.Context, p *review.Person, about []byte) (subject, text string, err error) {
	var a remindAbout
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	lang, name, path := s.site.W.Campaign().Env.Languages[0], s.site.UnitName(a.Unit), "/"
	var titles []Waits
	var ahead []deadline
	if err := s.site.W.Review().View(ctx, func(st *review.State) error {
		ahead = s.deadlines(st, s.site.W.Now())
		return nil
	}); err != nil {
		return "", "", err
	}
	for _, d := range ahead {
		if d.name != a.Deadline || !d.until.Equal(a.Until) {
			continue
		}
		switch {
		case a.Unit != "":
			lacking, err := s.lacking(ctx)
			if err != nil {
				return "", "", err
			}
			titles = lines(s, lang, a.Unit, lacking[a.Unit])
		case p != nil:
			lang, name, path = s.mailLanguage(p), p.Name, "/waiting"
			more, err := s.waitingFor(ctx, p, d)
			if err != nil {
				return "", "", err
			}
			titles = append(titles, more...)
		}
	}
	if len(titles) == 0 {
		return "", "", nil
	}
	return sayReminder(s, lang, name, path, &a, titles)
}

// maxReminded is how many titles a reminder names.
const maxReminded = 40

// sayReminder writes a reminder.
func sayReminder(s *Mailer, lang, name, path string, a *remindAbout, titles []Waits) (subject, text string, err error) {
	say := func(key string, args ...any) string { return s.site.Texts.Say(lang, key, args...) }
	var b strings.Builder
	for _, t := range titles[:min(len(titles), maxReminded)] {
		fmt.Fprintf(&b, "- %s\n", visible.Line(t.Title))
	}
	if more := len(titles) - maxReminded; more > 0 {
		fmt.Fprintf(&b, "  %s\n", say("home.more", more))
	}
	if address := s.site.W.Campaign().Mail.Address; address != "" {
		fmt.Fprintf(&b, "\n%s%s\n", address, path)
	}
	until := page.When(lang, a.Until.UTC().Format(time.RFC3339), s.site.W.Campaign().Location)
	key := "reminder.mail"
	if a.Unit != "" {
		key = "reminder.mail-unit"
	}
	what := say("reminder-of." + a.Deadline)
	return say("reminder.subject", s.site.W.Campaign().Title.In(lang, "en", "vi"), what, until),
		say(key, name, what, until, b.String()), nil
}
