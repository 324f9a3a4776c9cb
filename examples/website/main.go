// Website writes a page of results: what the committee recognised on lists that are closed, and nothing else.
//
//	KHEO=https://kheo.example.org TOKEN=… go run ./examples/website results.html
//
// The token needs the scope read, of someone who is recused from nothing, such as an observer. With an address and a
// file with the secret of a webhook, it waits to be told that a list is closed, and writes the page then:
//
//	KHEO=… TOKEN=… go run ./examples/website -listen 127.0.0.1:9000 -secret website-secret.txt results.html
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"kheo/examples/client"
)

// main publishes the page once and, with -listen, again whenever a webhook announces that a list was closed.
func main() {
	listen := flag.String("listen", "", "wait at an `ADDRESS:PORT` to be told that a list is closed")
	secret := flag.String("secret", "", "the `FILE` with the secret of the webhook")
	flag.Parse()
	if flag.NArg() != 1 || (*listen == "") != (*secret == "") {
		fmt.Fprintln(os.Stderr, "Use it like this: website [-listen ADDRESS:PORT -secret FILE] FILE.html")
		os.Exit(2)
	}
	err := publish(flag.Arg(0))
	if err == nil && *listen != "" {
		err = wait(*listen, *secret, flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "website:", err)
		os.Exit(1)
	}
}

// results is one closed list.
type results struct {
	Title, Closed string
	Recognised    []recognised
}

// recognised is an entry that the committee recognised.
type recognised struct{ Title, Unit string }

// page is the page of results. The template writes everything as text.
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Results</title></head>
<body><main><h1>Results</h1>{{range .}}
<section><h2>{{.Title}}</h2><p>Closed {{.Closed}}</p><ul>{{range .Recognised}}
<li>{{.Title}} – {{.Unit}}</li>{{end}}
</ul></section>{{else}}<p>No list is closed yet.</p>{{end}}</main></body></html>
`))

// publish writes the page. It writes nothing if it cannot know everything that belongs on it.
func publish(name string) error {
	kheo, err := client.FromEnvironment()
	if err != nil {
		return err
	}
	units, err := kheo.Units()
	if err != nil {
		return err
	}
	lists, err := kheo.Lists()
	if err != nil {
		return err
	}
	var all []results
	for _, l := range lists {
		if l.Closed == "" {
			continue
		}
		if l.Apart > 0 || l.Blind {
			return fmt.Errorf("the person of the token may not see all of %s: use a token of an observer", l.Ruleset)
		}
		entries, err := kheo.Entries(l.Ruleset)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Ruleset, err)
		}
		r := results{Title: l.Title, Closed: l.Closed}
		for _, e := range entries {
			if e.Hidden || e.Recused != "" {
				return fmt.Errorf("the person of the token may not see %s of %s", e.Dossier, l.Ruleset)
			}
			if e.Decision == "recognised" {
				r.Recognised = append(r.Recognised, recognised{e.Title, units[e.Unit]})
			}
		}
		all = append(all, r)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, all); err != nil {
		return err
	}
	fmt.Printf("%d closed lists\n", len(all))
	return client.Replace(name, b.Bytes())
}

// wait writes the page whenever kheo says that a list is closed. What is not signed by the secret is refused. If the
// page cannot be written it answers 500, and kheo sends it again.
func wait(listen, secretFile, name string) error {
	secret, err := os.ReadFile(secretFile)
	if err != nil {
		return err
	}
	hook, err := standard.NewWebhook(strings.TrimSpace(string(secret)))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Println("waits at", l.Addr())
	server := &http.Server{ReadTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
			if err != nil || hook.Verify(body, r.Header) != nil {
				http.Error(w, "not signed", http.StatusUnauthorized)
				return
			}
			var m struct{ Type string }
			if err := json.Unmarshal(body, &m); err != nil {
				http.Error(w, "not JSON", http.StatusBadRequest)
				return
			}
			if m.Type == "list.closed" {
				if err := publish(name); err != nil {
					fmt.Fprintln(os.Stderr, "website:", err)
					http.Error(w, "the page was not written", http.StatusInternalServerError)
					return
				}
			}
			w.WriteHeader(http.StatusNoContent)
		})}
	return server.Serve(l)
}
