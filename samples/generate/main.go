// Command generate writes the files of the sample campaign from the stories in
// samples/stories and packs them into samples/dai-loc-2024.zip. It needs
// LibreOffice, Chromium, poppler-utils, qpdf and the Noto fonts, which a
// user of kheo does not: the packed files are part of the repository.
//
//	make samples
package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/fnv"
	"log"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
	"kheo/pipeline/campaign"
)

// story is one dossier as its author wrote it. What the author leaves open is chosen by a hash of place and title,
// so that the sample is varied and every run of the program makes the same one.
type story struct {
	kind, level string
	unit, field string
	place       string // hamlet; of an individual, the name
	title       string // of an individual, what the person does
	number      int    // households; models led
	lang        string
	opts        map[string]string // peculiarities: reg, start, agree, money, docs, lang
	parts       map[string]string // P problem, D done, R results, F forces, S spread
	seed        uint32            // of pick
	index       int               // in its file
}

// main reads the stories, composes the dossiers, writes all their documents, and packs the inbox. It runs in the
// root of the repository.
func main() {
	log.SetFlags(0)
	camp, err := campaign.Load("samples/campaign")
	check(err)
	names := map[string]string{}
	for _, u := range camp.Env.Units {
		names[u.ID] = u.Name
	}
	fields := map[string]map[string]string{}
	for _, f := range camp.Env.Fields {
		fields[f.ID] = f.Title
	}
	work, err := os.MkdirTemp("", "kheo-samples-")
	check(err)
	defer os.RemoveAll(work)
	p := &press{dir: work, units: names, fields: fields}
	for _, f := range []struct{ file, kind, level string }{
		{"district", "model", "district"}, {"grassroots", "model", "grassroots"},
		{"collectives", "collective", ""}, {"individuals", "individual", ""},
	} {
		for _, s := range readStories("samples/stories/"+f.file+".txt", f.kind, f.level) {
			p.compose(s)
		}
	}
	p.print()
	pack("samples/dai-loc-2024.zip", p.entries())
}

// check ends the program if err is not nil. The program is run by hand, so there is nothing to clean up.
func check(err error) {
	if err != nil {
		log.Fatal("generate: ", err)
	}
}

// readStories reads one file of stories. A story begins with a line "# unit | field | place | title | number |
// options"; its parts follow, one a line, as "P: text".
func readStories(file, kind, level string) []*story {
	b, err := os.ReadFile(file)
	check(err)
	var out []*story
	// The parts of a story follow its first line, until the next story begins.
	for n, line := range strings.Split(norm.NFC.String(string(b)), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, "# "):
			cols := strings.Split(line[2:], "|")
			for i := range cols {
				cols[i] = strings.TrimSpace(cols[i])
			}
			if len(cols) < 5 {
				log.Fatalf("%s:%d: a story begins with  # unit | field | place | title | number", file, n+1)
			}
			s := &story{
				kind:  kind,
				level: level,
				unit:  cols[0],
				field: cols[1],
				place: cols[2],
				title: cols[3],
				lang:  "vi",
				opts:  map[string]string{},
				parts: map[string]string{},
				index: len(out),
			}
			s.number, err = strconv.Atoi(cols[4])
			check(err)
			for _, c := range cols[5:] {
				for _, o := range strings.Fields(c) {
					k, v, _ := strings.Cut(o, "=")
					s.opts[k] = v
				}
			}
			if l := s.opts["lang"]; l != "" {
				s.lang = l
			}
			h := fnv.New32a()
			h.Write([]byte(s.place + s.title))
			s.seed = h.Sum32()
			out = append(out, s)
		case len(line) > 2 && line[1] == ':':
			out[len(out)-1].parts[line[:1]] = strings.TrimSpace(line[2:])
		default:
			log.Fatalf("%s:%d: this line is neither a story nor a part of one", file, n+1)
		}
	}
	return out
}

// pick returns a number from 0 to n-1 that depends only on the story and the question, so that every run of the
// program makes the same choices.
func (s *story) pick(question string, n int) int {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d/%s", s.seed, question)
	return int(h.Sum32()>>3) % n
}

// docs reports whether the story asks for a peculiarity of its documents, such as "scanonly".
func (s *story) docs(what string) bool {
	for _, d := range strings.Split(s.opts["docs"], ",") {
		if d == what {
			return true
		}
	}
	return false
}

// registered returns the date of registration: as the author wrote it, or else a fixed choice. So do the functions
// below for other facts.
func (s *story) registered() time.Time {
	if r := s.opts["reg"]; r != "" {
		t, err := time.Parse("2006-01-02", r)
		check(err)
		return t
	}
	if s.kind != "model" {
		return time.Date(2024, 10, 10+s.pick("reg", 30), 0, 0, 0, 0, time.UTC)
	}
	return time.Date(2024, 1, 8+s.pick("reg", 60), 0, 0, 0, 0, time.UTC)
}

// started returns the year and month in which the work began.
func (s *story) started() (year, month int) {
	if v := s.opts["start"]; v != "" {
		y, m, _ := strings.Cut(v, "-")
		year, _ = strconv.Atoi(y)
		month, _ = strconv.Atoi(m)
		return year, month
	}
	return 2024, 1 + s.pick("start", 5)
}

// agree returns the share of households that agree, in percent.
func (s *story) agree() int {
	if v := s.opts["agree"]; v != "" {
		n, err := strconv.Atoi(v)
		check(err)
		return n
	}
	return 84 + s.pick("agree", 16)
}

// money returns what people contributed, in millions of dong.
func (s *story) money() int {
	if v := s.opts["money"]; v != "" {
		n, err := strconv.Atoi(v)
		check(err)
		return n
	}
	return 15 + s.pick("money", 240)
}

// name returns the name of the nominee or the title of the model, as forms give it.
func (s *story) name() string {
	if s.kind == "individual" {
		return s.place
	}
	return s.title
}

// folder returns the name of the dossier in the inbox: with or without diacritics, in NFC or NFD, as different
// machines write it.
func (s *story) folder() string {
	name := s.name()
	switch s.pick("folder", 4) {
	case 0:
		return strings.ReplaceAll(language.Fold(name), " ", "-")
	case 1:
		return norm.NFD.String(strings.NewReplacer("/", "-", `"`, "").Replace(name))
	case 2:
		return strings.ReplaceAll(language.Fold(s.unit+" "+name), " ", "_")
	}
	return strings.NewReplacer("/", "-", `"`, "").Replace(name)
}

// entry is one file of the packed inbox.
type entry struct {
	name string
	data []byte
}

// pack writes the entries into a zip file, sorted, so that the same entries give the same bytes.
func pack(file string, entries []entry) {
	sort.Slice(entries, func(i, j int) bool { return entries[i].name < entries[j].name })
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, e := range entries {
		// Archives and Word documents are compressed already.
		method := zip.Deflate
		if strings.HasSuffix(e.name, ".zip") || strings.HasSuffix(e.name, ".docx") {
			method = zip.Store
		}
		w, err := zw.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		check(err)
		_, err = w.Write(e.data)
		check(err)
	}
	check(zw.Close())
	check(os.WriteFile(file, out.Bytes(), 0o644))
	fmt.Printf("%s: %d files, %.1f MB\n", file, len(entries), float64(out.Len())/1e6)
}

// run runs a program in a folder, and ends this one with its output if it fails.
func run(dir, name string, args ...string) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err != nil {
		log.Fatalf("generate: %s %s: %v\n%s", name, strings.Join(args, " "), err, b)
	}
}

// read reads a file that a program has just written.
func read(file string) []byte {
	b, err := os.ReadFile(file)
	check(err)
	return b
}
