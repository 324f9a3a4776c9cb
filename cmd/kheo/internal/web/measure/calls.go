package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// call is what one client asks for again and again: a path for the i-th time.
type call struct {
	what string
	api  bool
	path func(i int) string
}

// callsOf returns what is asked for on a campaign with some dossiers.
func callsOf(ids []string) []call {
	fixed := func(path string) func(int) string { return func(int) string { return path } }
	id := func(i int) string { return ids[i*7919%len(ids)] }
	search := func(i int) string { return "/search?q=" + url.QueryEscape(queries[i%len(queries)]) }
	return []call{
		{"page of a list", false, func(i int) string {
			return "/lists/model-district?from=" +
				strconv.Itoa(50*(i%50))
		}},
		{"page of a dossier", false, func(i int) string { return "/dossiers/" + id(i) }},
		{"page of a search", false, search},
		{"overview", false, fixed("/")},
		{"lists", true, fixed("/lists")},
		{"entries", true, fixed("/lists/model-district/entries")},
		{"entries of one unit", true, fixed("/lists/model-district/entries?unit=dai-hiep")},
		{"entry", true, func(i int) string { return "/lists/model-district/entries/" + id(i) }},
		{"dossiers", true, fixed("/dossiers")},
		{"dossier", true, func(i int) string { return "/dossiers/" + id(i) }},
		{"search", true, search},
	}
}

// programs makes a token for each operation, because calls by one are kept to a pace, and ends those of an earlier
// measurement.
func programs(ctx context.Context, dir string, n int) (tokens []string, err error) {
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	var old []string
	if err := w.Review().View(ctx, func(st *review.State) error {
		for _, t := range st.Tokens.Of("m0") {
			old = append(old, t.ID)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	for _, id := range old {
		if err := w.Review().RevokeToken(ctx, review.System, "m0", id); err != nil {
			return nil, err
		}
	}
	for i := range n {
		_, token, err := w.Review().MakeToken(ctx, review.System,
			review.Token{Person: "m0", Name: fmt.Sprint("measure ", i), Scopes: []review.Scope{review.ReadScope},
				Ends: w.Now().AddDate(0, 0, 1).Format(time.DateOnly)})
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// alone prints how long one client waits for each call, and how much of a processor's time the server takes for one:
// the latter does not depend on what else the machine does. Each is asked for times times, after a tenth as many to
// warm up.
func (c *crowd) alone(tokens []string, times, pid int) error {
	p, err := c.enter("m0", 0)
	if err != nil {
		return err
	}
	fmt.Print("\nOne client:\n\n| what | p50 ms | p95 ms | processor ms a call |\n| --- | --- | --- | --- |\n")
	for k, x := range callsOf(c.ids) {
		var took []time.Duration
		began := 0.0
		for i := range times + times/10 {
			if i == times/10 {
				began = processor(pid)
			}
			at := time.Now()
			if err := p.ask(x, i, tokens[k]); err != nil {
				return err
			}
			if i >= times/10 {
				took = append(took, time.Since(at))
			}
		}
		used := processor(pid) - began
		slices.Sort(took)
		ms := func(share float64) float64 {
			return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
		}
		name := x.what
		if x.api {
			name = "API: " + name
		}
		fmt.Printf("| %s | %.1f | %.1f | %.1f |\n", name, ms(0.5), ms(0.95), used*1000/float64(times))
	}
	return nil
}

// ask makes a call for the i-th time.
func (p *person) ask(x call, i int, token string) error {
	path := x.path(i)
	if x.api {
		path = "/api/v1" + path
	}
	req, err := http.NewRequest("GET", p.at+path, nil)
	if err != nil {
		return err
	}
	if x.api {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	status, _, err := p.do(req)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s: status %d", path, status)
	}
	return err
}

// processor returns the processor time that a process has used, in seconds; 0 if the system does not say.
func processor(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), ") ") // the name of the program may have spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if errors.Join(err1, err2) != nil {
		return 0
	}
	return float64(user+system) / 100 // Linux counts in hundredths on all its platforms
}
