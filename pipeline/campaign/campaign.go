// Package campaign reads kheo.yaml, the one file that describes a season of assessment, and the rulesets that
// it names.
//
// The grammar (grammar.go) lists every key with its form, default and documentation. It rejects unknown keys
// and missing required ones, and the reference page docs/campaign-reference.md is generated from it. For each
// group of keys one method of Campaign reads the values, checks what a grammar cannot express, and sets the
// defaults: units.go, schedule.go, storage.go, procedure.go and so on. Mistakes are collected in the strict
// document, each with its line, its column and a cure, so that one reading reports all of them.
//
// A Campaign is not changed after Load and may be shared by goroutines. A changed kheo.yaml is loaded again.
package campaign

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the campaign's timezone is known on every machine

	"github.com/robfig/cron/v3"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/isodate"
	"kheo/internal/strict"
	pagetext "kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules"
)

// File is the name of the file that makes a folder a workspace.
const File = "kheo.yaml"

// Campaign is a loaded kheo.yaml with its rulesets. Paths are absolute or relative to Dir, except Store, Blobs
// and Past, which are kept as they are written: Records resolves the first two.
type Campaign struct {
	ID       string // the folder of the campaign's lists; part of every run's name
	Title    dossier.Text
	Location *time.Location // of the schedule and of all times shown
	// Env is what rulesets may refer to: units, levels, fields, kinds, labels, languages and dates.
	Env *rules.Env
	// Notes are what is allowed in kheo.yaml but may be unintended, such as two units of one name.
	Notes    strict.Problems
	Rulesets []*rules.Ruleset         // in the order of rules:; empty after LoadWithoutRulesets
	Schedule map[string]cron.Schedule // by job (see Jobs); jobs that are not scheduled are missing
	Cron     map[string]string        // the expressions of Schedule, as written
	Deadline time.Duration            // the longest time that a scheduled run may take
	Store    string                   // a path or the URL of PostgreSQL, as written
	Blobs    string                   // the folder or bucket of the files, as written; "" is beside the records
	Review   Procedure
	// OpenDeadlines says that calendars may read the dates of the phases without signing in.
	OpenDeadlines bool
	Papers        Papers
	Register      Register
	SignIn        SignIn
	Proxies       []netip.Prefix // reverse proxies whose X-Forwarded-For header is trusted
	Mail          Mail
	Mailbox       Mailbox
	// OpenToApplicants says that people without an account may ask for a link by which they hand in a dossier.
	OpenToApplicants bool
	Reminders        []int             // days before each deadline on which people and units are reminded by mail
	UnitMail         map[string]string // by address, in small letters: the unit that sends from it
	Webhooks         []Webhook
	Handover         Handover
	Audit            Audit
	Keep             Keep
	Readers          Readers
	Backups          Backups
	Heartbeat        string   // the URL that is called after a successful nightly run, or ""
	MaxLost          float64  // the percentage of its dossiers that a list may lose in one run without confirmation
	Past             []string // workspaces of past campaigns, as written
	Dir              string   // the workspace

	replaced map[string][]byte       // texts that count instead of files, of LoadReplacing
	jobNodes map[string]*strict.Node // the jobs of the schedule in kheo.yaml, for CheckSchedule
}

// Load reads DIR/kheo.yaml and its rulesets. If they have mistakes, the error is a strict.Problems with all of
// them, sorted by file and line. Any other error means that kheo.yaml is missing or cannot be read.
func Load(dir string) (*Campaign, error) { return LoadReplacing(dir, nil) }

// LoadReplacing is Load, in which texts take the place of files: of kheo.yaml and of rulesets, by their paths from
// the workspace. By it a change is checked before it is written.
func LoadReplacing(dir string, texts map[string][]byte) (*Campaign, error) {
	c, ruleFiles, problems, err := load(dir, texts)
	if err != nil {
		return nil, err
	}
	// Rulesets are read even if kheo.yaml has mistakes, so that all mistakes are reported at once. They may then
	// report units or fields as unknown that kheo.yaml misspells.
	for _, rf := range ruleFiles {
		problems = append(problems, c.loadRuleset(dir, rf)...)
	}
	if len(c.Rulesets) == len(ruleFiles) {
		problems = append(problems, c.Review.unknownLists(c.rulesetIDs())...)
	}
	problems = append(problems, rules.LoadAll(c.Rulesets)...)
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	return c, nil
}

// rulesetIDs returns the ids of the rulesets, in the order of rules:.
func (c *Campaign) rulesetIDs() (ids []string) {
	for _, rs := range c.Rulesets {
		ids = append(ids, rs.ID)
	}
	return ids
}

