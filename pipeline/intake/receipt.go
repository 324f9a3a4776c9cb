package intake

import (
	"fmt"
	"os"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Receipt says what was taken from one entry of the inbox. Its text is written beside the entry, for the submitter.
type Receipt struct {
	Entry    string // the name in the inbox
	Dossier  string // the id
	Version  int    // of the dossier after the delivery
	Changed  bool   // false if the same had been received before
	Files    []store.File
	Delivery store.Delivery   // what this delivery did
	History  []store.Delivery // every delivery of the dossier that is recorded, the oldest first; nil for the first
	Warnings []string
}

// receiptFiles writes receipts into the inbox, so that after a crash each is there as a whole or not at all.
type receiptFiles struct {
	in    *dir
	disk  *durable.Disk // of the inbox
	names []string
	files []*os.File // under temporary names, until they are renamed

	renamed bool
}

// write writes a receipt under a temporary name.
func (r *receiptFiles) write(name string, text []byte) error {
	f, err := r.in.putTemporary(name, text)
	if err != nil {
		return fmt.Errorf("writing the receipt: %w", err)
	}
	r.names, r.files = append(r.names, name), append(r.files, f)
	return nil
}

// finish makes the receipts durable, gives them their names, and makes all names in the inbox durable.
func (r *receiptFiles) finish() error {
	if err := r.disk.Sync(r.files, nil); err != nil {
		return err
	}
	for _, name := range r.names {
		if err := r.in.rename(tmpName(name), r.in, name); err != nil {
			return err
		}
	}
	r.renamed = true
	return r.in.sync()
}

// close closes the files, and removes them if they did not get their names.
func (r *receiptFiles) close() {
	for i, f := range r.files {
		if f.Close(); !r.renamed {
			r.in.remove(tmpName(r.names[i]), false)
		}
	}
}

// text returns the receipt as the submitter reads it, in English.
func (r *Receipt) text(now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kheo received: %s\ndossier: %s (version %d)\n", r.Entry, r.Dossier, r.Version)
	switch {
	case !r.Changed:
		fmt.Fprintf(&b, "the same had been received before; nothing changed\n")
	default:
		fmt.Fprintf(&b, "received on: %s\n", now.Format(receiptTime))
		if r.Delivery.Whole && r.Version > 1 {
			fmt.Fprintf(&b, "it replaces everything received before\n")
		}
	}
	did := map[string]string{}
	d := r.Delivery
	for what, list := range map[string][]string{"added": d.Added, "replaced": d.Replaced, "unchanged": d.Same,
		"kept from before": d.Kept} {
		for _, n := range list {
			did[n] = what
		}
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "  %s  %d bytes  sha256 %s", f.Name, f.Size, f.SHA256)
		if f.Problem != "" {
			fmt.Fprintf(&b, "  PROBLEM: %s", rules.UnreadText(f.Problem, "").In("en"))
		}
		if r.Version > 1 && did[f.Name] != "" {
			fmt.Fprintf(&b, "  (%s)", did[f.Name])
		}
		b.WriteByte('\n')
	}
	if what := did[dossier.ManifestName]; what != "" && r.Version > 1 {
		fmt.Fprintf(&b, "  %s  (%s)\n", dossier.ManifestName, what)
	}
	for _, n := range r.Delivery.Removed {
		fmt.Fprintf(&b, "  %s  (no longer part of the dossier)\n", n)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "note: %s\n", w)
	}
	if r.Version > 1 {
		fmt.Fprintf(&b, "deliveries:\n%s", historyText(r.History, now.Location()))
	}
	return b.String()
}

// receiptTime is the format of times on receipts, with the offset so that they are unambiguous.
const receiptTime = "2006-01-02 15:04:05 -07:00"

// historyText lists the deliveries, one line each.
func historyText(history []store.Delivery, in *time.Location) string {
	var b strings.Builder
	if len(history) > 0 && history[0].Version > 1 {
		fmt.Fprintf(&b, "  versions 1 to %d: received before kheo recorded deliveries\n", history[0].Version-1)
	}
	for _, d := range history {
		fmt.Fprintf(&b, "  version %d: %s, %s", d.Version, d.At.In(in).Format(receiptTime), d.Entry)
		for _, part := range []struct {
			what string
			list []string
		}{{"added", d.Added}, {"replaced", d.Replaced}, {"removed", d.Removed}} {
			if len(part.list) > 0 {
				fmt.Fprintf(&b, "; %s: %s", part.what, someOf(part.list))
			}
		}
		if n := len(d.Kept); n > 0 {
			fmt.Fprintf(&b, "; kept: %d", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// someOf lists the first of many files.
func someOf(list []string) string {
	const maxNamed = 20
	if len(list) > maxNamed {
		return strings.Join(list[:maxNamed], ", ") + fmt.Sprintf(" and %d more", len(list)-maxNamed)
	}
	return strings.Join(list, ", ")
}
