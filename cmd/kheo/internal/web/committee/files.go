package committee

import (
	"slices"

	"kheo/cmd/kheo/internal/web/listing"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
)

// File sends a file of a list as the newest run published it. A person who is recused from part of the list
// gets it without that part, ranked and counted without it. The file is made for the request from the whole
// list, and not read from the folder lists/, which has one for everybody. The name must be one of ListFiles, so
// it cannot leave the folder.
func (s *Room) File(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	name := q.R.PathValue("file")
	if !slices.Contains(listing.ListFiles(f.Ruleset), name) {
		return page.NotFound()
	}
	if err := s.lists.MustHaveScored(q, f.Ruleset); err != nil {
		return err
	}
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	// The list in memory is shortened; files need its reasons and evidence. What the person is recused from is taken
	// out after that, of the whole list.
	if f, err = s.lists.Whole(q, f); err != nil {
		return err
	}
	seen := s.lists.Apart(f, sees.Recusal)
	n := publish.Names{Env: s.site.W.Campaign().Env, Lang: s.site.W.Campaign().Env.Languages[0]}
	var b []byte
	switch name[len(f.Ruleset):] {
	case ".xlsx":
		b, err = seen.XLSX(n)
	case ".docx":
		b, err = seen.DOCX(n, s.site.W.Campaign().Title.In(s.site.W.Campaign().Env.Languages...))
	case ".csv":
		b, err = seen.CSV(n)
	default:
		b, err = seen.JSON()
	}
	if err != nil {
		return err
	}
	return s.site.Send(q, name, b)
}
