package setup

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

// demoPeople are the people of the sample campaign, at least one of each role.
var demoPeople = []struct {
	id, name, unit string
	role           review.Role
}{
	{"chair", "Trần Thị Hoa", "", review.Chair},
	{"secretary", "Lê Văn Bình", "", review.Secretary},
	{"member1", "Nguyễn Thị Mai", "dai-hiep", review.Member},
	{"member2", "Phạm Quốc Cường", "dai-minh", review.Member},
	{"member3", "Đỗ Thị Lan", "", review.Member},
	{"evaluator", "Hồ Thanh Sơn", "", review.Evaluator},
	{"observer", "Võ Thị Ngọc", "", review.Observer},
	{"dai-hiep", "Huỳnh Văn Phúc", "dai-hiep", review.Submitter},
	{"admin", "Bùi Minh Tâm", "", review.Administrator},
}

// demoFile is the file in the workspace that says how the people of the sample sign in.
const demoFile = "people.txt"

// addDemoPeople adds the people of the sample, all with one random password of 60 bits, which it writes into
// demoFile. The password is different in each workspace, so a demo that is reachable by others has no known
// password. The file is readable by its owner only. Hashing is slow on purpose, so the password is hashed once
// for all; the salt is shared too, which reveals nothing more than that the passwords are equal.
func addDemoPeople(ctx context.Context, dir string) error {
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	password := strings.ToLower(rand.Text())[:12]
	encoded, err := review.HashPassword(password)
	if err != nil {
		return err
	}
	for _, p := range demoPeople {
		e := review.Event{
			Person: review.System,
			Action: review.PersonAdded,
			Data:   review.Data{Subject: p.id, Name: p.name, Unit: p.unit, Roles: []review.Role{p.role}},
		}
		if err := w.Review().SetEncoded(ctx, e, encoded); err != nil {
			return err
		}
	}
	if err := addDemoVerdicts(ctx, w); err != nil {
		return err
	}
	if err := addDemoWork(ctx, w); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"People who may sign in to the pages of this sample (kheo serve -w %s), all with the password %s\n\n",
		dir,
		password,
	)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range demoPeople {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.id, p.role, p.name, p.unit)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, demoFile), []byte(b.String()), 0o600)
}

// addDemoVerdicts records what the people of the sample say of evidence, and the sample of it that the chair drew. The
// numbers of the drawn sample are 0: nothing has been assessed yet.
func addDemoVerdicts(ctx context.Context, w *workspace.Workspace) error {
	checked, err := samples.Evidence()
	if err != nil {
		return err
	}
	for i := range checked.Verdicts {
		v := &checked.Verdicts[i]
		e := review.Event{Person: review.System, Action: review.EvidenceJudged, Ruleset: v.Ruleset, Dossier: v.Dossier,
			Data: review.Data{Subject: v.By, Criterion: v.Criterion, Verdict: v.Verdict, Reason: v.Reason,
				Paper:  &dossier.Basis{SHA256: v.SHA256},
				Source: &dossier.Source{Document: v.Document, Page: v.Page, Quote: v.Quote}}}
		if err := w.Review().Do(ctx, review.Subject{Unit: v.Unit}, e); err != nil {
			return err
		}
	}
	m := checked.Sample
	return w.Review().Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.SampleDrawn,
		Ruleset: m.Ruleset, Data: review.Data{Subject: m.By, Sample: &review.Sample{Seed: m.Seed,
			Precision: m.Precision,
			Margin:    m.Margin, Confidence: m.Confidence}}})
}

// Demo makes a workspace with the sample campaign: kheo.yaml, rulesets, people, and all dossiers in the inbox.
// They are marked as complete, so the first run need not wait for the settle time. A failure leaves a folder
// that is not empty, which a second attempt refuses: remove it first.
func Demo(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "demo DIR",
		Short: "Make a workspace with the sample campaign, its dossiers already in inbox/",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := newDir(dir); err != nil {
				return err
			}
			if err := samples.WriteCampaign(dir); err != nil {
				return err
			}
			if err := samples.WriteInbox(filepath.Join(dir, "inbox")); err != nil {
				return err
			}
			if err := samples.WriteDemo(dir); err != nil {
				return err
			}
			if err := intake.MarkWhole(filepath.Join(dir, "inbox")); err != nil {
				return err
			}
			if err := runPast(cmd.Context(), filepath.Join(dir, samples.PastYear)); err != nil {
				return err
			}
			if err := addDemoPeople(cmd.Context(), dir); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(
				out,
				"The sample campaign (Đại Lộc district, 2024) is in %s, its dossiers in %s.\n",
				dir,
				filepath.Join(dir, "inbox"),
			)
			cli.PrintNext(out, [][2]string{
				{"kheo run -w " + dir, "half a minute, mostly for scanned pages"},
				{
					"kheo serve --demo -w " + dir,
					"the pages, at http://127.0.0.1:8080, where a click signs in as anyone of " + filepath.Join(dir,
						demoFile),
				},
			})
			return nil
		},
	}
}

// runPast runs the campaign of the year before, with which that of the sample compares its dossiers, and closes its
// list in December of that year.
func runPast(ctx context.Context, dir string) error {
	if err := intake.MarkWhole(filepath.Join(dir, "inbox")); err != nil {
		return err
	}
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err = pipeline.Run(ctx, w, pipeline.Options{Cause: "demo"}); err != nil {
		return err
	}
	then := time.Date(2023, 12, 8, 9, 0, 0, 0, w.Campaign().Location)
	w.Now = func() time.Time { return then }
	return closePast(ctx, w)
}
