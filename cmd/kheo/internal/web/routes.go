package web

import (
	"kheo/pipeline/review"
)

// routes returns the table of all routes with the right that each requires. A route without a right is open to
// everybody. Those with own=true check in the handler that a submitter sees only the dossiers of their unit.
func (s *Server) routes() []route {
	return []route{
		{"GET /sign-in", "", false, s.signInPage},
		{"POST /sign-in", "", false, s.signIn},
		{"POST /sign-out", "", false, s.signOut},
		{"GET /sign-in/oidc", "", false, s.oidcBegin},
		{"GET /sign-in/oidc/back", "", false, s.oidcBack},
		{"POST /language", "", false, s.chooseLanguage},

		{"GET /{$}", review.See, true, s.reading.Home},
		{"GET /account", review.See, true, s.account}, // everybody sees something, and has an account
		{"POST /account/password", review.See, true, s.changePassword},
		{"POST /account/sessions/end", review.See, true, s.endSessions},
		{"GET /waiting", review.See, false, s.reading.WaitingPage},
		{"GET /digest", review.See, false, s.reading.DigestPage},
		{"POST /own/upload", review.Submit, false, s.inbox.Submit},
		{"POST /own/{dossier}/upload", review.Submit, false, s.inbox.Supplement},
		{"GET /search", review.Search, false, s.reading.Search},
		{"POST /search/save", review.Search, false, s.reading.SaveSearch},
		{"POST /search/forget", review.Search, false, s.reading.ForgetSearch},

		{"GET /dossiers/{dossier}", review.See, true, s.reading.Dossier},
		{"GET /dossiers/{dossier}/text", review.See, true, s.reading.Text},
		{"GET /dossiers/{dossier}/picture", review.See, true, s.reading.Picture},
		{"POST /dossiers/{dossier}/comment", review.Discuss, false, s.committee.Comment},
		{"POST /dossiers/{dossier}/score", review.Score, false, s.committee.Score},
		{"POST /dossiers/{dossier}/vote", review.CastVote, false, s.committee.Vote},
		{"POST /dossiers/{dossier}/unvote", review.CastVote, false, s.committee.Unvote},
		{"POST /dossiers/{dossier}/undecide", review.Decide, false, s.committee.Undecide},
		{"POST /dossiers/{dossier}/decide", review.Decide, false, s.committee.Decide},
		{"POST /dossiers/{dossier}/override", review.Override, false, s.committee.Override},
		{"POST /dossiers/{dossier}/restore", review.Override, false, s.committee.Restore},
		{"POST /dossiers/{dossier}/fact", review.Correct, false, s.committee.Fact},
		{"POST /dossiers/{dossier}/tie", review.Tie, false, s.committee.Tie},
		{"POST /dossiers/{dossier}/dismiss", review.JudgeTies, false, s.committee.Dismiss},
		{"POST /dossiers/{dossier}/assign", review.Assign, false, s.committee.Assign},
		{"POST /dossiers/{dossier}/take", review.Take, false, s.committee.Take},
		{"POST /dossiers/{dossier}/draft", review.Discuss, false, s.committee.Draft},

		{"GET /lists/{ruleset}", review.See, false, s.reading.List},
		{"GET /lists/{ruleset}/compare", review.See, false, s.reading.Compare},
		{"GET /lists/{ruleset}/files/{file}", review.Papers, false, s.committee.File},
		{"POST /lists/{ruleset}/assign", review.Assign, false, s.committee.AssignAll},
		{"POST /lists/{ruleset}/assignments", review.Assign, false, s.committee.AssignList},
		{"GET /meeting/{ruleset}", review.SeeVotes, false, s.committee.Meeting},
		{"POST /meeting/{ruleset}/open", review.Meet, false, s.committee.Meet},
		{"POST /lists/{ruleset}/close", review.Close, false, s.committee.CloseList},

		{"GET /runs", review.See, false, s.admin.Runs},
		{"POST /runs/start", review.Run, false, s.admin.StartRun},
		{"POST /runs/cancel", review.Run, false, s.admin.CancelRun},
		{"GET /runs/{run}", review.See, false, s.reading.Run},
		{"GET /rules/{ruleset}", review.See, false, s.admin.Rules},
		{"GET /rules/{ruleset}/try", review.TryRules, false, s.admin.TryPage},
		{"POST /rules/{ruleset}/try", review.TryRules, false, s.admin.Try},

		{"GET /papers", review.Papers, false, s.committee.Papers},
		{"GET /papers/file", review.Papers, false, s.committee.Paper},

		{"GET /register", review.See, false, s.register.RegisterPage},
		{"POST /register", review.Register, false, s.register.EnterModel},
		{"POST /register/import", review.Register, false, s.register.ImportModels},
		{"GET /register/map", review.See, false, s.register.RegisterMap},
		{"GET /register/calendar", review.See, false, s.register.RegisterCalendar},
		{"GET /register/{model}", review.See, false, s.register.ModelPage},
		{"GET /register/{model}/photo", review.See, false, s.register.Photo},
		{"POST /register/{model}/visit", review.Visit, false, s.register.Visit},
		{"POST /register/{model}/took-over", review.Register, false, s.register.TookOver},
		{"POST /register/{model}/same", review.Register, false, s.register.SameAs},
		{"POST /register/{model}/report", review.Register, false, s.register.Reported},
		{"POST /register/{model}/standing", review.Decide, false, s.register.Standing},

		{"GET /people", review.See, false, s.admin.People},
		{"POST /people", review.People, false, s.admin.AddPerson},
		{"POST /people/{person}", review.People, false, s.admin.ChangePerson},
		{"POST /people/{person}/disable", review.People, false, s.admin.DisablePerson},
		{"POST /people/{person}/enable", review.People, false, s.admin.EnablePerson},
		{"POST /people/{person}/link", review.People, false, s.admin.MakeLink},
		{"GET /link", "", false, s.linkPage},
		{"POST /link", "", false, s.useLink},
		{"POST /told", review.See, true, s.toldRead},
		{"POST /scores/settle", review.JudgeTies, false, s.admin.SettleScorer},
		{"POST /ties", review.Tie, false, s.committee.DeclareTie},
		{"POST /ties/dismiss", review.JudgeTies, false, s.committee.DismissTie},

		{"GET /audit", review.Audit, false, s.admin.Audit},

		{"GET /help", review.See, true, s.helpIndex},
		{"GET /help/{topic...}", review.See, true, s.helpPage},
	}
}
