// Measure reports how quick the pages are, and how much memory they take, while many people read and vote at once on
// a campaign of many dossiers; and whether a vote was lost or counted twice. The server is a process of its own;
// people are connections on loopback.
//
// docs/benchmarks.md has the figures, each with its command.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

// password is that of all people: it is hashed once, because hashing is slow on purpose.
const password = "mot hai ba bon nam"

// main also serves as the reader's child process, like kheo itself: making the campaign reads documents.
func main() {
	extract.RunIfChild()
	n := flag.Int("n", 10_000, "dossiers")
	people := flag.Int("people", 100, "people at once")
	think := flag.Duration("think", time.Second, "between two requests of one person, on average")
	length := flag.Duration("for", time.Minute, "how long")
	kheo := flag.String("kheo", "bin/kheo", "the program whose pages are measured")
	dir := flag.String("dir", "", "a workspace to keep and to use again")
	times := flag.Int("calls", 100, "how often one client makes each call; 0 leaves that part out")
	flag.Parse()
	log.SetFlags(0)
	if err := measure(*n, *people, *times, *think, *length, *kheo, *dir); err != nil {
		log.Fatal(err)
	}
}

// measure makes the campaign unless dir has one, starts the server, lets people read and vote for length, and
// prints the figures. It fails if a vote was lost or a request failed.
func measure(n, people, times int, think, length time.Duration, kheo, dir string) error {
	ctx := context.Background()
	if dir == "" {
		tmp, err := os.MkdirTemp("", "kheo-pages-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		dir = filepath.Join(tmp, "ws")
	}
	if _, err := os.Stat(filepath.Join(dir, "kheo.yaml")); err != nil {
		if err := make10k(ctx, dir, n, people); err != nil {
			return err
		}
	}
	var ids []string
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return err
	}
	placed, err := editions.Places(ctx, w)
	if err != nil {
		return err
	}
	for id, p := range placed {
		if p.Ruleset == "model-district" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if err := w.Close(); err != nil {
		return err
	}
	tokens, err := programs(ctx, dir, len(callsOf(ids)))
	if err != nil {
		return err
	}
	server := exec.Command(kheo, "serve", "-w", dir, "--listen", "127.0.0.1:0")
	out, err := server.StderrPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Process.Kill()
	lines := bufio.NewReader(out)
	at := ""
	// The server prints its address when it is ready; the port is chosen by the system.
	for at == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s: %w %s", kheo, err, line)
		}
		if m := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line); m != "" {
			at = m
		}
	}
	go io.Copy(io.Discard, lines)
	crowd := &crowd{at: at, ids: ids, think: think, took: map[string][]time.Duration{},
		votes: map[[2]string]string{}}
	if err := crowd.play(people, length); err != nil {
		return err
	}
	if times > 0 {
		if err := crowd.alone(tokens, times, server.Process.Pid); err != nil {
			return err
		}
	}
	memory := peak(server.Process.Pid)
	server.Process.Signal(os.Interrupt)
	server.Wait()
	crowd.report(len(ids), people, memory)
	return crowd.check(ctx, dir)
}

// make10k makes a campaign of n dossiers, read and assessed, with people who may vote. Texts are put
// together from those of the sample with other figures, always in the same way.
func make10k(ctx context.Context, dir string, n, people int) error {
	if err := samples.WriteCampaign(dir); err != nil {
		return err
	}
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := writeDossiers(w, n); err != nil {
		return err
	}
	// Without it, each entry would wait until nothing changed in it for 10 seconds.
	w.Watch.Settle = 0 // what was written is whole
	begin := time.Now()
	if _, err := pipeline.Run(ctx, w, pipeline.Options{Cause: "measure"}); err != nil {
		return err
	}
	fmt.Printf("%d dossiers taken in, read, indexed and assessed in %.0f s\n", n, time.Since(begin).Seconds())
	return addMembers(ctx, w, people)
}

// storyParts returns the texts of the sample's stories by the letter that marks what they are in a dossier.
func storyParts() (map[string][]string, error) {
	b, err := os.ReadFile("samples/stories/district.txt")
	if err != nil {
		return nil, fmt.Errorf("%w (run it from the repository)", err)
	}
	parts := map[string][]string{}
	for l := range strings.Lines(string(b)) {
		if k, text, ok := strings.Cut(strings.TrimSuffix(l, "\n"), ": "); ok && len(k) == 1 {
			parts[k] = append(parts[k], text)
		}
	}
	return parts, nil
}

