package page

import (
	"net/url"
	"slices"
	"strings"

	"kheo/pipeline/review"
	"kheo/rules"
)

// navLink is a link of the navigation. Current is the value of aria-current: "page" on that very page, "true"
// on a page below it, and "" elsewhere.
type navLink struct{ Href, Title, Icon, Current string }

// navList is a list in the navigation, with the pages that are about it.
type navList struct {
	navLink
	ID             string
	Meeting, Rules navLink
}

// navigation adds to the frame of a page the links that the person may follow, with marks on those that lead
// to where the person is.
func (s *Site) navigation(q *Request, f *frame) {
	at := q.R.URL.Path
	link := func(href, key, icon string) navLink {
		return navLink{href, s.Texts.Say(q.Lang, key), icon, currentOf(at, href)}
	}
	if q.Person.May(review.See) {
		for _, rs := range s.W.Campaign().Rulesets {
			id := url.PathEscape(rs.ID)
			l := navList{ID: rs.ID, Meeting: link("/meeting/"+id, "meeting", "gavel"),
				Rules: link("/rules/"+id, "rules", "scale")}
			href := "/lists/" + id
			l.navLink = navLink{href, rs.Title.In(q.Lang, "en", "vi"), "list", currentOf(at, href)}
			f.Lists = append(f.Lists, l)
		}
		f.Nav = append(f.Nav, link("/register", "nav.register", "book-open"))
	}
	evidence := "/evidence/report"
	if q.Person.May(review.CheckEvidence) {
		evidence = "/evidence"
	}
	for _, x := range []struct {
		right review.Right // "" is everybody
		link  navLink
	}{
		{review.See, link(evidence, "nav.evidence", "scan-search")},
		{review.Assign, link("/scorers", "nav.scorers", "users")},
		{review.Papers, link("/papers", "nav.papers", "file-text")},
		{review.Meet, link("/handover", "nav.handover", "arrow-right")},
		{review.See, link("/digest", "nav.digest", "calendar")},
		{review.See, link("/rules", "nav.rules", "scale")},
		{review.See, link("/runs", "nav.runs", "history")},
		{review.See, link("/people", "nav.people", "users")},
		{review.Audit, link("/audit", "nav.audit", "list")},
		{review.People, link("/webhooks", "nav.webhooks", "users")},
		{review.Run, link("/mailbox", "nav.mailbox", "file-text")},
		{review.Run, link("/applicants", "nav.applicants", "users")},
		{review.Run, link("/reminders", "nav.reminders", "calendar")},
		{review.People, link("/design", "nav.design", "palette")},
		{"", link("/help", "nav.help", "circle-help")},
		{"", link("/phases", "nav.phases", "calendar")},
		{"", link("/results", "results", "list")},
	} {
		if (x.link.Href == "/phases" || x.link.Href == "/reminders") && len(s.W.Campaign().Review.Phases) == 0 ||
			x.link.Href == "/mailbox" && s.W.Campaign().Mailbox.Host == "" || x.link.Href == "/results" &&
			!releases(s) {
			continue
		}
		if x.right == "" || q.Person.May(x.right) {
			f.More = append(f.More, x.link)
			f.MoreCurrent = f.MoreCurrent || x.link.Current != ""
		}
	}
	section, _, _ := strings.Cut(strings.TrimPrefix(at, "/"), "/")
	f.ListsCurrent = at != "/rules" && strings.Contains(" lists meeting rules dossiers ", " "+section+" ")
	f.MoreCurrent = f.MoreCurrent && !f.ListsCurrent // a ruleset is in both
	f.Trail = s.trail(q, f, section)
}

// releases reports whether kheo.yaml releases the results of some list.
func releases(s *Site) bool {
	c := s.W.Campaign()
	return slices.ContainsFunc(c.Rulesets, func(r *rules.Ruleset) bool { return c.Review.Of(r.ID).Public })
}

// currentOf returns the mark of a link to href on the page at a path.
func currentOf(path, href string) string {
	switch {
	case path == href:
		return "page"
	case strings.HasPrefix(path, href+"/"):
		return "true"
	}
	return ""
}

// trail returns the pages above the requested one, from its path. Pages of dossiers name their list
// themselves, since their path does not.
func (s *Site) trail(q *Request, f *frame, section string) []navLink {
	rest := strings.Split(strings.Trim(q.R.URL.Path, "/"), "/")[1:]
	var out []navLink
	switch section {
	case "lists", "meeting", "rules":
		if len(rest) == 0 || section == "lists" && len(rest) == 1 {
			return nil
		}
		for _, l := range f.Lists {
			if l.ID == rest[0] {
				out = append(out, l.navLink)
				if section == "rules" && len(rest) > 1 {
					out = append(out, l.Rules)
				}
			}
		}
	case "register":
		if len(rest) > 0 {
			out = append(out, f.Nav...)
		}
	case "proposals", "campaign":
		out = append(out, navLink{"/rules", s.Texts.Say(q.Lang, "nav.rules"), "scale", "true"})
	default:
		for _, l := range f.More {
			if l.Current == "true" {
				out = append(out, l)
			}
		}
	}
	return out
}

// ListOf returns the list with an id as the navigation names it; an empty one if the person may not see it.
// Pages of dossiers call it for their trail.
func (f frame) ListOf(id string) navList {
	for _, l := range f.Lists {
		if l.ID == id {
			return l
		}
	}
	return navList{}
}
