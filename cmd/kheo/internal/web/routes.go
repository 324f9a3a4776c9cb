package web

import "kheo/pipeline/review"

// routes is the table of what the pages do, and the right that each thing needs.
func (s *Server) routes() []route {
	return []route{
		{"GET /sign-in", "", false, (*Server).signInPage},
		{"POST /sign-in", "", false, (*Server).signIn},
		{"POST /sign-out", "", false, (*Server).signOut},
		{"GET /sign-in/oidc", "", false, (*Server).oidcBegin},
		{"GET /sign-in/oidc/back", "", false, (*Server).oidcBack},
		{"POST /language", "", false, (*Server).chooseLanguage},

		{"GET /{$}", review.See, true, (*Server).home},
		{"GET /account", review.See, true, (*Server).account}, // everybody sees something, and has an account
		{"POST /account/password", review.See, true, (*Server).changePassword},
		{"POST /account/sessions/end", review.See, true, (*Server).endSessions},
		{"GET /waiting", review.See, false, (*Server).waitingPage},
		{"GET /digest", review.See, false, (*Server).digestPage},
		{"POST /own/upload", review.Submit, false, (*Server).submit},
		{"POST /own/{dossier}/upload", review.Submit, false, (*Server).supplement},
		{"GET /search", review.Search, false, (*Server).search},
		{"POST /search/save", review.Search, false, (*Server).saveSearch},
		{"POST /search/forget", review.Search, false, (*Server).forgetSearch},

		{"GET /dossiers/{dossier}", review.See, true, (*Server).dossier},
		{"GET /dossiers/{dossier}/text", review.See, true, (*Server).text},
		{"GET /dossiers/{dossier}/picture", review.See, true, (*Server).picture},
		{"POST /dossiers/{dossier}/comment", review.Discuss, false, (*Server).comment},
		{"POST /dossiers/{dossier}/score", review.Score, false, (*Server).score},
		{"POST /dossiers/{dossier}/vote", review.CastVote, false, (*Server).vote},
		{"POST /dossiers/{dossier}/unvote", review.CastVote, false, (*Server).unvote},
		{"POST /dossiers/{dossier}/undecide", review.Decide, false, (*Server).undecide},
		{"POST /dossiers/{dossier}/decide", review.Decide, false, (*Server).decide},
		{"POST /dossiers/{dossier}/override", review.Override, false, (*Server).override},
		{"POST /dossiers/{dossier}/restore", review.Override, false, (*Server).restore},
		{"POST /dossiers/{dossier}/tie", review.Tie, false, (*Server).tie},
		{"POST /dossiers/{dossier}/dismiss", review.JudgeTies, false, (*Server).dismiss},
		{"POST /dossiers/{dossier}/assign", review.Assign, false, (*Server).assign},
		{"POST /dossiers/{dossier}/take", review.Take, false, (*Server).take},
		{"POST /dossiers/{dossier}/draft", review.Discuss, false, (*Server).draft},

		{"GET /lists/{ruleset}", review.See, false, (*Server).list},
		{"GET /lists/{ruleset}/compare", review.See, false, (*Server).compare},
		{"GET /lists/{ruleset}/files/{file}", review.Papers, false, (*Server).file},
		{"POST /lists/{ruleset}/assign", review.Assign, false, (*Server).assignAll},
		{"POST /lists/{ruleset}/assignments", review.Assign, false, (*Server).assignList},
		{"GET /meeting/{ruleset}", review.SeeVotes, false, (*Server).meeting},
		{"POST /meeting/{ruleset}/open", review.Meet, false, (*Server).meet},
		{"POST /lists/{ruleset}/close", review.Close, false, (*Server).closeList},

		{"GET /runs", review.See, false, (*Server).runs},
		{"POST /runs/start", review.Run, false, (*Server).startRun},
		{"POST /runs/cancel", review.Run, false, (*Server).cancelRun},
		{"GET /runs/{run}", review.See, false, (*Server).run},
		{"GET /rules/{ruleset}", review.See, false, (*Server).rules},
		{"GET /rules/{ruleset}/try", review.TryRules, false, (*Server).tryPage},
		{"POST /rules/{ruleset}/try", review.TryRules, false, (*Server).try},

		{"GET /papers", review.Papers, false, (*Server).papers},
		{"GET /papers/file", review.Papers, false, (*Server).paper},

		{"GET /register", review.See, false, (*Server).registerPage},
		{"POST /register", review.Register, false, (*Server).enterModel},
		{"POST /register/import", review.Register, false, (*Server).importModels},
		{"GET /register/map", review.See, false, (*Server).registerMap},
		{"GET /register/calendar", review.See, false, (*Server).registerCalendar},
		{"GET /register/{model}", review.See, false, (*Server).modelPage},
		{"GET /register/{model}/photo", review.See, false, (*Server).photo},
		{"POST /register/{model}/visit", review.Visit, false, (*Server).visit},
		{"POST /register/{model}/took-over", review.Register, false, (*Server).tookOver},
		{"POST /register/{model}/same", review.Register, false, (*Server).sameAs},
		{"POST /register/{model}/report", review.Register, false, (*Server).reported},
		{"POST /register/{model}/standing", review.Decide, false, (*Server).standing},

		{"GET /people", review.See, false, (*Server).people},
		{"POST /people", review.People, false, (*Server).addPerson},
		{"POST /people/{person}", review.People, false, (*Server).changePerson},
		{"POST /people/{person}/disable", review.People, false, (*Server).disablePerson},
		{"POST /people/{person}/enable", review.People, false, (*Server).enablePerson},
		{"POST /people/{person}/link", review.People, false, (*Server).makeLink},
		{"GET /link", "", false, (*Server).linkPage},
		{"POST /link", "", false, (*Server).useLink},
		{"POST /told", review.See, true, (*Server).toldRead},
		{"POST /scores/settle", review.JudgeTies, false, (*Server).settleScorer},
		{"POST /ties", review.Tie, false, (*Server).declareTie},
		{"POST /ties/dismiss", review.JudgeTies, false, (*Server).dismissTie},

		{"GET /audit", review.Audit, false, (*Server).audit},

		{"GET /help", review.See, true, (*Server).helpIndex},
		{"GET /help/{topic...}", review.See, true, (*Server).helpPage},
	}
}
