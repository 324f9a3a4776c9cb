package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/index"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// indexThere rebuilds the index of the workspace that the environment names, and ends this
// process: the other half of TestKilledIndexing.
func indexThere() {
	dir := os.Getenv("KHEO_TEST_INDEX")
	if dir == "" {
		return
	}
	w, err := workspace.Open(context.Background(), dir)
	if err == nil {
		_, err = search.Refresh(context.Background(), w, nil, false)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// searched is a workspace of its own in which the sample has been run.
func searched(t *testing.T) (string, *workspace.Workspace) {
	t.Helper()
	dir, _ := testspace.RunCopy(t, 1)
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return dir, w
}

func find(t *testing.T, w *workspace.Workspace, q string) *index.Results {
	t.Helper()
	res, err := search.Find(t.Context(), w, q, index.How{Limit: 10}, nil)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return res
}

// sound fails where the index is not as the records say, or a dossier is not found by what
// it is called.
func sound(t *testing.T, w *workspace.Workspace) {
	t.Helper()
	r, err := search.Check(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Sound() {
		t.Fatalf("the index is not as the records say: %+v", r)
	}
	all, err := w.Store.Index.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Held != len(all) || len(all) < 200 {
		t.Fatalf("%d of %d dossiers are held", r.Held, len(all))
	}
	for id := range all {
		found, err := w.Store.Index.Entries(t.Context(), []string{id})
		if err != nil {
			t.Fatal(err)
		}
		res, err := search.Find(t.Context(), w, `"`+strings.ReplaceAll(found[id].Title, `"`, " ")+`"`, index.How{Limit: 50}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(res.Hits, func(h index.Hit) bool { return h.Dossier == id }) {
			t.Fatalf("%s is not found by its title %q", id, found[id].Title)
		}
	}
}

func TestTheIndexIsBuiltAgainWhereItIsGoneOrDamaged(t *testing.T) {
	t.Parallel()
	dir, w := searched(t)
	want := find(t, w, "an ninh").Total
	sound(t, w)
	for name, harm := range map[string]func(t *testing.T, in string){
		"deleted": func(t *testing.T, in string) { check(t, os.RemoveAll(in)) },
		"of another version": func(t *testing.T, in string) {
			check(t, os.WriteFile(filepath.Join(in, "current"), []byte("v3-000001\n"), 0o644))
		},
		"of an older kheo": func(t *testing.T, in string) {
			check(t, os.RemoveAll(in))
			check(t, os.MkdirAll(filepath.Join(in, "store"), 0o755))
		},
		"begun and never filled": func(t *testing.T, in string) {
			check(t, os.RemoveAll(in))
			check(t, os.MkdirAll(in, 0o700))
			x, err := index.Create(in)
			check(t, err)
			check(t, x.SwapIn())
			check(t, x.Close())
		},
		"a segment is gone": func(t *testing.T, in string) { each(t, in, "*/bleve/store/*.zap", os.Remove) },
		"a segment is cut off": func(t *testing.T, in string) {
			each(t, in, "*/bleve/store/*.zap", func(p string) error { return os.Truncate(p, 100) })
		},
		"words are cut off": func(t *testing.T, in string) {
			each(t, in, "*/words/*.words", func(p string) error { return os.Truncate(p, 100) })
		},
		"root is rubbish": func(t *testing.T, in string) {
			each(t, in, "*/bleve/store/root.bolt", func(p string) error { return os.WriteFile(p, []byte(strings.Repeat("x", 9000)), 0o644) })
		},
	} {
		harm(t, filepath.Join(dir, "var", "index"))
		again, err := workspace.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if res := find(t, again, "an ninh"); res.Total != want || res.Pending != 0 {
			t.Errorf("%s: %d found, %d pending; want %d", name, res.Total, res.Pending, want)
		}
		if r, err := search.Check(t.Context(), again); err != nil || !r.Sound() {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		again.Close()
	}
	// a bit that has turned is seen by who checks, and cured by a rebuild
	each(t, filepath.Join(dir, "var", "index"), "*/words/*.words", func(p string) error {
		b, err := os.ReadFile(p)
		b[len(b)-9] ^= 4
		return errorOr(err, os.WriteFile(p, b, 0o644))
	})
	r, err := search.Check(t.Context(), w)
	if err != nil || len(r.Damaged) != 1 {
		t.Fatalf("a turned bit: %+v, %v", r, err)
	}
	if _, err := search.Refresh(t.Context(), w, nil, true); err != nil {
		t.Fatal(err)
	}
	sound(t, w)
}

func errorOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, dir, pattern string, do func(string) error) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("no %s in %s (%v)", pattern, dir, err)
	}
	for _, p := range list {
		check(t, do(p))
	}
}

// A search while the index is rebuilt finds what they found before.
func TestNobodyNoticesThatTheIndexIsBuiltAnew(t *testing.T) {
	t.Parallel()
	dir, w := searched(t)
	want := find(t, w, "an ninh").Total
	done := make(chan error, 1)
	go func() {
		for range 4 {
			if _, err := search.Refresh(context.Background(), w, nil, true); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 2 {
		other, err := workspace.Open(t.Context(), dir) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []*workspace.Workspace{w, other} {
			wg.Go(func() {
				for ctx.Err() == nil {
					res, err := search.Find(context.Background(), w, "an ninh", index.How{Limit: 3}, nil)
					if err != nil || res.Total != want || res.Pending != 0 {
						t.Errorf("while it is built: %+v, %v; want %d", res, err, want)
						return
					}
				}
			})
		}
		defer other.Close()
	}
	check(t, <-done)
	stop()
	wg.Wait()
}

// Indexing that is killed costs indexing what is missing, and never a wrong answer.
func TestKilledIndexing(t *testing.T) {
	t.Parallel()
	dir, w := searched(t)
	exe, err := os.Executable()
	check(t, err)
	in := filepath.Join(dir, "var", "index")
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	begin := time.Now()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "KHEO_TEST_INDEX="+dir)
	check(t, os.RemoveAll(in))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	took := time.Since(begin)
	killed := 0
	for try, times := 0, kills(t, 6); killed < times; try++ {
		if try == 5*times {
			t.Fatalf("only %d were killed before they ended", killed)
		}
		if killed%2 == 0 {
			check(t, os.RemoveAll(in))
		} else if _, err := w.Store.DB.Exec(`UPDATE index_entries SET key = key || 'x'`); err != nil { // all have changed
			t.Fatal(err)
		} else {
			_, err := w.Store.DB.Exec(`UPDATE settings SET value = ? WHERE key = 'index state'`, fmt.Sprint("changed ", try))
			check(t, err)
		}
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "KHEO_TEST_INDEX="+dir)
		check(t, cmd.Start())
		after := time.Duration(rnd.Int64N(int64(took)))
		kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
		if err := cmd.Wait(); kill.Stop() || err == nil {
			continue
		}
		killed++
		if x, err := index.OpenForSearch(in); err == nil { // what it holds is told by itself
			known, err := x.Known()
			check(t, err)
			n, err := x.Count()
			check(t, err)
			if n != len(known) {
				t.Fatalf("kill %d (seed %d, after %v): %d dossiers, %d of them known", killed, seed, after, n, len(known))
			}
			x.Close()
		}
		if res := find(t, w, "an ninh"); res.Pending == 0 && killed%2 == 1 {
			if r, err := search.Check(t.Context(), w); err != nil || !r.Sound() {
				t.Fatalf("kill %d: nothing is said to be pending, and %+v %v", killed, r, err)
			}
		}
		if _, err := search.Refresh(t.Context(), w, nil, false); err != nil {
			t.Fatalf("kill %d (seed %d, after %v): %v", killed, seed, after, err)
		}
		sound(t, w)
	}
}

// What was taken in and is not indexed yet is said.
func TestWhatIsNotIndexedYetIsSaid(t *testing.T) {
	t.Parallel()
	dir, w := searched(t)
	write(t, filepath.Join(dir, "inbox", "moi", "bao-cao.txt"), []byte("Thôn trồng hoa mười giờ dọc bờ kênh, số hộ tham gia 40 hộ.\n"))
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test", Intake: true}); err != nil {
		t.Fatal(err)
	}
	if res := find(t, w, `"hoa mười giờ"`); res.Pending != 1 {
		t.Errorf("%+v", res)
	}
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	if res := find(t, w, `"hoa mười giờ"`); res.Pending != 0 || res.Total != 1 {
		t.Errorf("after the run: %+v", res)
	}
}

// What evaluators type into the search box brings the dossier that they mean first, or
// nearly: with diacritics and without, misspelt, and in three languages.
func TestSearchBringsWhatIsMeantFirst(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.RunCopy(t, 1)
	b, err := os.ReadFile("testdata/relevance.tsv")
	if err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	sum, n := 0.0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		q, want, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		res, err := search.Find(t.Context(), w, q, index.How{Limit: 20}, nil)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		rank := 0.0
		for i, h := range res.Hits {
			if strings.HasPrefix(h.Dossier, want) {
				rank = 1 / float64(i+1)
				break
			}
		}
		if n++; rank < 1 {
			t.Logf("%s: %s at 1/%.2f of %d (instead: %s)", q, want, rank, res.Total, res.Instead)
		}
		sum += rank
	}
	if mrr := sum / float64(n); n < 60 || mrr < 0.9 {
		t.Errorf("%d queries, mean reciprocal rank %.3f; at least 60 and 0.9 are promised", n, mrr)
	} else {
		t.Logf("%d queries, mean reciprocal rank %.3f", n, mrr)
	}
}
