// Package client is what the examples share: it calls the API of kheo, waits when it is told to, and returns what
// kheo says is wrong.
//
// It is written as a program of another office would be, with the standard library and docs/api.md alone: it imports
// nothing of kheo. The token comes from the environment, and an error has the sentence that kheo wrote for people.
// Copy it as the beginning of a program of your own.
package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Kheo is the API of one campaign.
type Kheo struct {
	base, token string
	http        *http.Client
}

// FromEnvironment returns the API at the address in KHEO, such as https://kheo.example.org, with the token in TOKEN.
// A token is not taken from the command line, which others on the machine can read.
func FromEnvironment() (*Kheo, error) {
	k := &Kheo{base: strings.TrimSuffix(os.Getenv("KHEO"), "/") + "/api/v1", token: os.Getenv("TOKEN"),
		http: &http.Client{Timeout: time.Minute}}
	if os.Getenv("KHEO") == "" || k.token == "" {
		return nil, errors.New("set KHEO to the address of the pages, and TOKEN to a token of the account page")
	}
	return k, nil
}

// Problem is what kheo says is wrong.
type Problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
		Value    any    `json:"value"`
	} `json:"errors"`
}

// Error implements error.
func (p *Problem) Error() string { return fmt.Sprintf("kheo answers %d: %s", p.Status, p.Detail) }

// ErrChanged is returned by Each if the list changed while it was read.
var ErrChanged = errors.New("the list changed while it was read")

// Get reads what is at a path.
func (k *Kheo) Get(path string, into any) error { return k.call(http.MethodGet, path, nil, into) }

// Post sends something as JSON.
func (k *Kheo) Post(path string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return k.call(http.MethodPost, path, b, into)
}

// call calls the API. When it is told to come later it waits, and calls again a few times.
func (k *Kheo) call(method, path string, body []byte, into any) error {
	for attempt := 0; ; attempt++ {
		q, err := http.NewRequest(method, k.base+path, bytes.NewReader(body))
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", "Bearer "+k.token)
		if body != nil {
			q.Header.Set("Content-Type", "application/json")
		}
		resp, err := k.http.Do(q)
		if err != nil {
			return err
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		if resp.StatusCode == http.StatusTooManyRequests && attempt < 5 {
			seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			time.Sleep(time.Duration(max(1, seconds)) * time.Second)
			continue
		}
		if resp.StatusCode >= 300 {
			p := &Problem{}
			if json.Unmarshal(answer, p) != nil || p.Status == 0 {
				p = &Problem{Status: resp.StatusCode, Detail: http.StatusText(resp.StatusCode)}
			}
			if p.Status == http.StatusGone {
				return errors.Join(ErrChanged, p)
			}
			return p
		}
		return json.Unmarshal(answer, into)
	}
}

// List is a list without its entries.
type List struct {
	Ruleset, Title, Run string
	Closed              string // when it was closed; "" if it is open
	Apart               int    // entries from which the person of the token is recused
	Blind               bool   // outcomes are hidden from the person of the token
}

// Lists reads which lists there are.
func (k *Kheo) Lists() ([]List, error) {
	var all struct{ Lists []List }
	return all.Lists, k.Get("/lists", &all)
}

// Entry is an entry of a list, with what the examples use of it.
type Entry struct {
	Dossier, Title, Unit, Field string
	Outcome, Decision           string
	Rank                        int
	Points, Max                 float64
	Hidden                      bool   // points and outcome are left out
	Recused                     string // why only its names are told
}

// Entries reads all entries of a list, part by part. If the list changes meanwhile, it begins again.
func (k *Kheo) Entries(ruleset string) (out []Entry, err error) {
	for range 3 {
		if out, err = k.entries(ruleset); !errors.Is(err, ErrChanged) {
			return out, err
		}
	}
	return nil, err
}

// entries reads all entries of a list that does not change meanwhile.
func (k *Kheo) entries(ruleset string) (out []Entry, err error) {
	path := "/lists/" + url.PathEscape(ruleset) + "/entries?limit=500"
	for cursor := ""; ; {
		var part struct {
			Entries []Entry
			Next    string
		}
		at := path
		if cursor != "" {
			at += "&cursor=" + url.QueryEscape(cursor)
		}
		if err := k.Get(at, &part); err != nil {
			return nil, err
		}
		out = append(out, part.Entries...)
		if cursor = part.Next; cursor == "" {
			return out, nil
		}
	}
}

// Units reads the names of the units, by id.
func (k *Kheo) Units() (map[string]string, error) {
	var all struct{ Units []struct{ ID, Name string } }
	if err := k.Get("/units", &all); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, u := range all.Units {
		names[u.ID] = u.Name
	}
	return names, nil
}

// Replace writes a file whole: a reader sees the old content or the new, and never a part.
func Replace(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