// writeDossiers puts n dossiers into the inbox, made of the sample's stories with other numbers; the same each time.
func writeDossiers(w *workspace.Workspace, n int) error {
	parts, err := storyParts()
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	digits := regexp.MustCompile(`\d+`)
	pick := func(k string) string {
		return digits.ReplaceAllStringFunc(parts[k][r.IntN(len(parts[k]))],
			func(string) string { return strconv.Itoa(2 + r.IntN(97)) })
	}
	units := w.Campaign().Env.Units
	for i := range n {
		to := filepath.Join(w.Dir, "inbox", fmt.Sprintf("d%06d", i))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		manifest := fmt.Sprintf("kind: model\ntitle: \"%s %d\"\nunit: %s\nlevel: district\nfield: %s\n"+
			"registered_on: 2024-02-%02d\nfacts: { households: %d, agreement_percent: %d }\n",
			strings.Join(strings.Fields(pick("P"))[:4],
				" "), i, units[r.IntN(len(units))].ID, w.Campaign().Env.Fields[r.IntN(4)].ID, 1+r.IntN(28),
			30+r.IntN(250), 70+r.IntN(31))
		var text strings.Builder
		text.WriteString("Báo cáo kết quả thực hiện mô hình\nThời gian bắt đầu: tháng 1/2024\n" +
			pick("P") + "\n" + pick("D") + "\nI. Kết quả\n")
		for range 1 + r.IntN(4) {
			text.WriteString(pick("R") + "\n" + pick("F") + "\n" + pick("S") + "\n")
		}
		text.WriteString("\nGiấy xác nhận\nỦy ban nhân dân xã xác nhận.\n")
		for name, body := range map[string]string{"dossier.yaml": manifest, "bao-cao.txt": text.String()} {
			if err := os.WriteFile(filepath.Join(to, name), []byte(body), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// addMembers adds people of the committee. All have the same password, hashed once: hashing takes a tenth of a second
// for each.
func addMembers(ctx context.Context, w *workspace.Workspace, people int) error {
	encoded, err := review.HashPassword(password)
	if err != nil {
		return err
	}
	var events []review.Event
	for i := range people {
		events = append(events, review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: fmt.Sprint("m", i), Name: fmt.Sprint("Thành viên ", i),
				Roles: []review.Role{review.Member}}})
	}
	if err := w.Review().Do(ctx, review.Subject{}, events...); err != nil {
		return err
	}
	for _, e := range events {
		if err := w.Store.People.SetPassword(ctx, e.Data.Subject, encoded); err != nil {
			return err
		}
	}
	return nil
}

// crowd is many people at once, with what was measured of their requests. mu guards the fields below it.
type crowd struct {
	at    string
	ids   []string
	think time.Duration

	mu    sync.Mutex
	took  map[string][]time.Duration
	votes map[[2]string]string // what was acknowledged, by person and dossier
	cast  int
	large int
	fails []string
}

// queries are typical searches, with and without diacritics, with a phrase and with filters.
var queries = []string{"an ninh", "camera", "thu gom", "tiết kiệm", `"làm theo"`, "hoi phu nu",
	"unit:dai-hiep giảm", "trộm cắp", "outcome:recommended nhân rộng", "hộ nghèo"}

// play signs people in, lets all of them begin together, and returns when length has passed. An error is the
// first failure to sign in.
func (c *crowd) play(people int, length time.Duration) error {
	var in, group sync.WaitGroup
	start := make(chan time.Time)
	errs := make(chan error, people)
	for i := range people {
		in.Add(1)
		group.Go(func() {
			p, err := c.enter(fmt.Sprint("m", i), uint64(i))
			in.Done()
			if err != nil {
				errs <- err
				return
			}
			end := <-start
			time.Sleep(time.Duration(p.r.Float64() * 4 * float64(c.think))) // not all in one instant
			for time.Now().Before(end) {
				p.round()
			}
		})
	}
	begin := time.Now()
	// Signing in hashes passwords and is throttled, so it is done before the time is taken.
	in.Wait()
	fmt.Printf("%d people signed in in %.1f s\n", people, time.Since(begin).Seconds())
	end := time.Now().Add(length)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case start <- end:
			case <-stop:
				return
			}
		}
	}()
	group.Wait()
	close(stop)
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// person is one of the crowd, with cookies and random numbers of their own.
type person struct {
	*crowd
	id string
	c  *http.Client
	r  *rand.Rand
}

// enter signs a person in. Redirects are not followed, so that each request is measured alone.
func (c *crowd) enter(id string, seed uint64) (*person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &person{c, id, &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}, rand.New(rand.NewPCG(seed, 7))}
	for {
		status, _, err := p.send("/sign-in", url.Values{"person": {id}, "password": {password}})
		switch {
		case err == nil && status == http.StatusSeeOther:
			return p, nil
		case err == nil && status == http.StatusTooManyRequests: // too many at once are asked to come again
			time.Sleep(time.Second)
		default:
			return nil, fmt.Errorf("%s cannot sign in: %d %w", id, status, err)
		}
	}
}

