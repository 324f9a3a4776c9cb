package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
)

// finding is one thing that doctor looked at.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Now  string `json:"now"`            // what is there
	Cost string `json:"cost,omitempty"` // what its absence costs
	Cure string `json:"cure,omitempty"` // what to do
}

func doctorCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what is installed, what is missing, and what that costs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, _ := campaign.Load(c.dir) // what is wrong with it is a finding of its own
			reduced := camp != nil && camp.Readers.Reduced
			found := []finding{confinement(cmd.Context(), reduced), readerProcess(cmd.Context(), reduced), ocr(cmd.Context()), office(cmd.Context()), fonts(), disk(c.dir), checkWorkspace(c.dir)}
			found = append(found, private(c.dir)...)
			found = append(found, secretFiles(camp)...)
			out := cmd.OutOrStdout()
			if c.json {
				return printJSON(out, map[string]any{"findings": found})
			}
			for _, f := range found {
				mark := "✓"
				if !f.OK {
					mark = "✗"
				}
				fmt.Fprintf(out, "%s %s: %s\n", mark, f.What, strings.ReplaceAll(f.Now, "\n", "\n    "))
				if f.Cost != "" {
					fmt.Fprintf(out, "    costs: %s\n", f.Cost)
				}
				if f.Cure != "" {
					fmt.Fprintf(out, "    do:    %s\n", f.Cure)
				}
			}
			return nil
		},
	}
}

// confinement has readers try everything that they must not be able to do.
func confinement(ctx context.Context, reduced bool) finding {
	f := finding{What: "confinement of the readers", OK: true}
	lacks := extract.CanConfine()
	tried, err := extract.TryConfinement(ctx, extract.Reduced(true)) // what holds, also where nothing may be read
	if err != nil {
		f.OK, f.Now = false, err.Error()
		return f
	}
	lines := []string{"Landlock version " + strconv.Itoa(extract.LandlockVersion()) + " closes files; seccomp closes what else is tried"}
	if extract.LandlockVersion() == 0 {
		lines[0] = "there is no Landlock"
	}
	for _, r := range tried {
		line := r.Reader + ": " + strings.Join(extract.ProbeKinds, ", ") + ": closed"
		if len(r.Open) > 0 || r.Error != "" {
			f.OK = false
			line = r.Reader + ": " + openDoors(r)
		}
		lines = append(lines, line)
	}
	f.Now = strings.Join(lines, "\n")
	switch {
	case lacks != nil && !reduced:
		f.OK = false
		f.Cost = "no document is read: " + lacks.Error()
		f.Cure = "give this machine what is missing, or accept it with readers: { confinement: reduced } in kheo.yaml"
	case lacks != nil || !f.OK:
		f.OK = false
		f.Cost = "a hostile document that takes over a reader can use what is open"
		if lacks != nil {
			f.Cost += "; readers: { confinement: reduced } accepts that"
		}
		f.Cure = "run kheo on Linux 5.13 or newer with Landlock and seccomp, as a user of its own that sees only the workspace"
	}
	return f
}

// openDoors tells of each kind whether it is closed, or what of it is open.
func openDoors(r extract.Confined) string {
	if r.Error != "" {
		return r.Error
	}
	var parts []string
	for _, kind := range extract.ProbeKinds {
		if open := r.Open[kind]; len(open) > 0 {
			parts = append(parts, kind+": OPEN ("+strings.Join(open, ", ")+")")
		} else {
			parts = append(parts, kind+": closed")
		}
	}
	return strings.Join(parts, "; ")
}

// readerProcess tries whether kheo can start itself to read a document.
func readerProcess(ctx context.Context, reduced bool) finding {
	pool := extract.NewPool(1, workspace.ReadTimeout, extract.Reduced(reduced))
	defer pool.Close()
	f := finding{What: "reading process", OK: true, Now: "starts, reads and ends"}
	res, err := pool.Read(ctx, []byte("Dân vận khéo\n"), nil)
	if err == nil && res.Error != "" {
		err = fmt.Errorf("%s %s", res.Error, res.Detail)
	}
	if err != nil {
		f.OK, f.Now = false, err.Error()
		f.Cost = "no document can be read"
		f.Cure = "make sure that this program may be executed: " + os.Args[0]
		if errors.Is(err, extract.ErrUnconfined) {
			f.Cure = "see the confinement of the readers"
		}
	}
	return f
}

// ocr looks for tesseract and its languages.
func ocr(ctx context.Context) finding {
	f := finding{What: "OCR (tesseract)", OK: true}
	o, err := extract.FindOCR(ctx)
	if err != nil {
		f.OK, f.Now = false, err.Error()
		f.Cost = "scanned pages and photos of pages are not read; their dossiers say “needs OCR”. The run after it is installed reads them"
		f.Cure = "apt-get install tesseract-ocr tesseract-ocr-vie tesseract-ocr-nor"
		return f
	}
	f.Now = fmt.Sprintf("version %s with %s", o.Version, strings.Join(o.Languages, ", "))
	if len(o.Missing) > 0 {
		f.OK = false
		f.Cost = "scanned pages in these languages are read badly: " + strings.Join(o.Missing, ", ")
		f.Cure = "apt-get install tesseract-ocr-" + strings.Join(o.Missing, " tesseract-ocr-")
	}
	return f
}

