// Package admin is the pages of administrators and secretaries: people and their accounts, runs, the prose of
// rulesets, the audit trail, webhooks, and the letters of the mailbox.
//
// [Room] records what these people do as events, like the other rooms, and shows what is recorded. Two rules hold for
// all of it. An administrator gives people access without getting it: passwords are chosen by a link that goes to the
// person alone if mail is set up; otherwise the audit trail records who saw it. Administrators cannot get around a
// recusal either: of the audit trail a person sees what the other pages would show, and hashes only if nothing can be
// hidden from the person, because a hash confirms a guess.
//
// The API shows the same by Room.Audited, Room.LettersFor and others. An action that is added to package review needs
// its kind in auditfilter.go, which a test holds complete.
package admin

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages of administrators.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	mailer *mailer.Mailer
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, mailer *mailer.Mailer) *Room {
	return &Room{site: site, lists: lists, mailer: mailer}
}
