// Package campaign reads kheo.yaml, the one file that describes a season of
// assessment, and the rulesets that it names.
package campaign

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // the campaign's timezone is known on every machine

	"github.com/robfig/cron/v3"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/isodate"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules"
)

// File is the name of the file that makes a folder a workspace.
const File = "kheo.yaml"

// Campaign is a loaded kheo.yaml with its rulesets.
type Campaign struct {
	ID        string
	Title     dossier.Text
	Location  *time.Location
	Env       *rules.Env
	Rulesets  []*rules.Ruleset
	Schedule  map[string]cron.Schedule // by the names of Jobs: those that are set
	Cron      map[string]string        // as written
	Deadline  time.Duration            // how long a run of the schedule may take
	Store     string                   // path or URL, as written
	Blobs     string                   // the folder or bucket of the files, as written; "" is beside the records
	Review    Procedure
	Papers    Papers
	Register  Register
	SignIn    SignIn
	Proxies   []netip.Prefix // servers whose X-Forwarded-For is believed
	Mail      Mail
	Audit     Audit
	Keep      Keep
	Readers   Readers
	Backups   Backups
	Heartbeat string   // the URL that is called after a good night, or ""
	MostLost  float64  // percentage of its dossiers that a list may lose in one run
	Past      []string // folders of past campaigns' workspaces, as written
	Dir       string   // the workspace

	written map[string]*strict.Node // the places of the jobs of the schedule
}

// Load reads DIR/kheo.yaml and its rulesets. If they have mistakes, the error is a
// strict.Problems with all of them.
func Load(dir string) (*Campaign, error) {
	c, ruleFiles, problems, err := load(dir)
	if err != nil {
		return nil, err
	}
	for _, rf := range ruleFiles {
		problems = append(problems, c.loadRuleset(dir, rf)...)
	}
	if len(c.Rulesets) == len(ruleFiles) {
		problems = append(problems, c.Review.knownLists(c.rulesetIDs())...)
	}
	problems = append(problems, rules.LoadAll(c.Rulesets)...)
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	return c, nil
}

// rulesetIDs returns the names of the rulesets.
func (c *Campaign) rulesetIDs() (ids []string) {
	for _, rs := range c.Rulesets {
		ids = append(ids, rs.ID)
	}
	return ids
}