// office looks for LibreOffice.
func office(ctx context.Context) finding {
	f := finding{What: "old Office files (LibreOffice)", OK: true}
	o, err := extract.FindOffice(ctx)
	if err != nil {
		f.OK, f.Now = false, err.Error()
		f.Cost = ".doc, .xls and .ppt are not read. The run after it is installed reads them"
		f.Cure = "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
		return f
	}
	f.Now = o.Version
	return f
}

// fonts looks for a font that draws Vietnamese, for printing the lists.
func fonts() finding {
	f := finding{What: "fonts for printing Vietnamese", OK: true}
	out, err := exec.Command("fc-list", ":lang=vi", "family").Output()
	families := strings.Fields(strings.SplitN(strings.TrimSpace(string(out)), "\n", 2)[0])
	switch {
	case err != nil:
		f.Now = "not known here (there is no fc-list); browsers bring their own"
	case len(families) == 0:
		f.OK, f.Now = false, "none"
		f.Cost = "on this machine a printed list may miss letters; what kheo reads and writes does not depend on it"
		f.Cure = "apt-get install fonts-noto-core"
	default:
		f.Now = fmt.Sprintf("%d, such as %s", strings.Count(strings.TrimSpace(string(out)), "\n")+1, strings.Join(families, " "))
	}
	return f
}

func disk(dir string) finding {
	f := finding{What: "writing in " + dir, OK: true, Now: "works"}
	tmp, err := os.CreateTemp(dir, ".kheo-doctor-")
	if err == nil {
		_, err = tmp.WriteString("x")
		tmp.Close()
		os.Remove(tmp.Name())
	}
	if err != nil {
		f.OK, f.Now = false, err.Error()
		f.Cost = "nothing can be taken in or published there"
		f.Cure = "name the workspace with -w, or give this user the right to write in it"
	}
	return f
}

// private finds what holds submitters' papers and what people did, and can be read by others than its
// owner: kheo makes it so that it cannot, and changes the mode of nothing that is there already, as a
// group may share it on purpose.
func private(dir string) []finding {
	f := finding{What: "who can read var/ and quarantine/", OK: true, Now: "their owner alone"}
	places := []string{"var", "quarantine"}
	if c, err := campaign.Load(dir); err == nil {
		if at, _ := c.Records(); !strings.Contains(at, "://") {
			if rel, err := filepath.Rel(dir, at); err == nil {
				places = append(places, rel, rel+"-wal", rel+"-shm")
			}
		}
	}
	var open []string
	for _, name := range places {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err == nil && info.Mode()&os.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
			open = append(open, name)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, campaign.File)); err != nil {
		return nil
	}
	if len(open) > 0 {
		f.OK, f.Now = false, "others than their owner: "+strings.Join(open, ", ")
		f.Cost = "whoever has an account on this machine may read submitters' papers, scores and votes"
		f.Cure = "unless a group shares this workspace on purpose: chmod -R go= " + strings.Join(open, " ")
	}
	return []finding{f}
}

// secretFiles finds the files with passwords that kheo.yaml names and that everybody on the machine can read. A
// group may read them: the unit's user often has them by its group alone.
func secretFiles(camp *campaign.Campaign) []finding {
	if camp == nil {
		return nil
	}
	files := []string{camp.Mail.PasswordFile}
	if camp.SignIn.OIDC != nil {
		files = append(files, camp.SignIn.OIDC.SecretFile)
	}
	var open []string
	named := false
	for _, path := range files {
		named = named || path != ""
		if info, err := os.Stat(path); path != "" && err == nil && info.Mode().Perm()&0o007 != 0 {
			open = append(open, path)
		}
	}
	f := finding{What: "who can read the files with passwords", OK: true, Now: "not everybody on this machine"}
	if len(open) > 0 {
		f.OK, f.Now = false, "everybody on this machine: "+strings.Join(open, ", ")
		f.Cost = "whoever has an account on this machine can send mail, or ask the OpenID provider, as kheo"
		f.Cure = "chmod o= " + strings.Join(open, " ")
	}
	if !named {
		return nil
	}
	return []finding{f}
}

func checkWorkspace(dir string) finding {
	f := finding{What: "workspace", OK: true}
	camp, err := campaign.Load(dir)
	if err != nil {
		f.OK, f.Now = false, err.Error()
		if _, none := os.Stat(filepath.Join(dir, campaign.File)); none == nil {
			f.Cost = "no run starts until the mistakes are mended"
			f.Cure = "kheo check -w " + dir
		}
		return f
	}
	f.Now = fmt.Sprintf("%s, %s, %s", camp.ID, plural(len(camp.Env.Units), "unit"), plural(len(camp.Rulesets), "ruleset"))
	return f
}
