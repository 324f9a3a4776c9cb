// Package api lets other programs in: everything that the pages show and do, as JSON under /api/v1, described in
// OpenAPI 3.1. A program shows a token of a person, and has the rights of that person, narrowed by the scopes of the
// token, with the same conflicts of interest. What it may see is decided by package access; what it does is done by
// the functions that the pages call.
//
// A call passes API.door, which finds the person of the token and asks pace, second factor, scope, right and hidden
// names. Then huma parses and validates the input by the Go type of the operation, and the operation gets a
// [page.Request] with the person. An operation that changes something makes the form that the page would send and
// calls the handler of the page with it (API.act); what the handler would say to a person becomes the answer, and its
// refusal a Problem with the same code. A dry run is the same call in a trial, after which nothing is recorded.
// If-Match is compared with the ETag of the dossier as the person sees it.
//
// There are no sessions: cookies are ignored. A new operation is registered with its right and scope, which puts it
// into the description, and is documented in docs/api.md. Fields are added and never renamed.
package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/admin"
	"kheo/cmd/kheo/internal/web/applicant"
	"kheo/cmd/kheo/internal/web/checking"
	"kheo/cmd/kheo/internal/web/committee"
	"kheo/cmd/kheo/internal/web/desk"
	"kheo/cmd/kheo/internal/web/listing"
	"kheo/cmd/kheo/internal/web/names"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/reading"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/pipeline/results"
)

// Prefix is the beginning of every path of the API.
const Prefix = "/api/v1"

// Rooms are the pages whose functions the API calls.
type Rooms struct {
	Lists      *access.Lists
	Inbox      *upload.Inbox
	Checking   *checking.Room
	Listing    *listing.Room
	Reading    *reading.Room
	Desk       *desk.Room
	Committee  *committee.Room
	Hall       *committee.Hall
	Papers     *committee.Papers
	Results    *results.Reader
	Admin      *admin.Room
	Names      *names.Keeper
	Applicants *applicant.Room
}

// API serves /api/v1.
type API struct {
	Rooms
	site *page.Site

	mux        *http.ServeMux
	huma       huma.API
	operations map[string]*operation // by id
	pace       *page.Pace
	used       lastUsed
	submitting sync.Mutex // held while a submission with an Idempotency-Key is taken in
}

// New returns the API of a site. The caller passes what it depends on.
func New(site *page.Site, rooms Rooms) *API {
	a := &API{Rooms: rooms, site: site, mux: http.NewServeMux(), operations: map[string]*operation{},
		pace: page.NewPace()}
	config := huma.DefaultConfig("kheo", "1")
	config.Info.Description = "What the pages of kheo show and do, for other programs. A token of a person is sent as " +
		"“Authorization: Bearer …”; a call has the rights of the person, narrowed by the scopes of the token. " +
		"x-kheo-right and x-kheo-scope of an operation say what it needs."
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer",
			Description: "a token of the account page or of `kheo user token add`"}}
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = Prefix+"/openapi", "", ""
	config.CreateHooks = nil // no $schema in answers
	config.Formats = unambiguous(config.Formats)
	config.RejectUnknownQueryParameters = true
	a.huma = humago.New(a.mux, config)
	a.huma.UseMiddleware(a.door)
	reads{a}.addReading()
	a.addLists()
	a.addDossiers()
	a.addActs()
	inlet{a}.addSubmissions()
	a.addWebhooks()
	a.addLetters()
	a.addReminders()
	exchange{a}.addExchange()
	secret{a}.addBallots()
	afterwards{a}.addObjections()
	invited{a}.addApplicants()
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, a.problem(a.visitor(r), page.Refuse(http.StatusNotFound, "error.api-path")))
	})
	return a
}

// schemaName returns the name of the schema of a type: with its package, because several have an Entry.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	path := t.PkgPath()
	pkg := path[strings.LastIndex(path, "/")+1:]
	if pkg == "" || pkg == "api" || pkg == "huma" || t.Name() == "" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// ForgetPace forgets how many calls there were.
func (a *API) ForgetPace() { a.pace.Forget() }

// Description returns the OpenAPI description.
func (a *API) Description() *huma.OpenAPI { return a.huma.OpenAPI() }

// ServeHTTP answers a request. Cookies count for nothing here, so no other site can make a browser act. A panic
// becomes a problem, and does not end the process, because runs are at work in it.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-cache") // it may be kept, and is asked for again with its ETag
	w.Header().Set("Vary", "Authorization, Accept-Language")
	t := &tagged{ResponseWriter: w, r: r}
	defer func() {
		if p := recover(); p != nil {
			a.site.Log.Error("a call of the API failed", "path", page.UpTo(r.URL.Path, 200), "panic", fmt.Sprint(p))
			if !t.begun {
				writeProblem(w, &Problem{Status: http.StatusInternalServerError, Title: "Internal Server Error"})
			}
			return
		}
		t.end()
	}()
	ctx, err := a.site.Sessions.Load(r.Context(), "") // rooms leave messages in it; nothing of it is kept
	if err != nil {
		panic(err)
	}
	a.mux.ServeHTTP(t, r.WithContext(ctx))
}

// tagged gives answers to GET an ETag, and answers with 304 if the client has the same already. Answers that have an
// ETag of their own, and what is not JSON, pass unchanged.
type tagged struct {
	http.ResponseWriter
	r      *http.Request
	status int
	body   bytes.Buffer
	begun  bool // it was passed on
}

// Write implements http.ResponseWriter.
func (t *tagged) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.WriteHeader(http.StatusOK)
	}
	if t.begun {
		return t.ResponseWriter.Write(b)
	}
	return t.body.Write(b)
}

// WriteHeader implements http.ResponseWriter.
func (t *tagged) WriteHeader(status int) {
	if t.status != 0 {
		return
	}
	t.status = status
	json := strings.HasPrefix(t.Header().Get("Content-Type"), "application/json")
	if t.r.Method != http.MethodGet || status != http.StatusOK || !json {
		t.begun = true
		t.ResponseWriter.WriteHeader(status)
	}
}

// Unwrap returns the response itself to http.ResponseController.
func (t *tagged) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// end sends what was kept back.
func (t *tagged) end() {
	if t.status == 0 || t.begun {
		return
	}
	tag := tagOf(t.body.Bytes())
	t.Header().Set("ETag", tag)
	if matches(t.r.Header.Get("If-None-Match"), tag) {
		t.Header().Del("Content-Type")
		t.ResponseWriter.WriteHeader(http.StatusNotModified)
		return
	}
	t.ResponseWriter.WriteHeader(t.status)
	t.ResponseWriter.Write(t.body.Bytes())
}

// tagOf returns the ETag of an answer.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// matches reports whether a list of ETags has one, in the weak comparison of RFC 9110.
func matches(list, tag string) bool {
	for _, one := range strings.Split(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}
