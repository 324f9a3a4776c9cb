package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// demoPeople are the people of the sample campaign, one of each role at least.
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

// demoFile says with which names and which password the sample's people sign in.
const demoFile = "people.txt"

// addDemoPeople lets the sample's people sign in, all with one password that is made here and
// written into the workspace.
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
		e := review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: p.id, Name: p.name, Unit: p.unit, Roles: []review.Role{p.role}}}
		if err := w.Review().SetEncoded(ctx, e, encoded); err != nil {
			return err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Those who may sign in to the pages of this sample (kheo serve -w %s), all with the password %s\n\n", dir, password)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range demoPeople {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.id, p.role, p.name, p.unit)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, demoFile), []byte(b.String()), 0o600)
}
