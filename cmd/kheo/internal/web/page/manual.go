package page

import "kheo/docs"

// manual is the page of the manual that explains a page, with the place in it, by the name of the page.
var manual = map[string]string{"home": "desk", "own": "review", "waiting": "desk", "digest": "operations",
	"list": "desk", "compare": "desk", "selection": "desk", "dossier": "desk", "meeting": "review",
	"papers": "review", "register": "review", "model": "review", "map": "review", "calendar": "review",
	"people": "review", "audit": "review", "account": "security", "factor": "security", "factor-codes": "security",
	"assignments": "review",
	"search":      "search", "lines": "search", "evidence": "evidence", "evidence-report": "evidence",
	"runs": "operations", "run": "operations", "rules": "rulesets", "rules-index": "rulesets-in-the-browser",
	"rules-edit": "rulesets-in-the-browser", "rules-history": "rulesets-in-the-browser", "task": "review",
	"results": "committee", "webhooks": "api", "mailbox": "by-mail", "reminders": "by-mail",
	"proposal": "rulesets-in-the-browser", "simulate": "rulesets-in-the-browser"}

// helpLink leads to the page of the manual that explains a page.
type helpLink struct{ Href, Title string }

// help returns the page of the manual that explains a page; an empty link for one that none explains.
func help(name string) helpLink {
	doc, ok := docs.Find(manual[name])
	if !ok || manual[name] == "" {
		return helpLink{}
	}
	return helpLink{"/help/" + doc.Topic, doc.Title}
}