// LoadWithoutRulesets reads DIR/kheo.yaml without its rulesets. This is enough for intake, which therefore works on
// while a ruleset has mistakes. Errors are those of Load.
func LoadWithoutRulesets(dir string) (*Campaign, error) {
	c, _, problems, err := load(dir, nil)
	if err == nil && len(problems) > 0 {
		problems.Sort()
		err = problems
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// load reads kheo.yaml alone. It returns the rulesets that the file names, unread, and the mistakes of the file;
// err is set only if there is nothing to work with. texts take the place of files.
func load(dir string, texts map[string][]byte) (*Campaign, []ruleFile, strict.Problems, error) {
	src, err := texts[File], error(nil)
	if src == nil {
		src, err = os.ReadFile(filepath.Join(dir, File))
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil, fmt.Errorf("%s is not a workspace: it has no %s. "+
			"Make one with `kheo init %s`, or name another folder with -w", dir, File, dir)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	doc, root := strict.Parse(File, src)
	if root == nil {
		return nil, nil, nil, doc.Problems
	}
	c := &Campaign{Dir: dir, replaced: texts, Schedule: map[string]cron.Schedule{}, Cron: map[string]string{},
		jobNodes: map[string]*strict.Node{}, Env: &rules.Env{}, UnitMail: map[string]string{}}
	ruleFiles := c.read(root)
	return c, ruleFiles, doc.Problems, nil
}

// ruleFile is an entry of rules:, a ruleset that is still to be read.
type ruleFile struct {
	path string       // from the workspace, such as rules/models.yaml
	node *strict.Node // its place in kheo.yaml
}

// loadRuleset loads one ruleset and appends it to c.Rulesets. If the file cannot be read, the problem is
// reported at the line of kheo.yaml that names it.
func (c *Campaign) loadRuleset(dir string, rf ruleFile) strict.Problems {
	line, col := rf.node.Pos()
	fail := func(message, cure string) strict.Problems {
		return strict.Problems{{File: File, Line: line, Col: col, Message: message, Cure: cure}}
	}
	src, err := c.ReadRules(rf.path)
	if errors.Is(err, errOutside) {
		return fail(fmt.Sprintf("the ruleset %q is outside rules/", rf.path),
			"move it into rules/, and name it as rules/models.yaml")
	}
	if err != nil {
		return fail(fmt.Sprintf("the ruleset %s cannot be read: %v", rf.path, reason(err)),
			"check the name, or remove it from rules:")
	}
	rs, err := rules.Load(rf.path, src, c.Env, c.ReadRules)
	if err != nil {
		var ps strict.Problems
		if errors.As(err, &ps) {
			return ps
		}
		return fail(err.Error(), "")
	}
	c.Rulesets = append(c.Rulesets, rs)
	return nil
}

// idRE matches ids: of the campaign, and of units, levels, fields and kinds.
var idRE = regexp.MustCompile(`^[a-z0-9]+(?:[-_][a-z0-9]+)*$`)

// read reads every group of kheo.yaml and returns the rulesets that it names. The order matters in two places:
// register checks kinds, and audit needs to know whether there is a mail server.
func (c *Campaign) read(root *strict.Node) []ruleFile {
	m := campaignGrammar.Read(root)
	c.identity(m)
	c.units(m.Get("units"))
	c.Env.Levels = c.named(m.Get("levels"), "a level")
	c.Env.Fields = c.named(m.Get("fields"), "a field")
	c.kinds(m.Get("kinds"))
	c.labels(m.Get("labels"))
	c.tables(m.Get("tables"))
	c.exchange(m.Get("exchange"))
	c.schedule(m.Get("schedule"))
	c.procedure(m.Get("review"))
	readPhases(c, m.Get("phases"))
	c.papers(m.Get("papers"))
	c.register(m.Get("register"))
	c.signIn(m.Get("sign_in"))
	c.proxies(m.Get("trusted_proxies"))
	c.mail(m.Get("mail"))
	readMailbox(c, m.Get("mailbox"))
	readReminders(c, m)
	readApplicants(c, m)
	c.webhooks(m.Get("webhooks"))
	readHandover(c, m.Get("handover"))
	c.audit(m.Get("audit"))
	c.keep(m.Get("keep"))
	c.publish(m.Get("publish"))
	c.backups(m.Get("backups"))
	c.heartbeat(m.Get("heartbeat"))
	c.readers(m.Get("readers"))
	c.storage(m)
	for _, n := range m.List("past") {
		if s := n.String("past"); s != "" {
			c.Past = append(c.Past, s)
		}
	}
	var files []ruleFile
	for _, r := range m.List("rules") {
		files = append(files, ruleFile{r.String("rules"), r})
	}
	return files
}

// identity reads the id, title, timezone, languages and dates of the campaign. Without languages: it is English.
func (c *Campaign) identity(m *grammar.Map) {
	if n := m.Get("campaign"); n != nil {
		c.ID = n.String("campaign")
		if !idRE.MatchString(c.ID) {
			n.Fail(fmt.Sprintf("the campaign's id %q must be small letters a–z, digits and -", c.ID),
				"write it like dai-loc-2024; it names the folder of its lists")
		}
	}
	c.Env.Campaign = c.ID
	c.Title = text(m.Get("title"), "title")
	c.Location = time.UTC // until a valid timezone is read
	if n := m.Get("timezone"); n != nil {
		loc, err := time.LoadLocation(n.String("timezone"))
		if err != nil || n.String("timezone") == "Local" { // that of a machine, which differs between nodes
			n.Fail(fmt.Sprintf("there is no timezone %q", n.String("timezone")),
				"write one as in Asia/Ho_Chi_Minh, Europe/Oslo or UTC")
		} else {
			c.Location = loc
		}
	}
	for _, l := range m.List("languages") {
		if s := l.OneOf("a language", language.Codes()...); s != "" {
			c.Env.Languages = append(c.Env.Languages, s)
		}
	}
	if len(c.Env.Languages) == 0 {
		c.Env.Languages = []string{"en"}
	}
	c.Env.DateOrder = orderOfDates(c.Env.Languages[0], c.Location.String())
	c.Env.Opens = date(m.Get("opens"), "opens")
	c.Env.Closes = date(m.Get("closes"), "closes")
}

// orderOfDates is how an office writes dates of digits, by its language and its timezone.
func orderOfDates(lang, timezone string) pagetext.DateOrder {
	area, place, _ := strings.Cut(timezone, "/")
	switch {
	case lang != "en":
		return pagetext.DayFirst
	case slices.Contains([]string{"New_York", "Chicago", "Denver", "Los_Angeles", "Phoenix", "Detroit", "Anchorage",
		"Honolulu", "Boise"}, place), strings.HasPrefix(place, "Indiana/"), area == "US":
		return pagetext.MonthFirst
	case slices.Contains([]string{"Europe", "Asia", "Africa", "Australia", "Indian"}, area) && place != "Manila",
		place == "Auckland", place == "Fiji", area == "NZ", area == "GB":
		return pagetext.DayFirst
	}
	return pagetext.UnknownOrder
}

// text reads a text for readers, written once for all languages or once for each: { vi: …, en: … }. what names
// the key in messages. A missing node gives an empty text.
func text(n *strict.Node, what string) dossier.Text {
	out := dossier.Text{}
	if n == nil {
		return out
	}
	if !n.IsMap() {
		s := n.String(what)
		for _, l := range language.Codes() {
			out[l] = s
		}
		return out
	}
	m := n.Map(what, language.Codes()...)
	for _, k := range m.Keys {
		out[k] = m.Get(k).String(what)
	}
	return out
}

// date reads an ISO date (year-month-day). It returns "" if the date is missing or not valid.
func date(n *strict.Node, what string) string {
	if n == nil {
		return ""
	}
	s := n.String(what)
	if !isodate.Valid(s, false) {
		n.Fail(fmt.Sprintf("%s %q is not a date", what, s), "write year-month-day, as in 2024-11-30")
		return ""
	}
	return s
}

// labels reads the labels that forms print in front of the title, unit and other parts of a dossier's identity.
func (c *Campaign) labels(n *strict.Node) {
	c.Env.Labels = map[string][]rules.Label{}
	if n == nil {
		return
	}
	m := labelsGrammar.Read(n)
	for _, k := range m.Keys {
		c.Env.Labels[k] = labels(m.Get(k))
	}
}

// labels reads a list of labels, or one list for each language. Labels from a plain list have no language.
func labels(n *strict.Node) []rules.Label {
	if n == nil {
		return nil
	}
	var out []rules.Label
	if !n.IsMap() {
		for _, s := range n.Strings("labels") {
			out = append(out, rules.Label{Text: s})
		}
		return out
	}
	m := n.Map("labels", language.Codes()...)
	for _, k := range m.Keys {
		for _, s := range m.Get(k).Strings("labels") {
			out = append(out, rules.Label{Lang: k, Text: s})
		}
	}
	return out
}

// allStrings reads a list, or one list for each language, and returns all strings as one list.
func allStrings(n *strict.Node, what string) []string {
	if n == nil {
		return nil
	}
	if !n.IsMap() {
		return n.Strings(what)
	}
	m := n.Map(what, language.Codes()...)
	var out []string
	for _, k := range m.Keys {
		out = append(out, m.Get(k).Strings(what)...)
	}
	return out
}

// Ruleset returns the first ruleset that applies to dossiers of a kind and level; nil if none does.
func (c *Campaign) Ruleset(kind, level string) *rules.Ruleset {
	for _, rs := range c.Rulesets {
		if rs.AppliesTo(kind, level) {
			return rs
		}
	}
	return nil
}