// send posts a form as a browser does from a page of kheo, and returns what do returns.
func (p *person) send(path string, form url.Values) (int, int, error) {
	req, err := http.NewRequest("POST", p.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.do(req)
}

// do sends a request and returns the status and the size of the body in bytes. The body is read to its end,
// so that the connection is used again.
func (p *person) do(req *http.Request) (status, size int, err error) {
	res, err := p.c.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	return res.StatusCode, int(n), err
}

// round is what one person does: looks at the list, searches, opens a dossier, votes. Between two requests
// they think for half to one and a half times the pause.
func (p *person) round() {
	pause := func() { time.Sleep(time.Duration(float64(p.think) * (0.5 + p.r.Float64()))) }
	id := p.ids[p.r.IntN(len(p.ids))]
	p.look("list", "/lists/model-district?from="+strconv.Itoa(50*p.r.IntN(max(1, len(p.ids)/50))))
	pause()
	p.look("search", "/search?q="+url.QueryEscape(queries[p.r.IntN(len(queries))]))
	pause()
	p.look("dossier", "/dossiers/"+id)
	pause()
	vote := []string{"for", "against", "abstain"}[p.r.IntN(3)]
	begin := time.Now()
	status, _, err := p.send("/dossiers/"+id+"/vote", url.Values{"vote": {vote}, "back": {"/"}})
	p.note("vote", begin, status, http.StatusSeeOther, 0, err)
	if status == http.StatusSeeOther {
		p.mu.Lock()
		p.votes[[2]string{p.id, id}] = vote
		p.cast++
		p.mu.Unlock()
	}
	pause()
}

// look requests a page and notes how long it took until its last byte.
func (p *person) look(what, path string) {
	req, err := http.NewRequest("GET", p.at+path, nil)
	if err != nil {
		panic(err)
	}
	begin := time.Now()
	status, size, err := p.do(req)
	p.note(what, begin, status, 200, size, err)
}

// note records a request under the name of what it did. A status other than want is a failure.
func (p *person) note(what string, begin time.Time, status, want, size int, err error) {
	d := time.Since(begin)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took[what] = append(p.took[what], d)
	p.large = max(p.large, size)
	if err != nil || status != want {
		p.fails = append(p.fails, fmt.Sprint(what, " ", status, " ", err))
	}
}

// report prints the figures as a table in Markdown, as docs/benchmarks.md shows them, and the first five
// failures. memory is in MB.
func (c *crowd) report(n, people int, memory int) {
	fmt.Printf("%d dossiers on the list, %d people, %v between two requests of each\n\n", n, people, c.think)
	fmt.Print("| what | requests | p50 ms | p95 ms | p99 ms |\n| --- | --- | --- | --- | --- |\n")
	for _, what := range []string{"list", "search", "dossier", "vote"} {
		d := c.took[what]
		slices.Sort(d)
		if len(d) == 0 {
			continue
		}
		at := func(share float64) float64 { return float64(d[int(share*float64(len(d)-1))].Microseconds()) / 1000 }
		fmt.Printf("| %s | %d | %.1f | %.1f | %.1f |\n", what, len(d), at(0.5), at(0.95), at(0.99))
	}
	fmt.Printf("\npeak memory of the server: %d MB; largest page: %d KB; requests that failed: %d\n",
		memory, c.large>>10, len(c.fails))
	for _, f := range c.fails[:min(len(c.fails), 5)] {
		fmt.Println("  ", f)
	}
}

// check compares what was acknowledged with the audit trail: the last vote of each person on each dossier
// must be there. A vote that was cast twice is in the trail twice, which the figures show.
func (c *crowd) check(ctx context.Context, dir string) error {
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	events, err := w.Review().Events(ctx)
	if err != nil {
		return err
	}
	last := map[[2]string]string{}
	kept := 0
	for _, e := range events {
		if e.Action == review.Voted {
			last[[2]string{e.Person, e.Dossier}] = string(e.Data.Value)
			kept++
		}
	}
	lost := 0
	for k, v := range c.votes {
		if last[k] != v {
			lost++
		}
	}
	fmt.Printf("votes acknowledged: %d; lost: %d; in the chain: %d\n", c.cast, lost, kept)
	if lost > 0 || len(c.fails) > 0 {
		return errors.New("votes were lost, or requests failed")
	}
	return nil
}

// peak is the most memory that a process has had, in MB: VmHWM of /proc; 0 if the system has no such file.
func peak(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(b)
	if m == nil {
		return 0
	}
	kb, _ := strconv.Atoi(string(m[1]))
	return kb >> 10
}
