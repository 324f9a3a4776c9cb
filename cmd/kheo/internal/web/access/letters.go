package access

import (
	"context"

	"kheo/pipeline/mailbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Letters returns the last look into the mailbox, and the letters that a person may see: not those that seem to be of a
// unit with which the person has a conflict of interest.
func Letters(
	ctx context.Context, w *workspace.Workspace, p *review.Person,
) (last mailbox.Looked, out []*mailbox.Letter, err error) {
	last, list, err := mailbox.Status(ctx, w)
	if err != nil {
		return last, nil, err
	}
	return last, out, w.Review().View(ctx, func(st *review.State) error {
		for _, l := range list {
			hidden := false
			for _, unit := range []string{l.Known, l.Unit} {
				hidden = hidden || unit != "" && st.Tie(p.ID, l.Dossier, unit) != nil
			}
			if !hidden {
				out = append(out, l)
			}
		}
		return nil
	})
}