// LoadUnruled reads DIR/kheo.yaml without its rulesets, which is enough for the intake.
func LoadUnruled(dir string) (*Campaign, error) {
	c, _, problems, err := load(dir)
	if err == nil && len(problems) > 0 {
		problems.Sort()
		err = problems
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// load reads kheo.yaml itself, and returns the rulesets that it names.
func load(dir string) (*Campaign, []ruleFile, strict.Problems, error) {
	src, err := os.ReadFile(filepath.Join(dir, File))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil, fmt.Errorf("%s is not a workspace: it has no %s. Make one with `kheo init %s`, or name another folder with -w", dir, File, dir)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	doc, root := strict.Parse(File, src)
	if root == nil {
		return nil, nil, nil, doc.Problems
	}
	c := &Campaign{Dir: dir, Schedule: map[string]cron.Schedule{}, Cron: map[string]string{},
		written: map[string]*strict.Node{}, Env: &rules.Env{}}
	ruleFiles := c.read(root)
	return c, ruleFiles, doc.Problems, nil
}

// ruleFile is a ruleset that kheo.yaml names, and the place where it does.
type ruleFile struct {
	path string
	node *strict.Node
}

// loadRuleset loads one ruleset; a file that can't be read is a mistake of the
// line that names it.
func (c *Campaign) loadRuleset(dir string, rf ruleFile) strict.Problems {
	line, col := rf.node.Pos()
	fail := func(message, cure string) strict.Problems {
		return strict.Problems{{File: File, Line: line, Col: col, Message: message, Cure: cure}}
	}
	src, err := c.ReadRules(rf.path)
	if errors.Is(err, errOutside) {
		return fail(fmt.Sprintf("the ruleset %q lies outside rules/", rf.path),
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

var idRE = regexp.MustCompile(`^[a-z0-9]+(?:[-_][a-z0-9]+)*$`)

// read reads kheo.yaml and returns the rulesets that it names.
func (c *Campaign) read(root *strict.Node) []ruleFile {
	m := campaignGrammar.Read(root)
	c.identity(m)
	c.units(m.Get("units"))
	c.Env.Levels = c.named(m.Get("levels"), "a level")
	c.Env.Fields = c.named(m.Get("fields"), "a field")
	c.kinds(m.Get("kinds"))
	c.labels(m.Get("labels"))
	c.schedule(m.Get("schedule"))
	c.procedure(m.Get("review"))
	c.papers(m.Get("papers"))
	c.register(m.Get("register"))
	c.signIn(m.Get("sign_in"))
	c.proxies(m.Get("trusted_proxies"))
	c.mail(m.Get("mail"))
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

// identity reads what the campaign is called, and its times and languages.
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
	c.Location = time.UTC
	if n := m.Get("timezone"); n != nil {
		loc, err := time.LoadLocation(n.String("timezone"))
		if err != nil || n.String("timezone") == "Local" {
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
	c.Env.Opens = date(m.Get("opens"), "opens")
	c.Env.Closes = date(m.Get("closes"), "closes")
}

// storage reads where records and files are kept.
func (c *Campaign) storage(m *grammar.Map) {
	c.Store = m.Text("store")
	if n := m.Get("blobs"); n != nil {
		if c.Blobs = n.String("blobs"); strings.Contains(c.Blobs, "://") && !strings.HasPrefix(c.Blobs, "s3://") {
			n.Fail(fmt.Sprintf("blobs: %q is neither a folder nor a bucket of S3", c.Blobs),
				"name a folder that every machine has, such as /srv/kheo/blobs, or a bucket, such as s3://bucket?region=eu-north-1")
		}
	}
	if n := m.Get("store"); n != nil {
		if what, cure := c.storeMistake(); what != "" {
			n.Fail(what, cure)
		}
	}
}

// text reads a text for readers: one for all languages, or one for each.
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

// date reads an ISO date; "" if it is missing or not valid.
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

// id reads the id of a unit, level, field or kind, which must differ from those seen.
func (c *Campaign) id(m *strict.Map, seen map[string]bool, what string) string {
	n := m.Need("id", what, "north")
	if n == nil {
		return ""
	}
	s := n.String("id")
	if !idRE.MatchString(s) {
		n.Fail(fmt.Sprintf("the id %q must be small letters a–z, digits and -", s), "write it like dai-hiep")
	} else if seen[s] {
		n.Fail(fmt.Sprintf("the id %q stands twice", s), "give each its own")
	}
	seen[s] = true
	return s
}

// units reads who submits.
func (c *Campaign) units(n *strict.Node) {
	seen := map[string]bool{}
	for _, u := range n.List("units") {
		m := unitGrammar.Read(u)
		unit := rules.Unit{ID: c.id(m.Map, seen, "the unit"), Name: m.Text("name"), Kind: m.Text("kind"),
			Attributes: map[string]any{}}
		if p := m.Get("parent"); p != nil {
			unit.Attributes["parent"] = p.String("parent")
		}
		if a := m.Get("attributes"); a != nil {
			am := a.Map("attributes")
			for _, k := range am.Keys {
				if v := am.Get(k); v != nil {
					unit.Attributes[k] = v.Scalar("an attribute")
				}
			}
		}
		c.Env.Units = append(c.Env.Units, unit)
	}
	for _, u := range c.Env.Units {
		if p, ok := u.Attributes["parent"].(string); ok && !seen[p] {
			n.Fail(fmt.Sprintf("the unit %s names the parent %q, which is not a unit", u.ID, p),
				"add it, or correct its id")
		}
	}
}

// named reads ids with or without titles: [district, { id: economy, title: … }].
func (c *Campaign) named(n *strict.Node, what string) []rules.Named {
	var out []rules.Named
	seen := map[string]bool{}
	for _, v := range n.List(what) {
		if !v.IsMap() {
			s := v.String(what)
			if seen[s] {
				v.Fail(fmt.Sprintf("%q stands twice", s), "keep one")
			}
			seen[s] = true
			out = append(out, rules.Named{ID: s, Title: text(v, what)})
			continue
		}
		m := v.Map(what, titledGrammar.Names()...)
		out = append(out, rules.Named{ID: c.id(m, seen, what), Title: text(m.Get("title"), "title")})
	}
	return out
}

// kinds reads the kinds of dossiers; without any, those of the sample count.
func (c *Campaign) kinds(n *strict.Node) {
	c.Env.KindHeadings = map[string][]string{}
	seen := map[string]bool{}
	for _, v := range n.List("kinds") {
		m := kindGrammar.Read(v)
		id := c.id(m.Map, seen, "a kind")
		c.Env.Kinds = append(c.Env.Kinds, rules.Named{ID: id, Title: text(m.Get("title"), "title")})
		c.Env.KindHeadings[id] = allStrings(m.Get("looks_like"), "looks_like")
	}
	if len(c.Env.Kinds) == 0 {
		for _, id := range []string{"model", "collective", "individual"} {
			c.Env.Kinds = append(c.Env.Kinds, rules.Named{ID: id, Title: dossier.Text{"en": id}})
		}
	}
}

// labels reads what forms print for the identity of a dossier.
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

// labels reads a list, or a list per language, of labels.
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

// allStrings reads a list, or a list per language, as one list.
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

// defaultDeadline is how long a run of the schedule may take if schedule: has no deadline.
const defaultDeadline = 12 * time.Hour

// schedule reads when kheo serve works.
func (c *Campaign) schedule(n *strict.Node) {
	c.Deadline = defaultDeadline
	if n == nil {
		return
	}
	m := scheduleGrammar.Read(n)
	for _, k := range m.Keys {
		if k == "deadline" {
			v := m.Get(k)
			d, err := time.ParseDuration(v.String(k))
			if err != nil || d < time.Minute {
				v.Fail(fmt.Sprintf("the deadline %q is not a duration of a minute or more", v.String(k)),
					"write it as 8h or 90m")
				continue
			}
			c.Deadline = d
			continue
		}
		v := m.Get(k)
		spec := v.String("schedule " + k)
		s, err := cron.ParseStandard(spec)
		if err != nil {
			v.Fail(fmt.Sprintf("the schedule %q of %s cannot be understood: %v", spec, k, err),
				`write minute hour day month weekday, as in "0 2 * * *" for every night at two`)
			continue
		}
		if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
			v.Fail("a schedule has no timezone of its own", "the campaign's timezone: holds for all")
			continue
		}
		if hours, ok := s.(*cron.SpecSchedule); ok {
			s = wallClock{hours, c.Location}
		}
		c.Schedule[k], c.Cron[k], c.written[k] = s, spec, v
	}
}

// Shared reports whether the records are in PostgreSQL.
func (c *Campaign) Shared() bool {
	return strings.HasPrefix(c.Store, "postgres://") || strings.HasPrefix(c.Store, "postgresql://")
}

// storeMistake returns what is wrong with the place of the records, and what to write
// instead; "" if nothing is.
func (c *Campaign) storeMistake() (what, cure string) {
	switch {
	case c.Shared(): // the address says where
	case strings.Contains(c.Store, "://"):
		return fmt.Sprintf("the store %q is neither a file nor PostgreSQL", c.Store),
			"write a path such as var/kheo.db, or postgres://user@host/database"
	case !filepath.IsLocal(c.Store):
		return "the store lies outside the workspace", "write a path such as var/kheo.db"
	}
	return "", ""
}

// in resolves a path of kheo.yaml, which is relative to the workspace.
func (c *Campaign) in(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, filepath.FromSlash(path))
}

// Records returns where the records and the files of dossiers are: a path or URL, and a
// folder or bucket.
func (c *Campaign) Records() (store, blobs string) {
	store, blobs = c.Store, filepath.Join(c.Dir, "var", "blobs")
	if !c.Shared() {
		store = c.in(c.Store)
		blobs = filepath.Join(filepath.Dir(store), "blobs")
	}
	if strings.Contains(c.Blobs, "://") {
		blobs = c.Blobs
	} else if c.Blobs != "" {
		blobs = c.in(c.Blobs)
	}
	return store, blobs
}

// StoreName is the place of the records for messages, without a password.
func (c *Campaign) StoreName() string {
	at, _ := c.Records()
	if u, err := url.Parse(at); c.Shared() {
		if err != nil {
			return "PostgreSQL"
		}
		return u.Redacted()
	}
	return at
}

// Ruleset returns the ruleset for dossiers of a kind and level, or nil.
func (c *Campaign) Ruleset(kind, level string) *rules.Ruleset {
	for _, rs := range c.Rulesets {
		if rs.AppliesTo(kind, level) {
			return rs
		}
	}
	return nil
}
