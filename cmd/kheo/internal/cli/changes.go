package cli

import (
	"fmt"
	"io"
	"strings"

	"kheo/pipeline/publish"
)

// changeWords names the kinds of changes for their summary, by publish.Change.What.
var changeWords = map[string]string{"entered": "newly recommended", "left": "no longer recommended", "new": "new",
	"gone": "gone", "moved": "moved", "points": "with other points", "flags": "with other flags"}

// PrintChanges prints what changed for each dossier between two lists, after a summary by kind of change. Those of
// which only the words differ are counted at the end, because nothing of them moves.
func PrintChanges(w io.Writer, changes []publish.Change) {
	n := map[string]int{}
	for _, ch := range changes {
		n[ch.What]++
	}
	worded := n[publish.Worded]
	delete(n, publish.Worded)
	if worded > 0 {
		defer func() {
			fmt.Fprintf(w, "in words only: %s, which nothing moves\n", Plural(worded, "dossier"))
		}()
	}
	if len(n) == 0 {
		fmt.Fprintln(w, "nothing moves")
		return
	}
	var sums []string
	for _, k := range publish.ChangeOrder {
		if n[k] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", n[k], changeWords[k]))
		}
	}
	fmt.Fprintln(w, strings.Join(sums, ", "))
	for _, ch := range changes {
		if ch.What != publish.Worded {
			printChange(w, ch)
		}
	}
}

// printChange prints what changed for one dossier.
func printChange(w io.Writer, ch publish.Change) {
	fmt.Fprintf(w, "  %-8s %s (%s)", ch.What, ch.Title, ch.Unit)
	if ch.From != ch.To {
		fmt.Fprintf(w, ", %s → %s", OrNone(string(ch.From)), OrNone(string(ch.To)))
	}
	if ch.Points[0] != ch.Points[1] {
		fmt.Fprintf(w, ", %v → %v points", ch.Points[0], ch.Points[1])
	}
	if ch.Rank[0] != ch.Rank[1] {
		fmt.Fprintf(w, ", rank %s → %s", rankWord(ch.Rank[0]), rankWord(ch.Rank[1]))
	}
	if len(ch.Because) > 0 {
		fmt.Fprintf(w, "; because of %s", strings.Join(ch.Because, ", "))
	}
	fmt.Fprintln(w)
	for _, why := range ch.Why {
		fmt.Fprintf(w, "             %s\n", Clip(why, 140))
	}
}

// rankWord returns a rank for people: "none" for 0, an entry that is not ranked.
func rankWord(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}
