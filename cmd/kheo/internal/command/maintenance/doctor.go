package maintenance

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

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
)

// finding is the result of one check of doctor. Cost and Cure are empty if OK is true.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Now  string `json:"now"`            // the present state
	Cost string `json:"cost,omitempty"` // what does not work, or is at risk, because of it
	Cure string `json:"cure,omitempty"` // what to do
}

// Doctor checks the machine and the workspace: the confinement of readers, programs, fonts, permissions, and
// mistakes in kheo.yaml. It succeeds whatever it finds, because its findings are its result; it also works outside
// of a workspace.
//
// With --json it prints { "findings": [ { "what", "ok", "now", "cost", "cure" } ] }. Each check returns at
// least one finding, or none if there is nothing to check, such as the files with passwords if kheo.yaml names
// none. A check must not fail the others.
func Doctor(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what is installed, what is missing, and what that costs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, _ := campaign.Load(env.Dir) // the finding "workspace" reports what is wrong with it
			reduced := camp != nil && camp.Readers.Reduced
			found := []finding{
				confinement(cmd.Context(), reduced),
				readerProcess(cmd.Context(), reduced),
				ocr(cmd.Context()),
				office(cmd.Context()),
				fonts(),
				disk(env.Dir),
				checkWorkspace(env.Dir),
			}
			found = append(found, private(env.Dir)...)
			found = append(found, secretFiles(camp)...)
			out := cmd.OutOrStdout()
			if env.JSON {
				return cli.PrintJSON(out, map[string]any{"findings": found})
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

// confinement lets each reader try everything that it must not be able to do, and reports what it could do.
// Trying it is the only proof: whether Landlock and seccomp are in force depends on the kernel, its
// configuration, and the container runtime. reduced is what kheo.yaml says: it decides whether a lack stops all
// reading or is only a risk.
func confinement(ctx context.Context, reduced bool) finding {
	f := finding{What: "confinement of the readers", OK: true}
	lacks := extract.CanConfine()
	tried, err := extract.TryConfinement(
		ctx,
		extract.Reduced(true),
	) // reduced: also on machines that may read nothing otherwise
	if err != nil {
		f.OK, f.Now = false, err.Error()
		return f
	}
	lines := []string{
		"Landlock version " + strconv.Itoa(
			extract.LandlockVersion(),
		) + " restricts files; seccomp restricts system calls",
	}
	if extract.LandlockVersion() == 0 {
		lines[0] = "Landlock is missing"
	}
	for _, r := range tried {
		line := r.Reader + ": " + strings.Join(extract.ProbeKinds, ", ") + ": blocked"
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
		f.Cure = "install what is missing, or accept less with readers: { confinement: reduced } in kheo.yaml"
	case lacks != nil || !f.OK:
		f.OK = false
		f.Cost = "a hostile document that takes over a reader can use what is open"
		if lacks != nil {
			f.Cost += "; readers: { confinement: reduced } accepts that"
		}
		f.Cure = "run kheo on Linux 5.13 or newer with Landlock and seccomp, as a user that sees only the workspace"
	}
	return f
}

// openDoors lists, for each kind of access, whether it is blocked, or what is open.
func openDoors(r extract.Confined) string {
	if r.Error != "" {
		return r.Error
	}
	var parts []string
	for _, kind := range extract.ProbeKinds {
		if open := r.Open[kind]; len(open) > 0 {
			parts = append(parts, kind+": OPEN ("+strings.Join(open, ", ")+")")
		} else {
			parts = append(parts, kind+": blocked")
		}
	}
	return strings.Join(parts, "; ")
}

// readerProcess checks that kheo can start itself as a reader and read a document. It fails, for example, if the
// program lies on a file system that is mounted noexec.
func readerProcess(ctx context.Context, reduced bool) finding {
	pool := extract.NewPool(1, workspace.ReadTimeout, extract.Reduced(reduced))
	defer pool.Close()
	f := finding{What: "reader process", OK: true, Now: "starts, reads and ends"}
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

// ocr checks for tesseract and its languages. Missing lists the languages of kheo that tesseract has no data
// for, by the codes that its Debian packages are named for.
func ocr(ctx context.Context) finding {
	f := finding{What: "OCR (tesseract)", OK: true}
	o, err := extract.FindOCR(ctx)
	if err != nil {
		f.OK, f.Now = false, err.Error()
		f.Cost = "scanned pages and photos of pages are not read; their dossiers say “needs OCR”. " +
			"The next run after the installation reads them"
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

// office checks for LibreOffice. Only binary formats from before 2007 need it; the readers of newer ones are
// part of kheo.
func office(ctx context.Context) finding {
	f := finding{What: "old Office files (LibreOffice)", OK: true}
	o, err := extract.FindOffice(ctx)
	if err != nil {
		f.OK, f.Now = false, err.Error()
		f.Cost = ".doc, .xls and .ppt are not read. The next run after the installation reads them"
		f.Cure = "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
		return f
	}
	f.Now = o.Version
	return f
}

// fonts checks for a font with Vietnamese letters, for printing lists. fc-list is part of fontconfig and often
// missing on servers.
func fonts() finding {
	f := finding{What: "fonts for printing Vietnamese", OK: true}
	out, err := exec.Command("fc-list", ":lang=vi", "family").Output()
	families := strings.Fields(strings.SplitN(strings.TrimSpace(string(out)), "\n", 2)[0])
	switch {
	case err != nil:
		f.Now = "unknown (fc-list is missing); browsers have their own"
	case len(families) == 0:
		f.OK, f.Now = false, "none"
		f.Cost = "printed lists may lack letters on this machine; what kheo reads and writes does not depend on it"
		f.Cure = "apt-get install fonts-noto-core"
	default:
		f.Now = fmt.Sprintf(
			"%d, such as %s",
			strings.Count(strings.TrimSpace(string(out)), "\n")+1,
			strings.Join(families, " "),
		)
	}
	return f
}

// disk checks that kheo can write in the workspace. It creates a file, because modes alone do not show a file
// system that is full or mounted read-only.
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
		f.Cost = "nothing can be ingested or published"
		f.Cure = "name the workspace with -w, or let this user write in it"
	}
	return f
}

// private checks who can read the files that contain submitted documents and what people did. kheo creates them
// for their owner only, but does not change the mode of existing ones, because a group may share them on
// purpose. It returns nil outside of a workspace. Links are not followed: their target was chosen on purpose.
// Any permission of the group or of others counts as open.
func private(dir string) []finding {
	f := finding{What: "who can read var/ and quarantine/", OK: true, Now: "only their owner"}
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
		f.OK, f.Now = false, "not only their owner: "+strings.Join(open, ", ")
		f.Cost = "people with an account on this machine may read submitted documents, scores and votes"
		f.Cure = "unless a group shares this workspace on purpose: chmod -R go= " + strings.Join(open, " ")
	}
	return []finding{f}
}

// secretFiles checks that the files with passwords that kheo.yaml names are not readable for everybody on the
// machine. A group may read them, because the user of the service often has access only through its group. A
// file that does not exist is not a finding here; sending mail or signing in reports it.
func secretFiles(camp *campaign.Campaign) []finding {
	if camp == nil {
		return nil
	}
	files := []string{camp.Mail.PasswordFile}
	if camp.SignIn.OIDC != nil {
		files = append(files, camp.SignIn.OIDC.SecretFile)
	}
	for _, h := range camp.Webhooks {
		files = append(files, h.SecretFile)
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
		f.Cost = "people with an account on this machine can send mail, use the OpenID provider, or sign messages to " +
			"other programs, as kheo"
		f.Cure = "chmod o= " + strings.Join(open, " ")
	}
	if !named {
		return nil
	}
	return []finding{f}
}

// checkWorkspace checks that kheo.yaml and the rulesets load.
func checkWorkspace(dir string) finding {
	f := finding{What: "workspace", OK: true}
	camp, err := campaign.Load(dir)
	if err != nil {
		f.OK, f.Now = false, err.Error()
		if _, none := os.Stat(filepath.Join(dir, campaign.File)); none == nil {
			f.Cost = "no list is published until the mistakes are corrected"
			f.Cure = "kheo check -w " + dir
		}
		return f
	}
	f.Now = fmt.Sprintf(
		"%s, %s, %s",
		camp.ID,
		cli.Plural(len(camp.Env.Units), "unit"),
		cli.Plural(len(camp.Rulesets), "ruleset"),
	)
	return f
}
