package pipeline_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/index"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/operations"
	"kheo/pipeline/outbox"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// filesWith are the files of a workspace that hold a text; the records count as none.
func filesWith(t *testing.T, dir, text string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		if bytes.Contains(b, []byte(text)) {
			out = append(out, strings.TrimPrefix(p, dir))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// recordsOf is what the tables of the records hold, as text.
func recordsOf(t *testing.T, w *workspace.Workspace) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := w.Store.DB.Query(`SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		rows, err := w.Store.DB.Query(`SELECT * FROM ` + name)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(sql.RawBytes)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				b.Write(*v.(*sql.RawBytes))
				b.WriteByte(' ')
			}
		}
		rows.Close()
		out[name] = b.String()
	}
	return out
}

// copiesOf are the dossiers that one is known to be a near-duplicate of.
func copiesOf(t *testing.T, w *workspace.Workspace, id string) (out []string) {
	t.Helper()
	rows, err := w.Store.DB.Query(`SELECT dossier FROM copies WHERE dossier = ?`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d string
		if err := rows.Scan(&d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// What is forgotten is nowhere any more but in the audit trail, which says that it was and stays
// sound; what others handed in too stays.
func TestADossierIsForgotten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 20))
	const secret = "Bí mật của hộ Nguyễn Thị Ô, thôn Mười Ba"
	report := []byte("Báo cáo kết quả thực hiện mô hình\nSố hộ tham gia: 120 hộ.\n" + secret + "\n")
	write(t, filepath.Join(dir, "inbox", "sai-sot", "bao-cao.txt"), report)
	write(t, filepath.Join(dir, "inbox", "sai-sot", "chung.txt"), []byte("Hai hồ sơ cùng gửi tệp này."))
	write(t, filepath.Join(dir, "inbox", "con-lai", "chung.txt"), []byte("Hai hồ sơ cùng gửi tệp này."))
	long, crops := "", strings.Fields("keo lúa ngô sắn lạc mía tiêu điều chè dừa cam bưởi xoài mít chuối ổi nhãn vải hồng mận")
	for i, crop := range crops {
		long += fmt.Sprintf("Nhóm hộ thứ %d của thôn trồng cây %s xen cây %s trên đất đồi và bán được giá tốt. ", i, crop, crops[(i*7+3)%len(crops)])
	}
	for i, name := range []string{"sai-sot", "ban-sao"} {
		write(t, filepath.Join(dir, "inbox", name, "chuyen.txt"), []byte(fmt.Sprint(long, i)))
	}
	w := open(t, dir)
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	id, err := w.Resolve(t.Context(), "sai-sot")
	if err != nil {
		t.Fatal(err)
	}
	if found := filesWith(t, dir, secret); len(found) == 0 {
		t.Fatal("the test looks for what is nowhere")
	}
	// What else can name it: a page of a search that is kept, the ledger, the digest, the twin.
	if found, err := search.Find(t.Context(), w, "", index.How{Limit: 1, KeepOrder: true}, nil); err != nil || found.Next == "" {
		t.Fatalf("no further page is kept: %v", err)
	}
	execute(t, dir, `UPDATE runs SET stages = '[{"stage":"read","errors":["sai-sot/bao-cao.txt cannot be read"]}]'`)
	write(t, filepath.Join(w.Lists(), "digest.txt"), []byte(id+" needs a person"))
	if twin, err := w.Resolve(t.Context(), "ban-sao"); err != nil || len(copiesOf(t, w, twin)) == 0 {
		t.Fatalf("the twin of the dossier is not known as one: %v", err)
	}
	if _, err := operations.ForgetDossier(t.Context(), w, "nothing-abcde", "a mistake"); err == nil {
		t.Error("what does not exist was forgotten")
	}
	if _, err := operations.ForgetDossier(t.Context(), w, "recommended", "a word of every list"); err == nil {
		t.Error("a word of lists was forgotten as if it were a dossier")
	}
	if _, err := operations.ForgetDossier(t.Context(), w, id, " "); err == nil {
		t.Error("forgotten without a reason")
	}
	r, err := operations.ForgetDossier(t.Context(), w, id, "handed in by mistake")
	if err != nil {
		t.Fatal(err)
	}
	if r.Files != 2 || len(r.Lists) != 1 || len(r.Closed) != 0 {
		t.Errorf("%+v", r)
	}
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "forget"}); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{secret, "sai-sot/", id} {
		for _, at := range filesWith(t, dir, what) {
			if what != id || at != "/var/kheo.db" { // the audit trail
				t.Errorf("%s still holds %q", at, what)
			}
		}
	}
	for table, rows := range recordsOf(t, w) {
		if strings.Contains(rows, id) && table != "events" {
			t.Errorf("the table %s still names the dossier", table)
		}
	}
	if n, err := search.Find(t.Context(), w, `"Bí mật của hộ Nguyễn Thị Ô"`, index.How{Limit: 5}, nil); err != nil || n.Total > 0 {
		t.Errorf("it is still found: %+v %v", n, err)
	}
	if a, err := w.Store.Dossiers.Get(t.Context(), id); a != nil || err != nil {
		t.Error(a, err)
	}
	report2, err := operations.Check(t.Context(), w, nil)
	if err != nil || len(report2.Faults) > 0 {
		t.Errorf("%+v %v", report2, err)
	}
	told := false
	trail, err := w.Review().Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range trail {
		told = told || e.Action == review.Forgotten && e.Dossier == id && e.Data.Reason == "handed in by mistake"
	}
	if !told {
		t.Error("the audit trail does not tell of it")
	}
}

// A person who is forgotten can do nothing any more, and is named no more; what the person did
// stays, and the chain is sound.
func TestAPersonIsForgotten(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.RunCopy(t, 40)
	w := open(t, dir)
	add := func(id, name string, role review.Role) {
		t.Helper()
		if err := w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: name, Roles: []review.Role{role}, Unit: "dai-hiep"}}); err != nil {
			t.Fatal(err)
		}
	}
	add("hoa", "Trần Thị Hoa", review.Member)
	add("an", "An", review.Administrator)
	if err := outbox.SetMail(t.Context(), w, "hoa", "hoa@example.org"); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.People.SetPassword(t.Context(), "hoa", "x"); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Drafts.Set(t.Context(), "hoa", "comment x", "a draft", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := operations.ForgetPerson(t.Context(), w, "an", "asked for it"); err == nil {
		t.Error("the last administrator was forgotten")
	}
	if err := operations.ForgetPerson(t.Context(), w, "hoa", "asked for it"); err != nil {
		t.Fatal(err)
	}
	if err := w.Review().View(t.Context(), func(s *review.State) error {
		p := s.People["hoa"]
		if p.Name != "hoa" || p.Unit != "" || !p.Disabled || p.May(review.CastVote) {
			t.Errorf("%+v", p)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if m, err := outbox.MailAddresses(t.Context(), w); len(m) > 0 || err != nil {
		t.Error(m, err)
	}
	if text, _, err := w.Store.Drafts.Get(t.Context(), "hoa", "comment x"); text != "" || err != nil {
		t.Error(text, err)
	}
	v, err := w.Review().Verify(t.Context(), "", func(run, ruleset string) (*publish.File, error) { return editions.List(t.Context(), w, run, ruleset) })
	if err != nil || len(v.Faults) > 0 {
		t.Errorf("%+v %v", v, err)
	}
}

// What kheo.yaml keeps for a number of days is removed after it, and nothing else is.
func TestWhatIsKeptHowLong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 40))
	yaml := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	write(t, yaml, append(b, []byte("\nkeep: { runs: 100, versions: 100 }\n")...))
	now := time.Now()
	night := func(report string) *pipeline.Outcome {
		t.Helper()
		if report != "" {
			write(t, filepath.Join(dir, "inbox", "doi-moi", "dossier.yaml"), []byte("kind: model\ntitle: "+report+"\nunit: dai-hiep\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n"))
			write(t, filepath.Join(dir, "inbox", "doi-moi", "bao-cao.txt"), []byte("Báo cáo kết quả thực hiện mô hình\n"+report))
		}
		w := open(t, dir)
		w.Now = func() time.Time { return now }
		out, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "nightly"})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := night("Lần thứ nhất").Run.Run
	now = now.AddDate(0, 0, 60)
	second := night("Lần thứ hai").Run.Run
	if first == second {
		t.Fatal("the second version changes nothing")
	}
	w := open(t, dir)
	lists := func(run string) bool {
		t.Helper()
		names, err := w.Store.Lists.Rulesets(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		_, err = os.Stat(filepath.Join(dir, "lists", "dai-loc-2024", run))
		if (err == nil) != (len(names) > 0) {
			t.Errorf("records and folder of %s do not agree: %v %v", run, names, err)
		}
		return len(names) > 0
	}
	if !lists(first) || len(filesWith(t, filepath.Join(dir, "var", "blobs"), "Lần thứ nhất")) != 1 {
		t.Error("removed before its time")
	}
	now = now.AddDate(0, 0, 60)
	night("")
	if lists(first) || !lists(second) {
		t.Error("after 120 and 60 days: the first lists are kept, or the second are not")
	}
	now = now.AddDate(0, 0, 60)
	night("")
	if !lists(second) {
		t.Error("the lists that stand were removed")
	}
	if len(filesWith(t, filepath.Join(dir, "var", "blobs"), "Lần thứ nhất")) != 0 || len(filesWith(t, filepath.Join(dir, "var", "blobs"), "Lần thứ hai")) != 1 {
		t.Error("of the old version the file is kept, or of the new one it is not")
	}
	if r, err := operations.Check(t.Context(), w, nil); err != nil || len(r.Faults) > 0 {
		t.Errorf("%+v %v", r, err)
	}
}
